"""What the operations on shared places do (docs/semantics.md, sections 3 to 5).

Each function takes the machine, takes its operands from the stack, and returns the result of the operation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from modelcheck.interpreter.layout import ObjectLayout, is_lock
from modelcheck.interpreter.machine import Blocked, Machine
from modelcheck.interpreter.values import (
    FREE,
    NULL,
    UNASSIGNED,
    AtomicCell,
    Cell,
    CompletionCell,
    Reference,
    RwCell,
    address,
    fits,
    show,
    zero,
)
from modelcheck.resolve import typed
from modelcheck.resolve.typed import LockKind, LockOperator, LockQuestion
from modelcheck.source import Span


@dataclass(frozen=True, slots=True)
class Dimension:
    """One ``[index]``: the first index value, how many there are, cells per element."""

    low: int
    count: int
    stride: int


@dataclass(frozen=True, slots=True)
class Access:
    """A place as code sees it. Its operands on the stack: the reference if it is a field (``object``), then the indices.

    ``base``: first cell, in the shared row, in the frame (not ``shared``) or in the slot. ``subject`` as obligations name it; ``text`` as the user wrote it.
    """

    shared: bool
    base: int
    object: ObjectLayout | None
    dimensions: tuple[Dimension, ...]
    type: typed.Type
    subject: str
    text: str
    span: Span

    @property
    def operands(self) -> int:
        return len(self.dimensions) + (self.object is not None)


def take_operands(machine: Machine, count: int) -> list[Cell]:
    """Take the topmost operands from the stack, in the order in which they were evaluated."""
    if count == 0:
        return []
    operands = machine.stack[-count:]
    del machine.stack[-count:]
    return operands


def dereference(machine: Machine, reference: Cell, object_: ObjectLayout, strict: bool, text: str, span: Span) -> bool:
    """Check an access through a reference; ``strict``: a stale one is a fault. Returns False if there is nothing to access (only if quiet)."""
    if reference == NULL:
        if not machine.quiet:
            machine.fault("null_deref", object_.name, f"`{text}` goes through a null reference to {object_.name}", span)
        return False
    if not reference.live:
        what = f"{object_.name}[{reference.slot}] was freed"
        if machine.shared[object_.cell(reference.slot)]:
            what += ", and its memory is in use again"
        if strict and not machine.quiet:
            machine.fault("use_after_free", object_.name, f"`{text}` goes through a stale reference: {what}", span)
        machine.report("use_after_free", object_.name, f"`{text}` is read through a stale reference: {what}", span)
    return True


def locate(machine: Machine, access: Access, strict: bool) -> int | None:
    """Take the operands of a place and return its cell; None if there is none (only if quiet)."""
    operands = take_operands(machine, access.operands)
    position = access.base
    if access.object is not None:
        reference = operands.pop(0)
        if not dereference(machine, reference, access.object, strict, access.text, access.span):
            return None
        position += access.object.cell(reference.slot)
    for index, dimension in zip(operands, access.dimensions, strict=True):
        element = index - dimension.low
        if not 0 <= element < dimension.count:
            if machine.quiet:
                return None
            low, high = dimension.low, dimension.low + dimension.count - 1
            machine.fault(
                "index", access.subject, f"`{access.text}`: index {int(index)} is outside {low}..{high}", access.span
            )
        position += element * dimension.stride
    return position


def row(machine: Machine, access: Access) -> list[Cell]:
    """The cells that a place lives in."""
    return machine.shared if access.shared else machine.frame


def content(machine: Machine, access: Access, position: int | None) -> Cell:
    """Read a scalar place (of an atomic: its number)."""
    value = FREE if position is None else row(machine, access)[position]
    if value is FREE:
        value = zero(access.type)
    elif value is UNASSIGNED:
        machine.report(
            "unassigned_read", access.subject, f"`{access.text}` is read before it was assigned", access.span
        )
        value = zero(access.type)
    return value.number if isinstance(value, AtomicCell) else value


def load(machine: Machine, access: Access) -> Cell:
    """Read a place."""
    return content(machine, access, locate(machine, access, strict=False))


def check_range(machine: Machine, value: Cell, type_: typed.Type, subject: str, text: str, span: Span) -> None:
    """The fault ``range`` if a value does not fit its variable."""
    if not fits(value, type_) and not machine.quiet:
        bounds = ""
        if isinstance(type_, typed.RangeType):
            bounds = f" {type_.low}..{type_.high}"
        machine.fault("range", subject, f"`{text}` would become {show(value, type_)}, outside its range{bounds}", span)


def store(machine: Machine, access: Access, value: Cell) -> None:
    """Assign to a place (the value is not on the stack)."""
    position = locate(machine, access, strict=True)
    assert position is not None
    if isinstance(access.type, typed.AtomicType):
        write_atomic(machine, access, access.type, position, value, "set")
    else:
        check_range(machine, value, access.type, access.subject, access.text, access.span)
        row(machine, access)[position] = value


# ---------------------------------------------------------------------------------------- atomics


def write_atomic(
    machine: Machine, access: Access, type_: typed.AtomicType, position: int, number: int, operator: str
) -> int:
    """Write an atomic with all checks of section 4; returns the number it then has."""
    cells = row(machine, access)
    old: AtomicCell = cells[position]
    frozen = old.frozen
    if operator == "unfreeze":
        if not old.frozen or old.number != 0:
            state = f"{old.number}, {'frozen' if old.frozen else 'not frozen'}"
            machine.report("frozen", access.subject, f"`{access.text}` is unfrozen while it is {state}", access.span)
        frozen = False
    else:
        if old.frozen:
            machine.report(
                "frozen", access.subject, f"`{access.text}` is written ({operator}) while it is frozen", access.span
            )
        if operator == "freeze":
            frozen = True
    if type_.refcount:
        if number < 0:
            machine.report("refcount", access.subject, f"`{access.text}` would fall below 0 ({operator})", access.span)
            number = 0
        elif old.number == 0 and number > 0 and operator not in ("set", "unfreeze"):
            machine.report(
                "refcount", access.subject, f"`{access.text}` goes from 0 to {number} ({operator})", access.span
            )
    if number < type_.low or (type_.high is not None and number > type_.high):
        bounds = f"{type_.low}..{'' if type_.high is None else type_.high}"
        machine.fault(
            "range",
            access.subject,
            f"`{access.text}` would become {number} ({operator}), outside {bounds}",
            access.span,
        )
    cells[position] = AtomicCell(number, frozen)
    return number


def atomic_operation(machine: Machine, operator: str, access: Access, arguments: int) -> Cell:
    """Do a kernel atomic operation; ``arguments`` values are on the stack above the place's operands."""
    values = take_operands(machine, arguments)
    position = locate(machine, access, strict=operator != "read")
    if operator == "read" or position is None:
        return content(machine, access, position)
    if not isinstance(access.type, typed.AtomicType):
        return _exchange(machine, operator, access, position, values)
    type_ = access.type
    old: int = row(machine, access)[position].number

    def write(number: int) -> int:
        return write_atomic(machine, access, type_, position, number, operator)

    match operator:
        case "set" | "unfreeze":
            write(values[0])
            return None
        case "inc" | "inc_return":
            return write(old + 1)
        case "dec" | "dec_return":
            return write(old - 1)
        case "add" | "add_return":
            return write(old + values[0])
        case "sub" | "sub_return":
            return write(old - values[0])
        case "fetch_inc":
            write(old + 1)
        case "fetch_dec":
            write(old - 1)
        case "fetch_add":
            write(old + values[0])
        case "fetch_sub":
            write(old - values[0])
        case "fetch_or":
            write(old | values[0])
        case "fetch_and":
            write(old & values[0])
        case "xchg":
            write(values[0])
        case "inc_and_test":
            return write(old + 1) == 0
        case "dec_and_test":
            return write(old - 1) == 0
        case "sub_and_test":
            return write(old - values[0]) == 0
        case "inc_not_zero":
            return _write_if(old != 0, old + 1, write)
        case "add_unless":
            return _write_if(old != values[1], old + values[0], write)
        case "dec_not_one":
            return _write_if(old != 1, old - 1, write)
        case "dec_if_positive":
            if old > 0:
                write(old - 1)
            return old - 1
        case "cmpxchg":
            if old == values[0]:
                write(values[1])
        case "try_cmpxchg":
            return _write_if(old == values[0], values[1], write)
        case "freeze":
            return _write_if(old == values[0], 0, write)
        case _:
            raise ValueError(f"unknown atomic operation {operator}")
    return old


