"""Numbers in samples: which variables count something, and rows without repetition."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from modelcheck.ir.system import Variable, VariableKind
from modelcheck.resolve import typed


def is_numeric(v: Variable) -> bool:
    """Whether sums of the variable make sense: it counts something."""
    if v.kind in (VariableKind.LOCATION, VariableKind.HELD):
        return False
    return isinstance(v.type, typed.IntType | typed.RangeType | typed.AtomicType | typed.LockType)


def distinct_rows(matrix: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The different rows in the order in which they occur first (``numpy.unique`` compares rows number by number, which takes far longer)."""
    if not matrix.size:
        return matrix[:1]
    rows = np.ascontiguousarray(matrix)
    keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    _, first = np.unique(keys, return_index=True)
    return rows[np.sort(first)]
