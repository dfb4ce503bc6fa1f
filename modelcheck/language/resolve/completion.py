"""Whether control gets past an expression: not behind a call whose body never ends, nor past an
operand that is never evaluated because of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from modelcheck.ground.records import dataclass
from modelcheck.language.resolve.code import fold
from modelcheck.model import typed
from modelcheck.model.trees import operands, place_operands


@dataclass(frozen=True, slots=True)
class Completion:
    """``returns``: whether control comes back from a call of that inline or callback."""

    returns: Callable[[str], bool]

    def completes(self, node: typed.Expr) -> bool:
        """Whether control gets past ``node``."""
        match node:
            case typed.Constant() | typed.Terminal():
                return True
            case typed.Logical():
                return bool(self.outcomes(node))
            case typed.Conditional(condition, then, otherwise):
                first = self.outcomes(condition)
                return (True in first and self.completes(then)) or (False in first and self.completes(otherwise))
            case typed.CallExpr(inline):
                return all(map(self.completes, operands(node))) and self.returns(inline)
            case (
                typed.Access()
                | typed.Operator()
                | typed.Operation()
                | typed.Quantifier()
                | typed.OfProperties()
                | typed.Census()
            ):
                return all(map(self.completes, operands(node)))
            case _:
                assert_never(node)

    def outcomes(self, condition: typed.Expr) -> frozenset[bool]:
        """Return what a condition can turn out as, each operand taken both ways unless it is constant."""
        return fold.outcomes(condition, self.completes)

    def statement(self, node: typed.Stmt) -> bool:
        """Whether control gets past what a statement without control flow of its own evaluates."""
        match node:
            case typed.Assign(target, value) | typed.CompoundAssign(target, _, value):
                return all(map(self.completes, (*place_operands(target), value)))
            case typed.Evaluate(expression):
                return self.completes(expression)
            case typed.Emit(_, arguments):
                return all(map(self.completes, arguments))
            case typed.Free(reference) | typed.Touch(reference):
                return self.completes(reference)
            case typed.Nesting() | typed.Jump() | typed.Pick() | typed.Assert() | typed.Empty():
                # Guards and asserts are evaluated at once: what they call is a single `return`.
                return True
            case _:
                assert_never(node)
