"""Statements and branches that nobody ever gets to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from modelcheck.checking.vacuity.places import Place, PlaceKind
from modelcheck.ground.diagnostics import Diagnostic, Note, Severity
from modelcheck.ground.source import Span
from modelcheck.language import variants
from modelcheck.language.syntax import ast
from modelcheck.studies.matrix.vacuity.judged import Judged, Run, is_seen
from modelcheck.studies.matrix.vacuity.places import Key, is_inside, key_of
from modelcheck.studies.matrix.vacuity.words import names_of, quoted, scenarios_of
from modelcheck.studies.matrix.vacuity.written import (
    branches,
    does_something,
    labelled_below,
)


def unreached_code(run: Run) -> Iterator[Diagnostic]:
    candidates: dict[Key, Place] = {}
    blocked: set[Key] = set()
    for j in run.judged:
        for place in j.vacuity.unpassed:
            edit = run.edit_around(place.span)
            if edit is None and j.pair.variant != variants.BASE:
                continue
            key = key_of(place.span)
            candidates.setdefault(key, place)
            if not j.vacuity.complete:
                blocked.add(key)
    unseen = [p for p in candidates.values() if not any(j.passed.inside(p.span) for j in run.deciding(p.span))]
    for place in unseen:
        run.allowances.allowed(ast.Allowed.UNREACHED, place.labels, place.owner)
    unreached = [p for p in unseen if key_of(p.span) not in blocked and _is_known(run, p)]
    for together in _together(run, _outermost(unreached)):
        labels = [label for place in together for label in place.labels]
        if _is_allowed(run, labels, together[0]):
            continue
        if any(j.passed.inside(together[0].span) for j in run.judged):
            continue  # in a design that is no part of what decides
        yield _unreached(run, together)


def constant_code(run: Run) -> Iterator[Diagnostic]:
    """Branches and loop bodies of the base that constants keep everybody out of, in every scenario and design."""
    if run.left_out or run.unknown or run.fixed or any(isinstance(i, ast.UnknownDecl) for i in run.spec.items):
        return
    running = {owner for j in run.judged for owner in j.vacuity.owners}
    for item in run.spec.items:
        if not isinstance(item, ast.ProcessDecl) or item.name not in running:
            continue
        for body, condition in branches(item.body):
            if is_seen(run.judged, body.span) or not does_something(body):
                continue
            labels = [statement.label for statement in labelled_below(body)]
            if run.allowances.allowed(ast.Allowed.UNREACHED, labels, item.name):
                continue
            message = (
                f"`{quoted(body.span)}` never runs: `{quoted(condition)}` is constant, the same in every scenario and"
                " design"
            )
            example = labels[0] if labels else "LABEL"
            notes = run.advice(f'`allow unreached {example} "why";`')
            yield Diagnostic("MC420", Severity.WARNING, message, body.span.first_line, notes)


def _is_allowed(run: Run, labels: Sequence[str], place: Place) -> bool:
    """Of the code that a variant brings in, what is said at top level about a label of the base says nothing."""
    edit = run.edit_around(place.span)
    if edit is None:
        return run.allowances.allowed(ast.Allowed.UNREACHED, labels, place.owner)
    # Code that gives way to other code under the same label (`override process p`) is not what was allowed.
    base = (item for item in run.spec.items if not isinstance(item, ast.VariantDecl))
    before = {s.label for item in base if getattr(item, "name", None) == place.owner for s in labelled_below(item)}
    written = {statement.label for statement in labelled_below(edit)} - before
    own = [label for label in labels if label in written]
    return run.allowances.allowed(ast.Allowed.UNREACHED, labels, place.owner, edit) or run.allowances.allowed(
        ast.Allowed.UNREACHED, own, place.owner
    )


def _together(run: Run, places: Sequence[Place]) -> Iterator[Sequence[Place]]:
    """Neighbours that follow one another, those of each edit for themselves."""
    for row in _neighbours(places):
        for _, part in groupby(row, lambda place: _edit_of(run, place.span)):
            yield list(part)


def _edit_of(run: Run, span: Span) -> Key | None:
    found = run.edit_around(span)
    edit = None if found is None else next((e for e in found.edits if is_inside(span, e.span)), None)
    return None if edit is None else key_of(edit.span)


def _is_known(run: Run, place: Place) -> bool:
    """Whether everything was looked at in which the place could be reached."""
    edit = run.edit_around(place.span)
    if edit is None and variants.BASE in run.unknown:
        return False
    if edit is not None and run.unknown:
        return False
    processes = {owner for j in run.judged for owner in j.vacuity.owners}
    return not run.left_out or (place.owner not in run.absent and place.owner in processes & run.plain())


def _unreached(run: Run, together: Sequence[Place]) -> Diagnostic:
    place = together[0]
    deciding = [
        j for j in run.deciding(place.span) if key_of(place.span) in {key_of(p.span) for p in j.vacuity.unpassed}
    ]
    text = quoted(place.span)
    condition = "" if place.condition is None else quoted(place.condition)
    edit = run.edit_around(place.span)
    code = "MC420"
    span = place.span.first_line
    match place.kind:
        case PlaceKind.GUARD:
            code = "MC421"
            always = f": `{condition}` is never true there" if condition else ", whatever it waits for never comes"
            message = f"`{text}` never gets through{always}"
        case PlaceKind.PROVIDED:
            code = "MC421"
            message = f"`{place.owner}` never runs: what it is `provided`, `{condition}`, is never true"
            span = place.condition or span
        case PlaceKind.BRANCH if condition:
            message = f"`{text}` is never reached: `{condition}` is never true there"
        case _:
            message = f"`{text}` is never reached"
    around = None if edit is None else next((e for e in edit.edits if is_inside(place.span, e.span)), None)
    if edit is not None and around is not None and _whole(run, around, deciding):
        code, span = "MC428", around.span.first_line
        message = f"this edit of `{edit.name}` has no effect: {message}"
    notes = [Note(f"in {scenarios_of(deciding)}")]
    ends = list(dict.fromkeys(end for j in deciding for end in j.vacuity.ends))
    if ends:
        notes.append(Note(f"runs end in {names_of(ends)} before they could get there"))
    if len(together) > 1:
        behind = len(together) - 1
        notes.append(Note(f"nor {'is the statement' if behind == 1 else f'are the {behind} statements'} behind it"))
    label = next((label for p in together for label in p.labels), None)
    example = label or "LABEL"
    to_label = "" if label else ", with a label at it"
    notes += run.advice(f'`allow unreached {example} "why";`{to_label}')
    return Diagnostic(code, Severity.WARNING, message, span, tuple(notes))


def _whole(run: Run, edit: ast.Edit, deciding: Sequence[Judged]) -> bool:
    """Whether nothing of an edit is ever reached."""
    body = edit.new if isinstance(edit, ast.ReplaceTextEdit) else getattr(edit, "body", None)
    return isinstance(body, ast.Block) and not any(j.passed.inside(body.span) for j in deciding)


def _neighbours(places: Sequence[Place]) -> list[list[Place]]:
    """Neighbours that follow one another, together."""
    ordered = sorted(places, key=lambda p: (key_of(p.block), p.index))
    found: list[list[Place]] = [ordered[:1]] if ordered else []
    for before, place in pairwise(ordered):
        if key_of(before.block) == key_of(place.block) and place.index - before.index <= 1:
            found[-1].append(place)
        else:
            found.append([place])
    return found


def _outermost(places: Sequence[Place]) -> list[Place]:
    """Those that are in no other one."""
    return [
        p
        for p in places
        if not any(
            is_inside(p.span, q.span) and (p.span.start, p.span.end) != (q.span.start, q.span.end) for q in places
        )
        and not any(
            key_of(p.span) == key_of(q.span) and q is not p and places.index(q) < places.index(p) for q in places
        )
    ]
