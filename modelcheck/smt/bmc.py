"""Bounded model checking: the shortest violation (or witness) of each property, by unrolling.

Biere, Cimatti, Clarke, Zhu, *Symbolic Model Checking without BDDs*, TACAS 1999; one incremental solver with assumption literals as in
Eén and Sörensson, *Temporal Induction by Incremental SAT Solving*, BMC 2003. Properties share one unrolling.

At depth k two things are asked: is there a state after k steps that violates (length k), and is there a step enabled in such a state
that raises a violation (length k + 1)? A raising step needs no successor, so faults need no special case. All
properties that are still open are asked about at once; depths grow by one, so the first answer is a shortest one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from modelcheck.engines.budget import Budget, memory_in_use
from modelcheck.engines.progress import Progress, Standing
from modelcheck.engines.verdict import Answer, EvidenceKind, Verdict
from modelcheck.evidence.trace import Move, Schedule
from modelcheck.ir.system import Form, Step, System, SystemProperty
from modelcheck.smt.bounds import preserved_bounds
from modelcheck.smt.builder import Bool
from modelcheck.smt.encode import Unencodable
from modelcheck.smt.solver import Deadline, Outcome, Solver, deadline_in
from modelcheck.smt.unroll import Frame, Options, Unrolling

ENGINE = "bmc"
#: Logic of the solver for the finite encoding, and for integers.
FINITE_LOGIC, INTEGER_LOGIC = "QF_FD", ""
#: Depth and time if the budget says nothing.
DEFAULT_STEPS, DEFAULT_SECONDS = 200, 60.0
#: Seconds to look for any run of a length; knowing that there is none only saves time.
MOMENT = 0.2


def bmc(
    system: System,
    properties: Sequence[int],
    budget: Budget,
    progress: Progress | None = None,
    interrupted: Callable[[], bool] | None = None,
    options: Options | None = None,
) -> list[Answer]:
    """Answer for each property (by id): violated or witnessed with a shortest schedule, or bounded.

    ``budget.steps`` is the greatest length tried, ``budget.seconds`` the time for all properties together, ``budget.memory`` is
    looked at between depths. ``interrupted`` is asked now and then, also while z3 searches. ``stuck`` properties are
    unknown: they need the whole state graph. An answer never rests on a z3 *unknown*. Raises ``KeyboardInterrupt`` on Ctrl-C.
    """
    deadline = deadline_in(DEFAULT_SECONDS if budget.seconds is None else budget.seconds, interrupted)
    search = _Search(system, [_property(system, id) for id in properties], budget, progress, deadline)
    chosen = options or Options()
    try:
        search.run(chosen)
    except Unencodable as error:
        if chosen.finite:
            search.reason = ""
            try:
                search.run(Options(finite=False, reduce=chosen.reduce, symmetry=chosen.symmetry))
            except Unencodable as second:
                search.reason = str(second)
        else:
            search.reason = str(error)
    return search.answers()


def _property(system: System, id: int) -> SystemProperty:
    return next(p for p in system.properties if p.id == id)


@dataclass(frozen=True, slots=True)
class _Query:
    """One thing to ask at one depth. ``literal`` is equivalent to the condition; ``step``: raised by this step (None: by the state)."""

    property: int
    literal: Bool
    step: Step | None


class _Search:
    """One run of ``bmc``. ``found``: schedules; ``checked``: for each property the length up to which there is none."""

    def __init__(
        self,
        system: System,
        properties: Sequence[SystemProperty],
        budget: Budget,
        progress: Progress | None,
        deadline: Deadline,
    ) -> None:
        self._system = system
        self._properties = properties
        self._budget = budget
        self._progress = progress
        self._deadline = deadline
        self._started = time.monotonic()
        self._found: dict[int, tuple[Schedule, float]] = {}
        self._checked = {p.id: -1 for p in properties}
        self.reason = ""

    def run(self, options: Options) -> None:
        """Search until everything is decided or the budget is spent; ``reason`` says what stopped it. Raises ``Unencodable``."""
        for raised in self._system.initial_raises:
            if raised.property in self._checked and raised.condition.is_true:
                self._record(raised.property, ())
        open_properties = self._open()
        if not open_properties:
            return
        if self._system.initial_fault:
            self.reason = "no run goes on: the initial state faults"
            for p in open_properties:
                self._checked[p.id] = 0
            return
        solver = Solver(FINITE_LOGIC if options.finite else INTEGER_LOGIC)
        bounds = preserved_bounds(self._system, self._deadline)
        asked = frozenset(p.id for p in open_properties)
        unrolling = Unrolling(self._system, solver, bounds, asked, options)
        greatest = DEFAULT_STEPS if self._budget.steps is None else self._budget.steps
        while True:
            depth = unrolling.last.depth
            self._report(depth)
            if not self._look(unrolling, depth, greatest) or not self._open():
                return
            if depth >= greatest:
                self.reason = f"no run of more than {greatest} steps was tried"
                return
            self.reason = self._deadline.passed()
            if self.reason:
                return
            if self._budget.memory is not None and memory_in_use() > self._budget.memory:
                self.reason = "out of memory"
                return
            if not unrolling.extend() or self._ended(solver):
                self.reason = f"no run has more than {depth} steps"
                return

    def _ended(self, solver: Solver) -> bool:
        """Whether z3 finds, in a moment, that there is no run of the length unrolled. Without an answer the search just goes on."""
        moment = Deadline(min(self._deadline.at, time.monotonic() + MOMENT), self._deadline.interrupted)
        return solver.check((), moment) is Outcome.UNSAT

    def _open(self) -> list[SystemProperty]:
        return [
            p
            for p in self._properties
            if p.id not in self._found and p.not_applicable is None and p.form is not Form.STUCK
        ]

    # one depth

    def _look(self, unrolling: Unrolling, depth: int, greatest: int) -> bool:
        """Decide lengths ``depth`` (states) and ``depth + 1`` (steps) for the open properties; False if z3 gave up."""
        frame = unrolling.last
        open_properties = self._open()
        states = [q for p in open_properties if (q := _state_query(self._system, unrolling, frame, p)) is not None]
        if not self._decide(unrolling, states, depth):
            return False
        for p in self._open():
            self._checked[p.id] = max(self._checked[p.id], depth)
        if depth < greatest:
            wanted = {p.id for p in self._open()}
            if not self._decide(unrolling, _raise_queries(unrolling, frame, wanted), depth):
                return False
            for p in self._open():
                if not p.states and p.form is Form.RAISED:
                    self._checked[p.id] = max(self._checked[p.id], depth + 1)
        return True

    def _decide(self, unrolling: Unrolling, queries: list[_Query], depth: int) -> bool:
        """Find, for each property of the queries, whether one of its literals can be true."""
        solver, b = unrolling.solver, unrolling.solver.builder
        while queries:
            some = b.bool_variable(f"some{depth}_{solver.checks}")
            solver.add(b.implies(some, b.or_(q.literal for q in queries)))
            outcome = solver.check((some,), self._deadline)
            if outcome is Outcome.UNKNOWN:
                self.reason = solver.reason
                return False
            if outcome is Outcome.UNSAT:
                # facts about this depth that later depths may use
                for query in queries:
                    solver.add(b.not_(query.literal))
                return True
            holds = solver.model()
            for query in queries:
                if query.property not in self._found and holds(query.literal):
                    moves = unrolling.schedule(holds, depth)
                    last = () if query.step is None else (Move(query.step.process, query.step.choices),)
                    self._record(query.property, moves + last)
            queries = [q for q in queries if q.property not in self._found]
        return True

    # results

    def _record(self, property: int, schedule: Schedule) -> None:
        self._found.setdefault(property, (schedule, time.monotonic() - self._started))

    def _report(self, depth: int) -> None:
        if self._progress is not None:
            seconds = time.monotonic() - self._started
            self._progress.update(Standing(ENGINE, 0, 0.0, depth, 0, memory_in_use(), seconds))

    def answers(self) -> list[Answer]:
        return [self._answer(p) for p in self._properties]

    def _answer(self, p: SystemProperty) -> Answer:
        seconds = time.monotonic() - self._started
        if p.not_applicable is not None:
            return Answer(p.id, Verdict.NOT_APPLICABLE, EvidenceKind.NONE, ENGINE, reason=p.not_applicable)
        if p.id in self._found:
            schedule, after = self._found[p.id]
            return Answer(
                p.id,
                Verdict.HOLDS if p.existential else Verdict.VIOLATED,
                EvidenceKind.WITNESS if p.existential else EvidenceKind.TRACE,
                ENGINE,
                schedule=schedule,
                length=len(schedule),
                seconds=after,
            )
        if p.form is Form.STUCK:
            reason = "needs exploration: whether a drained state can still be reached is not bounded by a length"
            return Answer(p.id, Verdict.UNKNOWN, EvidenceKind.NONE, ENGINE, seconds=seconds, reason=reason)
        depth = self._checked[p.id]
        if depth < 0:
            return Answer(p.id, Verdict.UNKNOWN, EvidenceKind.NONE, ENGINE, seconds=seconds, reason=self.reason)
        return Answer(
            p.id, Verdict.BOUNDED, EvidenceKind.NONE, ENGINE, depth=depth, seconds=seconds, reason=self.reason
        )


def _state_query(system: System, unrolling: Unrolling, frame: Frame, p: SystemProperty) -> _Query | None:
    """Whether the frame's state violates (witnesses) the property; None if it clearly does not."""
    b, encoder = unrolling.solver.builder, frame.encoder
    ways = [encoder.boolean(s.condition) for s in p.states]
    if p.form is Form.DEADLOCK:
        blocked = b.and_(b.not_(frame.enabled(step)) for step in frame.possible)
        ways.append(b.and_((b.not_(encoder.boolean(system.drained)), blocked)))
    condition = b.or_(ways)
    if condition is b.false:
        return None
    literal = b.bool_variable(f"bad{frame.depth}_{p.id}")
    unrolling.solver.add(b.eq(literal, condition))
    return _Query(p.id, literal, None)


def _raise_queries(unrolling: Unrolling, frame: Frame, wanted: set[int]) -> list[_Query]:
    """For each step that may raise a violation of a wanted property, whether it is enabled and does."""
    b, encoder = unrolling.solver.builder, frame.encoder
    queries = []
    for step in frame.possible:
        for i, raised in enumerate(step.raises):
            if raised.property in wanted:
                condition = b.and_((frame.enabled(step), encoder.boolean(raised.condition)))
                if condition is not b.false:
                    literal = b.bool_variable(f"raise{frame.depth}_{step.id}_{i}")
                    unrolling.solver.add(b.eq(literal, condition))
                    queries.append(_Query(raised.property, literal, step))
    return queries
