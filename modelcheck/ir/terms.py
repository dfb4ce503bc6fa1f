"""Terms of the intermediate representation: typed, immutable, hash-consed.

A ``TermFactory`` makes terms and keeps the table of all it made, so equal terms of one factory are
the same object: compare and hash by identity, memoise by ``term.id``. The shape follows pySMT's
node (operator, arguments, payload). The factory folds constants and applies identities that never
lose information; nothing else rewrites.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import TypeAlias

from modelcheck.ground.records import dataclass


@dataclass(frozen=True, slots=True)
class BoolSort:
    pass


@dataclass(frozen=True, slots=True)
class IntSort:
    """Mathematical integers. Bounds of variables are in ``Variable.low`` and ``Variable.high``."""


@dataclass(frozen=True, slots=True)
class BvSort:
    """Unsigned bit-vectors; constants are 0..2**width-1."""

    width: int


Sort: TypeAlias = BoolSort | IntSort | BvSort
BOOL = BoolSort()
INT = IntSort()
#: Shifting further does not happen: it changes nothing in a bit-vector, which is never so wide, and
#: would take all memory in an integer.
LARGEST_SHIFT = 4096


class Op(Enum):
    """Operators. Arguments have the same sort unless said otherwise."""

    CONST = "const"  # payload: bool or int
    VAR = "var"  # payload: variable id
    NOT = "not"
    AND = "and"  # n-ary, n >= 2
    OR = "or"  # n-ary, n >= 2
    ITE = "ite"  # (Bool, T, T)
    EQ = "="  # any sort -> Bool
    LT = "<"  # Int, Bv (unsigned) -> Bool
    LE = "<="
    ADD = "+"  # n-ary on Int, binary on Bv (wraps)
    SUB = "-"
    MUL = "*"
    DIV = "div"  # truncating, Int and Bv; divisor 0 yields 0
    MOD = "mod"  # remainder with the sign of the dividend; divisor 0 yields 0
    BVAND = "bvand"
    BVOR = "bvor"
    BVXOR = "bvxor"
    BVNOT = "bvnot"
    SHL = "shl"
    SHR = "shr"  # logical
    INT_TO_BV = "int2bv"  # payload: width; modulo 2**width
    BV_TO_INT = "bv2int"
    RESIZE = "resize"  # Bv to another width (zero extension or truncation); payload: width

    # Members are compared by identity; the hash that enumerations bring along is computed in Python.
    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """One node. ``payload`` is the constant, the variable id or the width; None for the others."""

    id: int
    op: Op
    args: tuple[Term, ...]
    payload: bool | int | None
    sort: Sort

    def __repr__(self) -> str:
        return format_term(self)

    @property
    def is_true(self) -> bool:
        return self.op is Op.CONST and self.payload is True

    @property
    def is_false(self) -> bool:
        return self.op is Op.CONST and self.payload is False


def format_term(term: Term, names: dict[int, str] | None = None) -> str:
    """Return the term as an s-expression; variables by name if ``names`` maps their ids (for debugging and tests)."""
    match term.op:
        case Op.CONST:
            return str(term.payload).lower() if isinstance(term.payload, bool) else str(term.payload)
        case Op.VAR:
            assert term.payload is not None
            return (names or {}).get(int(term.payload), f"v{term.payload}")
        case _:
            inner = " ".join(format_term(a, names) for a in term.args)
            return f"({term.op.value} {inner})"


def truncated_division(a: int, b: int) -> int:
    """C's ``a / b``; 0 if b is 0."""
    if b == 0:
        return 0
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def truncated_remainder(a: int, b: int) -> int:
    """C's ``a % b``; 0 if b is 0."""
    return 0 if b == 0 else a - b * truncated_division(a, b)


#: What tells two terms of one factory apart.
_Key: TypeAlias = tuple[Op, tuple[int, ...], bool | int | None, type, type | Sort]


def _sort_key(sort: Sort) -> type | Sort:
    """The sort, or its class if that says all (and is hashed without a call)."""
    return sort if type(sort) is BvSort else type(sort)


