"""What several runs of engines found, put together in this process.

If two contradict each other, neither is believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from modelcheck.checking.contradictions.contradictions import contradicted, contradicting, keep
from modelcheck.ir.system import System
from modelcheck.result.checked import Checked
from modelcheck.result.reasons.differences import Contradicting
from modelcheck.result.reasons.reason import together
from modelcheck.result.verdict import Answer, Contradiction, EvidenceKind, Verdict, join


def is_open(answer: Answer) -> bool:
    """Whether nothing is known for good."""
    return answer.verdict in (Verdict.BOUNDED, Verdict.UNKNOWN)


def joined(first: Checked, second: Checked) -> Checked:
    """What two runs found; statistics are those of the second."""
    answers = tuple(join_answers(a, b) for a, b in zip(first.answers, second.answers, strict=True))
    problem = first.problem or second.problem or _contradiction((*first.answers, *second.answers), answers)
    return replace(second, answers=answers, faults=first.faults | second.faults, problem=problem)


def with_answers(system: System, checked: Checked, proofs: Sequence[Answer]) -> Checked:
    """The answers with those of proofs; where there is none they say why. A contradiction is a ``problem``."""
    said = {answer.property: answer for answer in proofs}
    answers = tuple(_with_proof(answer, said.get(answer.property)) for answer in checked.answers)
    return replace(checked, answers=answers, problem=checked.problem or _contradiction(checked.answers, answers))


def join_answers(first: Answer, second: Answer) -> Answer:
    """The more informative answer; an error if they contradict each other."""
    try:
        return join(first, second)
    except Contradiction as contradiction:
        return contradicted(contradiction, contradicting(contradiction, keep(contradiction, {}, (), Path.cwd())))


def _with_proof(answer: Answer, proof: Answer | None) -> Answer:
    if proof is None:
        return answer
    if proof.evidence is EvidenceKind.PROVED:
        return join_answers(answer, proof)
    if not is_open(answer) or proof.reason is None:
        return answer
    return replace(answer, reason=together(answer.reason, proof.reason), why=proof.why)


def _contradiction(before: Sequence[Answer], after: Sequence[Answer]) -> Contradicting | None:
    """The contradiction that came up when answers were merged; None if there is none."""
    known = [answer.reason for answer in before if answer.verdict is Verdict.ERROR]
    for answer in after:
        if isinstance(answer.reason, Contradicting) and answer.reason not in known:
            return answer.reason
    return None
