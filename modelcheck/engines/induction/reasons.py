"""What a proof that failed could not exclude, told in the user's names."""

from __future__ import annotations

from collections.abc import Sequence

from modelcheck.engines.induction.subject import Subject
from modelcheck.engines.induction.unexcluded import unexcluded
from modelcheck.ir.formulas import Formulas
from modelcheck.ir.terms import Term
from modelcheck.result.proof import Unexcluded

#: For one property.
SECONDS = 4.0


def states_not_excluded(subject: Subject, lemmas: Sequence[Term], properties: Sequence[int]) -> dict[int, Unexcluded]:
    """For each property (by id) that has one, the state that the lemmas allow and the step from it
    that violates the property.
    """
    from modelcheck.solver.why import why_open

    counted = subject.counted
    formulas = Formulas(counted, subject.system, subject.process)
    names = {p.id: p.name for p in subject.system.properties}
    found: dict[int, Unexcluded] = {}
    for id in properties:
        failure = why_open(counted, lemmas, id, SECONDS) if id in counted.bad else None
        if failure is not None:
            step = None if failure.step is None else counted.steps[failure.step]
            found[id] = unexcluded(failure.before, step, failure.after, names[id], counted, formulas)
    return found
