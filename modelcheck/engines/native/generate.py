"""A System as an LLVM module.

``start(context)`` enters the initial state; ``expand(context)`` expands the states NEXT..LIMIT-1 in order; ``mark(context)`` is one backward pass of the ``stuck`` obligation;
``rehash(context)`` fills a new, larger table. A state is compared word by word: the visited set is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelcheck.engines.native.assembly import (
    I1,
    I8,
    I32,
    I64,
    POINTER,
    VOID,
    Block,
    Builder,
    Function,
    Value,
    constant,
)
from modelcheck.engines.native.context import Cell, Status
from modelcheck.engines.native.expressions import Translator
from modelcheck.engines.native.layout import Layout
from modelcheck.ir.system import Step, System
from modelcheck.ir.terms import Term

#: Functions that Python calls; each takes the context and returns a ``Status``.
ENTRY_POINTS = ("start", "expand", "mark", "rehash")
#: Odd constants with well-spread bits (from the golden ratio and MurmurHash3's finaliser, A. Appleby, public domain).
_MULTIPLIERS = (0x9E3779B97F4A7C15, 0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53)


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
    """Return for each step the index of its first raise in the RAISED array, and last the length of that array."""
    offsets = [0]
    for step in system.steps:
        offsets.append(offsets[-1] + len(step.raises))
    return tuple(offsets)


def generate(system: System, layout: Layout) -> str:
    """Return the module as LLVM assembly."""
    return str(_Module(system, layout))


class _Module:
    def __init__(self, system: System, layout: Layout) -> None:
        self._functions: list[Function] = []
        self._system = system
        self._layout = layout
        self._words = layout.words
        self._offsets = raise_offsets(system)
        words = [I64] * layout.words
        self._hash = self._function("hash_state", I64, words)
        self._observe = self._function("observe", VOID, [POINTER, I64, *words])
        self._drained = self._function("drained", I1, words)
        self._reach = self._function("reach", VOID, [POINTER, I64, *words])
        self._processes = [self._function(f"process_{p.index}", VOID, [POINTER, I64, *words]) for p in system.processes]
        self._define_hash()
        self._define_drained()
        self._define_observe()
        self._define_reach()
        for function, process in zip(self._processes, system.processes, strict=True):
            self._define_process(function, process.index, process.location)
        self._define_start()
        self._define_expand()
        self._define_mark()
        self._define_rehash()

    def __str__(self) -> str:
        return "\n".join(str(function) for function in self._functions)

    # small helpers

    def _function(self, name: str, result: str, parameters: Sequence[str]) -> Function:
        function = Function(name, result, parameters, exported=name in ENTRY_POINTS)
        self._functions.append(function)
        return function

    def _cell(self, builder: Builder, context: Value, cell: Cell) -> Value:
        return builder.element(I64, context, constant(cell))

    def _get(self, builder: Builder, context: Value, cell: Cell) -> Value:
        return builder.load(I64, self._cell(builder, context, cell))

    def _set(self, builder: Builder, context: Value, cell: Cell, value: Value) -> None:
        builder.store(value, self._cell(builder, context, cell))

    def _add_to(self, builder: Builder, context: Value, cell: Cell, value: Value) -> None:
        self._set(builder, context, cell, builder.binary("add", self._get(builder, context, cell), value))

    def _array(self, builder: Builder, context: Value, cell: Cell) -> Value:
        return builder.convert("inttoptr", self._get(builder, context, cell), POINTER)

    def _load_state(self, builder: Builder, states: Value, index: Value) -> list[Value]:
        first = builder.element(I64, states, builder.binary("mul", index, constant(self._words)))
        return [builder.load(I64, builder.element(I64, first, constant(word))) for word in range(self._words)]

    def _set_byte(self, builder: Builder, context: Value, cell: Cell, index: int) -> None:
        bytes_ = self._array(builder, context, cell)
        builder.store(constant(1, I8), builder.element(I8, bytes_, constant(index)))

    def _note_first(self, builder: Builder, address: Value, index: Value) -> None:
        """Store ``index`` + 1 at the address unless something is stored there already."""
        fresh = builder.compare("eq", builder.load(I64, address), constant(0))
        with builder.when(fresh):
            builder.store(builder.binary("add", index, constant(1)), address)

    def _note_in(self, builder: Builder, context: Value, cell: Cell, number: int, index: Value) -> None:
        array = self._array(builder, context, cell)
        self._note_first(builder, builder.element(I64, array, constant(number)), index)

    # hashing and the visited set

    def _define_hash(self) -> None:
        builder = Builder(self._hash)
        value = constant(0)
        for number, word in enumerate(self._hash.args):
            mixed = builder.binary("mul", builder.binary("xor", value, word), constant(_MULTIPLIERS[number % 3]))
            value = builder.binary("xor", mixed, builder.binary("lshr", mixed, constant(32)))
        mixed = builder.binary("mul", value, constant(_MULTIPLIERS[1]))
        builder.ret(builder.binary("xor", mixed, builder.binary("lshr", mixed, constant(29))))

    def _probe(self, builder: Builder, context: Value, words: Sequence[Value]) -> tuple[Block, Value, Block, Value]:
        """Look a state up. Return the block where it was found, its index; the block where it was not, the empty slot's address."""
        function = builder.function
        table = self._array(builder, context, Cell.TABLE)
        states = self._array(builder, context, Cell.STATES)
        mask = self._get(builder, context, Cell.MASK)
        start = builder.binary("and", builder.call(self._hash, words), mask)
        head, loop = builder.block, function.block()
        builder.branch(loop)
        builder.at(loop)
        slot = builder.phi(I64)
        slot.add(start, head)
        address = builder.element(I32, table, slot.value)
        entry = builder.load(I32, address)
        empty, taken = function.block(), function.block()
        builder.branch_if(builder.compare("eq", entry, constant(0, I32)), empty, taken)
        builder.at(taken)
        index = builder.binary("sub", builder.convert("zext", entry, I64), constant(1))
        same = constant(1, I1)
        for mine, other in zip(words, self._load_state(builder, states, index), strict=True):
            same = builder.binary("and", same, builder.compare("eq", mine, other))
        equal, step = function.block(), function.block()
        builder.branch_if(same, equal, step)
        builder.at(step)
        slot.add(builder.binary("and", builder.binary("add", slot.value, constant(1)), mask), step)
        builder.branch(loop)
        return equal, index, empty, address

    def _define_reach(self) -> None:
        """A successor was computed: remember it if it is new, or, in a backward pass, ask whether it is marked."""
        context, parent, *words = self._reach.args
        builder = Builder(self._reach)
        equal, index, empty, address = self._probe(builder, context, words)
        builder.at(equal)
        with builder.when(builder.compare("ne", self._get(builder, context, Cell.MARKING), constant(0))):
            marks = self._array(builder, context, Cell.MARKS)
            mark = builder.convert("zext", builder.load(I8, builder.element(I8, marks, index)), I64)
            reaches = builder.binary("or", self._get(builder, context, Cell.REACHES), mark)
            self._set(builder, context, Cell.REACHES, reaches)
        builder.ret()
        builder.at(empty)
        count = self._get(builder, context, Cell.COUNT)
        states = self._array(builder, context, Cell.STATES)
        first = builder.element(I64, states, builder.binary("mul", count, constant(self._words)))
        for number, word in enumerate(words):
            builder.store(word, builder.element(I64, first, constant(number)))
        parents = self._array(builder, context, Cell.PARENTS)
        builder.store(builder.convert("trunc", parent, I32), builder.element(I32, parents, count))
        following = builder.binary("add", count, constant(1))
        builder.store(builder.convert("trunc", following, I32), address)
        self._set(builder, context, Cell.COUNT, following)
        builder.call(self._observe, [context, count, *words])
        builder.ret()

    # conditions

    def _define_drained(self) -> None:
        builder = Builder(self._drained)
        builder.ret(Translator(self._layout, self._drained.args).emit(builder, self._system.drained))

    def _define_observe(self) -> None:
        context, index, *words = self._observe.args
        builder = Builder(self._observe)
        translator = Translator(self._layout, words)
        with builder.when(translator.emit(builder, self._system.drained)):
            self._note_first(builder, self._cell(builder, context, Cell.DRAINED), index)
        for number, watched in enumerate(watched_conditions(self._system)):
            with builder.when(translator.emit(builder, watched.condition)):
                self._note_in(builder, context, Cell.HELD, number, index)
        builder.ret()

    # steps

    def _define_process(self, function: Function, process: int, location: int) -> None:
        context, index, *words = function.args
        builder = Builder(function)
        by_source: dict[int, list[Step]] = {}
        for step in self._system.steps:
            if step.process == process:
                by_source.setdefault(step.source, []).append(step)
        field = self._layout.fields[location]
        shifted = builder.binary("lshr", words[field.word], constant(field.shift))
        raw = builder.binary("and", shifted, constant((1 << field.width) - 1))
        where = builder.binary("add", raw, constant(field.base))
        nothing = function.block()
        blocks = [(source, function.block()) for source in by_source]
        builder.switch(where, nothing, blocks)
        for source, block in blocks:
            builder.at(block)
            here = Translator(self._layout, words)
            for step in sorted(by_source[source], key=lambda step: (step.choices, step.id)):
                self._emit_step(builder, here, context, index, words, step)
            builder.ret()
        builder.at(nothing)
        builder.ret()

    def _emit_step(
        self, builder: Builder, here: Translator, context: Value, index: Value, words: Sequence[Value], step: Step
    ) -> None:
        with builder.when(here.emit(builder, step.guard)):
            inside = here.child()
            self._add_to(builder, context, Cell.ENABLED, constant(1))
            self._set_byte(builder, context, Cell.FIRED, step.id)
            for number, raised in enumerate(step.raises):
                with builder.when(inside.emit(builder, raised.condition)):
                    self._note_in(builder, context, Cell.RAISED, self._offsets[step.id] + number, index)
            for occurrence in step.occurrences:
                with builder.when(inside.emit(builder, occurrence.condition)):
                    self._set_byte(builder, context, Cell.OCCURRED, occurrence.event)
            if step.fault:
                self._set(builder, context, Cell.REACHES, constant(1))
            else:
                target = self._update(builder, inside, context, words, step)
                builder.call(self._reach, [context, index, *target])

    def _update(
        self, builder: Builder, inside: Translator, context: Value, words: Sequence[Value], step: Step
    ) -> list[Value]:
        target = list(words)
        for variable, term in step.updates:
            field = self._layout.fields[variable]
            limit = (1 << field.width) - 1
            value = inside.emit(builder, term)
            if field.boolean:
                raw = builder.convert("zext", value, I64)
            else:
                raw = builder.binary("sub", value, constant(field.base)) if field.base else value
                if not field.bounded:
                    with builder.when(builder.compare("ugt", raw, constant(limit))):
                        self._set(builder, context, Cell.OVERFLOW, constant(variable + 1))
                    raw = builder.binary("and", raw, constant(limit))
            kept = builder.binary("and", target[field.word], constant(~(limit << field.shift)))
            target[field.word] = builder.binary("or", kept, builder.binary("shl", raw, constant(field.shift)))
        return target

    # entry points

    def _define_start(self) -> None:
        """Enter the initial state, whose words stand at STATES already."""
        function = self._function("start", I64, [POINTER])
        context = function.args[0]
        builder = Builder(function)
        words = self._load_state(builder, self._array(builder, context, Cell.STATES), constant(0))
        builder.call(self._reach, [context, constant(0), *words])
        builder.ret(constant(Status.DONE))

    def _expand_state(self, builder: Builder, context: Value, index: Value) -> list[Value]:
        """Load a state and run all processes on it; the caller has set ENABLED to 0."""
        words = self._load_state(builder, self._array(builder, context, Cell.STATES), index)
        for process in self._processes:
            builder.call(process, [context, index, *words])
        return words

    def _define_expand(self) -> None:
        function = self._function("expand", I64, [POINTER])
        context = function.args[0]
        builder = Builder(function)
        loop, check, body = function.block(), function.block(), function.block()
        full, done = function.block(), function.block()
        builder.branch(loop)
        builder.at(loop)
        index = self._get(builder, context, Cell.NEXT)
        builder.branch_if(builder.compare("ult", index, self._get(builder, context, Cell.LIMIT)), check, done)
        builder.at(check)
        capacity, count = self._get(builder, context, Cell.CAPACITY), self._get(builder, context, Cell.COUNT)
        room = builder.binary("sub", capacity, count)
        builder.branch_if(builder.compare("sge", room, constant(most_successors(self._system))), body, full)
        builder.at(body)
        self._set(builder, context, Cell.ENABLED, constant(0))
        words = self._expand_state(builder, context, index)
        enabled = self._get(builder, context, Cell.ENABLED)
        self._add_to(builder, context, Cell.TRANSITIONS, enabled)
        with builder.when(builder.compare("eq", enabled, constant(0))):
            drained = builder.call(self._drained, words)
            with builder.when(builder.binary("xor", drained, constant(1, I1))):
                self._note_first(builder, self._cell(builder, context, Cell.DEAD), index)
        self._set(builder, context, Cell.NEXT, builder.binary("add", index, constant(1)))
        builder.branch(loop)
        builder.at(full)
        builder.ret(constant(Status.FULL))
        builder.at(done)
        builder.ret(constant(Status.DONE))

    def _define_mark(self) -> None:
        """From state NEXT - 1 down to LIMIT: mark what is drained, faults, or has a marked successor."""
        function = self._function("mark", I64, [POINTER])
        context = function.args[0]
        builder = Builder(function)
        loop, body, ask, done = function.block(), function.block(), function.block(), function.block()
        builder.branch(loop)
        builder.at(loop)
        following = self._get(builder, context, Cell.NEXT)
        builder.branch_if(builder.compare("ugt", following, self._get(builder, context, Cell.LIMIT)), body, done)
        builder.at(body)
        index = builder.binary("sub", following, constant(1))
        self._set(builder, context, Cell.NEXT, index)
        address = builder.element(I8, self._array(builder, context, Cell.MARKS), index)
        builder.branch_if(builder.compare("ne", builder.load(I8, address), constant(0, I8)), loop, ask)
        builder.at(ask)
        self._set(builder, context, Cell.REACHES, constant(0))
        words = self._expand_state(builder, context, index)
        drained = builder.convert("zext", builder.call(self._drained, words), I64)
        good = builder.binary("or", drained, self._get(builder, context, Cell.REACHES))
        with builder.when(builder.compare("ne", good, constant(0))):
            builder.store(constant(1, I8), address)
            self._add_to(builder, context, Cell.CHANGED, constant(1))
        builder.branch(loop)
        builder.at(done)
        builder.ret(constant(Status.DONE))

    def _define_rehash(self) -> None:
        """Enter states 0..COUNT-1, all different, into an empty table."""
        function = self._function("rehash", I64, [POINTER])
        context = function.args[0]
        builder = Builder(function)
        table = self._array(builder, context, Cell.TABLE)
        states = self._array(builder, context, Cell.STATES)
        mask, count = self._get(builder, context, Cell.MASK), self._get(builder, context, Cell.COUNT)
        entry = builder.block
        loop, body, probe = function.block(), function.block(), function.block()
        put, taken, done = function.block(), function.block(), function.block()
        builder.branch(loop)
        builder.at(loop)
        index = builder.phi(I64)
        index.add(constant(0), entry)
        builder.branch_if(builder.compare("ult", index.value, count), body, done)
        builder.at(body)
        words = self._load_state(builder, states, index.value)
        start = builder.binary("and", builder.call(self._hash, words), mask)
        builder.branch(probe)
        builder.at(probe)
        slot = builder.phi(I64)
        slot.add(start, body)
        address = builder.element(I32, table, slot.value)
        builder.branch_if(builder.compare("eq", builder.load(I32, address), constant(0, I32)), put, taken)
        builder.at(taken)
        slot.add(builder.binary("and", builder.binary("add", slot.value, constant(1)), mask), taken)
        builder.branch(probe)
        builder.at(put)
        following = builder.binary("add", index.value, constant(1))
        builder.store(builder.convert("trunc", following, I32), address)
        index.add(following, put)
        builder.branch(loop)
        builder.at(done)
        builder.ret(constant(Status.DONE))


def most_successors(system: System) -> int:
    """Return a bound of the number of successors of one state."""
    most = 0
    for process in system.processes:
        by_source: dict[int, int] = {}
        for step in system.steps:
            if step.process == process.index and not step.fault:
                by_source[step.source] = by_source.get(step.source, 0) + 1
        most += max(by_source.values(), default=0)
    return most
