"""One unrolling and the properties that share it, searched depth by depth."""

from __future__ import annotations

import time
from collections.abc import Sequence
from enum import Enum

from modelcheck.ground.records import dataclass
from modelcheck.ir.system import Form, Step, System, SystemProperty
from modelcheck.result.reasons.lengths import Depths, NoneLonger, NotTried, NoViolation
from modelcheck.result.trace import Move, Schedule
from modelcheck.solver.builder import Bool
from modelcheck.solver.solver import Deadline, Outcome, Solver
from modelcheck.solver.unrolling.bounds import Bounds
from modelcheck.solver.unrolling.distance import Distances, Waste
from modelcheck.solver.unrolling.flow import Facts
from modelcheck.solver.unrolling.schedules import ends_in
from modelcheck.solver.unrolling.unroll import Frame, Options, Unrolling

#: Seconds to look for any run of a length; knowing that there is none only saves time.
MOMENT = 0.2


class Ways(Enum):
    """How a property can be violated: by a state, or by a step that raises it."""

    STATE = "state"
    RAISE = "raise"


@dataclass(frozen=True, slots=True)
class Part:
    """One of a property's ways."""

    property: SystemProperty
    ways: Ways


class Progressed(Enum):
    """What ``advance`` did: decided a depth; stopped by the deadline; found that there is nothing more to find."""

    DEPTH = "depth"
    STOPPED = "stopped"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class _Query:
    """``literal`` is equivalent to the condition; ``step``: raised by this step (None: by the state)."""

    part: Part
    literal: Bool
    step: Step | None


