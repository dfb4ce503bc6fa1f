"""What a property says something about: the conditions without which it is true and says nothing.

``a => b`` says nothing where ``a`` is false, and ``forall n in N`` nothing while there is no ``N``. Each such part becomes a condition of its own, with
all that has to hold around it; somebody else looks whether it is ever true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from modelcheck.elaborate.graph import PureCall
from modelcheck.ir.system import SoughtKind
from modelcheck.records import dataclass
from modelcheck.resolve import typed
from modelcheck.source import Span

#: Puts a condition where the part stands: inside the quantifiers around it, and where the conditions before it hold.
Around = Callable[[typed.Expr], typed.Expr]

_BOOL = typed.BoolType()


@dataclass(frozen=True, slots=True)
class Part:
    """``condition``: true in the states (steps) in which the part says something. ``span``: what the user wrote."""

    kind: SoughtKind
    condition: typed.Expr
    span: Span


class Antecedents:
    """Takes properties apart. ``calls``: the calls of single ``return`` inlines; those of parts are added."""

    def __init__(self, calls: dict[str, PureCall]) -> None:
        self._calls = calls

    def of(self, expression: typed.Expr) -> list[Part]:
        """Return the parts of a condition that is to hold."""
        return list(self._positive(expression, lambda e: e))

    def _positive(self, e: typed.Expr, around: Around) -> Iterator[Part]:
        match e:
            case typed.Logical("&&", left, right):
                yield from self._positive(left, around)
                yield from self._positive(right, around)
            case typed.Logical("=>", left, right):
                yield from self._implied(left, right, around)
            case typed.Logical("||", typed.Unary("!", antecedent), right):
                yield from self._implied(antecedent, right, around)
            case typed.Logical("||", left, right):
                yield from self._positive(right, _where(around, _not(left)))
            case typed.Conditional(test, then, otherwise):
                yield from self._positive(then, _where(around, test))
                yield from self._positive(otherwise, _where(around, _not(test)))
            case typed.Quantifier(True, variable, domain, body, _, span):
                yield from self._quantified(variable, domain, body, span, around)
            case typed.Unary("!", typed.Quantifier(False, variable, domain, body, _, span)):
                yield from self._quantified(variable, domain, _not(body), span, around)
            case typed.Unary("!", typed.Unary("!", operand)):
                yield from self._positive(operand, around)
            case typed.CallExpr(inline, arguments, type, span) if inline in self._calls:
                call = self._calls[inline]

                def inside(part: typed.Expr) -> typed.Expr:
                    name = f"{inline} part {len(self._calls)}"
                    self._calls[name] = PureCall(call.owner, call.parameters, part)
                    return around(typed.CallExpr(name, arguments, type, span))

                yield from self._positive(call.body, inside)
            case _:
                return

    def _implied(self, left: typed.Expr, right: typed.Expr, around: Around) -> Iterator[Part]:
        if not isinstance(left, typed.Constant):
            yield Part(SoughtKind.ANTECEDENT, around(left), left.span)
        yield from self._positive(right, _where(around, left))

    def _quantified(
        self, variable: typed.Local, domain: typed.Domain, body: typed.Expr, span: Span, around: Around
    ) -> Iterator[Part]:
        def inside(part: typed.Expr) -> typed.Expr:
            return around(typed.Quantifier(False, variable, domain, part, _BOOL, span))

        if isinstance(domain, typed.PoolDomain | typed.SetDomain):
            yield Part(SoughtKind.DOMAIN, inside(typed.Constant(True, _BOOL, span)), span)
        yield from self._positive(body, inside)


def _where(around: Around, condition: typed.Expr) -> Around:
    return lambda part: around(typed.Logical("&&", condition, part, _BOOL, part.span))


def _not(e: typed.Expr) -> typed.Expr:
    return typed.Unary("!", e, _BOOL, e.span)


def patterns(body: typed.PropertyBody) -> tuple[typed.EventPattern, ...]:
    """Return the event patterns without which a property about events says nothing.

    ``never e`` says that ``e`` does not happen: that it does not is no gap. Where events are counted for each cause, the cause is what must happen; and
    what has to happen and does not is a violation.
    """
    match body:
        case typed.Count(typed.Quantity.NEVER):
            return ()
        case typed.Count(quantity, _, counted, per):
            if per is None:
                return (counted,)
            return (per, counted) if quantity is typed.Quantity.AT_MOST else (per,)
        case typed.Order(_, second):
            return (second,)
        case typed.OnlyIf(event, typed.Constant(False)) if not any(event.arguments):
            return ()
        case typed.OnlyIf(event):
            return (event,)
        case _:
            return ()
