"""Operations of atomics (docs/semantics.md, section 4)."""

from __future__ import annotations

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.ir.system import AccessKind
from modelcheck.ir.terms import INT, Term
from modelcheck.model import typed
from modelcheck.semantics.elaborate.execution.access import (
    Evaluate,
    Leaves,
    access,
    note_access,
    place_values,
    read,
    select_term,
    write,
)
from modelcheck.semantics.elaborate.execution.path import Execution, Path
from modelcheck.semantics.elaborate.execution.values import SymbolicValue, components
from modelcheck.semantics.elaborate.variables.leaves import Leaf


@dataclass(frozen=True, slots=True)
class _Effect:
    """``new`` is written where ``writes`` holds; ``result`` is what the operation yields."""

    new: SymbolicValue
    writes: Term
    result: SymbolicValue


def atomic_operation(
    ex: Execution, path: Path, e: typed.AtomicOp, condition: Term, evaluate: Evaluate
) -> SymbolicValue:
    """Perform the operation where ``condition`` holds; return its result."""
    terms = ex.terms
    changes = e.operator != "read"
    # The place's references and indices come before the arguments, the access after them.
    operands = place_values(ex, path, e.place, condition, evaluate)
    arguments = [evaluate(ex, path, a, condition) for a in e.arguments]
    leaves = access(ex, path, e.place, operands, changes, condition)
    type = leaves[0][1].type if leaves else e.place.type
    if e.place.shared:
        note_access(path, leaves, AccessKind.RMW if changes else AccessKind.LOAD, typed.AccessTag.FULL)
    if isinstance(type, typed.AtomicType):
        numbers = [a for a in arguments if isinstance(a, Term)]
        effect = _effect(ex, e.operator, _old(ex, path, leaves), numbers, type)
        if not changes:
            return effect.result
        return _write(ex, path, leaves, type, e.operator, effect, condition, e.span)
    before = read(ex, path, leaves, type, condition, e.span)
    same = terms.true
    if e.operator != "xchg":
        same = ex.values.equal(before, type, arguments[0], e.arguments[0].type)
    write(ex, path, leaves, arguments[-1], e.arguments[-1].type, terms.and_(condition, same), e.span)
    return same if e.operator == "try_cmpxchg" else before


def set_atomic(
    ex: Execution, path: Path, leaves: Leaves, type: typed.AtomicType, value: SymbolicValue, span: Span
) -> None:
    """An assignment to an atomic: as ``set``."""
    assert isinstance(value, Term)
    effect = _effect(ex, "set", _old(ex, path, leaves), [value], type)
    _write(ex, path, leaves, type, "set", effect, ex.terms.true, span)


def _write(
    ex: Execution,
    path: Path,
    leaves: Leaves,
    type: typed.AtomicType,
    operator: str,
    effect: _Effect,
    condition: Term,
    span: Span,
) -> SymbolicValue:
    """Write an atomic where ``condition`` holds, with all checks; return the result of the operation."""
    terms = ex.terms
    old, writes = _old(ex, path, leaves), terms.and_(condition, effect.writes)
    frozen = select_term(
        ex, leaves, lambda leaf: terms.false if leaf.frozen is None else ex.variable(path, leaf.frozen), terms.false
    )
    subject = leaves[0][1].subject if leaves else ""
    if operator == "unfreeze":
        wrong = terms.and_(writes, terms.or_(terms.not_(frozen), terms.ne(old, terms.constant(0, old.sort))))
        ex.observe(path, wrong, "frozen", subject, span)
    else:
        ex.observe(path, terms.and_(writes, frozen), "frozen", subject, span)
    effect = _refcount(ex, path, operator, type, old, effect, writes, subject, span)
    write(ex, path, leaves, effect.new, typed.IntType(), writes, span)
    for c, leaf in leaves:
        if leaf.frozen is not None and operator in ("freeze", "unfreeze"):
            where = ex.simplify(path, terms.and_(c, ex.under(c, writes)))
            now = terms.boolean(operator == "freeze")
            path.variables[leaf.frozen] = terms.ite(where, now, ex.variable(path, leaf.frozen))
    return effect.result


def _old(ex: Execution, path: Path, leaves: Leaves) -> Term:
    """The number before the operation."""
    sort = components(leaves[0][1].type)[0].sort if leaves else INT
    return select_term(ex, leaves, lambda leaf: _number(ex, path, leaf), ex.terms.constant(0, sort))


def _number(ex: Execution, path: Path, leaf: Leaf) -> Term:
    value = ex.read_leaf(path, leaf)
    assert isinstance(value, Term)
    return value


