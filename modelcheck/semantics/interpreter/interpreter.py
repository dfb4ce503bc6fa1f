"""The interpreter: initial state, transitions and properties of a model, straight from the typed tree.

It shares no code with the elaborator or the engines: it is the ground truth that replays every trace and
cross-checks every exploration.
"""

from __future__ import annotations

from itertools import count

from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.model import typed
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
from modelcheck.semantics.interpreter.machine.memory import Memory, Row
from modelcheck.semantics.interpreter.machine.states import (
    Broadcasts,
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
    """A schedule is not possible, or does not end in the finding.

    ``step``: the number of the step where (0: the initial state).
    """

    def __init__(self, step: int, why: str) -> None:
        self.step, self.why = step, why
        super().__init__(f"step {step}: {why}" if step else f"initial state: {why}")


class Interpreter:
    """Executes one closed model. What a step does is remembered by the values it read, so that exploring is cheap.

    Raises ``SpecError`` for what cannot be run: ``run p[*]``, and local code that goes round without a step.
    """

    def __init__(self, model: typed.Model) -> None:
        for process in model.processes:
            if process.count is None:
                raise _cannot_run(f"{process.name}[*] stands for any number of instances and cannot be run", process)
        self.model = model
        self.layout = make_layout(model)
        #: the place of each shared cell
        self.places = shared_places(self.layout)
        #: names of the bits of flag words, for people; found when somebody asks
        self._flags: Flags | None = None
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
        self._outcomes: tuple[dict[tuple[int, ...], tuple[Outcome, ...]], ...] = tuple({} for _ in owners)
        self._instances = range(len(owners))
        #: for each shared cell the texts of its values, where they say nothing of other cells
        self.texts: tuple[dict[Cell, str], ...] = tuple({} for _ in self.layout.cells)
        #: the shared cells that are locks, in order
        self.locks: dict[int, None] = {
            number: None for number, info in enumerate(self.layout.cells) if is_lock(info.type)
        }
        #: the same as data
        self.values: tuple[dict[Cell, Value], ...] = tuple({} for _ in self.layout.cells)
        #: for each instance its locals as data, by part
        self.local_data: tuple[dict[int, tuple[tuple[int, Place, Value], ...]], ...] = tuple({} for _ in owners)
        #: by instance, then part, unless it depends on more
        self._finished: tuple[dict[int, bool], ...] = tuple({} for _ in owners)
        self._changes: Interned[tuple[tuple[int, Cell], ...]] = Interned()
        self._changes.number(())
        self._changed: dict[tuple[int, int], int] = {}
        self._moves: dict[tuple[int, tuple[int, ...]], Move] = {}
        self._numbers = count()
        self._judged: dict[int, tuple[Finding, ...]] = {}  # by the numbers of outcomes
        self._effects: Memory[tuple[int, int], tuple[Effect, ...]] = Memory()
        self._received: dict[tuple[int, int, int], int] = {}
        self.judge = Judge(model, self.layout, self.programs)
        self.world = World(
            self.layout,
            self.names,
            self.replicas,
            {event.id: event for event in model.events},
            {event.name: event.id for event in model.events if event.builtin is not typed.EventKind.DECLARED},
            self.judge.monitors,
            self.judge.claims,
            model.impossible,
            self.judge.absent_events,
            any(program.waits and program.rests for program in self.programs),
        )
        self.guards = Guards(self)

    @property
    def flags(self) -> Flags:
        """Which bits of which words have names."""
        if self._flags is None:
            self._flags = flag_words(self.model)
        return self._flags

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
        marked = (shared, self.judge.mark(self, blank), *processes)
        findings = (*machine.findings, *self.guards.of_start(marked))
        return InitialResult(marked, findings, tuple(machine.occurrences))

    def _start(self, machine: Machine, instance: int) -> int:
        """Run the local code of an instance before its first step."""
        program = self.programs[instance]
        machine.instance, machine.replica = instance, self.replicas[instance]
        machine.frame, machine.stack, machine.pc = [UNASSIGNED] * program.frame_size, [], 0
        machine.held, machine.resting = frozenset(), False
        # Until all have come to their first steps nobody is at a label.
        machine.context = View(tuple(-1 for _ in self.programs), tuple(frozenset() for _ in self.programs))
        if not program.code[0].stops:
            machine.run(program.code)
        return self._processes.number(self._pack(machine, instance))

    def _pack(self, machine: Machine, instance: int) -> ProcessState:
        """The state of a process that has arrived at its next step."""
        program, position = self.programs[instance], machine.pc
        if position == program.end:
            return ProcessState(self._classes[instance], position, False, (), (), machine.held)
        live = tuple([machine.frame[cell] for cell in program.live_cells[position]])
        return ProcessState(
            self._classes[instance], position, machine.resting, live, tuple(machine.stack), machine.held
        )

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
        known = self._outcomes[instance]
        key = state if self.judge.needs_context else (state[0], state[2 + instance])
        found = known.get(key)
        if found is None:
            found = known[key] = self._compute(state, instance)
        return found

    def _compute(self, state: State, instance: int) -> tuple[Outcome, ...]:
        own = self.process_state(state, instance)
        if own.pc == self.programs[instance].end:
            return ()
        cells, replica = self._shared.values[state[0]], self.replicas[instance]
        start = (self._classes[instance], state[2 + instance])
        effects = None if self.judge.needs_context else self._effects.find(start, cells, replica)
        if effects is None:
            noted: dict[int, Cell] = {}
            effects = self._all_effects(state, instance, own, noted)
            if not self.judge.needs_context:
                self._effects.keep(start, noted, effects)
        return tuple([self._outcome(effect, state[0], instance) for effect in effects])

    def _all_effects(
        self, state: State, instance: int, own: ProcessState, noted: dict[int, Cell]
    ) -> tuple[Effect, ...]:
        """Execute the next step with all choices; ``noted`` gets what was read."""
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
        whose = (instance, effect.script)
        move = self._moves.get(whose)
        if move is None:
            move = self._moves[whose] = Move(*whose)
        after = None if effect.faults else self._after(shared, effect.changes)
        return Outcome(next(self._numbers), move, after, *effect[3:])

    def _after(self, shared: int, changes: int) -> int:
        """The number of the shared cells after some changes."""
        if not changes:
            return shared
        after = self._changed.get((shared, changes))
        if after is None:
            cells = list(self._shared.values[shared])
            for cell, value in self._changes.values[changes]:
                cells[cell] = value
            after = self._changed[shared, changes] = self._shared.number(tuple(cells))
        return after

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
            self._changes.number(row.changes()),
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
        key = (broadcast, instance, process)
        found = self._received.get(key)
        if found is None:
            part = self._processes.values[process]
            for message in self._broadcasts.values[broadcast]:
                if isinstance(message, MadeStale):
                    part = part._replace(
                        live=tuple(make_stale(value, message.object, message.slot) for value in part.live),
                        stack=tuple(make_stale(value, message.object, message.slot) for value in part.stack),
                    )
                else:
                    part = part._replace(held=part.held - message.holds)
            found = self._received[key] = self._processes.number(part)
        return found

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
            after = (after[0], self.judge.mark(self, after), *after[2:])
        return after

    def transitions(self, state: State) -> list[Transition]:
        """Every step that is possible in a state, ordered by process, then choices."""
        if self.judge.needs_context:
            return [self.transition(state, outcome) for i in self._instances for outcome in self.outcomes(state, i)]
        # The same with fewer calls: asked of every state.
        shared, own = state[0], 1
        outcomes: list[Outcome] = []
        for known in self._outcomes:
            own += 1
            found = known.get((shared, state[own]))
            if found is None:
                found = self.outcomes(state, own - 2)
            if found:
                outcomes += found
        if self.judge.has_marks or self.guards.judges_steps or not self.judge.judges_outcomes:
            return [self.transition(state, outcome) for outcome in outcomes]
        result: list[Transition] = []
        for outcome in outcomes:
            number, move, shared_after, part, broadcast, findings, events, _, _ = outcome
            after: State | None = None
            if broadcast and shared_after is not None:
                after = self.target(state, move.process, outcome)
            elif shared_after is not None:
                own = 2 + move.process
                after = (shared_after, *state[1:own], part, *state[own + 1 :])
            more = self._judged.get(number)
            if more is None:
                more = self._judged[number] = self.judge.step_findings(self, state, outcome, after)
            result.append(Transition(move, after, findings + more if more else findings, events, number))
        return result

    def transition(self, state: State, outcome: Outcome) -> Transition:
        """The transition that an outcome means in a state."""
        findings = outcome.findings
        after = None if outcome.shared is None else self.target(state, outcome.move.process, outcome)
        if self.judge.judges_steps:
            findings += self.judge.step_findings(self, state, outcome, after)
        known = outcome.number if self.judge.judges_outcomes else None
        if self.guards.judges_steps and after is not None:
            reads = self.guards.of_step(state, outcome, after)
            findings, known = (*findings, *reads), None
        return Transition(outcome.move, after, findings, outcome.events, known)

    # --------------------------------------------------------------------------------- properties

    def enabled(self, state: State, instance: int) -> bool:
        """Whether an instance can move."""
        return bool(self.outcomes(state, instance))

    def can_move(self, state: State) -> bool:
        """Whether any instance can move."""
        for instance in self._instances:  # noqa: SIM110 (asked of every state: a generator takes twice as long)
            if self.outcomes(state, instance):
                return True
        return False

    def finished(self, state: State, instance: int) -> bool:
        """Whether an instance is done, or a resting client, or a resting server that cannot move."""
        number = state[2 + instance]
        known = self._finished[instance].get(number)
        if known is None:
            part, program = self._processes.values[number], self.programs[instance]
            if part.resting and program.server and part.pc != program.end:
                return not self.enabled(state, instance)
            known = self._finished[instance][number] = part.resting or part.pc == program.end
        return known

    def drained(self, state: State) -> bool:
        """Whether every process is finished."""
        own = 1
        for known in self._finished:  # (asked of every state: a generator takes twice as long)
            own += 1
            finished = known.get(state[own])
            if finished is None:
                finished = self.finished(state, own - 2)
            if not finished:
                return False
        return True

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
