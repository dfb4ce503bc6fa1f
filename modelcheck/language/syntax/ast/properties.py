"""Properties as they are written, and the patterns of events in them."""

from __future__ import annotations

from enum import Enum

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.syntax.ast.expressions import Expr
from modelcheck.language.syntax.ast.spans import span_field


class PropertyKind(Enum):
    """Properties written as ``kind name : expression;``"""

    INVARIANT = "invariant"
    STEP = "step"
    FINAL = "final"
    COVER = "cover"
    MAY = "may"


class Asked:
    """A property."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class PropertyDecl(Asked):
    kind: PropertyKind
    name: str
    expression: Expr
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class EventPattern:
    """``removed(p, _)``, or with ``result`` a callback's return: ``releasepage(p) == true``; also
    ``new(x)``, ``free(x)``.
    """

    event: str
    arguments: tuple[Expr, ...]
    result: Expr | None
    span: Span = span_field()


class Quantity(Enum):
    EXACTLY_ONCE = "exactly once"
    AT_MOST = "at most"
    AT_LEAST_ONCE = "at least once"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class CountDecl(Asked):
    """``count c : exactly once F(k) per R(k) [until next R] [within drained];`` (``at most once`` is ``at most 1``)"""

    name: str
    quantity: Quantity
    limit: int
    counted: EventPattern
    per: EventPattern | None
    until_next: bool
    within_drained: bool
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class OrderDecl(Asked):
    """``order o : A(k) before B(k);``"""

    name: str
    first: EventPattern
    second: EventPattern
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class OnlyIfDecl(Asked):
    """``only_if o : E(k) only if e;``"""

    name: str
    event: EventPattern
    condition: Expr
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class ObligationTarget:
    """``use_after_free(Names)``, ``range(Page.count)``, ``assertion(name)``, ``deadlock``"""

    kind: str
    subjects: tuple[tuple[str, ...], ...]
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class ObligationDecl(Asked):
    """``obligation name : kind(Subject), …;``"""

    name: str
    targets: tuple[ObligationTarget, ...]
    span: Span = span_field()
