"""The one precedence table of binary operators: the parser builds trees by it, the formatter places
parentheses by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

_T = TypeVar("_T")

#: Higher binds tighter. C's order, with ``..`` below the shifts, ``in`` among the comparisons and ``=>`` below ``||``.
PRECEDENCE: Mapping[str, int] = MappingProxyType(
    {
        operator: level
        for level, operators in enumerate(
            (
                ("=>",),
                ("||",),
                ("&&",),
                ("|",),
                ("^",),
                ("&",),
                ("==", "!="),
                ("<", "<=", ">", ">=", "in"),
                ("..",),
                ("<<", ">>"),
                ("+", "-"),
                ("*", "/", "%"),
            ),
            start=3,
        )
        for operator in operators
    }
)

#: The levels around the binary operators: ``may``, ``?:`` (and the body of a quantifier), prefix operators, ``a.b``.
MAY_LEVEL = 1
CONDITIONAL_LEVEL = 2
UNARY_LEVEL = 15
PLACE_LEVEL = 16

RIGHT_ASSOCIATIVE = frozenset({"=>"})


def climb(parts: Sequence[_T], operators: Sequence[str], combine: Callable[[_T, str, _T], _T]) -> _T:
    """Build the tree of ``parts[0] operators[0] parts[1] …``; ``combine`` makes one inner node.

    An operator-precedence parser with explicit stacks: a chain of any length takes no recursion.
    """
    operands = [parts[0]]
    pending: list[str] = []
    for operator, part in zip(operators, parts[1:], strict=True):
        level = PRECEDENCE[operator]
        while pending and (
            PRECEDENCE[pending[-1]] > level or (PRECEDENCE[pending[-1]] == level and operator not in RIGHT_ASSOCIATIVE)
        ):
            right = operands.pop()
            operands.append(combine(operands.pop(), pending.pop(), right))
        pending.append(operator)
        operands.append(part)
    while pending:
        right = operands.pop()
        operands.append(combine(operands.pop(), pending.pop(), right))
    return operands[0]
