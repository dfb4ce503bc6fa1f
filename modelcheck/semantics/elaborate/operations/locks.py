"""Lock and completion operations (docs/semantics.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from modelcheck.ground.source import Span
from modelcheck.ir.system import AccessKind
from modelcheck.ir.terms import Term, TermFactory
from modelcheck.model import typed
from modelcheck.model.typed import LockOperator, LockState
from modelcheck.semantics.elaborate.execution.access import Evaluate, Leaves, note_access, resolve, select_term, write
from modelcheck.semantics.elaborate.execution.path import Execution, Path
from modelcheck.semantics.elaborate.execution.values import SymbolicValue
from modelcheck.semantics.elaborate.variables.leaves import Leaf
from modelcheck.semantics.elaborate.variables.locks import READ, WRITE

_EITHER = (WRITE, READ)


def holds(ex: Execution, path: Path, leaf: Leaf, modes: Iterable[str]) -> Term:
    """Whether the running process (in a property: any process) holds the lock in one of the modes."""
    if ex.everybody:
        return ex.terms.or_(*(ex.variable(path, id) for _, id, mode in ex.layout.all_held(leaf) if mode in modes))
    held = {} if ex.trees_class is None else ex.trees_class.held
    bits = [held[(leaf.id, mode)] for mode in modes if (leaf.id, mode) in held]
    return ex.terms.or_(*(ex.variable(path, id) for id in bits))


def sleeping_not_allowed(ex: Execution, path: Path, evaluate: Evaluate) -> Term:
    """Whether the running process must not sleep: for what it is, or for a lock that it holds."""
    if ex.trees_class is None:
        return ex.terms.false
    spinning = [
        id for (leaf_id, _), id in ex.trees_class.held.items() if must_not_sleep(ex.layout.leaves[leaf_id].type)
    ]
    switched = ex.terms.false
    if ex.trees_class.process.no_sleep is not None:
        value = evaluate(ex, path, ex.trees_class.process.no_sleep, ex.terms.true)
        assert isinstance(value, Term)
        switched = value
    return ex.terms.or_(switched, *(ex.variable(path, id) for id in spinning))


def not_running(ex: Execution, path: Path, what: Term, span: Span, evaluate: Evaluate, *, wakes: bool) -> None:
    """The running process does what may sleep (where ``what`` holds): its task state must be the first one, and is that
    after what really sleeps (``wakes``).
    """
    process = None if ex.trees_class is None else ex.trees_class.process
    if process is None or process.task_state is None:
        return
    leaves = resolve(ex, path, process.task_state, False, what, evaluate)
    running = ex.terms.integer(0)
    state = select_term(ex, leaves, lambda leaf: _term(ex.read_leaf(path, leaf)), running)
    wrong = ex.terms.and_(what, ex.terms.not_(ex.terms.eq(state, running)))
    ex.observe(path, wrong, "blocking_not_running", process.name, span)
    if wakes:
        write(ex, path, leaves, running, process.task_state.type, what, span)


def _term(value: SymbolicValue) -> Term:
    assert isinstance(value, Term)
    return value


def is_taken(terms: TermFactory, state: typed.LockState, parts: Sequence[Term]) -> Term:
    """Whether a lock is locked, by anybody; of a completion whether it is done."""
    match state:
        case typed.LockState.LOCKED:
            return parts[0]
        case typed.LockState.READERS:
            return terms.or_(parts[0], terms.lt(terms.integer(0), parts[1]))
        case typed.LockState.DONE:
            return terms.or_(parts[1], terms.lt(terms.integer(0), parts[0]))
        case _:
            assert_never(state)


def must_not_sleep(type: typed.Type) -> bool:
    """Whether whoever holds a lock of that type must not sleep."""
    return isinstance(type, typed.LockType) and type.kind.facts.spins


class _Locks:
    """The locks that one operation may mean."""

    def __init__(self, ex: Execution, path: Path, leaves: Leaves, condition: Term) -> None:
        self.ex, self.path, self.leaves, self.condition = ex, path, leaves, condition

    def part(self, index: int) -> Term:
        """One component of the lock's value (locked; writer, readers; done, all)."""
        return select_term(self.ex, self.leaves, lambda leaf: self._parts(leaf)[index], self._zero(index))

    def _parts(self, leaf: Leaf) -> tuple[Term, ...]:
        value = self.ex.read_leaf(self.path, leaf)
        assert isinstance(value, tuple)
        return tuple(v for v in value if isinstance(v, Term))

    def _zero(self, index: int) -> Term:
        parts = self._parts(self.leaves[0][1])
        return self.ex.terms.constant(0, parts[index].sort)

    def _here(self, chosen: Term, where: Term) -> Term:
        """When the operation takes place at one lock and ``where`` holds."""
        ex = self.ex
        return ex.simplify(self.path, ex.terms.and_(self.condition, chosen, ex.under(chosen, where)))

    def held(self, *modes: str) -> Term:
        return select_term(
            self.ex, self.leaves, lambda leaf: holds(self.ex, self.path, leaf, modes), self.ex.terms.false
        )

    def set_part(self, index: int, value: Term, where: Term) -> None:
        """Assign a component where the operation takes place and ``where`` holds."""
        ex = self.ex
        for c, leaf in self.leaves:
            here = self._here(c, where)
            parts = list(self._parts(leaf))
            parts[index] = ex.terms.ite(here, ex.under(here, value), parts[index])
            assert leaf.shape is not None
            ex.write_shape(self.path, leaf.shape, tuple(parts))

    def set_held(self, mode: str, value: bool, where: Term) -> None:
        ex = self.ex
        held = {} if ex.trees_class is None else ex.trees_class.held
        for c, leaf in self.leaves:
            id = held.get((leaf.id, mode))
            if id is not None:
                here = self._here(c, where)
                self.path.variables[id] = ex.terms.ite(here, ex.terms.boolean(value), ex.variable(self.path, id))

    def release_others(self, mode: str, where: Term) -> None:
        """Nobody else holds it any more where ``where`` holds."""
        ex = self.ex
        for c, leaf in self.leaves:
            here = self._here(c, where)
            if not here.is_false:
                key = (leaf.id, mode)
                self.path.released[key] = ex.terms.or_(here, self.path.released.get(key, ex.terms.false))


