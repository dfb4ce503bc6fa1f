"""Properties that apply nowhere: nothing is ever said about what they ask, and no cell of theirs is red to show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from modelcheck.ground.diagnostics import DiagnosticBag, SpecError
from modelcheck.language import pipeline, variants
from modelcheck.language.syntax import ast
from modelcheck.model import typed
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.expectations import Expectation, Outcome
from modelcheck.studies.matrix.model import Cell, Pair
from modelcheck.studies.matrix.nowhere import Nowhere
from modelcheck.studies.matrix.options import Options


def expected_nowhere(
    spec: ast.Spec, pairs: Sequence[Pair], skipped: Sequence[str], options: Options
) -> tuple[Pair, ...]:
    """Return the pairs of whole designs, where what is expected by name of a property that applies in
    no scenario of its design is a surprise.

    ``skipped``: scenarios that were left out because they are slow; a property may apply there.
    """
    absent = {
        (cell.variant, cell.property_name)
        for pair in pairs
        for cell in pair.cells
        if expected_by_name(cell) and _is_absent(cell)
    }
    absent -= {(cell.variant, cell.property_name) for pair in pairs for cell in pair.cells if not _is_absent(cell)}
    for variant in dict.fromkeys(variant for variant, _ in sorted(absent)):
        for model in _models(spec, ((variant, scenario) for scenario in skipped), options):
            absent -= {(variant, prop.name) for prop in model.properties if prop.not_applicable is None}
    if not absent:
        return tuple(pairs)

    def judged(cell: Cell) -> Cell:
        if expected_by_name(cell) and (cell.variant, cell.property_name) in absent:
            return replace(cell, outcome=Outcome.SURPRISE)
        return cell

    return tuple(replace(pair, cells=tuple(judged(cell) for cell in pair.cells)) for pair in pairs)


def report_nowhere(spec: ast.Spec, pairs: Sequence[Pair], options: Options, bag: DiagnosticBag) -> None:
    """Warn (MC326) about properties that apply in no scenario of any design, with the reasons.

    What was not checked, because it is slow or of a design that nobody asked for, is looked at as well.
    """
    found = Nowhere()
    for pair in pairs:
        for cell in pair.cells:
            found.add(cell.property_name, cell.declared, pair.scenario, cell.reason if _is_absent(cell) else None)
    if not found.absent:
        return
    checked = {(pair.variant, pair.scenario) for pair in pairs}
    if not all(pair.failure for pair in pairs):
        for model in _models(spec, _others(spec, checked, options), options):
            found.add_model(model)
            if not found.absent:
                return
    found.report(bag)


def _is_absent(cell: Cell) -> bool:
    return cell.verdict is Verdict.NOT_APPLICABLE


def expected_by_name(cell: Cell) -> bool:
    """Whether an `expect` line names the cell's property, and expects an answer."""
    claim = cell.claim
    return claim is not None and claim.property_named and claim.expectation is not Expectation.UNKNOWN


def _others(spec: ast.Spec, checked: set[tuple[str, str]], options: Options) -> Iterator[tuple[str, str]]:
    """The (variant, scenario) that were not checked."""
    loaded = pipeline.Loaded(spec)
    for row in variants.names(spec):
        try:
            names = [info.name for info in loaded.edited(row.name, dict(options.overrides)).scenarios]
        except SpecError:
            continue
        yield from ((row.name, name) for name in names if (row.name, name) not in checked)


def _models(spec: ast.Spec, places: Iterable[tuple[str, str]], options: Options) -> Iterator[typed.Model]:
    """The models that can be made of these (variant, scenario)."""
    loaded = pipeline.Loaded(spec)
    designs: dict[str, pipeline.Edited] = {}
    for variant, scenario in places:
        try:
            if variant not in designs:
                designs[variant] = loaded.edited(variant, dict(options.overrides))
            yield designs[variant].resolved(scenario).model
        except SpecError:
            continue
