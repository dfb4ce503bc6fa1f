"""Bounds on how many instances are somewhere (``nr_at(p::cs) <= 1``): with no more instances than that they are true whatever happens."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model import typed

_NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class NumberBound:
    """``met``: no more instances run that could be there. ``whole``: then the property as a whole says nothing, and not only a part of it."""

    span: Span
    met: bool
    whole: bool


def number_bounds(model: typed.Model, e: typed.Expr, *, whole: bool = True) -> Iterator[NumberBound]:
    """Yield the upper bounds of a condition that is to hold, outside of quantifiers."""
    match e:
        case typed.Logical("&&", left, right):
            yield from number_bounds(model, left, whole=False)
            yield from number_bounds(model, right, whole=False)
        case typed.Logical("=>", _, right):
            yield from number_bounds(model, right, whole=whole)
        case typed.Logical("||", left, right):
            yield from number_bounds(model, left, whole=whole)
            yield from number_bounds(model, right, whole=whole)
        case typed.Unary("!", typed.Binary(operator, left, right)) if operator in _NEGATED:
            yield from _bound(model, _NEGATED[operator], left, right, e.span, whole)
        case typed.Binary(operator, left, right):
            yield from _bound(model, operator, left, right, e.span, whole)
        case _:
            return


def _bound(
    model: typed.Model, operator: str, left: typed.Expr, right: typed.Expr, span: Span, whole: bool
) -> Iterator[NumberBound]:
    if isinstance(left, typed.Constant) and operator in _TURNED:
        operator, left, right = _TURNED[operator], right, left
    match left, right:
        case typed.CountAt(labels), typed.Constant(int(limit)) if operator in ("<", "<="):
            most = limit if operator == "<=" else limit - 1
            there = _most_at(model, labels)
            yield NumberBound(span, there is not None and there <= most, whole)
        case _:
            return


def _most_at(model: typed.Model, labels: tuple[typed.LabelRef, ...]) -> int | None:
    """How many instances can be at one of these labels, as far as their numbers say; None for any number."""
    names = {label.process for label in labels}
    counts = [p.count for p in model.processes if None in names or p.name in names]
    return None if None in counts else sum(count for count in counts if count is not None)
