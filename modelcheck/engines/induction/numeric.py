"""Which variables count something."""

from __future__ import annotations

from modelcheck.ir.system import Variable, VariableKind
from modelcheck.resolve import typed


def is_numeric(v: Variable) -> bool:
    """Whether sums of the variable make sense: it counts something."""
    if v.kind in (VariableKind.LOCATION, VariableKind.HELD):
        return False
    return isinstance(v.type, typed.IntType | typed.RangeType | typed.AtomicType | typed.LockType)
