"""From a spec (imports followed, variant edits applied) to a closed, typed model of one scenario."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from modelcheck.diagnostics import Diagnostic, DiagnosticBag, SpecError
from modelcheck.resolve import scenarios as scenario_clauses
from modelcheck.resolve import typed
from modelcheck.resolve.declarations import Declarations, collect
from modelcheck.resolve.instance import Code
from modelcheck.resolve.scenarios import Scenario, ScenarioInfo
from modelcheck.resolve.scope import UnresolvedError
from modelcheck.syntax import ast

NO_OVERRIDES: Mapping[str, typed.Value] = MappingProxyType({})
NO_COUNTS: Mapping[str, int] = MappingProxyType({})


def instantiate(
    spec: ast.Spec,
    scenario: str | None = None,
    variant: str = "base",
    overrides: Mapping[str, typed.Value] = NO_OVERRIDES,
    counts: Mapping[str, int] = NO_COUNTS,
) -> tuple[typed.Model, tuple[Diagnostic, ...]]:
    """Return the typed model of one scenario, and the warnings and hints found on the way.

    ``spec`` has its imports followed and the edits of ``variant`` applied. ``scenario`` may be None if the spec has
    one or none (then the scenario ``default`` runs one of every process). ``overrides`` set params and unknowns, before all else; ``counts``
    set the number of instances of classes, also of those that the scenario runs in any number.
    Raises ``SpecError`` with all errors found.
    """
    bag = DiagnosticBag()
    declarations = collect(spec, bag)
    chosen = _choose(declarations, scenario, bag)
    if chosen is None:
        raise SpecError(bag.found)
    model = _instance(declarations, chosen, variant, overrides, counts, bag, everything=False)
    bag.raise_errors()
    assert model is not None
    return model, bag.found


def _choose(declarations: Declarations, name: str | None, bag: DiagnosticBag) -> Scenario | None:
    known = scenario_clauses.names(declarations)
    if name is None:
        if len(known) > 1:
            bag.error("MC122", f"which scenario? The spec has {', '.join(f'`{n}`' for n in known)}", None)
            return None
        name = known[0]
    return scenario_clauses.flatten(declarations, name, bag)


def _instance(
    declarations: Declarations,
    scenario: Scenario,
    variant: str,
    overrides: Mapping[str, typed.Value],
    counts: Mapping[str, int],
    bag: DiagnosticBag,
    *,
    everything: bool,
) -> typed.Model | None:
    """Resolve one instance; None if something is so wrong that no model can be made. The bag says what."""
    code = Code(declarations, scenario, overrides, counts, bag, everything)
    params = code.params()
    objects = code.objects()
    events = code.events()
    code.resolve_processes()
    init = code.init()
    shared = code.shared(init)
    if everything:
        code.resolve_rest()
    if not code.check_recursion():
        return None
    code.check_self()
    if bag.has_errors:
        return None
    inlines = tuple(
        typed.Inline(f.name, f.parameters, f.result, f.body, f.callback, f.requires, f.sleeps, None, None, f.span)
        for f in code.functions.values()
    )
    return typed.Model(
        declarations.model,
        variant,
        scenario.name,
        shared,
        objects,
        events,
        inlines,
        tuple(code.processes),
        init,
        (),
        params,
    )


def scenarios(spec: ast.Spec) -> tuple[ScenarioInfo, ...]:
    """Return what there is to know of each scenario of ``spec``, in order of declaration. Raises ``SpecError``."""
    bag = DiagnosticBag()
    declarations = collect(spec, bag)
    found: list[ScenarioInfo] = []
    for name in scenario_clauses.names(declarations):
        scenario = scenario_clauses.flatten(declarations, name, bag)
        if scenario is None:
            continue
        code = Code(declarations, scenario, NO_OVERRIDES, NO_COUNTS, bag, False)
        counts: dict[str, int | None] = {}
        for process in (*scenario.runs, *(p.name for p in declarations.processes.values() if p.server)):
            try:
                counts[process] = code.symbols.process_count(process)
            except UnresolvedError:
                continue
        found.append(scenario_clauses.info(scenario, counts))
    bag.raise_errors()
    return tuple(found)
