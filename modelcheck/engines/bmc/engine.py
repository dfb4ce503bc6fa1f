"""Bounded model checking, asked as every engine is."""

from __future__ import annotations

import time
from collections.abc import Sequence

from modelcheck.engines.bmc import bmc
from modelcheck.engines.protocol import Contact, Kind, Question
from modelcheck.ground.records import dataclass
from modelcheck.ir.system import Form
from modelcheck.result.budget import Budget
from modelcheck.result.found import Found
from modelcheck.result.reasons.stops import Unsupported


@dataclass(frozen=True, slots=True)
class Unrolling:
    """Finds shortest runs, and says up to which length there are none."""

    name: str = bmc.ENGINE
    kind: Kind = Kind.UNROLLS

    def supports(self, question: Question, property: int) -> Unsupported | None:
        """See ``Engine.supports``."""
        if question.system is None:
            return Unsupported.ANY_NUMBER
        only_stuck = question.system.properties[property].forms == {Form.STUCK}
        return Unsupported.NO_LENGTH if only_stuck else None

    def run(self, question: Question, wanted: Sequence[int], budget: Budget, contact: Contact) -> Found:
        """See ``Engine.run``."""
        started = time.perf_counter()
        answers = bmc.bmc(question.fixed, wanted, budget, contact.progress, contact.interrupted)
        return Found(tuple(answers), seconds=time.perf_counter() - started)
