"""Statements of the typed tree."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model.balance import Imbalance
from modelcheck.model.expressions import AccessTag, Domain, Expr, Local, Place
from modelcheck.model.types import Type


class Nesting:
    """Has statements inside."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Block(Nesting):
    """``locals``: those declared directly in this block; all become unassigned when the block is entered."""

    locals: tuple[Local, ...]
    statements: tuple[Stmt, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Labelled(Nesting):
    label: str
    statement: Stmt
    span: Span


class Simple:
    """Has no statements inside, and control goes on behind it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Assign(Simple):
    """``target = value``: target's references and indices, then the value, then the store (STEP if shared)."""

    target: Place
    value: Expr
    span: Span
    tag: AccessTag = AccessTag.PLAIN


@dataclass(frozen=True, slots=True)
class CompoundAssign(Simple):
    """``target op= value``: references and indices once, the load (STEP), the value, the store (STEP).

    ``operator`` is a strict ``Binary`` operator; ``result`` its type.
    """

    target: Place
    operator: str
    value: Expr
    result: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Evaluate(Simple):
    """An expression for its effect; the value is dropped."""

    expression: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class If(Nesting):
    condition: Expr
    then: Stmt
    otherwise: Stmt | None
    span: Span


class LoopHead(Enum):
    """What a process does that has come to the head of a loop, until its next step."""

    NOTHING = "nothing"
    RESTS = "rests"
    GOES_ROUND = "goes round"


@dataclass(frozen=True, slots=True)
class Loop(Nesting):
    """``while`` (``test_first``), ``do while`` (not), ``loop`` (no condition).

    ``continue`` goes to the test (or head).
    """

    condition: Expr | None
    test_first: bool
    head: LoopHead
    body: Stmt
    span: Span


@dataclass(frozen=True, slots=True)
class For(Nesting):
    """Runs the body for each value of a range, enum, bool or process class, in order."""

    variable: Local
    domain: Domain
    body: Stmt
    span: Span


class Jump:
    """Leads elsewhere."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Goto(Jump):
    """To a label of the same process body or inline body."""

    label: str
    span: Span


@dataclass(frozen=True, slots=True)
class Break(Jump):
    span: Span


@dataclass(frozen=True, slots=True)
class Continue(Jump):
    span: Span


@dataclass(frozen=True, slots=True)
class Return(Jump):
    value: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class WhenBranch:
    guard: Expr
    body: Stmt | None
    span: Span


@dataclass(frozen=True, slots=True)
class When(Nesting):
    """Blocks until a guard holds; tests it, with the effects of its conditional operations, in one STEP.

    With several branches each enabled one is a choice (its number from 0); with one branch there is no choice.
    """

    branches: tuple[WhenBranch, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Atomic(Nesting):
    """All of the body in one STEP, enabled if the guard holds and its first statement does not block.

    ``caption``: what it is called in reports.
    """

    guard: Expr | None
    body: Block
    span: Span
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Choose(Nesting):
    """A choice (STEP, unless inside an atomic): branch number from 0."""

    branches: tuple[Block, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Pick(Simple):
    """A choice (STEP, unless inside an atomic) among the domain's values for which ``where`` holds;
    blocks if there is none.

    The choice is the value itself (ordinal; for a pool the slot number). ``local`` is assigned.
    """

    local: Local
    domain: Domain
    where: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class Emit(Simple):
    event: int
    arguments: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Assert(Simple):
    """False is the observation ``assertion``. ``name`` is the user's, or the source position.

    ``kind``: it is that obligation instead, with ``name`` for its subject (one of those with ``asserted``);
    ``imbalance``: which one, if it is ``unbalanced``.
    """

    name: str
    condition: Expr
    reads_shared: bool
    span: Span
    kind: str = "assertion"
    imbalance: Imbalance | None = None


@dataclass(frozen=True, slots=True)
class Free(Simple):
    """STEP: frees the object (``double_free`` if stale or, typestable, already free; null is a
    fault unless ``null_ok``: ``kfree``).
    """

    reference: Expr
    object: str
    null_ok: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Touch(Simple):
    """STEP: an access to the object as a whole (``use_after_free`` if stale, ``null_deref`` if null)."""

    reference: Expr
    object: str
    span: Span


@dataclass(frozen=True, slots=True)
class Empty(Simple):
    span: Span


Stmt: TypeAlias = (
    Block
    | Labelled
    | Assign
    | CompoundAssign
    | Evaluate
    | If
    | Loop
    | For
    | Goto
    | Break
    | Continue
    | Return
    | When
    | Atomic
    | Choose
    | Pick
    | Emit
    | Assert
    | Free
    | Touch
    | Empty
)
