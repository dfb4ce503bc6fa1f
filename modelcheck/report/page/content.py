"""What stands in the HTML report, as plain values: the template only lays it out.

A big matrix has tens of thousands of cells, so what cells say is said once and pointed to by number.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import field, replace
from pathlib import PurePath
from typing import Any

from modelcheck.ground.diagnostics import Severity, SpecError
from modelcheck.ground.records import dataclass
from modelcheck.language import pipeline
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.formatter.unparse import unparse
from modelcheck.report.formats.svg import heads, svg
from modelcheck.report.narrate.details import finding_text
from modelcheck.report.narrate.operations import operation_text
from modelcheck.report.narrate.value_texts import event_text, named_values, owned_text, value_text
from modelcheck.report.places import relative
from modelcheck.report.races.columns import race_in_columns
from modelcheck.report.races.states import states
from modelcheck.report.reasons.comparisons import cross_check_words
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.report.sentences import (
    evidence_sentence,
    outcome_remark,
    processes_text,
    unmodelled_text,
    verdict_sentence,
)
from modelcheck.report.tally import Tally, tally
from modelcheck.report.texts.proofs_text import invariant_lines
from modelcheck.report.words import duration, headline, place, plural
from modelcheck.result.trace import Trace
from modelcheck.result.values import Value
from modelcheck.result.verdict import SUMMARY_ORDER, EvidenceKind, Verdict
from modelcheck.studies.matrix.model import Assumptions, Cell, MatrixResult, Pair, Race

SYMBOLS = {
    Verdict.HOLDS: "✓",
    Verdict.VIOLATED: "✗",
    Verdict.BOUNDED: "≤",
    Verdict.UNKNOWN: "?",
    Verdict.ERROR: "!",
    Verdict.NOT_APPLICABLE: "·",
}
CLASSES = {
    Verdict.HOLDS: "g",
    Verdict.VIOLATED: "r",
    Verdict.BOUNDED: "o",
    Verdict.UNKNOWN: "o",
    Verdict.ERROR: "e",
    Verdict.NOT_APPLICABLE: "n",
}
#: A row for each scenario is shown from the start up to this many.
_FEW_ROWS = 40


@dataclass(frozen=True, slots=True)
class GridCell:
    """``style``: classes; ``race``: number of the race to link to.

    Of the row of a design, ``at`` is the number of the first row with the verdict, ``told`` the verdict in words.
    """

    symbol: str
    style: str
    race: int | None = None
    at: int | None = None
    told: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    scenario: str
    number: int
    cells: tuple[GridCell, ...]
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one variant; ``summary`` has the worst verdict of each column, and how often it occurs."""

    variant: str
    description: str
    number: int
    summary: tuple[GridCell, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ShownRace:
    number: int
    title: str
    about: str
    cells: tuple[str, ...]
    columns: str
    heads: str
    diagram: str
    expected: bool
    data: Any


@dataclass(frozen=True, slots=True)
class Line:
    """``style``: ``ran`` if some run takes a step of the line, ``dead`` if it has steps and none does, else empty."""

    text: str
    style: str


@dataclass(frozen=True, slots=True)
class File:
    """``dead``: how many lines have steps that no run takes, of ``steps`` lines that have any."""

    number: int
    path: str
    lines: tuple[Line, ...]
    dead: int
    steps: int


@dataclass(frozen=True, slots=True)
class Edits:
    """What a variant changes: its own text, and the difference that it makes (lines with their mark)."""

    variant: str
    description: str
    written: str
    difference: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One spec."""

    number: int
    path: str
    model: str
    tally: Tally
    seconds: str
    complete: bool
    few: bool
    skipped: tuple[str, ...]
    scenarios: tuple[str, ...]
    properties: tuple[str, ...]
    verdicts: tuple[str, ...]
    groups: tuple[Group, ...]
    races: tuple[ShownRace, ...]
    messages: tuple[str, ...]
    files: tuple[File, ...]
    edits: tuple[Edits, ...]
    data: Any


@dataclass(slots=True)
class _Table:
    """Values by number."""

    numbers: dict[Any, int] = field(default_factory=dict)

    def number(self, value: Any) -> int:
        return self.numbers.setdefault(value, len(self.numbers))


def section(number: int, result: MatrixResult, spec: ast.Spec) -> Section:
    """Collect what the report says about one spec. ``spec``: as loaded."""
    files = _files(spec, result.pairs)
    properties = tuple(dict.fromkeys(cell.property_name for cell in result.cells))
    race_of = {_key(cell): race.number for race in result.races for cell in race.cells}
    groups = _groups(result, properties, race_of)
    words = _Table()
    races = tuple(_race(number, race, files, words) for race in result.races)
    data = _data(result, properties, words)
    return Section(
        number=number,
        path=relative(result.spec),
        model=result.model,
        tally=tally(result),
        seconds=duration(result.seconds),
        complete=not result.unfinished,
        few=len(result.pairs) <= _FEW_ROWS,
        skipped=result.skipped_scenarios,
        scenarios=tuple(dict.fromkeys(pair.scenario for pair in result.pairs)),
        properties=properties,
        verdicts=tuple(v.value for v in SUMMARY_ORDER if any(cell.verdict is v for cell in result.cells)),
        groups=groups,
        races=races,
        messages=tuple(
            f"{found.severity.value}[{found.code}]: {found.message}" + (f" ({place(found.span)})" if found.span else "")
            for found in result.diagnostics
            if found.severity is not Severity.HINT
        ),
        files=tuple(files.values()),
        edits=_edits(spec, result),
        data=data | {"words": list(words.numbers)},
    )


def _key(cell: Cell) -> tuple[str, str, str]:
    return cell.variant, cell.scenario, cell.property_name


# ------------------------------------------------------------------------------------------ matrix


def _groups(
    result: MatrixResult, properties: Sequence[str], race_of: dict[tuple[str, str, str], int]
) -> tuple[Group, ...]:
    groups: list[Group] = []
    rows: dict[str, list[Row]] = {info.name: [] for info in result.variants}
    cells: dict[str, list[Cell]] = {info.name: [] for info in result.variants}
    numbers: dict[tuple[str, str], int] = {}
    for index, pair in enumerate(result.pairs):
        by_name = {cell.property_name: cell for cell in pair.cells}
        numbers[pair.variant, pair.scenario] = index
        shown = tuple(
            _grid_cell(by_name[name], race_of.get(_key(by_name[name]))) if name in by_name else GridCell("", "n")
            for name in properties
        )
        rows[pair.variant].append(Row(pair.scenario, index, shown, reason_text(pair.failure)))
        cells[pair.variant] += pair.cells
    for number, info in enumerate(result.variants):
        summary = tuple(
            _summary([c for c in cells[info.name] if c.property_name == name], numbers) for name in properties
        )
        groups.append(Group(info.name, info.description, number, summary, tuple(rows[info.name])))
    return tuple(groups)


def _grid_cell(cell: Cell, race: int | None) -> GridCell:
    style = CLASSES[cell.verdict]
    if cell.surprise:
        style += " s"
    if cell.cut:
        style += " c"
    return GridCell(SYMBOLS[cell.verdict], style, race)


def _summary(cells: Sequence[Cell], numbers: dict[tuple[str, str], int]) -> GridCell:
    for verdict in SUMMARY_ORDER:
        alike = [cell for cell in cells if cell.verdict is verdict]
        if alike:
            surprises = [cell for cell in cells if cell.surprise]
            cut = [cell for cell in alike if cell.cut] if verdict is Verdict.HOLDS else []
            count = str(len(alike)) if verdict not in (Verdict.HOLDS, Verdict.NOT_APPLICABLE) else ""
            absent = [cell for cell in cells if cell.verdict is Verdict.NOT_APPLICABLE]
            if verdict is Verdict.HOLDS and absent:
                count = SYMBOLS[Verdict.NOT_APPLICABLE]
            style = CLASSES[verdict] + (" s" if surprises else "") + (" c" if cut else "")
            first = (surprises or cut or alike)[0]
            told = f"{verdict.value.replace('_', ' ')} in {len(alike)} of {plural(len(cells), 'scenario')}"
            told += f", {len(cut)} of them cut short" if cut else ""
            if absent and verdict is not Verdict.NOT_APPLICABLE:
                told += f", does not apply in {len(absent)}"
            return GridCell(SYMBOLS[verdict] + count, style, None, numbers[first.variant, first.scenario], told)
    return GridCell("", "n")


def _data(result: MatrixResult, properties: Sequence[str], words: _Table) -> Any:
    """What each cell says: for each row the numbers of its cells' texts in ``texts``, and for each
    of these the numbers of its parts in ``words``.
    """
    texts, assumptions = _Table(), _Table()
    rows = []
    for pair in result.pairs:
        by_name = {cell.property_name: cell for cell in pair.cells}
        told = [
            texts.number(tuple(map(words.number, _told(by_name[name])))) if name in by_name else -1
            for name in properties
        ]
        states_ = next((cell.states for cell in pair.cells if cell.states is not None), None)
        rows.append([told, states_, assumptions.number(_assumed(pair)), duration(pair.seconds)])
    return {
        "variants": [info.name for info in result.variants],
        "properties": list(properties),
        "kinds": [next(_kind(c) for c in result.cells if c.property_name == name) for name in properties],
        "pairs": [[pair.variant, pair.scenario] for pair in result.pairs],
        "rows": rows,
        "texts": [list(text) for text in texts.numbers],
        "assumptions": list(assumptions.numbers),
    }


def _kind(cell: Cell) -> str:
    return "built-in obligation" if cell.builtin else cell.kind


def _told(cell: Cell) -> tuple[str, ...]:
    """Verdict, sentence, evidence, remark, engine, cross-check, invariant (a line for each formula).

    The number of states is the row's.
    """
    explored = cell.evidence in (EvidenceKind.EXPLORED, EvidenceKind.EXHAUSTED)
    evidence = evidence_sentence(replace(cell, states=None) if explored else cell)
    return (
        cell.verdict.value,
        verdict_sentence(cell),
        evidence,
        outcome_remark(cell),
        cell.engine,
        cross_check_words(cell.cross_checked),
        "" if cell.proof is None else "\n".join(invariant_lines(cell.proof)),
    )


def _assumed(pair: Pair) -> str:
    assumed: Assumptions | None = pair.assumptions
    if assumed is None:
        return ""
    parts = [f"threads: {processes_text(assumed)}"]
    if assumed.pools:
        parts.append("at most " + ", ".join(f"{slots} {name}" for name, slots in assumed.pools))
    parts += [f"{name} = {value}" for name, value in assumed.params]
    parts.append(unmodelled_text((assumed,)))
    return "; ".join(part for part in parts if part)


# ------------------------------------------------------------------------------------------- races


def _race(section_number: int, race: Race, files: dict[str, File], words: _Table) -> ShownRace:
    trace = race.trace
    return ShownRace(
        number=race.number,
        title=headline(trace),
        about=f"{trace.variant}, {trace.scenario}: {finding_text(trace.finding)}",
        cells=tuple(f"{cell.property_name} in {cell.variant}, {cell.scenario}" for cell in race.cells),
        columns=race_in_columns(trace),
        heads=heads(trace) if trace.steps else "",
        diagram=svg(trace, standalone=False),
        expected=not any(cell.surprise for cell in race.cells),
        data=_steps(section_number, trace, files, words),
    )


def lone_race(trace: Trace, spec: ast.Spec) -> tuple[ShownRace, tuple[File, ...], list[Any]]:
    """A trace without a matrix around it, the files that it points into, and the words of its data."""
    files, words = _files(spec, ()), _Table()
    race = _race(0, Race(1, trace, ()), files, words)
    return race, tuple(files.values()), list(words.numbers)


def _shown(value: Value | None) -> str | None:
    return None if value is None else value_text(value)


def _steps(section_number: int, trace: Trace, files: dict[str, File], words: _Table) -> Any:
    """Values at the start, and for each step what it was, where, and every value that it made, changed or took away.

    All by their numbers among the words; the word of a value that is gone is None.
    """
    found = states(trace)
    number = words.number
    steps = []
    for step, before, after in zip(trace.steps, found, found[1:], strict=False):
        news = [
            [number(owned_text(where, trace.processes)), number(_shown(after.get(where)))]
            for where in dict.fromkeys((*before, *after))
            if before.get(where) != after.get(where)
        ]
        # By path: what comes back from another process is another source.
        file = files.get(step.span.source.path)
        anchor = f"s{section_number}f{file.number}l{step.span.line}" if file is not None else ""
        told = [f for f in step.findings if f.key is not None or f.property == trace.finding.property]
        notes = [*(f"* {event_text(event)}" for event in step.events), *map(finding_text, told)]
        where_ = f"{relative(step.span.source.path)}:{step.span.line}"
        said = [number(text) for text in (step.process, operation_text(step.operation), where_, anchor)]
        steps.append([*said, [number(note) for note in notes], news])
    return {"start": [[number(name), number(value)] for name, value in named_values(found[0].items())], "steps": steps}


# ------------------------------------------------------------------------------------------ source


def _files(spec: ast.Spec, pairs: Sequence[Pair]) -> dict[str, File]:
    sources = [spec.span.source, *(item.span.source for item in spec.items)]
    # By path: what comes back from another process is another source.
    taken = {(span.source.path, span.line) for pair in pairs for span in pair.taken}
    never = {(span.source.path, span.line) for pair in pairs for span in pair.never} - taken
    found: dict[str, File] = {}
    for source in sources:
        if source.text and source.path not in found:
            styles = {line: "ran" for path, line in taken if path == source.path}
            styles |= {line: "dead" for path, line in never if path == source.path}
            texts = enumerate(source.text.splitlines(), 1)
            lines = tuple(Line(text, styles.get(number, "")) for number, text in texts)
            dead = sum(style == "dead" for style in styles.values())
            found[source.path] = File(len(found), relative(source.path), lines, dead, len(styles))
    return found


def _edits(spec: ast.Spec, result: MatrixResult) -> tuple[Edits, ...]:
    before = _model_text(spec)
    found: list[Edits] = []
    for info in result.variants:
        declaration = next((i for i in spec.items if isinstance(i, ast.VariantDecl) and i.name == info.name), None)
        if declaration is None:
            continue
        try:
            after = _model_text(pipeline.Loaded(spec).edited(info.name).spec)
        except SpecError:
            continue
        # The first two lines name files.
        lines = list(difflib.unified_diff(before, after, n=2, lineterm=""))[2:]
        marked = tuple((_mark(line), line) for line in lines)
        found.append(Edits(info.name, info.description, declaration.span.text, marked))
    return tuple(found)


def _mark(line: str) -> str:
    return {"+": "ins", "-": "del", "@": "at"}.get(line[:1], "")


def _model_text(spec: ast.Spec) -> list[str]:
    """The spec without comments, variants and expectations, one statement on a line."""
    left_out = (ast.VariantDecl, ast.ExpectDecl, ast.ExpectSafeDecl, ast.AllowDecl)
    items = tuple(item for item in spec.items if not isinstance(item, left_out))
    return [line for line in unparse(ast.Spec(items)).splitlines() if line.strip()]


def title(results: Sequence[MatrixResult]) -> str:
    """The title of the report."""
    names = [result.model or _file_name(result) for result in results]
    return f"modelcheck: {', '.join(names)}"


def _file_name(result: MatrixResult) -> str:
    """The name of a spec that gives itself none."""
    return PurePath(relative(result.spec)).stem
