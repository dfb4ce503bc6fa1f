"""Where each state variable sits in a native state: a row of 64-bit words, no field across a word boundary."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from modelcheck.engines.native.unsupported import Unsupported
from modelcheck.ground.records import dataclass
from modelcheck.ir.layout import initial_width
from modelcheck.ir.system import System, Variable, VariableKind
from modelcheck.ir.terms import BoolSort, BvSort, IntSort

WORD = 64
#: No field may be wider: the static bounds of ``magnitude`` must stay inside 64-bit arithmetic.
WIDEST_FIELD = 32

Column = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Field:
    """Bits ``shift`` to ``shift + width - 1`` of word ``word``; the value is the bits plus ``base``.

    ``bounded``: every value of the variable fits; if not, a store is checked.
    """

    variable: int
    word: int
    shift: int
    width: int
    base: int
    boolean: bool
    bounded: bool

    @property
    def low(self) -> int:
        return self.base

    @property
    def high(self) -> int:
        return self.base + (1 << self.width) - 1


@dataclass(frozen=True, slots=True)
class Layout:
    """``fields`` by variable id; ``words``: number of words of a state."""

    fields: Mapping[int, Field]
    words: int

    def pack(self, variables: Sequence[Variable]) -> list[int]:
        """Return the words of the initial state."""
        state = [0] * self.words
        for variable in variables:
            field = self.fields[variable.id]
            state[field.word] |= (int(variable.initial) - field.base) << field.shift
        return state

    def unpack(self, words: Sequence[int], variables: Sequence[Variable]) -> dict[int, bool | int]:
        """Return the value of each variable, by id."""
        values: dict[int, bool | int] = {}
        for variable in variables:
            field = self.fields[variable.id]
            raw = (words[field.word] >> field.shift) & ((1 << field.width) - 1)
            values[variable.id] = bool(raw) if field.boolean else raw + field.base
        return values

    def columns(self, states: Any, wanted: Collection[int] | None = None) -> dict[int, Column]:
        """Return the value of each variable (a boolean's: 0 or 1), or of those ``wanted``, in
        states, which are rows of words.
        """
        words = [np.ascontiguousarray(states[:, word]) for word in range(self.words)]
        found: dict[int, Column] = {}
        for id, field in self.fields.items():
            if wanted is not None and id not in wanted:
                continue
            raw = (words[field.word] >> np.uint64(field.shift)) & np.uint64((1 << field.width) - 1)
            found[id] = raw.astype(np.int64) + field.base
        return found


def make_layout(system: System, widths: Mapping[int, int]) -> Layout:
    """Lay out the variables; ``widths``: bits of unbounded variables that turned out to need more than usual.

    Every initial value fits. Raises ``Unsupported`` if a variable needs more bits than ``WIDEST_FIELD``.
    """
    least = initial_width(system)
    fields: dict[int, Field] = {}
    used: list[int] = [0]
    for variable in sorted(system.variables, key=_rank):
        width, base, bounded = _shape(variable, max(least, widths.get(variable.id, 0)))
        if width > WIDEST_FIELD:
            raise Unsupported(f"{variable.name} needs {width} bits")
        word = next((w for w, bits in enumerate(used) if bits + width <= WORD), len(used))
        if word == len(used):
            used.append(0)
        boolean = isinstance(variable.sort, BoolSort)
        fields[variable.id] = Field(variable.id, word, used[word], width, base, boolean, bounded)
        used[word] += width
    return Layout(fields, len(used))


def _rank(variable: Variable) -> tuple[int, int, int]:
    if variable.kind is VariableKind.LOCATION:
        return (0, variable.owner or 0, variable.id)
    return (1 if variable.owner is None else 2, variable.owner or 0, variable.id)


def _shape(variable: Variable, width: int) -> tuple[int, int, bool]:
    match variable.sort:
        case BoolSort():
            return 1, 0, True
        case BvSort(bits):
            return bits, 0, True
        case IntSort():
            low, high = variable.low, variable.high
            if low is not None and high is not None:
                return max(1, (high - low).bit_length()), low, True
            if low is not None:
                return width, low, False
            if high is not None:
                return width, high - (1 << width) + 1, False
            return width, -(1 << (width - 1)), False
