"""Fewer context switches by moving the steps of one run, where there are too many others to choose from.

A stretch of steps of one thread is moved next to the thread's stretch before or after it, and the
result is kept if every move is still possible, the property is violated by the last step and no
earlier, and there are fewer switches; until nothing helps any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from modelcheck.checking.shrink.effort import Effort, TooLarge
from modelcheck.checking.shrink.runs import Run
from modelcheck.result.trace import Move, Schedule
from modelcheck.semantics.interpreter.interpreter import Interpreter

#: So many moves are put together in the time of one step of the interpreter.
_MOVES_PER_STEP = 30


def switches(schedule: Schedule) -> int:
    """Count the context switches of a run."""
    return len(_stretches(schedule)) - 1 if schedule else 0


def fewer_switches(
    interpreter: Interpreter, schedule: Schedule, property_: int, effort: Effort | None = None
) -> Schedule:
    """Return a run with the same steps that violates (witnesses) ``property_`` with fewer context
    switches, or ``schedule`` itself.

    Where ``effort`` (the usual one, if nothing is said) is used up, the best run so far is returned.
    """
    effort = effort or Effort()
    better: Schedule | None = schedule
    try:
        while better is not None:
            schedule = better
            better = _better(interpreter, schedule, property_, effort)
    except TooLarge:
        pass
    return schedule


def _better(interpreter: Interpreter, schedule: Schedule, property_: int, effort: Effort) -> Schedule | None:
    count = switches(schedule)
    for moved in _moved(schedule):
        # To put a run together takes a part of what its steps take.
        effort.spend(1 + len(moved) // _MOVES_PER_STEP)
        if switches(moved) < count and _violates(interpreter, moved, property_, effort):
            return moved
    return None


def _stretches(schedule: Schedule) -> list[tuple[Move, ...]]:
    return [tuple(moves) for _, moves in groupby(schedule, key=lambda move: move.process)]


def _moved(schedule: Schedule) -> Iterator[Schedule]:
    stretches = _stretches(schedule)
    for first, stretch in enumerate(stretches):
        for second in range(first + 2, len(stretches)):
            if stretches[second][0].process == stretch[0].process:
                between = stretches[first + 1 : second]
                before, after = stretches[:first], stretches[second + 1 :]
                for middle in ([stretch, stretches[second], *between], [*between, stretch, stretches[second]]):
                    yield tuple(move for part in (*before, *middle, *after) for move in part)
                break


def _violates(interpreter: Interpreter, schedule: Schedule, property_: int, effort: Effort) -> bool:
    start = interpreter.initial().state
    if start is None:
        return False
    run = Run(interpreter, property_, start, effort)
    for move in schedule:
        if run.violated or not run.follow(move, exactly=True):
            return False
    return run.violated
