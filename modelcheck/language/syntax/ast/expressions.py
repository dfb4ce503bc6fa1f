"""Expressions as they are written, those of properties included."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.syntax.ast.spans import span_field
from modelcheck.language.syntax.ast.types import TypeNode


class Literal:
    """Stands for itself."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class IntLit(Literal):
    value: int
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class BoolLit(Literal):
    value: bool
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class NullLit(Literal):
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class NoneLit(Literal):
    """``none``, the empty value of ``opt T``."""

    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class UninitLit(Literal):
    """``uninit``, only as a declared initial value: the variable starts unassigned."""

    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class Wildcard(Literal):
    """``_`` in an event pattern."""

    span: Span = span_field()


class Location:
    """Names something."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Name(Location):
    name: str
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class Member(Location):
    """``base.field`` or ``base->field`` (both are accepted, the type decides which is right)."""

    base: Expr
    field: str
    arrow: bool
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class Index(Location):
    base: Expr
    index: Expr
    span: Span = span_field()


class Calling:
    """A call."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Call(Calling):
    """``f(a, b)``: an inline, a callback, a kernel primitive (``lock``, ``READ_ONCE``), ``some``,
    ``held``, an event pattern…
    """

    name: str
    arguments: tuple[Expr, ...]
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class MethodCall(Calling):
    """``p->count.inc_not_zero()``, ``s.add(x)``"""

    base: Expr
    method: str
    arguments: tuple[Expr, ...]
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class AddressOf:
    """``&place``: only as an argument (of a ``&`` parameter, or of a kernel primitive, where it is decoration)."""

    operand: Expr
    span: Span = span_field()


class Operator:
    """Makes a value of values."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Unary(Operator):
    """``operator`` is one of ``! - ~``."""

    operator: str
    operand: Expr
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class Binary(Operator):
    """``operator`` is one of ``* / % + - << >> < <= > >= == != & ^ | && || => in``."""

    operator: str
    left: Expr
    right: Expr
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class Conditional(Operator):
    """``condition ? then : otherwise``"""

    condition: Expr
    then: Expr
    otherwise: Expr
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class RangeExpr(Operator):
    """``lo..hi`` where a domain is expected (``for``, ``pick``, quantifiers)."""

    low: Expr
    high: Expr
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class FieldInit:
    """``field = value;`` inside ``new T { … }`` or a struct value."""

    field: str
    value: Expr
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class New:
    """``new T``, ``new T { f = e; … }``; ``may_fail`` for ``try_new T``."""

    target: str
    inits: tuple[FieldInit, ...]
    may_fail: bool
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class SetLit(Operator):
    """``{a, b}`` as an expression of type ``set<T>``."""

    elements: tuple[Expr, ...]
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class CondLoad:
    """``cond_load(place, condition)``: wait until the condition on ``VAL`` holds, keep the value that was seen."""

    place: Expr
    condition: Expr
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class Cast(Operator):
    """``bv<8>(e)`` or ``int(e)``"""

    target: TypeNode
    operand: Expr
    span: Span = span_field()


class QuantifierKind(Enum):
    FORALL = "forall"
    EXISTS = "exists"


class OfProperties:
    """Speaks about many states or processes."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Quantifier(OfProperties):
    """``forall x in D : body``; the body reaches as far right as possible."""

    kind: QuantifierKind
    variable: str
    domain: Expr
    body: Expr
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class Prime(OfProperties):
    """``x'``: the value after the step (``step`` properties only)."""

    operand: Expr
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class LabelPath:
    """``owner[replica]::path/…/label``. ``owner`` is a process or an inline; ``path`` names the calls in between."""

    owner: str
    replica: Expr | None
    path: tuple[str, ...]
    label: str
    span: Span = span_field()


class LabelQuestion(Enum):
    AT = "at"
    AFTER = "after"
    COUNT_AT = "nr_at"


@dataclass(frozen=True, slots=True)
class LabelPredicate(OfProperties):
    """``at(p::L)``, ``after(p::L)``, ``nr_at(p::L, p::M)``"""

    question: LabelQuestion
    labels: tuple[LabelPath, ...]
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class May(OfProperties):
    """``condition may event`` inside a ``may`` property (possibly below ``exists``)."""

    condition: Expr
    event: Expr
    span: Span = span_field()


Expr: TypeAlias = (
    IntLit
    | BoolLit
    | NullLit
    | NoneLit
    | UninitLit
    | Wildcard
    | Name
    | Member
    | Index
    | Call
    | MethodCall
    | AddressOf
    | Unary
    | Binary
    | Conditional
    | RangeExpr
    | New
    | SetLit
    | CondLoad
    | Cast
    | Quantifier
    | Prime
    | LabelPredicate
    | May
)
