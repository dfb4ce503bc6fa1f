"""Expressions in three-address form.

An operand is evaluated as soon as it can be; what a step needs is evaluated before it. An expression is *simple*
when it can be evaluated where it is used without a step in between: over locals only, or in an atomic block
anything without a call that has a body, an allocation or a wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import assert_never

from modelcheck.model import typed
from modelcheck.model.trees import mapped_place, place_operands
from modelcheck.semantics.elaborate.graphs.emitter import Emitter, Join
from modelcheck.semantics.elaborate.graphs.graph import Allocate, Branch, Compute
from modelcheck.semantics.elaborate.graphs.scope import Renamer, Scope, single_return
from modelcheck.semantics.elaborate.outcomes import outcomes

CallLowering = Callable[[typed.CallExpr, Scope], typed.Expr]


class ExpressionLowering:
    """``call`` expands a call that has a body."""

    def __init__(
        self,
        emitter: Emitter,
        inlines: Mapping[str, typed.Inline],
        call: CallLowering,
    ) -> None:
        self.emitter = emitter
        self.inlines = inlines
        self.call = call
        self.rename = Renamer(emitter, inlines)

    # what is simple

    def is_shared(self, place: typed.Place, scope: Scope) -> bool:
        """Whether an access to the place is a step."""
        if isinstance(place.root, typed.RefParamRoot):
            return scope.places[place.root.parameter].shared
        return place.shared

    def simple_place(self, place: typed.Place, scope: Scope) -> bool:
        """Whether the references and indices of the place are simple."""
        if isinstance(place.root, typed.FieldRoot) and not self.simple(place.root.reference, scope):
            return False
        return all(not isinstance(s, typed.IndexSelector) or self.simple(s.index, scope) for s in place.selectors)

    def simple(self, e: typed.Expr, scope: Scope) -> bool:
        """See the module docstring."""
        atomic = self.emitter.atomic
        match e:
            case (
                typed.Constant()
                | typed.LocalRead()
                | typed.SelfRead()
                | typed.CountProcesses()
                | typed.CountAllocated()
            ):
                return True
            case typed.Load(place):
                return (atomic or not self.is_shared(place, scope)) and self.simple_place(place, scope)
            case (
                typed.Unary(_, operand)
                | typed.OptSome(operand)
                | typed.OptGet(operand)
                | typed.SetSize(operand)
                | typed.Cast(operand)
                | typed.NextAllocated(_, operand)
            ):
                return self.simple(operand, scope)
            case typed.Binary(_, left, right) | typed.Logical(_, left, right):
                return self.simple(left, scope) and self.simple(right, scope)
            case typed.Conditional(condition, then, otherwise):
                return all(self.simple(x, scope) for x in (condition, then, otherwise))
            case typed.SetLiteral(elements):
                return all(self.simple(x, scope) for x in elements)
            case typed.Ask(question, place):
                return (atomic or question is typed.LockQuestion.HELD) and self.simple_place(place, scope)
            case typed.AtomicOp(_, place, arguments):
                return atomic and self.simple_place(place, scope) and all(self.simple(a, scope) for a in arguments)
            case typed.LockOp(_, place):
                return atomic and self.simple_place(place, scope)
            case typed.CallExpr(inline, arguments):
                callee = self.inlines[inline]
                return (
                    atomic
                    and not callee.callback
                    and single_return(callee) is not None
                    and self._pure_body(callee)
                    and all(
                        self.simple_place(a, scope) if isinstance(a, typed.Place) else self.simple(a, scope)
                        for a in arguments
                    )
                )
            case typed.New() | typed.CondLoad():
                return False
            case typed.Quantifier() | typed.OfProperties():
                return True
            case _:
                assert_never(e)

    def _pure_body(self, inline: typed.Inline) -> bool:
        value = single_return(inline)
        inner = Scope(inline.name, inline.name)
        for parameter in inline.parameters:
            if isinstance(parameter, typed.RefParam):
                inner.places[parameter.id] = typed.Place(typed.SharedRoot(-1), (), parameter.type, True, parameter.span)
        return value is not None and self.simple(value, inner)

    # holding operands

    def hold(self, e: typed.Expr, copy: bool) -> typed.Expr:
        """Evaluate a lowered expression now. ``copy``: later operands may change the locals it reads."""
        match e:
            case typed.Constant() | typed.SelfRead():
                return e
            case typed.LocalRead(local, type, span):
                if local < 0 and not (copy and self._may_change(~local)):
                    return e
                if local >= 0 and not (copy and self._may_change(local)):
                    self.emitter.emit(Compute(None, e), span)
                    return typed.LocalRead(~local, type, span)
            case (
                typed.Access()
                | typed.Operator()
                | typed.Choosing()
                | typed.CallExpr()
                | typed.Operation()
                | typed.Quantifier()
                | typed.OfProperties()
                | typed.Census()
            ):
                pass
            case _:
                assert_never(e)
        return self.emitter.compute_temporary(e, False, e.span)

    def _may_change(self, index: int) -> bool:
        return index in self.emitter.captured

    def hold_place(self, place: typed.Place, copy: bool) -> typed.Place:
        """Evaluate the references and indices of a lowered place now."""
        return mapped_place(place, lambda operand: self.hold(operand, copy))

    # lowering

    def place(self, place: typed.Place, scope: Scope) -> typed.Place:
        """Lower the references and indices of a place."""
        if self.simple_place(place, scope):
            return self.rename.place(place, scope)
        bare = typed.Place(place.root, (), place.type, place.shared, place.span)
        if isinstance(place.root, typed.FieldRoot):
            reference = self.expression(place.root.reference, scope)
            root = typed.FieldRoot(reference, place.root.object, place.root.field)
            result = typed.Place(root, (), place.type, place.shared, place.span)
        else:
            result = self.rename.place(bare, scope)
        for selector in place.selectors:
            if isinstance(selector, typed.IndexSelector):
                if self.simple(selector.index, scope):
                    index = self.rename.expression(selector.index, scope)
                else:
                    result = self.hold_place(result, True)
                    first = self.emitter.position()
                    index = self.expression(selector.index, scope)
                    self.emitter.waited(place_operands(result), first)
                selector = typed.IndexSelector(index)
            result = typed.Place(result.root, (*result.selectors, selector), place.type, result.shared, place.span)
        return result

    def operands(self, expressions: tuple[typed.Expr, ...], scope: Scope) -> tuple[typed.Expr, ...]:
        """Lower from left to right; each keeps its value while the later ones are evaluated."""
        lowered: list[typed.Expr] = []
        starts: list[int] = []
        for i, e in enumerate(expressions):
            value = self.expression(e, scope)
            if any(not self.simple(later, scope) for later in expressions[i + 1 :]):
                value = self.hold(value, True)
            lowered.append(value)
            starts.append(self.emitter.position())
        for value, first in zip(lowered, starts, strict=True):
            self.emitter.waited((value,), first)
        return tuple(lowered)

    def now(self, e: typed.Expr, scope: Scope) -> typed.Expr:
        """Lower an operand of a step: outside an atomic block it is evaluated before the step."""
        value = self.expression(e, scope)
        return value if self.emitter.atomic else self.hold(value, False)

    def place_now(self, place: typed.Place, scope: Scope) -> typed.Place:
        """Lower the place of an access that is a step."""
        lowered = self.place(place, scope)
        if self.emitter.atomic or not lowered.shared:
            return lowered
        return self.hold_place(lowered, False)

    def place_and_operands(
        self, place: typed.Place, expressions: tuple[typed.Expr, ...], scope: Scope
    ) -> tuple[typed.Place, tuple[typed.Expr, ...]]:
        """The place first, then the operands, all before the step that uses them."""
        lowered = self.place(place, scope)
        if any(not self.simple(e, scope) for e in expressions) or _place_acts(lowered):
            lowered = self.hold_place(lowered, True)
        elif not self.emitter.atomic and lowered.shared:
            lowered = self.hold_place(lowered, False)
        first = self.emitter.position()
        values = self.operands(expressions, scope)
        self.emitter.waited(place_operands(lowered), first)
        if not self.emitter.atomic and lowered.shared:
            values = tuple(self.hold(v, False) for v in values)
        return lowered, values

    def expression(self, e: typed.Expr, scope: Scope) -> typed.Expr:
        """Lower to a simple expression over graph locals; what cannot be part of one is emitted."""
        if self.simple(e, scope):
            return self.rename.expression(e, scope)
        match e:
            case typed.Load(place, type, span, tag):
                lowered = self.place_now(place, scope)
                if not lowered.shared:
                    return typed.Load(lowered, type, span, tag)
                return self.emitter.compute_temporary(typed.Load(lowered, type, span, tag), True, span)
            case typed.Unary(operator, operand, type, span):
                return typed.Unary(operator, self.expression(operand, scope), type, span)
            case typed.Binary(operator, left, right, type, span):
                a, b = self.operands((left, right), scope)
                return typed.Binary(operator, a, b, type, span)
            case typed.Logical() | typed.Conditional():
                return self._branching(e, scope)
            case typed.CallExpr():
                return self.call(e, scope)
            case typed.AtomicOp(operator, place, arguments, type, span):
                lowered, values = self.place_and_operands(place, arguments, scope)
                if not self.emitter.atomic:
                    # A step, also on a local: what it needs is evaluated before it.
                    lowered = self.hold_place(lowered, False)
                    values = tuple(self.hold(v, False) for v in values)
                return self.emitter.compute_temporary(typed.AtomicOp(operator, lowered, values, type, span), True, span)
            case typed.LockOp(lock_operator, place, kind, type, span):
                lowered = self.place_now(place, scope)
                return self.emitter.compute_temporary(
                    typed.LockOp(lock_operator, lowered, kind, type, span), True, span
                )
            case typed.New(object, inits, may_fail, type, span):
                values = self.operands(tuple(v for _, v in inits), scope)
                if not self.emitter.atomic:
                    values = tuple(self.hold(v, False) for v in values)
                names = (n for n, _ in inits)
                target = self.emitter.new_local("new", type, scope.owner, temporary=True)
                new = typed.New(object, tuple(zip(names, values, strict=True)), may_fail, type, span)
                self.emitter.emit(Allocate(target, new), span, True)
                return typed.LocalRead(~target, type, span)
            case typed.CondLoad(place, value, condition, type, span):
                lowered = self.place(place, scope)
                if not self.emitter.atomic:
                    lowered = self.hold_place(lowered, False)
                bound = self.emitter.new_local("VAL", type, scope.owner, bound=True)
                scope.locals[value] = bound
                renamed = self.rename.expression(condition, scope)
                self.emitter.guarding = self.emitter.guarding or not self.emitter.atomic
                seen = self.emitter.compute_temporary(typed.CondLoad(lowered, bound, renamed, type, span), True, span)
                self.emitter.guarding = False
                return seen
            case typed.OptSome(operand, type, span):
                return typed.OptSome(self.expression(operand, scope), type, span)
            case typed.OptGet(operand, type, span):
                return typed.OptGet(self.expression(operand, scope), type, span)
            case typed.SetLiteral(elements, type, span):
                return typed.SetLiteral(self.operands(elements, scope), type, span)
            case typed.SetSize(operand, type, span):
                return typed.SetSize(self.expression(operand, scope), type, span)
            case typed.Cast(operand, type, span):
                return typed.Cast(self.expression(operand, scope), type, span)
            case typed.Ask(question, place, type, span):
                if question is typed.LockQuestion.HELD:
                    return typed.Ask(question, self.place(place, scope), type, span)
                lowered = self.place_now(place, scope)
                return self.emitter.compute_temporary(typed.Ask(question, lowered, type, span), True, span)
            case _:
                raise AssertionError(e)

    def _branching(self, e: typed.Logical | typed.Conditional, scope: Scope) -> typed.Expr:
        """Short-circuit operators whose right side has steps: branch as soon as the condition is known."""
        if isinstance(e, typed.Logical) and self.simple(e.right, scope) and (e.operator != "||") in outcomes(e.left):
            left = self.expression(e.left, scope)
            return typed.Logical(e.operator, left, self.rename.expression(e.right, scope), e.type, e.span)
        if isinstance(e, typed.Conditional) and self._chooses_simply(e, scope):
            condition = self.expression(e.condition, scope)
            then, otherwise = (self.rename.expression(x, scope) for x in (e.then, e.otherwise))
            return typed.Conditional(condition, then, otherwise, e.type, e.span)
        target = self.emitter.new_local("operand", e.type, scope.owner, temporary=True)
        if isinstance(e, typed.Logical):
            yes, no, end = Join(), Join(), Join()
            self.condition(e, yes, no, scope)
            arms: tuple[tuple[Join, typed.Expr], ...] = (
                (yes, typed.Constant(True, e.type, e.span)),
                (no, typed.Constant(False, e.type, e.span)),
            )
        else:
            yes, no, end = Join(), Join(), Join()
            self.condition(e.condition, yes, no, scope)
            arms = ((yes, e.then), (no, e.otherwise))
        for start, value in arms:
            self.emitter.place(start)
            self.emitter.emit(Compute(target, self.expression(value, scope)), e.span)
            self.emitter.jump(end)
        self.emitter.place(end)
        return typed.LocalRead(~target, e.type, e.span)

    def _chooses_simply(self, e: typed.Conditional, scope: Scope) -> bool:
        return self.simple(e.then, scope) and self.simple(e.otherwise, scope) and len(outcomes(e.condition)) == 2

    def condition(self, e: typed.Expr, yes: Join, no: Join, scope: Scope) -> None:
        """Lead control to ``yes`` or ``no``; a constant operand (``e || true``) leads one way only."""
        match e:
            case typed.Constant(value):
                self.emitter.jump(yes if value else no)
                return
            case typed.Unary("!", operand):
                self.condition(operand, no, yes, scope)
                return
            case typed.Logical(operator, left, right) if not self.simple(e, scope):
                middle = Join()
                match operator:
                    case "&&":
                        self.condition(left, middle, no, scope)
                    case "||":
                        self.condition(left, yes, middle, scope)
                    case _:
                        self.condition(left, middle, yes, scope)
                self.emitter.place(middle)
                self.condition(right, yes, no, scope)
                return
            case typed.Conditional(test, then, otherwise) if not self.simple(e, scope):
                first, second = Join(), Join()
                self.condition(test, first, second, scope)
                self.emitter.place(first)
                self.condition(then, yes, no, scope)
                self.emitter.place(second)
                self.condition(otherwise, yes, no, scope)
                return
            case (
                typed.Terminal()
                | typed.Access()
                | typed.Operator()
                | typed.Choosing()
                | typed.CallExpr()
                | typed.Operation()
                | typed.Quantifier()
                | typed.OfProperties()
                | typed.Census()
            ):
                pass
            case _:
                assert_never(e)
        lowered = self.expression(e, scope)
        found = outcomes(e)
        if len(found) == 1:
            self.emitter.emit(Compute(None, lowered), e.span)
            self.emitter.jump(yes if True in found else no)
            return
        node = self.emitter.emit(Branch(lowered), e.span, successors=2)
        self.emitter.here = [(node, 0)]
        self.emitter.jump(yes)
        self.emitter.here = [(node, 1)]
        self.emitter.jump(no)


def _place_acts(place: typed.Place) -> bool:
    """Whether evaluating the references and indices of a place may change something."""
    if isinstance(place.root, typed.FieldRoot) and _acts(place.root.reference):
        return True
    return any(isinstance(s, typed.IndexSelector) and _acts(s.index) for s in place.selectors)


def _acts(e: typed.Expr) -> bool:
    """Whether evaluating a simple expression may change something (an operation in an atomic block)."""
    match e:
        case typed.AtomicOp() | typed.LockOp() | typed.CallExpr():
            return True
        case typed.Load(place) | typed.Ask(_, place):
            return _place_acts(place)
        case (
            typed.Unary(_, operand)
            | typed.OptSome(operand)
            | typed.OptGet(operand)
            | typed.SetSize(operand)
            | typed.Cast(operand)
            | typed.NextAllocated(_, operand)
        ):
            return _acts(operand)
        case typed.Binary(_, left, right) | typed.Logical(_, left, right):
            return _acts(left) or _acts(right)
        case typed.Conditional(condition, then, otherwise):
            return _acts(condition) or _acts(then) or _acts(otherwise)
        case typed.SetLiteral(elements):
            return any(_acts(element) for element in elements)
        case (
            typed.Constant()
            | typed.Terminal()
            | typed.New()
            | typed.CondLoad()
            | typed.Quantifier()
            | typed.OfProperties()
            | typed.Census()
        ):
            return False
        case _:
            assert_never(e)
