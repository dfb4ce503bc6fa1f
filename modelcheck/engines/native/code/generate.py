"""A System as an LLVM module.

``start(context)`` enters the initial state; ``expand(context)`` expands the states of a level;
``seek(context)`` finds the predecessors of a state; ``hurry``, ``chase``, ``mark`` and ``settle``
are passes of the ``stuck`` obligation (see ``marking``); ``rehash(context)`` fills a new, larger
table; ``move(context)`` gives states other numbers; ``find(context)`` says which of some states
were visited. A state is compared word by word: the visited set is exact.

Several threads may run one entry point at the same time, each with a context of its own (see
``walk``). What they note down is the same whichever of them comes first: the least of all states
(words compared as numbers, the first one first) of which something is true.
"""

from __future__ import annotations

from modelcheck.engines.native.code import memory
from modelcheck.engines.native.code.assembly import (
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
from modelcheck.engines.native.code.llvm_terms import Translator
from modelcheck.engines.native.code.marking import (
    define_chase,
    define_hurry,
    define_mark,
    define_release,
    define_settle,
)
from modelcheck.engines.native.code.orbits import Orbits
from modelcheck.engines.native.code.steps import Helpers, StepWriter
from modelcheck.engines.native.code.visited import VisitedSet
from modelcheck.engines.native.code.walk import shared_cell, walk
from modelcheck.engines.native.layout import Layout
from modelcheck.engines.native.storage.context import (
    BATCH,
    KNOWN,
    LIMB,
    LIMBS,
    NOTED,
    Cell,
    Record,
    Shared,
    Status,
    make_record,
)
from modelcheck.ground.records import dataclass
from modelcheck.ir.passes.symmetry import Symmetry
from modelcheck.ir.system import System
from modelcheck.ir.terms import Term

#: Functions that Python calls; each takes the context and returns a ``Status``.
ENTRY_POINTS = ("start", "expand", "seek", "hurry", "chase", "mark", "settle", "rehash", "move", "find")


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


def conditions_in_deadlocks(system: System) -> tuple[Watched, ...]:
    """Return what makes properties false that are judged at the end, to be looked at in deadlocks, in order."""
    return tuple(
        Watched(prop.id, state.condition)
        for prop in system.properties
        if prop.not_applicable is None
        for state in prop.deadlocked
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
        len(conditions_in_deadlocks(system)),
        len(system.events),
        layout.words,
        most_successors(system),
    )


def generate(system: System, layout: Layout, symmetry: Symmetry | None = None) -> str:
    """Return the module as LLVM assembly. ``symmetry``: states that it makes of each other count as one."""
    return str(_Module(system, layout, Orbits(layout, symmetry or Symmetry())))


class _Module:
    def __init__(self, system: System, layout: Layout, orbits: Orbits) -> None:
        self._system = system
        self._orbits = orbits
        self._layout = layout
        self._words = layout.words
        self._record = record_of(system, layout)
        self._functions: list[Function] = []
        words = [I64] * layout.words
        self._note = self._function("note", VOID, [POINTER, I64, I64], inline=False)
        self._fault = self._function("fault", VOID, [POINTER])
        self._drained = self._function("drained", I1, words)
        self._dead = self._function("dead", VOID, [POINTER, I64, *words], inline=False)
        self._observe = self._function("observe", VOID, [POINTER, I64, *words])
        self._visited = VisitedSet(layout.words, self._record, self._observe, orbits)
        self._functions += self._visited.functions
        self._define_note()
        self._define_fault()
        self._define_drained()
        self._define_dead()
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
        self._define_seek()
        release = define_release()
        parts = (layout.words, self._drained, self._processes)
        self._functions += [
            define_hurry(*parts, self._rests(), self._visited.link, self._record),
            define_chase(),
            define_mark(*parts, self._visited.ask),
            release,
            define_settle(*parts, self._visited.ask, release),
        ]

    def __str__(self) -> str:
        return "\n".join([DECLARATIONS, *map(str, self._functions)])

    def _function(self, name: str, result: str, parameters: list[str], inline: bool = True) -> Function:
        function = Function(name, result, parameters, name in ENTRY_POINTS, inline)
        self._functions.append(function)
        return function

    # what steps and states call

    def _define_note(self) -> None:
        """Something is true of a state: note that in the cell with this number, unless it is known
        from an earlier level or of a lesser state.
        """
        context, number, index = self._note.args
        builder = Builder(self._note)
        address = builder.element(I64, context, number)
        noted = builder.load(I64, address)
        with builder.when(builder.compare("ne", noted, constant(KNOWN))):
            store, compare, done = (self._note.block() for _ in range(3))
            builder.branch_if(builder.compare("eq", noted, constant(0)), store, compare)
            builder.at(compare)
            mine = self._state(builder, context, index)
            others = self._state(builder, context, builder.binary("sub", noted, constant(NOTED)))
            less = constant(0, I1)
            for word, other in reversed(list(zip(mine, others, strict=True))):
                equal = builder.compare("eq", word, other)
                less = builder.select(equal, less, builder.compare("ult", word, other))
            builder.branch_if(less, store, done)
            builder.at(store)
            builder.store(builder.binary("add", index, constant(NOTED)), address)
            builder.branch(done)
            builder.at(done)
        builder.ret()

    def _define_fault(self) -> None:
        """A step that ends the run is enabled: it has no successor."""
        context = self._fault.args[0]
        builder = Builder(self._fault)
        memory.add_to(builder, context, Cell.ENABLED, constant(1))
        memory.put(builder, context, Cell.REACHES, constant(1))
        builder.ret()

    def _define_drained(self) -> None:
        builder = Builder(self._drained)
        builder.ret(Translator(self._layout, self._drained.args).emit(builder, self._system.drained))

    def _define_dead(self) -> None:
        """A deadlock: note it, and which properties judged at the end are false in it."""
        context, index, *words = self._dead.args
        builder = Builder(self._dead)
        builder.call(self._note, [context, constant(self._record.dead), index])
        translator = Translator(self._layout, words)
        judged = [translator.emit(builder, watched.condition) for watched in conditions_in_deadlocks(self._system)]
        for number, condition in enumerate(judged):
            with builder.when(condition):
                builder.call(self._note, [context, constant(self._record.false + number), index])
        builder.ret()

    def _rests(self) -> list[Function]:
        """Define for each process whether it is where it may stay."""
        functions: list[Function] = []
        for process in self._system.processes:
            function = self._function(f"rests_{process.index}", I1, [I64] * self._words)
            builder = Builder(function)
            builder.ret(Translator(self._layout, function.args).emit(builder, process.finished))
            functions.append(function)
        return functions

    def _define_observe(self) -> None:
        """A new state: look at all watched conditions at once, and at each only if one holds."""
        context, index, *words = self._observe.args
        builder = Builder(self._observe)
        translator = Translator(self._layout, words)
        drained = translator.emit(builder, self._system.drained)
        held = [translator.emit(builder, watched.condition) for watched in watched_conditions(self._system)]
        some = drained
        for condition in held:
            some = builder.binary("or", some, condition)
        with builder.when(some):
            with builder.when(drained):
                memory.put(builder, context, Cell.DRAINED, constant(1))
            for number, condition in enumerate(held):
                with builder.when(condition):
                    builder.call(self._note, [context, constant(self._record.held + number), index])
        builder.ret()

    # entry points

    def _define_start(self) -> None:
        """Enter the initial state, whose words stand at STATES already."""
        function = self._function("start", I64, [POINTER])
        context = function.args[0]
        builder = Builder(function)
        words = memory.load_words(builder, memory.array(builder, context, Cell.STATES), self._words)
        builder.call(self._visited.push, [context, *words])
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

        def expand(index: Value) -> None:
            memory.put(builder, context, Cell.ENABLED, constant(0))
            words = self._state(builder, context, index)
            for process in self._processes:
                builder.call(process, [context, index, *words])
            enabled = memory.get(builder, context, Cell.ENABLED)
            size = self._orbits.size(builder, words)
            self._count(builder, context, enabled, size)
            memory.add_to(builder, context, Cell.EXPANDED, constant(1))
            with builder.when(builder.compare("eq", enabled, constant(0))):
                drained = builder.call(self._drained, words)
                with builder.when(builder.binary("xor", drained, constant(1, I1))):
                    builder.call(self._dead, [context, index, *words])
            pending = memory.get(builder, context, Cell.PENDING)
            with builder.when(builder.compare("uge", pending, constant(BATCH))):
                flush()

        def flush() -> None:
            builder.call(self._visited.flush, [context])

        walk(builder, context, expand, flush, lambda: self._has_room(builder, context))

    def _count(self, builder: Builder, context: Value, enabled: Value, size: Value) -> None:
        """Add what an orbit of this size, in whose states so many steps are enabled, adds to the
        numbers of all states.
        """
        for number in range(-(-self._orbits.most.bit_length() // LIMB)):
            limb = builder.binary(
                "and", builder.binary("lshr", size, constant(LIMB * number)), constant((1 << LIMB) - 1)
            )
            taken = builder.binary("mul", enabled, limb)
            memory.add_to(builder, context, LIMBS[Cell.TRANSITIONS][number], taken)
            memory.add_to(builder, context, LIMBS[Cell.UNREDUCED][number], limb)

    def _has_room(self, builder: Builder, context: Value) -> Value:
        """Whether there are free numbers for all successors of one more state; if there are not, a
        range of spare ones is taken.
        """
        free, free_end = memory.get(builder, context, Cell.FREE), memory.get(builder, context, Cell.FREE_END)
        spare, spare_end = memory.get(builder, context, Cell.SPARE), memory.get(builder, context, Cell.SPARE_END)
        rooms = builder.binary("add", builder.binary("sub", free_end, free), builder.binary("sub", spare_end, spare))
        enough = builder.compare("uge", rooms, constant(room_for_batch(self._system)))
        before = builder.block
        more, take, give_back, after = (builder.function.block() for _ in range(4))
        builder.branch_if(enough, after, more)
        builder.at(more)
        length = memory.get(builder, context, Cell.RANGE)
        allocated = shared_cell(builder, context, Shared.ALLOCATED)
        begin = builder.fetch_add(allocated, length)
        end = builder.binary("add", begin, length)
        fits = builder.compare("ule", end, memory.get(builder, context, Cell.CAPACITY))
        builder.branch_if(fits, take, give_back)
        builder.at(take)
        # No range is in use at first; then the one at hand is nearly used up and there is no spare one.
        unused = builder.compare("eq", free, free_end)
        for cell, spare_cell, value in ((Cell.FREE, Cell.SPARE, begin), (Cell.FREE_END, Cell.SPARE_END, end)):
            kept = memory.get(builder, context, cell)
            memory.put(builder, context, cell, builder.select(unused, value, kept))
            memory.put(builder, context, spare_cell, builder.select(unused, constant(0), value))
        builder.branch(after)
        builder.at(give_back)
        builder.fetch_add(allocated, builder.binary("sub", constant(0), length))
        builder.branch(after)
        builder.at(after)
        result = builder.phi(I1)
        result.add(constant(1, I1), before)
        result.add(constant(1, I1), take)
        result.add(constant(0, I1), give_back)
        return result.value

    def _define_seek(self) -> None:
        """Note the least of the states at hand that has a step to the state at ``target``."""
        function = self._function("seek", I64, [POINTER])
        context = function.args[0]
        builder = Builder(function)

        def look(index: Value) -> None:
            words = self._state(builder, context, index)
            for process in self._processes:
                builder.call(process, [context, index, *words])
            target = memory.load_words(builder, memory.cell(builder, context, self._record.target), self._words)
            with builder.counting(memory.get(builder, context, Cell.PENDING)) as number:
                entry = memory.entry_address(builder, context, number, self._record)
                same = constant(1, I1)
                for wanted, word in zip(target, memory.load_words(builder, entry, self._words), strict=True):
                    same = builder.binary("and", same, builder.compare("eq", wanted, word))
                with builder.when(same):
                    builder.call(self._note, [context, constant(self._record.best), index])
            memory.put(builder, context, Cell.PENDING, constant(0))

        walk(builder, context, look)


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
