"""What each step of a run reads, writes and builds on: which values came from which earlier steps.

A step is executed once more, on working copies that note what is read and written, and beside every
value of the process (its locals and operands) there is kept which steps brought it there: those
that loaded it, picked it, or turned it stale. So a value is followed through locals, parameters and
arithmetic to the steps that a reader has to know of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, SupportsIndex

from modelcheck.ground.records import dataclass
from modelcheck.result.trace import Flow, Move
from modelcheck.result.values import Place
from modelcheck.semantics.interpreter.machine.machine import (
    LOCAL_LIMIT,
    Blocked,
    Fault,
    LocalCycle,
    Machine,
    MadeStale,
    NeedChoice,
)
from modelcheck.semantics.interpreter.machine.rows import REPLICA, Row
from modelcheck.semantics.interpreter.machine.values import UNASSIGNED, Cell, RwCell, make_stale

if TYPE_CHECKING:
    from modelcheck.semantics.interpreter.compiler.code import Instruction
    from modelcheck.semantics.interpreter.interpreter import Interpreter
    from modelcheck.semantics.interpreter.machine.states import State

#: The numbers of the steps that a value came from.
Origin = frozenset[int]

_NOWHERE: Origin = frozenset()


class _Inputs:
    """What the instruction that is being executed has used so far. ``shared``: it looked at shared state, or chose."""

    __slots__ = ("origins", "shared", "step", "stored")

    def __init__(self, step: int) -> None:
        self.step = step
        self.origins: set[int] = set()
        self.shared = self.stored = False

    def begin(self) -> None:
        self.origins.clear()
        self.shared = self.stored = False

    def result(self) -> Origin:
        """Where a value comes from that the instruction yields now."""
        return frozenset((self.step,)) if self.shared else frozenset(self.origins)


class _Values(list[Any]):
    """Locals or operands, each with its origin. Only what the interpreter does with them notes something."""

    __slots__ = ("inputs", "origins")

    def __init__(self, values: Iterable[Cell], origins: Iterable[Origin], inputs: _Inputs) -> None:
        super().__init__(values)
        self.origins = list(origins)
        self.inputs = inputs

    def append(self, value: Cell) -> None:
        super().append(value)
        self.origins.append(self.inputs.result())
        self.inputs.stored = True

    def extend(self, values: Iterable[Cell]) -> None:
        for value in values:
            self.append(value)

    def pop(self, index: SupportsIndex = -1) -> Cell:
        self.inputs.origins |= self.origins.pop(index)
        return super().pop(index)

    def __getitem__(self, index: Any) -> Any:
        used = self.origins[index]
        for origin in used if isinstance(used, list) else (used,):
            self.inputs.origins |= origin
        return super().__getitem__(index)

    def __setitem__(self, index: Any, value: Any) -> None:
        super().__setitem__(index, value)
        origin = self.inputs.result()
        self.origins[index] = [origin for _ in value] if isinstance(index, slice) else origin
        self.inputs.stored = True

    def __delitem__(self, index: Any) -> None:
        super().__delitem__(index)
        del self.origins[index]

    def made_stale(self, object_: str, slot: int, step: int) -> None:
        """References to the slot are stale from that step on."""
        for index in range(len(self)):
            value = super().__getitem__(index)
            if make_stale(value, object_, slot) != value:
                super().__setitem__(index, make_stale(value, object_, slot))
                self.origins[index] |= {step}


class _Shared(Row):
    """The shared cells, which tell the instruction that it reads."""

    __slots__ = ("inputs",)

    def __init__(self, cells: Sequence[Cell], inputs: _Inputs) -> None:
        super().__init__(cells, {})
        self.inputs = inputs

    def _note(self, cell: int) -> None:
        self.inputs.shared = True
        super()._note(cell)

    def made_stale(self, cells: Iterable[int], object_: str, slot: int) -> None:
        """The cells that hold a reference to the slot; the others are neither read nor written."""
        for cell in cells:
            value = list.__getitem__(self, cell)
            if make_stale(value, object_, slot) != value:
                self[cell] = make_stale(value, object_, slot)


@dataclass(slots=True)
class _Machine(Machine):
    """Executes a step and notes on what it builds.

    ``used``: origins of what its operation used; ``tested``: of what was branched by since.
    """

    inputs: _Inputs = field(default_factory=lambda: _Inputs(0))
    used: set[int] = field(default_factory=set)
    decided: set[int] = field(default_factory=set)
    tested: set[int] = field(default_factory=set)

    def run(self, code: Sequence[Instruction], path: set[int] | None = None) -> None:
        """As ``Machine.run``; what the last branches used counts for the next step."""
        inputs = self.inputs
        budget = LOCAL_LIMIT
        while True:
            instruction = code[self.pc]
            self.pc += 1
            inputs.begin()
            try:
                instruction.execute(self)
            finally:
                self._note(instruction)
            if code[self.pc].stops:
                return
            budget -= 1
            if budget == 0:
                raise LocalCycle(instruction.site.span)

    def _note(self, instruction: Instruction) -> None:
        inputs = self.inputs
        if inputs.shared or instruction.shared:
            # What is done to shared state inside a step was branched to in it.
            self.used |= inputs.origins
            self.decided |= self.tested
            self.tested.clear()
        elif not inputs.stored:
            (self.tested if instruction.targets else self.used).update(inputs.origins)

    def choose(self, options: Sequence[int]) -> int:
        self.inputs.shared = True
        return Machine.choose(self, options)

    def mark_stale(self, object_: str, slot: int, before: tuple[tuple[int, Cell], ...]) -> None:
        shared, step = self.shared, self.inputs.step
        assert isinstance(shared, _Shared)
        shared.made_stale(self.world.layout.reference_cells, object_, slot)
        for values in (self.frame, self.stack):
            assert isinstance(values, _Values)
            values.made_stale(object_, slot, step)
        self.broadcasts.append(MadeStale(object_, slot, before))


@dataclass(slots=True)
class _Origins:
    """Of the values of one process. ``tested``: origins of what it branched by since its last operation."""

    frame: dict[int, Origin] = field(default_factory=dict)
    stack: list[Origin] = field(default_factory=list)
    tested: set[int] = field(default_factory=set)


class FlowRecorder:
    """Follows the values of a run, step by step. ``property_``: the id of the property whose monitor counts as well."""

    def __init__(self, interpreter: Interpreter, property_: int) -> None:
        self._interpreter = interpreter
        self._origins = [_Origins() for _ in interpreter.programs]
        first, monitors = interpreter.layout.first_monitor, interpreter.judge.stateful_monitors
        self._places = dict(enumerate(interpreter.places))
        for number, monitor in enumerate(monitors):
            if monitor.declaration.id == property_:
                self._places[first + number] = Place(monitor.declaration.name, owner="property")

    def step(self, number: int, state: State, move: Move) -> Flow:
        """The next step of the run, from the state before it."""
        machine = self._machine(number, state, move.process, move.choices)
        program = self._interpreter.programs[move.process]
        origins = self._origins[move.process]
        machine.decided |= origins.tested
        try:
            if program.provided is not None:
                machine.evaluate(program.provided)
                machine.used |= machine.inputs.origins
            machine.run(program.code)
        except (Blocked, NeedChoice):
            raise AssertionError("a step that was taken is possible") from None
        except Fault:
            pass
        frame, stack = machine.frame, machine.stack
        assert isinstance(frame, _Values)
        assert isinstance(stack, _Values)
        origins.frame = {cell: origin for cell, origin in enumerate(frame.origins) if origin}
        origins.stack, origins.tested = stack.origins, machine.tested
        for message in machine.broadcasts:
            if isinstance(message, MadeStale):
                self._receive(state, move.process, message, number)
        return self._flow(machine)

    def standing(self, number: int, state: State, instance: int) -> Flow:
        """What the guard reads at which a process stands. ``number``: one more than there were steps."""
        interpreter, program = self._interpreter, self._interpreter.programs[instance]
        reads: dict[Place, None] = {}
        free: dict[Place, None] = {}
        sources, decided = set[int](), set(self._origins[instance].tested)
        if interpreter.process_state(state, instance).pc == program.end:
            return Flow(decided=tuple(sorted(decided)))
        scripts: list[tuple[int, ...]] = [()]
        while scripts:
            script = scripts.pop()
            machine = self._machine(number, state, instance, script)
            try:
                if program.provided is None or machine.evaluate(program.provided):
                    machine.run(program.code)
            except NeedChoice as choice:
                scripts += [(*script, option) for option in reversed(choice.options)]
            except (Blocked, Fault):
                pass
            flow = self._flow(machine)
            reads.update(dict.fromkeys(flow.reads))
            sources.update(flow.sources)
            free.update(dict.fromkeys(flow.free))
        return Flow(tuple(reads), (), tuple(sorted(sources)), tuple(sorted(decided)), tuple(free))

    def places(self, cells: Iterable[int]) -> tuple[Place, ...]:
        """The places of shared cells, those of other properties' monitors left out."""
        return tuple(self._places[cell] for cell in cells if cell in self._places)

    def _machine(self, number: int, state: State, instance: int, script: tuple[int, ...]) -> _Machine:
        interpreter, inputs = self._interpreter, _Inputs(number)
        program, part = interpreter.programs[instance], interpreter.process_state(state, instance)
        origins = self._origins[instance]
        frame: list[Cell] = [UNASSIGNED] * program.frame_size
        for cell, value in zip(program.live_cells[part.pc], part.live, strict=True):
            frame[cell] = value
        known = [origins.frame.get(cell, _NOWHERE) for cell in range(len(frame))]
        below = [*origins.stack, *[_NOWHERE] * len(part.stack)][: len(part.stack)]
        machine = _Machine(
            interpreter.world,
            _Shared(interpreter.shared_cells(state), inputs),
            _Values(frame, known, inputs),
            instance,
            interpreter.replicas[instance],
            _Values(part.stack, below, inputs),
            part.held,
            False,
            part.pc,
            script,
            inputs=inputs,
        )
        if interpreter.judge.needs_context:
            machine.context = interpreter.view(state)
        return machine

    def _receive(self, state: State, mover: int, message: MadeStale, number: int) -> None:
        """Values of the other processes that a step turned stale come from it, too."""
        interpreter = self._interpreter
        for instance, origins in enumerate(self._origins):
            if instance == mover:
                continue
            part = interpreter.process_state(state, instance)
            cells = interpreter.programs[instance].live_cells[part.pc]
            for cell, value in zip(cells, part.live, strict=True):
                if make_stale(value, message.object, message.slot) != value:
                    origins.frame[cell] = origins.frame.get(cell, _NOWHERE) | {number}
            origins.stack += [_NOWHERE] * (len(part.stack) - len(origins.stack))
            for index, value in enumerate(part.stack):
                if make_stale(value, message.object, message.slot) != value:
                    origins.stack[index] |= {number}

    def _flow(self, machine: _Machine) -> Flow:
        shared, step = machine.shared, machine.inputs.step
        assert isinstance(shared, _Shared)
        return Flow(
            self.places(cell for cell in shared.noted if cell != REPLICA),
            self.places(sorted(shared.written)),
            tuple(sorted(machine.used - {step})),
            tuple(sorted(machine.decided - machine.used - {step})),
            self.places(
                cell
                for cell, value in shared.noted.items()
                if cell in self._interpreter.locks
                and not (value.writer or value.readers if isinstance(value, RwCell) else value)
            ),
        )
