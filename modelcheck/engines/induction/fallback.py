"""What the candidate lemmas do not prove: Spacer is asked, with the lemmas that are proved as a start."""

from __future__ import annotations

import time
from dataclasses import replace

from modelcheck.engines.induction.guesses.candidates import Guess
from modelcheck.engines.induction.houdini import Invariant
from modelcheck.engines.induction.invariant import prove
from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.terms import Term, conjuncts
from modelcheck.result.reasons.proofs import AlsoSpacer
from modelcheck.solver.lemmas import Undecided
from modelcheck.solver.spacer import search

#: Seconds for one property, and those below which it is not worth starting.
MOST_SECONDS = 5.0
LEAST_SECONDS = 0.5


def ask_spacer(system: CounterSystem, invariant: Invariant, seconds: float, most: float = MOST_SECONDS) -> Invariant:
    """Try to prove the properties that ``invariant`` leaves open.

    ``most``: seconds for one property. What Spacer finds are candidates like any others: they count
    if z3 finds them inductive together with the lemmas.
    """
    end = time.monotonic() + seconds
    open = [id for id in sorted(invariant.open) if id in system.bad and id not in system.refused]
    found: list[Term] = []
    reasons = dict(invariant.open)
    for position, id in enumerate(open):
        share = min(most, (end - time.monotonic()) / (len(open) - position))
        if share < LEAST_SECONDS:
            break
        answer = search(system, invariant.inductive, system.terms.or_(*system.violations(id)), share)
        if answer.invariant is None:
            assert answer.reason is not None
            first = reasons[id]
            reasons[id] = AlsoSpacer(first.why if isinstance(first, AlsoSpacer) else first, answer.reason)
        else:
            found += conjuncts(answer.invariant)
    invariant = replace(invariant, open=reasons)
    if not found:
        return invariant
    candidates = Guess((), (), (), (), (*invariant.inductive, *found))
    try:
        again = prove(system, candidates, [*sorted(invariant.proved), *open], max(end - time.monotonic(), MOST_SECONDS))
    except Undecided:
        return invariant
    if not again.proved > invariant.proved:
        return invariant
    return replace(again, open={id: why for id, why in reasons.items() if id not in again.proved})
