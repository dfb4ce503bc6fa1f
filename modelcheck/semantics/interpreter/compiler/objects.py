"""``new``, ``free``, ``touch`` (docs/semantics.md, section 3)."""

from __future__ import annotations

from modelcheck.ground.source import Span
from modelcheck.model import typed
from modelcheck.result import details
from modelcheck.result.values import Place
from modelcheck.semantics.interpreter.compiler.locks import hold
from modelcheck.semantics.interpreter.machine.access import check_range, dereference, take_operands
from modelcheck.semantics.interpreter.machine.layout import ObjectLayout
from modelcheck.semantics.interpreter.machine.machine import Machine
from modelcheck.semantics.interpreter.machine.values import FREE, NULL, AtomicCell, Cell, Reference, RwCell


def allocate(machine: Machine, object_: ObjectLayout, fields: tuple[str, ...], may_fail: bool, span: Span) -> Cell:
    """``new``: the initial values of ``fields`` are on the stack."""
    values = take_operands(machine, len(fields))
    free = [slot for slot in range(object_.declaration.pool) if not machine.shared[object_.cell(slot)]]
    if not free:
        if may_fail:
            return NULL
        machine.fault("pool_exhausted", object_.name, details.PoolFull(object_.name, object_.declaration.pool), span)
    slot = machine.choose(free)
    start = object_.cell(slot)
    cells = [True, *object_.fresh]
    for name, value in zip(fields, values, strict=True):
        field = object_.declaration.field(name)
        text, subject = f"{object_.name}[{slot}].{name}", f"{object_.name}.{name}"
        if isinstance(field.type, typed.AtomicType):
            high = field.type.high
            if value < field.type.low or (high is not None and value > high):
                machine.fault("range", subject, details.StartsOutside(text, str(value)), span)
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
    event = machine.world.events_by_subject.get((typed.EventKind.NEW, object_.name))
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
        machine.fault("null_deref", object_.name, details.FreesNull(text), span)
    allocated = object_.cell(reference.slot)
    name = f"{object_.name}[{reference.slot}]"
    if not reference.live or (object_.typestable and not machine.shared[allocated]):
        machine.fault(
            "double_free", object_.name, details.FreedTwice(name), span, (Place(object_.name, reference.slot),)
        )
    for field in object_.declaration.fields:
        if field.pending and machine.shared[allocated + object_.offsets[field.name]]:
            machine.fault("free_active", object_.name, details.FreedActive(name, field.pending), span)
    event = machine.world.events_by_subject.get((typed.EventKind.FREE, object_.name))
    if event is not None:
        machine.occur(event, [reference], span)
    for cell in object_.fields(reference.slot):
        info = machine.world.layout.cells[cell]
        if isinstance(info.type, typed.LockType) and info.type.kind.facts.owned:
            state = machine.shared[cell]
            if state.writer or state.readers if isinstance(state, RwCell) else state:
                machine.report("free_locked", info.subject, details.FreedLocked(name, info.name), span)
    before = machine.so_far()
    machine.shared[allocated] = False
    if not object_.typestable:
        for cell in object_.fields(reference.slot):
            machine.shared[cell] = FREE
        _forget_holders(machine, object_, reference.slot)
        machine.mark_stale(object_.name, reference.slot, before)
    return reference


def touch(machine: Machine, object_: ObjectLayout, text: str, span: Span) -> Cell:
    """``touch`` of the reference on the stack; returns it."""
    reference = machine.stack.pop()
    dereference(machine, reference, object_, False, text, span)
    return reference
