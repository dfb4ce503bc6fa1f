"""The race that kills a mutant, drawn when somebody asks for it: judging makes none."""

from __future__ import annotations

from dataclasses import replace

from modelcheck.language import pipeline
from modelcheck.language.syntax import ast
from modelcheck.result.budget import Budget, within
from modelcheck.result.trace import Trace
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.mutate.model import Judged
from modelcheck.studies.mutate.run import SECONDS
from modelcheck.studies.mutate.spell import edited


def race(spec: ast.Spec, variant: str, options: Options, one: Judged) -> Trace | None:
    """Return the run that a killed mutant is known by, the one that is easiest to read; None if
    there is none (the property has no witness any more, say). Raises ``SpecError``.
    """
    from modelcheck.checking.run import check_model

    assert one.kill is not None
    design = pipeline.Loaded(spec).edited(variant, dict(options.overrides))
    items = edited(design.spec.items, one.mutant.edits)
    assert items is not None
    design = replace(design, variant=one.mutant.name, spec=replace(design.spec, items=items))
    model = design.resolved(one.kill.scenario).model
    seconds = SECONDS if options.seconds is None else options.seconds
    checked = check_model(
        model,
        Budget(within(seconds), options.memory),
        sized=lambda counts: design.resolved(one.kill.scenario, counts).model if one.kill else model,
    )
    number = next((prop.id for prop in model.properties if prop.name == one.kill.property_name), None)
    trace = None if number is None else checked.traces.get(number)
    return None if trace is None else replace(trace, spec=spec.span.source.path)
