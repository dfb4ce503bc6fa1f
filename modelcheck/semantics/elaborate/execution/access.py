"""Places: which leaves they may mean, with the checks of a dereference and of indices."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, assert_never

from modelcheck.ground.source import Span
from modelcheck.ir.system import Access, AccessKind, Tag
from modelcheck.ir.terms import INT, Term
from modelcheck.model import typed
from modelcheck.model.trees import place_operands
from modelcheck.model.typed import ObligationKey
from modelcheck.semantics.elaborate.execution.path import Execution, Path
from modelcheck.semantics.elaborate.execution.values import SymbolicValue, bounds, flatten_shape
from modelcheck.semantics.elaborate.variables.leaves import ArrayTree, Leaf, StructTree, Tree

Evaluate: TypeAlias = Callable[[Execution, Path, typed.Expr, Term], SymbolicValue]

#: Exclusive conditions with what they select. Unless the execution is quiet one of them holds.
Leaves: TypeAlias = list[tuple[Term, Leaf]]

#: Longer selections are halved.
DEEPEST = 64


def dereference(
    ex: Execution, path: Path, reference: Term, type: typed.RefType, writes: bool, condition: Term, span: Span
) -> list[tuple[Term, int]]:
    """Check an access through a reference; return which slot it means when."""
    terms, n = ex.terms, type.pool
    null = terms.eq(reference, terms.integer(0))
    ex.fault(path, terms.and_(condition, null), "null_deref", type.target, span)
    live_only = type.typestable
    if not type.typestable:
        stale = terms.and_(condition, terms.lt(terms.integer(n), reference))
        if writes:
            ex.fault(path, stale, "use_after_free", type.target, span)
            live_only = not ex.quiet
        else:
            ex.observe(path, stale, "use_after_free", type.target, span)
            if ex.reads is not None and not ex.quiet and type.target in ex.reads.freed:
                for slot in range(n):
                    this = terms.and_(condition, terms.eq(reference, terms.integer(1 + n + slot)))
                    ex.reads.add(ex, path, this, ObligationKey("use_after_free", type.target), slot, span)
    found: list[tuple[Term, int]] = []
    for slot in range(n):
        if live_only:
            test = terms.eq(reference, terms.integer(1 + slot))
        else:
            test = ex.values.at_address(reference, type, slot)
        test = ex.simplify(path, test)
        if test.is_true:
            return [(test, slot)]
        if not test.is_false:
            found.append((test, slot))
    if len(found) == 1 and not ex.quiet:
        return [(terms.true, found[0][1])]
    return found


def resolve(ex: Execution, path: Path, place: typed.Place, writes: bool, condition: Term, evaluate: Evaluate) -> Leaves:
    """The leaves that a scalar place means, with the checks of an access."""
    return access(ex, path, place, place_values(ex, path, place, condition, evaluate), writes, condition)


def place_values(
    ex: Execution, path: Path, place: typed.Place, condition: Term, evaluate: Evaluate
) -> tuple[Term, ...]:
    """The values of the reference and the indices of a place."""
    values = [evaluate(ex, path, operand, condition) for operand in place_operands(place)]
    return tuple(value for value in values if isinstance(value, Term))


def access(
    ex: Execution, path: Path, place: typed.Place, values: tuple[Term, ...], writes: bool, condition: Term
) -> Leaves:
    """The leaves that a scalar place means whose reference and indices have these values, with the
    checks of an access.
    """
    return [(c, _leaf(tree)) for c, tree in access_trees(ex, path, place, values, writes, condition)]


def _leaf(tree: Tree) -> Leaf:
    assert isinstance(tree, Leaf), tree
    return tree


def access_trees(
    ex: Execution, path: Path, place: typed.Place, values: tuple[Term, ...], writes: bool, condition: Term
) -> list[tuple[Term, Tree]]:
    """As ``access``, for places that may be arrays or structs as well."""
    terms = ex.terms
    root = place.root
    given = iter(values)
    found: list[tuple[Term, Tree]]
    match root:
        case typed.SharedRoot(var):
            found = [(terms.true, ex.layout.shared[var])]
        case typed.LocalRoot(local):
            tree = ex.trees[local if local >= 0 else ~local]
            found = [(terms.true, tree)]
        case typed.FieldRoot(expression, object, field):
            type = expression.type
            if not isinstance(type, typed.RefType):
                declared = ex.layout.objects[object]
                type = typed.RefType(object, declared.pool, declared.typestable)
            slots = dereference(ex, path, next(given), type, writes, condition, place.span)
            found = [(c, ex.layout.fields[(object, slot, field)]) for c, slot in slots]
        case typed.RefParamRoot():
            raise AssertionError(place)
        case _:
            assert_never(root)
    for selector in place.selectors:
        if isinstance(selector, typed.FieldSelector):
            found = [(c, _struct(tree).field(selector.field)) for c, tree in found]
        else:
            found = _index(ex, path, found, next(given), selector.index.type, condition, place.span)
    return found


def _struct(tree: Tree) -> StructTree:
    assert isinstance(tree, StructTree), tree
    return tree


def _index(
    ex: Execution,
    path: Path,
    found: list[tuple[Term, Tree]],
    index: Term,
    type: typed.Type,
    condition: Term,
    span: Span,
) -> list[tuple[Term, Tree]]:
    terms = ex.terms
    if not found:
        return found
    sample = found[0][1]
    assert isinstance(sample, ArrayTree), sample
    low, count, subject = sample.low, len(sample.elements), sample.subject
    # A type without values has bounds that are inside of everything; what is read unassigned is zero all the same.
    if index.sort == INT and not (count and _inside(bounds(type), low, low + count - 1)):
        outside = terms.or_(terms.lt(index, terms.integer(low)), terms.lt(terms.integer(low + count - 1), index))
        ex.fault(path, terms.and_(condition, outside), "index", subject, span)
    selected: list[tuple[Term, int]] = []
    for i in range(count):
        test = ex.simplify(path, terms.eq(index, ex.values.code(low + i, type)))
        if not test.is_false:
            selected.append((test, i))
        if test.is_true:
            selected = selected[-1:]
            break
    if len(selected) == 1 and not ex.quiet:
        selected = [(terms.true, selected[0][1])]
    result: list[tuple[Term, Tree]] = []
    for outer, tree in found:
        assert isinstance(tree, ArrayTree)
        for test, position in selected:
            both = ex.simplify(path, terms.and_(outer, test))
            if not both.is_false:
                result.append((both, tree.elements[position]))
    return result


def select(ex: Execution, leaves: Leaves, value: Callable[[Leaf], SymbolicValue], zero: SymbolicValue) -> SymbolicValue:
    """The value at the leaf that is meant; ``zero`` if (quiet) it is none."""
    if len(leaves) > DEEPEST:
        # Two halves, so that the term is not as deep as there are leaves.
        middle = len(leaves) // 2
        first = ex.terms.or_(*(condition for condition, _ in leaves[:middle]))
        return ex.values.merge(
            first, select(ex, leaves[:middle], value, zero), select(ex, leaves[middle:], value, zero)
        )
    result = zero
    for i, (condition, leaf) in enumerate(reversed(leaves)):
        found = value(leaf)
        result = found if i == 0 and not ex.quiet else ex.values.merge(condition, found, result)
    return result


def select_term(ex: Execution, leaves: Leaves, value: Callable[[Leaf], Term], zero: Term) -> Term:
    """As ``select``, for a single term."""
    result = select(ex, leaves, value, zero)
    assert isinstance(result, Term)
    return result


def read(ex: Execution, path: Path, leaves: Leaves, type: typed.Type, condition: Term, span: Span) -> SymbolicValue:
    """Read a scalar place; reading it unassigned is an observation."""
    terms = ex.terms
    if not ex.quiet:
        unassigned = [(c, _unassigned(ex, path, leaf)) for c, leaf in leaves]
        if not all(u.is_false for _, u in unassigned):
            bad = terms.and_(condition, terms.or_(*(terms.and_(c, u) for c, u in unassigned)))
            subject = leaves[0][1].subject
            ex.observe(path, bad, "unassigned_read", subject, span)
            if ex.reads is not None:
                ex.reads.add(ex, path, bad, ObligationKey("unassigned_read", subject), None, span)
    return select(ex, leaves, lambda leaf: ex.read_leaf(path, leaf), ex.values.zero(type))


def _unassigned(ex: Execution, path: Path, leaf: Leaf) -> Term:
    """Whether a leaf is unassigned. A free slot has no fields: what is read there is the zero value."""
    unassigned = ex.terms.not_(ex.is_assigned(path, leaf))
    if leaf.slot is None or leaf.slot not in ex.layout.allocated or ex.layout.objects[leaf.slot[0]].typestable:
        return unassigned
    return ex.terms.and_(unassigned, ex.variable(path, ex.layout.allocated[leaf.slot]))


def write(
    ex: Execution, path: Path, leaves: Leaves, value: SymbolicValue, static: typed.Type, condition: Term, span: Span
) -> None:
    """Assign to a scalar place, with the range check. ``static``: the type of the expression that gave the value."""
    if leaves:
        check_range(ex, path, value, leaves[0][1].type, static, leaves[0][1].subject, condition, span)
    for c, leaf in leaves:
        ex.write_leaf(path, leaf, value, ex.simplify(path, ex.terms.and_(c, ex.under(c, condition))))


def check_range(
    ex: Execution,
    path: Path,
    value: SymbolicValue,
    type: typed.Type,
    static: typed.Type,
    subject: str,
    condition: Term,
    span: Span,
) -> None:
    """The fault ``range`` if the value is outside the type."""
    if type == static:
        return
    if isinstance(type, typed.OptType):
        assert isinstance(value, tuple)
        assert isinstance(value[0], Term)
        inner = static.element if isinstance(static, typed.OptType) else static
        check_range(ex, path, value[1], type.element, inner, subject, ex.terms.and_(condition, value[0]), span)
        return
    if not isinstance(type, typed.RangeType | typed.AtomicType) or not isinstance(value, Term):
        return
    if isinstance(type, typed.AtomicType) and type.word is not None:
        return
    low, high = bounds(type)
    terms = ex.terms
    least, greatest = ex.bounds.interval(value)
    outside: list[Term] = []
    if low is not None and (least is None or least < low):
        outside.append(terms.lt(value, terms.integer(low)))
    if high is not None and (greatest is None or greatest > high):
        outside.append(terms.lt(terms.integer(high), value))
    bad = terms.and_(condition, terms.or_(*outside))
    ex.fault(path, bad, "range", subject, span)


def note_access(path: Path, leaves: Leaves, kind: AccessKind, tag: typed.AccessTag) -> None:
    """Record a shared access of the step."""
    variables: list[int] = []
    for _, leaf in leaves:
        if leaf.shape is not None:
            variables.extend(flatten_shape(leaf.shape))
    if variables:
        access = Access(leaves[0][1].subject, kind, Tag(tag.value), tuple(variables))
        if access not in path.accesses:
            path.accesses.append(access)


def _inside(interval: tuple[int | None, int | None], low: int, high: int) -> bool:
    return interval[0] is not None and interval[1] is not None and low <= interval[0] and interval[1] <= high
