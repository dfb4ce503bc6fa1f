"""Bounds of integers by interval arithmetic: of the temporaries of a graph, and of terms."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from modelcheck.ir.terms import IntSort, Op, Term
from modelcheck.model import typed
from modelcheck.model.atomics import ATOMICS, Yields
from modelcheck.semantics.elaborate.execution.values import bounds
from modelcheck.semantics.elaborate.graphs.graph import Compute, Graph

#: Least and greatest value; None: unbounded.
Interval: TypeAlias = "tuple[int | None, int | None]"

UNBOUNDED: Interval = (None, None)


def add(a: Interval, b: Interval) -> Interval:
    """Return where sums lie."""
    return (
        None if a[0] is None or b[0] is None else a[0] + b[0],
        None if a[1] is None or b[1] is None else a[1] + b[1],
    )


def negate(a: Interval) -> Interval:
    """Return where negated values lie."""
    return (None if a[1] is None else -a[1], None if a[0] is None else -a[0])


def join(a: Interval, b: Interval) -> Interval:
    """Return the least interval that contains both."""
    return (
        None if a[0] is None or b[0] is None else min(a[0], b[0]),
        None if a[1] is None or b[1] is None else max(a[1], b[1]),
    )


def multiply(a: Interval, b: Interval) -> Interval:
    """Return where products lie; unbounded if a factor is, on any side."""
    if None in a or None in b:
        return UNBOUNDED
    products = [x * y for x in a for y in b if x is not None and y is not None]
    return min(products), max(products)


def divide(a: Interval, b: Interval) -> Interval:
    """Truncating division never grows the magnitude (a divisor of 0 yields 0)."""
    if a[0] is None or a[1] is None:
        return UNBOUNDED
    largest = max(abs(a[0]), abs(a[1]))
    if a[0] >= 0 and b[0] is not None and b[0] >= 0:
        return 0, largest
    return -largest, largest


def remainder(a: Interval, b: Interval) -> Interval:
    """The sign is that of the dividend (a divisor of 0 yields 0)."""
    if b[0] is None or b[1] is None:
        return UNBOUNDED
    largest = max(abs(b[0]), abs(b[1]), 1) - 1
    return (0 if a[0] is not None and a[0] >= 0 else -largest), largest


def expression_interval(e: typed.Expr) -> Interval:
    """The interval of an integer expression, from its types."""
    match e:
        case typed.Constant(value) if isinstance(value, int):
            return int(value), int(value)
        case typed.Binary(operator, left, right, typed.IntType()):
            a, b = expression_interval(left), expression_interval(right)
            match operator:
                case "+":
                    return add(a, b)
                case "-":
                    return add(a, negate(b))
                case "*":
                    return multiply(a, b)
                case "/":
                    return divide(a, b)
                case "%":
                    return remainder(a, b)
                case _:
                    return UNBOUNDED
        case typed.Unary("-", operand, typed.IntType()):
            return negate(expression_interval(operand))
        case typed.Conditional(_, then, otherwise, typed.IntType()):
            return join(expression_interval(then), expression_interval(otherwise))
        case typed.Cast(operand, typed.IntType()) | typed.Load(typed.Place(type=typed.AtomicType()) as operand):
            return bounds(operand.type)
        case typed.AtomicOp(operator, place) if operator in _READS and isinstance(e.type, typed.IntType):
            return bounds(place.type)
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
            return bounds(e.type)
        case _:
            assert_never(e)


#: Operations that yield what the atomic can hold.
_READS = frozenset(name for name, facts in ATOMICS.items() if facts.yields is Yields.CONTENT)


def temporary_bounds(graph: Graph, users: tuple[int, ...]) -> Interval:
    """Bounds of integer temporaries that share a state variable: the join over everything that is assigned to them."""
    wanted = set(users)
    if not all(graph.locals[u].temporary for u in users):
        return UNBOUNDED
    result: Interval | None = None
    for n in graph.order:
        operation = graph.nodes[n].operation
        if isinstance(operation, Compute) and operation.target in wanted:
            interval = expression_interval(operation.value)
            result = interval if result is None else join(result, interval)
    if result is None:
        return UNBOUNDED
    return join(result, (0, 0))


class TermBounds:
    """Intervals of terms, from the bounds of their variables.

    Sound where every step preserves those bounds, as it must.
    """

    def __init__(self, variable_bounds: dict[int, Interval]) -> None:
        self.variables = variable_bounds
        self._memo: dict[int, Interval] = {}

    def interval(self, term: Term) -> Interval:
        """The interval of an integer term."""
        found = self._memo.get(term.id)
        if found is None:
            found = self._interval(term) if isinstance(term.sort, IntSort) else UNBOUNDED
            self._memo[term.id] = found
        return found

    def _interval(self, term: Term) -> Interval:
        match term.op:
            case Op.CONST:
                assert isinstance(term.payload, int)
                return term.payload, term.payload
            case Op.VAR:
                assert isinstance(term.payload, int)
                return self.variables.get(term.payload, UNBOUNDED)
            case Op.ITE:
                return join(self.interval(term.args[1]), self.interval(term.args[2]))
            case Op.ADD:
                return add(self.interval(term.args[0]), self.interval(term.args[1]))
            case Op.SUB:
                return add(self.interval(term.args[0]), negate(self.interval(term.args[1])))
            case Op.MUL:
                return multiply(self.interval(term.args[0]), self.interval(term.args[1]))
            case Op.DIV:
                return divide(self.interval(term.args[0]), self.interval(term.args[1]))
            case Op.MOD:
                return remainder(self.interval(term.args[0]), self.interval(term.args[1]))
            case _:
                return UNBOUNDED
