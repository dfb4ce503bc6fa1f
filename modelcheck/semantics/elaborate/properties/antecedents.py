"""What a property says something about: the conditions without which it is true and says nothing.

``a => b`` says nothing where ``a`` is false, and ``forall n in N`` nothing while there is no ``N``.
Each such part becomes a condition of its own, with all that has to hold around it; somebody else
looks whether it is ever true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import assert_never

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.ir.system import SoughtKind
from modelcheck.model import typed
from modelcheck.semantics.elaborate.graphs.graph import PureCall

#: Puts a condition where the part stands: inside the quantifiers around it, and where the conditions before it hold.
Around = Callable[[typed.Expr], typed.Expr]

_BOOL = typed.BoolType()


@dataclass(frozen=True, slots=True)
class Part:
    """``condition``: true in the states (steps) in which the part says something. ``span``: what the
    user wrote. ``whole``: otherwise the property as a whole says nothing, and not only one of
    several things that it says."""

    kind: SoughtKind
    condition: typed.Expr
    span: Span
    whole: bool = True


class Antecedents:
    """Takes properties apart. ``calls``: the calls of single ``return`` inlines; those of parts are added."""

    def __init__(self, calls: dict[str, PureCall]) -> None:
        self._calls = calls

    def of(self, expression: typed.Expr) -> list[Part]:
        """Return the parts of a condition that is to hold."""
        return list(self._positive(expression, lambda e: e))

    def _positive(self, e: typed.Expr, around: Around) -> Iterator[Part]:
        """The parts of a condition that is to hold."""
        members = [m for m in _members(e) if not _is(m.condition, False)] or [_Member(e)]
        if len(members) > 1:
            yield from self._disjunction(members, around)
            return
        e = members[0].condition
        match e:
            case typed.Logical("&&", left, right):
                yield from _partly(self._positive(left, around), self._positive(right, around))
            case typed.Unary("!", typed.Logical("||", left, right)):
                yield from _partly(self._positive(_not(left), around), self._positive(_not(right), around))
            case typed.Unary("!", typed.Logical("=>", left, right)):
                yield from _partly(self._positive(left, around), self._positive(_not(right), around))
            case typed.Conditional(test, then, otherwise):
                other = _where(around, _not(test))
                yield from _partly(self._positive(then, _where(around, test)), self._positive(otherwise, other))
            case typed.Unary("!", typed.Conditional(test, then, otherwise)):
                other = _where(around, _not(test))
                yield from _partly(
                    self._positive(_not(then), _where(around, test)), self._positive(_not(otherwise), other)
                )
            case typed.Quantifier(True, variable, domain, body, _, span):
                yield from self._quantified(variable, domain, body, span, around)
            case typed.Unary("!", typed.Quantifier(False, variable, domain, body, _, span)):
                yield from self._quantified(variable, domain, _not(body), span, around)
            case typed.CallExpr(inline, arguments, type, span) if inline in self._calls:
                yield from self._called(inline, arguments, type, span, around, negated=False)
            case typed.Unary("!", typed.CallExpr(inline, arguments, type, span)) if inline in self._calls:
                yield from self._called(inline, arguments, type, span, around, negated=True)
            case (
                typed.Constant()
                | typed.Terminal()
                | typed.Access()
                | typed.Operator()
                | typed.Logical()
                | typed.CallExpr()
                | typed.Operation()
                | typed.Quantifier()
                | typed.OfProperties()
                | typed.Census()
            ):
                return
            case _:
                assert_never(e)

    def _disjunction(self, members: list[_Member], around: Around) -> Iterator[Part]:
        """Of `!a || !b || c` first `a`, then `b` where `a` holds. If nothing but such members is
        there, as in `!(a && b)`, each for itself: the property is that they do not meet."""
        last = len(members) - 1
        antecedents = [(i, a) for i, m in enumerate(members) if (a := self._antecedent(m, last=i == last)) is not None]
        for _, (kind, antecedent) in antecedents:
            yield Part(kind, around(antecedent), antecedent.span)
            if len(antecedents) < len(members):
                around = _where(around, antecedent)
        found = {i for i, _ in antecedents}
        for i, member in enumerate(members):
            if i not in found:
                yield from self._positive(member.condition, around)
                around = _where(around, _not(member.condition))

    def _antecedent(self, member: _Member, *, last: bool) -> tuple[SoughtKind, typed.Expr] | None:
        """As the function of that name; a call is what the inline returns."""
        e = member.condition
        if isinstance(e, typed.CallExpr) and e.inline in self._calls:
            inside = self._antecedent(replace(member, condition=self._calls[e.inline].body), last=last)
            return None if inside is None else (SoughtKind.ALWAYS, _not(e))
        return _antecedent(member, last=last)

    def _called(
        self,
        inline: str,
        arguments: tuple[typed.Expr | typed.Place, ...],
        type: typed.Type,
        span: Span,
        around: Around,
        *,
        negated: bool,
    ) -> Iterator[Part]:
        call = self._calls[inline]

        def inside(part: typed.Expr) -> typed.Expr:
            name = f"{inline} part {len(self._calls)}"
            self._calls[name] = PureCall(call.owner, call.parameters, part)
            return around(typed.CallExpr(name, arguments, type, span))

        yield from self._positive(_not(call.body) if negated else call.body, inside)

    def _quantified(
        self, variable: typed.Local, domain: typed.Domain, body: typed.Expr, span: Span, around: Around
    ) -> Iterator[Part]:
        def inside(part: typed.Expr) -> typed.Expr:
            return around(typed.Quantifier(False, variable, domain, part, _BOOL, span))

        if isinstance(domain, typed.PoolDomain | typed.SetDomain):
            yield Part(SoughtKind.DOMAIN, inside(typed.Constant(True, _BOOL, span)), span)
        yield from self._positive(body, inside)


def _partly(*parts: Iterator[Part]) -> Iterator[Part]:
    """The parts of several things that are to hold."""
    for part in chain(*parts):
        yield replace(part, whole=False)


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of a disjunction.

    ``implied``: the left side of a `=>` or the test of `a ? b : true`, negated: it is an antecedent
    whatever it looks like. ``consequent``: a right side.
    """

    condition: typed.Expr
    implied: bool = False
    consequent: bool = False


