"""The visited set in generated code: an array of states and an open-addressing table of their indices.

Successors are collected in a buffer (``push``) and looked up together (``flush``): first the memory of all of them is asked for, then they are
compared. A lookup alone waits twice for memory that no cache holds. The order in which states are numbered is the order of pushing.
"""

from __future__ import annotations

from collections.abc import Sequence

from modelcheck.engines.native import memory
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
from modelcheck.engines.native.context import Cell, Record, Status

#: Odd constants with well-spread bits (from the golden ratio and MurmurHash3's finaliser, A. Appleby, public domain).
_MULTIPLIERS = (0x9E3779B97F4A7C15, 0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53)


class VisitedSet:
    """Defines the functions of the visited set. ``functions``: all of them; ``observe`` is called with each new state."""

    def __init__(self, words: int, record: Record, note: Function, observe: Function) -> None:
        self._words = words
        self._record = record
        self._note = note
        self._observe = observe
        self.hash = Function("hash_state", I64, [I64] * words)
        self.push = Function("push", VOID, [POINTER, I64, I64, *[I64] * words], inline=False)
        self.flush = Function("flush", VOID, [POINTER])
        self.ask = Function("ask", VOID, [POINTER])
        self.rehash = Function("rehash", I64, [POINTER], exported=True)
        self._define_hash()
        self._define_push()
        self._define_flush()
        self._define_ask()
        self._define_rehash()
        self.functions = (self.hash, self.push, self.flush, self.ask, self.rehash)

    def _define_hash(self) -> None:
        builder = Builder(self.hash)
        value = constant(0)
        for number, word in enumerate(self.hash.args):
            mixed = builder.binary("mul", builder.binary("xor", value, word), constant(_MULTIPLIERS[number % 3]))
            value = builder.binary("xor", mixed, builder.binary("lshr", mixed, constant(32)))
        mixed = builder.binary("mul", value, constant(_MULTIPLIERS[1]))
        builder.ret(builder.binary("xor", mixed, builder.binary("lshr", mixed, constant(29))))

    def _define_push(self) -> None:
        """A step leads to these words: note that it was taken, put them into the buffer, and ask for their place in the table."""
        context, parent, step, *words = self.push.args
        builder = Builder(self.push)
        first = builder.element(I64, context, builder.binary("add", step, constant(self._record.first)))
        builder.call(self._note, [first, parent])
        memory.add_to(builder, context, Cell.ENABLED, constant(1))
        hashed = builder.call(self.hash, words)
        pending = memory.get(builder, context, Cell.PENDING)
        entry = self._entry(builder, context, pending)
        memory.store_words(builder, entry, [*words, hashed, parent])
        memory.put(builder, context, Cell.PENDING, builder.binary("add", pending, constant(1)))
        table = memory.array(builder, context, Cell.TABLE)
        slot = builder.binary("and", hashed, memory.get(builder, context, Cell.MASK))
        builder.prefetch(builder.element(I32, table, slot))
        builder.ret()

    def _entry(self, builder: Builder, context: Value, number: Value) -> Value:
        offset = builder.binary("mul", number, constant(self._record.entry))
        return builder.element(I64, context, builder.binary("add", offset, constant(self._record.buffer)))

    def _probe(
        self, builder: Builder, table: Value, states: Value, mask: Value, hashed: Value, words: Sequence[Value]
    ) -> tuple[Block, Value, Block, Value]:
        """Look a state up. Return the block where it was found, its index; the block where it was not, the empty slot's address."""
        function = builder.function
        start = builder.binary("and", hashed, mask)
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
        others = memory.load_words(builder, memory.state_address(builder, states, index, self._words), self._words)
        for mine, other in zip(words, others, strict=True):
            same = builder.binary("and", same, builder.compare("eq", mine, other))
        equal, step = function.block(), function.block()
        builder.branch_if(same, equal, step)
        builder.at(step)
        slot.add(builder.binary("and", builder.binary("add", slot.value, constant(1)), mask), step)
        builder.branch(loop)
        return equal, index, empty, address

    def _define_flush(self) -> None:
        """Look up all successors in the buffer; number those that are new, and empty it."""
        context = self.flush.args[0]
        builder = Builder(self.flush)
        table, states = memory.array(builder, context, Cell.TABLE), memory.array(builder, context, Cell.STATES)
        parents = memory.array(builder, context, Cell.PARENTS)
        mask, pending = memory.get(builder, context, Cell.MASK), memory.get(builder, context, Cell.PENDING)
        with builder.counting(pending) as number:
            hashed = self._hash_of(builder, self._entry(builder, context, number))
            slot = builder.element(I32, table, builder.binary("and", hashed, mask))
            index = builder.binary("sub", builder.convert("zext", builder.load(I32, slot), I64), constant(1))
            builder.prefetch(memory.state_address(builder, states, index, self._words))
        with builder.counting(pending) as number:
            entry = self._entry(builder, context, number)
            words = memory.load_words(builder, entry, self._words)
            hashed = self._hash_of(builder, entry)
            equal, _, empty, slot = self._probe(builder, table, states, mask, hashed, words)
            builder.at(empty)
            count = memory.get(builder, context, Cell.COUNT)
            memory.store_words(builder, memory.state_address(builder, states, count, self._words), words)
            parent = builder.load(I64, builder.element(I64, entry, constant(self._words + 1)))
            builder.store(builder.convert("trunc", parent, I32), builder.element(I32, parents, count))
            following = builder.binary("add", count, constant(1))
            builder.store(builder.convert("trunc", following, I32), slot)
            memory.put(builder, context, Cell.COUNT, following)
            builder.call(self._observe, [context, count, *words])
            builder.branch(equal)
            builder.at(equal)
        memory.put(builder, context, Cell.PENDING, constant(0))
        builder.ret()

    def _hash_of(self, builder: Builder, entry: Value) -> Value:
        return builder.load(I64, builder.element(I64, entry, constant(self._words)))

    def _define_ask(self) -> None:
        """Set REACHES if a successor in the buffer is marked, SUCCESSOR to one of them, and empty it. All of them are known."""
        context = self.ask.args[0]
        builder = Builder(self.ask)
        table, states = memory.array(builder, context, Cell.TABLE), memory.array(builder, context, Cell.STATES)
        marks = memory.array(builder, context, Cell.MARKS)
        mask, pending = memory.get(builder, context, Cell.MASK), memory.get(builder, context, Cell.PENDING)
        with builder.counting(pending) as number:
            entry = self._entry(builder, context, number)
            words = memory.load_words(builder, entry, self._words)
            hashed = self._hash_of(builder, entry)
            equal, index, empty, _ = self._probe(builder, table, states, mask, hashed, words)
            after = builder.function.block()
            builder.at(equal)
            mark = builder.load(I8, builder.element(I8, marks, index))
            with builder.when(builder.compare("ne", mark, constant(0, I8))):
                memory.put(builder, context, Cell.REACHES, constant(1))
            memory.put(builder, context, Cell.SUCCESSOR, builder.binary("add", index, constant(1)))
            builder.branch(after)
            builder.at(empty)
            builder.branch(after)
            builder.at(after)
        memory.put(builder, context, Cell.PENDING, constant(0))
        builder.ret()

    def _define_rehash(self) -> None:
        """Enter states 0..COUNT-1, all different, into an empty table."""
        context = self.rehash.args[0]
        builder = Builder(self.rehash)
        table, states = memory.array(builder, context, Cell.TABLE), memory.array(builder, context, Cell.STATES)
        mask, count = memory.get(builder, context, Cell.MASK), memory.get(builder, context, Cell.COUNT)
        with builder.counting(count) as index:
            words = memory.load_words(builder, memory.state_address(builder, states, index, self._words), self._words)
            start = builder.binary("and", builder.call(self.hash, words), mask)
            before, probe = builder.block, builder.function.block()
            free, taken = builder.function.block(), builder.function.block()
            builder.branch(probe)
            builder.at(probe)
            slot = builder.phi(I64)
            slot.add(start, before)
            address = builder.element(I32, table, slot.value)
            builder.branch_if(builder.compare("eq", builder.load(I32, address), constant(0, I32)), free, taken)
            builder.at(taken)
            slot.add(builder.binary("and", builder.binary("add", slot.value, constant(1)), mask), taken)
            builder.branch(probe)
            builder.at(free)
            following = builder.binary("add", index, constant(1))
            builder.store(builder.convert("trunc", following, I32), address)
        builder.ret(constant(Status.DONE))
