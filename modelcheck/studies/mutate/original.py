"""The design as it is: which scenarios run, what properties say there, and the systems to hold mutants against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.ground.records import dataclass
from modelcheck.ir.system import System
from modelcheck.language import pipeline
from modelcheck.language.syntax import ast
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.cache.models import identity
from modelcheck.studies.matrix.expectations import Claim, Outcome
from modelcheck.studies.matrix.model import Cell, MatrixResult
from modelcheck.studies.matrix.never_applicable import expected_by_name
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.plan import Plan, plan
from modelcheck.studies.matrix.run import Listener, run


@dataclass(frozen=True, slots=True)
class Said:
    """What a property says of the design, and what is expected of it."""

    verdict: Verdict
    claim: Claim | None
    outcome: Outcome
    length: int | None


@dataclass(frozen=True, slots=True)
class Scenario:
    """``digest``: of the typed model; ``states``: reachable ones; ``said``: by the property's name."""

    name: str
    digest: str
    states: int
    said: Mapping[str, Said]


class Original:
    """``scenarios``: those that run, the cheapest first; ``asked``: the properties that an `expect`
    line names and that apply in some scenario, as they have to. Systems are made when they are asked
    for, once.
    """

    def __init__(self, edited: pipeline.Edited, scenarios: Sequence[Scenario], asked: Sequence[str] = ()) -> None:
        self.edited = edited
        self.scenarios = tuple(scenarios)
        self.asked = tuple(asked)
        self._systems: dict[str, System] = {}

    def scenario(self, name: str) -> Scenario:
        """Return the scenario of that name."""
        return next(one for one in self.scenarios if one.name == name)

    def system(self, scenario: str) -> System:
        """Return the system of a scenario."""
        from modelcheck.semantics.elaborate import elaborate

        if scenario not in self._systems:
            self._systems[scenario] = elaborate(self.edited.resolved(scenario).model)
        return self._systems[scenario]


def chosen(spec: ast.Spec, variant: str, options: Options) -> tuple[Plan, tuple[str, ...]]:
    """Return the plan for the design alone, and the scenarios that are left out: unless they are
    asked for, slow ones and those in which some process runs in any number.

    Raises ``SpecError``.
    """
    planned = plan(spec, replace(options, variants=(variant,)))
    named = bool(options.scenarios) or options.slow
    left_out = tuple(task.scenario for task in planned.tasks if task.any_number and not named)
    tasks = tuple(task for task in planned.tasks if task.scenario not in left_out)
    if not tasks:
        message = "every scenario is slow or runs some process in any number: ask for them with --slow"
        raise SpecError([Diagnostic("MC505", Severity.ERROR, message, None)])
    scenarios = tuple(task.scenario for task in tasks)
    return replace(planned, tasks=tasks, scenarios=scenarios), (*planned.skipped, *left_out)


def check_original(
    spec: ast.Spec, path: str, variant: str, options: Options, planned: Plan, listener: Listener | None = None
) -> tuple[Original, MatrixResult]:
    """Check the design without any mutant. Raises ``SpecError`` if it cannot be used."""
    result = run(spec, path, replace(options, variants=(variant,)), listener, planned)
    unusable = [diagnostic for pair in result.pairs if pair.failure for diagnostic in pair.diagnostics]
    if unusable:
        raise SpecError(unusable)
    edited = pipeline.Loaded(spec).edited(variant, dict(options.overrides))
    scenarios = [
        Scenario(
            pair.scenario,
            identity(edited.resolved(pair.scenario).model).digest,
            max((cell.states or 0 for cell in pair.cells), default=0),
            {cell.property_name: _said(cell) for cell in pair.cells},
        )
        for pair in result.pairs
    ]
    cells = [cell for pair in result.pairs for cell in pair.cells]
    # If some scenarios are picked out, a property may apply in the others.
    named = [] if options.scenarios else [cell.property_name for cell in cells if expected_by_name(cell)]
    absent = applying_nowhere(edited, named)
    asked = [name for name in dict.fromkeys(named) if name not in absent]
    return Original(edited, sorted(scenarios, key=lambda scenario: scenario.states), asked), result


def applying_nowhere(edited: pipeline.Edited, names: Iterable[str]) -> frozenset[str]:
    """Return those of the properties that apply in no scenario of a design, be it slow or not."""
    absent = set(names)
    for info in edited.scenarios:
        if not absent:
            break
        absent -= {prop.name for prop in edited.resolved(info.name).model.properties if prop.not_applicable is None}
    return frozenset(absent)


def _said(cell: Cell) -> Said:
    return Said(cell.verdict, cell.claim, cell.outcome, cell.length)
