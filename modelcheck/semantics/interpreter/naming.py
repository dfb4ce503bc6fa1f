"""Names for people: process instances, values of a state, positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelcheck.model import typed
from modelcheck.result.trace import Change, Position
from modelcheck.result.values import Allocation, LockState, Place, Value
from modelcheck.semantics.interpreter.compiler.code import Site
from modelcheck.semantics.interpreter.flags import named
from modelcheck.semantics.interpreter.machine.layout import scalars
from modelcheck.semantics.interpreter.machine.values import FREE, Cell, RwCell, show
from modelcheck.semantics.interpreter.trace_data import selectors, value_of

if TYPE_CHECKING:
    from modelcheck.semantics.interpreter.interpreter import Interpreter
    from modelcheck.semantics.interpreter.machine.states import State


def instance_names(model: typed.Model) -> tuple[str, ...]:
    """``reader[0]``, ``cpu[c0]``, or just ``reclaim`` if the class has a single instance."""
    names: list[str] = []
    for process in model.processes:
        count = process.count or 0
        if process.index is not None:
            names += [f"{process.name}[{literal}]" for literal in process.index.literals[:count]]
        elif count == 1:
            names.append(process.name)
        else:
            names += [f"{process.name}[{replica}]" for replica in range(count)]
    return tuple(names)


def shared_values(interpreter: Interpreter, state: State) -> tuple[tuple[str, str], ...]:
    """Every shared value of a state as (name, value in the user's words)."""
    cells = interpreter.shared_cells(state)
    return tuple(
        (info.name, _shared_text(interpreter, state, number, cells[number]))
        for number, info in enumerate(interpreter.layout.cells)
        if cells[number] is not FREE
    )


def shared_data(interpreter: Interpreter, state: State) -> tuple[tuple[Place, Value], ...]:
    """Every shared value of a state as data; what a free slot holds is not there."""
    cells, places = interpreter.shared_cells(state), interpreter.places
    return tuple(
        (places[number], shared_value(interpreter, state, number))
        for number in range(len(interpreter.layout.cells))
        if cells[number] is not FREE
    )


def shared_value(interpreter: Interpreter, state: State, number: int) -> Value:
    """What a shared cell holds; of a lock also who holds it."""
    if number in interpreter.locks:
        return _lock_state(interpreter, state, number)
    return interpreter.data_of(number, interpreter.shared_cells(state)[number])


def data_of(interpreter: Interpreter, number: int, cell: Cell) -> Value:
    """What a shared cell that is no lock holds, as data."""
    info, place = interpreter.layout.cells[number], interpreter.places[number]
    if place.is_object:
        return Allocation(bool(cell))
    return named(value_of(cell, info.type), interpreter.flags.of(place))


def shared_changes(interpreter: Interpreter, before: State, after: State) -> list[Change]:
    """The shared values that are others after a step than before it; what was not there before
    comes last, and what is gone is not told.
    """
    if before[0] == after[0] and before[2:] == after[2:]:
        return []
    old, new = interpreter.shared_cells(before), interpreter.shared_cells(after)
    changed: list[Change] = []
    appeared: list[Change] = []
    for number in interpreter.locks if before[0] == after[0] else range(len(interpreter.layout.cells)):
        was, now = old[number], new[number]
        # Who holds a lock, its cell does not say.
        if now is FREE or (was is now and number not in interpreter.locks):
            continue
        place, value = interpreter.places[number], shared_value(interpreter, after, number)
        if was is FREE:
            appeared.append(Change(place, None, value))
            continue
        earlier = shared_value(interpreter, before, number)
        if earlier != value:
            changed.append(Change(place, earlier, value))
    return changed + appeared


def _shared_text(interpreter: Interpreter, state: State, number: int, value: Cell) -> str:
    if number in interpreter.locks:
        return _show_lock(interpreter, state, number)
    return interpreter.text_of(number, value)


def text_of(interpreter: Interpreter, number: int, cell: Cell) -> str:
    """What a shared cell that is no lock holds, in the user's words."""
    info = interpreter.layout.cells[number]
    if info.slot is not None and info.name == f"{info.slot[0]}[{info.slot[1]}]":
        return "allocated" if cell else "free"
    return show(cell, info.type)


def _show_lock(interpreter: Interpreter, state: State, cell: int) -> str:
    value = interpreter.shared_cells(state)[cell]
    if not (value.writer or value.readers if isinstance(value, RwCell) else value):
        return "unlocked"
    holders = interpreter.holders(state, cell)
    if not holders:
        return "locked"
    reading = "read-locked" if isinstance(value, RwCell) and value.readers else "locked"
    return f"{reading} by {', '.join(interpreter.names[instance] for instance, _ in holders)}"


def _lock_state(interpreter: Interpreter, state: State, cell: int) -> Value:
    value = interpreter.shared_cells(state)[cell]
    taken = bool(value.writer or value.readers if isinstance(value, RwCell) else value)
    if not taken:
        return LockState(False)
    holders = tuple(interpreter.names[instance] for instance, _ in interpreter.holders(state, cell))
    return LockState(True, bool(isinstance(value, RwCell) and value.readers), holders)


def local_values(interpreter: Interpreter, state: State, instance: int) -> tuple[tuple[int, Place, Value], ...]:
    """The live named locals of an instance: (number of the variable, place, value)."""
    program, part = interpreter.programs[instance], interpreter.process_state(state, instance)
    found: list[tuple[int, Place, Value]] = []
    position = 0
    for number in program.live[part.pc]:
        variable = program.variables[number]
        values = part.live[position : position + variable.size]
        position += variable.size
        if not variable.name or variable.name.startswith(typed.OWN):
            continue
        for path, (_, type_), value in zip(
            selectors(variable.type), scalars(variable.name, variable.type), values, strict=True
        ):
            place = Place(variable.name, None, path, instance, variable.owner, variable.inlined)
            found.append((number, place, named(value_of(value, type_), interpreter.flags.of(place))))
    return tuple(found)


def position_of(process: str, site: Site) -> Position:
    """Where an instruction of a process class stands."""
    return Position(
        process, site.calls, next((name for name in reversed(site.labels) if not name.startswith(".")), ""), site.span
    )
