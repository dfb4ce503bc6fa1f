"""Verdicts, evidence, and how answers about one cell are merged.

``join`` is total: more information wins, contradiction raises. A z3 ``unknown`` is never an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from modelcheck.evidence.trace import Schedule


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

    ``schedule``: of the violation or witness, ``length`` steps. ``depth``: for ``BOUNDED`` no violation (witness) of at most this
    many steps exists. ``states``: unreduced reachable states incl. monitors (None if not known); ``searched``: what was visited.
    ``reason``: why unknown, error or not applicable. ``cross_checked``: how the exploration was checked against the interpreter.
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
    reason: str = ""
    cross_checked: str = ""


class Contradiction(Exception):
    """Two engines disagree; both answers are kept."""

    def __init__(self, first: Answer, second: Answer) -> None:
        self.first, self.second = first, second
        super().__init__(
            f"{first.engine} says {first.verdict.value}, {second.engine} says {second.verdict.value} about the same property"
        )
