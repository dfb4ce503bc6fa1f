"""Types as they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.syntax.ast.spans import span_field

if TYPE_CHECKING:
    from modelcheck.language.syntax.ast.expressions import Expr


class WrittenType:
    """A type as it is written."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class NamedType(WrittenType):
    """``bool``, ``int``, ``atomic``, ``refcount``, a lock kind, or the name of an enum or struct."""

    name: str
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class RangeTypeNode(WrittenType):
    """``lo..hi``"""

    low: Expr
    high: Expr
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class AtomicRangeNode(WrittenType):
    """``atomic lo..hi`` or ``refcount lo..hi``"""

    name: str
    low: Expr
    high: Expr
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class AtomicWordNode(WrittenType):
    """``atomic bv<width>``, ``atomic Flags``"""

    word: TypeNode
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class BvTypeNode(WrittenType):
    """``bv<width>``"""

    width: Expr
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class RefTypeNode(WrittenType):
    """``ref Object``"""

    target: str
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class OptTypeNode(WrittenType):
    """``opt T``"""

    element: TypeNode
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class SetTypeNode(WrittenType):
    """``set<T>``"""

    element: TypeNode
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class ProcTypeNode(WrittenType):
    """``proc P``"""

    process: str
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class ArrayTypeNode(WrittenType):
    """``T[index]``: the index is an enum, a process class, a range ``lo..hi`` or a count ``n`` (meaning ``0..n-1``)."""

    element: TypeNode
    index: TypeNode | Expr
    span: Span = span_field()


TypeNode: TypeAlias = (
    NamedType
    | RangeTypeNode
    | AtomicRangeNode
    | AtomicWordNode
    | BvTypeNode
    | RefTypeNode
    | OptTypeNode
    | SetTypeNode
    | ProcTypeNode
    | ArrayTypeNode
)
