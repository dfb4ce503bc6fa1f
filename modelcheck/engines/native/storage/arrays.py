"""Large arrays that grow in place: memory that the system hands out when it is first touched."""

from __future__ import annotations

import ctypes
import mmap
from typing import Any

import numpy as np

_HUGE = 1 << 21


class GrowingArray:
    """Zeroed memory for ``length`` numbers of a type. Only what is touched counts as memory in use.

    Growing keeps the contents and may move them: take ``address`` and ``numbers`` anew. Raises
    ``MemoryError`` if the system refuses.
    """

    def __init__(self, type: Any, length: int) -> None:
        self._type = np.dtype(type)
        self.length = length
        self._map = self._reserve(length)
        self._advise()

    def _reserve(self, length: int) -> mmap.mmap:
        try:
            return mmap.mmap(-1, self._bytes(length), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        except OSError as error:
            raise MemoryError from error

    def _bytes(self, length: int) -> int:
        wanted: int = max(1, length * self._type.itemsize)
        pages = -(-wanted // mmap.PAGESIZE)
        return int(pages * mmap.PAGESIZE)

    def _advise(self) -> None:
        # Large pages spare most of the address translation that scattered lookups need; only where
        # there are pages to fill.
        if len(self._map) >= 4 * _HUGE and hasattr(mmap, "MADV_HUGEPAGE"):
            try:
                self._map.madvise(mmap.MADV_HUGEPAGE)
            except OSError:  # a kernel without them
                return

    @property
    def address(self) -> int:
        """Where it stands until it grows."""
        address: int = ctypes.addressof(ctypes.c_char.from_buffer(self._map))
        return address

    def numbers(self, first: int, length: int) -> list[int]:
        """Return some of the numbers."""
        size = self._type.itemsize
        return [int(n) for n in np.frombuffer(self._map[first * size : (first + length) * size], dtype=self._type)]

    def view(self, first: int, length: int) -> Any:
        """Return some of the numbers as an array on this memory. It must be gone before the memory can grow."""
        return np.frombuffer(self._map, dtype=self._type, count=length, offset=first * self._type.itemsize)

    def write(self, first: int, values: list[int]) -> None:
        """Store numbers."""
        size = self._type.itemsize
        self._map[first * size : (first + len(values)) * size] = np.array(values, dtype=self._type).tobytes()

    def grow(self, length: int) -> None:
        """Make room for ``length`` numbers. Raises ``MemoryError`` if the system refuses."""
        if self._bytes(length) > len(self._map):
            try:
                self._map.resize(self._bytes(length))
            except SystemError:  # no mremap here
                larger = self._reserve(length)
                larger[: len(self._map)] = self._map[:]
                self._map = larger
            except OSError as error:
                raise MemoryError from error
            self._advise()
        self.length = length