def _write_if(condition: bool, number: int, write: Callable[[int], int]) -> bool:
    if condition:
        write(number)
    return condition


def _exchange(machine: Machine, operator: str, access: Access, position: int, values: list[Cell]) -> Cell:
    """``xchg``, ``cmpxchg``, ``try_cmpxchg`` on a plain scalar."""
    old = content(machine, access, position)
    matches = operator == "xchg" or address(old) == address(values[0])
    if matches:
        check_range(machine, values[-1], access.type, access.subject, access.text, access.span)
        row(machine, access)[position] = values[-1]
    return matches if operator == "try_cmpxchg" else old


# ------------------------------------------------------------------------------------------ locks


def hold(cell: int, reading: bool = False) -> int:
    """The member of ``held`` for a lock cell and mode."""
    return 2 * cell + reading


def holds_spinning(machine: Machine) -> str | None:
    """The name of a spinlock or rwlock that the process holds, if any."""
    for held in sorted(machine.held):
        cell = machine.world.layout.cells[held // 2]
        assert isinstance(cell.type, typed.LockType)
        if cell.type.kind in (LockKind.SPINLOCK, LockKind.RWLOCK):
            return cell.name
    return None


def check_sleep(machine: Machine, subject: str, what: str, span: Span) -> None:
    """The observation ``sleep_in_atomic`` if the process holds a spinlock or rwlock."""
    name = None if machine.quiet else holds_spinning(machine)
    if name is not None:
        machine.report("sleep_in_atomic", subject, f"{what} may sleep while {name} is held", span)


def lock_operation(machine: Machine, operator: LockOperator, kind: LockKind, access: Access) -> Cell:
    """Do a lock operation (section 5). Raises ``Blocked`` if it has to wait."""
    position = locate(machine, access, strict=True)
    assert position is not None
    sleeps = kind in (LockKind.MUTEX, LockKind.RWSEM) and operator in (LockOperator.LOCK, LockOperator.READ_LOCK)
    if sleeps or operator is LockOperator.WAIT_FOR_COMPLETION:
        check_sleep(machine, access.subject, f"{operator.value}({access.text})", access.span)
    match kind:
        case LockKind.MUTEX | LockKind.SPINLOCK | LockKind.BITLOCK:
            return _exclusive(machine, operator, kind, access, position)
        case LockKind.RWLOCK | LockKind.RWSEM:
            return _read_write(machine, operator, access, position)
        case LockKind.COMPLETION:
            return _completion(machine, operator, access, position)
        case _:
            assert_never(kind)


def _self_deadlock(machine: Machine, access: Access, position: int) -> None:
    name = machine.world.layout.cells[position].name
    machine.fault("self_deadlock", access.subject, f"{name} is taken by the process that already holds it", access.span)


def _exclusive(machine: Machine, operator: LockOperator, kind: LockKind, access: Access, position: int) -> Cell:
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
                    "double_unlock", access.subject, f"{name} is unlocked, but it is not locked", access.span
                )
                return None
            if own not in machine.held and kind is not LockKind.BITLOCK:
                machine.report(
                    "unlock_not_owner",
                    access.subject,
                    f"{name} is unlocked by a process that does not hold it",
                    access.span,
                )
            machine.shared[position] = False
            machine.take_away(frozenset((own,)))
            return None
        case _:
            raise ValueError(f"{operator.value} of a {kind.value}")
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
                    "double_unlock", access.subject, f"{name} is unlocked, but not locked for writing", access.span
                )
                return None
            if writing not in machine.held:
                machine.report(
                    "unlock_not_owner",
                    access.subject,
                    f"{name} is unlocked by a process that does not hold it",
                    access.span,
                )
            machine.shared[position] = RwCell(False, state.readers)
            machine.take_away(frozenset((writing,)))
        case LockOperator.READ_UNLOCK:
            if not state.readers:
                machine.report(
                    "double_unlock", access.subject, f"{name} is read-unlocked, but has no readers", access.span
                )
            elif reading not in machine.held:
                machine.report(
                    "unlock_not_owner",
                    access.subject,
                    f"{name} is read-unlocked by a process that does not hold it for reading",
                    access.span,
                )
            else:
                machine.shared[position] = RwCell(state.writer, state.readers - 1)
                machine.held -= {reading}
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


