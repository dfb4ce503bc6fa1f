"""Proofs for any number of instances: from a model to lemmas, an invariant, and a certificate that a
second solver confirmed.

What is proved is proved of the counter abstraction of the elaborated system, which is compared with
the system first (``comparison``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial

from modelcheck.engines.induction.guesses.candidates import guess
from modelcheck.engines.induction.samples.comparison import compare
from modelcheck.engines.induction.samples.compiled import visited
from modelcheck.engines.induction.samples.samples import Block, Sampler, Samples
from modelcheck.engines.induction.samples.view import View
from modelcheck.engines.induction.subject import Countable, count, countable
from modelcheck.engines.protocol import Sized
from modelcheck.engines.semantics import Semantics
from modelcheck.ir.terms import Term
from modelcheck.ir.uncountable import NotCountable
from modelcheck.model import typed
from modelcheck.result.proof import Outcome, Request
from modelcheck.result.reasons.proofs import AnyNumberOf, NoProof, NotFound

#: Numbers of instances whose states are sampled, and how many of each: all for the first ones,
#: unless there are too many.
SAMPLED = (0, 1, 2, 3, 4, 6)
SAMPLE_STATES = (8_000, 8_000, 20_000, 60_000, 3_000, 1_000)
#: Numbers whose states are visited in compiled code if there are many, and how many states then.
COMPILED = (2, 3)
COMPILED_STATES = 600_000
#: How many lemmas may turn out to be wrong before so many times as many states are sampled. Where
#: the samples with three instances are complete, it is hardly ever one; where they are not, a
#: thousand.
WRONG, MORE = 25, 5
#: States that are visited from one that no lemma excludes.
AROUND = 300
#: The largest k with which k-induction is tried.
DEEPEST = 3
#: How often local states may be added that no sample had.
REPEATED = 4
#: Spacer is asked about what stays open if there are no more variables than this, and for no
#: longer: with more it has not been seen to answer.
SPACER_VARIABLES = 24
SPACER_SECONDS = 6.0

#: Names the properties that exploration refutes.
Doubt = Callable[[], Collection[str]]


def prove_any_number(
    model: typed.Model,
    sized: Sized,
    semantics: Semantics,
    wanted: Sequence[str],
    seconds: float,
    request: Request | None = None,
    doubt: Doubt | None = None,
) -> dict[str, Outcome]:
    """Try to prove that the properties ``wanted`` (existential: their negation) hold for any number of instances.

    ``sized`` makes the model with fixed numbers. ``doubt``: asked, perhaps again and again, where
    the proof comes to no end: one property that does not hold may keep all others from being
    proved. Raises ``SpecError`` if the model cannot be elaborated, or the certificate not be
    written.
    """
    started = time.monotonic()
    try:
        found = _prove(model, sized, semantics, wanted, started + seconds, request or Request(), doubt)
    except NotCountable as reason:
        found = {name: Outcome(False, NoProof(reason.why, any_number=True)) for name in wanted}
    except OverflowError:
        # numpy's, from a sample or from a state that z3 came up with.
        found = {name: Outcome(False, NoProof(NotFound.TOO_WIDE, any_number=True)) for name in wanted}
    spent = (time.monotonic() - started) / max(len(wanted), 1)
    return {name: replace(o, seconds=spent) for name, o in found.items()}


def _prove(
    model: typed.Model,
    sized: Sized,
    semantics: Semantics,
    wanted: Sequence[str],
    end: float,
    request: Request,
    doubt: Doubt | None,
) -> dict[str, Outcome]:
    from modelcheck.engines.induction.conclusion import conclude
    from modelcheck.engines.induction.fallback import ask_spacer
    from modelcheck.engines.induction.houdini import Escaped, Misled
    from modelcheck.engines.induction.invariant import prove
    from modelcheck.solver.lemmas import Undecided

    known = countable(model, sized, semantics)
    two, process = known.two, known.process
    sampler = Sampler(known.replicas, known.growth)
    samples = _sample(known, sampler, 1, end)
    ids = {p.name: p.id for p in two.properties}
    names = {p.id: p.name for p in two.properties}
    result: dict[str, Outcome] = {}
    missing = Outcome(False, NoProof(NotFound.NOT_WITH_TWO, any_number=True))
    result.update({name: missing for name in wanted if name not in ids})
    open = {name: ids[name] for name in wanted if name in ids}
    if not open:
        return result

    def refuted(among: Sequence[int]) -> list[int]:
        violated = () if doubt is None else doubt()
        return [id for id in among if names[id] in violated]

    try:
        known_lemmas: tuple[Term, ...] = ()
        # Of complete samples there are no more to be had.
        allowed = None if max(COMPILED) in samples.complete else WRONG
        for repeated in range(REPEATED + 2):
            subject = count(model, known, [sampler.local_values(x) for x in samples.locals])
            counted = subject.counted
            if not repeated:
                compare(counted, sampler, samples, known.three, process)
            view = View(counted, sampler, samples)
            try:
                guesses = guess(counted, view.everything(), 0, partial(view.around, limit=AROUND))
                guesses = replace(guesses, plain=(*guesses.plain, *known_lemmas))
                patience = allowed if repeated <= REPEATED else None
                left = end - time.monotonic()
                invariant = prove(counted, guesses, tuple(open.values()), left, DEEPEST, patience, refuted)
                break
            except Misled:
                samples, allowed, known_lemmas = _sample(known, sampler, MORE, end), None, ()
            except Escaped as escape:
                if repeated > REPEATED or not view.extend(escape.state, AROUND):
                    raise
                known_lemmas = escape.lemmas
        if len(counted.variables) <= SPACER_VARIABLES:
            invariant = ask_spacer(counted, invariant, min(SPACER_SECONDS, (end - time.monotonic()) / 3))
        return {**result, **conclude(subject, invariant, request, end, AnyNumberOf(process))}
    except Undecided as reason:
        return {name: Outcome(False, NoProof(reason.why, any_number=True)) for name in wanted}


def _sample(known: Countable, sampler: Sampler, times: int, end: float) -> Samples:
    """``times``: as many states as usual."""

    def visit(n: int, most: int, deadline: float) -> tuple[Block, bool] | None:
        return visited(known, sampler, n, most, deadline) if n in COMPILED else None

    limits = [times * many for many in SAMPLE_STATES]
    return sampler.sample(SAMPLED, limits, min(20.0, (end - time.monotonic()) / 4), visit, COMPILED_STATES)
