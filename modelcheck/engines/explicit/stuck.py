"""States from which nothing good can be reached any more: one backward pass over the explored graph.

Edges are not stored. Going through the states from the deepest to the initial one, a good state makes its predecessor in the breadth-first tree good,
and only a state without a good child there is asked for its successors. That settles all but the states whose way out leads first
to a state found before them; for what two such sweeps leave over, edges are collected and followed backwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from modelcheck.engines.explicit.successors import Successors


def first_stuck(
    order: Sequence[int], parents: Sequence[int], visited: set[int], good: Iterable[int], successors: Successors
) -> int | None:
    """Return the index of the first state that can reach neither a good state nor a fault; None if there is none.

    ``order``: the states; ``parents``: the index of a predecessor of each but the first; ``good``: indices. ``visited``
    must be the set of the states; it is consumed.
    """
    bad = visited
    is_good = bytearray(len(order))
    for index in good:
        is_good[index] = 1
    left: Sequence[int] = range(len(order))
    for _ in range(2):
        left = _sweep(left, order, parents, is_good, bad, successors)
        if not left:
            return None
    _propagate([order[index] for index in left], bad, successors)
    return next((index for index in left if order[index] in bad), None)


def _sweep(
    indices: Sequence[int],
    order: Sequence[int],
    parents: Sequence[int],
    is_good: bytearray,
    bad: set[int],
    successors: Successors,
) -> list[int]:
    """Take every state with a good successor (or a fault) out of ``bad``, last one first; return the others, in order."""
    rows, new_row, control = successors.rows, successors.row, successors.control
    stays: list[int] = []
    for index in reversed(indices):
        state = order[index]
        if is_good[index]:
            is_good[parents[index]] = 1
            bad.remove(state)
            continue
        for get, mask, compute in rows.get(state & control) or new_row(state):
            count, deltas, watched = get(state & mask) or compute(state, 0)
            for delta in deltas:
                if state + delta not in bad:
                    break
            else:
                if count == len(deltas):
                    continue
                if count == len(deltas) + len(watched) and all(state + delta in bad for delta, _ in watched):
                    continue
            is_good[index] = is_good[parents[index]] = 1
            bad.remove(state)
            break
        else:
            stays.append(index)
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
