"""Counting cells, and what the exit code says about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from modelcheck.ground.diagnostics import Diagnostic, Severity
from modelcheck.ground.records import dataclass
from modelcheck.report.words import plural
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.expectations import Expectation, Outcome
from modelcheck.studies.matrix.model import Cell, MatrixResult
from modelcheck.studies.matrix.options import StrictKind
from modelcheck.studies.matrix.vacuity.findings import CODES

OK, VIOLATION, UNUSABLE, UNDECIDED, INTERRUPTED = 0, 1, 2, 3, 130


@dataclass(frozen=True, slots=True)
class Tally:
    """``violated`` counts existential cells without a witness as well; ``cut``: green, but only up
    to a fault or deadlock of another property.
    """

    cells: int
    holds: int
    violated: int
    bounded: int
    unknown: int
    errors: int
    not_applicable: int
    surprises: int
    cut: int
    missing: int
    applies_to_nothing: bool


def tally(result: MatrixResult) -> Tally:
    """Count the cells of a run. ``missing``: pairs without any cell (failed, or cut off by an interrupt).

    ``applies_to_nothing``: the spec has properties of its own, and none of them applies anywhere.
    """
    cells = result.cells
    own = [cell for cell in cells if not cell.builtin]

    def count(verdict: Verdict) -> int:
        return sum(cell.verdict is verdict for cell in cells)

    return Tally(
        cells=len(cells),
        holds=count(Verdict.HOLDS),
        violated=count(Verdict.VIOLATED),
        bounded=count(Verdict.BOUNDED),
        unknown=count(Verdict.UNKNOWN),
        errors=count(Verdict.ERROR),
        not_applicable=count(Verdict.NOT_APPLICABLE),
        surprises=sum(cell.surprise for cell in cells),
        cut=sum(cell.cut for cell in cells),
        missing=len(result.unfinished) + sum(bool(pair.failure) for pair in result.pairs),
        applies_to_nothing=bool(own) and all(cell.verdict is Verdict.NOT_APPLICABLE for cell in own),
    )


def reused_text(result: MatrixResult) -> str:
    """Say how much of a result is of earlier runs; empty if nothing."""
    count = sum(pair.reused for pair in result.pairs)
    if not count:
        return ""
    which = "everything" if count == len(result.pairs) else f"{count} of {plural(len(result.pairs), 'check')}"
    return f"{which} reused from earlier runs (--no-cache checks anew)"


def exit_code(results: Iterable[MatrixResult], strict: Collection[StrictKind] = ()) -> int:
    """Return 0 (everything as expected), 1 (a violation or a surprise; if strict, something
    vacuous), 2 (spec errors), 3 (undecided) or 130 (interrupted).
    """
    codes = [_exit_code(result, strict) for result in results]
    for code in (INTERRUPTED, UNUSABLE, VIOLATION, UNDECIDED):
        if code in codes:
            return code
    return OK


def _exit_code(result: MatrixResult, strict: Collection[StrictKind]) -> int:
    cells = result.cells
    if result.unfinished:
        return INTERRUPTED
    if any(pair.failure and pair.diagnostics for pair in result.pairs):
        return UNUSABLE
    if any(cell.outcome in (Outcome.SURPRISE, Outcome.VIOLATION) for cell in cells):
        return VIOLATION
    if StrictKind.VACUITY in strict and warned_vacuous(result):
        return VIOLATION
    if any(cell.verdict is Verdict.ERROR and not _expected_unknown(cell) for cell in cells):
        return UNUSABLE
    if any(pair.failure for pair in result.pairs) or any(cell.outcome is Outcome.UNDECIDED for cell in cells):
        return UNDECIDED
    if StrictKind.CUT in strict and any(cell.cut for cell in cells):
        return UNDECIDED
    return OK


def warned_vacuous(result: MatrixResult) -> list[Diagnostic]:
    """Return the warnings that something green says nothing, or that code is never reached."""
    return [found for found in result.diagnostics if found.code in CODES and found.severity is Severity.WARNING]


def worth_telling(result: MatrixResult) -> list[Diagnostic]:
    """Return what is said beside the results: of hints only those that come from the run itself,
    not those of `modelcheck lint`.
    """
    return [found for found in result.diagnostics if found.code in CODES or found.severity is not Severity.HINT]


def _expected_unknown(cell: Cell) -> bool:
    return cell.claim is not None and cell.claim.expectation is Expectation.UNKNOWN
