"""Workflow commands of GitHub Actions: lines on standard output that become annotations in the diff."""

from __future__ import annotations

from collections.abc import Iterable

from modelcheck.ground.diagnostics import Severity
from modelcheck.ground.source import Span
from modelcheck.report.places import cell_span, relative, wrong
from modelcheck.report.races.columns import race_in_columns
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.report.sentences import outcome_remark, verdict_sentence
from modelcheck.report.words import listing, plural
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.expectations import Outcome
from modelcheck.studies.matrix.model import Cell, MatrixResult, Race

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning"}


def workflow_commands(results: Iterable[MatrixResult]) -> str:
    """Return the commands, one on a line.

    GitHub shows ten of each level: cells that show one race share an annotation.
    """
    return "".join(line + "\n" for result in results for line in _annotations(result))


def _annotations(result: MatrixResult) -> list[str]:
    lines: list[str] = []
    told: set[tuple[str, str, str]] = set()
    for race in result.races:
        cells = [cell for cell in race.cells if wrong(cell)]
        if cells:
            lines.append(_race(result, race, cells))
            told.update(_key(cell) for cell in cells)
    lines += [
        _command("error", cell_span(cell), result.spec, _title(cell), _sentence(cell))
        for cell in result.cells
        if wrong(cell) and _key(cell) not in told
    ]
    lines += [
        _command(
            "error", None, result.spec, f"{pair.variant}, {pair.scenario}", f"no answer: {reason_text(pair.failure)}"
        )
        for pair in result.pairs
        if pair.failure and not pair.diagnostics
    ]
    lines += [
        _command(_LEVELS[found.severity], found.span, result.spec, found.code, found.message)
        for found in result.diagnostics
        if found.severity in _LEVELS
    ]
    missing = [cell for cell in result.cells if cell.outcome is Outcome.UNDECIDED]
    if missing:
        names = listing(dict.fromkeys(f"{cell.variant}, {cell.scenario}" for cell in missing))
        text = f"{plural(len(missing), 'cell')} undecided, in {names}"
        lines.append(_command("warning", None, result.spec, "answers are missing", text))
    return lines


def _race(result: MatrixResult, race: Race, cells: list[Cell]) -> str:
    text = f"{_sentence(cells[0])}\n\n{race_in_columns(cells[0].trace or race.trace)}"
    if cells[1:]:
        text += f"\nThe same race: {listing(_title(cell) for cell in cells[1:])}."
    return _command("error", cell_span(cells[0]), result.spec, _title(cells[0]), text)


def _key(cell: Cell) -> tuple[str, str, str]:
    return cell.variant, cell.scenario, cell.property_name


def _title(cell: Cell) -> str:
    never = cell.existential and cell.verdict is Verdict.VIOLATED
    word = "never" if never else cell.verdict.value
    return f"{cell.property_name} {word} in {cell.variant}, {cell.scenario}"


def _sentence(cell: Cell) -> str:
    remark = outcome_remark(cell)
    return f"{cell.property_name} {verdict_sentence(cell)}" + (f" ({remark})" if remark else "")


def _command(level: str, span: Span | None, spec: str, title: str, message: str) -> str:
    where = {"file": relative(spec)}
    if span is not None and span.source.text:
        end_line, end_column = span.source.position(max(span.end - 1, span.start))
        where = {"file": relative(span.source.path), "line": str(span.line), "endLine": str(end_line)}
        # Columns make sense to GitHub within one line only.
        if end_line == span.line:
            where |= {"col": str(span.column), "endColumn": str(end_column)}
    properties = ",".join(f"{name}={_property(value)}" for name, value in (where | {"title": title}).items())
    return f"::{level} {properties}::{_data(message.rstrip())}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
