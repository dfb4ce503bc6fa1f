"""Cells in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from modelcheck.report.reasons.comparisons import cross_check_words
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.report.style import Tone
from modelcheck.report.texts.proofs_text import proof_sentence
from modelcheck.report.words import listing, plural
from modelcheck.result.verdict import EvidenceKind, Verdict
from modelcheck.studies.matrix.expectations import Expectation, Outcome
from modelcheck.studies.matrix.model import Assumptions, Cell

#: Of runs of so many steps it is said if they are shown as they were found.
LONG = 10_000


def verdict_sentence(cell: Cell, reason: bool = True) -> str:
    """What is known about a cell: ``is violated in 14 steps``, ``holds``, ``is open up to 30
    steps``… ``reason``: with why an answer is missing.
    """
    verb, phrase = _verdict(cell)
    because = _because(cell) if reason else ""
    return f"{verb} {phrase}{because}" if verb else f"{phrase}{because}"


def verdict_phrase(cell: Cell) -> str:
    """The same where no verb is wanted: ``violated in 14 steps``, ``holds``."""
    return _verdict(cell)[1] + _because(cell)


def _verdict(cell: Cell) -> tuple[str, str]:
    """The verb (empty if the rest has one) and the rest of the sentence, without a reason."""
    match cell.verdict:
        case Verdict.HOLDS if cell.existential:
            return "is", f"reached in {plural(cell.length or 0, 'step')}" if cell.length is not None else "reached"
        case Verdict.HOLDS:
            return "", f"holds ({cut_words(cell)})" if cell.cut else "holds"
        case Verdict.VIOLATED if cell.existential:
            return ("is", "never reached") if cell.kind == "cover" else ("", "never comes about")
        case Verdict.VIOLATED if cell.length == 0:
            return "is", "violated in the initial state"
        case Verdict.VIOLATED:
            length = f" in {plural(cell.length, 'step')}" if cell.length is not None else ""
            return "is", f"violated{length}{_as_found(cell)}"
        case Verdict.BOUNDED:
            found = "not reached" if cell.existential else "not violated"
            return "is", f"{found} within {plural(cell.depth or 0, 'step')}; beyond that nobody looked"
        case Verdict.UNKNOWN:
            return "is", "undecided"
        case Verdict.NOT_APPLICABLE:
            return "", "does not apply"
        case Verdict.ERROR:
            return "is", "not judged"
        case _:
            assert_never(cell.verdict)


def _as_found(cell: Cell) -> str:
    """Of a run that was too long to choose the one among those of its length that is easiest to
    read, and of what is beyond the interpreter.
    """
    trace = cell.trace
    if trace is not None and trace.unconfirmed:
        return f" (not confirmed by the interpreter beyond {trace.unconfirmed:,} states)"
    return " (not shortened)" if trace is not None and trace.orders is None and len(trace.steps) >= LONG else ""


def cut_words(cell: Cell) -> str:
    """What ends runs early: ``cut by hang``, ``cut by range, undecided``, ``cut by range; and by
    no_hang, undecided``.
    """
    known, undecided = listing(cell.conditional_on), listing(cell.undecided_cuts)
    if not undecided:
        return f"cut by {known}"
    return f"cut by {known}; and by {undecided}, undecided" if known else f"cut by {undecided}, undecided"


def outcome_remark(cell: Cell) -> str:
    """How the verdict compares with what the spec expects; empty if there is nothing to remark on."""
    expected = cell.claim.expectation if cell.claim is not None else None
    match cell.outcome:
        case Outcome.SURPRISE:
            words = {
                Expectation.HOLDS: "expected to be reached" if cell.existential else "expected to hold",
                Expectation.VIOLATED: "expected never to be reached" if cell.existential else "expected to be violated",
                Expectation.UNKNOWN: "expected to stay undecided",
            }
            return words[expected] if expected is not None else ""
        case Outcome.AS_EXPECTED:
            return "as expected" if cell.verdict is not Verdict.HOLDS else ""
        case Outcome.UNDECIDED:
            return "an answer was expected" if expected is not None else ""
        case Outcome.VIOLATION | Outcome.UNCLAIMED | Outcome.ABSENT:
            return ""
        case _:
            assert_never(cell.outcome)


def evidence_sentence(cell: Cell) -> str:
    """What the verdict rests on."""
    match cell.evidence:
        case EvidenceKind.EXPLORED | EvidenceKind.EXHAUSTED:
            visited = "every reachable state was visited"
            return f"{visited} ({cell.states:,})" if cell.states is not None else visited
        case EvidenceKind.PROVED:
            return "proved; the certificate was re-checked" if cell.proof is None else proof_sentence(cell.proof)
        case EvidenceKind.WITNESS | EvidenceKind.TRACE:
            return f"a trace of {plural(cell.length or 0, 'step')}, replayed by the interpreter"
        case EvidenceKind.NONE:
            return ""
        case _:
            assert_never(cell.evidence)


def tone(cell: Cell) -> Tone | None:
    """The colour of a cell."""
    if cell.outcome is Outcome.SURPRISE:
        return Tone.SURPRISE
    match cell.verdict:
        case Verdict.HOLDS:
            return Tone.OPEN if cell.cut else Tone.GOOD
        case Verdict.VIOLATED:
            return Tone.BAD
        case Verdict.BOUNDED | Verdict.UNKNOWN | Verdict.ERROR:
            return Tone.OPEN
        case Verdict.NOT_APPLICABLE:
            return Tone.FAINT
        case _:
            assert_never(cell.verdict)


def cross_check_sentence(cells: Iterable[Cell]) -> str:
    """How far the explorations were compared with the interpreter; empty if there was none."""
    explored = [cell for cell in cells if cell.evidence in (EvidenceKind.EXPLORED, EvidenceKind.EXHAUSTED)]
    checks = dict.fromkeys(cell.cross_checked for cell in explored)
    if not checks or None in checks:
        return ""
    if len(checks) == 1:
        return f"Cross-checked: {cross_check_words(next(iter(checks)))}."
    return "Every exploration was cross-checked against the interpreter."


def processes_text(assumed: Assumptions) -> str:
    """``reader[2], reclaim``"""
    return ", ".join(
        name if count == 1 else f"{name}[{'*' if count is None else count}]" for name, count in assumed.processes
    )


def bounds_text(assumed: Iterable[Assumptions]) -> str:
    """``at most 2 Page, 3 Names, MX = true or false``: what bounds one or more runs, together."""
    runs = list(assumed)
    pools = _values((name, str(slots)) for one in runs for name, slots in one.pools)
    params = _values((name, value) for one in runs for name, value in one.params)
    parts = [f"{values} {name}" for name, values in pools]
    if parts:
        parts[0] = f"at most {parts[0]}"
    return ", ".join([*parts, *(f"{name} = {values}" for name, values in params)])


def unmodelled_text(assumed: Iterable[Assumptions]) -> str:
    """``no interrupts are modelled``: what spellings of the spec promise beyond the answers, or nothing."""
    words = dict.fromkeys(word for one in assumed for word in one.unmodelled)
    return f"no {' and no '.join(words)} are modelled" if words else ""


def _values(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    found: dict[str, dict[str, None]] = {}
    for name, value in pairs:
        found.setdefault(name, {})[value] = None
    return [(name, " or ".join(values)) for name, values in found.items()]


def _because(cell: Cell) -> str:
    """Why there is no answer, of what has none."""
    why = reason_text(cell.reason) if cell.verdict not in (Verdict.HOLDS, Verdict.VIOLATED) else ""
    return f": {why}" if why else ""
