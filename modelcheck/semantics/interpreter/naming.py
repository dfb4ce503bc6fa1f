"""Names for people: process instances, values of a state, positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelcheck.model import typed
from modelcheck.semantics.interpreter.compiler.code import Site
from modelcheck.semantics.interpreter.machine.layout import scalars
from modelcheck.semantics.interpreter.machine.values import FREE, Cell, RwCell, show

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


def shared_changes(interpreter: Interpreter, before: State, after: State) -> list[tuple[str, str, str]]:
    """The shared values of which something else is said after a step than before it: (name, old, new); old is empty for what was not there before, and what is gone is not told."""
    if before[0] == after[0] and before[2:] == after[2:]:
        return []
    old, new = interpreter.shared_cells(before), interpreter.shared_cells(after)
    changed: list[tuple[str, str, str]] = []
    appeared: list[tuple[str, str, str]] = []
    for number in interpreter.locks if before[0] == after[0] else range(len(interpreter.layout.cells)):
        was, now = old[number], new[number]
        # Of a lock it is told who holds it, which its cell does not say.
        if now is FREE or (was is now and number not in interpreter.locks):
            continue
        name, text = interpreter.layout.cells[number].name, _shared_text(interpreter, after, number, now)
        if was is FREE:
            appeared.append((name, "", text))
            continue
        earlier = _shared_text(interpreter, before, number, was)
        if earlier != text:
            changed.append((name, earlier, text))
    return changed + appeared


def _shared_text(interpreter: Interpreter, state: State, number: int, value: Cell) -> str:
    text = interpreter.texts[number].get(value)
    if text is None:
        info = interpreter.layout.cells[number]
        if number in interpreter.locks:
            return _show_lock(interpreter, state, number)
        is_slot = info.slot is not None and info.name == f"{info.slot[0]}[{info.slot[1]}]"
        text = ("allocated" if value else "free") if is_slot else show(value, info.type)
        interpreter.texts[number][value] = text
    return text


def _show_lock(interpreter: Interpreter, state: State, cell: int) -> str:
    value = interpreter.shared_cells(state)[cell]
    if not (value.writer or value.readers if isinstance(value, RwCell) else value):
        return "unlocked"
    holders = interpreter.holders(state, cell)
    if not holders:
        return "locked"
    reading = "read-locked" if isinstance(value, RwCell) and value.readers else "locked"
    return f"{reading} by {', '.join(interpreter.names[instance] for instance, _ in holders)}"


def local_values(interpreter: Interpreter, state: State, instance: int) -> tuple[tuple[int, str, str], ...]:
    """The live named locals of an instance: (number of the variable, ``p``, ``Page[0]``)."""
    known = interpreter.local_texts[instance]
    found = known.get(state[2 + instance])
    if found is None:
        found = known[state[2 + instance]] = _local_values(interpreter, state, instance)
    return found


def _local_values(interpreter: Interpreter, state: State, instance: int) -> tuple[tuple[int, str, str], ...]:
    program, part = interpreter.programs[instance], interpreter.process_state(state, instance)
    found: list[tuple[int, str, str]] = []
    position = 0
    for number in program.live[part.pc]:
        variable = program.variables[number]
        values = part.live[position : position + variable.size]
        position += variable.size
        if variable.name:
            found += [
                (number, name, show(value, type_))
                for (name, type_), value in zip(scalars(variable.name, variable.type), values, strict=True)
            ]
    return tuple(found)


def position_name(process: str, site: Site) -> str:
    """``reclaim::remove_mapping/frz``, or with the line where there is no label: ``reclaim::remove_mapping:120``, ``reclaim:120``."""
    names = [inline for inline, _, _ in site.frames]
    if site.labels:
        return f"{process}::{'/'.join([*names, site.labels[-1]])}"
    prefix = f"{process}::{'/'.join(names)}" if names else process
    return f"{prefix}:{site.span.line}"
