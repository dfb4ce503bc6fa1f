"""The invariant in every state that exploration reaches with few instances: a proof that contradicts
exploration is a bug, and never a proof.

Explored is the elaborated system, as always, with one property: that some lemma is false.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from modelcheck.engines.adaptive import Explorer, explore_with
from modelcheck.engines.induction.certificates.observed import Disagreement, view_of
from modelcheck.engines.induction.subject import Subject
from modelcheck.ground.source import NOWHERE
from modelcheck.ir.passes.copy import copier
from modelcheck.ir.system import Form, StateCondition, System, SystemProperty
from modelcheck.ir.terms import Term
from modelcheck.result.budget import Budget
from modelcheck.result.comparisons import InvariantEvaluated
from modelcheck.result.reasons.proofs import InvariantFalse, Unlike
from modelcheck.result.verdict import Verdict

#: Numbers of instances that are explored.
EXPLORED = (0, 1, 2)
#: At most so many states are visited with each number, in at most so many seconds.
STATES = 300_000
SECONDS = 10.0
#: If a number of instances has so many states, the next one is explored in compiled code: lemmas
#: are evaluated far faster there.
MANY = 300
#: So many where every number is fixed: such a model is proved because it has no end.
FIRST_STATES = 50_000


def hold_everywhere(subject: Subject, lemmas: Sequence[Term]) -> InvariantEvaluated:
    """Evaluate the lemmas in every explored state; return what was done.

    Raises ``Disagreement`` if one is false somewhere, ``SpecError`` if the model cannot be elaborated.
    """
    known = subject.countable
    if known is None:
        visited, complete = _explored(subject, subject.system, lemmas, None, FIRST_STATES)
        return InvariantEvaluated(visited, complete)
    total = visited = 0
    numbers: list[int] = []
    everything = True
    for n in EXPLORED:
        system = known.system_of(n)
        if view_of(subject, system) is None:
            continue
        explorer: Explorer = "native" if visited >= MANY else "auto"
        visited, complete = _explored(subject, system, lemmas, n, STATES, explorer)
        total += visited
        everything = everything and complete
        numbers.append(n)
    return InvariantEvaluated(total, everything, (numbers[0], numbers[-1]))


def _explored(
    subject: Subject,
    system: System,
    lemmas: Sequence[Term],
    instances: int | None,
    most: int,
    explorer: Explorer = "auto",
) -> tuple[int, bool]:
    """How many states were visited, and whether these are all."""
    terms = system.terms
    view = view_of(subject, system)
    if view is None:
        raise Disagreement(Unlike.NOTHING_COMPARABLE)
    told = view.terms(system)
    replacements = {v.id: term for v, term in zip(subject.counted.variables, told, strict=True) if term is not None}
    copy = copier(terms, replacements)
    wrong = tuple(StateCondition(terms.not_(copy(lemma)), None) for lemma in lemmas)
    broken = SystemProperty(
        0, "invariant", "invariant", frozenset({Form.STATE}), False, False, wrong, False, None, NOWHERE
    )
    steps = tuple(replace(step, raises=(), occurrences=()) for step in system.steps)
    asked = replace(system, steps=steps, properties=(broken,), initial_raises=())
    budget = Budget(seconds=SECONDS, states=most, reductions=False)
    found = explore_with(explorer, asked, budget)
    if found.answers[0].verdict is Verdict.VIOLATED:
        raise Disagreement(InvariantFalse(instances, explored=True))
    return found.states, found.complete
