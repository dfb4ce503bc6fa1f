"""A System as an LLVM module.

``start(context)`` enters the initial state; ``expand(context)`` expands the states NEXT..LIMIT-1 in order; ``mark(context)`` is one backward pass of the ``stuck`` obligation;
``rehash(context)`` fills a new, larger table. A state is compared word by word: the visited set is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from llvmlite import ir

from modelcheck.engines.native.context import Cell, Status
from modelcheck.engines.native.expressions import I1, I64, Builder, Translator, Value, constant
from modelcheck.engines.native.layout import Layout
from modelcheck.ir.system import Step, System
from modelcheck.ir.terms import Term

I8 = ir.IntType(8)
I32 = ir.IntType(32)
VOID = ir.VoidType()
CONTEXT = I64.as_pointer()
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
    return str(_Module(system, layout).module)


class _Module:
    def __init__(self, system: System, layout: Layout) -> None:
        self.module = ir.Module("modelcheck")
        self._system = system
        self._layout = layout
        self._words = layout.words
        self._offsets = raise_offsets(system)
        words = [I64] * layout.words
        self._hash = self._function("hash_state", I64, words)
        self._observe = self._function("observe", VOID, [CONTEXT, I64, *words])
        self._drained = self._function("drained", I1, words)
        self._reach = self._function("reach", VOID, [CONTEXT, I64, *words])
        self._processes = [self._function(f"process_{p.index}", VOID, [CONTEXT, I64, *words]) for p in system.processes]
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

    # small helpers

    def _function(self, name: str, result: Value, parameters: Sequence[Value]) -> Value:
        function = ir.Function(self.module, ir.FunctionType(result, list(parameters)), name)
        if name not in ENTRY_POINTS:
            function.linkage = "internal"
        return function

    def _cell(self, builder: Builder, context: Value, cell: Cell) -> Value:
        return builder.gep(context, [constant(int(cell))])

    def _get(self, builder: Builder, context: Value, cell: Cell) -> Value:
        return builder.load(self._cell(builder, context, cell), typ=I64)

    def _set(self, builder: Builder, context: Value, cell: Cell, value: Value) -> None:
        builder.store(value, self._cell(builder, context, cell))

    def _array(self, builder: Builder, context: Value, cell: Cell, element: Value) -> Value:
        return builder.inttoptr(self._get(builder, context, cell), element.as_pointer())

    def _load_state(self, builder: Builder, states: Value, index: Value) -> list[Value]:
        first = builder.mul(index, constant(self._words))
        return [
            builder.load(builder.gep(states, [builder.add(first, constant(word))]), typ=I64)
            for word in range(self._words)
        ]

    def _set_byte(self, builder: Builder, context: Value, cell: Cell, index: int) -> None:
        bytes_ = self._array(builder, context, cell, I8)
        builder.store(ir.Constant(I8, 1), builder.gep(bytes_, [constant(index)]))

    def _note_first(self, builder: Builder, context: Value, cell: Cell, index: int, value: Value) -> None:
        """Store ``value`` in an array's element unless it holds something already."""
        pointer = builder.gep(self._array(builder, context, cell, I64), [constant(index)])
        fresh = builder.icmp_unsigned("==", builder.load(pointer, typ=I64), constant(0))
        with builder.if_then(fresh):
            builder.store(builder.add(value, constant(1)), pointer)

    # hashing and the visited set

    def _define_hash(self) -> None:
        builder = ir.IRBuilder(self._hash.append_basic_block())
        value = constant(0)
        for number, word in enumerate(self._hash.args):
            mixed = builder.mul(builder.xor(value, word), constant(_MULTIPLIERS[number % 3]))
            value = builder.xor(mixed, builder.lshr(mixed, constant(32)))
        mixed = builder.mul(value, constant(_MULTIPLIERS[1]))
        builder.ret(builder.xor(mixed, builder.lshr(mixed, constant(29))))

    def _probe(
        self,
        function: Value,
        builder: Builder,
        context: Value,
        words: Sequence[Value],
        found: Callable[[Builder, Value], None],
        absent: Callable[[Builder, Value], None],
    ) -> None:
        """Look a state up: ``found`` gets its index, ``absent`` the address of the empty slot. Both must end their block."""
        table = self._array(builder, context, Cell.TABLE, I32)
        states = self._array(builder, context, Cell.STATES, I64)
        mask = self._get(builder, context, Cell.MASK)
        start = builder.and_(builder.call(self._hash, list(words)), mask)
        head, loop = builder.block, function.append_basic_block("probe")
        builder.branch(loop)
        builder.position_at_end(loop)
        slot = builder.phi(I64)
        slot.add_incoming(start, head)
        address = builder.gep(table, [slot])
        entry = builder.load(address, typ=I32)
        empty, taken = function.append_basic_block("empty"), function.append_basic_block("taken")
        builder.cbranch(builder.icmp_unsigned("==", entry, ir.Constant(I32, 0)), empty, taken)
        builder.position_at_end(taken)
        index = builder.sub(builder.zext(entry, I64), constant(1))
        same: Value = ir.Constant(I1, 1)
        for mine, other in zip(words, self._load_state(builder, states, index), strict=True):
            same = builder.and_(same, builder.icmp_unsigned("==", mine, other))
        equal, step = function.append_basic_block("equal"), function.append_basic_block("next")
        builder.cbranch(same, equal, step)
        builder.position_at_end(step)
        slot.add_incoming(builder.and_(builder.add(slot, constant(1)), mask), step)
        builder.branch(loop)
        builder.position_at_end(equal)
        found(builder, index)
        builder.position_at_end(empty)
        absent(builder, address)

    def _define_reach(self) -> None:
        """A successor was computed: remember it if it is new, or, in a backward pass, ask whether it is marked."""
        function = self._reach
        context, parent, *words = function.args
        builder = ir.IRBuilder(function.append_basic_block())

        def found(builder: Builder, index: Value) -> None:
            marking = builder.icmp_unsigned("!=", self._get(builder, context, Cell.MARKING), constant(0))
            with builder.if_then(marking):
                marks = self._array(builder, context, Cell.MARKS, I8)
                mark = builder.zext(builder.load(builder.gep(marks, [index]), typ=I8), I64)
                self._set(builder, context, Cell.REACHES, builder.or_(self._get(builder, context, Cell.REACHES), mark))
            builder.ret_void()

        def absent(builder: Builder, address: Value) -> None:
            count = self._get(builder, context, Cell.COUNT)
            states = self._array(builder, context, Cell.STATES, I64)
            first = builder.mul(count, constant(self._words))
            for number, word in enumerate(words):
                builder.store(word, builder.gep(states, [builder.add(first, constant(number))]))
            parents = self._array(builder, context, Cell.PARENTS, I32)
            builder.store(builder.trunc(parent, I32), builder.gep(parents, [count]))
            following = builder.add(count, constant(1))
            builder.store(builder.trunc(following, I32), address)
            self._set(builder, context, Cell.COUNT, following)
            builder.call(self._observe, [context, count, *words])
            builder.ret_void()

        self._probe(function, builder, context, words, found, absent)

    # conditions

    def _define_drained(self) -> None:
        builder = ir.IRBuilder(self._drained.append_basic_block())
        builder.ret(Translator(self._layout, self._drained.args).emit(builder, self._system.drained))

    def _define_observe(self) -> None:
        function = self._observe
        context, index, *words = function.args
        builder = ir.IRBuilder(function.append_basic_block())
        translator = Translator(self._layout, words)
        with builder.if_then(translator.emit(builder, self._system.drained)):
            pointer = self._cell(builder, context, Cell.DRAINED)
            fresh = builder.icmp_unsigned("==", builder.load(pointer, typ=I64), constant(0))
            with builder.if_then(fresh):
                builder.store(builder.add(index, constant(1)), pointer)
        for number, watched in enumerate(watched_conditions(self._system)):
            holds = translator.emit(builder, watched.condition)
            with builder.if_then(holds, likely=False):
                self._note_first(builder, context, Cell.HELD, number, index)
        builder.ret_void()

    # steps

    def _define_process(self, function: Value, process: int, location: int) -> None:
        context, index, *words = function.args
        builder = ir.IRBuilder(function.append_basic_block("entry"))
        translator = Translator(self._layout, words)
        by_source: dict[int, list[Step]] = {}
        for step in self._system.steps:
            if step.process == process:
                by_source.setdefault(step.source, []).append(step)
        field = self._layout.fields[location]
        raw = builder.and_(builder.lshr(words[field.word], constant(field.shift)), constant((1 << field.width) - 1))
        where = builder.add(raw, constant(field.base))
        nothing = function.append_basic_block("nothing")
        switch = builder.switch(where, nothing)
        for source, steps in by_source.items():
            block = function.append_basic_block(f"at_{source}")
            switch.add_case(constant(source), block)
            builder.position_at_end(block)
            here = translator.child()
            for step in sorted(steps, key=lambda step: (step.choices, step.id)):
                self._emit_step(builder, here, context, index, words, step)
            builder.ret_void()
        builder.position_at_end(nothing)
        builder.ret_void()

    def _emit_step(
        self, builder: Builder, here: Translator, context: Value, index: Value, words: Sequence[Value], step: Step
    ) -> None:
        if step.guard.is_false:
            return
        guard = here.emit(builder, step.guard)
        with builder.if_then(guard):
            inside = here.child()
            enabled = self._get(builder, context, Cell.ENABLED)
            self._set(builder, context, Cell.ENABLED, builder.add(enabled, constant(1)))
            self._set_byte(builder, context, Cell.FIRED, step.id)
            for number, raised in enumerate(step.raises):
                condition = inside.emit(builder, raised.condition)
                with builder.if_then(condition, likely=False):
                    self._note_first(builder, context, Cell.RAISED, self._offsets[step.id] + number, index)
            for occurrence in step.occurrences:
                condition = inside.emit(builder, occurrence.condition)
                with builder.if_then(condition):
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
            value = inside.emit(builder, term)
            if field.boolean:
                raw = builder.zext(value, I64)
            else:
                raw = builder.sub(value, constant(field.base)) if field.base else value
                if not field.bounded:
                    outside = builder.icmp_unsigned(">", raw, constant((1 << field.width) - 1))
                    with builder.if_then(outside, likely=False):
                        self._set(builder, context, Cell.OVERFLOW, constant(variable + 1))
                    raw = builder.and_(raw, constant((1 << field.width) - 1))
            cleared = builder.and_(
                target[field.word], constant(~(((1 << field.width) - 1) << field.shift) & ((1 << 64) - 1))
            )
            target[field.word] = builder.or_(cleared, builder.shl(raw, constant(field.shift)))
        return target

    # entry points

    def _expand_state(self, builder: Builder, context: Value, index: Value) -> list[Value]:
        """Load a state and run all processes on it; the caller has set ENABLED to 0."""
        words = self._load_state(builder, self._array(builder, context, Cell.STATES, I64), index)
        for process in self._processes:
            builder.call(process, [context, index, *words])
        return words

    def _define_start(self) -> None:
        """Enter the initial state, whose words stand at STATES already."""
        function = self._function("start", I64, [CONTEXT])
        context = function.args[0]
        builder = ir.IRBuilder(function.append_basic_block("entry"))
        words = self._load_state(builder, self._array(builder, context, Cell.STATES, I64), constant(0))
        builder.call(self._reach, [context, constant(0), *words])
        builder.ret(constant(int(Status.DONE)))

    def _define_expand(self) -> None:
        function = self._function("expand", I64, [CONTEXT])
        context = function.args[0]
        builder = ir.IRBuilder(function.append_basic_block("entry"))
        loop = function.append_basic_block("loop")
        check, body = function.append_basic_block("check"), function.append_basic_block("body")
        full, done = function.append_basic_block("full"), function.append_basic_block("done")
        builder.branch(loop)
        builder.position_at_end(loop)
        index = self._get(builder, context, Cell.NEXT)
        more = builder.icmp_unsigned("<", index, self._get(builder, context, Cell.LIMIT))
        builder.cbranch(more, check, done)
        builder.position_at_end(check)
        room = builder.sub(self._get(builder, context, Cell.CAPACITY), self._get(builder, context, Cell.COUNT))
        enough = builder.icmp_signed(">=", room, constant(most_successors(self._system)))
        builder.cbranch(enough, body, full)
        builder.position_at_end(body)
        self._set(builder, context, Cell.ENABLED, constant(0))
        words = self._expand_state(builder, context, index)
        enabled = self._get(builder, context, Cell.ENABLED)
        transitions = self._get(builder, context, Cell.TRANSITIONS)
        self._set(builder, context, Cell.TRANSITIONS, builder.add(transitions, enabled))
        with builder.if_then(builder.icmp_unsigned("==", enabled, constant(0)), likely=False):
            drained = builder.call(self._drained, words)
            pointer = self._cell(builder, context, Cell.DEAD)
            fresh = builder.icmp_unsigned("==", builder.load(pointer, typ=I64), constant(0))
            with builder.if_then(builder.and_(fresh, builder.not_(drained))):
                builder.store(builder.add(index, constant(1)), pointer)
        self._set(builder, context, Cell.NEXT, builder.add(index, constant(1)))
        builder.branch(loop)
        builder.position_at_end(full)
        builder.ret(constant(int(Status.FULL)))
        builder.position_at_end(done)
        builder.ret(constant(int(Status.DONE)))

    def _define_mark(self) -> None:
        """From state NEXT - 1 down to LIMIT: mark what is drained, faults, or has a marked successor."""
        function = self._function("mark", I64, [CONTEXT])
        context = function.args[0]
        builder = ir.IRBuilder(function.append_basic_block("entry"))
        loop, body = function.append_basic_block("loop"), function.append_basic_block("body")
        ask, done = function.append_basic_block("ask"), function.append_basic_block("done")
        builder.branch(loop)
        builder.position_at_end(loop)
        following = self._get(builder, context, Cell.NEXT)
        more = builder.icmp_unsigned(">", following, self._get(builder, context, Cell.LIMIT))
        builder.cbranch(more, body, done)
        builder.position_at_end(body)
        index = builder.sub(following, constant(1))
        self._set(builder, context, Cell.NEXT, index)
        pointer = builder.gep(self._array(builder, context, Cell.MARKS, I8), [index])
        marked = builder.icmp_unsigned("!=", builder.load(pointer, typ=I8), ir.Constant(I8, 0))
        builder.cbranch(marked, loop, ask)
        builder.position_at_end(ask)
        self._set(builder, context, Cell.REACHES, constant(0))
        words = self._expand_state(builder, context, index)
        drained = builder.zext(builder.call(self._drained, words), I64)
        good = builder.icmp_unsigned("!=", builder.or_(drained, self._get(builder, context, Cell.REACHES)), constant(0))
        with builder.if_then(good):
            builder.store(ir.Constant(I8, 1), pointer)
            changed = self._get(builder, context, Cell.CHANGED)
            self._set(builder, context, Cell.CHANGED, builder.add(changed, constant(1)))
        builder.branch(loop)
        builder.position_at_end(done)
        builder.ret(constant(int(Status.DONE)))

    def _define_rehash(self) -> None:
        """Enter states 0..COUNT-1, all different, into an empty table."""
        function = self._function("rehash", I64, [CONTEXT])
        context = function.args[0]
        builder = ir.IRBuilder(function.append_basic_block("entry"))
        table = self._array(builder, context, Cell.TABLE, I32)
        states = self._array(builder, context, Cell.STATES, I64)
        mask = self._get(builder, context, Cell.MASK)
        count = self._get(builder, context, Cell.COUNT)
        entry = builder.block
        loop, body = function.append_basic_block("loop"), function.append_basic_block("body")
        probe, put = function.append_basic_block("probe"), function.append_basic_block("put")
        taken, done = function.append_basic_block("taken"), function.append_basic_block("done")
        builder.branch(loop)
        builder.position_at_end(loop)
        index = builder.phi(I64)
        index.add_incoming(constant(0), entry)
        builder.cbranch(builder.icmp_unsigned("<", index, count), body, done)
        builder.position_at_end(body)
        words = self._load_state(builder, states, index)
        start = builder.and_(builder.call(self._hash, words), mask)
        builder.branch(probe)
        builder.position_at_end(probe)
        slot = builder.phi(I64)
        slot.add_incoming(start, body)
        address = builder.gep(table, [slot])
        empty = builder.icmp_unsigned("==", builder.load(address, typ=I32), ir.Constant(I32, 0))
        builder.cbranch(empty, put, taken)
        builder.position_at_end(taken)
        slot.add_incoming(builder.and_(builder.add(slot, constant(1)), mask), taken)
        builder.branch(probe)
        builder.position_at_end(put)
        following = builder.add(index, constant(1))
        builder.store(builder.trunc(following, I32), address)
        index.add_incoming(following, put)
        builder.branch(loop)
        builder.position_at_end(done)
        builder.ret(constant(int(Status.DONE)))


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
