"""Breadth-first exploration in native code: same boundary, same results as ``engines.explicit``.

The states found stand in one dense array in the order of discovery, which is breadth-first order; an open-addressing table of 32-bit
indices makes it a set. One state costs its words, a 32-bit parent and, at a load of at most 5/8, about 10 bytes of table.
Python keeps the clock and the memory: the generated code returns after a chunk of states, or when the arrays are full.
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
from modelcheck.engines.native.context import Cell, Status
from modelcheck.engines.native.generate import generate, most_successors, raise_offsets, watched_conditions
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
#: Indices are 32 bits wide.
MOST_STATES = (1 << 32) - 2
REPORT_INTERVAL = 0.2


def explore(
    system: System,
    budget: Budget,
    progress: Progress | None = None,
    interrupted: Callable[[], bool] | None = None,
    level: int = 1,
) -> Exploration:
    """Visit every reachable state within the budget and answer all properties.

    ``level``: how hard LLVM optimises. Raises ``Unsupported`` if 64-bit code would not be exact.
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
        self._code = compile_module(generate(system, self._layout), level)
        self._offsets = raise_offsets(system)
        self._watched = watched_conditions(system)
        self._context: Any = np.zeros(int(Cell.CELLS), dtype=np.int64)
        self._states: Any = np.empty(FIRST_CAPACITY * self._layout.words, dtype=np.uint64)
        self._parents: Any = np.zeros(FIRST_CAPACITY, dtype=np.uint32)
        self._table: Any = np.zeros(FIRST_CAPACITY * 2, dtype=np.uint32)
        self._fired: Any = np.zeros(max(1, len(system.steps)), dtype=np.uint8)
        self._occurred: Any = np.zeros(max(1, len(system.events)), dtype=np.uint8)
        self._raised: Any = np.zeros(max(1, self._offsets[-1]), dtype=np.int64)
        self._held: Any = np.zeros(max(1, len(self._watched)), dtype=np.int64)
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
        self._states[: self._layout.words] = np.array(self._layout.pack(self._system.variables), dtype=np.uint64)
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
        for cell, array in (
            (Cell.STATES, self._states),
            (Cell.PARENTS, self._parents),
            (Cell.TABLE, self._table),
            (Cell.FIRED, self._fired),
            (Cell.OCCURRED, self._occurred),
            (Cell.RAISED, self._raised),
            (Cell.HELD, self._held),
            (Cell.MARKS, self._marks),
        ):
            self._context[cell] = array.ctypes.data
        self._context[Cell.MASK] = len(self._table) - 1
        # Beyond 5/8 the chains of the table grow long.
        self._context[Cell.CAPACITY] = min(len(self._parents), len(self._table) // 8 * 5)

    def _grow(self) -> None:
        capacity = int(self._context[Cell.CAPACITY])
        wanted = max(capacity + capacity // 2, capacity + most_successors(self._system) + 1)
        if wanted > MOST_STATES:
            self._stopped = Stop.STATES
            return
        slots = len(self._table)
        while slots // 8 * 5 < wanted:
            slots *= 2
        table_bytes = slots * 4 if slots != len(self._table) else 0
        growth = (wanted - len(self._parents)) * (8 * self._layout.words + 4) + table_bytes
        if self._budget.memory is not None and memory_in_use() + growth > self._budget.memory:
            self._stopped = Stop.MEMORY
            return
        if wanted > len(self._parents):
            self._states.resize(wanted * self._layout.words, refcheck=False)
            self._parents.resize(wanted, refcheck=False)
        if slots != len(self._table):
            self._table = np.zeros(slots, dtype=np.uint32)
            self._place()
            self._call("rehash")
        else:
            self._place()

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
        self._marks = np.zeros(self._count, dtype=np.uint8)
        self._place()
        self._context[Cell.MARKING] = 1
        while True:
            self._context[Cell.CHANGED] = 0
            position = self._count
            while position:
                self._stopped = self._check_budget(position)
                if self._stopped is not None:
                    return
                self._context[Cell.NEXT] = position
                position = max(0, position - CHUNK)
                self._context[Cell.LIMIT] = position
                self._call("mark")
            if not self._context[Cell.CHANGED]:
                break
        self._context[Cell.MARKING] = 0
        unmarked = np.flatnonzero(self._marks == 0)
        self._stuck = int(unmarked[0]) if len(unmarked) else None

    # the result

    def result(self) -> Exploration:
        """Return what was found (after ``run`` returned None)."""
        seconds = time.perf_counter() - self._started
        drained = bool(self._context[Cell.DRAINED])
        depth = len(self._levels) - 1 if self._stopped is None else self._depth - 1
        found, faults = self._found()
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
            fired=frozenset(int(step) for step in np.flatnonzero(self._fired)),
            occurred=frozenset(int(event) for event in np.flatnonzero(self._occurred)),
            drained_reachable=drained,
            faults=tuple(sorted(faults)),
            seconds=seconds,
            memory=memory_in_use(),
            levels=tuple(self._levels),
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
            if self._held[number]:
                index = int(self._held[number]) - 1
                candidates.setdefault(watched.property, []).append(Found(self._level(index), index, None))
        for step in self._system.steps:
            for number, raised in enumerate(step.raises):
                first = int(self._raised[self._offsets[step.id] + number]) - 1
                if first >= 0:
                    found = Found(self._level(first) + 1, first, step)
                    candidates.setdefault(raised.property, []).append(found)
                    if step.fault:
                        faults.add(raised.property)
        dead = int(self._context[Cell.DEAD]) - 1
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
        parent = int(self._parents[finding.index])
        return (parent, self._move(parent, finding.index).process, 1, (finding.index,))

    def _level(self, index: int) -> int:
        return bisect_right(self._levels, index) - 1

    def _schedule(self, found: Found) -> Schedule:
        indices = [found.index]
        while indices[-1] != 0:
            indices.append(int(self._parents[indices[-1]]))
        indices.reverse()
        moves = [self._move(before, after) for before, after in pairwise(indices)]
        if found.step is not None:
            moves.append(Move(found.step.process, found.step.choices))
        return tuple(moves)

    def _values(self, index: int) -> dict[int, bool | int]:
        words = self._states[index * self._layout.words : (index + 1) * self._layout.words]
        return self._layout.unpack([int(word) for word in words], self._system.variables)

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
