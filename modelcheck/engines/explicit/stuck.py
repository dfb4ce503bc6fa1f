"""States from which nothing good can be reached any more: one backward pass over the explored graph.

Edges are not stored. Going through the states from the deepest to the initial one and asking each for its successors settles all but the
states whose way out leads first to a shallower state; for what two such sweeps leave over, edges are collected and followed backwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence


def first_stuck(
    order: Sequence[int],
    visited: set[int],
    good: Iterable[int],
    successors: Callable[[int], list[int] | None],
) -> int | None:
    """Return the index in ``order`` of the first state that cannot reach a state of ``good`` or a fault; None if there is none.

    ``visited`` must be the set of the states in ``order``; it is consumed.
    """
    bad = visited
    bad.difference_update(good)
    left: Sequence[int] = order
    for _ in range(2):
        remaining: list[int] = []
        for state in reversed(left):
            if state not in bad:
                continue
            following = successors(state)
            if following is None or not bad.issuperset(following):
                bad.remove(state)
            else:
                remaining.append(state)
        remaining.reverse()
        left = remaining
        if not left:
            return None
    _propagate(left, bad, successors)
    if not bad:
        return None
    return next(index for index, state in enumerate(order) if state in bad)


def _propagate(left: Sequence[int], bad: set[int], successors: Callable[[int], list[int] | None]) -> None:
    predecessors: dict[int, list[int]] = {}
    work: list[int] = []
    for state in left:
        for following in successors(state) or ():
            if following in bad:
                predecessors.setdefault(following, []).append(state)
            else:
                work.append(state)
    while work:
        state = work.pop()
        if state in bad:
            bad.remove(state)
            work.extend(predecessors.get(state, ()))
