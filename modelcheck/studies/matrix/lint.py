"""Everything that can be said about a spec without exploring it."""

from __future__ import annotations

from pathlib import Path

from modelcheck.ground.diagnostics import Diagnostic, DiagnosticBag, SpecError
from modelcheck.language import pipeline, variants
from modelcheck.language.resolve.resolve import check
from modelcheck.studies.matrix.attribution import Attribution
from modelcheck.studies.matrix.never_applicable import Nowhere
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.run import plan


def lint_spec(path: str | Path) -> tuple[Diagnostic, ...]:
    """Return what is wrong with a spec, over all variants and scenarios (also slow ones); each finding once."""
    bag = DiagnosticBag()
    try:
        spec = pipeline.load(path)
    except SpecError as error:
        return error.diagnostics
    attribution = Attribution()
    try:
        planned = plan(spec, Options(slow=True))
        # The edits of a variant are made again for each of its scenarios, with the same findings.
        bag.extend(attribution.new(planned.diagnostics, variants.BASE))
        instances = [(task.variant, task.scenario) for task in planned.tasks]
    except SpecError as error:
        bag.extend(error.diagnostics)
        instances = [(variants.BASE, info.name) for info in pipeline.scenarios(spec)]
    # Hints, and what no scenario runs, are looked for in the code as it stands, not again in each variant.
    bag.extend(attribution.new(check(spec), variants.BASE))
    nowhere = Nowhere()
    failed = False
    for variant, scenario in instances:
        try:
            made = pipeline.instance(spec, variant, scenario)
            found = made.diagnostics
            nowhere.add_model(made.model)
        except SpecError as error:
            found = error.diagnostics
            failed = True
        bag.extend(attribution.new(found, variant))
    if not failed:
        nowhere.report(bag)
    return bag.found
