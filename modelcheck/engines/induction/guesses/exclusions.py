"""Which combinations of facts no sample shows: candidate clauses of any width, found when a
counterexample asks for one.

A state is seen through *axes*: for each variable, which of a few classes its value is in (a value,
"at least k", some replica or none in a local state). A counterexample whose classes occur together
in no sample can be excluded by a clause; the clause names as few axes as it needs and as many
classes of each as the samples allow (a minimal hitting set of the samples, as in ICE learning:
Garg, Löding, Madhusudan, Neider, CAV 2014).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from modelcheck.engines.induction.guesses.affine import Matrix
from modelcheck.engines.induction.guesses.numeric import BLOCK, distinct_rows, is_numeric
from modelcheck.ground.records import dataclass
from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.system import Variable
from modelcheck.ir.terms import BoolSort, IntSort, Term

Flags = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]

#: A number that has more different values in the samples has one class for all from there up.
MOST_VALUES = 6
#: A clause about more counters than this says little when no sample contradicts it: few samples
#: have so many replicas in it.
COUNTERS = 2
#: No clause names more axes.
WIDEST = 6
#: So many sets of facts are taken one by one before equal ones are looked for.
LARGEST = 4
#: So many clauses of one width are compared before the best are taken.
COMPARED = 48


@dataclass(frozen=True, slots=True)
class Axis:
    """The classes of one variable: its ``values`` in order; with ``upward`` the last one stands for
    all from there up.
    """

    variable: Variable
    values: tuple[int, ...]
    upward: bool

    def of(self, value: int) -> int:
        """The number of the class of a value, -1 if it has none."""
        if self.upward and value >= self.values[-1]:
            return len(self.values) - 1
        try:
            return self.values.index(value)
        except ValueError:
            return -1


@dataclass(frozen=True, slots=True)
class Cube:
    """For each of some axes (by number) a few classes: no state is in all of these at once."""

    sides: tuple[tuple[int, frozenset[int]], ...]

    def holds(self, classes: Sequence[int]) -> bool:
        """Whether a state, given by its class on each axis, is in the cube."""
        return all(classes[axis] in some for axis, some in self.sides)


class Seen:
    """What samples show. ``add`` makes it more."""

    def __init__(self, system: CounterSystem, samples: Matrix) -> None:
        self._terms = system.terms
        counters = set(system.counters)
        self.axes: list[Axis] = []
        self._columns: list[int] = []
        columns: list[npt.NDArray[np.int16]] = []
        for i, v in enumerate(system.variables):
            if v.id == system.total:
                continue
            axis = _axis(v, samples[:, i], counted=v.id in counters)
            if axis is not None:
                self.axes.append(axis)
                self._columns.append(i)
                columns.append(_classes(axis, samples[:, i]))
        self._number = {axis.variable.id: a for a, axis in enumerate(self.axes)}
        self._offset = np.cumsum([0, *(len(a.values) for a in self.axes)])
        self._counted = np.array([a.variable.id in counters for a in self.axes], dtype=bool)
        self._quiet = np.array([a.upward and len(a.values) == 2 and a.values[0] == 0 for a in self.axes], dtype=bool)
        table = np.stack(columns, axis=0).T if columns else np.zeros((len(samples), 0), dtype=np.int16)
        table = distinct_rows(table)
        self._together, self._words = self._shown(table)

    def copy(self) -> Seen:
        """What is added to the copy is not added to this one."""
        other = copy(self)
        other._together = self._together.copy()
        return other

    def classes(self, values: Mapping[int, int]) -> list[int]:
        """The class of a state on each axis; -1 where no sample has anything like it."""
        return [axis.of(values[axis.variable.id]) for axis in self.axes]

    def add(self, samples: Matrix) -> None:
        """More states that may be reachable: a column for each variable of the system."""
        rows = np.zeros((len(samples), int(self._offset[-1])), dtype=np.uint8)
        for a, axis in enumerate(self.axes):
            classes = _classes(axis, samples[:, self._columns[a]])
            known = np.flatnonzero(classes >= 0)
            rows[known, self._offset[a] + classes[known]] = 1
        rows = distinct_rows(rows)
        wide = rows.astype(np.float32)
        self._together |= wide.T @ wide > 0.5
        self._words = np.concatenate([self._words, np.asfortranarray(_packed(rows))])

    def term(self, cube: Cube) -> Term:
        """The clause: some side of the cube is not so."""
        return self._terms.or_(*(self._outside(self.axes[a], some) for a, some in cube.sides))

    def _outside(self, axis: Axis, some: frozenset[int]) -> Term:
        terms, v = self._terms, axis.variable
        term = terms.variable(v.id, v.sort)
        if isinstance(v.sort, BoolSort):
            values = [axis.values[c] for c in some]
            # Both, if no sample shows what the other sides say by themselves.
            return terms.false if len(values) > 1 else terms.not_(term) if values[0] else term
        last = len(axis.values) - 1
        least = min(some)
        if axis.upward and some == frozenset(range(least, last + 1)):
            return terms.not_(terms.le(terms.constant(axis.values[least], v.sort), term))
        others = [c for c in range(last + 1) if c not in some]
        if len(others) < len(some):
            return terms.or_(*(self._within(axis, c) for c in others))
        return terms.and_(*(terms.not_(self._within(axis, c)) for c in sorted(some)))

    def _within(self, axis: Axis, number: int) -> Term:
        terms, v = self._terms, axis.variable
        term, value = terms.variable(v.id, v.sort), terms.constant(axis.values[number], v.sort)
        if axis.upward and number == len(axis.values) - 1:
            return terms.le(value, term)
        return terms.eq(term, value)

    # clauses

    def exclude(self, classes: Sequence[int], focus: Iterable[int], most: int) -> list[Cube]:
        """Cubes that contain a state and no sample, at most ``most``; [] if some sample looks like the state.

        ``classes``: see ``classes``. ``focus``: variables that clauses should rather be about.
        """
        near = np.zeros(len(self.axes), dtype=bool)
        near[[self._number[id] for id in focus if id in self._number]] = True
        here = np.array(classes, dtype=np.int64)
        known = np.flatnonzero(here >= 0)
        loud = known[~(self._quiet[known] & (here[known] == 0))]
        for axes in (loud, known):
            found = self._pairs(here, axes, near, most)
            if found:
                return found
        like = self._likeness(here, loud)
        return self._triples(here, loud, near, most, like) or self._wider(here, loud, near, like)

    def _shown(self, table: npt.NDArray[np.int16]) -> tuple[Flags, Words]:
        """Which facts hold together in some row of classes, and the facts of each row, packed.

        What is known of all classes of an axis but one says how often that one occurs, alone and
        together with others: it need not be counted.
        """
        many = int(self._offset[-1])
        axes = [range(first, end) for first, end in pairwise(self._offset.tolist())]
        told = [fact for axis in axes for fact in axis[1:]]
        counts = np.zeros((1 + len(told), 1 + len(told)))
        words = []
        for begin in range(0, max(len(table), 1), BLOCK):
            block = table[begin : begin + BLOCK].T
            facts = np.zeros((many, len(block.T)), dtype=np.uint8)
            for classes, axis in zip(block, axes, strict=True):
                for number, fact in enumerate(axis):
                    facts[fact] = classes == number
            words.append(_packed(facts.T))
            wide = np.ones((1 + len(told), len(block.T)), dtype=np.float32)
            wide[1:] = facts[told]
            counts += wide @ wide.T
        # Each fact as a sum of what was counted (first: that there is a row).
        sums = np.zeros((many, 1 + len(told)))
        sums[told, 1 + np.arange(len(told))] = 1
        for axis in filter(None, axes):
            sums[axis[0]] = -sums[axis[1:]].sum(axis=0)
            sums[axis[0], 0] = 1
        # One word below the other in memory: what is asked of all rows is asked word by word.
        return sums @ counts @ sums.T > 0.5, np.asfortranarray(np.concatenate(words))

    def _likeness(self, here: Matrix, axes: Matrix) -> Flags:
        """On which axes samples look like a state: one row for each maximal set of axes."""
        facts = self._offset[axes] + here[axes]
        like = self._words & self._mask(facts)
        sizes = _sizes(like)
        kept: list[Words] = []
        while len(like):
            largest = like[int(np.argmax(sizes))]
            kept.append(largest)
            left = _any_of(like, ~largest)
            like, sizes = np.asfortranarray(like[left]), sizes[left]
            if len(kept) == LARGEST:
                # The largest sets contain most of the others; of what is left, many are equal.
                like = np.asfortranarray(distinct_rows(like))
                sizes = _sizes(like)
        found = np.array(kept, dtype=np.uint64).reshape(len(kept), self._words.shape[1])
        return _unpacked(found)[:, facts]

    def _mask(self, facts: Matrix | list[int]) -> npt.NDArray[np.uint64]:
        row = np.zeros((1, int(self._offset[-1])), dtype=np.uint8)
        row[0, facts] = 1
        return _packed(row)

    def _pairs(self, here: Matrix, axes: Matrix, near: Flags, most: int) -> list[Cube]:
        facts = self._offset[axes] + here[axes]
        first, second = np.nonzero(np.triu(~self._together[np.ix_(facts, facts)], 1))
        if not len(first):
            return []
        closeness = near[axes[first]].astype(np.int64) + near[axes[second]]
        order = np.flatnonzero(closeness == int(closeness.max()))[:COMPARED]
        return _best([self._widened_pair(here, int(axes[first[k]]), int(axes[second[k]])) for k in order], most)

    def _triples(self, here: Matrix, axes: Matrix, near: Flags, most: int, like: Flags) -> list[Cube]:
        order = sorted(range(len(axes)), key=lambda k: (not near[axes[k]], int(like[:, k].sum())))
        found: list[Cube] = []
        for k in order:
            rows = like[like[:, k]].astype(np.float32)
            first, second = np.nonzero(np.triu(rows.T @ rows < 0.5, 1))
            if self._counted[axes[k]]:
                few = ~(self._counted[axes[first]] & self._counted[axes[second]])
                first, second = first[few], second[few]
            if not len(first):
                continue
            closeness = near[axes[first]].astype(np.int64) + near[axes[second]]
            chosen = np.flatnonzero(closeness == int(closeness.max()))[: COMPARED // 8]
            found += [self._widened(here, (int(axes[k]), int(axes[first[c]]), int(axes[second[c]]))) for c in chosen]
            if len(found) >= most:
                break
        return _best(found, most)

    def _wider(self, here: Matrix, axes: Matrix, near: Flags, like: Flags) -> list[Cube]:
        left = np.ones(len(like), dtype=bool)
        chosen: list[int] = []
        while left.any():
            if len(chosen) == WIDEST:
                return []
            cost = like[left].sum(axis=0) - near[axes] * 0.5
            if self._counted[axes[chosen]].sum() >= COUNTERS:
                cost[self._counted[axes]] = np.inf
            chosen.append(int(np.argmin(cost)))
            left &= like[:, chosen[-1]]
        for k in list(chosen):
            rest = [c for c in chosen if c != k]
            if rest and not like[:, rest].all(axis=1).any():
                chosen = rest
        return [self._widened(here, tuple(int(axes[k]) for k in chosen))]

    def _widened_pair(self, here: Matrix, a: int, b: int) -> Cube:
        """As ``_widened``, for two axes."""
        fact = int(self._offset[a] + here[a])
        apart = ~self._together[fact, self._offset[b] : self._offset[b + 1]]
        others = np.flatnonzero(apart)
        wider = ~self._together[self._offset[a] : self._offset[a + 1], self._offset[b] + others].any(axis=1)
        return Cube(((a, frozenset(np.flatnonzero(wider).tolist())), (b, frozenset(others.tolist()))))

    def _widened(self, here: Matrix, axes: tuple[int, ...]) -> Cube:
        """A cube around the state on these axes, which no sample is in, with as many classes as possible."""
        sides = {a: frozenset((int(here[a]),)) for a in axes}
        for a in reversed(axes):
            if len(self.axes[a].values) == 2:
                continue
            inside = self._words
            for b in axes:
                if b != a:
                    columns = [int(self._offset[b]) + c for c in sides[b]]
                    inside = inside[_any_of(inside, self._mask(columns)[0])]
            together = np.bitwise_or.reduce(inside, axis=0)[None, :]
            taken = _unpacked(together)[0, self._offset[a] : self._offset[a + 1]]
            sides[a] = sides[a].union(np.flatnonzero(~taken).tolist())
        return Cube(tuple((a, sides[a]) for a in axes))


def _packed(rows: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Rows of zeros and ones, 64 in a word."""
    width = (rows.shape[1] + 63) // 64 * 64
    padded = np.zeros((len(rows), max(width, 64)), dtype=np.uint8)
    padded[:, : rows.shape[1]] = rows
    return np.packbits(padded, axis=1).view(np.uint64)