class Group:
    """Searches for the parts given, each until found.

    ``found``: schedules; ``checked``: for each part the length up to which there is no violation,
    as far as known; ``reason``: why the search stopped. ``distances``: where processes must be in a
    violating state, if all parts are by state and share that.
    """

    def __init__(
        self,
        system: System,
        parts: Sequence[Part],
        bounds: Bounds,
        options: Options,
        greatest: int,
        distances: Distances | None = None,
        known: Facts | None = None,
    ) -> None:
        self.parts = tuple(parts)
        self.found: dict[Part, tuple[Schedule, float]] = {}
        self.checked = dict.fromkeys(parts, -1)
        self.reason: Depths | None = None
        self.seconds = 0.0
        self._exhausted = False  # no run is longer than what was decided
        self._limits: dict[Part, int] = {}
        self._system = system
        self._greatest = greatest
        self._solver = Solver(options.logic if options.finite else "")
        asked = frozenset(part.property.id for part in parts)
        fruitless = frozenset[int]() if distances is None else _fruitless(system, distances)
        self._unrolling = Unrolling(system, self._solver, bounds, asked, options, fruitless, known)
        self._distances = distances
        self._waste = Waste(self._solver.builder, self._solver.add)
        self._least = 0 if distances is None else _least_length(system, distances)
        self._pending = True  # the last frame is made but not yet decided

    @property
    def depth(self) -> int:
        """The depth that is being decided."""
        return self._unrolling.last.depth

    def open(self) -> list[Part]:
        """The parts that are still looked for."""
        return [p for p in self.parts if p not in self.found and self.checked[p] < self._limits.get(p, self._greatest)]

    def excluded(self, part: Part) -> int:
        """The length up to which there is no violation that way: the greatest one if no run is longer."""
        return self._greatest if self._exhausted else self.checked[part]

    def limit(self, part: Part, length: int) -> None:
        """Do not look for violations of more than ``length`` steps: another way is known."""
        if part in self.checked:
            self._limits[part] = length

    def abandon(self) -> list[Part]:
        """Give up what has not been found; returns it."""
        rest = self.open()
        self.parts = tuple(part for part in self.parts if part not in rest)
        return rest

    def advance(self, deadline: Deadline) -> Progressed:
        """Decide one more depth. Raises ``Unencodable`` if an integer outgrows the finite encoding."""
        started = time.monotonic()
        try:
            return self._advance(deadline)
        finally:
            self.seconds += time.monotonic() - started

    def _advance(self, deadline: Deadline) -> Progressed:
        if not self.open():
            self.reason = NotTried(self._greatest)
            return Progressed.FINISHED
        if not self._pending:
            if not self._extend(deadline):
                return Progressed.FINISHED
            self._pending = True
        if not self._decide_depth(deadline):
            return Progressed.STOPPED
        self._pending = False
        return Progressed.DEPTH

    def _extend(self, deadline: Deadline) -> bool:
        """Add a frame; False if no run is that long."""
        depth = self.depth
        unrolling = self._unrolling
        if unrolling.extend():
            if self._distances is not None:
                of = self._distances
                self._waste.step(
                    (of.waste(step.process, step.source, step.target or 0) or 0, literal)
                    for step, literal in unrolling.transitions[-1].fires
                )
            moment = Deadline(min(deadline.at, time.monotonic() + MOMENT), deadline.interrupted)
            if self._solver.check((), moment) is not Outcome.UNSAT:
                return True
        self._exhausted = True
        self.reason = NoneLonger(depth, violating=self._distances is not None)
        return False

    # one depth

    def _decide_depth(self, deadline: Deadline) -> bool:
        """Decide lengths ``depth`` (states) and ``depth + 1`` (steps); False if z3 gave up."""
        depth, frame = self.depth, self._unrolling.last
        states = [part for part in self.open() if part.ways is Ways.STATE and self.checked[part] < depth]
        if states:
            if depth >= self._least:
                assumed = self._enough(depth)
                queries = [q for part in states if (q := self._state_query(frame, part)) is not None]
                if not self._decide(queries, assumed, deadline):
                    return False
            self._settle(states, depth)
        raises = [part for part in self.open() if part.ways is Ways.RAISE and self.checked[part] <= depth]
        if raises and depth < self._greatest:
            if not self._decide(self._raise_queries(frame, raises), (), deadline):
                return False
            self._settle(raises, depth + 1)
        return True

    def _settle(self, parts: Sequence[Part], length: int) -> None:
        for part in parts:
            if part not in self.found:
                self.checked[part] = length

    def _enough(self, depth: int) -> tuple[Bool, ...]:
        """What a run of this length that reaches a target cannot have wasted."""
        if self._distances is None:
            return ()
        return (self._solver.builder.not_(self._waste.over(depth, depth - self._least + 1)),)

    def _decide(self, queries: list[_Query], assumed: tuple[Bool, ...], deadline: Deadline) -> bool:
        """Find, for each part of the queries, whether one of its literals can be true; False if z3 gave up."""
        solver, b, depth = self._solver, self._solver.builder, self.depth
        while queries:
            some = b.bool_variable(f"some{depth}_{solver.checks}")
            solver.add(b.implies(some, b.or_(q.literal for q in queries)))
            outcome = solver.check((some, *assumed), deadline)
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
                if query.part not in self.found and holds(query.literal):
                    moves = self._unrolling.schedule(holds, depth)
                    last = () if query.step is None else (Move(query.step.process, query.step.choices),)
                    if not ends_in(self._system, moves + last, query.part.property.id):
                        self.reason = NoViolation(len(moves + last))
                        return False
                    self.found[query.part] = (moves + last, time.monotonic())
            queries = [q for q in queries if q.part not in self.found]
        return True

    def _state_query(self, frame: Frame, part: Part) -> _Query | None:
        """Whether the frame's state violates (witnesses) the property; None if it clearly does not."""
        b, encoder = self._solver.builder, frame.encoder
        ways = [encoder.boolean(s.condition) for s in part.property.states]
        if Form.DEADLOCK in part.property.forms:
            blocked = b.and_(b.not_(frame.enabled(step)) for step in frame.possible)
            ways.append(b.and_((b.not_(encoder.boolean(self._system.drained)), blocked)))
        condition = b.or_(ways)
        if condition is b.false:
            return None
        literal = b.bool_variable(f"bad{frame.depth}_{part.property.id}_{self._solver.checks}")
        self._solver.add(b.eq(literal, condition))
        return _Query(part, literal, None)

    def _raise_queries(self, frame: Frame, parts: Sequence[Part]) -> list[_Query]:
        """For each step that may raise a violation of a wanted property, whether it is enabled and does."""
        b, encoder, tag = self._solver.builder, frame.encoder, self._solver.checks
        wanted = {part.property.id: part for part in parts}
        queries = []
        for step in frame.possible:
            for i, raised in enumerate(step.raises):
                part = wanted.get(raised.property)
                if part is not None:
                    condition = b.and_((frame.enabled(step), encoder.boolean(raised.condition)))
                    if condition is not b.false:
                        literal = b.bool_variable(f"raise{frame.depth}_{step.id}_{i}_{tag}")
                        self._solver.add(b.eq(literal, condition))
                        queries.append(_Query(part, literal, step))
        return queries


def _fruitless(system: System, distances: Distances) -> frozenset[int]:
    """The steps after which no target can be reached."""
    return frozenset(
        step.id
        for step in system.steps
        if step.target is not None and distances.waste(step.process, step.source, step.target) is None
    )


def _least_length(system: System, distances: Distances) -> int:
    """No run from the initial state to targets is shorter. (Without a way there it is left to the
    search to find out.)
    """
    variables = {v.id: v for v in system.variables}
    return sum(distances.of[p.index].get(int(variables[p.location].initial), 0) for p in system.processes)