# ---------------------------------------------------------------------------------------- objects


def allocate(machine: Machine, object_: ObjectLayout, fields: tuple[str, ...], may_fail: bool, span: Span) -> Cell:
    """``new``: the initial values of ``fields`` are on the stack."""
    values = take_operands(machine, len(fields))
    free = [slot for slot in range(object_.declaration.pool) if not machine.shared[object_.cell(slot)]]
    if not free:
        if may_fail:
            return NULL
        machine.fault(
            "pool_exhausted", object_.name, f"all {object_.declaration.pool} slots of {object_.name} are in use", span
        )
    slot = machine.choose(free)
    start = object_.cell(slot)
    cells = [True, *object_.fresh]
    for name, value in zip(fields, values, strict=True):
        field = object_.declaration.field(name)
        text, subject = f"{object_.name}[{slot}].{name}", f"{object_.name}.{name}"
        if isinstance(field.type, typed.AtomicType):
            high = field.type.high
            if value < field.type.low or (high is not None and value > high):
                machine.fault("range", subject, f"`{text}` would start with {value}, outside its range", span)
            value = AtomicCell(value, False)
        else:
            check_range(machine, value, field.type, subject, text, span)
        cells[object_.offsets[name]] = value
    machine.shared[start : start + object_.stride] = cells
    if object_.typestable:
        _forget_holders(machine, object_, slot)
    reference = Reference(object_.name, slot, True)
    if machine.monitoring:
        for monitor in machine.world.monitors:
            monitor.slot_reused(machine, object_.name, slot, span)
    event = machine.world.builtin_events.get(f"new {object_.name}")
    if event is not None:
        machine.occur(event, [reference], span)
    return reference


