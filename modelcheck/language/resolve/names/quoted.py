"""Code that edits quote: ``replace { old } with { new }`` finds statements by what they say, so each
name in ``old`` is what it is where these statements stand.
"""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.ground.source import Span
from modelcheck.ground.suggest import name_in
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.trees import FIELDS
from modelcheck.language.variants.bodies import peel
from modelcheck.language.variants.text import occurrences


class Quoted:
    """Where the code of a design is quoted by an edit of some variant."""

    def __init__(self, spec: ast.Spec) -> None:
        #: (a piece of code, the same where it is quoted)
        self._pairs = [
            pair
            for variant in spec.items
            if isinstance(variant, ast.VariantDecl)
            for edit in variant.edits
            if isinstance(edit, ast.ReplaceTextEdit)
            for pair in _quoted_by(edit, spec)
        ]

    def copies(self, place: Span) -> Iterator[Span]:
        """Where the name that stands at a place of the code is quoted."""
        around = [pair for pair in self._pairs if _inside(place, pair[0])]
        for code, quoted in around:
            if not any(_inside(other[0], code) and other[0] != code and _inside(other[1], quoted) for other in around):
                # (Comments may name it as well: then there is no telling which is which.)
                mine, theirs = list(_words(code, place.text)), list(_words(quoted, place.text))
                if place in mine and len(mine) == len(theirs):
                    yield theirs[mine.index(place)]


def _quoted_by(edit: ast.ReplaceTextEdit, spec: ast.Spec) -> Iterator[tuple[Span, Span]]:
    old = edit.old.statements
    for item in spec.items:
        if not isinstance(item, ast.InlineDecl | ast.CallbackDecl | ast.ProcessDecl | ast.InitDecl):
            continue
        if edit.owner in (None, item.name):
            for found in occurrences(item.body, old):
                first = found[0] if isinstance(old[0], ast.Labelled) else peel(found[0]).statement
                for code, quoted in zip((first, *found[1:]), old, strict=True):
                    yield from _alike(code, quoted)


def _alike(code: object, quoted: object) -> Iterator[tuple[Span, Span]]:
    """The places of two nodes that say the same, and of what is in them."""
    if isinstance(code, tuple) and isinstance(quoted, tuple):
        for one, other in zip(code, quoted, strict=True):
            yield from _alike(one, other)
    elif type(code) is type(quoted) and type(code) in FIELDS:
        spans = getattr(code, "span", None), getattr(quoted, "span", None)
        if isinstance(spans[0], Span) and isinstance(spans[1], Span):
            yield spans[0], spans[1]
        for name in FIELDS[type(code)]:
            yield from _alike(getattr(code, name), getattr(quoted, name))


def _inside(place: Span, outer: Span) -> bool:
    return place.source is outer.source and outer.start <= place.start and place.end <= outer.end


def _words(span: Span, name: str) -> Iterator[Span]:
    """Every place in a span where a name stands."""
    found = name_in(span, name)
    while found.text == name and _inside(found, span):
        yield found
        following = name_in(span, name, found)
        if following.start <= found.start:
            return
        found = following
