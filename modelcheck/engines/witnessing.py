"""What of that which properties need (``ir.system.Sought``) was seen in an exploration, and what is
still to be looked for in its states.

An exploration notes which steps were taken anyway. What that does not answer is a condition over
states; a complete exploration has them all at hand, and looks through them until it is met: only
what never is takes a look at every state.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from modelcheck.ir.system import Sought, System
from modelcheck.ir.terms import Term

#: More steps than this are not looked at one by one for one condition.
MOST_STEPS = 4_000


def split(system: System, fired: AbstractSet[int]) -> tuple[set[int], dict[int, Term]]:
    """Return the numbers (in ``system.sought``) of what is known to be met, and for the rest the
    condition that some state has to meet.
    """
    met: set[int] = set()
    open: dict[int, Term] = {}
    for number, sought in enumerate(system.sought):
        if sought.initially or any(condition.is_true and id in fired for id, condition in sought.steps):
            met.add(number)
            continue
        condition = _over_states(system, sought, fired)
        if condition.is_true:
            met.add(number)
        elif not condition.is_false:
            open[number] = condition
    return met, open


def _over_states(system: System, sought: Sought, fired: AbstractSet[int]) -> Term:
    terms = system.terms
    ways = [(id, condition) for id, condition in sought.steps if id in fired]
    parts = [terms.and_(system.steps[id].guard, condition) for id, condition in ways[:MOST_STEPS]]
    return terms.or_(*parts, sought.state if sought.state is not None else terms.false)
