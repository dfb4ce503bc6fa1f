"""The visited set in generated code: an array of states and an open-addressing table of their numbers,
used by all threads at once.

Successors are collected in a buffer (``push``) and looked up together (``flush``): first the memory
of all of them is asked for, then they are compared. A lookup alone waits twice for memory that no
cache holds.

No locks: a thread writes a new state into room of its own, and then puts its number into the empty
slot if that is still empty. Whoever reads the number sees the whole state. If another thread was
faster, its state is compared, and the search goes on from there. The table never grows while
threads work.

A slot holds a number and, in the bits that numbers do not need, a tag: part of the state's hash.
Only if the tags agree is a state looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from modelcheck.engines.native.code import memory
from modelcheck.engines.native.code.assembly import (
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
from modelcheck.engines.native.code.orbits import Orbits
from modelcheck.engines.native.code.walk import walk
from modelcheck.engines.native.storage.context import Cell, Record, Status
from modelcheck.ground.records import dataclass

#: Odd constants with well-spread bits (from the golden ratio and MurmurHash3's finaliser, A. Appleby, public domain).
_MULTIPLIERS = (0x9E3779B97F4A7C15, 0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53)


@dataclass(frozen=True, slots=True)
class _Probe:
    """A search along the slots: the address of the slot at hand and what it holds (from the block
    ``loop``); where it is ``empty``, where it is ``taken``, and where to go on to the ``following``
    slot. ``tag``: that of the state looked for.
    """

    tag: Value

    address: Value
    entry: Value
    loop: Block
    empty: Block
    taken: Block
    following: Block


class VisitedSet:
    """Defines the functions of the visited set.

    ``functions``: all of them; ``observe`` is called with each new state.
    """

    def __init__(self, words: int, record: Record, observe: Function, orbits: Orbits) -> None:
        self._words = words
        self._orbits = orbits
        self._record = record
        self._observe = observe
        self.hash = Function("hash_state", I64, [I64] * words)
        self.push = Function("push", VOID, [POINTER, *[I64] * words], inline=False)
        self.flush = Function("flush", VOID, [POINTER])
        self.ask = Function("ask", VOID, [POINTER])
        self.link = Function("link", VOID, [POINTER])
        self.rehash = Function("rehash", I64, [POINTER], exported=True)
        self.move = Function("move", I64, [POINTER], exported=True)
        self.find = Function("find", I64, [POINTER], exported=True)
        self._define_hash()
        self._define_push()
        self._define_flush()
        self._define_ask()
        self._define_link()
        self._define_rehash()
        self._define_move()
        self._define_find()
        self.functions = (self.hash, self.push, self.flush, self.ask, self.link, self.rehash, self.move, self.find)

    def _define_hash(self) -> None:
        builder = Builder(self.hash)
        value = constant(0)
        for number, word in enumerate(self.hash.args):
            mixed = builder.binary("mul", builder.binary("xor", value, word), constant(_MULTIPLIERS[number % 3]))
            value = builder.binary("xor", mixed, builder.binary("lshr", mixed, constant(32)))
        mixed = builder.binary("mul", value, constant(_MULTIPLIERS[1]))
        builder.ret(builder.binary("xor", mixed, builder.binary("lshr", mixed, constant(29))))

    def _define_push(self) -> None:
        """A step leads to these words: put what stands for their orbit into the buffer, and ask for
        its place in the table.
        """
        context, *reached = self.push.args
        builder = Builder(self.push)
        words = self._orbits.canonical(builder, reached)
        memory.add_to(builder, context, Cell.ENABLED, constant(1))
        hashed = builder.call(self.hash, words)
        pending = memory.get(builder, context, Cell.PENDING)
        memory.store_words(builder, self._entry(builder, context, pending), [*words, hashed])
        memory.put(builder, context, Cell.PENDING, builder.binary("add", pending, constant(1)))
        table = memory.array(builder, context, Cell.TABLE)
        slot = builder.binary("and", hashed, memory.get(builder, context, Cell.MASK))
        builder.prefetch(builder.element(I32, table, slot))
        builder.ret()

    def _entry(self, builder: Builder, context: Value, number: Value) -> Value:
        return memory.entry_address(builder, context, number, self._record)

    def _state(self, builder: Builder, context: Value, number: Value) -> Value:
        states = memory.array(builder, context, Cell.STATES)
        return memory.state_address(builder, states, number, self._words)

    def _probe(self, builder: Builder, context: Value, hashed: Value) -> _Probe:
        """Begin to look along the slots of a hash value."""
        function = builder.function
        table, mask = memory.array(builder, context, Cell.TABLE), memory.get(builder, context, Cell.MASK)
        start = builder.binary("and", hashed, mask)
        bits = builder.binary("lshr", hashed, constant(32))
        tag = builder.binary("and", bits, _tag_bits(builder, context))
        loop, empty, taken, following = (function.block() for _ in range(4))
        before = builder.block
        builder.branch(loop)
        builder.at(loop)
        slot = builder.phi(I64)
        slot.add(start, before)
        address = builder.element(I32, table, slot.value)
        entry = builder.load_acquire(I32, address)
        builder.branch_if(builder.compare("eq", entry, constant(0, I32)), empty, taken)
        builder.at(following)
        slot.add(builder.binary("and", builder.binary("add", slot.value, constant(1)), mask), following)
        builder.branch(loop)
        return _Probe(tag, address, entry, loop, empty, taken, following)

    def _compare(
        self, builder: Builder, context: Value, probe: _Probe, entry: Value, words: Sequence[Value], found: Block
    ) -> Value:
        """Go to ``found`` if a slot holds the state with these words, else to the next slot.

        Return the number in the slot.
        """
        tag_bits = _tag_bits(builder, context)
        wide = builder.convert("zext", entry, I64)
        alike = builder.function.block()
        tags_agree = builder.compare("eq", builder.binary("and", wide, tag_bits), probe.tag)
        builder.branch_if(tags_agree, alike, probe.following)
        builder.at(alike)
        number = _number(builder, context, entry)
        builder.branch_if(self._same(builder, context, number, words), found, probe.following)
        return number

    def _same(self, builder: Builder, context: Value, number: Value, words: Sequence[Value]) -> Value:
        """Whether the state with this number has these words."""
        same = constant(1, I1)
        others = memory.load_words(builder, self._state(builder, context, number), self._words)
        for mine, other in zip(words, others, strict=True):
            same = builder.binary("and", same, builder.compare("eq", mine, other))
        return same

    def _define_flush(self) -> None:
        """Look up all successors in the buffer; number those that are new, and empty it."""
        context = self.flush.args[0]
        builder = Builder(self.flush)
        pending = memory.get(builder, context, Cell.PENDING)
        self._ask_for_states(builder, context, pending)
        with builder.counting(pending) as number:
            entry = self._entry(builder, context, number)
            words = memory.load_words(builder, entry, self._words)
            probe = self._probe(builder, context, self._hash_of(builder, entry))
            new, after = builder.function.block(), builder.function.block()
            builder.at(probe.empty)
            free = memory.get(builder, context, Cell.FREE)
            memory.store_words(builder, self._state(builder, context, free), words)
            mine = _slot(builder, probe.tag, free)
            faster, stored = builder.exchange_if(probe.address, constant(0, I32), mine)
            builder.branch_if(stored, new, probe.taken)
            builder.at(probe.taken)
            there = builder.phi(I32)
            there.add(probe.entry, probe.loop)
            there.add(faster, probe.empty)
            self._compare(builder, context, probe, there.value, words, after)
            builder.at(new)
            self._take_number(builder, context, free)
            builder.call(self._observe, [context, free, *words])
            builder.branch(after)
            builder.at(after)
        memory.put(builder, context, Cell.PENDING, constant(0))
        builder.ret()

    def _ask_for_states(self, builder: Builder, context: Value, pending: Value) -> None:
        """Ask for the memory of the states that stand in the first slots of the successors in the buffer."""
        table, mask = memory.array(builder, context, Cell.TABLE), memory.get(builder, context, Cell.MASK)
        with builder.counting(pending) as number:
            hashed = self._hash_of(builder, self._entry(builder, context, number))
            slot = builder.element(I32, table, builder.binary("and", hashed, mask))
            known = _number(builder, context, builder.load_acquire(I32, slot))
            builder.prefetch(self._state(builder, context, known))

    def _take_number(self, builder: Builder, context: Value, free: Value) -> None:
        """The free number is used: the next one is free, or the first of the spare ones."""
        following = builder.binary("add", free, constant(1))
        memory.put(builder, context, Cell.FREE, following)
        with builder.when(builder.compare("eq", following, memory.get(builder, context, Cell.FREE_END))):
            for cell, spare in ((Cell.FREE, Cell.SPARE), (Cell.FREE_END, Cell.SPARE_END)):
                memory.put(builder, context, cell, memory.get(builder, context, spare))
                memory.put(builder, context, spare, constant(0))

    def _hash_of(self, builder: Builder, entry: Value) -> Value:
        return builder.load(I64, builder.element(I64, entry, constant(self._words)))

    def _define_ask(self) -> None:
        """Set REACHES if a successor in the buffer is marked, SUCCESSOR to one of them, and empty it.

        All of them are known.
        """
        context = self.ask.args[0]
        builder = Builder(self.ask)
        marks = memory.array(builder, context, Cell.MARKS)
        with self._known_entries(builder, context) as (_, known):
            mark = builder.load(I8, builder.element(I8, marks, known))
            with builder.when(builder.compare("ne", mark, constant(0, I8))):
                memory.put(builder, context, Cell.REACHES, constant(1))
            memory.put(builder, context, Cell.SUCCESSOR, builder.binary("add", known, constant(1)))
        memory.put(builder, context, Cell.PENDING, constant(0))
        builder.ret()

    def _define_link(self) -> None:
        """Each entry of the buffer has the number of a state: note in NEXT which state it leads to.

        All of them are known.
        """
        context = self.link.args[0]
        builder = Builder(self.link)
        links = memory.array(builder, context, Cell.NEXT)
        pending = memory.get(builder, context, Cell.PENDING)
        self._ask_for_states(builder, context, pending)
        with self._known_entries(builder, context) as (entry, known):
            before = builder.load(I64, builder.element(I64, entry, constant(self._words + 1)))
            following = builder.convert("trunc", builder.binary("add", known, constant(1)), I32)
            builder.store_atomic(following, builder.element(I32, links, before))
        memory.put(builder, context, Cell.PENDING, constant(0))
        builder.ret()

    @contextmanager
    def _known_entries(self, builder: Builder, context: Value) -> Iterator[tuple[Value, Value]]:
        """For each entry of the buffer whose state is in the table: the entry, and the number of the state."""
        with builder.counting(memory.get(builder, context, Cell.PENDING)) as number:
            entry = self._entry(builder, context, number)
            words = memory.load_words(builder, entry, self._words)
            probe = self._probe(builder, context, self._hash_of(builder, entry))
            found, after = builder.function.block(), builder.function.block()
            builder.at(probe.taken)
            known = self._compare(builder, context, probe, probe.entry, words, found)
            builder.at(found)
            yield entry, known
            builder.branch(after)
            builder.at(probe.empty)
            builder.branch(after)
            builder.at(after)

    def _define_rehash(self) -> None:
        """Enter states, all different, into a table that does not hold them."""
        context = self.rehash.args[0]
        builder = Builder(self.rehash)

        def enter(number: Value) -> None:
            words = memory.load_words(builder, self._state(builder, context, number), self._words)
            probe = self._probe(builder, context, builder.call(self.hash, words))
            after = builder.function.block()
            builder.at(probe.taken)
            builder.branch(probe.following)
            builder.at(probe.empty)
            mine = _slot(builder, probe.tag, number)
            _, stored = builder.exchange_if(probe.address, constant(0, I32), mine)
            builder.branch_if(stored, after, probe.taken)
            builder.at(after)

        walk(builder, context, enter)

    def _define_move(self) -> None:
        """Give the states numbered FROM, FROM + 1… the numbers TO, TO + 1…: END of them.

        No other thread works meanwhile.
        """
        context = self.move.args[0]
        builder = Builder(self.move)
        with builder.counting(memory.get(builder, context, Cell.END)) as number:
            old = builder.binary("add", memory.get(builder, context, Cell.FROM), number)
            new = builder.binary("add", memory.get(builder, context, Cell.TO), number)
            words = memory.load_words(builder, self._state(builder, context, old), self._words)
            memory.store_words(builder, self._state(builder, context, new), words)
            probe = self._probe(builder, context, builder.call(self.hash, words))
            found, after = builder.function.block(), builder.function.block()
            builder.at(probe.taken)
            there = _number(builder, context, probe.entry)
            builder.branch_if(builder.compare("eq", there, old), found, probe.following)
            builder.at(found)
            builder.store_atomic(_slot(builder, probe.tag, new), probe.address)
            builder.branch(after)
            builder.at(probe.empty)
            builder.branch(after)
            builder.at(after)
        builder.ret(constant(Status.DONE))

    def _define_find(self) -> None:
        """Answer each of the QUERIES that is at hand with 1 + the number of the state that stands
        for its orbit, if that was visited.
        """
        context = self.find.args[0]
        builder = Builder(self.find)

        def look(item: Value) -> None:
            rows = memory.array(builder, context, Cell.QUERIES)
            row = builder.element(I64, rows, builder.binary("mul", item, constant(self._words + 1)))
            builder.call(self.push, [context, *memory.load_words(builder, row, self._words)])
            with self._known_entries(builder, context) as (_, known):
                answer = builder.binary("add", known, constant(1))
                builder.store(answer, builder.element(I64, row, constant(self._words)))
            memory.put(builder, context, Cell.PENDING, constant(0))

        walk(builder, context, look)


def _tag_bits(builder: Builder, context: Value) -> Value:
    """The bits of a slot that hold part of a hash."""
    return builder.binary(
        "and", builder.binary("shl", constant(-1), memory.get(builder, context, Cell.TAG)), constant((1 << 32) - 1)
    )


def _number(builder: Builder, context: Value, entry: Value) -> Value:
    """The number of the state in a slot."""
    wide = builder.convert("zext", entry, I64)
    bits = builder.binary("xor", _tag_bits(builder, context), constant(-1))
    return builder.binary("sub", builder.binary("and", wide, bits), constant(1))


def _slot(builder: Builder, tag: Value, number: Value) -> Value:
    """What a slot holds for a state."""
    return builder.convert("trunc", builder.binary("or", tag, builder.binary("add", number, constant(1))), I32)
