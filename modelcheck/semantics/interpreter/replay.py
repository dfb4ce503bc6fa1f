"""Replay: from a schedule to the trace that people see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace

from modelcheck.ground.records import dataclass
from modelcheck.model import typed
from modelcheck.result.trace import Change, Finding, HeldLock, Move, ProcessEnd, Schedule, Trace, TraceStep
from modelcheck.semantics.interpreter.compiler.code import Instruction
from modelcheck.semantics.interpreter.flow import FlowRecorder
from modelcheck.semantics.interpreter.interpreter import Interpreter, ReplayError
from modelcheck.semantics.interpreter.judging.stuck import confirm_stuck
from modelcheck.semantics.interpreter.machine.machine import NO_VALUE
from modelcheck.semantics.interpreter.machine.states import Outcome, State
from modelcheck.semantics.interpreter.machine.values import Cell
from modelcheck.semantics.interpreter.naming import position_name, shared_changes

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
            raise ReplayError(number, "the step faults, but the schedule goes on")
        instance = move.process
        program = self.interpreter.programs[instance]
        instruction = program.code[self.interpreter.process_state(before, instance).pc]
        self.steps.append(
            TraceStep(
                number,
                move,
                self.interpreter.names[instance],
                position_name(program.name, instruction.site),
                instruction.site.frames,
                operation_text(instruction, outcome.value),
                instruction.site.span,
                () if after is None else changes(self.interpreter, before, after),
                tuple(event.text for event in transition.events),
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
            raise ReplayError(number, f"there is no process number {move.process}")
        outcomes = self.interpreter.outcomes(self.state, move.process)
        for outcome in outcomes:
            if outcome.move == move:
                return outcome
        name = self.interpreter.names[move.process]
        end = process_end(self.interpreter, self.state, move.process)
        if not outcomes:
            waits = f" (it waits for {end.waits_for})" if end.waits_for else ""
            where = f" at {end.position}" if end.position else ""
            raise ReplayError(number, f"{name} cannot move: it is {end.status}{where}{waits}")
        possible = ", ".join(str(outcome.move.choices) for outcome in outcomes)
        raise ReplayError(number, f"{name} at {end.position} cannot choose {move.choices}; it can choose {possible}")

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
        raise ReplayError(0, f"there is no property number {property_}")
    start = interpreter.initial()
    if start.state is None:
        if schedule:
            raise ReplayError(0, "the initialisation faults, but the schedule goes on")
        return _trace(interpreter, declared, _only(start.findings, declared, 0), (), start.findings, None, None)
    run = _Replay(interpreter, start.state, FlowRecorder(interpreter, property_))
    run.note_holds(0)
    for number, move in enumerate(schedule, 1):
        run.step(move, number == len(schedule))
    findings = list(run.steps[-1].findings if run.steps else start.findings)
    if not (run.steps and run.steps[-1].faulted):
        findings += interpreter.state_findings(run.state)
        findings += [finding for finding in interpreter.judge.stuck_findings() if finding.property == property_]
    finding = _only(findings, declared, len(schedule))
    unconfirmed = 0
    if finding.key is not None and finding.key.kind == "stuck":
        unconfirmed = confirm_stuck(interpreter, run.state, len(schedule))
        if unconfirmed:
            detail = f"{finding.detail} (not confirmed by the interpreter beyond {unconfirmed:,} states)"
            finding = replace(finding, detail=detail)
    trace = _trace(interpreter, declared, finding, tuple(run.steps), start.findings, start.state, run)
    return replace(trace, unconfirmed=unconfirmed)


def findings_at_the_end(interpreter: Interpreter, schedule: Schedule) -> tuple[Finding, ...]:
    """What the last step of a schedule, and the state it ends in, violate or witness, ``stuck`` aside. Raises ``ReplayError``."""
    start = interpreter.initial()
    if start.state is None:
        if schedule:
            raise ReplayError(0, "the initialisation faults, but the schedule goes on")
        return start.findings
    run = _Replay(interpreter, start.state, FlowRecorder(interpreter, -1))
    for number, move in enumerate(schedule, 1):
        run.step(move, number == len(schedule))
    last = run.steps[-1] if run.steps else None
    found = start.findings if last is None else last.findings
    return found if last is not None and last.faulted else (*found, *interpreter.state_findings(run.state))


def replay_walk(interpreter: Interpreter, schedule: Schedule) -> Trace:
    """Replay any schedule, whatever it ends in: the trace is about no property (its ``kind`` is ``walk``). Raises ``ReplayError``."""
    start = interpreter.initial()
    finding = Finding(-1, None, "nothing is claimed about where it ends", None)
    if start.state is None:
        if schedule:
            raise ReplayError(0, "the initialisation faults, but the schedule goes on")
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
    what = "witnessed" if declared.existential else "violated"
    raise ReplayError(step, f"{declared.kind} {declared.name} is not {what} here")


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
    final: tuple[tuple[str, str], ...] = ()
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
            HeldLock(interpreter.names[instance], interpreter.layout.cells[cell].name, mode, since)
            for (instance, cell, mode), since in sorted(run.holds.items())
        )
        final = interpreter.shared_values(run.state)
    return Trace(
        model.name,
        model.variant,
        model.scenario,
        "" if declared is None else declared.name,
        WALK if declared is None else declared.kind,
        finding,
        interpreter.names,
        () if initial is None else interpreter.shared_values(initial),
        initial_findings,
        steps,
        final,
        ends,
        held,
        None if run is None else _lost(run, finding),
        condition=() if run is None or declared is None else _condition(run, declared),
    )


def _condition(run: _Replay, declared: typed.Property) -> tuple[str, ...]:
    """What the condition of a property reads in the last state."""
    if run.steps and run.steps[-1].faulted:
        return ()
    states = (run.states[-1] if run.states else run.state), run.state
    return run.flow.names(run.interpreter.judge.read_by(run.interpreter, states, run.outcome, declared))


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
    interpreter, (name,) = run.interpreter, finding.about
    for number in range(len(run.states) - 1, -1, -1):
        gone = interpreter.judge.unreachable(interpreter, run.states[number])
        if all(f"{object_}[{slot}]" != name for object_, slot in gone):
            return number + 1
    return 0


def operation_text(instruction: Instruction, value: Cell) -> str:
    """What a step did, in C's words: ``p->count.inc_not_zero() -> true``."""
    if value is NO_VALUE or instruction.result is None:
        return instruction.text
    return instruction.text + instruction.result(value)


