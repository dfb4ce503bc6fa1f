"""A second opinion on ``stuck``: on the interpreter's own graph where all of it is there, and by
looking ahead in the interpreter where it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from typing import Protocol, TypeVar

from modelcheck.result.trace import Move

S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)


class Way(Protocol[S_co]):
    """A transition; ``target`` is None if it faults."""

    @property
    def move(self) -> Move: ...
    @property
    def target(self) -> S_co | None: ...


def first_stuck(edges: Sequence[Sequence[int]], ends: Set[int], depths: Sequence[int]) -> int | None:
    """Return the least depth of a state from which no state of ``ends`` can be reached; None if there is none.

    ``edges``: for each state its successors.
    """
    good = bytearray(len(edges))
    for number in ends:
        good[number] = 1
    # From the last state down, since most get nearer to an end; the few that this leaves open are reached backwards.
    waiting: list[int] = []
    for number in range(len(edges) - 1, -1, -1):
        if not good[number]:
            for target in edges[number]:
                if good[target]:
                    good[number] = 1
                    break
            else:
                waiting.append(number)
    before: dict[int, list[int]] = {}
    reached: list[int] = []
    for number in waiting:
        for target in edges[number]:
            before.setdefault(target, []).append(number)
            if good[target]:
                reached.append(number)
    while reached:
        number = reached.pop()
        if not good[number]:
            good[number] = 1
            reached += before.get(number, ())
    return min((depths[number] for number in waiting if not good[number]), default=None)


def can_end(
    state: S, drained: Callable[[S], bool], transitions: Callable[[S], Sequence[Way[S]]], limit: int
) -> bool | None:
    """Return whether a drained state or a fault can be reached from a state; None if that is not known
    after ``limit`` states.

    Depth first, the last process first: a run of one process after the other ends soon in most models.
    """
    seen = {state}
    work = [state]
    while work:
        current = work.pop()
        if drained(current):
            return True
        for way in transitions(current):
            if way.target is None:
                return True
            if way.target not in seen:
                seen.add(way.target)
                work.append(way.target)
        if len(seen) > limit:
            return None
    return False
