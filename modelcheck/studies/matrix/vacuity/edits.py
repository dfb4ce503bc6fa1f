"""Edits of variants without effect: code that no scenario runs, code where constants keep everybody
out, values that nobody ever sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import assert_never

from modelcheck.ground.diagnostics import Diagnostic, DiagnosticBag, Note, Severity, SpecError
from modelcheck.ground.source import Span
from modelcheck.language import pipeline, variants
from modelcheck.language.syntax import ast
from modelcheck.language.variants.lineage import declared, lineage
from modelcheck.studies.matrix.model import Pair
from modelcheck.studies.matrix.vacuity.judged import Judged, Run, is_seen
from modelcheck.studies.matrix.vacuity.places import key_of
from modelcheck.studies.matrix.vacuity.words import names_of
from modelcheck.studies.matrix.vacuity.written import (
    does_something,
    every_scenario_sets,
)


def edits_without_effect(run: Run) -> Iterator[Diagnostic]:
    """Edits that change nothing, whatever happens in the scenarios that were looked at."""
    made_of = _members(run)
    for variant in run.edited:
        own = [j for j in run.judged if variant.name in made_of[j.pair.variant]]
        if not own or variant.name in run.unknown or variants.BASE in run.unknown or run.left_out:
            continue
        said = False
        for edit in variant.edits:
            why = _no_effect(run, edit, own)
            if not why and _is_nowhere(edit, own) and _same_without(run.spec, variant, edit, own):
                why = "no scenario runs the code that it changes"
            if why:
                said = True
                yield _without_effect(own, variant, edit.span, why)
        values = all(map(_is_value, variant.edits))
        itself = [j for j in own if j.pair.variant == variant.name]
        if variant.edits and values and not said and itself and _same_as_base(run, itself):
            span = variant.edits[0].span if len(variant.edits) == 1 else variant.span
            yield _without_effect(own, variant, span, "every scenario is the same without it, nobody sees the value")


def _members(run: Run) -> dict[str, frozenset[str]]:
    """For each design that was looked at the variants and patches that it is made of."""
    known = declared(run.spec)
    names = dict.fromkeys(j.pair.variant for j in run.judged)
    orders = {name: lineage(known[name], known, DiagnosticBag()).order for name in names if name in known}
    return {name: frozenset(member.name for member in orders.get(name, ())) for name in names}


def _without_effect(own: Sequence[Judged], variant: ast.VariantDecl, span: Span, why: str) -> Diagnostic:
    message = f"this edit of `{variant.name}` has no effect: {why}"
    names = list(dict.fromkeys(j.pair.scenario for j in own))
    where = f"scenario {names_of(names)}" if len(names) == 1 else f"scenarios {names_of(names)}"
    return Diagnostic("MC428", Severity.WARNING, message, span.first_line, (Note(f"in {where}"),))


def _no_effect(run: Run, edit: ast.Edit, own: Sequence[Judged]) -> str:
    """Why an edit by itself changes nothing that can happen; empty if it is not known to."""
    match edit:
        case ast.SetParam(name=name) if every_scenario_sets(run.spec, name):
            return f"every scenario gives `{name}` a value of its own"
        case ast.InsertEdit(anchor=anchor, body=body) | ast.ReplaceEdit(anchor=anchor, body=body):
            owners = {owner for j in own for owner in j.vacuity.owners}
            known = anchor.owner in run.plain() and anchor.owner in owners
            # Code that is there was either passed or not.
            if known and not is_seen(run.judged, body.span) and does_something(body):
                return "constants keep everybody out of the code around it"
    return ""


def _is_value(edit: ast.Edit) -> bool:
    """Whether an edit gives something another value."""
    if isinstance(edit, ast.OverrideEdit):
        return isinstance(edit.item, ast.ParamDecl)
    return isinstance(edit, ast.SetEdit | ast.SetParam)


def _is_nowhere(edit: ast.Edit, own: Sequence[Judged]) -> bool:
    """Whether the code that an edit is about was seen in none of its designs, passed or not."""
    match edit:
        case (
            ast.InsertEdit(body=body)
            | ast.ReplaceEdit(body=body)
            | ast.ReplaceTextEdit(new=body)
            | ast.OverrideEdit(ast.ProcessDecl(body=body) | ast.InlineDecl(body=body) | ast.CallbackDecl(body=body))
        ):
            return does_something(body) and not is_seen(own, body.span)
        case ast.DeleteEdit(anchor):
            return all(anchor.owner not in j.vacuity.owners for j in own)
        case ast.OverrideEdit() | ast.AddEdit() | ast.SetEdit() | ast.SetParam():
            return False
        case _:
            assert_never(edit)


def _same_without(spec: ast.Spec, variant: ast.VariantDecl, edit: ast.Edit, own: Sequence[Judged]) -> bool:
    """Whether the designs are, in every scenario, the same transition systems without an edit."""
    shorter = replace(variant, edits=tuple(one for one in variant.edits if one is not edit))
    without = replace(spec, items=tuple(shorter if item is variant else item for item in spec.items))
    return all(_system(spec, j.pair) == _system(without, j.pair) is not None for j in own)


def _same_as_base(run: Run, own: Sequence[Judged]) -> bool:
    """Whether a design is, in every scenario, the transition system that the base is."""
    base = {j.pair.scenario: j for j in run.base}
    if {j.pair.scenario for j in own} != set(base):
        return False
    return all(_is_same(run, j, base[j.pair.scenario]) for j in own)


def _is_same(run: Run, one: Judged, other: Judged) -> bool:
    if _seen(one) != _seen(other):
        return False  # spares making the systems
    return _system(run.spec, one.pair) == _system(run.spec, other.pair) is not None


def _seen(j: Judged) -> object:
    # Spans from different worker processes are of different copies of one text.
    return [(cell.property_name, cell.verdict) for cell in j.pair.cells], {key_of(span) for span in j.vacuity.passed}


def _system(spec: ast.Spec, pair: Pair) -> str | None:
    """A hash of the transition system of a pair, whatever the design is called; None if there is
    none (processes in any number).
    """
    from modelcheck.ir.fingerprint import fingerprint
    from modelcheck.semantics.elaborate.build import build_system

    try:
        model = pipeline.Loaded(spec).edited(pair.variant).resolved(pair.scenario).model
        return fingerprint(replace(build_system(model), variant=""))
    except SpecError:
        return None
