"""The interpreter: initial state, transitions and properties of a model, straight from the typed tree.

It shares no code with the elaborator or the engines: it is the ground truth that replays every trace and
cross-checks every exploration.
"""

from __future__ import annotations

from functools import cached_property

from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.model import typed
from modelcheck.result.reasons.differences import NotReplayed, Refusal
from modelcheck.result.trace import Finding, Move, Schedule, Trace
from modelcheck.result.values import Place, Value
from modelcheck.semantics.interpreter import naming
from modelcheck.semantics.interpreter.compiler.locks import hold
from modelcheck.semantics.interpreter.compiler.programs import compile_initialisation, compile_process
from modelcheck.semantics.interpreter.flags import Flags, flag_words
from modelcheck.semantics.interpreter.judging.guards import Guards
from modelcheck.semantics.interpreter.judging.judge import Judge
from modelcheck.semantics.interpreter.machine.layout import blank_state, is_lock, make_layout
from modelcheck.semantics.interpreter.machine.machine import (
    NO_VALUE,
    Blocked,
    Fault,
    LocalCycle,
    Machine,
    MadeStale,
    NeedChoice,
    View,
    World,
)
from modelcheck.semantics.interpreter.machine.rows import Row
from modelcheck.semantics.interpreter.machine.states import (
    Broadcasts,
    Changes,
    Effect,
    InitialResult,
    Interned,
    Outcome,
    ProcessState,
    State,
    Transition,
    Yielded,
)
from modelcheck.semantics.interpreter.machine.values import UNASSIGNED, Cell, make_stale
from modelcheck.semantics.interpreter.trace_data import shared_places


class ReplayError(Exception):
    """A schedule is not possible, or does not end in the finding: ``why`` says what and where.

    ``step``: the number of the step where (0: the initial state).
    """

    def __init__(self, step: int, why: Refusal) -> None:
        self.why = NotReplayed(step, why)
        super().__init__(str(self.why))


