"""Which explorer a System gets: the plain one while it is small, native code when it turns out not to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from modelcheck.engines.budget import Budget
from modelcheck.engines.explicit import Exploration, InconsistentSystem, Stop, explore
from modelcheck.engines.progress import Progress
from modelcheck.ir.system import System

#: Below this many states the plain explorer answers before native code is ready: it visits a state in about 8 us, and importing
#: LLVM and compiling a system of a few hundred steps take 0.15 to 0.35 s.
PLAIN_STATES = 20_000


def explore_adaptively(
    system: System,
    budget: Budget,
    progress: Progress | None = None,
    interrupted: Callable[[], bool] | None = None,
) -> Exploration:
    """Visit every reachable state within the budget and answer all properties, with the explorer that is faster.

    Raises ``InconsistentSystem`` if the system breaks its contract.
    """
    limit = budget.states
    if limit is not None and limit <= PLAIN_STATES:
        return explore(system, budget, progress, interrupted)
    found = explore(system, replace(budget, states=PLAIN_STATES), progress, interrupted)
    if found.stopped is not Stop.STATES:
        return found
    from modelcheck.engines import native

    remaining = budget
    if budget.seconds is not None:
        remaining = replace(budget, seconds=max(0.0, budget.seconds - found.seconds))
    try:
        again = native.explore(system, remaining, progress, interrupted)
    except native.Unsupported:
        return explore(system, remaining, progress, interrupted)
    _compare(found, again)
    return again


def _compare(plain: Exploration, native: Exploration) -> None:
    """Both explorers number the states in the same order, so their levels begin at the same numbers as far as both got."""
    for depth, (first, second) in enumerate(zip(plain.levels, native.levels, strict=False)):
        if first != second:
            raise InconsistentSystem(
                f"the two explorers count different numbers of states: {first} and {second} of less than {depth} steps"
            )
