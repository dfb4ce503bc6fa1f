"""Operations of atomics: what is the case for each (docs/semantics.md, section 4).

A new one is a row here and a case in each semantics.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from modelcheck.ground.records import dataclass


class Yields(Enum):
    """What an operation yields."""

    NOTHING = "nothing"
    TRUTH = "a truth value"
    CONTENT = "a number that the atomic can hold"
    NUMBER = "a number"


@dataclass(frozen=True, slots=True)
class AtomicFacts:
    """``arguments``: how many. ``can_fail``: it changes nothing when it fails, so it can stand in guards.

    ``number_first``: the kernel's function takes the number before the atomic. ``ghost``: it is of
    the language, and the kernel has none.
    """

    arguments: int
    yields: Yields
    can_fail: bool = False
    number_first: bool = False
    ghost: bool = False


_NOTHING, _TRUTH, _CONTENT, _NUMBER = Yields.NOTHING, Yields.TRUTH, Yields.CONTENT, Yields.NUMBER

#: Those that look at a number bit by bit: they need one that cannot be negative.
BITWISE = ("fetch_or", "fetch_and", "fetch_xor", "fetch_andnot")

#: All operations by name, which is that of the method.
ATOMICS: Mapping[str, AtomicFacts] = MappingProxyType(
    {
        "read": AtomicFacts(0, _CONTENT),
        "set": AtomicFacts(1, _NOTHING),
        "inc": AtomicFacts(0, _NOTHING),
        "dec": AtomicFacts(0, _NOTHING),
        "add": AtomicFacts(1, _NOTHING, number_first=True),
        "sub": AtomicFacts(1, _NOTHING, number_first=True),
        "inc_return": AtomicFacts(0, _CONTENT),
        "dec_return": AtomicFacts(0, _CONTENT),
        "add_return": AtomicFacts(1, _CONTENT, number_first=True),
        "sub_return": AtomicFacts(1, _CONTENT, number_first=True),
        "fetch_inc": AtomicFacts(0, _CONTENT),
        "fetch_dec": AtomicFacts(0, _CONTENT),
        "fetch_add": AtomicFacts(1, _CONTENT, number_first=True),
        "fetch_sub": AtomicFacts(1, _CONTENT, number_first=True),
        "fetch_or": AtomicFacts(1, _CONTENT, number_first=True),
        "fetch_and": AtomicFacts(1, _CONTENT, number_first=True),
        "fetch_xor": AtomicFacts(1, _CONTENT, number_first=True),
        "fetch_andnot": AtomicFacts(1, _CONTENT, number_first=True),
        "xchg": AtomicFacts(1, _CONTENT),
        "inc_and_test": AtomicFacts(0, _TRUTH),
        "dec_and_test": AtomicFacts(0, _TRUTH),
        "sub_and_test": AtomicFacts(1, _TRUTH, number_first=True),
        "inc_not_zero": AtomicFacts(0, _TRUTH, can_fail=True),
        "add_unless": AtomicFacts(2, _TRUTH, can_fail=True),
        "dec_not_one": AtomicFacts(0, _TRUTH, can_fail=True),
        "dec_if_positive": AtomicFacts(0, _NUMBER, can_fail=True),
        "cmpxchg": AtomicFacts(2, _CONTENT, can_fail=True),
        "try_cmpxchg": AtomicFacts(2, _TRUTH, can_fail=True),
        "freeze": AtomicFacts(1, _TRUTH, can_fail=True, ghost=True),
        "unfreeze": AtomicFacts(1, _NOTHING, ghost=True),
    }
)
