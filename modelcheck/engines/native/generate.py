"""A System as an LLVM module.

``start(context)`` enters the initial state; ``expand(context)`` expands the states NEXT..LIMIT-1 in order; ``mark(context)`` is one backward pass of the ``stuck`` obligation;
``rehash(context)`` fills a new, larger table. A state is compared word by word: the visited set is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

from modelcheck.engines.native import memory
from modelcheck.engines.native.assembly import (
    DECLARATIONS,
    I1,
    I64,
    POINTER,
    VOID,
    Builder,
    Function,
    Value,
    constant,
)
from modelcheck.engines.native.context import BATCH, Cell, Record, Status, make_record
from modelcheck.engines.native.expressions import Translator
from modelcheck.engines.native.layout import Layout
from modelcheck.engines.native.marking import define_mark, define_settle
from modelcheck.engines.native.steps import Helpers, StepWriter
from modelcheck.engines.native.visited import VisitedSet
from modelcheck.ir.system import System
from modelcheck.ir.terms import Term

#: Functions that Python calls; each takes the context and returns a ``Status``.
ENTRY_POINTS = ("start", "expand", "mark", "rehash")


@dataclass(frozen=True, slots=True)
class Watched:
    """A condition to watch in every state, for the property with this id."""

    property: int
    condition: Term


def watched_conditions(system: System) -> tuple[Watched, ...]:
    """Return the state conditions of all applicable properties, in order."""
    return tuple(
        Watched(prop.id, state.condition)
        for prop in system.properties
        if prop.not_applicable is None
        for state in prop.states
    )


def raise_offsets(system: System) -> tuple[int, ...]:
    """Return for each step the index of its first raise among all raises, and last their number."""
    offsets = [0]
    for step in system.steps:
        offsets.append(offsets[-1] + len(step.raises))
    return tuple(offsets)


def record_of(system: System, layout: Layout) -> Record:
    """Return where things stand in the context."""
    return make_record(
        len(system.steps),
        raise_offsets(system)[-1],
        len(watched_conditions(system)),
        len(system.events),
        layout.words,
        most_successors(system),
    )


def generate(system: System, layout: Layout) -> str:
    """Return the module as LLVM assembly."""
    return str(_Module(system, layout))


class _Module:
    def __init__(self, system: System, layout: Layout) -> None:
        self._system = system
        self._layout = layout
        self._words = layout.words
        self._record = record_of(system, layout)
        self._functions: list[Function] = []
        words = [I64] * layout.words
        self._note = self._function("note", VOID, [POINTER, I64], inline=False)
        self._fault = self._function("fault", VOID, [POINTER, I64, I64], inline=False)
        self._drained = self._function("drained", I1, words)
        self._observe = self._function("observe", VOID, [POINTER, I64, *words])
        self._visited = VisitedSet(layout.words, self._record, self._note, self._observe)
        self._functions += self._visited.functions
        self._define_note()
        self._define_fault()
        self._define_drained()
        self._define_observe()
        helpers = Helpers(self._visited.push, self._fault, self._note)
        offsets = raise_offsets(system)
        self._processes: list[Function] = []
        for process in system.processes:
            function = self._function(f"process_{process.index}", VOID, [POINTER, I64, *words])
            StepWriter(function, system, process, layout, self._record, offsets, helpers)
            self._processes.append(function)
        self._define_start()
        self._define_expand()
        settle = define_settle()
        ask = self._visited.ask
        self._functions += [settle, define_mark(layout.words, self._drained, self._processes, ask, settle)]

    def __str__(self) -> str:
        return "\n".join([DECLARATIONS, *map(str, self._functions)])

    def _function(self, name: str, result: str, parameters: list[str], inline: bool = True) -> Function:
        function = Function(name, result, parameters, name in ENTRY_POINTS, inline)
        self._functions.append(function)
        return function

    # what steps and states call

    def _define_note(self) -> None:
        """Store the index + 1 at the address unless something is stored there already."""
        address, index = self._note.args
        builder = Builder(self._note)
        with builder.when(builder.compare("eq", builder.load(I64, address), constant(0))):
            builder.store(builder.binary("add", index, constant(1)), address)
        builder.ret()

    def _define_fault(self) -> None:
        """A step that ends the run is enabled: it was taken, and it has no successor."""
        context, index, step = self._fault.args
        builder = Builder(self._fault)
        first = builder.element(I64, context, builder.binary("add", step, constant(self._record.first)))
        builder.call(self._note, [first, index])
        memory.add_to(builder, context, Cell.ENABLED, constant(1))
        memory.put(builder, context, Cell.REACHES, constant(1))
        builder.ret()

    def _define_drained(self) -> None:
        builder = Builder(self._drained)
        builder.ret(Translator(self._layout, self._drained.args).emit(builder, self._system.drained))

    def _define_observe(self) -> None:
        """A new state: look at all watched conditions at once, and at each only if one holds."""
        context, index, *words = self._observe.args
        builder = Builder(self._observe)
        translator = Translator(self._layout, words)
        cells = [(int(Cell.DRAINED), translator.emit(builder, self._system.drained))]
        for number, watched in enumerate(watched_conditions(self._system)):
            cells.append((self._record.held + number, translator.emit(builder, watched.condition)))
        some = cells[0][1]
        for _, condition in cells[1:]:
            some = builder.binary("or", some, condition)
        with builder.when(some):
            for number, condition in cells:
                with builder.when(condition):
                    builder.call(self._note, [memory.cell(builder, context, number), index])
        builder.ret()

    # entry points

    def _define_start(self) -> None:
        """Enter the initial state, whose words stand at STATES already."""
        function = self._function("start", I64, [POINTER])
        context = function.args[0]
        builder = Builder(function)
        words = memory.load_words(builder, memory.array(builder, context, Cell.STATES), self._words)
        builder.call(self._visited.push, [context, constant(0), constant(len(self._system.steps)), *words])
        builder.call(self._visited.flush, [context])
        builder.ret(constant(Status.DONE))

    def _state(self, builder: Builder, context: Value, index: Value) -> list[Value]:
        """Load the words of a state."""
        states = memory.array(builder, context, Cell.STATES)
        return memory.load_words(builder, memory.state_address(builder, states, index, self._words), self._words)

    def _define_expand(self) -> None:
        function = self._function("expand", I64, [POINTER])
        context = function.args[0]
        builder = Builder(function)
        loop, check, body, full, done = (function.block() for _ in range(5))
        builder.branch(loop)
        builder.at(loop)
        index = memory.get(builder, context, Cell.NEXT)
        limit = memory.get(builder, context, Cell.LIMIT)
        builder.branch_if(builder.compare("ult", index, limit), check, done)
        builder.at(check)
        capacity, count = memory.get(builder, context, Cell.CAPACITY), memory.get(builder, context, Cell.COUNT)
        room = builder.binary("sub", capacity, count)
        builder.branch_if(builder.compare("sge", room, constant(room_for_batch(self._system))), body, full)
        builder.at(body)
        memory.put(builder, context, Cell.ENABLED, constant(0))
        words = self._state(builder, context, index)
        for process in self._processes:
            builder.call(process, [context, index, *words])
        enabled = memory.get(builder, context, Cell.ENABLED)
        memory.add_to(builder, context, Cell.TRANSITIONS, enabled)
        with builder.when(builder.compare("eq", enabled, constant(0))):
            drained = builder.call(self._drained, words)
            with builder.when(builder.binary("xor", drained, constant(1, I1))):
                builder.call(self._note, [memory.cell(builder, context, Cell.DEAD), index])
        memory.put(builder, context, Cell.NEXT, builder.binary("add", index, constant(1)))
        pending = memory.get(builder, context, Cell.PENDING)
        with builder.when(builder.compare("uge", pending, constant(BATCH))):
            builder.call(self._visited.flush, [context])
        builder.branch(loop)
        for block, status in ((full, Status.FULL), (done, Status.DONE)):
            builder.at(block)
            builder.call(self._visited.flush, [context])
            builder.ret(constant(status))


def most_successors(system: System) -> int:
    """Return a bound of the number of successors of one state."""
    by_source: dict[tuple[int, int], int] = {}
    for step in system.steps:
        if not step.fault:
            place = (step.process, step.source)
            by_source[place] = by_source.get(place, 0) + 1
    most = dict.fromkeys((process.index for process in system.processes), 0)
    for (process, _), number in by_source.items():
        most[process] = max(most[process], number)
    return sum(most.values())


def room_for_batch(system: System) -> int:
    """Return for how many new states there must be room before a state is expanded."""
    return BATCH + most_successors(system)
