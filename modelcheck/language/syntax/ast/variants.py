"""Variants and their edits. Edits hold items and variants are items: so what an item is stands here."""

from __future__ import annotations

from dataclasses import field
from enum import Enum
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.syntax.ast.declarations import (
    BitsDecl,
    CallbackDecl,
    EnumDecl,
    EventDecl,
    Import,
    InitDecl,
    InlineDecl,
    ModelName,
    ObjectDecl,
    ParamDecl,
    ProcessDecl,
    SharedDecl,
    StructDecl,
    UnknownDecl,
)
from modelcheck.language.syntax.ast.expectations import AllowDecl, ExpectDecl, ExpectSafeDecl
from modelcheck.language.syntax.ast.expressions import Expr
from modelcheck.language.syntax.ast.properties import CountDecl, ObligationDecl, OnlyIfDecl, OrderDecl, PropertyDecl
from modelcheck.language.syntax.ast.scenarios import GroupDecl, ScenarioDecl, SetParam
from modelcheck.language.syntax.ast.spans import span_field
from modelcheck.language.syntax.ast.statements import Block


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where an edit lands: ``owner::label``, ``owner::a..b``, ``owner::_start``, ``owner::_end``.

    ``owner::inline/label`` means the inline's own label (an inline is shared by its callers): then
    ``path`` is what stands in front of the inline, and makes no difference.
    """

    owner: str
    label: str
    last_label: str | None = None
    span: Span = span_field()
    path: tuple[str, ...] = field(default=(), compare=False)


class Where(Enum):
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class InsertEdit:
    where: Where
    anchor: Anchor
    body: Block
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class ReplaceEdit:
    """``replace f::label { … }``: the labelled statement(s) give way to the new ones; the label stays on the first."""

    anchor: Anchor
    body: Block
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class DeleteEdit:
    """``delete f::label;``: the statement goes, its label stays on an empty statement."""

    anchor: Anchor
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class ReplaceTextEdit:
    """``replace [in owner] { old } with { new }``: the old statements must occur exactly once."""

    owner: str | None
    old: Block
    new: Block
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class OverrideEdit:
    """``override <item>``: a declaration of the same kind and name exists and gives way."""

    item: Item
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class AddEdit:
    """``add <item>``: no item of that name exists."""

    item: Item
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class SetEdit:
    """``set x = e;``, ``set Page.count = e;``: another initial value (of a shared variable, field or unknown)."""

    target: tuple[str, ...]
    value: Expr
    span: Span = span_field()


Edit: TypeAlias = InsertEdit | ReplaceEdit | DeleteEdit | ReplaceTextEdit | OverrideEdit | AddEdit | SetEdit | SetParam


@dataclass(frozen=True, slots=True)
class VariantDecl:
    """``variant v [: parents] ["description"] { edits… expects… allows… }``; ``patch`` for one that
    is no row of the matrix.
    """

    name: str
    patch: bool
    parents: tuple[str, ...]
    description: str | None
    edits: tuple[Edit, ...]
    expects: tuple[ExpectDecl | ExpectSafeDecl, ...]
    span: Span = span_field()
    allows: tuple[AllowDecl, ...] = ()


Item: TypeAlias = (
    Import
    | ModelName
    | ParamDecl
    | UnknownDecl
    | EnumDecl
    | BitsDecl
    | StructDecl
    | ObjectDecl
    | SharedDecl
    | EventDecl
    | InlineDecl
    | CallbackDecl
    | ProcessDecl
    | PropertyDecl
    | CountDecl
    | OrderDecl
    | OnlyIfDecl
    | ObligationDecl
    | InitDecl
    | ScenarioDecl
    | GroupDecl
    | VariantDecl
    | ExpectDecl
    | ExpectSafeDecl
    | AllowDecl
)
