"""Notes of diagnostics in words."""

from __future__ import annotations

from modelcheck.ground.diagnostics import Note
from modelcheck.result.reasons.notes import AbsenceNote


def note_text(note: Note) -> str:
    """What a note says."""
    if not isinstance(note, AbsenceNote):
        return note.message
    from modelcheck.report.reasons.sentences import reason_text

    why = reason_text(note.why)
    return f"in `{note.scenario}`: {why}" if note.scenario else why
