"""A note of a diagnostic that gives a reason, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelcheck.ground.diagnostics import Note
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span

if TYPE_CHECKING:
    from modelcheck.result.reasons.reason import Reason


@dataclass(frozen=True, slots=True)
class AbsenceNote(Note):
    """Why a property does not apply; in ``scenario``, if that is to be said. ``report`` makes the message."""

    message: str = ""
    span: Span | None = None
    why: Reason | None = None
    scenario: str = ""
