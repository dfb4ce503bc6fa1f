"""Replay: from a schedule to the trace that people see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace

from modelcheck.ground.records import dataclass
from modelcheck.model import typed
from modelcheck.result.details import NeverEnds, NothingClaimed
from modelcheck.result.operations import Operation
from modelcheck.result.reasons.differences import (
    AwaitedLock,
    CannotChoose,
    CannotMove,
    NoSuchProcess,
    NoSuchProperty,
    NotFoundThere,
    Refused,
)
from modelcheck.result.trace import Change, Finding, HeldLock, Move, ProcessEnd, Schedule, Trace, TraceStep
from modelcheck.result.values import Happening, Place, Unassigned, Value
from modelcheck.semantics.interpreter.compiler.code import Instruction
from modelcheck.semantics.interpreter.flow import FlowRecorder
from modelcheck.semantics.interpreter.interpreter import Interpreter, ReplayError
from modelcheck.semantics.interpreter.judging.ends import stuck_findings, unreachable
from modelcheck.semantics.interpreter.judging.stuck import confirm_stuck, onward
from modelcheck.semantics.interpreter.machine.machine import Occurrence
from modelcheck.semantics.interpreter.machine.states import Outcome, State
from modelcheck.semantics.interpreter.machine.values import FREE
from modelcheck.semantics.interpreter.naming import position_of, shared_changes, shared_value
from modelcheck.semantics.interpreter.trace_data import NOTHING_DONE, Done, occurred, selectors

#: The kind of a trace that is about no property.
WALK = "walk"

#: (process, lock cell, mode) -> number of the step that took it
Holds = dict[tuple[int, int, str], int]


@dataclass(slots=True)
class _Replay:
    interpreter: Interpreter
    state: State
    flow: FlowRecorder
    holds: Holds = field(default_factory=dict)
    steps: list[TraceStep] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    outcome: Outcome | None = None

    def step(self, move: Move, last: bool) -> None:
        """Execute one move. Raises ``ReplayError``."""
        number = len(self.steps) + 1
        outcome = self._find(number, move)
        transition = self.interpreter.transition(self.state, outcome)
        before, after = self.state, transition.target
        self.states.append(before)
        self.outcome = outcome
        if after is None and not last:
            raise ReplayError(number, Refused.FAULTS_BEFORE_ITS_END)
        instance = move.process
        program = self.interpreter.programs[instance]
        instruction = program.code[self.interpreter.process_state(before, instance).pc]
        events = happenings(self.interpreter, transition.events)
        self.steps.append(
            TraceStep(
                number,
                move,
                self.interpreter.names[instance],
                position_of(program.name, instruction.site),
                described(self.interpreter, before, outcome, after, events),
                () if after is None else changes(self.interpreter, before, after),
                events,
                transition.findings,
                after is None,
                () if after is None else live_variables(self.interpreter, after, instance),
                self.flow.step(number, before, move),
            )
        )
        if after is not None:
            self.state = after
            self.note_holds(number)

    def _find(self, number: int, move: Move) -> Outcome:
        if not 0 <= move.process < len(self.interpreter.names):
            raise ReplayError(number, NoSuchProcess(move.process))
        outcomes = self.interpreter.outcomes(self.state, move.process)
        for outcome in outcomes:
            if outcome.move == move:
                return outcome
        name = self.interpreter.names[move.process]
        end = process_end(self.interpreter, self.state, move.process)
        if not outcomes:
            awaited = _awaited(self.interpreter, self.state, move.process) if end.operation is not None else ""
            line = None if end.span is None else end.span.line
            raise ReplayError(number, CannotMove(name, end.status, line, awaited))
        possible = tuple(outcome.move.choices for outcome in outcomes)
        assert end.span is not None
        raise ReplayError(number, CannotChoose(name, end.span.line, move.choices, possible))

    def note_holds(self, number: int) -> None:
        """Keep track of when each lock was taken."""
        current: Holds = {}
        for cell in self.interpreter.locks:
            for instance, mode in self.interpreter.holders(self.state, cell):
                key = (instance, cell, mode)
                current[key] = self.holds.get(key, number)
        self.holds = current


def replay(interpreter: Interpreter, schedule: Schedule, property_: int) -> Trace:
    """Replay a schedule whose last step, or last state, violates (existential: witnesses) the property with that id.

    Raises ``ReplayError`` if a move is not possible or the finding does not occur there; for ``stuck`` also if
    an end is found ahead. (If not everything ahead could be looked at, the finding says so.)
    """
    declared = next((p for p in interpreter.model.properties if p.id == property_), None)
    if declared is None:
        raise ReplayError(0, NoSuchProperty(property_))
    start = interpreter.initial()
    if start.state is None:
        if schedule:
            raise ReplayError(0, Refused.FAULTS_INITIALLY)
        return _trace(interpreter, declared, _only(start.findings, declared, 0), (), start.findings, None, None)
    run = _Replay(interpreter, start.state, FlowRecorder(interpreter, property_))
    run.note_holds(0)
    for number, move in enumerate(schedule, 1):
        run.step(move, number == len(schedule))
    findings = list(run.steps[-1].findings if run.steps else start.findings)
    if not (run.steps and run.steps[-1].faulted):
        findings += interpreter.state_findings(run.state)
        findings += [finding for finding in stuck_findings(interpreter) if finding.property == property_]
    finding = _only(findings, declared, len(schedule))
    unconfirmed, ahead = 0, tuple[ProcessEnd, ...]()
    if finding.key is not None and finding.key.kind == "stuck":
        unconfirmed = confirm_stuck(interpreter, run.state, len(schedule))
        end = onward(interpreter, run.state)
        if end is not None:
            ahead = tuple(process_end(interpreter, end, instance) for instance in range(len(interpreter.names)))
        if unconfirmed:
            finding = replace(finding, detail=NeverEnds(unconfirmed))
    trace = _trace(interpreter, declared, finding, tuple(run.steps), start.findings, start.state, run)
    return replace(trace, unconfirmed=unconfirmed, ahead=ahead)


def findings_at_the_end(interpreter: Interpreter, schedule: Schedule) -> tuple[Finding, ...]:
    """What the last step of a schedule, and the state it ends in, violate or witness, ``stuck`` aside.

    Raises ``ReplayError``.
    """
    start = interpreter.initial()
    if start.state is None:
        if schedule:
            raise ReplayError(0, Refused.FAULTS_INITIALLY)
        return start.findings
    run = _Replay(interpreter, start.state, FlowRecorder(interpreter, -1))
    for number, move in enumerate(schedule, 1):
        run.step(move, number == len(schedule))
    last = run.steps[-1] if run.steps else None
    found = start.findings if last is None else last.findings
    return found if last is not None and last.faulted else (*found, *interpreter.state_findings(run.state))


def replay_walk(interpreter: Interpreter, schedule: Schedule) -> Trace:
    """Replay any schedule, whatever it ends in: the trace is about no property (its ``kind`` is ``walk``).

    Raises ``ReplayError``.
    """
    start = interpreter.initial()
    finding = Finding(-1, None, NothingClaimed(), None)
    if start.state is None:
        if schedule:
            raise ReplayError(0, Refused.FAULTS_INITIALLY)
        return _trace(interpreter, None, finding, (), start.findings, None, None)
    run = _Replay(interpreter, start.state, FlowRecorder(interpreter, -1))
    run.note_holds(0)
    for number, move in enumerate(schedule, 1):
        run.step(move, number == len(schedule))
    return _trace(interpreter, None, finding, tuple(run.steps), start.findings, start.state, run)


def _only(findings: Sequence[Finding], declared: typed.Property, step: int) -> Finding:
    """The finding about the property."""
    for finding in findings:
        if finding.property == declared.id:
            return finding
    raise ReplayError(step, NotFoundThere(declared.kind, declared.name, declared.existential))


def _trace(
    interpreter: Interpreter,
    declared: typed.Property | None,
    finding: Finding,
    steps: tuple[TraceStep, ...],
    initial_findings: tuple[Finding, ...],
    initial: State | None,
    run: _Replay | None,
) -> Trace:
    model = interpreter.model
    ends: tuple[ProcessEnd, ...] = ()
    held: tuple[HeldLock, ...] = ()
    final: tuple[tuple[Place, Value], ...] = ()
    if run is not None:
        ends = tuple(
            replace(
                process_end(interpreter, run.state, instance),
                missed=_missed(run, instance),
                flow=run.flow.standing(len(run.steps) + 1, run.state, instance),
            )
            for instance in range(len(interpreter.names))
        )
        held = tuple(
            HeldLock(interpreter.names[instance], interpreter.places[cell], mode, since)
            for (instance, cell, mode), since in sorted(run.holds.items())
        )
        final = interpreter.shared_data(run.state)
    return Trace(
        model.name,
        model.variant,
        model.scenario,
        "" if declared is None else declared.name,
        WALK if declared is None else declared.kind,
        finding,
        interpreter.names,
        () if initial is None else interpreter.shared_data(initial),
        initial_findings,
        steps,
        final,
        ends,
        held,
        None if run is None else _lost(run, finding),
        classes=tuple(program.name for program in interpreter.programs),
        condition=() if run is None or declared is None else _condition(run, declared),
    )


def _condition(run: _Replay, declared: typed.Property) -> tuple[Place, ...]:
    """What the condition of a property reads in the last state."""
    if run.steps and run.steps[-1].faulted:
        return ()
    states = (run.states[-1] if run.states else run.state), run.state
    return run.flow.places(run.interpreter.judge.read_by(run.interpreter, states, run.outcome, declared))


def _missed(run: _Replay, instance: int) -> tuple[int, int] | None:
    """When a process that waits at a guard at the end of the run could have gone on (``ProcessEnd.missed``)."""
    interpreter, last = run.interpreter, run.interpreter.process_state(run.state, instance)
    if last.resting or last.pc not in interpreter.programs[instance].waits or interpreter.enabled(run.state, instance):
        return None
    before = len(run.states)
    while before and not interpreter.enabled(run.states[before - 1], instance):
        if run.steps[before - 1].move.process == instance:
            return None
        before -= 1
    if not before or run.steps[before - 1].move.process == instance:
        return None
    after = before - 1
    while after and interpreter.enabled(run.states[after - 1], instance):
        if run.steps[after - 1].move.process == instance:
            return 0, before
        after -= 1
    return (0 if after and run.steps[after - 1].move.process == instance else after), before


def _lost(run: _Replay, finding: Finding) -> int | None:
    """Of a leak: the number of the step after which nothing referred to the object any more."""
    if finding.key is None or finding.key.kind != "leak":
        return None
    interpreter, (lost,) = run.interpreter, finding.about
    for number in range(len(run.states) - 1, -1, -1):
        gone = unreachable(interpreter, run.states[number])
        if all(Place(object_, slot) != lost for object_, slot in gone):
            return number + 1
    return 0


def happenings(interpreter: Interpreter, occurrences: Sequence[Occurrence]) -> tuple[Happening, ...]:
    """Events that occurred, as data."""
    return tuple(occurred(interpreter.world.events[one.event], one) for one in occurrences)


def described(
    interpreter: Interpreter, before: State, outcome: Outcome, after: State | None, events: tuple[Happening, ...]
) -> Operation:
    """What a step did."""
    instance = outcome.move.process
    instruction = interpreter.programs[instance].code[interpreter.process_state(before, instance).pc]
    assert instruction.operation is not None
    place, old, new = _accessed(interpreter, instruction, before, outcome, after)
    return instruction.operation(Done(outcome.done.value, place, old, new, events, interpreter.flags.of(place)))


def _accessed(
    interpreter: Interpreter, instruction: Instruction, before: State, outcome: Outcome, after: State | None
) -> tuple[Place | None, Value | None, Value | None]:
    """The place that a step was about, and what was there before and after it."""
    if not instruction.reads:
        if outcome.done.place < 0:
            return None, None, None
        return (
            interpreter.places[outcome.done.place],
            None
            if _absent(interpreter, before, outcome.done.place)
            else shared_value(interpreter, before, outcome.done.place),
            None
            if after is None or _absent(interpreter, after, outcome.done.place)
            else shared_value(interpreter, after, outcome.done.place),
        )
    # (Part of) a local.
    if outcome.done.local < 0:
        return None, None, None
    instance = outcome.move.process
    variable = interpreter.programs[instance].variables[instruction.reads[0]]
    path = list(selectors(variable.type))[outcome.done.local - variable.base]
    place = Place(variable.name, None, path, instance, variable.owner, variable.inlined)
    found = [
        None
        if state is None
        else next(
            (
                value
                for number, where, value in interpreter.local_values(state, instance)
                if (number, where) == (variable.number, place)
            ),
            None,
        )
        for state in (before, after)
    ]
    return place, found[0], found[1]


def _absent(interpreter: Interpreter, state: State, cell: int) -> bool:
    return interpreter.shared_cells(state)[cell] is FREE


def changes(interpreter: Interpreter, before: State, after: State) -> tuple[Change, ...]:
    """Shared values and named locals that differ."""
    found = shared_changes(interpreter, before, after)
    for instance in range(len(interpreter.names)):
        if before[2 + instance] == after[2 + instance]:
            continue
        known = {(number, place): value for number, place, value in interpreter.local_values(before, instance)}
        # An argument handed on under the same name is no news.
        passed = {(place.name, place.path, value) for (_, place), value in known.items()}
        for number, place, value in interpreter.local_values(after, instance):
            earlier = known.get((number, place))
            if earlier == value:
                continue
            if earlier is None and (value == Unassigned() or (place.name, place.path, value) in passed):
                continue
            found.append(Change(place, earlier, value))
    return tuple(found)


def live_variables(interpreter: Interpreter, state: State, instance: int) -> tuple[tuple[Place, Value], ...]:
    """The named variables of an instance that are live, with their values."""
    return tuple((place, value) for _, place, value in interpreter.local_values(state, instance))


def process_end(interpreter: Interpreter, state: State, instance: int) -> ProcessEnd:
    """Where an instance stands in a state, and what it waits for if it is blocked."""
    program, part = interpreter.programs[instance], interpreter.process_state(state, instance)
    name = interpreter.names[instance]
    if part.pc == program.end:
        return ProcessEnd(name, "done", None, None)
    instruction = program.code[part.pc]
    assert instruction.operation is not None
    enabled = interpreter.enabled(state, instance)
    if interpreter.finished(state, instance) and not part.goes_round:
        status = "resting"
    else:
        status = "ready" if enabled else "blocked"
    lock = None if enabled else interpreter.waiting_for(state, instance)
    return ProcessEnd(
        name,
        status,
        position_of(program.name, instruction.site),
        instruction.operation(NOTHING_DONE),
        None if lock is None else interpreter.places[lock],
        () if lock is None else _holders(interpreter, state, lock),
        live_variables(interpreter, state, instance),
        above=() if enabled else _above(interpreter, state, instance),
    )


def _above(interpreter: Interpreter, state: State, instance: int) -> tuple[str, ...]:
    """The handlers that are active on top of an instance."""
    name, cells, layout = interpreter.programs[instance].name, interpreter.shared_cells(state), interpreter.layout
    process = next(process for process in interpreter.model.processes if process.name == name)
    return tuple(handler for handler, active in process.above if cells[layout.variables[active][1]] is True)


def _holders(interpreter: Interpreter, state: State, lock: int) -> tuple[str, ...]:
    """Who holds a lock (nobody holds a completion)."""
    info = interpreter.layout.cells[lock].type
    if isinstance(info, typed.LockType) and not info.kind.facts.held:
        return ()
    return tuple(dict.fromkeys(interpreter.names[holder] for holder, _ in interpreter.holders(state, lock)))


def _awaited(interpreter: Interpreter, state: State, instance: int) -> AwaitedLock | str:
    """What a blocked instance waits for: a lock, or what the spec says there."""
    lock = interpreter.waiting_for(state, instance)
    if lock is not None:
        return AwaitedLock(interpreter.layout.cells[lock].name, tuple(_holders(interpreter, state, lock)))
    return interpreter.programs[instance].code[interpreter.process_state(state, instance).pc].text
