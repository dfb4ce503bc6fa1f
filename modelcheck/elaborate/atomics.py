"""Operations of atomics (docs/semantics.md, section 4)."""

from __future__ import annotations

from modelcheck.elaborate.access import Evaluate, access, check_range, note_access, place_values, read, select_term
from modelcheck.elaborate.leaves import Leaf
from modelcheck.elaborate.path import Execution, Path
from modelcheck.elaborate.values import SymbolicValue
from modelcheck.ir.system import AccessKind
from modelcheck.ir.terms import Term
from modelcheck.records import dataclass
from modelcheck.resolve import typed


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
    atomic = isinstance(type, typed.AtomicType)
    if atomic and e.operator in ("set", "unfreeze"):
        old = select_term(ex, leaves, lambda leaf: _number(ex, path, leaf), terms.integer(0))
        effect = _Effect(arguments[0], terms.true, terms.false)
    elif atomic:
        old = select_term(ex, leaves, lambda leaf: _number(ex, path, leaf), terms.integer(0))
        numbers = [a for a in arguments if isinstance(a, Term)]
        effect = _effect(ex, e.operator, old, numbers, type)
    else:
        before = read(ex, path, leaves, type, condition, e.span)
        same = terms.true
        if e.operator != "xchg":
            same = ex.values.equal(before, type, arguments[0], e.arguments[0].type)
        result: SymbolicValue = same if e.operator == "try_cmpxchg" else before
        effect = _Effect(arguments[-1], same, result)
        old = terms.integer(0)
    if not changes:
        return effect.result
    writes = terms.and_(condition, effect.writes)
    if atomic:
        assert isinstance(effect.new, Term)
        assert isinstance(type, typed.AtomicType)
        frozen = select_term(
            ex, leaves, lambda leaf: terms.false if leaf.frozen is None else ex.variable(path, leaf.frozen), terms.false
        )
        subject = leaves[0][1].subject if leaves else ""
        if e.operator == "unfreeze":
            wrong = terms.or_(terms.not_(frozen), terms.ne(old, terms.integer(0)))
            ex.observe(
                path,
                terms.and_(writes, wrong),
                "frozen",
                subject,
                f"{subject} unfrozen while it was not frozen",
                e.span,
            )
        else:
            ex.observe(path, terms.and_(writes, frozen), "frozen", subject, f"write to frozen {subject}", e.span)
        effect = _refcount(ex, path, e, type, old, effect, writes, subject)
        assert isinstance(effect.new, Term)
    if leaves:
        subject = leaves[0][1].subject
        static = e.place.type if atomic else e.arguments[-1].type
        if atomic:
            static = typed.IntType()
        check_range(ex, path, effect.new, type, static, subject, writes, e.span)
    for c, leaf in leaves:
        where = ex.simplify(path, terms.and_(c, ex.under(c, writes)))
        ex.write_leaf(path, leaf, effect.new, where)
        if leaf.frozen is not None and e.operator in ("freeze", "unfreeze"):
            now = terms.boolean(e.operator == "freeze")
            path.variables[leaf.frozen] = terms.ite(where, now, ex.variable(path, leaf.frozen))
    return effect.result


def _number(ex: Execution, path: Path, leaf: Leaf) -> Term:
    value = ex.read_leaf(path, leaf)
    assert isinstance(value, Term)
    return value


def _refcount(
    ex: Execution,
    path: Path,
    e: typed.AtomicOp,
    type: typed.AtomicType,
    old: Term,
    effect: _Effect,
    writes: Term,
    subject: str,
) -> _Effect:
    """A refcount must not leave 0 upwards, and stays 0 instead of going below."""
    terms = ex.terms
    if not type.refcount:
        return effect
    assert isinstance(effect.new, Term)
    zero = terms.integer(0)
    if e.operator not in ("set", "unfreeze"):
        raised = terms.and_(writes, terms.eq(old, zero), terms.lt(zero, effect.new))
        ex.observe(path, raised, "refcount", subject, f"{subject} raised from 0", e.span)
    least, _ = ex.bounds.interval(effect.new)
    if least is not None and least >= 0:
        return effect
    below = terms.lt(effect.new, zero)
    ex.observe(path, terms.and_(writes, below), "refcount", subject, f"{subject} would go below 0", e.span)
    new = terms.ite(below, zero, effect.new)
    result = effect.result
    if e.operator in ("inc_return", "dec_return", "add_return", "sub_return"):
        result = new
    elif e.operator in ("inc_and_test", "dec_and_test", "sub_and_test"):
        result = terms.eq(new, zero)
    return _Effect(new, effect.writes, result)


def _effect(ex: Execution, operator: str, old: Term, arguments: list[Term], type: typed.Type) -> _Effect:
    terms = ex.terms
    one, zero = terms.integer(1), terms.integer(0)
    always = terms.true
    n = arguments[0] if arguments else one
    match operator:
        case "read":
            return _Effect(old, terms.false, old)
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
        case "fetch_or" | "fetch_and":
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
            return _Effect(terms.sub(old, one), terms.lt(zero, old), terms.sub(old, one))
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
    assert type.low == 0
    assert type.high is not None
    width = max(1, type.high.bit_length())
    a, b = terms.int_to_bv(old, width), terms.int_to_bv(n, width)
    if operator == "fetch_and":
        return terms.bv_to_int(terms.bvand(a, b))
    result = terms.bv_to_int(terms.bvor(a, b))
    least, greatest = ex.bounds.interval(n)
    if least is not None and least >= 0 and greatest is not None and greatest < 1 << width:
        return result
    # A bit further up, or a sign: the result is out of range, as n itself is.
    fits = terms.and_(terms.le(terms.integer(0), n), terms.lt(n, terms.integer(1 << width)))
    return terms.ite(fits, result, n)