class Interpreter:
    """Executes one closed model, and remembers nothing of what it has executed (``memoisation`` does, for exploring).

    Raises ``SpecError`` for what cannot be run: ``run p[*]``, and local code that goes round without a step.
    """

    def __init__(self, model: typed.Model, judge: type[Judge] = Judge, guards: type[Guards] = Guards) -> None:
        for process in model.processes:
            if process.count is None:
                raise _cannot_run(f"{process.name}[*] stands for any number of instances and cannot be run", process)
        self.model = model
        self.layout = make_layout(model)
        #: the place of each shared cell
        self.places = shared_places(self.layout)
        programs = [compile_process(model, self.layout, process) for process in model.processes]
        owners = [
            (number, replica) for number, process in enumerate(model.processes) for replica in range(process.count or 0)
        ]
        #: the program of each instance, and the number of the instance within its class
        self.programs = tuple(programs[number] for number, _ in owners)
        self.replicas = tuple(replica for _, replica in owners)
        self._classes = tuple(number for number, _ in owners)
        self.names = naming.instance_names(model)
        self._shared: Interned[tuple[Cell, ...]] = Interned()
        self._processes: Interned[ProcessState] = Interned()
        self._broadcasts: Interned[Broadcasts] = Interned()
        self._broadcasts.number(())
        self._instances = range(len(owners))
        #: the shared cells that are locks, in order
        self.locks: dict[int, None] = {
            number: None for number, info in enumerate(self.layout.cells) if is_lock(info.type)
        }
        self.judge = judge(model, self.layout, self.programs)
        self.world = World(
            self.layout,
            self.names,
            self.replicas,
            {event.id: event for event in model.events},
            {(event.kind, event.subject): event.id for event in model.events},
            self.judge.monitors,
            self.judge.claims,
            model.impossible,
            self.judge.absent_events,
            any(program.waits and program.rests for program in self.programs),
            lambda instance: self.programs[instance].no_sleep,
            {
                instance: (p.name, self.layout.variables[p.task_state.root.var][1])
                for instance, p in enumerate(model.processes[number] for number, _ in owners)
                if p.task_state is not None and isinstance(p.task_state.root, typed.SharedRoot)
            },
        )
        self.guards = guards(self)

    @cached_property
    def flags(self) -> Flags:
        """Which bits of which words have names (for people: found when somebody asks)."""
        return flag_words(self.model)

    # ------------------------------------------------------------------------------------- states

    def initial(self) -> InitialResult:
        """Initialise the shared state, then let every process run its local code up to its first step."""
        code, size = compile_initialisation(self.model, self.layout)
        starts = tuple(monitor.start for monitor in self.judge.stateful_monitors)
        machine = Machine(
            self.world, blank_state(self.layout, starts), [UNASSIGNED] * size, script=None, monitoring=False
        )
        try:
            machine.execute(code)
            machine.monitoring = True
            processes = [self._start(machine, instance) for instance in range(len(self.programs))]
        except Fault:
            return InitialResult(None, tuple(machine.findings), tuple(machine.occurrences))
        except LocalCycle as cycle:
            raise _local_cycle(cycle) from None
        shared = self._shared.number(tuple(machine.shared))
        blank: State = (shared, 0, *processes)
        marked = (shared, self.judge.may.mark(self, blank), *processes)
        findings = (*machine.findings, *self.guards.of_start(marked))
        return InitialResult(marked, findings, tuple(machine.occurrences))

    def _start(self, machine: Machine, instance: int) -> int:
        """Run the local code of an instance before its first step."""
        program = self.programs[instance]
        machine.instance, machine.replica = instance, self.replicas[instance]
        machine.frame, machine.stack, machine.pc = [UNASSIGNED] * program.frame_size, [], 0
        machine.held, machine.resting, machine.goes_round = frozenset(), False, False
        # Until all have come to their first steps nobody is at a label.
        machine.context = View(tuple(-1 for _ in self.programs), tuple(frozenset() for _ in self.programs))
        if not program.code[0].stops:
            machine.run(program.code)
        return self._processes.number(self._pack(machine, instance))

    def _pack(self, machine: Machine, instance: int) -> ProcessState:
        """The state of a process that has arrived at its next step."""
        program, position = self.programs[instance], machine.pc
        if position == program.end:
            return ProcessState(self._classes[instance], position, False, False, (), (), machine.held)
        live = tuple([machine.frame[cell] for cell in program.live_cells[position]])
        standing = machine.resting, machine.goes_round
        return ProcessState(self._classes[instance], position, *standing, live, tuple(machine.stack), machine.held)

    def shared_cells(self, state: State) -> tuple[Cell, ...]:
        """The shared part of a state."""
        return self._shared.values[state[0]]

    def process_state(self, state: State, instance: int) -> ProcessState:
        """The part of a process."""
        return self._processes.values[state[2 + instance]]

    def process_part(self, number: int) -> ProcessState:
        """The part of a process with that number."""
        return self._processes.values[number]

    def broadcasts(self, outcome: Outcome) -> Broadcasts:
        """What a step told the other processes."""
        return self._broadcasts.values[outcome.broadcast]

    def view(self, state: State) -> View:
        """Where the processes stand, for property expressions."""
        parts = [self._processes.values[number] for number in state[2:]]
        return View(tuple(part.pc for part in parts), tuple(part.held for part in parts))

    # -------------------------------------------------------------------------------------- steps

    def outcomes(self, state: State, instance: int) -> tuple[Outcome, ...]:
        """Every way to execute the next step of an instance, in the order of the choices; empty if
        it is blocked or done.
        """
        return tuple([self._outcome(effect, state[0], instance) for effect in self._effects(state, instance, {})])

    def _effects(self, state: State, instance: int, noted: dict[int, Cell]) -> tuple[Effect, ...]:
        """What the next step of an instance does, with all choices; ``noted`` gets what it reads."""
        own = self.process_state(state, instance)
        if own.pc == self.programs[instance].end:
            return ()
        found: list[Effect] = []
        scripts: list[tuple[int, ...]] = [()]
        while scripts:
            script = scripts.pop()
            try:
                found.append(self._execute(state, instance, own, script, noted))
            except Blocked:
                continue
            except NeedChoice as choice:
                scripts += [(*script, option) for option in reversed(choice.options)]
            except LocalCycle as cycle:
                raise _local_cycle(cycle) from None
        return tuple(found)

    def _outcome(self, effect: Effect, shared: int, instance: int) -> Outcome:
        """What an effect makes of the shared cells."""
        after = None if effect.faults else self._after(shared, effect.changes)
        return Outcome(None, Move(instance, effect.script), after, *effect[3:])

    def _after(self, shared: int, changes: Changes) -> int:
        """The number of the shared cells after some changes."""
        if not changes:
            return shared
        cells = list(self._shared.values[shared])
        for cell, value in changes:
            cells[cell] = value
        return self._shared.number(tuple(cells))

    def _execute(
        self, state: State, instance: int, own: ProcessState, script: tuple[int, ...], noted: dict[int, Cell]
    ) -> Effect:
        """Execute one step with the choices of the script. Raises ``Blocked``, ``NeedChoice``."""
        program = self.programs[instance]
        frame: list[Cell] = [UNASSIGNED] * program.frame_size
        for cell, value in zip(program.live_cells[own.pc], own.live, strict=True):
            frame[cell] = value
        row = Row(self._shared.values[state[0]], noted)
        machine = Machine(
            self.world,
            row,
            frame,
            instance,
            self.replicas[instance],
            list(own.stack),
            own.held,
            False,
            own.pc,
            script,
        )
        if self.judge.needs_context:
            machine.context = self.view(state)
        path: set[int] | None = set() if self.judge.needs_path else None
        faults = False
        process = state[2 + instance]
        try:
            if program.provided is not None and not machine.evaluate(program.provided):
                raise Blocked
            machine.located = machine.located_local = -1
            machine.run(program.code, path)
        except Fault:
            faults = True
        else:
            process = self._processes.number(self._pack(machine, instance))
        if path is not None:
            path.add(machine.pc)
        return Effect(
            script,
            faults,
            row.changes(),
            process,
            self._broadcasts.number(tuple(machine.broadcasts)),
            tuple(machine.findings),
            tuple(machine.occurrences),
            # An operation that failed has looked up its place, but noted nothing.
            Yielded(NO_VALUE, machine.located, machine.located_local)
            if faults and machine.value is NO_VALUE
            else Yielded(machine.value, machine.place, machine.local),
            frozenset(path or ()),
        )

    def _receive(self, broadcast: int, instance: int, process: int) -> int:
        """The part of a process after the broadcasts of another one."""
        part = self._processes.values[process]
        for message in self._broadcasts.values[broadcast]:
            if isinstance(message, MadeStale):
                part = part._replace(
                    live=tuple(make_stale(value, message.object, message.slot) for value in part.live),
                    stack=tuple(make_stale(value, message.object, message.slot) for value in part.stack),
                )
            else:
                part = part._replace(held=part.held - message.holds)
        return self._processes.number(part)

    def target(self, state: State, instance: int, outcome: Outcome) -> State:
        """The state after an outcome (that is no fault), with its ``may`` marks."""
        assert outcome.shared is not None
        if outcome.broadcast:
            processes = [
                outcome.own if other == instance else self._receive(outcome.broadcast, other, part)
                for other, part in enumerate(state[2:])
            ]
            after: State = (outcome.shared, state[1], *processes)
        else:
            own = 2 + instance
            after = (outcome.shared, state[1], *state[2:own], outcome.own, *state[own + 1 :])
        if self.judge.has_marks:
            after = (after[0], self.judge.may.mark(self, after), *after[2:])
        return after

    def transitions(self, state: State) -> list[Transition]:
        """Every step that is possible in a state, ordered by process, then choices."""
        return [self.transition(state, outcome) for i in self._instances for outcome in self.outcomes(state, i)]

    def transition(self, state: State, outcome: Outcome) -> Transition:
        """The transition that an outcome means in a state."""
        findings = outcome.findings
        after = None if outcome.shared is None else self.target(state, outcome.move.process, outcome)
        if self.judge.judges_steps:
            findings += self.judge.step_findings(self, state, outcome, after)
        if self.guards.judges_steps and after is not None:
            findings = (*findings, *self.guards.of_step(state, outcome, after))
        return Transition(outcome.move, after, findings, outcome.events, None)

    # --------------------------------------------------------------------------------- properties

    def enabled(self, state: State, instance: int) -> bool:
        """Whether an instance can move."""
        return bool(self.outcomes(state, instance))

    def can_move(self, state: State) -> bool:
        """Whether any instance can move."""
        return any(self.outcomes(state, instance) for instance in self._instances)

    def finished(self, state: State, instance: int) -> bool:
        """Whether an instance is done, or a resting client, or a resting server that cannot move, or goes round and
        can move.
        """
        part, program = self.process_state(state, instance), self.programs[instance]
        if part.resting and program.server and part.pc != program.end:
            return not self.enabled(state, instance)
        if part.goes_round:
            return self.enabled(state, instance)
        return part.resting or part.pc == program.end

    def drained(self, state: State) -> bool:
        """Whether every process is finished."""
        return all(self.finished(state, instance) for instance in self._instances)

    def state_findings(self, state: State) -> tuple[Finding, ...]:
        """What is wrong in a state (of existential properties: what it witnesses).

        ``stuck`` is a matter of the graph and not judged here.
        """
        return self.judge.state_findings(self, state)

    def false_in_deadlock(self, state: State) -> set[int]:
        """The ids of the properties judged at the end that are false in this deadlock: no
        violations, but it cuts them short.
        """
        return self.judge.false_in_deadlock(self, state)

    def shared_values(self, state: State) -> tuple[tuple[str, str], ...]:
        """Every shared value of a state: (``Page[0].count``, ``1``)."""
        return naming.shared_values(self, state)

    def shared_data(self, state: State) -> tuple[tuple[Place, Value], ...]:
        """Every shared value of a state, as data."""
        return naming.shared_data(self, state)

    def local_values(self, state: State, instance: int) -> tuple[tuple[int, Place, Value], ...]:
        """The live named locals of an instance: (number of the variable, place, value)."""
        return naming.local_values(self, state, instance)

    def text_of(self, number: int, cell: Cell) -> str:
        """What a shared cell that is no lock holds, in the user's words."""
        return naming.text_of(self, number, cell)

    def data_of(self, number: int, cell: Cell) -> Value:
        """What a shared cell that is no lock holds, as data."""
        return naming.data_of(self, number, cell)

    def replay(self, schedule: Schedule, property_: int) -> Trace:
        """Replay a schedule that ends in a finding about the property. Raises ``ReplayError``."""
        from modelcheck.semantics.interpreter.replay import replay

        return replay(self, schedule, property_)

    def waiting_for(self, state: State, instance: int) -> int | None:
        """The cell of the lock that an instance is blocked at, if it is one."""
        own = self.process_state(state, instance)
        try:
            self._execute(state, instance, own, (), {})
        except Blocked as blocked:
            return blocked.lock
        except (NeedChoice, LocalCycle):
            pass
        return None

    def holders(self, state: State, cell: int) -> list[tuple[int, str]]:
        """Who holds the lock in a cell: (instance, mode), where the mode is "write" or "read" for rw locks, else ""."""
        kind = self.layout.cells[cell].type
        assert isinstance(kind, typed.LockType)
        modes = ("write", "read") if kind.kind.facts.state is typed.LockState.READERS else ("", "")
        return [
            (instance, modes[reading])
            for instance, number in enumerate(state[2:])
            for reading in (False, True)
            if hold(cell, reading) in self._processes.values[number].held
        ]


def _cannot_run(message: str, process: typed.Process) -> SpecError:
    return SpecError((Diagnostic("MC510", Severity.ERROR, message, process.span),))


def _local_cycle(cycle: LocalCycle) -> SpecError:
    message = "this goes round and round without a step"
    return SpecError((Diagnostic("MC511", Severity.ERROR, message, cycle.span),))
