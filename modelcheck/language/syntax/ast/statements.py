"""Statements as they are written."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.syntax.ast.expressions import Expr
from modelcheck.language.syntax.ast.spans import span_field
from modelcheck.language.syntax.ast.types import TypeNode
from modelcheck.model.balance import Imbalance


class Nesting:
    """Has statements inside."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Block(Nesting):
    statements: tuple[Stmt, ...]
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class Labelled(Nesting):
    """``label: statement``"""

    label: str
    statement: Stmt
    span: Span = span_field()


class Simple:
    """Has no statements inside, and control goes on behind it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class LocalDecl(Simple):
    """``local x : T;`` or ``local x : T = e;`` (the type may be left out when there is a value)."""

    name: str
    type: TypeNode | None
    value: Expr | None
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class Assign(Simple):
    """``target = value;``"""

    target: Expr
    value: Expr
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class CompoundAssign(Simple):
    """``target += value;`` (``operator`` without the ``=``); ``x++`` and ``x--`` are ``+`` and ``-`` by 1."""

    target: Expr
    operator: str
    value: Expr
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class ExprStmt(Simple):
    """A call for its effect: ``put_page(p);``, ``p->count.inc();``, ``lock(l);``, ``touch(x);``, ``free(x);``"""

    expression: Expr
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class If(Nesting):
    condition: Expr
    then: Stmt
    otherwise: Stmt | None
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class While(Nesting):
    condition: Expr
    body: Stmt
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class DoWhile(Nesting):
    body: Stmt
    condition: Expr
    span: Span = span_field()


class LoopKind(Enum):
    """The value is how it is written."""

    PLAIN = "loop"
    QUIESCENT = "loop quiescent"
    ENDLESS = "loop endless"


@dataclass(frozen=True, slots=True)
class Loop(Nesting):
    """``loop { }``, ``loop quiescent { }`` or ``loop endless { }``"""

    body: Stmt
    kind: LoopKind
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class For(Nesting):
    """``for (x in D) { }``"""

    variable: str
    domain: Expr
    body: Stmt
    span: Span = span_field()


class Jump:
    """Leads elsewhere."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Goto(Jump):
    label: str
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class Break(Jump):
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class Continue(Jump):
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class Return(Jump):
    value: Expr | None
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class WhenBranch:
    guard: Expr
    body: Stmt | None
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class When(Nesting):
    """``when (g);``, ``when (g) { … }``, ``when (a) { } or when (b) { }``"""

    branches: tuple[WhenBranch, ...]
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class Atomic(Nesting):
    """``atomic { … }``, ``atomic when (g) { … }`` or ``atomic "what happens" { … }``"""

    guard: Expr | None
    body: Block
    span: Span = span_field()
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Choose(Nesting):
    """``choose { } or { }``"""

    branches: tuple[Block, ...]
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class PickStmt(Simple):
    """``pick x in D [where (g)];``: x is a local declared before, or declared here when there is none."""

    variable: str
    domain: Expr
    where: Expr | None
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class Emit(Simple):
    event: str
    arguments: tuple[Expr, ...]
    span: Span = span_field()


class AssertKind(Enum):
    ASSERT = "assert"
    BUG_ON = "BUG_ON"
    WARN_ON = "WARN_ON"


@dataclass(frozen=True, slots=True)
class Assert(Simple):
    """``assert e;``, ``assert name: e;``, ``BUG_ON(e);``, ``WARN_ON(e);``

    Made in resolution: ``obligation``, what it is if it is false; ``imbalance``, which one if it is ``unbalanced``.
    """

    kind: AssertKind
    name: str | None
    condition: Expr
    span: Span = span_field()
    obligation: str = "assertion"
    imbalance: Imbalance | None = None


@dataclass(frozen=True, slots=True)
class Empty(Simple):
    """``;``"""

    span: Span = span_field()


Stmt: TypeAlias = (
    Block
    | Labelled
    | LocalDecl
    | Assign
    | CompoundAssign
    | ExprStmt
    | If
    | While
    | DoWhile
    | Loop
    | For
    | Goto
    | Break
    | Continue
    | Return
    | When
    | Atomic
    | Choose
    | PickStmt
    | Emit
    | Assert
    | Empty
)
