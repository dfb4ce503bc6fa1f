"""A walk: the run so far, what can come next, and the way to the nearest violation."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.model import typed
from modelcheck.model.absences import Absence
from modelcheck.result.operations import Operation
from modelcheck.result.trace import Change, Finding, Move, Position, ProcessEnd, Schedule, Trace
from modelcheck.result.values import Happening, Place, Value
from modelcheck.semantics.interpreter.explore import schedule_to
from modelcheck.semantics.interpreter.interpreter import Interpreter, ReplayError
from modelcheck.semantics.interpreter.judging.ends import stuck_findings
from modelcheck.semantics.interpreter.machine.states import Outcome, State
from modelcheck.semantics.interpreter.naming import position_of
from modelcheck.semantics.interpreter.replay import (
    changes,
    described,
    happenings,
    live_variables,
    process_end,
    replay,
    replay_walk,
)

#: A search for a violation looks at so many states, and takes so many seconds, at most.
SEARCH_STATES, SEARCH_SECONDS = 200_000, 20.0


@dataclass(frozen=True, slots=True)
class Choice:
    """A step that is possible now.

    ``only``: it is the process's only one. ``changes``: what it would change; ``faults``: it cannot
    be completed.
    """

    move: Move
    process: str
    position: Position
    operation: Operation
    only: bool
    changes: tuple[Change, ...]
    faults: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """A step of the walk, as it happened. ``findings``: what it violates, or the state after it."""

    number: int
    choice: Choice
    events: tuple[Happening, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Point:
    """A state of the walk and the step that led to it; no state after a fault."""

    state: State | None
    taken: Taken | None


@dataclass(frozen=True, slots=True)
class NotNow:
    """``process`` cannot make this step now."""

    process: str


class Obstacle(Enum):
    """What is in the way of any step, or of any search."""

    NO_STEP = "no step"  # none is possible
    FAULTED = "faulted"  # a fault has ended this run
    ABOUT_ALL = "about all"  # `stuck` is about everything that can come


@dataclass(frozen=True, slots=True)
class NoProperty:
    """There is no property of this name; ``hint``: at what the user may have aimed."""

    name: str
    hint: str


@dataclass(frozen=True, slots=True)
class DoesNotApply:
    """The property does not apply in this scenario."""

    name: str
    why: Absence


@dataclass(frozen=True, slots=True)
class NothingComes:
    """Nothing that can come violates the property, or witnesses it if it is existential."""

    name: str
    existential: bool


@dataclass(frozen=True, slots=True)
class NotFoundWithin:
    """The search has looked at so many states."""

    states: int


Hindrance: TypeAlias = NotNow | Obstacle | NoProperty | DoesNotApply | NothingComes | NotFoundWithin


class NoWay(Exception):
    """What was asked for cannot be reached from here, or was not found; ``why`` says which."""

    def __init__(self, why: Hindrance) -> None:
        self.why = why
        super().__init__(str(why))


class Walk:
    """A run of a model that grows by one step at a time. ``spec``: the path to tell in saved traces."""

    def __init__(self, interpreter: Interpreter, spec: str, seed: int = 0) -> None:
        self.interpreter = interpreter
        self.spec = spec
        self._random = random.Random(seed)
        start = interpreter.initial()
        #: what is wrong in the initial state
        self.initial_findings = start.findings
        if start.state is not None:
            self.initial_findings += interpreter.state_findings(start.state)
        #: names of the properties that are to be reached, by id: finding them is nothing wrong
        self.reachable = {prop.id: prop.name for prop in interpreter.model.properties if prop.existential}
        self._points = [_Point(start.state, None)]
        self._wanted: int | None = None

    @property
    def state(self) -> State | None:
        """Where the walk is; None if its last step, or the initialisation, faulted."""
        return self._points[-1].state

    @property
    def steps(self) -> tuple[Taken, ...]:
        """The steps so far."""
        return tuple(point.taken for point in self._points if point.taken is not None)

    @property
    def schedule(self) -> Schedule:
        """The moves so far."""
        return tuple(step.choice.move for step in self.steps)

    def choices(self) -> tuple[Choice, ...]:
        """Every step that is possible now, by process."""
        state = self.state
        if state is None:
            return ()
        found: list[Choice] = []
        for instance in range(len(self.interpreter.names)):
            outcomes = self.interpreter.outcomes(state, instance)
            found += [self._choice(state, outcome, len(outcomes) == 1) for outcome in outcomes]
        return tuple(found)

    def _choice(self, state: State, outcome: Outcome, only: bool) -> Choice:
        instance = outcome.move.process
        program = self.interpreter.programs[instance]
        instruction = program.code[self.interpreter.process_state(state, instance).pc]
        transition = self.interpreter.transition(state, outcome)
        target = transition.target
        events = happenings(self.interpreter, transition.events)
        return Choice(
            outcome.move,
            self.interpreter.names[instance],
            position_of(program.name, instruction.site),
            described(self.interpreter, state, outcome, target, events),
            only,
            () if target is None else changes(self.interpreter, state, target),
            target is None,
        )

    def standings(self) -> tuple[ProcessEnd, ...]:
        """Where every process stands, and what it waits for."""
        state = self.state
        if state is None:
            return ()
        return tuple(process_end(self.interpreter, state, n) for n in range(len(self.interpreter.names)))

    def values(self) -> tuple[tuple[Place, Value], ...]:
        """Every shared value now."""
        return () if self.state is None else self.interpreter.shared_data(self.state)

    def locals_of(self, instance: int) -> tuple[tuple[Place, Value], ...]:
        """The live locals of a process now."""
        return () if self.state is None else live_variables(self.interpreter, self.state, instance)

    def take(self, move: Move) -> Taken:
        """Make a step. Raises ``NoWay`` if it is not possible."""
        state = self.state
        outcomes = () if state is None else self.interpreter.outcomes(state, move.process)
        outcome = next((outcome for outcome in outcomes if outcome.move == move), None)
        if state is None or outcome is None:
            raise NoWay(NotNow(self.interpreter.names[move.process]))
        transition = self.interpreter.transition(state, outcome)
        findings = transition.findings
        if transition.target is not None:
            findings += self.interpreter.state_findings(transition.target)
        events = happenings(self.interpreter, transition.events)
        choice = self._choice(state, outcome, len(outcomes) == 1)
        taken = Taken(len(self._points), choice, events, findings)
        self._points.append(_Point(transition.target, taken))
        return taken

    def take_any(self) -> Taken:
        """Make a step by chance: first a process, then one of its choices. Raises ``NoWay`` if there is none."""
        choices = self.choices()
        if not choices:
            raise NoWay(Obstacle.NO_STEP)
        process = self._random.choice(sorted({choice.move.process for choice in choices}))
        return self.take(self._random.choice([c.move for c in choices if c.move.process == process]))

    def undo(self, count: int = 1) -> int:
        """Take steps back; return how many."""
        count = min(count, len(self._points) - 1)
        if count > 0:
            del self._points[-count:]
        return count

    def jump(self, property_name: str, clock: Callable[[], float] = time.monotonic) -> tuple[Taken, ...]:
        """Go on by a shortest way to a violation (existential: a witness) of a property; return the steps.

        Raises ``NoWay``.
        """
        properties = {prop.name: prop for prop in self.interpreter.model.properties}
        prop = properties.get(property_name)
        if prop is None:
            from modelcheck.ground.suggest import did_you_mean

            raise NoWay(NoProperty(property_name, did_you_mean(property_name, properties)))
        if prop.not_applicable is not None:
            raise NoWay(DoesNotApply(prop.name, prop.not_applicable))
        if self.state is None:
            raise NoWay(Obstacle.FAULTED)
        self._wanted = prop.id
        moves = self._search(self.state, prop.id, clock() + SEARCH_SECONDS, clock)
        if moves is None:
            raise NoWay(NothingComes(prop.name, prop.existential))
        return tuple(self.take(move) for move in moves)

    def _search(self, start: State, wanted: int, deadline: float, clock: Callable[[], float]) -> Schedule | None:
        """A shortest way from ``start`` to a finding about a property, of at least one step; None if there is none."""
        interpreter = self.interpreter
        stuck = wanted in {finding.property for finding in stuck_findings(interpreter)}
        body = next(prop.body for prop in interpreter.model.properties if prop.id == wanted)
        if stuck and isinstance(body, typed.Obligation) and all(key.kind == "stuck" for key in body.keys):
            raise NoWay(Obstacle.ABOUT_ALL)
        parents: dict[State, tuple[State, Move] | None] = {start: None}
        waiting = deque([start])
        while waiting:
            state = waiting.popleft()
            for transition in interpreter.transitions(state):
                target = transition.target
                findings = transition.findings
                if target is not None and target not in parents:
                    parents[target] = (state, transition.move)
                    waiting.append(target)
                    findings += interpreter.state_findings(target)
                if any(finding.property == wanted for finding in findings):
                    return (*schedule_to(parents, state), transition.move)
            if len(parents) > SEARCH_STATES or clock() > deadline:
                raise NoWay(NotFoundWithin(len(parents)))
        if stuck:
            raise NoWay(Obstacle.ABOUT_ALL)
        return None

    def trace(self) -> Trace:
        """The walk as a trace: of what its last step violates (what was jumped to first, a violation
        before a witness), or else of nothing in particular."""
        findings = self.steps[-1].findings if self.steps else self.initial_findings
        for finding in sorted(
            findings, key=lambda found: (found.property != self._wanted, found.property in self.reachable)
        ):
            try:
                return replay(self.interpreter, self.schedule, finding.property)
            except ReplayError:
                continue
        return replay_walk(self.interpreter, self.schedule)