def lock_operation(ex: Execution, path: Path, e: typed.LockOp, condition: Term, evaluate: Evaluate) -> Term:
    """Perform the operation where ``condition`` holds; return the result of a try form (else false)."""
    terms = ex.terms
    leaves = resolve(ex, path, e.place, True, condition, evaluate)
    note_access(path, leaves, AccessKind.RMW, typed.AccessTag.FULL)
    if not leaves:
        return terms.false
    subject = leaves[0][1].subject
    path.effects.append(f"{e.operator.value} {subject}")
    locks = _Locks(ex, path, leaves, condition)
    facts = e.kind.facts
    if e.operator in facts.sleeping:
        bad = terms.and_(condition, sleeping_not_allowed(ex, path, evaluate))
        ex.observe(path, bad, "sleep_in_atomic", subject, e.span)
        not_running(ex, path, condition, e.span, evaluate, wakes=True)
    match facts.state:
        case LockState.LOCKED:
            return _exclusive(ex, path, e, locks, subject)
        case LockState.READERS:
            return _read_write(ex, path, e, locks, subject)
        case LockState.DONE:
            return _completion(ex, path, e, locks)
        case _:
            assert_never(facts.state)


def _exclusive(ex: Execution, path: Path, e: typed.LockOp, locks: _Locks, subject: str) -> Term:
    terms = ex.terms
    condition = locks.condition
    locked = locks.part(0)
    match e.operator:
        case LockOperator.LOCK:
            _refuse_own(ex, path, e, locks, subject)
            ex.assume(path, terms.implies(condition, terms.not_(locked)))
            locks.set_part(0, terms.true, terms.true)
            locks.set_held(WRITE, True, terms.true)
        case LockOperator.TRYLOCK:
            taken = terms.not_(locked)
            locks.set_part(0, terms.true, terms.true)
            locks.set_held(WRITE, True, taken)
            return taken
        case LockOperator.UNLOCK:
            _unlock(ex, path, e, locks, subject, locked, not e.kind.facts.owned)
        case _:
            raise AssertionError(e.operator)
    return terms.false


def _refuse_own(ex: Execution, path: Path, e: typed.LockOp, locks: _Locks, subject: str) -> None:
    own = ex.terms.and_(locks.condition, locks.held(*_EITHER))
    ex.fault(path, own, "self_deadlock", subject, e.span)


