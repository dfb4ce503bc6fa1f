"""What a spec says should come out, and what it allows never to happen."""

from __future__ import annotations

from enum import Enum

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.syntax.ast.expressions import Expr
from modelcheck.language.syntax.ast.spans import span_field


class Expected(Enum):
    HOLDS = "holds"
    VIOLATES = "violates"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ExpectEntry:
    """``p, q in s1, s2``: empty ``properties`` means all, empty ``scenarios`` means all."""

    properties: tuple[str, ...]
    scenarios: tuple[str, ...]
    span: Span = span_field()


class Expectation:
    """Says what should come out."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ExpectDecl(Expectation):
    """``expect holds all in s1, s2 except { p, q in s3; r };`` / ``expect violates p in s1;``

    The exceptions of ``holds`` are expected violated, those of ``violates`` are expected to hold.
    """

    expected: Expected
    entry: ExpectEntry
    exceptions: tuple[ExpectEntry, ...]
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class ExpectSafeDecl(Expectation):
    """``expect safe X in {1, 3};`` / ``expect safe X, Y in {…} except { p in s; q };``: the oracle of synthesis

    The exceptions are cells that nobody asks for.
    """

    unknowns: tuple[str, ...]
    values: tuple[Expr, ...]
    exceptions: tuple[ExpectEntry, ...] = ()
    span: Span = span_field()


class Allowed(Enum):
    UNREACHED = "unreached"
    VACUOUS = "vacuous"


@dataclass(frozen=True, slots=True)
class AllowDecl(Expectation):
    """``allow unreached p::L "reason";`` / ``allow vacuous safe "reason";``: what never happens, and is meant not to

    ``owner``: the process or inline of a label, where it is given.
    """

    allowed: Allowed
    owner: str | None
    name: str
    reason: str
    span: Span = span_field()