def _unpacked(words: npt.NDArray[np.uint64]) -> Flags:
    return np.unpackbits(np.ascontiguousarray(words).view(np.uint8), axis=1).astype(bool)


def _sizes(words: Words) -> npt.NDArray[np.int64]:
    """How many facts each row has."""
    if hasattr(np, "bitwise_count"):
        return np.asarray(np.bitwise_count(words).sum(axis=1), dtype=np.int64)
    return np.asarray(_unpacked(words).sum(axis=1), dtype=np.int64)


def _any_of(words: Words, mask: Words) -> Flags:
    """Which rows have some fact of the mask."""
    found = np.zeros(len(words), dtype=np.uint64)
    for column, facts in zip(words.T, mask, strict=True):
        if facts:
            found |= column & facts
    return np.asarray(found != 0)


def _best(cubes: Sequence[Cube], most: int) -> list[Cube]:
    """The cubes with most classes, each about other axes than the others."""
    found: list[Cube] = []
    used: set[frozenset[int]] = set()
    for cube in sorted(cubes, key=lambda c: -sum(len(some) for _, some in c.sides)):
        axes = frozenset(a for a, _ in cube.sides)
        if axes not in used:
            used.add(axes)
            found.append(cube)
        if len(found) == most:
            break
    return found


def _axis(v: Variable, column: Matrix, *, counted: bool) -> Axis | None:
    if counted:
        return Axis(v, (0, 1), True)
    if isinstance(v.sort, BoolSort):
        return Axis(v, (0, 1), False)
    values = tuple(int(x) for x in np.unique(column))
    if not is_numeric(v):
        return Axis(v, values, False)
    if isinstance(v.sort, IntSort) and v.high is None:
        return Axis(v, (0, 1), True) if values and values[0] >= 0 else None
    return Axis(v, values, False) if len(values) <= MOST_VALUES else None


def _classes(axis: Axis, column: Matrix) -> npt.NDArray[np.int16]:
    """As ``Axis.of``, of many values."""
    if axis.upward:
        return np.clip(column - axis.values[0], -1, len(axis.values) - 1).astype(np.int16)
    values = np.array(axis.values)
    found = np.minimum(np.searchsorted(values, column), len(values) - 1)
    return np.where(values[found] == column, found, -1).astype(np.int16)