def _forget_holders(machine: Machine, object_: ObjectLayout, slot: int) -> None:
    cells = machine.world.layout.lock_cells(object_.name, slot)
    if cells:
        machine.take_away(frozenset(hold(cell, reading) for cell in cells for reading in (False, True)))


def free(machine: Machine, object_: ObjectLayout, null_ok: bool, text: str, span: Span) -> Cell:
    """``free`` of the reference on the stack; returns it."""
    reference = machine.stack.pop()
    if reference == NULL:
        if null_ok:
            return NULL
        machine.fault("null_deref", object_.name, f"free({text}): the reference is null", span)
    allocated = object_.cell(reference.slot)
    name = f"{object_.name}[{reference.slot}]"
    if not reference.live or (object_.typestable and not machine.shared[allocated]):
        machine.fault("double_free", object_.name, f"{name} is freed a second time", span)
    event = machine.world.builtin_events.get(f"free {object_.name}")
    if event is not None:
        machine.occur(event, [reference], span)
    for cell in object_.fields(reference.slot):
        info = machine.world.layout.cells[cell]
        if is_lock(info.type) and info.type != typed.LockType(LockKind.BITLOCK):
            state = machine.shared[cell]
            if state.writer or state.readers if isinstance(state, RwCell) else state:
                machine.report("free_locked", info.subject, f"{name} is freed while {info.name} is locked", span)
    machine.shared[allocated] = False
    if not object_.typestable:
        for cell in object_.fields(reference.slot):
            machine.shared[cell] = FREE
        _forget_holders(machine, object_, reference.slot)
        machine.mark_stale(object_.name, reference.slot)
    return reference


def touch(machine: Machine, object_: ObjectLayout, text: str, span: Span) -> Cell:
    """``touch`` of the reference on the stack; returns it."""
    reference = machine.stack.pop()
    dereference(machine, reference, object_, False, text, span)
    return reference
