"""What stands on the page about mutants, as plain values."""

from __future__ import annotations

from typing import Any

from modelcheck.ground.records import dataclass
from modelcheck.language.syntax import ast
from modelcheck.report.page.content import File, Line
from modelcheck.report.places import relative
from modelcheck.report.texts.mutate_text import COLUMNS, outcome_text
from modelcheck.report.words import duration
from modelcheck.studies.mutate.model import Judged, MutationResult, Outcome
from modelcheck.studies.mutate.operators import OPERATORS
from modelcheck.studies.mutate.spell import variant_text

#: The colours of the page, and the marks of lines.
CLASSES = {
    Outcome.KILLED: "g",
    Outcome.SURVIVED: "r",
    Outcome.UNDECIDED: "o",
    Outcome.EQUIVALENT: "n",
    Outcome.INVALID: "n",
    Outcome.NOT_RUN: "o",
}


@dataclass(frozen=True, slots=True)
class ShownMutant:
    """``style``: of its outcome; ``link``: the line that it is about, on this page."""

    name: str
    operator: str
    outcome: str
    style: str
    says: str
    line: int
    link: str
    told: str
    written: str


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """``counts``: (how many, style), one for each outcome that is shown."""

    name: str
    description: str
    counts: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class MutantsSection:
    """One run."""

    path: str
    outcomes: tuple[str, ...]
    counts: tuple[tuple[int, str, str], ...]
    score: str
    operators: tuple[OperatorRow, ...]
    mutants: tuple[ShownMutant, ...]
    scenarios: tuple[str, ...]
    skipped: tuple[str, ...]
    complete: bool
    seconds: str
    files: tuple[File, ...]
    data: Any


def section(result: MutationResult, spec: ast.Spec) -> MutantsSection:
    """Collect what the page says. ``spec``: as loaded."""
    shown = [outcome for outcome in COLUMNS if result.of(outcome)]
    files = _files(result, spec)
    numbers = {path: file.number for path, file in files.items()}
    where = relative(result.spec)
    return MutantsSection(
        path=where if result.variant == "base" else f"{where}, {result.variant}",
        outcomes=tuple(_words(outcome) for outcome in shown),
        counts=tuple((len(result.of(outcome)), _words(outcome), CLASSES[outcome]) for outcome in shown),
        score="" if result.score is None else f"{result.score:.1f} %",
        operators=tuple(_operators(result, shown)),
        mutants=tuple(_mutant(one, result.variant, numbers) for one in result.judged),
        scenarios=result.scenarios,
        skipped=result.skipped,
        complete=result.complete,
        seconds=duration(result.seconds),
        files=tuple(files.values()),
        data={},
    )


def _words(outcome: Outcome) -> str:
    return outcome.value.replace("_", " ")


def _operators(result: MutationResult, shown: list[Outcome]) -> list[OperatorRow]:
    found = []
    for operator in OPERATORS:
        own = [one.outcome for one in result.judged if one.mutant.operator == operator.name]
        if own:
            counts = tuple((own.count(outcome), CLASSES[outcome] if outcome in own else "n") for outcome in shown)
            found.append(OperatorRow(operator.name, operator.description, counts))
    return found


def _mutant(one: Judged, variant: str, numbers: dict[str, int]) -> ShownMutant:
    mutant = one.mutant
    line = mutant.place.line
    number = numbers.get(mutant.place.source.path)
    says = f"{mutant.owner} {mutant.says}"
    return ShownMutant(
        name=mutant.name,
        operator=mutant.operator,
        outcome=_words(one.outcome),
        style=CLASSES[one.outcome],
        says=says,
        line=line,
        link="" if number is None else f"s0f{number}l{line}",
        told=outcome_text(one),
        written=variant_text(mutant.name, variant, says, mutant.edits),
    )


def _files(result: MutationResult, spec: ast.Spec) -> dict[str, File]:
    """The texts: a line is ``kept`` if nothing notices some mutant of it, ``ran`` if all its mutants are noticed."""
    survivors = {(one.mutant.place.source.path, one.mutant.place.line) for one in result.of(Outcome.SURVIVED)}
    noticed = {(one.mutant.place.source.path, one.mutant.place.line) for one in result.of(Outcome.KILLED)}
    found: dict[str, File] = {}
    for source in (spec.span.source, *(item.span.source for item in spec.items)):
        if source.text and source.path not in found:
            lines = tuple(
                Line(text, "kept" if at in survivors else "ran" if at in noticed else "")
                for number, text in enumerate(source.text.splitlines(), 1)
                for at in [(source.path, number)]
            )
            found[source.path] = File(len(found), relative(source.path), lines, 0, 0)
    return found