def changes(interpreter: Interpreter, before: State, after: State) -> tuple[Change, ...]:
    """Shared values and named locals that differ. A local that was not known before has the old value ""."""
    found = [Change(name, old, new, None) for name, old, new in shared_changes(interpreter, before, after)]
    for instance in range(len(interpreter.names)):
        if before[2 + instance] == after[2 + instance]:
            continue
        known = {(number, name): value for number, name, value in interpreter.local_values(before, instance)}
        # An argument handed on under the same name is no news.
        passed = {(name, value) for (_, name), value in known.items()}
        for number, name, value in interpreter.local_values(after, instance):
            earlier = known.get((number, name), "")
            if earlier == value or (earlier == "" and (value == "unassigned" or (name, value) in passed)):
                continue
            found.append(Change(name, earlier, value, instance))
    return tuple(found)


def live_variables(interpreter: Interpreter, state: State, instance: int) -> tuple[tuple[str, str], ...]:
    """The named variables of an instance that are live, with their values."""
    return tuple((name, value) for _, name, value in interpreter.local_values(state, instance))


def process_end(interpreter: Interpreter, state: State, instance: int) -> ProcessEnd:
    """Where an instance stands in a state, and what it waits for if it is blocked."""
    program, part = interpreter.programs[instance], interpreter.process_state(state, instance)
    name = interpreter.names[instance]
    if part.pc == program.end:
        return ProcessEnd(name, "done", "", None, "")
    instruction = program.code[part.pc]
    position = position_name(program.name, instruction.site)
    enabled = interpreter.enabled(state, instance)
    if interpreter.finished(state, instance):
        status = "resting"
    else:
        status = "ready" if enabled else "blocked"
    lock, holders = ("", ()) if enabled else _lock_and_holders(interpreter, state, instance)
    waits_for = ""
    if not enabled:
        waits_for = f"{lock}, held by {', '.join(holders)}" if holders else lock or instruction.text
    variables = live_variables(interpreter, state, instance)
    span, frames = instruction.site.span, instruction.site.frames
    return ProcessEnd(name, status, position, span, waits_for, frames, lock, holders, variables)


def _lock_and_holders(interpreter: Interpreter, state: State, instance: int) -> tuple[str, tuple[str, ...]]:
    """The lock that a blocked instance waits for, if it is one, and who holds it (nobody holds a completion)."""
    lock = interpreter.waiting_for(state, instance)
    if lock is None:
        return "", ()
    name = interpreter.layout.cells[lock].name
    info = interpreter.layout.cells[lock].type
    if isinstance(info, typed.LockType) and info.kind is typed.LockKind.COMPLETION:
        return name, ()
    return name, tuple(dict.fromkeys(interpreter.names[holder] for holder, _ in interpreter.holders(state, lock)))
