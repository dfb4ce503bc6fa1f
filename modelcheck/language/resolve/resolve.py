"""From a spec (imports followed, variant edits applied) to a closed, typed model of one scenario."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, assert_never

from modelcheck.ground.diagnostics import Diagnostic, DiagnosticBag, SpecError
from modelcheck.ground.source import NOWHERE
from modelcheck.language.resolve import scenarios as scenario_clauses
from modelcheck.language.resolve.checks.effects import Effects
from modelcheck.language.resolve.checks.lints import lint, unmodelled, written
from modelcheck.language.resolve.checks.local_cycles import LocalCycles
from modelcheck.language.resolve.checks.wide_atomics import hint_at_wide_atomics
from modelcheck.language.resolve.facts import facts
from modelcheck.language.resolve.instance import Code, Function
from modelcheck.language.resolve.names.declarations import Declarations, collect
from modelcheck.language.resolve.names.label_paths import instance, resolve_label
from modelcheck.language.resolve.names.scope import UnresolvedError
from modelcheck.language.resolve.properties.applicability import Applicability
from modelcheck.language.resolve.properties.obligations import Claims, Universe, unclaimed, universe
from modelcheck.language.resolve.properties.properties import Draft, Properties
from modelcheck.language.resolve.scenarios import Scenario, ScenarioInfo
from modelcheck.language.resolve.types.compatibility import is_scalar
from modelcheck.language.syntax import ast
from modelcheck.model import typed
from modelcheck.model.properties import conditions_of

if TYPE_CHECKING:
    from modelcheck.language.resolve.names.uses import Name, Uses

#: The name of a spec without variant edits.
BASE = "base"
NO_OVERRIDES: Mapping[str, typed.Value] = MappingProxyType({})
NO_COUNTS: Mapping[str, int] = MappingProxyType({})


def instantiate(
    spec: ast.Spec,
    scenario: str | None = None,
    variant: str = BASE,
    overrides: Mapping[str, typed.Value] = NO_OVERRIDES,
    counts: Mapping[str, int] = NO_COUNTS,
) -> tuple[typed.Model, tuple[Diagnostic, ...]]:
    """Return the typed model of one scenario, and the warnings and hints found on the way.

    ``spec`` has its imports followed and the edits of ``variant`` applied. ``scenario`` may be None
    if the spec has one or none (then the scenario ``default`` runs one of every process).
    ``overrides`` set params and unknowns, before all else; ``counts`` set the number of instances
    of classes, also of those that the scenario runs in any number. Raises ``SpecError`` with all
    errors found.
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
    uses: Uses | None = None,
) -> typed.Model | None:
    """Resolve one instance; None if something is so wrong that no model can be made. The bag says what."""
    try:
        return _model(declarations, scenario, variant, overrides, counts, bag, everything, uses)
    except RecursionError:
        bag.error("MC212", "statements, expressions and calls nest too deeply", None)
        return None


def _model(
    declarations: Declarations,
    scenario: Scenario,
    variant: str,
    overrides: Mapping[str, typed.Value],
    counts: Mapping[str, int],
    bag: DiagnosticBag,
    everything: bool,
    uses: Uses | None,
) -> typed.Model | None:
    code = Code(declarations, scenario, overrides, counts, bag, everything, uses)
    edited = None if variant == BASE else variant
    code.symbols.resolve_label = lambda node, context: resolve_label(declarations, node, context, edited)
    code.symbols.resolve_instance = instance
    params = code.params()
    objects = code.objects()
    events = code.events()
    code.resolve_processes()
    init = code.init()
    shared = code.shared(init)
    if everything:
        code.resolve_rest()
    if not code.check_recursion() or not code.check_copies():
        return None
    code.check_self()
    properties = Properties(declarations, code.symbols)
    drafts = [
        node if isinstance(node, ast.ObligationDecl) else properties.resolve(node)
        for node in declarations.properties.values()
    ]
    code.drain()
    if not code.check_recursion() or bag.has_errors:
        return None
    _check_effects(code, shared, init, [d for d in drafts if isinstance(d, Draft)], everything)
    builtin = code.symbols.builtin_events
    all_events = (*events, *builtin.values())
    reach = _reach(code, shared, init)
    locals = code.symbols.locals
    found = universe(shared, objects, locals, code.functions, code.processes, reach)
    finished = _properties(declarations, drafts, found, {e.id: e for e in all_events}, bag)
    watched = {key: event.id for key, event in builtin.items()}
    inlines = tuple(_inline(function, watched) for function in code.functions.values())
    return typed.Model(
        declarations.model,
        variant,
        scenario.name,
        shared,
        objects,
        all_events,
        inlines,
        tuple(code.processes),
        init,
        finished,
        params,
        tuple(promised for promised in typed.Unmodelled if promised in code.symbols.unmodelled),
    )


def _check_effects(
    code: Code, shared: tuple[typed.SharedVar, ...], init: typed.Block, drafts: list[Draft], everything: bool
) -> None:
    """Report what code does where it may not; with ``everything`` also what nobody runs, and hints."""
    effects = Effects(code.functions, code.bag)
    cycles = LocalCycles(code.functions, code.bag)
    for process in (*code.processes, *code.idle):
        effects.process(process)
        cycles.check(process.body)
    effects.initial(shared, init)
    for draft in drafts:
        for expression in conditions_of(draft.body):
            effects.pure(expression)
    if not everything:
        return
    names = {var.id: var.name for var in shared}
    bodies = [p.body for p in (*code.processes, *code.idle)] + [f.body for f in code.functions.values()]
    simple = {var.name for var in shared if is_scalar(var.type)}
    constant = frozenset(simple) - written(bodies, names)
    for process in (*code.processes, *code.idle):
        lint(process.body, code.bag, names, constant)
        hint_at_wide_atomics(process.body, code.bag, names)
    at_once = frozenset(function.name for function in code.functions.values() if effects.runs_at_once(function))
    for function in code.functions.values():
        effects.unused(function)
        lint(function.body, code.bag, names, constant, atomic=function.name in at_once)
        if function.name not in at_once:
            hint_at_wide_atomics(function.body, code.bag, names)
    unmodelled(code.symbols.unmodelled, code.bag)


