"""The other races of a cell, one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from modelcheck.checking.shrink.another import another_race
from modelcheck.ground.diagnostics import DiagnosticBag
from modelcheck.language import pipeline
from modelcheck.language.syntax import ast
from modelcheck.result.trace import Trace
from modelcheck.semantics.elaborate import elaborate
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter
from modelcheck.studies.matrix.groups import expand_groups


def races_after(spec: ast.Spec, trace: Trace, overrides: Mapping[str, str], number: int) -> tuple[Trace, ...]:
    """Return ``trace`` and up to ``number`` races after the one that it shows, each different from all before it.

    ``spec`` is as loaded, ``overrides`` what the command line set when ``trace`` was found. Raises
    ``TooLarge`` if it was not decided within the limit of states.
    """
    edited = pipeline.Loaded(expand_groups(spec, DiagnosticBag())).edited(trace.variant, overrides)
    model = edited.resolved(trace.scenario).model
    if any(process.count is None for process in model.processes):
        # The trace is one of some number of instances: the same number again.
        counts = Counter(trace.classes)
        unbounded = {p.name: counts[p.name] for p in model.processes if p.count is None}
        model = edited.resolved(trace.scenario, unbounded).model
    prop = next(prop for prop in model.properties if prop.name == trace.property_name)
    system, interpreter = elaborate(model), MemoisedInterpreter(model)
    known = [trace]
    for _ in range(number):
        found = another_race(system, interpreter, prop.id, known)
        if found is None:
            break
        known.append(replace(found, spec=trace.spec))
    return tuple(known)
