"""Numbers in samples: which variables count something, and rows without repetition."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from modelcheck.ir.system import Variable, VariableKind
from modelcheck.model import typed

#: Rows that are converted at a time.
BLOCK = 4096
#: Below these, floating-point numbers of 32 and of 64 bits add integers exactly.
EXACT_32, EXACT_64 = 2**23, 2**52


def orthogonal(rows: npt.NDArray[np.int64], vectors: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """For each row whether its product with every vector (row) is 0."""
    largest = int(np.abs(rows).max(initial=0)) * int(np.abs(vectors).sum(axis=1).max(initial=0))
    if largest < EXACT_64:
        kind = np.float32 if largest < EXACT_32 else np.float64
        return np.asarray((rows.astype(kind) @ vectors.T.astype(kind) == 0).all(axis=1))
    return np.asarray((rows @ vectors.T == 0).all(axis=1))


def is_numeric(v: Variable) -> bool:
    """Whether sums of the variable make sense: it counts something."""
    if v.kind in (VariableKind.LOCATION, VariableKind.HELD):
        return False
    if isinstance(v.type, typed.AtomicType) and v.type.word is not None:
        return False
    return isinstance(v.type, typed.IntType | typed.RangeType | typed.AtomicType | typed.LockType)


def distinct_rows(matrix: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The different rows in the order in which they occur first.

    Told apart by a random sum of their numbers modulo 2**64 (``numpy.unique`` compares rows number
    by number, which takes far longer): that one in many billions is taken for another and lost does
    no harm where rows only suggest.
    """
    if not matrix.size:
        return matrix[:1]
    factors = np.random.default_rng(1).integers(1, 2**63, (matrix.shape[1],), dtype=np.uint64)
    keys = np.zeros(len(matrix), dtype=np.uint64)
    if matrix.flags.f_contiguous:
        for place in range(matrix.shape[1]):
            keys += matrix[:, place].astype(np.uint64) * factors[place]
        return matrix[_first(keys)]
    for begin in range(0, len(matrix), BLOCK):
        block = matrix[begin : begin + BLOCK]
        keys[begin : begin + BLOCK] = block.astype(np.uint64) @ factors
    return matrix[_first(keys)]


def _first(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.intp]:
    """Where each key occurs first, in order."""
    _, first = np.unique(keys, return_index=True)
    return np.sort(first)
