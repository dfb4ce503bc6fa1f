"""A whole spec."""

from __future__ import annotations

from dataclasses import field

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Source, Span
from modelcheck.language.syntax.ast.spans import span_field
from modelcheck.language.syntax.ast.variants import Item


@dataclass(frozen=True, slots=True)
class Comment:
    """``text`` includes its delimiters; ``own_line`` if nothing but white space stands before it on its line."""

    text: str
    own_line: bool
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class Spec:
    """One parsed file (before imports are followed) or, after loading, all its items in order.
    ``files``: every file that was read for it, its own first (empty unless loaded)."""

    items: tuple[Item, ...]
    comments: tuple[Comment, ...] = field(default=(), compare=False, repr=False)
    span: Span = span_field()
    files: tuple[Source, ...] = field(default=(), compare=False, repr=False)
