"""What is asked: the holes of a variant, the scenarios and cells that count, what the spec expects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from modelcheck.ground.diagnostics import Diagnostic, DiagnosticBag
from modelcheck.ground.records import dataclass
from modelcheck.ground.suggest import did_you_mean
from modelcheck.language import pipeline, variants
from modelcheck.language.resolve.holes import Hole, OpenScenario, find_holes, open_scenarios
from modelcheck.language.syntax import ast
from modelcheck.language.variants.lineage import declared, lineage
from modelcheck.studies.matrix.groups import expand_groups
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.plan import scenario_members
from modelcheck.studies.synthesis.oracle import Oracle, read_oracle, safe_lines
from modelcheck.studies.synthesis.space import Space

#: More assignments than this are not tried: each of them is resolved for each scenario.
LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    ``edited``: the design; ``scenarios``: those that count, in the order in which they
    are taken.
    """

    edited: pipeline.Edited
    space: Space
    scenarios: tuple[OpenScenario, ...]
    skipped: tuple[str, ...]
    oracle: Oracle
    options: Options
    diagnostics: tuple[Diagnostic, ...]

    def counts_cell(self, scenario: str) -> Callable[[str], bool]:
        """Whether a property counts in a scenario."""
        asked = self.options.properties
        return lambda name: (not asked or name in asked) and self.oracle.asks_for(scenario, name)


def read_question(spec: ast.Spec, variant: str, options: Options, unknowns: Sequence[str] = ()) -> Question:
    """Find the holes of a variant and what is asked about them.

    ``spec``: as loaded. ``unknowns``: the holes; the others keep their default. Without them, those
    that the ``expect safe`` lines of the variant name, or all if there is no such line; an unknown
    without a default is a hole in any case, unless the variant or ``--set`` gives it a value.
    Raises ``SpecError``: for names that do not exist, MC531 if there is no hole, MC532 if there are
    too many assignments.
    """
    bag = DiagnosticBag()
    overrides = dict(options.overrides)
    chosen_names = scenario_members(spec, options.scenarios)
    loaded = pipeline.Loaded(spec)
    loaded.check_overrides(overrides)
    grouped = expand_groups(spec, bag)
    bag.raise_errors()
    design = pipeline.Loaded(grouped).edited(variant, overrides)
    bag.extend(design.diagnostics)
    edited = design.spec
    lines = safe_lines(grouped, variant)
    closed = frozenset(overrides) | _set_by_variant(spec, variant)
    _check_names(edited, unknowns, lines, closed, bag)
    closed |= _left_at_default(edited, unknowns or [name for line in lines for name in line.unknowns])
    holes = find_holes(edited, closed)
    space = Space(holes)
    if not holes:
        bag.error("MC531", f"`{variant}` has no unknown without a value: there is nothing to find", None)
        bag.raise_errors()
    if space.size > LIMIT:
        bag.error("MC532", _too_many(space, holes), None)
        bag.raise_errors()
    known = open_scenarios(edited)
    for name in chosen_names:
        if name not in {scenario.name for scenario in known}:
            replace(design, spec=replace(edited, items=_valued(edited.items))).check_scenario(name)
    for name in options.properties:
        design.check_property(name)
    wanted = [s for s in known if (s.name in chosen_names if chosen_names else options.slow or not s.slow)]
    if not wanted:
        bag.error("MC505", "there is no scenario to run: every one is marked slow (--slow), or there is none", None)
    names = [scenario.name for scenario in known]
    oracle = read_oracle(lines, variant, edited, space, names, design.property_names, closed, bag)
    bag.raise_errors()
    wanted.sort(key=lambda scenario: scenario.any_number)
    skipped = tuple(s.name for s in known if s.slow and s not in wanted) if not chosen_names else ()
    return Question(design, space, tuple(wanted), skipped, oracle, options, bag.found)


def _valued(items: Sequence[ast.Item]) -> tuple[ast.Item, ...]:
    """The items without unknowns that have no value, which could not be resolved."""
    return tuple(item for item in items if not (isinstance(item, ast.UnknownDecl) and item.value is None))


def _check_names(
    edited: ast.Spec,
    chosen: Sequence[str],
    lines: Sequence[ast.ExpectSafeDecl],
    closed: frozenset[str],
    bag: DiagnosticBag,
) -> None:
    """Report names in ``chosen`` and in ``expect safe`` lines that are no unknowns (MC533)."""
    known = [item.name for item in edited.items if isinstance(item, ast.UnknownDecl)]
    named = [(name, None) for name in chosen] + [(name, line.span) for line in lines for name in line.unknowns]
    for name, span in named:
        if name not in known:
            bag.error("MC533", f"there is no unknown `{name}`" + did_you_mean(name, known), span)
    for name in chosen:
        if name in closed:
            bag.error("MC533", f"`{name}` has a value already: the variant or --set gives it one", None)
    bag.raise_errors()


def _left_at_default(edited: ast.Spec, chosen: Sequence[str]) -> frozenset[str]:
    """The unknowns that have a default and are not among the chosen (if any)."""
    if not chosen:
        return frozenset()
    unknowns = [item for item in edited.items if isinstance(item, ast.UnknownDecl)]
    return frozenset(item.name for item in unknowns if item.name not in chosen and item.value is not None)


def _set_by_variant(spec: ast.Spec, variant: str) -> frozenset[str]:
    """The unknowns that the variant, or what it inherits from, sets."""
    known = declared(spec)
    if variant == variants.BASE or variant not in known:
        return frozenset()
    line = lineage(known[variant], known, DiagnosticBag())
    edits = [edit for member in line.order for edit in member.edits]
    return frozenset(edit.target[0] for edit in edits if isinstance(edit, ast.SetEdit) and len(edit.target) == 1)


def _too_many(space: Space, holes: Sequence[Hole]) -> str:
    sizes = ", ".join(f"{hole.name} {hole.size:,}" for hole in holes)
    return (
        f"there are {space.size:,} assignments ({sizes} values), and at most {LIMIT:,} can be tried: "
        "give some of the unknowns a value with --set, or a smaller type"
    )
