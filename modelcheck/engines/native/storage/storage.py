"""The memory that the generated code works on: states by number, the table of their numbers, and a
context for each thread.

States are numbered in the order of their levels. While threads work on a level, each numbers the
states it finds from ranges of its own; ``close_gaps`` makes the numbers dense again when a level is
done. Room that is not used yet costs nothing: the system hands out memory when it is first touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from modelcheck.engines.native.storage.arrays import GrowingArray
from modelcheck.engines.native.storage.context import LIMB, LIMBS, Cell, Record, Shared

#: Slots of the table at first.
FIRST_SLOTS = 1 << 17
#: Numbers that a thread gets at a time, if one state has not more successors.
RANGE = 1 << 10
#: Numbers are 32 bits wide.
MOST_STATES = (1 << 32) - 2

_WORK = (Cell.END, Cell.WORK, Cell.WORK_END)


class Storage:
    """``words``: of a state; ``room``: successors for which there must be room before a state is
    expanded; ``threads``: how many contexts.
    """

    def __init__(self, words: int, record: Record, room: int, threads: int) -> None:
        self._words = words
        self._range = max(RANGE, room)
        self._crowded = False
        slots = FIRST_SLOTS
        while self._states_in(slots) < (threads + 1) * 2 * self._range:
            slots *= 2
        self._table = GrowingArray(np.uint32, slots)
        self._states = GrowingArray(np.uint64, self._states_in(slots) * words)
        #: Bytes that passes over all states took at most, beyond what is here.
        self.most_extra = 0
        self.shared: Any = np.zeros(Shared.CELLS, dtype=np.int64)
        self.contexts: Sequence[Any] = tuple(np.zeros(record.size + 16, dtype=np.int64) for _ in range(threads))
        self.shared[Shared.ALLOCATED] = self._range
        self.contexts[0][Cell.FREE_END] = self._range
        self._place()

    def _states_in(self, slots: int) -> int:
        """How many states a table may hold: beyond 3/4 the chains grow long; if memory is short, 15/16 will do."""
        return slots // 16 * (15 if self._crowded else 12)

    def _place(self) -> None:
        """Tell the generated code where the arrays are."""
        for context in self.contexts:
            context[Cell.SHARED] = self.shared.ctypes.data
            context[Cell.STATES] = self._states.address
            context[Cell.TABLE] = self._table.address
            context[Cell.MASK] = self._table.length - 1
            context[Cell.TAG] = self._table.length.bit_length() - 1
            context[Cell.CAPACITY] = min(self._states_in(self._table.length), MOST_STATES)
            context[Cell.RANGE] = self._range

    @property
    def count(self) -> int:
        """How many states were found (while threads work: about)."""
        count = self.shared.item(Shared.ALLOCATED)
        for context in self.contexts:
            cell = context.item
            count -= cell(Cell.FREE_END) - cell(Cell.FREE) + cell(Cell.SPARE_END) - cell(Cell.SPARE)
        return int(count)

    def entered(self) -> int:
        """Return how many slots of the table are taken."""
        return int(np.count_nonzero(self._table.view(0, self._table.length)))

    def bytes_in_use(self) -> int:
        """Return what the states and the table occupy, in bytes; room that nothing was written to is none."""
        return self.count * self._words * 8 + self._table.length * 4

    def total(self, cell: Cell) -> int:
        """Return the sum of a cell over all threads."""
        return sum(int(context[cell]) for context in self.contexts)

    def counted(self, cell: Cell) -> int:
        """Return a sum over orbits (one of ``LIMBS``) over all threads."""
        return sum(self.total(part) << (LIMB * number) for number, part in enumerate(LIMBS[cell]))

    def put(self, cell: int, value: int) -> None:
        """Store a number in the context of each thread."""
        for context in self.contexts:
            context[cell] = value

    def work_on(self, begin: int, end: int) -> None:
        """Lay out the items from ``begin`` to ``end - 1`` for the threads to take."""
        self.shared[Shared.NEXT] = begin
        self.put(Cell.END, end)
        self.put(Cell.WORK, 0)
        self.put(Cell.WORK_END, 0)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Do something else inside; afterwards the threads go on with the items that they were working on."""
        saved = [[int(context[cell]) for cell in _WORK] for context in self.contexts]
        following = int(self.shared[Shared.NEXT])
        yield
        self.shared[Shared.NEXT] = following
        for context, cells in zip(self.contexts, saved, strict=True):
            for cell, value in zip(_WORK, cells, strict=True):
                context[cell] = value

    # states

    def write(self, number: int, states: Sequence[Sequence[int]]) -> None:
        """Store the words of states, from this number on."""
        self._states.write(number * self._words, [word for state in states for word in state])

    def raw(self, position: int, length: int) -> Any:
        """Return some of the words of all states, as an array on their memory.

        It must be gone before the memory can grow.
        """
        return self._states.view(position, length)

    def state(self, number: int) -> tuple[int, ...]:
        """Return the words of a state."""
        return tuple(self._states.numbers(number * self._words, self._words))

    def least(self, numbers: Any) -> tuple[int, ...]:
        """Return the words of the least of these states (an array of numbers, not empty)."""
        words = self._states.view(0, self.count * self._words).reshape(-1, self._words)[numbers]
        order = np.lexsort(words.T[::-1])
        return tuple(int(word) for word in words[order[0]])

    # numbers and room

    def _free_ranges(self) -> list[tuple[int, int]]:
        pairs = ((Cell.FREE, Cell.FREE_END), (Cell.SPARE, Cell.SPARE_END))
        return sorted(
            (int(context[first]), int(context[end]))
            for context in self.contexts
            for first, end in pairs
            if context[first] < context[end]
        )

    def close_gaps(self, move: Any) -> None:
        """Make the numbers of all states dense; ``move``: the entry point that renumbers states.

        No thread works meanwhile.
        """
        context = self.contexts[0]
        with self.aside():
            for old, new, length in self._moves():
                context[Cell.FROM], context[Cell.TO], context[Cell.END] = old, new, length
                move(context.ctypes.data)

    def _moves(self) -> list[tuple[int, int, int]]:
        """Take back all free numbers, and return which states must get new numbers: (first, first
        new one, how many).
        """
        gaps = self._free_ranges()
        count = self.count
        sources: list[tuple[int, int]] = []
        position = count
        for begin, end in (*gaps, (int(self.shared[Shared.ALLOCATED]),) * 2):
            if position < begin:
                sources.append((position, begin))
            position = max(position, end)
        targets = [(begin, min(end, count)) for begin, end in gaps if begin < count]
        moves: list[tuple[int, int, int]] = []
        while targets:
            (old, old_end), (new, new_end) = sources.pop(), targets.pop()
            length = min(old_end - old, new_end - new)
            moves.append((old, new, length))
            if old + length < old_end:
                sources.append((old + length, old_end))
            if new + length < new_end:
                targets.append((new + length, new_end))
        for cell in (Cell.FREE, Cell.FREE_END, Cell.SPARE, Cell.SPARE_END):
            self.put(cell, 0)
        self.shared[Shared.ALLOCATED] = count
        return moves

    def reserve(self, count: int) -> None:
        """Make room for ``count`` states that are about to be written to an empty storage. Raises ``MemoryError``."""
        while self._states_in(self._table.length) < count + 4 * self._range * len(self.contexts):
            self.grow(roomy=True)
        for cell in (Cell.FREE, Cell.FREE_END, Cell.SPARE, Cell.SPARE_END):
            self.put(cell, 0)
        self.shared[Shared.ALLOCATED] = count

    def more_memory(self) -> int:
        """Return how many bytes a table twice as large takes beyond the present one, once it is full."""
        return self._table.length * 4

    def more_space(self) -> int:
        """Return how many bytes of address space ``grow(roomy=True)`` reserves: both tables are
        there for a moment, and room for the states.
        """
        slots = self._table.length * 2
        return slots * 4 + (self._states_in(slots) * self._words - self._states.length) * 8

    def grow(self, roomy: bool) -> bool:
        """Make room for more states: in a larger table (``roomy``; the states must then be entered
        again, see ``rehash``), or in the present one, which becomes slow.

        Return whether there is more room now. The numbers must have no gaps. Raises ``MemoryError``
        if the system has no more memory; then nothing has changed.
        """
        if not roomy:
            if self._crowded:
                return False
            self._crowded = True
            self._states.grow(self._states_in(self._table.length) * self._words)
            self._place()
            return True
        if self._table.length > MOST_STATES:
            return False
        self._crowded = False
        slots = self._table.length * 2
        self._states.grow(self._states_in(slots) * self._words)
        larger = GrowingArray(np.uint32, slots)
        self._table = larger
        self._place()
        return True
