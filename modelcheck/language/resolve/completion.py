"""Whether control gets past an expression: not behind a call whose body never ends, nor past an operand that is never evaluated because of it."""

from __future__ import annotations

from collections.abc import Callable

from modelcheck.ground.records import dataclass
from modelcheck.language.resolve.code import fold
from modelcheck.model import typed


def place_parts(place: typed.Place) -> tuple[typed.Expr, ...]:
    """Return what working out which location ``place`` is evaluates, in order."""
    root = (place.root.reference,) if isinstance(place.root, typed.FieldRoot) else ()
    return (*root, *(s.index for s in place.selectors if isinstance(s, typed.IndexSelector)))


def parts(node: typed.Expr) -> tuple[typed.Expr, ...]:
    """Return the operands that ``node`` evaluates, all of them and in order, before it does something itself.

    ``&&``, ``||``, ``=>`` and ``?:`` choose among theirs and are not asked here.
    """
    match node:
        case typed.Load(place) | typed.Ask(_, place) | typed.LockOp(_, place):
            return place_parts(place)
        case typed.Unary(_, operand) | typed.Cast(operand) | typed.OptSome(operand) | typed.SetSize(operand):
            return (operand,)
        case typed.Primed(operand) | typed.OptGet(operand):
            return (operand,)
        case typed.Binary(_, left, right):
            return left, right
        case typed.CallExpr(_, arguments):
            return _arguments(arguments)
        case typed.AtomicOp(_, place, arguments):
            return (*place_parts(place), *_arguments(arguments))
        case typed.New(_, inits):
            return tuple(value for _, value in inits)
        case typed.CondLoad(place, _, condition):
            return (*place_parts(place), condition)
        case typed.SetLiteral(elements):
            return elements
        case typed.Quantifier(_, _, domain, body):
            return (domain.set, body) if isinstance(domain, typed.SetDomain) else (body,)
        case _:
            return ()


def _arguments(arguments: tuple[typed.Expr | typed.Place, ...]) -> tuple[typed.Expr, ...]:
    found: list[typed.Expr] = []
    for argument in arguments:
        if isinstance(argument, typed.Place):
            found += place_parts(argument)
        else:
            found.append(argument)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Completion:
    """``returns``: whether control comes back from a call of that inline or callback."""

    returns: Callable[[str], bool]

    def completes(self, node: typed.Expr) -> bool:
        """Whether control gets past ``node``."""
        match node:
            case typed.Logical():
                return bool(self.outcomes(node))
            case typed.Conditional(condition, then, otherwise):
                first = self.outcomes(condition)
                return (True in first and self.completes(then)) or (False in first and self.completes(otherwise))
            case typed.CallExpr(inline):
                return all(map(self.completes, parts(node))) and self.returns(inline)
            case _:
                return all(map(self.completes, parts(node)))

    def outcomes(self, condition: typed.Expr) -> frozenset[bool]:
        """Return what a condition can turn out as, each operand taken both ways unless it is constant."""
        return fold.outcomes(condition, self.completes)

    def statement(self, node: typed.Stmt) -> bool:
        """Whether control gets past what a statement without control flow of its own evaluates."""
        match node:
            case typed.Assign(target, value) | typed.CompoundAssign(target, _, value):
                return all(map(self.completes, (*place_parts(target), value)))
            case typed.Evaluate(expression):
                return self.completes(expression)
            case typed.Emit(_, arguments):
                return all(map(self.completes, arguments))
            case typed.Free(reference) | typed.Touch(reference):
                return self.completes(reference)
            case _:
                # Guards and asserts are evaluated at once: what they call is a single `return`.
                return True
