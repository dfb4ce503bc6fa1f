"""Scenarios in which nothing happens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from modelcheck.checking.vacuity.places import PlaceKind
from modelcheck.ground.diagnostics import Diagnostic, Note, Severity
from modelcheck.ground.source import Span
from modelcheck.language import variants
from modelcheck.language.syntax import ast
from modelcheck.studies.matrix.vacuity.judged import Judged, Run
from modelcheck.studies.matrix.vacuity.places import is_inside
from modelcheck.studies.matrix.vacuity.words import NAMED, names_of


def idle_scenarios(run: Run) -> Iterator[Diagnostic]:
    """Scenarios of the base in which nothing happens, and variants that nothing happens in at all."""
    yield from _idle_of(run, [j for j in run.base if not j.vacuity.moves and j.vacuity.complete])
    for variant in dict.fromkeys(j.pair.variant for j in run.judged if j.pair.variant != variants.BASE):
        own = [j for j in run.judged if j.pair.variant == variant]
        base = {j.pair.scenario for j in run.base if not j.vacuity.moves}
        still = [j for j in own if not j.vacuity.moves and j.vacuity.complete]
        if len(still) == len(own) and any(j.pair.scenario not in base for j in own):
            yield from _idle_of(run, still)
    for j in run.base:
        if j.vacuity.any_number and j.vacuity.sizes == (0,):
            names = " and ".join(f"`{name}`" for name in j.vacuity.any_number)
            if not run.allowances.allowed(ast.Allowed.VACUOUS, [j.pair.scenario]):
                message = (
                    f"scenario `{j.pair.scenario}` was explored without any {names} only: whether anything happens in"
                    " it is not known"
                )
                yield Diagnostic("MC429", Severity.WARNING, message, _scenario(run, j.pair.scenario))


def _idle_of(run: Run, still: Sequence[Judged]) -> Iterator[Diagnostic]:
    left = [j for j in still if not run.allowances.allowed(ast.Allowed.VACUOUS, [j.pair.scenario])]
    for ends in dict.fromkeys(j.vacuity.ends for j in left):
        here = [j for j in left if j.vacuity.ends == ends]
        names = names_of([j.pair.scenario for j in here])
        variant = here[0].pair.variant
        design = "" if variant == variants.BASE else f" of `{variant}`"
        which = "scenario" if len(here) == 1 else "the scenarios"
        if ends:
            message = (
                f"every run in {which} {names}{design} ends at its first step, in {names_of(ends)}: nothing else was"
                " looked at"
            )
        else:
            message = (
                f"nothing ever happens in {which} {names}{design}: every process waits at its first step, or has none"
            )
        notes = [] if ends else [Note("this never gets through", s) for s in dict.fromkeys(_waiting(here[0]))][:NAMED]
        yield Diagnostic("MC427", Severity.WARNING, message, _scenario(run, here[0].pair.scenario), tuple(notes))


def _scenario(run: Run, name: str) -> Span | None:
    found = next((i for i in run.spec.items if isinstance(i, ast.ScenarioDecl) and i.name == name), None)
    return None if found is None else found.span.first_line


def _waiting(j: Judged) -> Iterator[Span]:
    """Where the processes stand that do nothing."""
    for place in j.vacuity.unpassed:
        if place.kind is PlaceKind.GUARD and not any(
            is_inside(place.span, other.span) and other is not place for other in j.vacuity.unpassed
        ):
            yield place.span.first_line
