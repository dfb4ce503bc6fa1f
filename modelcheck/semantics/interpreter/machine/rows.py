"""Working copies of the shared cells that note what a step, or a condition, reads and writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import SupportsIndex, overload

from modelcheck.semantics.interpreter.machine.values import Cell

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
