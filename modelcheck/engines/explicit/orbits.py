"""One state for each orbit: packed states in which interchangeable replicas stand in order.

Sorting the replicas by the values of their own variables gives the same state for every permutation
of them, and it is found by looking at these variables alone. So the difference to the sorted state
is computed once for each combination of their values and remembered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import factorial, prod

from modelcheck.ir.layout import Layout
from modelcheck.ir.passes.replicas import Rows

#: Combinations remembered before they are all forgotten.
MEMORY_LIMIT = 1_000_000


class Orbits:
    """``mask`` covers the variables of all replicas in ``groups``; the two tables are asked by the
    state under this mask.
    """

    def __init__(self, layout: Layout, groups: Sequence[Rows]) -> None:
        #: of each variable of each replica where it is, and how large it may be
        self._groups = tuple(
            tuple(
                tuple((field.shift, field.limit) for field in (layout.fields[variable] for variable in row))
                for row in rows
            )
            for rows in groups
        )
        self.mask = layout.mask(variable for rows in groups for row in rows for variable in row)
        #: what to add to get to the sorted state
        self.fixes: dict[int, int] = _Table(self._fix)
        #: how many states the orbit has
        self.sizes: dict[int, int] = _Table(self._size)

    def canonical(self, state: int) -> int:
        """Return the state that stands for the orbit."""
        return state + self.fixes[state & self.mask]

    def _fix(self, bits: int) -> int:
        fixed = 0
        for rows in self._groups:
            values = sorted([[bits >> shift & limit for shift, limit in row] for row in rows])
            for row, replica in zip(rows, values, strict=True):
                for (shift, _), value in zip(row, replica, strict=True):
                    fixed |= value << shift
        return fixed - bits

    def _size(self, bits: int) -> int:
        size = 1
        for rows in self._groups:
            alike = Counter([tuple([bits >> shift & limit for shift, limit in row]) for row in rows])
            size *= factorial(len(rows)) // prod(factorial(number) for number in alike.values())
        return size


class _Table(dict[int, int]):
    """A table that computes what it does not have."""

    def __init__(self, compute: Callable[[int], int]) -> None:
        super().__init__()
        self._compute = compute

    def __missing__(self, key: int) -> int:
        if len(self) >= MEMORY_LIMIT:
            self.clear()
        value = self[key] = self._compute(key)
        return value
