"""Verdicts, evidence, and how answers about one cell are merged.

``join`` is total: more information wins, contradiction raises. A z3 ``unknown`` is never an answer.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, assert_never

from modelcheck.ground.records import dataclass

if TYPE_CHECKING:
    from modelcheck.result.comparisons import CrossCheck
    from modelcheck.result.proof import Outcome, Proof, Unexcluded
    from modelcheck.result.reasons.reason import Reason
    from modelcheck.result.trace import Schedule


class Verdict(Enum):
    HOLDS = "holds"
    VIOLATED = "violated"
    BOUNDED = "bounded"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


#: For summaries: the first that occurs among a group of cells is the group's verdict.
SUMMARY_ORDER = (
    Verdict.VIOLATED,
    Verdict.ERROR,
    Verdict.UNKNOWN,
    Verdict.BOUNDED,
    Verdict.HOLDS,
    Verdict.NOT_APPLICABLE,
)


class EvidenceKind(Enum):
    EXPLORED = "explored"  # every reachable state was visited
    PROVED = "proved"  # a certificate was re-checked
    WITNESS = "witness"  # existential: a replayed trace
    TRACE = "trace"  # universal violated: a replayed trace
    EXHAUSTED = "exhausted"  # existential failed: every reachable state was visited
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one engine says about one property.

    ``schedule``: of the violation or witness, ``length`` steps. ``depth``: for ``BOUNDED`` no
    violation (witness) of at most this many steps exists. ``states``: unreduced reachable states
    incl. monitors (None if not known); ``searched``: what was visited. ``deadlocked``: it is judged
    at the end and false in some deadlock, or deadlocks are all that anything ends in, so ``HOLDS``
    goes only as far as they let runs go. ``proof``: what ``PROVED`` rests on; ``why``: of a proof
    that failed, the state it could not exclude. ``reason``: why unknown, error or not
    applicable, or of a proof what it rests on. ``cross_checked``: how the exploration was checked
    against the interpreter.
    """

    property: int
    verdict: Verdict
    evidence: EvidenceKind
    engine: str
    schedule: Schedule | None = None
    length: int | None = None
    depth: int | None = None
    states: int | None = None
    searched: int | None = None
    seconds: float = 0.0
    reason: Reason | None = None
    cross_checked: CrossCheck | None = None
    proof: Proof | None = None
    why: Unexcluded | None = None
    deadlocked: bool = False


def proved_answer(property: int, existential: bool, outcome: Outcome) -> Answer:
    """What induction says about a property that it has proved; of an existential one, that there is no witness."""
    verdict = Verdict.VIOLATED if existential else Verdict.HOLDS
    return Answer(
        property,
        verdict,
        EvidenceKind.PROVED,
        "induction",
        seconds=outcome.seconds,
        reason=outcome.reason,
        proof=outcome.proof,
    )


class Contradiction(Exception):
    """Two engines disagree; both answers are kept."""

    def __init__(self, first: Answer, second: Answer) -> None:
        self.first, self.second = first, second
        super().__init__(
            f"{first.engine} says {first.verdict.value}, {second.engine} says {second.verdict.value} about the same"
            " property"
        )


def join(first: Answer, second: Answer) -> Answer:
    """Merge two answers about the same property of the same system; the more informative one is returned, unchanged.

    Total on verdicts: error and unknown are below bounded(k), that below holds and violated;
    ``not_applicable`` only meets itself, error or unknown. On equal footing the longer bound, the
    shorter trace, then the first one wins; error wins over unknown, so that a broken engine stays
    visible. Raises ``Contradiction`` if both cannot be true: the same property holds and is
    violated, has a trace within an explored bound, or is applicable only for one. For an
    existential property a witness is what a trace is for the others: ``holds`` with it,
    ``violated`` by exhaustion.
    """
    if first.property != second.property:
        raise ValueError(f"answers about different properties: {first.property} and {second.property}")
    low, high = (first, second) if _rank(first) <= _rank(second) else (second, first)
    if _conflict(low, high):
        raise Contradiction(first, second)
    if _rank(low) < _rank(high):
        return high
    match first.verdict:
        case Verdict.BOUNDED:
            return second if _depth(second) > _depth(first) else first
        case Verdict.HOLDS | Verdict.VIOLATED:
            cut = second.deadlocked and not first.deadlocked and second.schedule is None
            return second if cut or _shorter(second, first) else first
        case Verdict.UNKNOWN | Verdict.ERROR | Verdict.NOT_APPLICABLE:
            return first
        case _ as unreachable:
            assert_never(unreachable)


def _rank(answer: Answer) -> int:
    match answer.verdict:
        case Verdict.UNKNOWN:
            return 0
        case Verdict.ERROR:
            return 1
        case Verdict.BOUNDED:
            return 2
        case Verdict.HOLDS | Verdict.VIOLATED | Verdict.NOT_APPLICABLE:
            return 3
        case _ as unreachable:
            assert_never(unreachable)


def _conflict(low: Answer, high: Answer) -> bool:
    """Whether the two, ``low`` of no higher rank, cannot both be true."""
    decided = (Verdict.HOLDS, Verdict.VIOLATED, Verdict.NOT_APPLICABLE)
    if low.verdict in decided:
        return low.verdict is not high.verdict
    if low.verdict is Verdict.BOUNDED:
        if high.verdict is Verdict.NOT_APPLICABLE:
            return True
        return high.schedule is not None and _length(high) <= _depth(low)
    return False


def _depth(answer: Answer) -> int:
    return -1 if answer.depth is None else answer.depth


def _length(answer: Answer) -> int:
    if answer.length is not None:
        return answer.length
    return 0 if answer.schedule is None else len(answer.schedule)


def _shorter(challenger: Answer, holder: Answer) -> bool:
    if challenger.schedule is None:
        return False
    return holder.schedule is None or _length(challenger) < _length(holder)