def _refcount(
    ex: Execution,
    path: Path,
    operator: str,
    type: typed.AtomicType,
    old: Term,
    effect: _Effect,
    writes: Term,
    subject: str,
    span: Span,
) -> _Effect:
    """A refcount must not leave 0 upwards, and stays 0 instead of going below."""
    terms = ex.terms
    if not type.refcount:
        return effect
    assert isinstance(effect.new, Term)
    zero = terms.integer(0)
    if operator not in ("set", "unfreeze"):
        raised = terms.and_(writes, terms.eq(old, zero), terms.lt(zero, effect.new))
        ex.observe(path, raised, "refcount", subject, span)
    least, _ = ex.bounds.interval(effect.new)
    if least is not None and least >= 0:
        return effect
    below = terms.lt(effect.new, zero)
    ex.observe(path, terms.and_(writes, below), "refcount", subject, span)
    new = terms.ite(below, zero, effect.new)
    result = effect.result
    if operator in ("inc_return", "dec_return", "add_return", "sub_return"):
        result = new
    elif operator in ("inc_and_test", "dec_and_test", "sub_and_test"):
        result = terms.eq(new, zero)
    return _Effect(new, effect.writes, result)


def _effect(ex: Execution, operator: str, old: Term, arguments: list[Term], type: typed.Type) -> _Effect:
    terms = ex.terms
    one, zero = terms.constant(1, old.sort), terms.constant(0, old.sort)
    always = terms.true
    n = arguments[0] if arguments else one
    match operator:
        case "read":
            return _Effect(old, terms.false, old)
        case "set" | "unfreeze":
            return _Effect(n, always, terms.false)
        case "inc" | "add":
            return _Effect(terms.add(old, n), always, terms.false)
        case "dec" | "sub":
            return _Effect(terms.sub(old, n), always, terms.false)
        case "inc_return" | "add_return":
            return _Effect(terms.add(old, n), always, terms.add(old, n))
        case "dec_return" | "sub_return":
            return _Effect(terms.sub(old, n), always, terms.sub(old, n))
        case "fetch_inc" | "fetch_add":
            return _Effect(terms.add(old, n), always, old)
        case "fetch_dec" | "fetch_sub":
            return _Effect(terms.sub(old, n), always, old)
        case "fetch_or" | "fetch_and" | "fetch_xor" | "fetch_andnot":
            return _Effect(_bitwise(ex, operator, old, n, type), always, old)
        case "xchg":
            return _Effect(n, always, old)
        case "inc_and_test":
            return _Effect(terms.add(old, one), always, terms.eq(terms.add(old, one), zero))
        case "dec_and_test" | "sub_and_test":
            return _Effect(terms.sub(old, n), always, terms.eq(old, n))
        case "inc_not_zero":
            writes = terms.ne(old, zero)
            return _Effect(terms.add(old, one), writes, writes)
        case "add_unless":
            writes = terms.ne(old, arguments[1])
            return _Effect(terms.add(old, n), writes, writes)
        case "dec_not_one":
            writes = terms.ne(old, one)
            return _Effect(terms.sub(old, one), writes, writes)
        case "dec_if_positive":
            number = old if old.sort == INT else terms.bv_to_int(old)
            return _Effect(terms.sub(old, one), terms.lt(zero, old), terms.sub(number, terms.integer(1)))
        case "cmpxchg":
            return _Effect(arguments[1], terms.eq(old, n), old)
        case "try_cmpxchg":
            writes = terms.eq(old, n)
            return _Effect(arguments[1], writes, writes)
        case "freeze":
            writes = terms.eq(old, n)
            return _Effect(zero, writes, writes)
        case _:
            raise AssertionError(operator)


def _bitwise(ex: Execution, operator: str, old: Term, n: Term, type: typed.Type) -> Term:
    """Bit operations on a number of 0..high and any other (of two's complement, as wide as it takes)."""
    terms = ex.terms
    assert isinstance(type, typed.AtomicType)
    if type.word is not None:
        return _combined(ex, operator, old, n)
    assert type.low == 0
    assert type.high is not None
    width = max(1, type.high.bit_length())
    a, b = terms.int_to_bv(old, width), terms.int_to_bv(n, width)
    result = terms.bv_to_int(_combined(ex, operator, a, b))
    if operator in ("fetch_and", "fetch_andnot"):
        return result
    least, greatest = ex.bounds.interval(n)
    if least is not None and least >= 0 and greatest is not None and greatest < 1 << width:
        return result
    # A bit further up, or a sign: the result is out of range, as n itself is.
    fits = terms.and_(terms.le(terms.integer(0), n), terms.lt(n, terms.integer(1 << width)))
    return terms.ite(fits, result, n)


def _combined(ex: Execution, operator: str, a: Term, b: Term) -> Term:
    """Two words bit by bit."""
    terms = ex.terms
    match operator:
        case "fetch_or":
            return terms.bvor(a, b)
        case "fetch_and":
            return terms.bvand(a, b)
        case "fetch_xor":
            return terms.bvxor(a, b)
        case "fetch_andnot":
            return terms.bvand(a, terms.bvnot(b))
        case _:
            raise AssertionError(operator)
