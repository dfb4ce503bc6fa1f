"""Whether an expression reads shared state: an assert that does is a step."""

from __future__ import annotations

from typing import assert_never

from modelcheck.language.resolve.names.scope import Context
from modelcheck.model import typed


def reads_shared(context: Context, node: typed.Expr) -> bool:
    """Whether evaluating ``node`` reads shared state (``held`` alone does not)."""
    match node:
        case typed.Constant() | typed.LocalRead() | typed.SelfRead() | typed.CountProcesses():
            return False
        case typed.Load(place):
            return place.shared or _place_reads(context, place)
        case typed.Ask(question, place):
            return question is not typed.LockQuestion.HELD and place.shared
        case typed.Unary(_, operand) | typed.Cast(operand) | typed.OptSome(operand) | typed.OptGet(operand):
            return reads_shared(context, operand)
        case typed.SetSize(operand) | typed.Primed(operand):
            return reads_shared(context, operand)
        case typed.Binary(_, left, right) | typed.Logical(_, left, right):
            return reads_shared(context, left) or reads_shared(context, right)
        case typed.Conditional(condition, then, otherwise):
            return any(reads_shared(context, part) for part in (condition, then, otherwise))
        case typed.CallExpr(inline, arguments):
            if context.table.body_reads_shared(inline):
                return True
            return any(
                argument.shared or _place_reads(context, argument)
                if isinstance(argument, typed.Place)
                else reads_shared(context, argument)
                for argument in arguments
            )
        case typed.SetLiteral(elements):
            return any(reads_shared(context, element) for element in elements)
        case typed.Quantifier(_, _, domain, body):
            if isinstance(domain, typed.PoolDomain):
                return True
            return reads_shared(context, body) or (
                isinstance(domain, typed.SetDomain) and reads_shared(context, domain.set)
            )
        case typed.Operation() | typed.AtLabel() | typed.AfterLabel() | typed.CountAt() | typed.Done():
            return True
        case typed.CountAllocated() | typed.NextAllocated():
            return True
        case _:
            assert_never(node)


def _place_reads(context: Context, place: typed.Place) -> bool:
    return any(
        isinstance(selector, typed.IndexSelector) and reads_shared(context, selector.index)
        for selector in place.selectors
    )
