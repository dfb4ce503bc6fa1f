"""Which cells of a matrix there are, and what is expected of them: known before anything is checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from modelcheck.ground.diagnostics import Diagnostic, DiagnosticBag, Note, SpecError
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language import pipeline, variants
from modelcheck.language.syntax import ast
from modelcheck.studies.matrix.expectations import Expectations, expectations
from modelcheck.studies.matrix.groups import expand_groups
from modelcheck.studies.matrix.idle import report_idle
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.patterns import expand, is_pattern
from modelcheck.studies.matrix.vacuity.allowances import check_allowed


@dataclass(frozen=True, slots=True)
class VariantInfo:
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class PairTask:
    """``spec``: as loaded, before variant edits and overrides. ``key``: under which the result is
    kept; empty for not at all. ``any_number``: the scenario runs some process in any number."""

    spec: ast.Spec
    variant: str
    scenario: str
    expectations: Expectations
    options: Options
    key: str = ""
    any_number: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be checked. ``diagnostics``: warnings."""

    tasks: tuple[PairTask, ...]
    variants: tuple[VariantInfo, ...]
    scenarios: tuple[str, ...]
    skipped: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


def plan(spec: ast.Spec, options: Options) -> Plan:
    """Say which (variant, scenario) pairs will be checked, and read what is expected of them.

    Raises ``SpecError`` for unknown names in the options, for variants that cannot be made, and for
    expectations that make no sense.
    """
    bag = DiagnosticBag()
    everything = pipeline.Loaded(spec).with_added()
    named = scenario_members(spec, [name for name in options.scenarios if not is_pattern(name)])
    options = replace(
        options,
        scenarios=scenario_members(spec, options.scenarios),
        properties=expand(options.properties, everything.property_names),
    )
    spec = expand_groups(spec, bag)
    rows = _rows(spec, options, bag)
    loaded, overrides = pipeline.Loaded(spec), dict(options.overrides)
    loaded.check_overrides(overrides)
    tasks: list[PairTask] = []
    seen: dict[str, None] = {}
    skipped: dict[str, None] = {}
    any_lines = any(variants.expectations(spec, row.name) for row in variants.names(spec))
    for row in rows:
        try:
            edited = loaded.edited(row.name, overrides)
            bag.extend(edited.diagnostics)
            known = edited.scenarios
        except SpecError as error:
            bag.extend(error.diagnostics)
            continue
        names = [info.name for info in known]
        lines = variants.expectations(spec, row.name)
        oracle = expectations(lines, names, edited.property_names, bag, row.name, edited.assert_names)
        if any_lines and not oracle.lines and not bag.has_errors:
            where = "in it" if row.declaration is not None else "at top level"
            note = Note(f"write `expect holds all;` {where}, with what is violated as `except {{ … }}`")
            span = row.declaration.span if row.declaration is not None else _beginning(spec)
            bag.warning("MC325", f"no `expect` line says what is expected of `{row.name}`", span, [note])
        for info in known:
            if options.scenarios and info.name not in options.scenarios:
                continue
            if info.slow and not options.slow and info.name not in named:
                skipped[info.name] = None
                continue
            seen[info.name] = None
            tasks.append(PairTask(spec, row.name, info.name, oracle, options, any_number=info.any_number))
    # What a pattern matches need not be in every design.
    surely = [name for name in options.scenarios if name in named or is_pattern(name)]
    _check_names(tasks, skipped, surely, options.properties, spec, bag)
    check_allowed(spec, bag)
    if not bag.has_errors:
        report_idle(spec, bag)
    bag.raise_errors()
    return Plan(
        tuple(tasks),
        tuple(VariantInfo(row.name, row.description) for row in rows),
        tuple(seen),
        tuple(skipped),
        bag.found,
    )


def scenario_members(spec: ast.Spec, names: Sequence[str]) -> tuple[str, ...]:
    """Return the scenarios asked for, with patterns replaced by what they match and groups by their members."""
    declared = [
        item.name for item in pipeline.Loaded(spec).with_added().spec.items if isinstance(item, ast.ScenarioDecl)
    ]
    groups = {item.name: item.members for item in spec.items if isinstance(item, ast.GroupDecl)}
    found: dict[str, None] = {}

    def add(name: str, above: frozenset[str]) -> None:
        if name in groups and name not in above:
            for member in groups[name]:
                add(member, above | {name})
        else:
            found[name] = None

    for name in expand(names, declared):
        add(name, frozenset())
    return tuple(found)


def _rows(spec: ast.Spec, options: Options, bag: DiagnosticBag) -> list[variants.VariantRow]:
    rows = variants.names(spec)
    if not options.variants:
        return list(rows)
    patches = {
        item.name: variants.VariantRow(item.name, item.description or "", item)
        for item in spec.items
        if isinstance(item, ast.VariantDecl) and item.patch
    }
    known = patches | {row.name: row for row in rows}
    chosen = []
    for name in expand(options.variants, [row.name for row in rows]):
        if name in known:
            chosen.append(known[name])
            continue
        try:
            pipeline.Loaded(spec).check_variant(name)
        except SpecError as error:
            bag.extend(error.diagnostics)
    return chosen


def _check_names(
    tasks: Sequence[PairTask],
    skipped: dict[str, None],
    scenarios: Sequence[str],
    properties: Sequence[str],
    spec: ast.Spec,
    bag: DiagnosticBag,
) -> None:
    if bag.has_errors:
        return
    present = {task.scenario for task in tasks}
    for name in scenarios:
        if name not in present:
            try:
                pipeline.Loaded(spec).base.check_scenario(name)
            except SpecError as error:
                bag.extend(error.diagnostics)
    for name in properties:
        try:
            pipeline.Loaded(spec).with_added().check_property(name)
        except SpecError as error:
            bag.extend(error.diagnostics)
    if not tasks and not bag.has_errors:
        if skipped:
            names = ", ".join(skipped)
            bag.error("MC505", f"every scenario is marked slow ({names}): ask for them with --slow", None)
        else:
            bag.error("MC505", "the spec has no scenario: nothing says which processes run", None)


def _beginning(spec: ast.Spec) -> Span | None:
    """The place to speak about the base as a whole: the model's name, or else the first line of the file."""
    name = next((item.span for item in spec.items if isinstance(item, ast.ModelName)), None)
    return name or (Span(spec.files[0], 0, 0) if spec.files else None)
