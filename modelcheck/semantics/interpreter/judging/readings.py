"""What a condition reads, for saying why it is false."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from modelcheck.model import typed
from modelcheck.model.trees import below

#: How many values are told of what a condition reads.
READINGS = 4


#: What is read, and what is asked of locks, processes and pools.
Reading: TypeAlias = (
    typed.Load | typed.LocalRead | typed.Ask | typed.AtLabel | typed.AfterLabel | typed.CountAt | typed.CountAllocated
)
_READINGS = (
    typed.Load,
    typed.LocalRead,
    typed.Ask,
    typed.AtLabel,
    typed.AfterLabel,
    typed.CountAt,
    typed.CountAllocated,
)


def readings(node: object) -> Iterator[Reading]:
    """The places that an expression reads and the questions that it asks, from left to right; not
    those inside quantifiers and calls.
    """
    for part in below(node, (*_READINGS, typed.Quantifier, typed.CallExpr)):
        if isinstance(part, _READINGS):
            yield part


def values_told(condition: str, values: Iterable[tuple[str, str]]) -> str:
    """``: x is 3, p->count is 0``, or nothing if the condition itself is all that was read."""
    read = dict(values)
    if condition in read:
        return ""
    told = ", ".join(f"{text} is {value}" for text, value in list(read.items())[:READINGS])
    return f": {told}" if told else ""
