"""One state for each orbit: code that puts interchangeable replicas in order, and chooses among the
ways to number the slots of pools.

The fields of a replica are gathered into a key of one or more words, the keys are sorted (a network
of comparisons, without branches), and scattered back. What a permutation of replicas makes of a
state becomes the same state. Of all renamings of slots, each with its replicas in order, the least
state is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import factorial, prod

from modelcheck.engines.native.code.assembly import I1, I64, Builder, Value, constant
from modelcheck.engines.native.layout import WORD, Field, Layout
from modelcheck.engines.native.storage.context import LIMB
from modelcheck.engines.native.unsupported import Unsupported
from modelcheck.ground.records import dataclass
from modelcheck.ir.passes.replicas import Rows
from modelcheck.ir.passes.symmetry import Renaming, Symmetry


@dataclass(frozen=True, slots=True)
class _Piece:
    """Neighbouring fields: ``places`` are (word, shift) for each replica, ``key`` and ``shift``
    where they stand in its key.
    """

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
    """Writes the code for what may be exchanged; without any, states stay as they are.

    ``most``: no orbit has more states. Raises ``Unsupported`` if that is more than 64 bits can count.
    """

    def __init__(self, layout: Layout, symmetry: Symmetry) -> None:
        self._groups = tuple(_group(layout, rows) for rows in symmetry.groups)
        self._renamings = tuple(_renamed(layout, renaming) for renaming in symmetry.renamings)
        places = (
            (word, shift, piece.width)
            for group in self._groups
            for piece in group.pieces
            for word, shift in piece.places
        )
        self._taken = _taken(layout, places)
        self.most = prod(factorial(group.replicas) for group in self._groups) * (1 + len(self._renamings))
        if self.most.bit_length() > 3 * LIMB:
            raise Unsupported("exchanging replicas makes more states of one than 64 bits can count")

    def canonical(self, builder: Builder, words: Sequence[Value]) -> list[Value]:
        """Return the words of the state that stands for the orbit of this one."""
        least = self._sorted(builder, words)
        for renaming in self._renamings:
            image = self._sorted(builder, renaming.apply(builder, words))
            least, _ = _ordered(builder, least, image)
        return least

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
        if self._renamings:
            # Renamings and permutations of replicas commute: so many renamings lead to other
            # states, whatever the replicas do.
            kept = constant(1)
            for renaming in self._renamings:
                image = self._sorted(builder, renaming.apply(builder, words))
                kept = builder.binary("add", kept, builder.convert("zext", _equal(builder, image, words), I64))
            ways = builder.binary("udiv", constant(1 + len(self._renamings)), kept)
            size = builder.binary("mul", size, ways)
        return size

    def _sorted(self, builder: Builder, words: Sequence[Value]) -> list[Value]:
        """Put the replicas of each group in order."""
        result = _cleared(builder, words, self._taken)
        for group in self._groups:
            keys = [_gather(builder, group, words, replica) for replica in range(group.replicas)]
            for end in range(group.replicas - 1, 0, -1):
                for number in range(end):
                    keys[number], keys[number + 1] = _ordered(builder, keys[number], keys[number + 1])
            for replica, key in enumerate(keys):
                _scatter(builder, group, result, replica, key)
        return result


@dataclass(frozen=True, slots=True)
class _Renamed:
    """A renaming of slots over packed fields: (field it goes to, field it comes from, its new values
    by four bits each or None); ``taken``: the bits of the fields it goes to, by word."""

    moves: tuple[tuple[Field, Field, int | None], ...]
    taken: tuple[int, ...]

    def apply(self, builder: Builder, words: Sequence[Value]) -> list[Value]:
        result = _cleared(builder, words, self.taken)
        for to, source, values in self.moves:
            bits = builder.binary("lshr", words[source.word], constant(source.shift))
            bits = builder.binary("and", bits, constant(_signed(_ones(source.width))))
            if values is not None:
                entry = builder.binary("shl", bits, constant(2))
                bits = builder.binary("and", builder.binary("lshr", constant(_signed(values)), entry), constant(15))
            bits = builder.binary("shl", bits, constant(to.shift))
            result[to.word] = builder.binary("or", result[to.word], bits)
        return result


def _renamed(layout: Layout, renaming: Renaming) -> _Renamed:
    moves: list[tuple[Field, Field, int | None]] = []
    for variable in sorted({*renaming.sources, *renaming.values}):
        to, source = layout.fields[variable], layout.fields[renaming.sources.get(variable, variable)]
        table: int | None = None
        if variable in renaming.values:
            values = renaming.values[variable]
            assert len(values) <= WORD // 4, "at most four slots are renamed"
            table = sum(value << (4 * old) for old, value in enumerate(values))
        moves.append((to, source, table))
    taken = _taken(layout, ((to.word, to.shift, to.width) for to, _, _ in moves))
    return _Renamed(tuple(moves), taken)


def _taken(layout: Layout, places: Iterable[tuple[int, int, int]]) -> tuple[int, ...]:
    """The bits of fields (word, shift, width), by word."""
    taken = [0] * layout.words
    for word, shift, width in places:
        taken[word] |= _ones(width) << shift
    return tuple(taken)


def _cleared(builder: Builder, words: Sequence[Value], taken: Sequence[int]) -> list[Value]:
    """Return the words without these bits."""
    return [
        builder.binary("and", word, constant(_signed(_ones(WORD) & ~bits))) if bits else word
        for word, bits in zip(words, taken, strict=True)
    ]


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
