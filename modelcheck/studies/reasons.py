"""Why studies come to no answer, as data: what they have in common."""

from __future__ import annotations

from typing import TypeAlias

from modelcheck.ground.diagnostics import Diagnostic
from modelcheck.ground.records import dataclass
from modelcheck.result.reasons.reason import Reason
from modelcheck.result.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Senseless:
    """No model can be made: the spec makes no sense there."""

    error: Diagnostic


@dataclass(frozen=True, slots=True)
class JustOpen:
    """There is no more to say than this verdict."""

    verdict: Verdict


#: Why one model says nothing to a study.
Unsettled: TypeAlias = Senseless | JustOpen | Reason
