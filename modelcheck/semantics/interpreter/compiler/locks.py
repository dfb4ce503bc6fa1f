"""Lock operations and questions about locks (docs/semantics.md, section 5)."""

from __future__ import annotations

from typing import assert_never

from modelcheck.ground.source import Span
from modelcheck.model import typed
from modelcheck.model.typed import LockKind, LockOperator, LockQuestion, LockState
from modelcheck.result import details
from modelcheck.semantics.interpreter.machine.access import Access, locate
from modelcheck.semantics.interpreter.machine.machine import Blocked, Machine
from modelcheck.semantics.interpreter.machine.values import FREE, AtomicCell, Cell, CompletionCell, RwCell


def hold(cell: int, reading: bool = False) -> int:
    """The member of ``held`` for a lock cell and mode."""
    return 2 * cell + reading


def holds_spinning(machine: Machine) -> str | None:
    """The name of a lock that the process holds and must not sleep with, if any."""
    for held in sorted(machine.held):
        cell = machine.world.layout.cells[held // 2]
        assert isinstance(cell.type, typed.LockType)
        if cell.type.kind.facts.spins:
            return cell.name
    return None


def check_sleep(machine: Machine, subject: str, what: str, span: Span) -> None:
    """The observation ``sleep_in_atomic`` if the process holds such a lock, or must not sleep anyway."""
    if machine.quiet:
        return
    name = holds_spinning(machine)
    if name is None:
        code = machine.world.no_sleep(machine.instance)
        if code is not None and machine.evaluate(code):
            machine.report("sleep_in_atomic", subject, details.SleepsInAtomic(what), span)
    else:
        machine.report("sleep_in_atomic", subject, details.SleepsUnderLock(what, name), span)


def check_state(machine: Machine, what: str, span: Span, *, wakes: bool) -> None:
    """The observation ``blocking_not_running`` if the process is about to sleep; what sleeps (``wakes``) makes it
    running again.
    """
    if machine.quiet or machine.instance not in machine.world.task_states:
        return
    name, first = machine.world.task_states[machine.instance]
    cell = first + machine.own_number()
    if machine.shared[cell] == 0:
        return
    machine.report("blocking_not_running", name, details.SleepsNotRunning(what), span)
    if wakes:
        machine.shared[cell] = 0


def lock_operation(machine: Machine, operator: LockOperator, kind: LockKind, access: Access) -> Cell:
    """Do a lock operation (section 5). Raises ``Blocked`` if it has to wait."""
    position = locate(machine, access, strict=True)
    assert position is not None
    facts = kind.facts
    if operator in facts.sleeping:
        what = f"{operator.value}({access.text})"
        check_sleep(machine, access.subject, what, access.span)
        check_state(machine, what, access.span, wakes=True)
    match facts.state:
        case LockState.LOCKED:
            return _exclusive(machine, operator, facts.owned, access, position)
        case LockState.READERS:
            return _read_write(machine, operator, access, position)
        case LockState.DONE:
            return _completion(machine, operator, access, position)
        case _:
            assert_never(facts.state)


def _self_deadlock(machine: Machine, access: Access, position: int) -> None:
    name = machine.world.layout.cells[position].name
    machine.fault("self_deadlock", access.subject, details.TakenAgain(name), access.span)


def _exclusive(machine: Machine, operator: LockOperator, owned: bool, access: Access, position: int) -> Cell:
    own = hold(position)
    name = machine.world.layout.cells[position].name
    locked = machine.shared[position]
    match operator:
        case LockOperator.LOCK:
            if own in machine.held:
                _self_deadlock(machine, access, position)
            if locked:
                raise Blocked(position)
        case LockOperator.TRYLOCK:
            if locked:
                return False
        case LockOperator.UNLOCK:
            if not locked:
                machine.report(
                    "double_unlock", access.subject, details.NotLocked(name, details.Mode.PLAIN), access.span
                )
                return None
            if own not in machine.held and owned:
                machine.report(
                    "unlock_not_owner",
                    access.subject,
                    details.NotItsHolder(name, reading=False),
                    access.span,
                )
            machine.shared[position] = False
            machine.take_away(frozenset((own,)))
            return None
        case _:
            raise ValueError(f"{operator.value} of a plain lock")
    machine.shared[position] = True
    machine.held |= {own}
    return True


def _read_write(machine: Machine, operator: LockOperator, access: Access, position: int) -> Cell:
    writing, reading = hold(position), hold(position, reading=True)
    name = machine.world.layout.cells[position].name
    state: RwCell = machine.shared[position]
    holds = writing in machine.held or reading in machine.held
    match operator:
        case LockOperator.LOCK | LockOperator.READ_LOCK if holds:
            _self_deadlock(machine, access, position)
        case LockOperator.LOCK | LockOperator.TRYLOCK:
            if state.writer or state.readers:
                if operator is LockOperator.LOCK:
                    raise Blocked(position)
                return False
            machine.shared[position] = RwCell(True, 0)
            machine.held |= {writing}
            return True
        case LockOperator.READ_LOCK | LockOperator.READ_TRYLOCK:
            if state.writer or holds:
                if operator is LockOperator.READ_LOCK:
                    raise Blocked(position)
                return False
            machine.shared[position] = RwCell(False, state.readers + 1)
            machine.held |= {reading}
            return True
        case LockOperator.UNLOCK:
            if not state.writer:
                machine.report(
                    "double_unlock", access.subject, details.NotLocked(name, details.Mode.WRITING), access.span
                )
                return None
            if writing not in machine.held:
                machine.report(
                    "unlock_not_owner",
                    access.subject,
                    details.NotItsHolder(name, reading=False),
                    access.span,
                )
            machine.shared[position] = RwCell(False, state.readers)
            machine.take_away(frozenset((writing,)))
        case LockOperator.READ_UNLOCK:
            if not state.readers:
                machine.report(
                    "double_unlock", access.subject, details.NotLocked(name, details.Mode.READING), access.span
                )
            elif reading not in machine.held:
                machine.report(
                    "unlock_not_owner",
                    access.subject,
                    details.NotItsHolder(name, reading=True),
                    access.span,
                )
            else:
                machine.shared[position] = RwCell(state.writer, state.readers - 1)
                machine.held -= {reading}
        case LockOperator.DOWNGRADE:
            if not state.writer:
                machine.report(
                    "double_unlock", access.subject, details.NotLocked(name, details.Mode.WRITING), access.span
                )
            elif writing not in machine.held:
                machine.report(
                    "unlock_not_owner",
                    access.subject,
                    details.NotItsHolder(name, reading=False),
                    access.span,
                )
            else:
                machine.shared[position] = RwCell(False, state.readers + 1)
                machine.held = (machine.held - {writing}) | {reading}
        case _:
            raise ValueError(f"{operator.value} of a read-write lock")
    return None


def _completion(machine: Machine, operator: LockOperator, access: Access, position: int) -> Cell:
    state: CompletionCell = machine.shared[position]
    ready = state.all or state.done > 0
    match operator:
        case LockOperator.COMPLETE:
            if not state.all:
                machine.shared[position] = CompletionCell(state.done + 1, False)
        case LockOperator.COMPLETE_ALL:
            machine.shared[position] = CompletionCell(state.done, True)
        case LockOperator.REINIT_COMPLETION:
            machine.shared[position] = CompletionCell(0, False)
        case LockOperator.WAIT_FOR_COMPLETION | LockOperator.TRY_WAIT_FOR_COMPLETION:
            if not ready:
                if operator is LockOperator.WAIT_FOR_COMPLETION:
                    raise Blocked(position)
                return False
            if not state.all:
                machine.shared[position] = CompletionCell(state.done - 1, False)
            return True
        case _:
            raise ValueError(f"{operator.value} of a completion")
    return None


def ask(machine: Machine, question: LockQuestion, access: Access) -> bool:
    """``held``, ``locked``, ``frozen``, ``completed`` of a place."""
    if question is LockQuestion.HELD:
        return _ask_held(machine, access)
    position = locate(machine, access, strict=False)
    state = FREE if position is None else machine.shared[position]
    match state:
        case AtomicCell(_, frozen):
            return bool(frozen)
        case RwCell(writer, readers):
            return bool(writer or readers > 0)
        case CompletionCell(done, all_):
            return bool(all_ or done > 0)
        case _:
            return state is True


def _ask_held(machine: Machine, access: Access) -> bool:
    """About the process itself; in a property (``view`` is set) about any process. Never an obligation."""
    quiet, machine.quiet = machine.quiet, True
    position = locate(machine, access, strict=False)
    machine.quiet = quiet
    if position is None:
        return False
    modes = {hold(position), hold(position, reading=True)}
    if machine.view is not None and machine.quiet:
        return any(modes & held for held in machine.view.held)
    return bool(modes & machine.held)
