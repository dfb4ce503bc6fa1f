"""Allocation, freeing, and what becomes of references (docs/semantics.md, section 3)."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.ground.source import Span
from modelcheck.ir.system import Access, AccessKind, Tag
from modelcheck.ir.terms import Term
from modelcheck.model import typed
from modelcheck.semantics.elaborate.execution.access import check_range, dereference
from modelcheck.semantics.elaborate.execution.evaluate import evaluate, evaluate_term
from modelcheck.semantics.elaborate.execution.path import Dead, Execution, MadeStale, Path
from modelcheck.semantics.elaborate.execution.values import SymbolicValue, Values, flatten
from modelcheck.semantics.elaborate.graphs.graph import Allocate, FreeObject, TouchObject
from modelcheck.semantics.elaborate.operations.locks import is_taken
from modelcheck.semantics.elaborate.variables.leaves import Leaf, leaves_of, referenced
from modelcheck.semantics.elaborate.variables.locks import READ, WRITE


def ref_type(ex: Execution, object: str) -> typed.RefType:
    declared = ex.layout.objects[object]
    return typed.RefType(object, declared.pool, declared.typestable)


def builtin_event(ex: Execution, kind: typed.EventKind, object: str) -> int | None:
    """The event ``new T`` or ``free T``, if some property needs it."""
    for event in ex.layout.model.events:
        if (event.kind, event.subject) == (kind, object):
            return event.id
    return None


def _object_leaves(ex: Execution, object: str, slot: int) -> Iterator[tuple[str, Leaf]]:
    for field in ex.layout.objects[object].fields:
        for leaf in leaves_of(ex.layout.fields[(object, slot, field.name)]):
            yield field.name, leaf


def _release(ex: Execution, path: Path, leaf: Leaf, where: Term) -> None:
    """Nobody holds the lock any more."""
    own = {} if ex.trees_class is None else ex.trees_class.held
    for mode in (WRITE, READ):
        id = own.get((leaf.id, mode))
        if id is not None:
            path.variables[id] = ex.terms.ite(where, ex.terms.false, ex.variable(path, id))
        key = (leaf.id, mode)
        path.released[key] = ex.terms.or_(where, path.released.get(key, ex.terms.false))


def _note(ex: Execution, path: Path, object: str) -> None:
    pool = ex.layout.objects[object].pool
    bits = tuple(ex.layout.allocated[(object, s)] for s in range(pool))
    path.accesses.append(Access(object, AccessKind.RMW, Tag.FULL, bits))


def allocate(ex: Execution, path: Path, operation: Allocate, span: Span) -> Iterator[Path]:
    """The paths of ``new``: one for each slot, and one where none is free."""
    terms = ex.terms
    new = operation.new
    declared = ex.layout.objects[new.object]
    inits = [(name, evaluate(ex, path, e, terms.true), e.type) for name, e in new.inits]
    bits = [ex.variable(path, ex.layout.allocated[(new.object, s)]) for s in range(declared.pool)]
    target = ex.trees[operation.target]
    assert isinstance(target, Leaf)
    _note(ex, path, new.object)
    full = path.clone()
    try:
        if new.may_fail:
            ex.assume(full, terms.and_(*bits))
            ex.write_leaf(full, target, terms.integer(0), terms.true)
            yield full
        else:
            ex.fault(full, terms.and_(*bits), "pool_exhausted", new.object, span)
    except Dead:
        pass
    for slot, bit in enumerate(bits):
        taken = path.clone()
        try:
            ex.assume(taken, terms.not_(bit))
        except Dead:
            continue
        if not ex.initial:
            taken.choices = (*taken.choices, slot)
        event = builtin_event(ex, typed.EventKind.NEW, new.object)
        try:
            for name, value, static in inits:
                field = declared.field(name)
                check_range(ex, taken, value, field.type, static, f"{new.object}.{name}", terms.true, span)
            _fill(ex, taken, new.object, slot, {name: value for name, value, _ in inits}, span)
            reference = terms.integer(1 + slot)
            ex.write_leaf(taken, target, reference, terms.true)
            if event is not None:
                ex.occur(ex, taken, event, (reference,), terms.true, span)
            yield taken
        except Dead:
            pass
        if ex.initial:
            return


def _fill(ex: Execution, path: Path, object: str, slot: int, inits: dict[str, SymbolicValue], span: Span) -> None:
    """The slot is allocated, with the values given, else the declared ones, else unassigned."""
    terms = ex.terms
    path.variables[ex.layout.allocated[(object, slot)]] = terms.true
    for name, leaf in _object_leaves(ex, object, slot):
        if isinstance(leaf.type, typed.LockType):
            assert leaf.shape is not None
            ex.write_shape(path, leaf.shape, _free_lock(ex, leaf))
            if ex.layout.objects[object].typestable:
                _release(ex, path, leaf, terms.true)
            continue
        value = inits.get(name)
        if value is None and leaf.initial is not None:
            value = ex.values.constant(leaf.initial.value, leaf.type)
        if value is None and isinstance(leaf.type, typed.AtomicType):
            value = ex.values.zero(leaf.type)
        ex.forget_leaf(path, leaf, terms.true, value)
        if leaf.frozen is not None:
            path.variables[leaf.frozen] = terms.false
    ex.reallocated(ex, path, object, slot, span)


def _free_lock(ex: Execution, leaf: Leaf) -> SymbolicValue:
    value = ex.read_leaf(Path(), leaf)
    return tuple(ex.terms.constant(0, part.sort) for part in flatten(value))


def free(ex: Execution, path: Path, operation: FreeObject, span: Span) -> None:
    """``free`` and ``kfree``."""
    terms = ex.terms
    reference = evaluate_term(ex, path, operation.reference, terms.true)
    type = ref_type(ex, operation.object)
    object, n = operation.object, type.pool
    _note(ex, path, object)
    null = ex.simplify(path, terms.eq(reference, terms.integer(0)))
    if operation.null_ok:
        real = terms.not_(null)
    else:
        ex.fault(path, null, "null_deref", object, span)
        real = terms.true
    bits = [ex.variable(path, ex.layout.allocated[(object, s)]) for s in range(n)]
    points = [ex.simplify(path, terms.eq(reference, terms.integer(1 + s))) for s in range(n)]
    if type.typestable:
        again = terms.or_(*(terms.and_(p, terms.not_(b)) for p, b in zip(points, bits, strict=True)))
    else:
        again = terms.lt(terms.integer(n), reference)
    ex.fault(path, terms.and_(real, again), "double_free", object, span)
    for slot, here in enumerate(points):
        for name, leaf in _object_leaves(ex, object, slot):
            if ex.layout.objects[object].field(name).pending:
                pending = ex.read_leaf(path, leaf)
                assert isinstance(pending, Term)
                ex.fault(path, terms.and_(real, here, pending), "free_active", object, span)
    if n == 1 and not operation.null_ok:
        points = [terms.true]
    event = builtin_event(ex, typed.EventKind.FREE, object)
    if event is not None:
        ex.occur(ex, path, event, (reference,), real, span)
    for slot, here in enumerate(points):
        for _, leaf in _object_leaves(ex, object, slot):
            if isinstance(leaf.type, typed.LockType) and leaf.type.kind.facts.owned:
                parts = flatten(ex.read_leaf(path, leaf))
                locked = is_taken(terms, leaf.type.kind.facts.state, parts)
                ex.observe(path, terms.and_(here, locked), "free_locked", leaf.subject, span)
    before = dict(path.variables)
    for slot, here in enumerate(points):
        id = ex.layout.allocated[(object, slot)]
        path.variables[id] = terms.ite(here, terms.false, ex.variable(path, id))
        if type.typestable:
            continue
        for _, leaf in _object_leaves(ex, object, slot):
            if isinstance(leaf.type, typed.LockType):
                assert leaf.shape is not None
                value = ex.values.merge(here, _free_lock(ex, leaf), ex.read_leaf(path, leaf))
                ex.write_shape(path, leaf.shape, value)
                _release(ex, path, leaf, here)
            else:
                zero = ex.values.zero(leaf.type)
                ex.forget_leaf(path, leaf, here, zero)
                if leaf.assigned is not None:
                    path.variables[leaf.assigned] = terms.ite(here, terms.false, path.variables[leaf.assigned])
                if leaf.frozen is not None:
                    path.variables[leaf.frozen] = terms.ite(here, terms.false, ex.variable(path, leaf.frozen))
    if not type.typestable:
        made = MadeStale(type, reference, ex.simplify(path, real), before)
        path.stale.append(made)
        for leaf in ex.layout.references[object]:
            assert leaf.shape is not None
            ex.write_shape(path, leaf.shape, stale_value(ex.values, ex.read_leaf(path, leaf), made))
        for local_tree in ex.trees:
            for leaf in leaves_of(local_tree):
                if leaf.id in path.values and object in referenced(leaf.type):
                    path.values[leaf.id] = stale_value(ex.values, path.values[leaf.id], made)


def stale_value(values: Values, value: SymbolicValue, made: MadeStale) -> SymbolicValue:
    """The value of a reference after references to one object became stale. (Optionals and sets
    hold none that can become stale.)
    """
    terms = values.terms
    assert isinstance(value, Term)
    hit = terms.and_(made.condition, terms.eq(value, made.reference))
    return terms.ite(hit, terms.add(made.reference, terms.integer(made.type.pool)), value)


def touch(ex: Execution, path: Path, operation: TouchObject, span: Span) -> None:
    """``touch``: an access to the object as a whole."""
    reference = evaluate_term(ex, path, operation.reference, ex.terms.true)
    _note(ex, path, operation.object)
    dereference(ex, path, reference, ref_type(ex, operation.object), False, ex.terms.true, span)
