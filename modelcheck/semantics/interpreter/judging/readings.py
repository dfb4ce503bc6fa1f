"""What a condition reads, for saying why it is false."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from modelcheck.model import typed
from modelcheck.model.trees import below

#: What is read, and what is asked of locks, processes and pools.
Reading: TypeAlias = (
    typed.Load
    | typed.LocalRead
    | typed.Ask
    | typed.AtLabel
    | typed.AfterLabel
    | typed.CountAt
    | typed.Done
    | typed.CountAllocated
)
_READINGS = (
    typed.Load,
    typed.LocalRead,
    typed.Ask,
    typed.AtLabel,
    typed.AfterLabel,
    typed.CountAt,
    typed.Done,
    typed.CountAllocated,
)


def readings(node: object) -> Iterator[Reading]:
    """The places that an expression reads and the questions that it asks, from left to right; not
    those inside quantifiers and calls.
    """
    for part in below(node, (*_READINGS, typed.Quantifier, typed.CallExpr)):
        if isinstance(part, _READINGS):
            yield part
