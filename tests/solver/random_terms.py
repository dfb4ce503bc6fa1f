"""Random terms, and what they mean: shared by the tests of the encodings."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from modelcheck.ir.terms import (
    BOOL,
    INT,
    BoolSort,
    BvSort,
    IntSort,
    Op,
    Sort,
    Term,
    TermFactory,
    evaluate_arithmetic,
    post_order,
)

BV = BvSort(4)
NUMBERS: tuple[Sort, ...] = (INT, BV, BvSort(7))


@dataclass(frozen=True)
class Declared:
    """A variable of a random term with its values."""

    id: int
    sort: Sort
    low: int
    high: int


VARIABLES = (
    Declared(0, BOOL, 0, 1),
    Declared(1, BOOL, 0, 1),
    Declared(2, INT, 0, 3),
    Declared(3, INT, -4, 5),
    Declared(4, INT, 7, 90),
    Declared(5, BV, 0, 15),
    Declared(6, BV, 0, 15),
    Declared(7, BvSort(7), 0, 127),
    Declared(8, INT, -1000, -200),
)


def evaluate(term: Term, values: dict[int, int]) -> int:
    """The value of a term (booleans as 0 and 1), straight from the descriptions of the operators in ir/terms.py."""
    memo: dict[int, int] = {}
    for node in post_order((term,)):
        memo[node.id] = _node(node, [memo[a.id] for a in node.args], values)
    return memo[term.id]


def _node(node: Term, args: list[int], values: dict[int, int]) -> int:
    match node.op:
        case Op.CONST:
            assert node.payload is not None
            return int(node.payload)
        case Op.VAR:
            assert node.payload is not None
            return values[int(node.payload)]
        case Op.NOT:
            return 1 - args[0]
        case Op.AND:
            return int(all(args))
        case Op.OR:
            return int(any(args))
        case Op.ITE:
            return args[1] if args[0] else args[2]
        case Op.EQ:
            return int(args[0] == args[1])
        case Op.LT:
            return int(args[0] < args[1])
        case Op.LE:
            return int(args[0] <= args[1])
        case Op.BVNOT:
            assert isinstance(node.sort, BvSort)
            return (1 << node.sort.width) - 1 - args[0]
        case Op.INT_TO_BV | Op.RESIZE:
            assert isinstance(node.sort, BvSort)
            return args[0] % (1 << node.sort.width)
        case Op.BV_TO_INT:
            return args[0]
        case _:
            total = args[0]
            for arg in args[1:]:
                total = evaluate_arithmetic(node.op, total, arg)
                if isinstance(node.sort, BvSort):
                    total %= 1 << node.sort.width
            return total


assignments = st.fixed_dictionaries({v.id: st.integers(v.low, v.high) for v in VARIABLES})


@st.composite
def terms(draw: st.DrawFn, factory: TermFactory, sort: Sort, depth: int = 4) -> Term:
    """A random term of ``sort``, made by the factory's own functions."""

    def sub(of: Sort) -> Term:
        return draw(terms(factory, of, depth - 1))

    leaves = [factory.variable(v.id, v.sort) for v in VARIABLES if v.sort == sort]
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        if draw(st.booleans()) and leaves:
            return draw(st.sampled_from(leaves))
        return (
            factory.constant(draw(st.integers(-20, 20)), sort) if sort != BOOL else factory.boolean(draw(st.booleans()))
        )
    match sort:
        case BoolSort():
            kind = draw(st.sampled_from(("not", "and", "or", "ite", "eq", "lt", "le")))
            other: Sort = draw(st.sampled_from(NUMBERS))
            match kind:
                case "not":
                    return factory.not_(sub(BOOL))
                case "and":
                    return factory.and_(*(sub(BOOL) for _ in range(draw(st.integers(2, 3)))))
                case "or":
                    return factory.or_(*(sub(BOOL) for _ in range(draw(st.integers(2, 3)))))
                case "ite":
                    return factory.ite(sub(BOOL), sub(BOOL), sub(BOOL))
                case "eq":
                    return (
                        factory.eq(sub(BOOL), sub(BOOL)) if draw(st.booleans()) else factory.eq(sub(other), sub(other))
                    )
                case "lt":
                    return factory.lt(sub(other), sub(other))
                case _:
                    return factory.le(sub(other), sub(other))
        case IntSort():
            op = draw(
                st.sampled_from(
                    ("ite", "add", "add", "sub", "mul", "div", "mod", "and", "or", "xor", "shl", "shr", "bv")
                )
            )
            match op:
                case "ite":
                    return factory.ite(sub(BOOL), sub(INT), sub(INT))
                case "add":
                    return factory.add(sub(INT), sub(INT))
                case "sub":
                    return factory.sub(sub(INT), sub(INT))
                case "mul":
                    return factory.mul(sub(INT), factory.integer(draw(st.integers(-3, 3))))
                case "div":
                    return factory.div(sub(INT), sub(INT))
                case "mod":
                    return factory.mod(sub(INT), sub(INT))
                case "and":
                    return factory.bvand(sub(INT), sub(INT))
                case "or":
                    return factory.bvor(sub(INT), sub(INT))
                case "xor":
                    return factory.bvxor(sub(INT), sub(INT))
                case "shl" | "shr":
                    amount = draw(st.sampled_from((factory.integer(draw(st.integers(0, 4))), factory.variable(2, INT))))
                    return (factory.shl if op == "shl" else factory.shr)(sub(INT), amount)
                case _:
                    return factory.bv_to_int(sub(draw(st.sampled_from((BV, BvSort(7))))))
        case BvSort(width):
            op = draw(
                st.sampled_from(
                    ("ite", "add", "sub", "mul", "div", "mod", "and", "or", "xor", "not", "shl", "shr", "int", "size")
                )
            )
            match op:
                case "ite":
                    return factory.ite(sub(BOOL), sub(sort), sub(sort))
                case "not":
                    return factory.bvnot(sub(sort))
                case "int":
                    return factory.int_to_bv(sub(INT), width)
                case "size":
                    return factory.resize(sub(BvSort(7) if width == 4 else BV), width)
                case _:
                    make = {
                        "add": factory.add,
                        "sub": factory.sub,
                        "mul": factory.mul,
                        "div": factory.div,
                        "mod": factory.mod,
                        "and": factory.bvand,
                        "or": factory.bvor,
                        "xor": factory.bvxor,
                        "shl": factory.shl,
                        "shr": factory.shr,
                    }[op]
                    return make(sub(sort), sub(sort))
