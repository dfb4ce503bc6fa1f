"""Everything that can be said about a spec without exploring it."""

from __future__ import annotations

from pathlib import Path

from modelcheck.ground.diagnostics import Diagnostic, DiagnosticBag, SpecError
from modelcheck.language import pipeline, variants
from modelcheck.studies.matrix.attribution import Attribution
from modelcheck.studies.matrix.nowhere import Nowhere
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.plan import plan


def lint_spec(path: str | Path) -> tuple[Diagnostic, ...]:
    """Return what is wrong with a spec, over all variants and scenarios (also slow ones); each finding once."""
    bag = DiagnosticBag()
    try:
        loaded = pipeline.Loaded(pipeline.load(path))
    except SpecError as error:
        return error.diagnostics
    attribution = Attribution()
    scenarios: dict[str, list[str]] = {}
    try:
        planned = plan(loaded.spec, Options(slow=True))
        bag.extend(attribution.new(planned.diagnostics, variants.BASE))
        for task in planned.tasks:
            scenarios.setdefault(task.variant, []).append(task.scenario)
    except SpecError as error:
        bag.extend(error.diagnostics)
        scenarios[variants.BASE] = [info.name for info in loaded.base.scenarios]
    # Hints, and what no scenario runs, are looked for in the code as it stands, not again in each variant.
    bag.extend(attribution.new(loaded.base.findings(), variants.BASE))
    nowhere = Nowhere()
    failed = False
    for variant, names in scenarios.items():
        try:
            edited = loaded.edited(variant)
        except SpecError as error:
            bag.extend(attribution.new(error.diagnostics, variant))
            failed = failed or bool(names)
            continue
        for name in names:
            try:
                made = edited.resolved_known(name)
                found = made.diagnostics
                nowhere.add_model(made.model)
            except SpecError as error:
                found = error.diagnostics
                failed = True
            bag.extend(attribution.new(found, variant))
    if not failed:
        nowhere.report(bag)
    return bag.found
