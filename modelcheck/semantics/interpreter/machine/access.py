"""Places at run time: dereferencing, indices, loads, range checks (docs/semantics.md, section 3).

Each function takes the machine and takes its operands from the stack.
"""

from __future__ import annotations

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model import typed
from modelcheck.result import details
from modelcheck.result.values import Place
from modelcheck.semantics.interpreter.machine.layout import ObjectLayout
from modelcheck.semantics.interpreter.machine.machine import Machine
from modelcheck.semantics.interpreter.machine.values import FREE, NULL, UNASSIGNED, AtomicCell, Cell, fits, show, zero


@dataclass(frozen=True, slots=True)
class Dimension:
    """One ``[index]``: the first index value, how many there are, cells per element."""

    low: int
    count: int
    stride: int


@dataclass(frozen=True, slots=True)
class Access:
    """A place as code sees it. Its operands on the stack: the reference if it is a field (``object``),
    then the indices.

    ``base``: first cell, in the shared row, in the frame (not ``shared``) or in the slot.
    ``subject`` as obligations name it; ``text`` as the user wrote it.
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
    """Check an access through a reference; ``strict``: a stale one is a fault.

    Returns False if there is nothing to access (only if quiet).
    """
    if reference == NULL:
        if not machine.quiet:
            machine.fault("null_deref", object_.name, details.ThroughNull(text, object_.name), span)
        return False
    if not reference.live:
        name, freed = f"{object_.name}[{reference.slot}]", Place(object_.name, reference.slot)
        reused = bool(machine.shared[object_.cell(reference.slot)])
        if strict and not machine.quiet:
            machine.fault(
                "use_after_free", object_.name, details.ThroughStale(text, name, reused, reading=False), span, (freed,)
            )
        machine.report(
            "use_after_free", object_.name, details.ThroughStale(text, name, reused, reading=True), span, (freed,)
        )
    return True


def locate(machine: Machine, access: Access, strict: bool) -> int | None:
    """Take the operands of a place and return its cell; None if there is none (only if quiet)."""
    operands = take_operands(machine, access.operands)
    position = access.base
    _found(machine, access, -1)  # what was looked up before it is not the place of this operation
    if access.object is not None:
        reference = operands.pop(0)
        if reference != NULL and not operands:
            machine.located = position + access.object.cell(reference.slot)
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
                "index", access.subject, details.OutsideIndex(access.text, int(index), low, high), access.span
            )
        position += element * dimension.stride
    _found(machine, access, position)
    return position


def _found(machine: Machine, access: Access, position: int) -> None:
    if access.shared:
        machine.located = position
    else:
        machine.located_local = position


def row(machine: Machine, access: Access) -> list[Cell]:
    """The cells that a place lives in."""
    return machine.shared if access.shared else machine.frame


def content(machine: Machine, access: Access, position: int | None) -> Cell:
    """Read a scalar place (of an atomic: its number)."""
    value = FREE if position is None else row(machine, access)[position]
    if value is FREE:
        value = zero(access.type)
    elif value is UNASSIGNED:
        machine.report("unassigned_read", access.subject, details.ReadUnassigned(access.text), access.span)
        value = zero(access.type)
    return value.number if isinstance(value, AtomicCell) else value


def load(machine: Machine, access: Access) -> Cell:
    """Read a place."""
    return content(machine, access, locate(machine, access, strict=False))


def check_range(machine: Machine, value: Cell, type_: typed.Type, subject: str, text: str, span: Span) -> None:
    """The fault ``range`` if a value does not fit its variable."""
    if not fits(value, type_) and not machine.quiet:
        bounds = (type_.low, type_.high) if isinstance(type_, typed.RangeType) else None
        machine.fault("range", subject, details.LeavesRange(text, show(value, type_), bounds), span)
