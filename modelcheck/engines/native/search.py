"""Breadth-first exploration in native code: same boundary, same results as ``engines.explicit``.

The states found stand in one dense array in the order of discovery, which is breadth-first order; an open-addressing table of 32-bit
indices makes it a set. One state costs its words, a 32-bit parent and 6.4 to 12.8 bytes of table (its load is at most 5/8); the ``stuck`` obligation
needs 9 bytes more while it is decided. Python keeps the clock and the memory: the generated code returns after a chunk of states, or when the arrays are full.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable
from itertools import chain, pairwise
from typing import Any

import numpy as np

from modelcheck.engines.budget import Budget, memory_in_use
from modelcheck.engines.explicit.answers import Found, answers
from modelcheck.engines.explicit.exploration import Exploration, Stop
from modelcheck.engines.native.arrays import GrowingArray
from modelcheck.engines.native.context import Cell, Status
from modelcheck.engines.native.generate import (
    generate,
    raise_offsets,
    record_of,
    room_for_batch,
    watched_conditions,
)
from modelcheck.engines.native.layout import UNBOUNDED_WIDTH, make_layout
from modelcheck.engines.native.machine_code import compile_module
from modelcheck.engines.native.magnitude import check_magnitudes
from modelcheck.engines.native.unsupported import Unsupported
from modelcheck.engines.progress import Progress, Standing
from modelcheck.evidence.trace import Move, Schedule
from modelcheck.ir.evaluate import evaluate
from modelcheck.ir.system import Form, System
from modelcheck.ir.terms import Term

ENGINE = "native"
#: States expanded between two looks at the clock.
CHUNK = 1 << 17
#: Room for this many states at first.
FIRST_CAPACITY = 1 << 16
#: Level of LLVM's optimisation to begin with, and once so many states are expanded: then a second of compiling pays.
QUICK_LEVEL = 0
LONG_LEVEL = 1
LONG_SEARCH = 2_000_000
#: Indices are 32 bits wide.
MOST_STATES = (1 << 32) - 2
REPORT_INTERVAL = 0.2


def explore(
    system: System,
    budget: Budget,
    progress: Progress | None = None,
    interrupted: Callable[[], bool] | None = None,
    level: int = QUICK_LEVEL,
) -> Exploration:
    """Visit every reachable state within the budget and answer all properties.

    ``level``: how hard LLVM optimises at first; a search that turns out long is compiled again, harder. Raises ``Unsupported`` if 64-bit code would not be exact.
    """
    started = time.perf_counter()
    widths: dict[int, int] = {}
    while True:
        search = _Search(system, widths, budget, progress, interrupted, started, level)
        overflow = search.run()
        if overflow is None:
            return search.result()
        variable = system.variables[overflow]
        if variable.low is not None and variable.high is not None:
            raise AssertionError(f"{variable.name} left its bounds")
        widths[overflow] = 2 * widths.get(overflow, UNBOUNDED_WIDTH)


class _Search:
    def __init__(
        self,
        system: System,
        widths: dict[int, int],
        budget: Budget,
        progress: Progress | None,
        interrupted: Callable[[], bool] | None,
        started: float,
        level: int,
    ) -> None:
        self._system = system
        self._layout = make_layout(system, widths)
        check_magnitudes(_all_terms(system), self._layout)
        self._budget = budget
        self._progress = progress
        self._interrupted = interrupted
        self._started = self._reported = started
        self._assembly = generate(system, self._layout)
        self._optimised = level
        self._code = compile_module(self._assembly, level)
        self._offsets = raise_offsets(system)
        self._watched = watched_conditions(system)
        self._record = record_of(system, self._layout)
        self._context: Any = np.zeros(self._record.size, dtype=np.int64)
        self._states = GrowingArray(np.uint64, FIRST_CAPACITY * self._layout.words)
        self._parents = GrowingArray(np.uint32, FIRST_CAPACITY)
        self._table = GrowingArray(np.uint32, FIRST_CAPACITY * 2)
        self._marks: Any = np.zeros(1, dtype=np.uint8)
        self._levels: list[int] = [0]
        self._stopped: Stop | None = None
        self._stuck: int | None = None
        self._depth = 0

    # the search

    def run(self) -> int | None:
        """Explore; return the variable that left its field, or None."""
        if self._system.initial_fault:
            return None
        self._states.write(0, self._layout.pack(self._system.variables))
        self._place()
        self._call("start")
        begin = 0
        while begin < self._count and self._stopped is None:
            end = self._count
            self._depth = len(self._levels) - 1
            self._context[Cell.NEXT] = begin
            while (position := int(self._context[Cell.NEXT])) < end and self._stopped is None:
                self._stopped = self._check_budget(position)
                if self._stopped is not None:
                    break
                if self._optimised < LONG_LEVEL and position >= LONG_SEARCH:
                    self._optimised = LONG_LEVEL
                    self._code = compile_module(self._assembly, LONG_LEVEL)
                self._context[Cell.LIMIT] = min(end, position + CHUNK)
                if self._call("expand") == Status.FULL:
                    self._grow()
                if self._context[Cell.OVERFLOW]:
                    return int(self._context[Cell.OVERFLOW]) - 1
            if self._count > end:
                self._levels.append(end)
            begin = end
        if self._stopped is None and self._applicable(Form.STUCK):
            self._find_stuck()
        return None

    @property
    def _count(self) -> int:
        return int(self._context[Cell.COUNT])

    def _call(self, name: str) -> int:
        return self._code.functions[name](self._context.ctypes.data)

    def _place(self) -> None:
        """Tell the generated code where the arrays are."""
        self._context[Cell.STATES] = self._states.address
        self._context[Cell.PARENTS] = self._parents.address
        self._context[Cell.TABLE] = self._table.address
        self._context[Cell.MARKS] = self._marks.ctypes.data
        self._context[Cell.MASK] = self._table.length - 1
        # Beyond 5/8 the chains of the table grow long.
        self._context[Cell.CAPACITY] = min(self._parents.length, self._table.length // 8 * 5)

    def _grow(self) -> None:
        capacity = int(self._context[Cell.CAPACITY])
        wanted = max(capacity + capacity // 2, capacity + room_for_batch(self._system) + 1)
        if wanted > MOST_STATES:
            self._stopped = Stop.STATES
            return
        slots = self._table.length
        while slots // 8 * 5 < wanted:
            slots *= 2
        larger_table = slots != self._table.length
        growth = (wanted - self._parents.length) * (8 * self._layout.words + 4) + (slots * 4 if larger_table else 0)
        if self._budget.memory is not None and memory_in_use() + growth > self._budget.memory:
            self._stopped = Stop.MEMORY
            return
        try:
            self._states.grow(wanted * self._layout.words)
            self._parents.grow(wanted)
            if larger_table:
                self._table = GrowingArray(np.uint32, slots)
        except MemoryError:
            self._stopped = Stop.MEMORY
            return
        self._place()
        if larger_table:
            self._call("rehash")

    def _check_budget(self, position: int) -> Stop | None:
        now = time.perf_counter()
        if self._progress is not None and now - self._reported >= REPORT_INTERVAL:
            self._reported = now
            seconds = now - self._started
            self._progress.update(
                Standing(
                    ENGINE,
                    self._count,
                    self._count / seconds,
                    self._depth,
                    self._count - position,
                    memory_in_use(),
                    seconds,
                )
            )
        if self._interrupted is not None and self._interrupted():
            return Stop.INTERRUPTED
        if self._budget.seconds is not None and now - self._started > self._budget.seconds:
            return Stop.TIME
        if self._budget.states is not None and self._count >= self._budget.states:
            return Stop.STATES
        return None

    def _find_stuck(self) -> None:
        """Backward passes until nothing changes; the first unmarked state, if any, is stuck."""
        count = self._count
        if self._budget.memory is not None and memory_in_use() + 9 * count > self._budget.memory:
            self._stopped = Stop.MEMORY
            return
        self._marks = np.zeros(count, dtype=np.uint8)
        self._place()
        hasty = True
        while True:
            waiting, following = GrowingArray(np.uint32, count), GrowingArray(np.uint32, count)
            self._context[Cell.WAITING] = waiting.address
            self._context[Cell.FOLLOWING] = following.address
            self._context[Cell.HASTY] = int(hasty)
            self._context[Cell.CHANGED] = 0
            position = count
            while position:
                self._stopped = self._check_budget(position)
                if self._stopped is not None:
                    return
                self._context[Cell.NEXT] = position
                position = max(0, position - CHUNK)
                self._context[Cell.LIMIT] = position
                self._call("mark")
            if not hasty and not self._context[Cell.CHANGED]:
                break
            hasty = False
        unmarked = np.flatnonzero(self._marks == 0)
        self._stuck = int(unmarked[0]) if len(unmarked) else None

    # the result

    def result(self) -> Exploration:
        """Return what was found (after ``run`` returned None)."""
        seconds = time.perf_counter() - self._started
        drained = bool(self._context[Cell.DRAINED])
        depth = len(self._levels) - 1 if self._stopped is None else self._depth - 1
        found, faults = self._found()
        fired = frozenset(step.id for step in self._system.steps if self._cell(self._record.first + step.id))
        return Exploration(
            states=self._count,
            transitions=int(self._context[Cell.TRANSITIONS]),
            depth=depth,
            stopped=self._stopped,
            answers=answers(
                self._system,
                found,
                self._schedule,
                states=self._count,
                expanded=depth,
                stopped=self._stopped,
                drained_reachable=drained,
                seconds=seconds,
                engine=ENGINE,
            ),
            fired=fired,
            occurred=self._occurred(fired),
            drained_reachable=drained,
            faults=tuple(sorted(faults)),
            seconds=seconds,
            memory=memory_in_use(),
            levels=tuple(self._levels),
        )

    def _cell(self, number: int) -> int:
        return int(self._context[number])

    def _occurred(self, fired: frozenset[int]) -> frozenset[int]:
        """Events that happen whenever one of these steps is taken, and those that the generated code saw."""
        return frozenset(
            occurrence.event
            for step in self._system.steps
            for occurrence in step.occurrences
            if (
                step.id in fired
                if occurrence.condition.is_true
                else self._cell(self._record.occurred + occurrence.event)
            )
        )

    def _applicable(self, form: Form) -> list[int]:
        return [p.id for p in self._system.properties if p.form is form and p.not_applicable is None]

    def _found(self) -> tuple[dict[int, Found], set[int]]:
        """Return the shortest finding of each property and the properties that a reachable fault violates."""
        candidates: dict[int, list[Found]] = {}
        faults: set[int] = set()
        for initially in self._system.initial_raises:
            if initially.condition.is_true:
                candidates.setdefault(initially.property, []).append(Found(0, 0, None))
                if self._system.initial_fault:
                    faults.add(initially.property)
        for number, watched in enumerate(self._watched):
            index = self._cell(self._record.held + number) - 1
            if index >= 0:
                candidates.setdefault(watched.property, []).append(Found(self._level(index), index, None))
        for step in self._system.steps:
            for number, raised in enumerate(step.raises):
                always = raised.condition.is_true
                place = (
                    self._record.first + step.id if always else self._record.raised + self._offsets[step.id] + number
                )
                first = self._cell(place) - 1
                if first >= 0:
                    found = Found(self._level(first) + 1, first, step)
                    candidates.setdefault(raised.property, []).append(found)
                    if step.fault:
                        faults.add(raised.property)
        dead = self._cell(Cell.DEAD) - 1
        for form, state in ((Form.DEADLOCK, dead if dead >= 0 else None), (Form.STUCK, self._stuck)):
            if state is not None:
                for property in self._applicable(form):
                    candidates.setdefault(property, []).append(Found(self._level(state), state, None))
        return {property: self._first(findings) for property, findings in candidates.items()}, faults

    def _first(self, findings: list[Found]) -> Found:
        """Return the shortest; among those of one length the one that the search came upon first."""
        length = min(finding.length for finding in findings)
        shortest = [finding for finding in findings if finding.length == length]
        return shortest[0] if len(shortest) == 1 else min(shortest, key=self._discovery)

    def _discovery(self, finding: Found) -> tuple[int, int, int, tuple[int, ...]]:
        if finding.step is not None:
            return (finding.index, finding.step.process, 0, finding.step.choices)
        if finding.index == 0:
            return (-1, 0, 0, ())
        parent = self._parent(finding.index)
        return (parent, self._move(parent, finding.index).process, 1, (finding.index,))

    def _level(self, index: int) -> int:
        return bisect_right(self._levels, index) - 1

    def _schedule(self, found: Found) -> Schedule:
        indices = [found.index]
        while indices[-1] != 0:
            indices.append(self._parent(indices[-1]))
        indices.reverse()
        moves = [self._move(before, after) for before, after in pairwise(indices)]
        if found.step is not None:
            moves.append(Move(found.step.process, found.step.choices))
        return tuple(moves)

    def _values(self, index: int) -> dict[int, bool | int]:
        words = self._states.numbers(index * self._layout.words, self._layout.words)
        return self._layout.unpack(words, self._system.variables)

    def _parent(self, index: int) -> int:
        return self._parents.numbers(index, 1)[0]

    def _move(self, before: int, after: int) -> Move:
        """Return the least move that leads from one state to the other, found by evaluating terms, not by native code."""
        values, wanted = self._values(before), self._values(after)
        moves: list[Move] = []
        for step in self._system.steps:
            if step.fault or values[self._system.processes[step.process].location] != step.source:
                continue
            if not evaluate(step.guard, values):
                continue
            target = dict(values)
            target.update((variable, evaluate(term, values)) for variable, term in step.updates)
            if target == wanted:
                moves.append(Move(step.process, step.choices))
        return min(moves, key=lambda move: (move.process, move.choices))


def _all_terms(system: System) -> list[Term]:
    steps = system.steps
    return list(
        chain(
            (step.guard for step in steps),
            (term for step in steps for _, term in step.updates),
            (raised.condition for step in steps for raised in step.raises),
            (occurrence.condition for step in steps for occurrence in step.occurrences),
            (state.condition for prop in system.properties for state in prop.states),
            (system.drained,),
        )
    )


__all__ = ["Unsupported", "explore"]
