"""States from which nothing good can be reached any more.

Edges are not stored. From each state that is not known to be good a depth-first walk goes on until
it meets a good state or a fault: then the whole path behind it is good. Each state is expanded
once, and most walks are a step or two long. A state whose successors were all met before (by a walk
that came back from them, or on the path itself) stays open; for those few, edges are collected and
followed backwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from modelcheck.engines.explicit.successors import Successors


def first_stuck(order: Sequence[int], visited: set[int], good: Iterable[int], successors: Successors) -> int | None:
    """Return the index in ``order`` of the first state that can reach neither a good state nor a
    fault; None if there is none.

    ``visited`` must be the set of the states in ``order``; it is consumed.
    """
    bad = visited
    bad.difference_update(good)
    open_: set[int] = set()
    for state in order:
        if state in bad and state not in open_:
            _walk(state, bad, open_, successors)
    if bad:
        _propagate(bad, successors)
    if not bad:
        return None
    return next(index for index, state in enumerate(order) if state in bad)


def _walk(start: int, bad: set[int], open_: set[int], successors: Successors) -> None:
    """Go on from ``start`` until something good is met, and take the path out of ``bad``; what led
    nowhere joins ``open_``.
    """
    path = [start]
    pending: list[list[int]] = []
    while path:
        if len(pending) < len(path):
            targets = successors.targets(path[-1])
            if targets is None or not bad.issuperset(targets):
                bad.difference_update(path)
                open_.difference_update(path)
                return
            open_.add(path[-1])
            pending.append(targets)
        targets = pending[-1]
        while targets:
            target = targets.pop()
            if target not in open_:
                path.append(target)
                break
        else:
            path.pop()
            pending.pop()


def _propagate(bad: set[int], successors: Successors) -> None:
    """Take every state that can reach one outside of ``bad`` out of it. None of them has a step that faults."""
    predecessors: dict[int, list[int]] = {}
    work: list[int] = []
    for state in bad:
        for target in successors.targets(state) or ():
            if target in bad:
                predecessors.setdefault(target, []).append(state)
            else:
                work.append(state)
    while work:
        state = work.pop()
        if state in bad:
            bad.remove(state)
            work.extend(predecessors.get(state, ()))