def _inline(function: Function, watched: Mapping[tuple[typed.EventKind, str], int]) -> typed.Inline:
    return typed.Inline(
        function.name,
        function.parameters,
        function.result,
        function.body,
        function.callback,
        function.requires,
        function.sleeps,
        watched.get((typed.EventKind.CALL, function.name)),
        watched.get((typed.EventKind.RETURN, function.name)),
        function.span,
    )


def _reach(code: Code, shared: tuple[typed.SharedVar, ...], init: typed.Block) -> facts.Reach:
    """Return what the running processes can do."""
    bodies = {process.name: process.body for process in code.processes}
    found = facts.of_bodies({**bodies, "": init}, {name: function.body for name, function in code.functions.items()})
    roots = {process.name: found.bodies[process.name] for process in code.processes}
    for process in code.processes:
        if process.provided is not None:
            roots[process.name].add(facts.of_expressions([process.provided]))
        for condition in (process.no_sleep, process.off):
            if condition is not None:
                roots[process.name].add(facts.of_expressions([condition]))
    start = found.bodies[""]
    start.add(facts.of_expressions(var.initial for var in shared if var.initial is not None))
    return facts.Reach.of(roots, found.functions, start, found.ending)


def _properties(
    declarations: Declarations,
    drafts: list[Draft | ast.ObligationDecl | None],
    found: Universe,
    events: dict[int, typed.Event],
    bag: DiagnosticBag,
) -> tuple[typed.Property, ...]:
    """Return the user's properties, then the built-in obligations that none of them claims."""
    applicability = Applicability(declarations, found.reach, events)
    claims = Claims(declarations, found, bag)
    claimed: set[typed.ObligationKey] = set()
    finished: list[typed.Property] = []
    for draft in drafts:
        number = len(finished)
        match draft:
            case None:
                continue
            case ast.ObligationDecl(name):
                claim = claims.resolve(draft)
                if claim is None:
                    continue
                keys, reason = claim
                claimed.update(keys)
                body: typed.PropertyBody = typed.Obligation(keys)
                finished.append(typed.Property(number, name, "obligation", body, False, False, reason, draft.span))
            case Draft():
                missing = applicability.missing(draft)
                why, what = (None, None) if missing is None else (missing.why, missing.what)
                finished.append(
                    typed.Property(
                        number, draft.name, draft.kind, draft.body, draft.existential, False, why, draft.span, what
                    )
                )
            case _:
                assert_never(draft)
    taken = {p.name: p.span for p in finished}
    for kind, body in unclaimed(found, frozenset(claimed)):
        if kind in taken:
            message = f"`{kind}` is the name of the built-in obligations of that kind; choose another"
            bag.error("MC118", message, taken[kind])
        finished.append(typed.Property(len(finished), kind, "obligation", body, False, True, None, NOWHERE))
    return tuple(finished)


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


def check(spec: ast.Spec, variant: str = BASE) -> tuple[Diagnostic, ...]:
    """Return all findings about ``spec`` (imports followed, edits applied), for every scenario, each once.

    Also looked at: processes that no scenario runs, inlines that nobody calls, properties that
    apply nowhere. Errors are returned, not raised.
    """
    bag = DiagnosticBag()
    _check(collect(spec, bag), variant, bag, None)
    return bag.found


def names_of(spec: ast.Spec, variant: str = BASE, loaded: ast.Spec | None = None) -> tuple[Name, ...]:
    """Return where each name of ``spec`` (imports followed, edits applied) is declared and used, as
    far as it can be resolved: nothing is raised. ``loaded``: without the edits, if there are any.
    """
    from modelcheck.language.resolve.names.uses import Uses

    bag = DiagnosticBag()
    declarations = collect(spec, bag)
    uses = Uses(declarations, spec, variant, loaded or spec)
    _check(declarations, variant, bag, uses)
    return uses.names()


def _check(declarations: Declarations, variant: str, bag: DiagnosticBag, uses: Uses | None) -> None:
    """Resolve everything, once for each setting of params and counts that some scenario has."""
    seen: set[tuple[object, ...]] = set()
    for name in scenario_clauses.names(declarations):
        scenario = scenario_clauses.flatten(declarations, name, bag)
        if scenario is None:
            continue
        if not scenario.runs and not any(process.server for process in declarations.processes.values()):
            scenario_clauses.warn_of_idle(scenario, bag)
        settings = tuple(sorted((param, clause.value) for param, clause in scenario.params.items()))
        # What is wrong with code depends on params and counts, not on who runs: look once at each setting.
        key = (
            tuple((p, repr(v)) for p, v in settings),
            tuple((r, repr(e.count), e.any_number) for r, e in scenario.runs.items()),
        )
        if key in seen:
            continue
        seen.add(key)
        found = DiagnosticBag()
        _instance(declarations, scenario, variant, NO_OVERRIDES, NO_COUNTS, found, everything=True, uses=uses)
        bag.extend(found.found)
