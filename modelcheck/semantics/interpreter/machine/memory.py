"""Remembering what was computed from the shared cells, by the cells that were read.

Executing a step is a function of the values it reads: from where a process stands, the first cell
that it reads is always the same, the second depends on the value of the first, and so on. So the
results for one starting point form a decision tree, whose inner nodes ask for one cell each.
Nothing has to be known about the code beforehand: ``Row`` notes what is read while a result is
computed for the first time.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import field
from typing import Generic, SupportsIndex, TypeVar, overload

from modelcheck.ground.records import dataclass
from modelcheck.semantics.interpreter.machine.values import Cell

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

#: Stands for the number of the process within its class, among the numbers of cells.
REPLICA = -1


class Row(list[Cell]):
    """Working copies of the shared cells that note what is read before it is written, and what is written.

    ``noted``: values by cell, in the order of first reading; it may be common to several rows.
    ``written``: cells. Only indexing, slices of it, iteration and assignment are used on it; other
    methods of ``list`` would read unnoticed.
    """

    __slots__ = ("noted", "written")

    def __init__(self, cells: Sequence[Cell], noted: dict[int, Cell]) -> None:
        super().__init__(cells)
        self.noted = noted
        self.written: set[int] = set()

    @overload
    def __getitem__(self, index: SupportsIndex) -> Cell: ...
    @overload
    def __getitem__(self, index: slice) -> list[Cell]: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Cell | list[Cell]:
        value = super().__getitem__(index)
        if isinstance(index, slice):
            for cell in range(*index.indices(len(self))):
                self._note(cell)
        else:
            self._note(range(len(self))[index])
        return value

    def _note(self, cell: int) -> None:
        if cell not in self.written and cell not in self.noted:
            self.noted[cell] = super().__getitem__(cell)

    def __iter__(self) -> Iterator[Cell]:
        return iter(self[:])

    @overload
    def __setitem__(self, index: SupportsIndex, value: Cell) -> None: ...
    @overload
    def __setitem__(self, index: slice, value: Iterable[Cell]) -> None: ...
    def __setitem__(self, index: SupportsIndex | slice, value: Cell) -> None:
        super().__setitem__(index, value)
        cells = range(len(self))[index]
        self.written.update(cells if isinstance(cells, range) else (cells,))

    def note_replica(self, replica: int) -> None:
        """The process looked at its own number."""
        self.noted.setdefault(REPLICA, replica)

    def changes(self) -> tuple[tuple[int, Cell], ...]:
        """The cells that were written, with their new values."""
        return tuple((cell, super(Row, self).__getitem__(cell)) for cell in sorted(self.written))


@dataclass(slots=True)
class _Question(Generic[T]):
    """What is known once a cell has been read: by its value."""

    cell: int
    answers: dict[Cell, _Question[T] | _Result[T]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Result(Generic[T]):
    value: T


class Memory(Generic[K, T]):
    """Results by starting point and the values read from there."""

    def __init__(self) -> None:
        self._roots: dict[K, _Question[T] | _Result[T]] = {}

    def find(self, start: K, cells: Sequence[Cell], replica: int) -> T | None:
        """The result, if it is known for these values."""
        node = self._roots.get(start)
        while node is not None:
            if isinstance(node, _Result):
                return node.value
            node = node.answers.get(replica if node.cell == REPLICA else cells[node.cell])
        return None

    def keep(self, start: K, noted: dict[int, Cell], result: T) -> None:
        """Remember a result that was computed by reading ``noted``, in this order."""
        questions = list(noted.items())
        if not questions:
            self._roots[start] = _Result(result)
            return
        node = self._roots.setdefault(start, _Question(questions[0][0]))
        for number, (cell, value) in enumerate(questions):
            if isinstance(node, _Result) or node.cell != cell:
                return  # computed in another order than before: not worth remembering
            last = number == len(questions) - 1
            node = node.answers.setdefault(value, _Result(result) if last else _Question(questions[number + 1][0]))
