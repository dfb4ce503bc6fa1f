"""Proofs about models with fixed numbers of processes and unbounded integers.

Exploration cannot finish such a model. Lemmas are guessed from the states that it reaches first and
from random walks, and proved like those for any number of instances: z3 finds an inductive
invariant among them (k-induction where they do not suffice), cvc5 confirms it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import replace

from modelcheck.engines.explicit.machine import Machine
from modelcheck.engines.induction.guesses.candidates import Guess, columns
from modelcheck.engines.induction.guesses.relations import guess_relations
from modelcheck.engines.semantics import Semantics
from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.evaluate import evaluate
from modelcheck.ir.layout import FieldOverflow
from modelcheck.ir.passes.constants import fold_constants
from modelcheck.ir.system import System
from modelcheck.ir.terms import INT
from modelcheck.model import typed
from modelcheck.result.proof import Outcome, Request
from modelcheck.result.reasons.proofs import AnySize, NoProof, NotAttempted, NotFound

#: States that are sampled: the first ones that exploration reaches, and those of random walks.
FIRST_STATES = 2_500
WALKS = 40
WALK_LENGTH = 150
#: Bits of an unbounded integer in a sample.
WIDTH = 40
#: The largest k with which k-induction is tried.
DEEPEST = 3
#: An integer with so many values while everything bounded is the same seems to grow for ever; seconds to look for it.
GROWN = 8
GROWTH_SECONDS = 5.0
#: Sampled states on which the proof's steps are compared with the compiled ones.
COMPARED = 24
SEED = 20101201

Row = dict[int, bool | int]


def prove_fixed(
    model: typed.Model,
    system: System,
    semantics: Semantics,
    wanted: Sequence[str],
    seconds: float,
    request: Request | None = None,
    *,
    guessing: bool = True,
) -> dict[str, Outcome]:
    """Try to prove that the properties ``wanted`` (existential: their negation) hold in every reachable state.

    ``system``: elaborated from ``model``. Without ``guessing`` Spacer is asked at once, for as long
    as there is time. Raises ``SpecError`` if the certificate cannot be written.
    """
    started = time.monotonic()
    found = _prove(model, system, semantics, wanted, started + seconds, request or Request(), guessing)
    spent = (time.monotonic() - started) / max(len(wanted), 1)
    return {name: replace(outcome, seconds=spent) for name, outcome in found.items()}


def _prove(
    model: typed.Model,
    system: System,
    semantics: Semantics,
    wanted: Sequence[str],
    end: float,
    request: Request,
    guessing: bool,
) -> dict[str, Outcome]:
    from modelcheck.engines.induction.conclusion import conclude
    from modelcheck.engines.induction.fallback import ask_spacer
    from modelcheck.engines.induction.invariant import prove
    from modelcheck.engines.induction.subject import fixed
    from modelcheck.solver.lemmas import Undecided

    def refuse(why: NotAttempted | NoProof) -> dict[str, Outcome]:
        return {name: Outcome(False, why) for name in wanted}

    if system.initial_fault:
        return refuse(NotAttempted.INITIAL_FAULT)
    subject = fixed(model, system, semantics)
    smaller, target = subject.system, subject.counted
    try:
        rows = sample(smaller, end - (end - time.monotonic()) * 3 / 4)
    except FieldOverflow:
        return refuse(NotAttempted.GROWS_TOO_FAST)
    if not _agree(smaller, target, rows):
        return refuse(NotAttempted.OTHER_SUCCESSORS)
    open = [p.id for p in system.properties if p.name in set(wanted)]
    try:
        if guessing:
            guesses = guess_relations(target, columns(target, rows))
            invariant = prove(target, guesses, open, end - time.monotonic(), DEEPEST)
            invariant = ask_spacer(target, invariant, (end - time.monotonic()) / 2)
        else:
            invariant = prove(target, Guess((), (), (), (), ()), open, end - time.monotonic())
            rest = (end - time.monotonic()) * 2 / 3
            invariant = ask_spacer(target, invariant, rest, rest)
        return conclude(subject, invariant, request, end, AnySize())
    except Undecided as reason:
        return refuse(NoProof(reason.why, any_number=False))
    except OverflowError:
        # numpy's, from a sample or from a state that z3 came up with.
        return refuse(NoProof(NotFound.TOO_WIDE, any_number=False))


# samples


def _machine(system: System) -> Machine:
    open = {v.id for v in system.variables if v.sort == INT and (v.low is None or v.high is None)}
    return Machine(system, dict.fromkeys(open, WIDTH))


def sample(system: System, deadline: float) -> list[Row]:
    """States of the system by variable id: the first ones in breadth-first order, then those of random walks.

    Stops early when ``time.monotonic()`` passes ``deadline``. Raises ``FieldOverflow`` if an
    integer needs more than ``WIDTH`` bits.
    """
    machine = _machine(system)
    known: dict[int, list[int]] = {}

    def targets(state: int) -> list[int]:
        found = known.get(state)
        if found is None:
            found = known[state] = [t.target for t in machine.transitions(state) if t.target is not None]
        return found

    seen: dict[int, None] = {machine.initial: None}
    level = [machine.initial]
    while level and len(seen) < FIRST_STATES and time.monotonic() < deadline:
        following = dict.fromkeys(target for state in level for target in targets(state) if target not in seen)
        seen.update(following)
        level = list(following)
    chance = random.Random(SEED)
    for _ in range(WALKS):
        state = machine.initial
        for _ in range(WALK_LENGTH):
            if not targets(state) or time.monotonic() > deadline:
                break
            state = chance.choice(targets(state))
            seen[state] = None
    return [{v.id: machine.layout.value(state, v.id) for v in system.variables} for state in seen]


def grows(system: System) -> tuple[str, ...]:
    """The names of unbounded integers that seem to grow for ever: much else repeats while they do not.

    A hint and no proof.
    """
    smaller, _ = fold_constants(system)
    open = [v for v in smaller.variables if v.sort == INT and (v.low is None or v.high is None)]
    rest = [v.id for v in smaller.variables if v not in open]
    try:
        rows = sample(smaller, time.monotonic() + GROWTH_SECONDS)
    except FieldOverflow:
        return tuple(v.name for v in open)
    values: dict[tuple[bool | int, ...], list[set[bool | int]]] = {}
    for row in rows:
        found = values.setdefault(tuple(row[id] for id in rest), [set() for _ in open])
        for seen, v in zip(found, open, strict=True):
            seen.add(row[v.id])
    return tuple(v.name for i, v in enumerate(open) if any(len(found[i]) >= GROWN for found in values.values()))


def _agree(system: System, target: CounterSystem, rows: Sequence[Row]) -> bool:
    """Whether the steps that proofs use lead to the same states as the compiled ones, on some samples."""
    machine = _machine(system)
    variables = system.variables
    for row in random.Random(SEED).sample(rows, min(COMPARED, len(rows))):
        state = machine.layout.pack([row[v.id] for v in variables], variables)
        expected = {t.target for t in machine.transitions(state)}
        found: set[int | None] = set()
        for step in target.steps:
            if not evaluate(step.guard, row):
                continue
            if step.fault:
                found.add(None)
                continue
            after = {**row, **{id: evaluate(value, row) for id, value in step.updates}}
            found.add(machine.layout.pack([after[v.id] for v in variables], variables))
        if found != expected:
            return False
    return True
