"""Bounds on how many instances are somewhere (``nr_at(p::cs) <= 1``): with no more instances than
that they are true whatever happens.
"""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model import typed

_NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class NumberBound:
    """``met``: no more instances run that could be there.

    ``whole``: then the property as a whole says nothing, and not only a part of it.
    """

    span: Span
    met: bool
    whole: bool


def number_bounds(model: typed.Model, e: typed.Expr, *, whole: bool = True) -> Iterator[NumberBound]:
    """Yield the upper bounds of a condition that is to hold, outside of quantifiers."""
    if isinstance(e, typed.Logical):
        parts = {"&&": (e.left, e.right), "||": (e.left, e.right), "=>": (e.right,)}[e.operator]
        for part in parts:
            yield from number_bounds(model, part, whole=whole and e.operator != "&&")
    elif isinstance(e, typed.Binary):
        yield from _bound(model, e.operator, e.left, e.right, e.span, whole)
    elif isinstance(e, typed.Unary) and isinstance(e.operand, typed.Binary) and e.operand.operator in _NEGATED:
        inner = e.operand
        yield from _bound(model, _NEGATED[inner.operator], inner.left, inner.right, e.span, whole)


def _bound(
    model: typed.Model, operator: str, left: typed.Expr, right: typed.Expr, span: Span, whole: bool
) -> Iterator[NumberBound]:
    if isinstance(left, typed.Constant) and operator in _TURNED:
        operator, left, right = _TURNED[operator], right, left
    if isinstance(left, typed.CountAt) and isinstance(right, typed.Constant) and operator in ("<", "<="):
        assert isinstance(right.value, int)
        most = right.value if operator == "<=" else right.value - 1
        there = _most_at(model, left.labels)
        yield NumberBound(span, there is not None and there <= most, whole)


def _most_at(model: typed.Model, labels: tuple[typed.LabelRef, ...]) -> int | None:
    """How many instances can be at one of these labels, as far as their numbers say; None for any number."""
    names = {label.process for label in labels}
    counts = [p.count for p in model.processes if None in names or p.name in names]
    return None if None in counts else sum(count for count in counts if count is not None)
