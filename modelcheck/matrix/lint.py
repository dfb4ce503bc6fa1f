"""Everything that can be said about a spec without exploring it."""

from __future__ import annotations

from pathlib import Path

from modelcheck import pipeline
from modelcheck.diagnostics import Diagnostic, DiagnosticBag, SpecError
from modelcheck.matrix.attribution import Attribution
from modelcheck.matrix.options import Options
from modelcheck.matrix.run import plan


def lint_spec(path: str | Path) -> tuple[Diagnostic, ...]:
    """Return what is wrong with a spec, over all variants and scenarios (also slow ones); each finding once."""
    bag = DiagnosticBag()
    try:
        spec = pipeline.load(path)
        planned = plan(spec, Options(slow=True))
    except SpecError as error:
        return error.diagnostics
    bag.extend(planned.diagnostics)
    attribution = Attribution()
    for task in planned.tasks:
        try:
            found = pipeline.instance(spec, task.variant, task.scenario).diagnostics
        except SpecError as error:
            found = error.diagnostics
        bag.extend(attribution.new(found, task.variant))
    return bag.found
