"""Whether a certificate asks everything that makes its lemmas an inductive invariant, told from the
system and not from what writes the scripts.

A question that is left out is answered by nobody, and what is missing in it cannot be wrong. So the
questions are counted a second time here, before the second solver is asked, and each has to stand
in its script.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.terms import Term, variables_of
from modelcheck.solver.certificates.certificate import Script


def obligations(
    system: CounterSystem, lemmas: Sequence[Term], proved: Mapping[int, str], alone: Collection[int]
) -> Iterator[str]:
    """The names of the questions that have to be answered by ``unsat``. ``proved``, ``alone``: as in ``Statement``."""
    yield "the invariant holds initially"
    read = variables_of(lemmas)
    for number, step in enumerate(system.steps):
        if not step.fault and not read.isdisjoint(id for id, _ in step.updates):
            yield f"step {number} preserves the invariant"
        if not step.escape.is_false:
            yield f"step {number} stays among the counted states"
    for id, name in proved.items():
        yield f"nothing could violate {name}" if id in alone else f"{name} is not violated"


def unasked(
    system: CounterSystem,
    lemmas: Sequence[Term],
    proved: Mapping[int, str],
    alone: Collection[int],
    made: Sequence[Script],
) -> str | None:
    """Return an obligation that no script asks about; None if there is none."""
    asked = {
        question.name
        for script in made
        if script.text.count("(check-sat)") == len(script.questions)
        for question in script.questions
        if question.answer == "unsat" and f"; {question.name}: unsat\n" in script.text
    }
    return next((name for name in obligations(system, lemmas, proved, alone) if name not in asked), None)