def _unlock(
    ex: Execution, path: Path, e: typed.LockOp, locks: _Locks, subject: str, locked: Term, anybody: bool
) -> None:
    terms = ex.terms
    condition = locks.condition
    held = locks.held(WRITE)
    free = terms.not_(locked)
    ex.observe(path, terms.and_(condition, free), "double_unlock", subject, e.span)
    foreign = terms.and_(locked, terms.not_(held))
    if not anybody:
        bad = terms.and_(condition, foreign)
        ex.observe(path, bad, "unlock_not_owner", subject, e.span)
    locks.release_others(WRITE, foreign)
    locks.set_held(WRITE, False, locked)
    locks.set_part(0, terms.false, terms.true)


def _read_write(ex: Execution, path: Path, e: typed.LockOp, locks: _Locks, subject: str) -> Term:
    terms = ex.terms
    condition = locks.condition
    writer, readers = locks.part(0), locks.part(1)
    one, zero = terms.integer(1), terms.integer(0)
    no_readers = terms.eq(readers, zero)
    match e.operator:
        case LockOperator.LOCK:
            _refuse_own(ex, path, e, locks, subject)
            ex.assume(path, terms.implies(condition, terms.and_(terms.not_(writer), no_readers)))
            locks.set_part(0, terms.true, terms.true)
            locks.set_held(WRITE, True, terms.true)
        case LockOperator.TRYLOCK:
            taken = terms.and_(terms.not_(writer), no_readers)
            locks.set_part(0, terms.true, taken)
            locks.set_held(WRITE, True, taken)
            return taken
        case LockOperator.READ_LOCK:
            _refuse_own(ex, path, e, locks, subject)
            ex.assume(path, terms.implies(condition, terms.not_(writer)))
            locks.set_part(1, terms.add(readers, one), terms.true)
            locks.set_held(READ, True, terms.true)
        case LockOperator.READ_TRYLOCK:
            taken = terms.and_(terms.not_(writer), terms.not_(locks.held(*_EITHER)))
            locks.set_part(1, terms.add(readers, one), taken)
            locks.set_held(READ, True, taken)
            return taken
        case LockOperator.UNLOCK:
            _unlock(ex, path, e, locks, subject, writer, False)
        case LockOperator.READ_UNLOCK:
            held = locks.held(READ)
            nobody = terms.and_(condition, no_readers)
            ex.observe(path, nobody, "double_unlock", subject, e.span)
            foreign = terms.and_(condition, terms.not_(no_readers), terms.not_(held))
            ex.observe(path, foreign, "unlock_not_owner", subject, e.span)
            ends = terms.and_(terms.not_(no_readers), held)
            locks.set_part(1, terms.sub(readers, one), ends)
            locks.set_held(READ, False, ends)
        case LockOperator.DOWNGRADE:
            held = locks.held(WRITE)
            ex.observe(path, terms.and_(condition, terms.not_(writer)), "double_unlock", subject, e.span)
            foreign = terms.and_(condition, writer, terms.not_(held))
            ex.observe(path, foreign, "unlock_not_owner", subject, e.span)
            passed = terms.and_(writer, held)
            locks.set_part(0, terms.false, passed)
            locks.set_part(1, terms.add(readers, one), passed)
            locks.set_held(WRITE, False, passed)
            locks.set_held(READ, True, passed)
        case _:
            raise AssertionError(e.operator)
    return terms.false


def _completion(ex: Execution, path: Path, e: typed.LockOp, locks: _Locks) -> Term:
    terms = ex.terms
    done, everything = locks.part(0), locks.part(1)
    one, zero = terms.integer(1), terms.integer(0)
    not_all = terms.not_(everything)
    complete = terms.or_(everything, terms.lt(zero, done))
    match e.operator:
        case LockOperator.COMPLETE:
            locks.set_part(0, terms.add(done, one), not_all)
        case LockOperator.COMPLETE_ALL:
            locks.set_part(1, terms.true, terms.true)
        case LockOperator.REINIT_COMPLETION:
            locks.set_part(0, zero, terms.true)
            locks.set_part(1, terms.false, terms.true)
        case LockOperator.WAIT_FOR_COMPLETION:
            ex.assume(path, terms.implies(locks.condition, complete))
            locks.set_part(0, terms.sub(done, one), not_all)
        case LockOperator.TRY_WAIT_FOR_COMPLETION:
            locks.set_part(0, terms.sub(done, one), terms.and_(not_all, complete))
            return complete
        case _:
            raise AssertionError(e.operator)
    return terms.false