class TermFactory:
    """Makes the terms of one ``System``: equal ones are one object.

    The methods are the operators (``Op`` says what each means). They fold constants and take what
    is obvious away, so the term that comes out may have another operator on top.
    """

    def __init__(self) -> None:
        self._table: dict[_Key, Term] = {}
        self.true = self._make(Op.CONST, (), True, BOOL)
        self.false = self._make(Op.CONST, (), False, BOOL)

    def _make(self, op: Op, args: tuple[Term, ...], payload: bool | int | None, sort: Sort) -> Term:
        key = (op, tuple([a.id for a in args]), payload, type(payload), _sort_key(sort))
        found = self._table.get(key)
        if found is None:
            found = Term(len(self._table), op, args, payload, sort)
            self._table[key] = found
        return found

    # leaves

    def boolean(self, value: bool) -> Term:
        return self.true if value else self.false

    def integer(self, value: int) -> Term:
        return self._make(Op.CONST, (), int(value), INT)

    def bitvector(self, value: int, width: int) -> Term:
        """Return the constant ``value`` modulo 2**width."""
        return self._make(Op.CONST, (), value % (1 << width), BvSort(width))

    def constant(self, value: bool | int, sort: Sort) -> Term:
        """Return the constant of that sort (bit-vectors are reduced modulo 2**width)."""
        match sort:
            case BoolSort():
                return self.boolean(bool(value))
            case IntSort():
                return self.integer(value)
            case BvSort(width):
                return self.bitvector(value, width)

    def variable(self, id: int, sort: Sort) -> Term:
        return self._make(Op.VAR, (), id, sort)

    # booleans

    def not_(self, a: Term) -> Term:
        if a.op is Op.CONST:
            return self.boolean(not a.payload)
        if a.op is Op.NOT:
            return a.args[0]
        return self._make(Op.NOT, (a,), None, BOOL)

    def and_(self, *parts: Term) -> Term:
        return self._junction(Op.AND, parts, unit=self.true, zero=self.false)

    def or_(self, *parts: Term) -> Term:
        return self._junction(Op.OR, parts, unit=self.false, zero=self.true)

    def _junction(self, op: Op, parts: Iterable[Term], unit: Term, zero: Term) -> Term:
        kept: dict[int, Term] = {}
        for part in parts:
            for leaf in part.args if part.op is op else (part,):
                if leaf is zero:
                    return zero
                if leaf is unit:
                    continue
                negation = (
                    leaf.args[0]
                    if leaf.op is Op.NOT
                    else self._table.get((Op.NOT, (leaf.id,), None, type(None), BoolSort))
                )
                if negation is not None and negation.id in kept:
                    return zero
                kept[leaf.id] = leaf
        if not kept:
            return unit
        if len(kept) == 1:
            return next(iter(kept.values()))
        return self._make(op, tuple(kept.values()), None, BOOL)

    def implies(self, a: Term, b: Term) -> Term:
        return self.or_(self.not_(a), b)

    def ite(self, condition: Term, then: Term, otherwise: Term) -> Term:
        assert then.sort == otherwise.sort, (then, otherwise)
        if condition.is_true or then is otherwise:
            return then
        if condition.is_false:
            return otherwise
        if then.sort == BOOL:
            if then.is_true:
                return self.or_(condition, otherwise)
            if then.is_false:
                return self.and_(self.not_(condition), otherwise)
            if otherwise.is_true:
                return self.or_(self.not_(condition), then)
            if otherwise.is_false:
                return self.and_(condition, then)
        if condition.op is Op.NOT:
            return self.ite(condition.args[0], otherwise, then)
        return self._make(Op.ITE, (condition, then, otherwise), None, then.sort)

    # comparisons

    def eq(self, a: Term, b: Term) -> Term:
        assert a.sort == b.sort, (a, b)
        if a is b:
            return self.true
        if a.op is Op.CONST and b.op is Op.CONST:
            return self.boolean(a.payload == b.payload)
        if a.op is Op.CONST:
            a, b = b, a
        if b.is_true:
            return a
        if b.is_false:
            return self.not_(a)
        if b.op is Op.CONST and a.op is Op.ITE and a.args[1].op is Op.CONST:
            return self.ite(a.args[0], self.eq(a.args[1], b), self.eq(a.args[2], b))
        if b.op is not Op.CONST and a.id > b.id:
            a, b = b, a
        return self._make(Op.EQ, (a, b), None, BOOL)

    def eq_as_written(self, a: Term, b: Term) -> Term:
        """As ``eq``, with the operands in the order given.

        The order of ``eq`` is that in which the operands were made: a text that was written with one table
        of terms, and is read with another, would come out as another text.
        """
        found = self.eq(a, b)
        if found.op is Op.EQ and found.args == (b, a) and a.op is not Op.CONST:
            return self._make(Op.EQ, (a, b), None, BOOL)
        return found

    def ne(self, a: Term, b: Term) -> Term:
        return self.not_(self.eq(a, b))

    def lt(self, a: Term, b: Term) -> Term:
        if a is b:
            return self.false
        if a.op is Op.CONST and b.op is Op.CONST:
            return self.boolean(_number(a) < _number(b))
        return self._make(Op.LT, (a, b), None, BOOL)

    def le(self, a: Term, b: Term) -> Term:
        if a is b:
            return self.true
        if a.op is Op.CONST and b.op is Op.CONST:
            return self.boolean(_number(a) <= _number(b))
        return self._make(Op.LE, (a, b), None, BOOL)

    # arithmetic: Int is exact, Bv wraps

    def add(self, a: Term, b: Term) -> Term:
        if _is_number(a, 0):
            return b
        if _is_number(b, 0):
            return a
        return self._arithmetic(Op.ADD, a, b)

    def sub(self, a: Term, b: Term) -> Term:
        return a if _is_number(b, 0) else self._arithmetic(Op.SUB, a, b)

    def mul(self, a: Term, b: Term) -> Term:
        return self._arithmetic(Op.MUL, a, b)

    def div(self, a: Term, b: Term) -> Term:
        return self._arithmetic(Op.DIV, a, b)

    def mod(self, a: Term, b: Term) -> Term:
        return self._arithmetic(Op.MOD, a, b)

    def bvand(self, a: Term, b: Term) -> Term:
        return self._arithmetic(Op.BVAND, a, b)

    def bvor(self, a: Term, b: Term) -> Term:
        return self._arithmetic(Op.BVOR, a, b)

    def bvxor(self, a: Term, b: Term) -> Term:
        return self._arithmetic(Op.BVXOR, a, b)

    def shl(self, a: Term, b: Term) -> Term:
        return self._arithmetic(Op.SHL, a, b)

    def shr(self, a: Term, b: Term) -> Term:
        return self._arithmetic(Op.SHR, a, b)

    def bvnot(self, a: Term) -> Term:
        assert isinstance(a.sort, BvSort)
        if a.op is Op.CONST:
            return self.bitvector(~_number(a), a.sort.width)
        return self._make(Op.BVNOT, (a,), None, a.sort)

    def _arithmetic(self, op: Op, a: Term, b: Term) -> Term:
        assert a.sort == b.sort, (op, a, b)
        assert not isinstance(a.sort, BoolSort), (op, a, b)
        if a.op is Op.CONST and b.op is Op.CONST:
            return self.constant(evaluate_arithmetic(op, _number(a), _number(b)), a.sort)
        return self._make(op, (a, b), None, a.sort)

    def int_to_bv(self, a: Term, width: int) -> Term:
        if a.op is Op.CONST:
            return self.bitvector(_number(a), width)
        return self._make(Op.INT_TO_BV, (a,), width, BvSort(width))

    def bv_to_int(self, a: Term) -> Term:
        if a.op is Op.CONST:
            return self.integer(_number(a))
        return self._make(Op.BV_TO_INT, (a,), None, INT)

    def resize(self, a: Term, width: int) -> Term:
        assert isinstance(a.sort, BvSort)
        if a.sort.width == width:
            return a
        if a.op is Op.CONST:
            return self.bitvector(_number(a), width)
        return self._make(Op.RESIZE, (a,), width, BvSort(width))

    # substitution

    def substitute(self, term: Term, values: dict[int, Term]) -> Term:
        """Replace variables by id, all at once; rebuilt bottom-up, so constants fold."""
        return self.substitute_all((term,), values)[0]

    def substitute_all(self, terms: Iterable[Term], values: dict[int, Term]) -> tuple[Term, ...]:
        """As ``substitute``, of several terms; what they share is rebuilt once."""
        memo: dict[int, Term] = {}
        wanted = tuple(terms)
        for node in post_order(wanted):
            if node.op is Op.VAR:
                assert node.payload is not None
                memo[node.id] = values.get(int(node.payload), node)
            elif not node.args:
                memo[node.id] = node
            else:
                args = tuple(memo[a.id] for a in node.args)
                memo[node.id] = node if args == node.args else self.rebuild(node, args)
        return tuple(memo[t.id] for t in wanted)

    def rebuild(self, node: Term, args: tuple[Term, ...]) -> Term:
        """Return the node's operator applied to other arguments of the same sorts."""
        match node.op:
            case Op.CONST | Op.VAR:
                return node
            case Op.NOT:
                return self.not_(args[0])
            case Op.AND:
                return self.and_(*args)
            case Op.OR:
                return self.or_(*args)
            case Op.ITE:
                return self.ite(args[0], args[1], args[2])
            case Op.EQ:
                return self.eq(args[0], args[1])
            case Op.LT:
                return self.lt(args[0], args[1])
            case Op.LE:
                return self.le(args[0], args[1])
            case Op.ADD:
                return self.add(args[0], args[1])
            case Op.SUB:
                return self.sub(args[0], args[1])
            case Op.BVNOT:
                return self.bvnot(args[0])
            case Op.INT_TO_BV:
                assert isinstance(node.payload, int)
                return self.int_to_bv(args[0], node.payload)
            case Op.BV_TO_INT:
                return self.bv_to_int(args[0])
            case Op.RESIZE:
                assert isinstance(node.payload, int)
                return self.resize(args[0], node.payload)
            case Op.MUL | Op.DIV | Op.MOD | Op.BVAND | Op.BVOR | Op.BVXOR | Op.SHL | Op.SHR:
                return self._arithmetic(node.op, args[0], args[1])


