"""States from which nothing good can be reached any more: one backward pass over the explored graph.

Edges are not stored. Going through the states from the deepest to the initial one and asking each whether a successor is already known to be good
settles all but the states whose way out leads first to a shallower state; for what two such sweeps leave over, edges are collected
and followed backwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from modelcheck.engines.explicit.successors import Successors


def first_stuck(order: Sequence[int], visited: set[int], good: Iterable[int], successors: Successors) -> int | None:
    """Return the index in ``order`` of the first state that can reach neither a state of ``good`` nor a fault; None if there is none.

    ``visited`` must be the set of the states in ``order``; it is consumed.
    """
    bad = visited
    bad.difference_update(good)
    left: Sequence[int] = order
    for _ in range(2):
        left = _sweep(left, bad, successors)
        if not left:
            return None
    _propagate(left, bad, successors)
    if not bad:
        return None
    return next(index for index, state in enumerate(order) if state in bad)


def _sweep(states: Sequence[int], bad: set[int], successors: Successors) -> list[int]:
    """Take every state with a good successor (or a fault) out of ``bad``, last one first; return what stays, in order."""
    rows, new_row, control = successors.rows, successors.row, successors.control
    stays: list[int] = []
    for state in reversed(states):
        if state not in bad:
            continue
        row = rows.get(state & control) or new_row(state)
        for get, mask, compute in row:
            count, deltas, watched = get(state & mask) or compute(state, 0)
            for delta in deltas:
                if state + delta not in bad:
                    break
            else:
                if count == len(deltas):
                    continue
                if count == len(deltas) + len(watched) and all(state + delta in bad for delta, _ in watched):
                    continue
            bad.remove(state)
            break
        else:
            stays.append(state)
    stays.reverse()
    return stays


def _propagate(states: Sequence[int], bad: set[int], successors: Successors) -> None:
    """Take every state that can reach a good one out of ``bad``; all bad states are among ``states``."""
    predecessors: dict[int, list[int]] = {}
    work: list[int] = []
    for state in states:
        for target in successors.targets(state):
            if target in bad:
                predecessors.setdefault(target, []).append(state)
            else:
                work.append(state)
    while work:
        state = work.pop()
        if state in bad:
            bad.remove(state)
            work.extend(predecessors.get(state, ()))
