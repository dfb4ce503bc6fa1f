"""How the time of a search for an invariant is shared: all properties together first, and one by one
where that comes to no end.

One property that does not hold, or is beyond the lemmas, would keep all others from a proof.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from modelcheck.engines.induction.guesses.candidates import Guess
from modelcheck.engines.induction.houdini import Escaped, Houdini, Invariant, Misled
from modelcheck.ir.counted import CounterSystem
from modelcheck.result.reasons.proofs import NotFound
from modelcheck.solver.lemmas import Undecided, undecided_where_z3_fails

#: Which of some properties (by id) are known to be violated by now.
Doubt = Callable[[Sequence[int]], Collection[int]]
#: Properties are proved one after the other if all of them together take this part of the time, or
#: lead to so many lemmas that are not preserved: it may be that one of them does not hold.
TOGETHER, WRONG = 0.5, 100
#: So many wrong lemmas, and somebody else is asked whether a property is violated.
SUSPICIOUS = 10


def prove(
    system: CounterSystem,
    guess: Guess,
    wanted: Sequence[int],
    seconds: float,
    deepest: int = 0,
    wrong: int | None = None,
    doubt: Doubt | None = None,
) -> Invariant:
    """Find an inductive invariant among the candidates that proves as many of the ``wanted`` properties as possible.

    ``deepest``: the largest k with which k-induction is tried; 0: candidates alone. ``wrong``: how
    many lemmas may be taken and not be preserved (None: any number). ``doubt``: asked where the
    search comes to no end; those it names are given up. Raises ``Undecided``.
    """
    with undecided_where_z3_fails():
        return _prove(system, guess, wanted, time.monotonic() + seconds, deepest, wrong, doubt)


def _prove(
    system: CounterSystem,
    guess: Guess,
    wanted: Sequence[int],
    end: float,
    deepest: int,
    wrong: int | None,
    doubt: Doubt | None,
) -> Invariant:
    seconds = end - time.monotonic()
    together = len(wanted) > 1
    share, allowed = seconds, wrong
    if together:
        share *= TOGETHER
        allowed = (WRONG if doubt is None else SUSPICIOUS) if wrong is None else wrong
    try:
        return Houdini(system, guess, share, deepest, allowed).result(wanted)
    except Escaped:
        raise
    except Undecided as reason:
        misled = isinstance(reason, Misled)
        refuted = frozenset(doubt(wanted)) if doubt is not None and (together or misled) else frozenset()
        if not refuted and (not together or (wrong is not None and misled)):
            raise
    if not refuted:
        if misled and doubt is not None:
            return _prove(system, guess, wanted, end, deepest, wrong, None)
        return Houdini(system, guess, end - time.monotonic(), deepest).one_by_one(wanted)
    found = _prove(system, guess, [id for id in wanted if id not in refuted], end, deepest, wrong, doubt)
    return replace(found, open={**found.open, **dict.fromkeys(sorted(refuted), NotFound.VIOLATED_BY_MORE)})