def _number(term: Term) -> int:
    assert term.payload is not None
    return int(term.payload)


def _is_number(term: Term, value: int) -> bool:
    return term.op is Op.CONST and term.payload == value and not isinstance(term.payload, bool)


def evaluate_arithmetic(op: Op, a: int, b: int) -> int:
    """The exact result of a binary arithmetic operator; the caller wraps bit-vectors."""
    match op:
        case Op.ADD:
            return a + b
        case Op.SUB:
            return a - b
        case Op.MUL:
            return a * b
        case Op.DIV:
            return truncated_division(a, b)
        case Op.MOD:
            return truncated_remainder(a, b)
        case Op.BVAND:
            return a & b
        case Op.BVOR:
            return a | b
        case Op.BVXOR:
            return a ^ b
        case Op.SHL:
            return a << min(b, LARGEST_SHIFT)
        case Op.SHR:
            return a >> min(b, LARGEST_SHIFT)
        case _:
            raise AssertionError(op)


def post_order(terms: Iterable[Term]) -> Iterator[Term]:
    """Yield every node below ``terms`` once, arguments before the node; no recursion."""
    seen: set[int] = set()
    stack: list[tuple[Term, bool]] = [(t, False) for t in reversed(tuple(terms))]
    while stack:
        node, expanded = stack.pop()
        if expanded:
            yield node
        elif node.id not in seen:
            seen.add(node.id)
            stack.append((node, True))
            stack.extend((a, False) for a in reversed(node.args))


def conjuncts(term: Term) -> tuple[Term, ...]:
    """Return the parts of a conjunction; of any other term, the term itself."""
    return term.args if term.op is Op.AND else (term,)


def variables_of(terms: Iterable[Term]) -> frozenset[int]:
    """Return the ids of the variables that occur in the terms."""
    return frozenset(int(t.payload) for t in post_order(terms) if t.op is Op.VAR and t.payload is not None)
