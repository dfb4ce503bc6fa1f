"""Breadth-first exploration in native code: same boundary, same results as ``engines.explicit``.

The states found stand in one dense array, level after level; an open-addressing table of 32-bit
numbers makes it a set. One state costs its words and 6.4 to 12.8 bytes of table (its load is at
most 5/8); the ``stuck`` obligation needs a byte more while it is decided. No predecessors are
stored: a trace is found by expanding earlier levels again (``paths``).

Several threads work on a level together (``visited``), and wait for each other at its end. Which of
them finds a state decides its number and nothing else: whatever is reported is chosen by the values
of states. Python keeps the clock and the memory: the generated code returns after some chunks of
states, or when the arrays are full.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path

from modelcheck.engines.explicit.answers import Ends, Found, answers, unconfirmed
from modelcheck.engines.explicit.machine import InconsistentSystem
from modelcheck.engines.induction.samples.vectors import Columns
from modelcheck.engines.native.code.generate import generate, record_of, room_for_batch
from modelcheck.engines.native.code.machine_code import MachineCode, compile_module, recall_module
from modelcheck.engines.native.code.magnitude import check_magnitudes
from modelcheck.engines.native.findings import Notes, Words, applicable
from modelcheck.engines.native.layout import Column, make_layout
from modelcheck.engines.native.lookup import Lookup
from modelcheck.engines.native.paths import Paths
from modelcheck.engines.native.storage.checkpoint import (
    Header,
    Snapshot,
    check_fingerprint,
    fingerprint_of,
    read_header,
    write_checkpoint,
)
from modelcheck.engines.native.storage.context import Cell, Status
from modelcheck.engines.native.storage.resuming import restore, take_snapshot
from modelcheck.engines.native.storage.storage import Storage
from modelcheck.engines.native.stuck import Interrupted, first_stuck
from modelcheck.engines.native.thread_pool import TOGETHER, Crew
from modelcheck.engines.native.unsupported import Unsupported
from modelcheck.engines.witnessing import split
from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.ground.files import check_writable
from modelcheck.ground.memory import address_space_left, memory_in_use
from modelcheck.ground.store import Store
from modelcheck.ground.version import VERSION
from modelcheck.ir.passes.symmetry import Symmetry, symmetry_of
from modelcheck.ir.system import Form, System
from modelcheck.ir.terms import Term, variables_of
from modelcheck.result.budget import Budget
from modelcheck.result.exploration import Exploration
from modelcheck.result.progress import Early, Progress, Standing
from modelcheck.result.reasons.differences import NotAllEntered, NotAllExpanded
from modelcheck.result.reasons.stops import Checkpoint, CheckpointKept, CheckpointLost, Stop
from modelcheck.result.verdict import Answer

ENGINE = "native"
#: Level of LLVM's optimisation to begin with, and once the search turns out long.
QUICK_LEVEL = 0
LONG_LEVEL = 1
#: So many states for each character of assembly, and as many in any case: finding them takes about
#: as long as the better compilation.
LONG_SEARCH = 2
LONG_AT_LEAST = 100_000
REPORT_INTERVAL = 0.2
#: States looked at together for what properties need: first few, since most of it is soon met.
FIRST_CHUNK, LATER_CHUNK = 4_096, 65_536
#: Memory is looked at after so many new states: that takes longer than a level of a few states.
_MEASURED_AFTER = 1 << 14
#: Bytes of address space to leave to Python and LLVM.
_RESERVE = 128 << 20
#: With fewer states the size of the first table says nothing about them.
_MEASURABLE = 100_000
#: Seconds that are left for each step of the longest run that is to be shown: making it, replaying
#: it and telling it. At most such a part of all.
_SECONDS_PER_STEP, _MOST_DRAWING, _SLOWEST = 1.5e-4, 0.75, 4.0
#: The part of the time of a search that it takes to expand its levels again, looking for a predecessor in each.
_EXPANDING_AGAIN = 0.5


def explore(
    system: System,
    budget: Budget,
    progress: Progress | None = None,
    interrupted: Callable[[], bool] | None = None,
    level: int = QUICK_LEVEL,
    symmetry: bool = False,
    early: Early | None = None,
    keep: bool = False,
) -> Exploration:
    """Visit every reachable state within the budget and answer all properties. ``early`` is told what
    was found before the runs to it are made.

    ``level``: how hard LLVM optimises at first; a search that turns out long is compiled again,
    harder. A search with a limit of states uses one thread. ``symmetry``: as in
    ``engines.explicit``, and for slots of pools as well. ``keep``: the states found can be asked
    about until ``Exploration.lookup`` is released. Raises ``Unsupported`` if 64-bit code would not
    be exact, and ``InconsistentSystem`` if states were lost.
    """
    exchanges = symmetry_of(system) if symmetry else Symmetry()
    holding = ExitStack()
    with holding:
        search = holding.enter_context(finished(system, budget, exchanges, progress, interrupted, level))
        search.check_whole()
        if early is not None:
            early([answer for answer in search.unconfirmed() if answer.reason])
        found = search.result()
        return replace(found, lookup=search.lookup(holding.pop_all().close)) if keep else found


@contextmanager
def finished(
    system: System,
    budget: Budget,
    exchanges: Symmetry,
    progress: Progress | None = None,
    interrupted: Callable[[], bool] | None = None,
    level: int = QUICK_LEVEL,
) -> Iterator[Search]:
    """A search that has visited every reachable state, or as many as the budget allows. Of states that
    differ by ``exchanges`` it visits one.

    What it has found is gone when the context is left. Raises ``Unsupported`` if 64-bit code would not be exact.
    """
    started = time.perf_counter()
    resumed = None if budget.resume is None else read_header(Path(budget.resume))
    widths = {} if resumed is None else dict(resumed.widths)
    if budget.checkpoint is not None:
        check_writable(Path(budget.checkpoint))
    threads = budget.threads if budget.states is None else 1
    while True:
        search = Search(system, exchanges, widths, budget, progress, interrupted, started, level, threads)
        try:
            overflow = search.run(resumed)
            if overflow is None:
                yield search
                return
        finally:
            search.close()
        variable = system.variables[overflow]
        if variable.low is not None and variable.high is not None:
            raise AssertionError(f"{variable.name} left its bounds")
        # The states of a checkpoint have the narrower field: begin anew.
        resumed = None
        width = 2 * search.width(overflow)
        widths.update((id, width) for id in exchanges.counterparts(overflow))


class Search:
    """One attempt at a search, with fields of certain widths; see ``finished``."""

    def __init__(
        self,
        system: System,
        symmetry: Symmetry,
        widths: dict[int, int],
        budget: Budget,
        progress: Progress | None,
        interrupted: Callable[[], bool] | None,
        started: float,
        level: int,
        threads: int,
    ) -> None:
        self._system = system
        self._symmetry = symmetry
        self._layout = make_layout(system, widths)
        check_magnitudes(_all_terms(system), self._layout)
        self._budget = budget
        self._progress = progress
        self._interrupted = interrupted
        self._started = self._reported = self._looked = started
        # Of this attempt: an earlier one had narrower fields, and nothing of it is done again.
        self._began, self._began_cpu = time.perf_counter(), time.process_time()
        self._assembly = generate(system, self._layout, symmetry)
        self._store = None if budget.compiled is None else Store(Path(budget.compiled))
        better = None if self._store is None else recall_module(self._assembly, LONG_LEVEL, self._store)
        self._code = better or compile_module(self._assembly, level, self._store)
        self._compiler = ThreadPoolExecutor(1)
        self._better: Future[MachineCode] | None = None
        self._optimised = better is not None or level >= LONG_LEVEL
        self._long = max(LONG_AT_LEAST, LONG_SEARCH * len(self._assembly))
        self._record = record_of(system, self._layout)
        self._storage = Storage(self._layout.words, self._record, room_for_batch(system), threads)
        self._crew = Crew(self._storage.contexts, self._storage.shared)
        self._notes = Notes(system, self._record)
        self._initial: Words = tuple(self._layout.pack(system.variables))
        self._levels: list[int] = [0]
        self._unreduced: list[int] = [0]  # for each level the number of states before it, all of each orbit counted
        self._stopped: Stop | None = None
        self._drawing = 0.0
        self._stuck: tuple[int, Words] | None = None
        self._undecided: Stop | None = None  # why it is not known whether a state is stuck, though all were visited
        self._depth = 0
        self._memory = self._resident = memory_in_use()
        self._measured = 0  # how many states there were when memory was looked at
        self._widths = widths
        self._snapshot: Snapshot | None = None
        self._kept: Checkpoint | None = None  # what became of it

    def close(self) -> None:
        """Let go of the threads. Code that is still being compiled is for later runs."""
        self._crew.close()
        self._compiler.shutdown(wait=False)

    def width(self, variable: int) -> int:
        """The bits of a variable's field."""
        return self._layout.fields[variable].width

    # the search

    def run(self, resumed: Header | None = None) -> int | None:
        """Explore, or go on where a checkpoint was written; return a variable that left its field, or None."""
        if self._system.initial_fault:
            return None
        storage = self._storage
        if resumed is None:
            storage.write(0, [self._initial])
            self._code.functions["start"](storage.contexts[0].ctypes.data)
            self._close_level(-1)
            begin = 0
        else:
            begin = self._restore(resumed)
        self._take_snapshot(begin)
        while begin < (end := storage.count) and self._stopped is None:
            self._depth = len(self._levels) - 1
            overflow = self._expand(begin, end)
            if overflow is not None:
                return overflow
            self._close_level(self._depth, end - begin >= TOGETHER)
            if storage.count > end:
                self._levels.append(end)
                if self._stopped is None:
                    # (A state stands for as many as it says when it is expanded.)
                    self._unreduced.append(storage.counted(Cell.UNREDUCED))
            begin = end
            if self._stopped is None:
                self._take_snapshot(begin)
        if self._stopped is None and applicable(self._system, Form.STUCK):
            self._find_stuck()
        if (self._stopped or self._undecided) and self._snapshot is not None:
            self._keep(self._snapshot)
        self._memory = max(self._memory, memory_in_use())
        return None

    def _take_snapshot(self, begin: int) -> None:
        if self._budget.checkpoint is not None:
            parts = (self._storage, self._record, self._notes)
            self._snapshot = take_snapshot(*parts, begin, self._levels, self._unreduced)

    def _restore(self, header: Header) -> int:
        """Go back to where a checkpoint was written; return the number of the first state that is not expanded."""
        path = Path(self._budget.resume or "")
        check_fingerprint(path, header, self._fingerprint(), self._what())
        rehash = self._code.functions["rehash"]
        try:
            restore(path, header, self._storage, self._notes, self._crew, rehash)
        except MemoryError:
            message = f"the {header.snapshot.count:,} states of {path} do not fit into memory"
            raise SpecError([Diagnostic("MC534", Severity.ERROR, message, None)]) from None
        self._levels, self._unreduced = list(header.snapshot.levels), list(header.snapshot.unreduced)
        self._depth = len(self._levels) - 1
        return header.snapshot.begin

    def _keep(self, snapshot: Snapshot) -> None:
        """Write the checkpoint that the budget asks for."""
        path = Path(self._budget.checkpoint or "")
        header = Header(self._fingerprint(), self._what(), self._layout.words, self._widths, snapshot)
        try:
            write_checkpoint(path, header, self._storage)
            self._kept = CheckpointKept(str(path), snapshot.count, len(snapshot.levels))
        except OSError as error:
            self._kept = CheckpointLost(str(path), error.strerror or str(error))

    def _what(self) -> str:
        system = self._system
        return f"{system.name}, variant {system.variant}, scenario {system.scenario}"

    def _fingerprint(self) -> str:
        properties = (
            (p.name, p.kind, sorted(form.value for form in p.forms), p.not_applicable) for p in self._system.properties
        )
        return fingerprint_of(self._assembly, f"{VERSION} {self._what()} {list(properties)}")

    def _expand(self, begin: int, end: int) -> int | None:
        """Expand the states of a level; return a variable that left its field, or None."""
        storage = self._storage
        storage.work_on(begin, end)
        while True:
            reasons = self._crew.run(self._code.functions["expand"], end - begin >= TOGETHER, self._tick_expanding)
            overflow = max(int(context[Cell.OVERFLOW]) for context in storage.contexts)
            if overflow:
                return overflow - 1
            if self._stopped is not None or reasons == {Status.DONE}:
                return None
            if self._better is not None and self._better.done():
                self._code, self._better = self._better.result(), None
            if Status.FULL in reasons:
                self._notes.collect(storage, self._depth)
                storage.close_gaps(self._code.functions["move"])
                self._stopped = self._grow()
                if self._stopped is not None:
                    return None

    def _close_level(self, depth: int, together: bool = False) -> None:
        self._notes.collect(self._storage, depth)
        if self._notes.news and self._budget.seconds is not None:
            findings, _ = self._notes.findings(None, self._initial)
            longest = max((finding.length for finding in findings.values()), default=0)
            wall = time.perf_counter() - self._began
            # Where the machine is busy with other things as well, everything takes longer.
            slower = min(max(wall / max(time.process_time() - self._began_cpu, 1e-3), 1.0), _SLOWEST)
            # Reconstructing a run expands the levels that it goes through once more.
            drawing = longest * _SECONDS_PER_STEP * slower + wall * _EXPANDING_AGAIN
            self._drawing = min(drawing, self._budget.seconds * _MOST_DRAWING)
        self._notes.close_level(self._storage)
        # One thread alone numbers without gaps.
        if together:
            self._storage.close_gaps(self._code.functions["move"])

    def _grow(self) -> Stop | None:
        """Make room for more states; return why there cannot be more."""
        storage, limit = self._storage, self._budget.memory
        roomy = limit is None or memory_in_use() + storage.more_memory() <= limit
        roomy = roomy and _is_there(storage.more_space())
        try:
            if not storage.grow(roomy):
                return Stop.MEMORY
        except MemoryError:
            return Stop.MEMORY
        if roomy:
            with storage.aside():
                storage.work_on(0, storage.count)
                self._crew.run(self._code.functions["rehash"], storage.count >= TOGETHER)
        return None

    def _tick_expanding(self) -> bool:
        """``_tick``; and if there is much to do, have better code made, and return true when it is there."""
        if not self._optimised and self._storage.count >= self._long and _is_there(0):
            self._optimised = True
            self._better = self._compiler.submit(compile_module, self._assembly, LONG_LEVEL, self._store)
        better = self._better is not None and self._better.done()
        return self._tick() or better

    def _tick(self) -> bool:
        """Look at the clock; return whether all threads should come back."""
        storage = self._storage
        count = storage.count
        now = time.perf_counter()
        if count - self._measured >= _MEASURED_AFTER or now - self._looked >= REPORT_INTERVAL:
            self._measured, self._looked, self._resident = count, now, memory_in_use()
            self._memory = max(self._memory, self._resident)
        memory = self._resident
        if self._progress is not None and now - self._reported >= REPORT_INTERVAL:
            self._reported = now
            seconds = now - self._started
            expanded = min(int(storage.shared[0]), count)
            self._progress.update(
                Standing(ENGINE, count, count / seconds, self._depth, count - expanded, memory, seconds)
            )
        self._stopped = self._over_budget(now, memory, count)
        return self._stopped is not None

    def _over_budget(self, now: float, memory: int, count: int) -> Stop | None:
        budget = self._budget
        if self._interrupted is not None and self._interrupted():
            return Stop.INTERRUPTED
        if budget.seconds is not None and now - self._started + self._drawing > budget.seconds:
            return Stop.TIME
        if budget.memory is not None and memory > budget.memory:
            return Stop.MEMORY
        if budget.states is not None and count >= budget.states:
            return Stop.STATES
        return None

    def _find_stuck(self) -> None:
        storage, functions = self._storage, self._code.functions
        try:
            self._stuck = first_stuck(storage, self._crew, functions, self._levels, self._tick)
        except Interrupted:
            self._undecided = self._stopped
        except MemoryError:
            self._undecided = Stop.MEMORY
        # Everything else is known.
        self._stopped = None

    # the result

    @property
    def complete(self) -> bool:
        """Whether every reachable state was visited."""
        return self._stopped is None

    def columns(self) -> dict[int, Column]:
        """Return the value of each variable in every state visited, by id."""
        words = self._layout.words
        states = self._storage.raw(0, self._storage.count * words).reshape(-1, words)
        return self._layout.columns(states)

    def unconfirmed(self) -> tuple[Answer, ...]:
        """Return what was found, with no run to it yet (after ``run`` returned None)."""
        findings, _ = self._notes.findings(self._stuck, self._initial)
        return tuple(unconfirmed(prop, findings.get(prop.id), ENGINE) for prop in self._system.properties)

    def check_whole(self) -> None:
        """Raise ``InconsistentSystem`` if some states were not expanded, or are not in the table,
        though the search is over.
        """
        if self._stopped is not None or self._system.initial_fault:
            return
        count, expanded = self._storage.count, self._storage.total(Cell.EXPANDED)
        if expanded != count:
            raise InconsistentSystem(NotAllExpanded(expanded, count))
        entered = self._storage.entered()
        if entered != count:
            raise InconsistentSystem(NotAllEntered(entered, count))

    def lookup(self, close: Callable[[], None]) -> Lookup:
        """Return what answers whether states were visited. ``close``: lets go of this search."""
        levels = () if self._system.initial_fault else self._levels
        count = self._storage.count if levels else 0
        parts = (self._system, self._symmetry, self._layout, self._storage, self._crew)
        return Lookup(*parts, self._code.functions["find"], self._paths(count), levels, count, close)

    def _paths(self, count: int) -> Paths:
        parts = (self._system, self._symmetry, self._layout, self._record, self._storage, self._crew)
        return Paths(*parts, self._code.functions["seek"], (*self._levels, count))

    def _met(self, fired: frozenset[int]) -> frozenset[int]:
        """What properties need, as far as it is met: in all states, if they were all found."""
        met, open = split(self._system, fired)
        count = self._storage.count
        reads = variables_of(open.values())
        begin, chunk = 0, FIRST_CHUNK
        while self._stopped is None and not self._system.initial_fault and open and begin < count:
            end = min(count, begin + chunk)
            states = self._storage.raw(begin * self._layout.words, (end - begin) * self._layout.words)
            columns = Columns(self._layout.columns(states.reshape(-1, self._layout.words), reads), end - begin)
            seen = [number for number, condition in open.items() if columns(condition).any()]
            del states
            met.update(seen)
            for number in seen:
                del open[number]
            begin, chunk = end, LATER_CHUNK
        return frozenset(met)

    def result(self) -> Exploration:
        """Return what was found (after ``run`` returned None)."""
        storage, notes = self._storage, self._notes
        count = storage.count if not self._system.initial_fault else 0
        symmetric = bool(self._symmetry.groups or self._symmetry.renamings)
        # Of a state that is not expanded it is not known how many it stands for.
        states = max(count, storage.counted(Cell.UNREDUCED)) if symmetric else count
        drained = storage.total(Cell.DRAINED) > 0
        depth = len(self._levels) - 1 if self._stopped is None else self._depth - 1
        findings, faults = notes.findings(self._stuck, self._initial)
        ends = Ends(drained, notes.deadlock(), bool(faults), notes.deadlocked())
        paths = self._paths(count)
        fired = notes.fired(storage.contexts)
        occurred = notes.occurred(storage.contexts, fired)
        transitions = storage.counted(Cell.TRANSITIONS)
        seconds = time.perf_counter() - self._started
        return Exploration(
            states=states,
            transitions=transitions,
            depth=depth,
            stopped=self._stopped,
            answers=answers(
                self._system,
                {property: Found(finding.length, property, finding.step) for property, finding in findings.items()},
                lambda found: paths.schedule(findings[found.index], found.index),
                states=states,
                searched=count,
                expanded=depth,
                stopped=self._stopped,
                undecided=self._undecided,
                ends=ends,
                seconds=seconds,
                engine=ENGINE,
                kept=self._kept,
            ),
            fired=fired,
            occurred=occurred,
            drained_reachable=drained,
            faults=tuple(sorted(faults)),
            deadlock_reachable=ends.deadlock,
            deadlocked=ends.false,
            seconds=time.perf_counter() - self._started,
            memory=self._memory,
            levels=tuple(self._unreduced if symmetric else self._levels),
            visited=count,
            kept=self._kept,
            bytes_each=(storage.bytes_in_use() + storage.most_extra) / count if count >= _MEASURABLE else None,
            met=self._met(fired),
        )


def _is_there(bytes: int) -> bool:
    """Whether so much address space can be had and enough is left for Python and LLVM, which do not
    survive that it ends.
    """
    left = address_space_left()
    return left is None or left >= bytes + _RESERVE


def _all_terms(system: System) -> list[Term]:
    steps = system.steps
    return list(
        chain(
            (step.guard for step in steps),
            (term for step in steps for _, term in step.updates),
            (raised.condition for step in steps for raised in step.raises),
            (occurrence.condition for step in steps for occurrence in step.occurrences),
            (state.condition for prop in system.properties for state in (*prop.states, *prop.deadlocked)),
            (system.drained,),
        )
    )


__all__ = ["Unsupported", "explore"]
