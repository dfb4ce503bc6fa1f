"""What is left of the answers when one of them turned out to be false: nothing but what the
interpreter has shown itself.

An engine that was caught once (a schedule that the interpreter cannot follow, a comparison that
failed, two answers that contradict each other) may have been wrong about everything else as well. A
trace that the interpreter has replayed shows its violation, or witness, whoever found it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from modelcheck.result.reasons.reason import Reason
from modelcheck.result.verdict import Answer, EvidenceKind, Verdict


def withdrawn(answers: Iterable[Answer], shown: Collection[int], reason: Reason) -> tuple[Answer, ...]:
    """Make errors of all answers but those of which the property is in ``shown``: these have a replayed trace.

    Errors keep their reason.
    """
    return tuple(
        answer
        if answer.property in shown or answer.verdict is Verdict.ERROR
        else Answer(answer.property, Verdict.ERROR, EvidenceKind.NONE, answer.engine, reason=reason)
        for answer in answers
    )
