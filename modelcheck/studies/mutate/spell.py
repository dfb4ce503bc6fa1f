"""A mutant in the language of variants: the shortest edit that makes the same tree.

What is tried first is easiest to read: ``delete f::label;``, then ``replace`` and ``insert`` at a
label, then ``replace in f { … } with { … }`` with as many neighbours, or as much around it, as it
takes for the text to occur once; in the end the whole body. An edit counts only if the machinery of
variants takes it without a word and makes the very tree of the splice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from modelcheck.ground.diagnostics import DiagnosticBag
from modelcheck.ground.source import NOWHERE, Span
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.formatter.unparse import unparse_item
from modelcheck.language.variants.bodies import Statements, peel, with_labels
from modelcheck.language.variants.conflicts import Touches
from modelcheck.language.variants.edit import Editor, Items
from modelcheck.language.variants.lineage import Lineage
from modelcheck.studies.mutate.tree import CODE, Listed, Splice, lists_of, spliced

#: Who makes the edits, where nobody asks for a name.
_ORIGIN = "mutant"


def spelled(
    items: Items, splices: tuple[Splice, ...], unfit: frozenset[tuple[str, str]] = frozenset()
) -> tuple[ast.Edit, ...]:
    """Return the edits that make splices, one after the other; each one's indices are about the items before it.

    ``unfit``: (owner, label) at which no edit is to be made.
    """
    edits: list[ast.Edit] = []
    for splice in splices:
        owner = _owner(items, splice.owner)
        aim = replace(owner, body=spliced(owner.body, splice))
        for edit in _candidates(owner, splice, aim, unfit):
            after = edited(items, (edit,))
            if after is not None and _owner(after, splice.owner) == aim:
                break
        else:
            raise AssertionError(f"no edit makes this mutant of {splice.owner}")
        edits.append(edit)
        items = after
    return tuple(edits)


def edited(items: Items, edits: tuple[ast.Edit, ...]) -> Items | None:
    """Return the items with edits made; None if the machinery of variants says anything about one."""
    bag = DiagnosticBag()
    editor = Editor(items, Touches(Lineage((), {_ORIGIN: frozenset()}), bag), bag)
    for edit in edits:
        editor.apply(edit, _ORIGIN)
    return None if bag.found else editor.items


def variant_text(name: str, base: str, description: str, edits: tuple[ast.Edit, ...]) -> str:
    """Return the edits as a variant of the design ``base``, to be pasted into the spec."""
    parents = () if base == "base" else (base,)
    made = ast.VariantDecl(name, False, parents, description, tuple(_nowhere(edit) for edit in edits), (), NOWHERE)
    return unparse_item(made)


def _owner(items: Items, name: str) -> CODE:
    return next(item for item in items if isinstance(item, CODE) and item.name == name)


def _candidates(owner: CODE, splice: Splice, aim: CODE, unfit: frozenset[tuple[str, str]]) -> Iterator[ast.Edit]:
    lists = lists_of(owner)
    yield from _at_label(owner.name, lists[splice.list], splice, unfit)
    old = spliced_range(owner, splice)
    yield from _by_text(owner, lists, splice, old)
    yield ast.OverrideEdit(aim, aim.span)


def spliced_range(owner: CODE, splice: Splice) -> Span:
    """Where the elements stand that a splice takes away."""
    statements = lists_of(owner)[splice.list].statements[splice.first : splice.end]
    return statements[0].span if statements else owner.span


def _at_label(owner: str, listed: Listed, splice: Splice, unfit: frozenset[tuple[str, str]]) -> Iterator[ast.Edit]:
    if splice.end - splice.first != 1:
        return
    element = listed.statements[splice.first]
    peeled = peel(element)
    for label in reversed(peeled.labels):
        if (owner, label) in unfit:
            continue
        anchor = ast.Anchor(owner, label, None, element.span)
        if len(splice.new) == 1 and isinstance(peel(splice.new[0]).statement, ast.Empty):
            yield ast.DeleteEdit(anchor, element.span)
        if splice.new and splice.new[0] == element:
            yield ast.InsertEdit(ast.Where.AFTER, anchor, ast.Block(splice.new[1:], element.span), element.span)
        if splice.new:
            first, *rest = splice.new
            yield ast.ReplaceEdit(anchor, ast.Block((peel(first).statement, *rest), element.span), element.span)


def _by_text(owner: CODE, lists: tuple[Listed, ...], splice: Splice, span: Span) -> Iterator[ast.Edit]:
    """The text to replace, wider and wider."""
    number, first, end, new = splice.list, splice.first, splice.end, splice.new
    while True:
        statements = lists[number].statements
        for low, high in _windows(first, end, len(statements)):
            old = statements[low:high]
            put = (*statements[low:first], *new, *statements[end:high])
            yield from _texts(owner.name, old, put, span)
        above = lists[number].above
        if above is None:
            return
        # Then the statement that all this stands in.
        whole = spliced(owner.body, Splice(owner.name, number, first, end, new))
        changed = lists_of(replace(owner, body=whole))
        number, first = above
        end, new = first + 1, (changed[number].statements[first],)


def _windows(first: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    """Ranges around a range, small ones first."""
    seen = set()
    for more in range(size + 1):
        for before in range(more + 1):
            low, high = max(first - before, 0), min(end + more - before, size)
            if low < high and (low, high) not in seen:
                seen.add((low, high))
                yield low, high


def _texts(owner: str, old: Statements, new: Statements, span: Span) -> Iterator[ast.Edit]:
    peeled = peel(old[0])
    if peeled.labels:
        # Labels that are left out stay.
        left = peel(new[0]) if new else None
        if left is not None and left.labels == peeled.labels:
            empty = isinstance(left.statement, ast.Empty)
            shorter: Statements = new[1:] if empty else (left.statement, *new[1:])
            yield _replacing(owner, (peeled.statement, *old[1:]), shorter, span)
    yield _replacing(owner, old, new, span)


def _replacing(owner: str, old: Statements, new: Statements, span: Span) -> ast.Edit:
    return ast.ReplaceTextEdit(owner, ast.Block(old, span), ast.Block(new, span), span)


def _nowhere(node: Any) -> Any:
    """The same without places: then it is laid out anew."""
    changes: dict[str, Any] = {}
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, Span):
            changes[field.name] = NOWHERE
        elif isinstance(value, tuple):
            changes[field.name] = tuple(_nowhere(part) if is_dataclass(part) else part for part in value)
        elif is_dataclass(value):
            changes[field.name] = _nowhere(value)
    return replace(node, **changes)


__all__ = ["edited", "spelled", "variant_text", "with_labels"]
