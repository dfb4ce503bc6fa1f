"""Deciding ``stuck``: calls the backward passes (see ``marking``) until nothing changes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from modelcheck.engines.native.findings import Words
from modelcheck.engines.native.storage.arrays import GrowingArray
from modelcheck.engines.native.storage.context import Cell, Status
from modelcheck.engines.native.storage.storage import Storage
from modelcheck.engines.native.thread_pool import TOGETHER, Crew


class Interrupted(Exception):
    """The budget ended before the answer was known."""


def first_stuck(
    storage: Storage,
    crew: Crew,
    functions: Mapping[str, Callable[[int], int]],
    levels: Sequence[int],
    tick: Callable[[], bool],
) -> tuple[int, Words] | None:
    """Return the least state of the lowest level from which neither a drained state nor a fault can be
    reached, with its level.

    All states must have been expanded. It takes five bytes for each state, and up to eight more for
    each that ``mark`` leaves open. ``tick`` as in ``Crew.run``. Raises ``Interrupted`` if it
    returned true.
    """
    count = storage.count
    marks = GrowingArray(np.uint8, count)
    storage.put(Cell.MARKS, marks.address)

    def run(name: str, together: bool) -> int:
        """One pass over all states; return how many are not marked."""
        storage.work_on(0, count)
        if crew.run(functions[name], together, tick) != {Status.DONE}:
            raise Interrupted
        return count - int(np.count_nonzero(marks.view(0, count)))

    links = GrowingArray(np.uint32, count)
    storage.put(Cell.NEXT, links.address)
    storage.most_extra = 5 * count
    run("hurry", together=count >= TOGETHER)
    left = run("chase", together=count >= TOGETHER)
    del links
    before = count
    # Most of what is left is decided at once, or needs many passes.
    while left and 2 * left <= before:
        before, left = left, run("mark", together=count >= TOGETHER)
    while left:
        waiting, following = GrowingArray(np.uint32, count), GrowingArray(np.uint32, count)
        storage.most_extra = max(storage.most_extra, count + 8 * left)
        storage.put(Cell.WAITING, waiting.address)
        storage.put(Cell.FOLLOWING, following.address)
        before, left = left, run("settle", together=False)
        if left == before:
            unmarked = np.flatnonzero(marks.view(0, count) == 0)
            level = bisect_right(levels, int(unmarked[0])) - 1
            end = levels[level + 1] if level + 1 < len(levels) else count
            return level, storage.least(unmarked[unmarked < end])
    return None