def _members(e: typed.Expr, *, consequent: bool = False) -> Iterator[_Member]:
    """The members of a disjunction in the order of the text, of whatever spelling; of anything else
    itself alone (without double negation).
    """
    match e:
        case typed.Logical("||", left, right):
            yield from _members(left, consequent=consequent)
            yield from _members(right, consequent=consequent)
        case typed.Logical("=>", left, right):
            yield _Member(_not(left), implied=True)
            yield from _members(right, consequent=True)
        case typed.Conditional(test, then, otherwise) if _is(otherwise, True):
            yield _Member(_not(test), implied=True)
            yield from _members(then, consequent=True)
        case typed.Conditional(test, then, otherwise) if _is(then, True):
            yield _Member(test, implied=True)
            yield from _members(otherwise, consequent=True)
        case typed.Unary("!", typed.Logical("&&", left, right)):
            yield from _members(_not(left), consequent=consequent)
            yield from _members(_not(right), consequent=consequent)
        case typed.Unary("!", typed.Unary("!", operand)):
            yield from _members(operand, consequent=consequent)
        case typed.Unary("!", typed.Conditional(test, then, otherwise)) if _is(otherwise, False):
            yield _Member(_not(test), implied=True)
            yield from _members(_not(then), consequent=True)
        case (
            typed.Constant()
            | typed.Terminal()
            | typed.Access()
            | typed.Operator()
            | typed.Choosing()
            | typed.CallExpr()
            | typed.Operation()
            | typed.Quantifier()
            | typed.OfProperties()
            | typed.Census()
        ):
            yield _Member(e, consequent=consequent)
        case _:
            assert_never(e)


def _antecedent(member: _Member, *, last: bool) -> tuple[SoughtKind, typed.Expr] | None:
    """What has to hold so that the rest of a disjunction says something: a member that is negated,
    or compares with a constant as if it were.
    """
    e = member.condition
    if member.consequent and last:
        return None
    match e:
        case typed.Unary("!", operand):
            return SoughtKind.ANTECEDENT, operand
        case _ if member.implied:
            return SoughtKind.ALWAYS, _not(e)
        case typed.Binary("==" | "!=" as operator, typed.Constant() as constant, other) | typed.Binary(
            "==" | "!=" as operator, other, typed.Constant() as constant
        ):
            return _compared(e, operator, other, constant, last=last)
        case (
            typed.Constant()
            | typed.Terminal()
            | typed.Access()
            | typed.Operator()
            | typed.Choosing()
            | typed.CallExpr()
            | typed.Operation()
            | typed.Quantifier()
            | typed.OfProperties()
            | typed.Census()
        ):
            return None
        case _:
            assert_never(e)


def _compared(
    e: typed.Binary, operator: str, other: typed.Expr, constant: typed.Constant, *, last: bool
) -> tuple[SoughtKind, typed.Expr] | None:
    if isinstance(constant.value, bool):
        return (SoughtKind.ANTECEDENT, other) if constant.value == (operator == "!=") else None
    if operator == "!=":
        return SoughtKind.ALWAYS, typed.Binary("==", e.left, e.right, _BOOL, e.span)
    # `o == null || o->n == 0` is about objects that are there, and so is `o == none || …` about values.
    none = isinstance(constant.type, typed.OptType) and constant.value is None
    missing = none or isinstance(constant.type, typed.RefType)
    if missing and not last:
        return SoughtKind.ALWAYS, typed.Binary("!=", e.left, e.right, _BOOL, e.span)
    return None


def _is(e: typed.Expr, value: bool) -> bool:
    return isinstance(e, typed.Constant) and e.value is value


def _where(around: Around, condition: typed.Expr) -> Around:
    return lambda part: around(typed.Logical("&&", condition, part, _BOOL, part.span))


def _not(e: typed.Expr) -> typed.Expr:
    return typed.Unary("!", e, _BOOL, e.span)


def patterns(body: typed.PropertyBody) -> tuple[typed.EventPattern, ...]:
    """Return the event patterns without which a property about events says nothing.

    ``never e`` says that ``e`` does not happen: that it does not is no gap. Where events are
    counted for each cause, the cause is what must happen; and what has to happen and does not is a
    violation.
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
        case typed.OfStates() | typed.StepInvariant() | typed.May() | typed.Obligation():
            return ()
        case _:
            assert_never(body)


def event_keys_of(body: typed.PropertyBody) -> tuple[typed.Local, ...]:
    """Return what a property keeps apart: it has one cell for each value of these, and none for null."""
    return body.keys if isinstance(body, typed.Count | typed.Order) else ()
