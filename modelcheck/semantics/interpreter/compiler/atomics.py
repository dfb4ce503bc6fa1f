"""Stores and atomic operations (docs/semantics.md, section 4)."""

from __future__ import annotations

from collections.abc import Callable

from modelcheck.model import typed
from modelcheck.result import details
from modelcheck.semantics.interpreter.machine.access import Access, check_range, content, locate, row, take_operands
from modelcheck.semantics.interpreter.machine.machine import Machine
from modelcheck.semantics.interpreter.machine.values import AtomicCell, Cell, address


def store(machine: Machine, access: Access, value: Cell) -> None:
    """Assign to a place (the value is not on the stack)."""
    position = locate(machine, access, strict=True)
    assert position is not None
    if isinstance(access.type, typed.AtomicType):
        write_atomic(machine, access, access.type, position, value, "set")
    else:
        check_range(machine, value, access.type, access.subject, access.text, access.span)
        row(machine, access)[position] = value


def write_atomic(
    machine: Machine, access: Access, type_: typed.AtomicType, position: int, number: int, operator: str
) -> int:
    """Write an atomic with all checks of section 4; returns the number it then has."""
    cells = row(machine, access)
    old: AtomicCell = cells[position]
    frozen = old.frozen
    if type_.word is not None:
        number %= 1 << type_.word.width
    if operator == "unfreeze":
        if not old.frozen or old.number != 0:
            machine.report(
                "frozen", access.subject, details.UnfrozenWrongly(access.text, old.number, old.frozen), access.span
            )
        frozen = False
    else:
        if old.frozen:
            machine.report("frozen", access.subject, details.WrittenFrozen(access.text, operator), access.span)
        if operator == "freeze":
            frozen = True
    if type_.refcount:
        if number < 0:
            machine.report("refcount", access.subject, details.BelowZero(access.text, operator), access.span)
            number = 0
        elif old.number == 0 and number > 0 and operator not in ("set", "unfreeze"):
            machine.report(
                "refcount", access.subject, details.RaisedFromZero(access.text, number, operator), access.span
            )
    if number < type_.low or (type_.high is not None and number > type_.high):
        machine.fault(
            "range",
            access.subject,
            details.AtomicLeavesRange(access.text, number, operator, type_.low, type_.high),
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
        case "fetch_xor":
            write(old ^ values[0])
        case "fetch_andnot":
            write(old & ~values[0])
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
