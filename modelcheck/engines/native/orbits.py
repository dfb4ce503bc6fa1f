"""One state for each orbit: code that puts interchangeable replicas in order.

The fields of a replica are gathered into a key of one or more words, the keys are sorted (a network of comparisons, without branches), and scattered back. What a
permutation of replicas makes of a state becomes the same state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import factorial

from modelcheck.engines.native.assembly import I1, Builder, Value, constant
from modelcheck.engines.native.layout import WORD, Layout
from modelcheck.ir.passes.replicas import Rows


@dataclass(frozen=True, slots=True)
class _Piece:
    """Neighbouring fields: ``places`` are (word, shift) for each replica, ``key`` and ``shift`` where they stand in its key."""

    places: tuple[tuple[int, int], ...]
    width: int
    key: int
    shift: int


@dataclass(frozen=True, slots=True)
class _Group:
    """``keys``: words of a key."""

    replicas: int
    pieces: tuple[_Piece, ...]
    keys: int


class Orbits:
    """Writes the code for ``groups`` of replicas; without any, states stay as they are."""

    def __init__(self, layout: Layout, groups: Sequence[Rows]) -> None:
        self._groups = tuple(_group(layout, rows) for rows in groups)
        self._taken = [0] * layout.words
        for group in self._groups:
            for piece in group.pieces:
                for word, shift in piece.places:
                    self._taken[word] |= _ones(piece.width) << shift

    def canonical(self, builder: Builder, words: Sequence[Value]) -> list[Value]:
        """Return the words of the state that stands for the orbit of this one."""
        result = list(words)
        for number, taken in enumerate(self._taken):
            if taken:
                result[number] = builder.binary("and", words[number], constant(_signed(_ones(WORD) & ~taken)))
        for group in self._groups:
            keys = [_gather(builder, group, words, replica) for replica in range(group.replicas)]
            for end in range(group.replicas - 1, 0, -1):
                for number in range(end):
                    keys[number], keys[number + 1] = _ordered(builder, keys[number], keys[number + 1])
            for replica, key in enumerate(keys):
                _scatter(builder, group, result, replica, key)
        return result

    def size(self, builder: Builder, words: Sequence[Value]) -> Value:
        """Return how many states the orbit of this one has; it must be the one that stands for it."""
        size = constant(1)
        for group in self._groups:
            keys = [_gather(builder, group, words, replica) for replica in range(group.replicas)]
            alike = same = constant(1)
            for before, after in pairwise(keys):
                longer = builder.binary("add", same, constant(1))
                same = builder.select(_equal(builder, before, after), longer, constant(1))
                alike = builder.binary("mul", alike, same)
            ways = builder.binary("udiv", constant(factorial(group.replicas)), alike)
            size = builder.binary("mul", size, ways)
        return size


def _group(layout: Layout, rows: Rows) -> _Group:
    columns = [[layout.fields[variable] for variable in column] for column in zip(*rows, strict=True)]
    runs = [[columns[0]]]
    for column in columns[1:]:
        last = runs[-1][-1]
        adjoins = all(a.word == b.word and a.shift + a.width == b.shift for a, b in zip(last, column, strict=True))
        if adjoins:
            runs[-1].append(column)
        else:
            runs.append([column])
    pieces: list[_Piece] = []
    key = used = 0
    for run in runs:
        width = sum(column[0].width for column in run)
        if used + width > WORD:
            key, used = key + 1, 0
        places = tuple((field.word, field.shift) for field in run[0])
        pieces.append(_Piece(places, width, key, used))
        used += width
    return _Group(len(rows), tuple(pieces), key + 1)


def _gather(builder: Builder, group: _Group, words: Sequence[Value], replica: int) -> list[Value]:
    """Return the key of a replica."""
    key: list[Value | None] = [None] * group.keys
    for piece in group.pieces:
        word, shift = piece.places[replica]
        bits = builder.binary("lshr", words[word], constant(shift))
        bits = builder.binary("and", bits, constant(_signed(_ones(piece.width))))
        bits = builder.binary("shl", bits, constant(piece.shift))
        before = key[piece.key]
        key[piece.key] = bits if before is None else builder.binary("or", before, bits)
    return [constant(0) if word is None else word for word in key]


def _scatter(builder: Builder, group: _Group, words: list[Value], replica: int, key: Sequence[Value]) -> None:
    """Put a key where the fields of a replica stand; their bits are 0 so far."""
    for piece in group.pieces:
        word, shift = piece.places[replica]
        bits = builder.binary("lshr", key[piece.key], constant(piece.shift))
        bits = builder.binary("and", bits, constant(_signed(_ones(piece.width))))
        bits = builder.binary("shl", bits, constant(shift))
        words[word] = builder.binary("or", words[word], bits)


def _ordered(builder: Builder, first: list[Value], second: list[Value]) -> tuple[list[Value], list[Value]]:
    """Return the lesser key and the greater one."""
    swap = constant(0, I1)
    for a, b in reversed(list(zip(first, second, strict=True))):
        swap = builder.select(builder.compare("eq", a, b), swap, builder.compare("ugt", a, b))
    lesser = [builder.select(swap, b, a) for a, b in zip(first, second, strict=True)]
    greater = [builder.select(swap, a, b) for a, b in zip(first, second, strict=True)]
    return lesser, greater


def _equal(builder: Builder, first: Sequence[Value], second: Sequence[Value]) -> Value:
    equal = constant(1, I1)
    for a, b in zip(first, second, strict=True):
        equal = builder.binary("and", equal, builder.compare("eq", a, b))
    return equal


def _ones(width: int) -> int:
    return (1 << width) - 1


def _signed(bits: int) -> int:
    """Return a row of 64 bits as LLVM reads a constant."""
    return bits - (1 << WORD) if bits >> (WORD - 1) else bits
