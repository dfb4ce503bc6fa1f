"""Scenarios, and names for several of them."""

from __future__ import annotations

from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.syntax.ast.expressions import Expr
from modelcheck.language.syntax.ast.spans import span_field


@dataclass(frozen=True, slots=True)
class RunEntry:
    """``p``, ``p[2]`` (``count``) or ``p[*]`` (``any_number``)"""

    process: str
    count: Expr | None
    any_number: bool
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class RunClause:
    entries: tuple[RunEntry, ...]
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class InitClause:
    """``init warm, other;`` inside a scenario"""

    names: tuple[str, ...]
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class SetParam:
    """``param X = e;`` inside a scenario, patch or variant"""

    name: str
    value: Expr
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class SlowClause:
    """``slow;`` inside a scenario"""

    span: Span = span_field()


ScenarioClause: TypeAlias = RunClause | InitClause | SetParam | SlowClause


@dataclass(frozen=True, slots=True)
class ScenarioDecl:
    """``scenario s [: parent, …] ["description"] { … }``"""

    name: str
    parents: tuple[str, ...]
    description: str | None
    clauses: tuple[ScenarioClause, ...]
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class GroupDecl:
    """``group truncating = truncate, evict;``: a name for several scenarios (or groups), for ``expect`` lines."""

    name: str
    members: tuple[str, ...]
    span: Span = span_field()
