"""Proofs, asked for as every engine is: for any number of instances, or for integers of any size."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Literal

from modelcheck.engines.protocol import Contact, Kind, Question
from modelcheck.ground.records import dataclass
from modelcheck.ir.system import Form
from modelcheck.model import typed
from modelcheck.result.budget import Budget
from modelcheck.result.found import Found
from modelcheck.result.proof import Outcome
from modelcheck.result.reasons.stops import Unsupported
from modelcheck.result.verdict import Answer, EvidenceKind, Verdict, proved_answer

#: As answers name it, whoever finds the lemmas.
ENGINE = "induction"


@dataclass(frozen=True, slots=True)
class Proving:
    """Finds inductive invariants: ``induction`` among guessed lemmas, ``spacer`` where nothing is guessed.

    What is proved is confirmed by a second solver.
    """

    name: Literal["induction", "spacer"]
    kind: Kind = Kind.PROVES

    def supports(self, question: Question, property: int) -> Unsupported | None:
        """See ``Engine.supports``."""
        if question.system is None:
            if self.name == "spacer":
                return Unsupported.ANY_NUMBER
            body = next(p for p in question.model.properties if p.id == property).body
            about_stuck = isinstance(body, typed.Obligation) and any(key.kind == "stuck" for key in body.keys)
        else:
            about_stuck = Form.STUCK in question.system.properties[property].forms
        return Unsupported.NO_INVARIANT if about_stuck else None

    def run(self, question: Question, wanted: Sequence[int], budget: Budget, contact: Contact) -> Found:
        """See ``Engine.run``. The budget has a limit of time."""
        started = time.perf_counter()
        properties = {p.id: p for p in question.model.properties}
        names = [properties[id].name for id in wanted]
        outcomes = self._outcomes(question, names, budget, contact) if names else {}
        answers = tuple(_answer(properties[id], outcomes[properties[id].name]) for id in wanted)
        compared = next((outcome.proof.compared for outcome in outcomes.values() if outcome.proof is not None), None)
        return Found(answers, compared=compared, seconds=time.perf_counter() - started)

    def _outcomes(
        self, question: Question, names: Sequence[str], budget: Budget, contact: Contact
    ) -> Mapping[str, Outcome]:
        assert budget.seconds is not None
        if question.system is None:
            from modelcheck.engines.induction.prove import prove_any_number

            assert question.sized is not None
            return prove_any_number(
                question.model,
                question.sized,
                question.semantics,
                names,
                budget.seconds,
                question.request,
                contact.doubt,
            )
        from modelcheck.engines.induction.fixed import prove_fixed

        return prove_fixed(
            question.model,
            question.system,
            question.semantics,
            names,
            budget.seconds,
            question.request,
            guessing=self.name == "induction",
        )


def _answer(prop: typed.Property, outcome: Outcome) -> Answer:
    if outcome.proved:
        return proved_answer(prop.id, prop.existential, outcome)
    return Answer(
        prop.id,
        Verdict.UNKNOWN,
        EvidenceKind.NONE,
        ENGINE,
        reason=outcome.reason,
        seconds=outcome.seconds,
        why=outcome.why,
    )
