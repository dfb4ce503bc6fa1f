"""Symbolic evaluation of expressions over graph locals, all reads at once (docs/semantics.md, sections 1 and 3).

``condition`` says where an expression is evaluated at all (the untaken side of ``&&`` is not):
obligations and effects count only there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from modelcheck.ir.system import AccessKind
from modelcheck.ir.terms import BOOL, INT, BvSort, IntSort, Term
from modelcheck.model import typed
from modelcheck.semantics.elaborate.execution.access import (
    access,
    check_range,
    note_access,
    place_values,
    read,
    resolve,
    select_term,
)
from modelcheck.semantics.elaborate.execution.path import Execution, Path
from modelcheck.semantics.elaborate.execution.values import SymbolicValue, element_codes
from modelcheck.semantics.elaborate.operations.atomics import atomic_operation
from modelcheck.semantics.elaborate.operations.locks import holds, is_taken, lock_operation
from modelcheck.semantics.elaborate.variables.leaves import Leaf


def evaluate_term(ex: Execution, path: Path, e: typed.Expr, condition: Term) -> Term:
    """``evaluate`` for an expression whose value is one term."""
    value = evaluate(ex, path, e, condition)
    assert isinstance(value, Term), e
    return value


def evaluate(ex: Execution, path: Path, e: typed.Expr, condition: Term) -> SymbolicValue:
    """The value; what goes wrong is recorded in the path (raises ``Dead`` if the path cannot go on)."""
    terms = ex.terms
    match e:
        case typed.Constant(value, type):
            return ex.values.constant(value, type)
        case typed.LocalRead(local, _, span):
            if local < 0:
                leaf = ex.trees[~local]
                assert isinstance(leaf, Leaf)
                return ex.read_leaf(path, leaf)
            leaf = ex.trees[local]
            assert isinstance(leaf, Leaf)
            if not ex.graph.locals[local].bound:
                return read(ex, path, [(terms.true, leaf)], leaf.type, condition, span)
            return ex.read_leaf(path, leaf)
        case typed.SelfRead():
            return ex.self_term
        case typed.Load(place, type, span, tag):
            leaves = resolve(ex, path, place, False, condition, evaluate)
            if place.shared:
                note_access(path, leaves, AccessKind.LOAD, tag)
            value_type = leaves[0][1].type if leaves else type
            return read(ex, path, leaves, value_type, condition, span)
        case typed.Unary():
            return _unary(ex, e.operator, evaluate_term(ex, path, e.operand, condition))
        case typed.Binary():
            left = evaluate(ex, path, e.left, condition)
            right = evaluate(ex, path, e.right, condition)
            return _binary(ex, path, e, left, right, condition)
        case typed.Logical(operator, left_expression, right_expression):
            first = evaluate_term(ex, path, left_expression, condition)
            goes_on = ex.simplify(path, terms.not_(first) if operator == "||" else first)
            if goes_on.is_false:
                return terms.boolean(operator != "&&")
            second = evaluate_term(ex, path, right_expression, terms.and_(condition, goes_on))
            match operator:
                case "&&":
                    return terms.and_(first, second)
                case "||":
                    return terms.or_(first, second)
                case _:
                    return terms.implies(first, second)
        case typed.Conditional(test, then, otherwise):
            chosen = ex.simplify(path, evaluate_term(ex, path, test, condition))
            if chosen.is_true:
                return evaluate(ex, path, then, condition)
            if chosen.is_false:
                return evaluate(ex, path, otherwise, condition)
            a = evaluate(ex, path, then, terms.and_(condition, chosen))
            b = evaluate(ex, path, otherwise, terms.and_(condition, terms.not_(chosen)))
            return ex.values.merge(chosen, a, b)
        case typed.CallExpr(inline, arguments):
            call = ex.graph.pure_calls[inline]
            given = [(evaluate(ex, path, a, condition), a.type) for a in arguments if not isinstance(a, typed.Place)]
            for parameter, (argument, static) in zip(call.parameters, given, strict=True):
                leaf = ex.trees[parameter]
                assert isinstance(leaf, Leaf)
                check_range(ex, path, argument, leaf.type, static, leaf.subject, condition, e.span)
                path.values[leaf.id] = argument
            caller, ex.owner = ex.owner, call.owner
            result = evaluate(ex, path, call.body, condition)
            ex.owner = caller
            return result
        case typed.AtomicOp():
            return atomic_operation(ex, path, e, condition, evaluate)
        case typed.LockOp():
            return lock_operation(ex, path, e, condition, evaluate)
        case typed.CondLoad(place, bound, test, type, span):
            leaves = resolve(ex, path, place, False, condition, evaluate)
            note_access(path, leaves, AccessKind.LOAD, typed.AccessTag.PLAIN)
            seen = read(ex, path, leaves, leaves[0][1].type if leaves else type, condition, span)
            leaf = ex.trees[bound]
            assert isinstance(leaf, Leaf)
            path.values[leaf.id] = seen
            ex.assume(path, evaluate_term(ex, path, test, condition))
            return seen
        case typed.New():
            raise AssertionError("an allocation is no part of an expression")
        case typed.OptSome(operand):
            return (terms.true, evaluate(ex, path, operand, condition))
        case typed.OptGet(operand, _, span):
            optional = evaluate(ex, path, operand, condition)
            assert isinstance(optional, tuple)
            assert isinstance(optional[0], Term)
            none = terms.and_(condition, terms.not_(optional[0]))
            ex.fault(path, none, "option_none", ex.owner, span)
            return optional[1]
        case typed.SetLiteral(elements, type):
            assert isinstance(type, typed.SetType)
            members = [(evaluate_term(ex, path, x, condition), x.type) for x in elements]
            return tuple(
                terms.or_(*(terms.eq(m, ex.values.code(code, type.element)) for m, _ in members))
                for code in element_codes(type.element)
            )
        case typed.SetSize(operand):
            bits = evaluate(ex, path, operand, condition)
            assert isinstance(bits, tuple)
            return count(ex, tuple(b for b in bits if isinstance(b, Term)))
        case typed.Cast(operand, type):
            return _cast(ex, evaluate_term(ex, path, operand, condition), type)
        case typed.Ask():
            return _ask(ex, path, e, condition)
        case typed.Quantifier(forall, variable, domain, body):
            leaf = ex.trees[variable.id]
            assert isinstance(leaf, Leaf)
            results: list[Term] = []
            open = condition  # where the values so far have not decided it
            for present, element in domain_values(ex, path, domain, condition):
                path.values[leaf.id] = element
                value_here = evaluate_term(ex, path, body, terms.and_(open, present))
                results.append(terms.implies(present, value_here) if forall else terms.and_(present, value_here))
                if not ex.quiet:
                    open = terms.and_(open, results[-1] if forall else terms.not_(results[-1]))
            return terms.and_(*results) if forall else terms.or_(*results)
        case typed.OfProperties() | typed.CountProcesses():
            return ex.label(ex, path, e)
        case typed.NextAllocated(object, after):
            return _next_allocated(ex, path, object, evaluate_term(ex, path, after, condition), after.type)
        case typed.CountAllocated(object):
            pool = ex.layout.objects[object].pool
            return count(ex, tuple(ex.variable(path, ex.layout.allocated[(object, s)]) for s in range(pool)))
        case _:
            assert_never(e)


def _next_allocated(ex: Execution, path: Path, object: str, after: Term, type: typed.Type) -> Term:
    """The live reference to the first allocated slot above that of ``after``, which is 1 more than its slot,
    and as much more as there are slots if it is stale; null is 0.
    """
    terms = ex.terms
    assert isinstance(type, typed.RefType)
    address = ex.values.address(after, type)
    found = terms.integer(0)
    members = list(domain_values(ex, path, typed.PoolDomain(object), terms.true))
    for slot, (present, reference) in reversed(list(enumerate(members))):
        assert isinstance(reference, Term)
        found = terms.ite(terms.and_(present, terms.le(address, terms.integer(slot))), reference, found)
    return found


def count(ex: Execution, bits: tuple[Term, ...]) -> Term:
    """How many of the booleans are true."""
    terms = ex.terms
    numbers = [terms.ite(bit, terms.integer(1), terms.integer(0)) for bit in bits]
    if not numbers:
        return terms.integer(0)
    while len(numbers) > 1:
        # In pairs, so that the term is not as deep as there are booleans.
        pairs = [terms.add(a, b) for a, b in zip(numbers[::2], numbers[1::2], strict=False)]
        numbers = pairs + numbers[len(pairs) * 2 :]
    return numbers[0]


def domain_values(
    ex: Execution, path: Path, domain: typed.Domain, condition: Term
) -> Iterator[tuple[Term, SymbolicValue]]:
    """The values of a domain, each with the condition under which it belongs to it."""
    for present, value, _ in domain_choices(ex, path, domain, condition):
        yield present, value


def domain_choices(
    ex: Execution, path: Path, domain: typed.Domain, condition: Term
) -> Iterator[tuple[Term, SymbolicValue, int]]:
    """As ``domain_values``, with the number by which a choice of the value is known."""
    terms = ex.terms
    match domain:
        case typed.RangeDomain(low, high):
            for i in range(low, high + 1):
                yield terms.true, terms.integer(i), i
        case typed.EnumDomain(enum):
            for i in range(len(enum.literals)):
                yield terms.true, terms.integer(i), i
        case typed.BoolDomain():
            yield terms.true, terms.false, 0
            yield terms.true, terms.true, 1
        case typed.ProcDomain(_, size):
            for i in range(size):
                yield terms.true, terms.integer(i), i
        case typed.PoolDomain(object):
            declared = ex.layout.objects[object]
            for slot in range(declared.pool):
                present = terms.true
                if not declared.typestable:
                    present = ex.variable(path, ex.layout.allocated[(object, slot)])
                yield present, terms.integer(1 + slot), slot
        case typed.SetDomain(set):
            type = set.type
            assert isinstance(type, typed.SetType)
            bits = evaluate(ex, path, set, condition)
            assert isinstance(bits, tuple)
            for bit, code in zip(bits, element_codes(type.element), strict=True):
                assert isinstance(bit, Term)
                yield bit, ex.values.code(code, type.element), code
        case _:
            assert_never(domain)


def _unary(ex: Execution, operator: str, operand: Term) -> Term:
    terms = ex.terms
    match operator:
        case "!":
            return terms.not_(operand)
        case "-":
            return terms.sub(terms.constant(0, operand.sort), operand)
        case "~":
            return terms.bvnot(operand)
        case _:
            raise AssertionError(operator)


def _binary(
    ex: Execution, path: Path, e: typed.Binary, left: SymbolicValue, right: SymbolicValue, condition: Term
) -> SymbolicValue:
    terms = ex.terms
    operator = e.operator
    if operator in ("==", "!="):
        same = ex.values.equal(left, e.left.type, right, e.right.type)
        return same if operator == "==" else terms.not_(same)
    if operator == "in":
        return _member(ex, e, left, right)
    if isinstance(left, tuple):
        assert isinstance(right, tuple)
        return _sets(ex, operator, left, right)
    assert isinstance(right, Term)
    match operator:
        case "+":
            return terms.add(left, right)
        case "-":
            return terms.sub(left, right)
        case "*":
            return terms.mul(left, right)
        case "/" | "%":
            by_zero = terms.and_(condition, terms.eq(right, terms.constant(0, right.sort)))
            ex.fault(path, by_zero, "division_by_zero", ex.owner, e.span)
            return terms.div(left, right) if operator == "/" else terms.mod(left, right)
        case "<":
            return terms.lt(left, right)
        case "<=":
            return terms.le(left, right)
        case ">":
            return terms.lt(right, left)
        case ">=":
            return terms.le(right, left)
        case "<<":
            return terms.shl(left, right)
        case ">>":
            return terms.shr(left, right)
        case "&":
            return terms.and_(left, right) if left.sort == BOOL else terms.bvand(left, right)
        case "|":
            return terms.or_(left, right) if left.sort == BOOL else terms.bvor(left, right)
        case "^":
            return terms.not_(terms.eq(left, right)) if left.sort == BOOL else terms.bvxor(left, right)
        case _:
            raise AssertionError(operator)


def _member(ex: Execution, e: typed.Binary, element: SymbolicValue, bits: SymbolicValue) -> Term:
    terms = ex.terms
    type = e.right.type
    assert isinstance(type, typed.SetType)
    assert isinstance(element, Term)
    assert isinstance(bits, tuple)
    found: list[Term] = []
    for bit, code in zip(bits, element_codes(type.element), strict=True):
        assert isinstance(bit, Term)
        same = ex.values.equal(element, e.left.type, ex.values.code(code, type.element), type.element)
        found.append(terms.and_(bit, same))
    return terms.or_(*found)


def _sets(
    ex: Execution, operator: str, left: tuple[SymbolicValue, ...], right: tuple[SymbolicValue, ...]
) -> SymbolicValue:
    terms = ex.terms
    pairs = [(a, b) for a, b in zip(left, right, strict=True) if isinstance(a, Term) and isinstance(b, Term)]
    match operator:
        case "|":
            return tuple(terms.or_(a, b) for a, b in pairs)
        case "&":
            return tuple(terms.and_(a, b) for a, b in pairs)
        case "-":
            return tuple(terms.and_(a, terms.not_(b)) for a, b in pairs)
        case "^":
            return tuple(terms.not_(terms.eq(a, b)) for a, b in pairs)
        case "<=":
            return terms.and_(*(terms.implies(a, b) for a, b in pairs))
        case ">=":
            return terms.and_(*(terms.implies(b, a) for a, b in pairs))
        case "<" | ">":
            if operator == ">":
                pairs = [(b, a) for a, b in pairs]
            inside = terms.and_(*(terms.implies(a, b) for a, b in pairs))
            return terms.and_(inside, terms.or_(*(terms.ne(a, b) for a, b in pairs)))
        case _:
            raise AssertionError(operator)


def _cast(ex: Execution, operand: Term, type: typed.Type) -> Term:
    terms = ex.terms
    if isinstance(type, typed.BvType):
        if isinstance(operand.sort, BvSort):
            return terms.resize(operand, type.width)
        assert operand.sort == INT
        return terms.int_to_bv(operand, type.width)
    return operand if isinstance(operand.sort, IntSort) else terms.bv_to_int(operand)


def _ask(ex: Execution, path: Path, e: typed.Ask, condition: Term) -> Term:
    terms = ex.terms
    if e.question is typed.LockQuestion.HELD:
        operands = place_values(ex, path, e.place, condition, evaluate)
        outer, ex.quiet = ex.quiet, True
        leaves = access(ex, path, e.place, operands, False, condition)
        result = select_term(ex, leaves, lambda leaf: holds(ex, path, leaf, ("write", "read")), terms.false)
        ex.quiet = outer
        return result
    leaves = resolve(ex, path, e.place, False, condition, evaluate)
    if e.place.shared:
        note_access(path, leaves, AccessKind.LOAD, typed.AccessTag.PLAIN)

    def answer(leaf: Leaf) -> Term:
        if e.question is typed.LockQuestion.FROZEN:
            return terms.false if leaf.frozen is None else ex.variable(path, leaf.frozen)
        value = ex.read_leaf(path, leaf)
        assert isinstance(value, tuple)
        parts = [v for v in value if isinstance(v, Term)]
        return is_taken(terms, leaf.type.kind.facts.state, parts) if isinstance(leaf.type, typed.LockType) else parts[0]

    return select_term(ex, leaves, answer, terms.false)
