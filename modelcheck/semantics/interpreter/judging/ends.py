"""Obligations about how a run, or a process, ends: locks that are still held, and objects that
nothing refers to (docs/semantics.md, section 6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelcheck.model import typed
from modelcheck.model.balance import Imbalance
from modelcheck.model.typed import ObligationKey
from modelcheck.result.details import Detail, NeverEnds, NobodyMoves, StillHeld, Unbalanced, Unreferenced
from modelcheck.result.trace import Finding, Subject
from modelcheck.result.values import Place
from modelcheck.semantics.interpreter.machine.machine import Machine
from modelcheck.semantics.interpreter.machine.states import State
from modelcheck.semantics.interpreter.machine.values import Reference, live_references

if TYPE_CHECKING:
    from modelcheck.semantics.interpreter.interpreter import Interpreter


def claimed(
    interpreter: Interpreter, kind: str, subject: str, detail: Detail, about: tuple[Subject, ...] = ()
) -> list[Finding]:
    """An observation, for every property that claims it."""
    key = ObligationKey(kind, subject)
    return [Finding(property_, key, detail, None, about) for property_ in interpreter.judge.claims(key)]


def held_when_done(interpreter: Interpreter, instance: int, number: int) -> tuple[Finding, ...]:
    """``lock_held_at_end``: a process whose part has that number has ended and holds a lock (bitlocks excepted)."""
    part = interpreter.process_part(number)
    if not interpreter.programs[instance].has_ended(part.pc):
        return ()
    return tuple(_held(interpreter, instance, part.held, bitlocks=False))


def held_when_drained(interpreter: Interpreter, state: State) -> list[Finding]:
    """``lock_held_at_end``: every process is finished, and one holds a lock, of whatever kind."""
    return [
        finding
        for instance, held in enumerate(interpreter.view(state).held)
        for finding in _held(interpreter, instance, held, bitlocks=True)
    ]


def left_off(interpreter: Interpreter, state: State, drained: bool) -> list[Finding]:
    """``unbalanced``: a process has ended, or everything is at rest, and it has something switched off."""
    found: list[Finding] = []
    for instance, program in enumerate(interpreter.programs):
        if program.off is None:
            continue
        if drained or program.has_ended(interpreter.process_state(state, instance).pc):
            machine = Machine(interpreter.world, list(interpreter.shared_cells(state)), [], quiet=True)
            if machine.evaluate(program.off):
                found += claimed(interpreter, "unbalanced", program.name, Unbalanced(program.name, Imbalance.LEFT))
    return found


def _held(interpreter: Interpreter, instance: int, held: frozenset[int], bitlocks: bool) -> list[Finding]:
    found: list[Finding] = []
    for lock in sorted(held):
        info = interpreter.layout.cells[lock // 2]
        assert isinstance(info.type, typed.LockType)
        if bitlocks or info.type.kind.facts.owned:
            detail = StillHeld(interpreter.names[instance], info.name)
            about = (interpreter.places[lock // 2],)
            found += claimed(interpreter, "lock_held_at_end", info.subject, detail, about)
    return found


def leaked(interpreter: Interpreter, state: State) -> list[Finding]:
    """``leak``: a run ends in this state, and nothing refers to an object."""
    found: list[Finding] = []
    for object_, slot in unreachable(interpreter, state):
        detail = Unreferenced(f"{object_}[{slot}]")
        found += claimed(interpreter, "leak", object_, detail, (Place(object_, slot),))
    return found


def unreachable(interpreter: Interpreter, state: State) -> list[tuple[str, int]]:
    """Allocated objects that no live reference reaches: (object, slot)."""
    shared, layout = interpreter.shared_cells(state), interpreter.layout
    work: list[Reference] = []
    for number, info in enumerate(layout.cells):
        if info.slot is None:
            work += live_references(shared[number])
    for instance in range(len(interpreter.programs)):
        part = interpreter.process_state(state, instance)
        for value in (*part.live, *part.stack):
            work += live_references(value)
    reached: set[tuple[str, int]] = set()
    while work:
        reference = work.pop()
        object_ = layout.objects[reference.object]
        slot = (reference.object, reference.slot)
        if slot in reached or not shared[object_.cell(reference.slot)]:
            continue
        reached.add(slot)
        for cell in object_.fields(reference.slot):
            work += live_references(shared[cell])
    return [
        (object_.name, slot_number)
        for object_ in layout.objects.values()
        for slot_number in range(object_.declaration.pool)
        if shared[object_.cell(slot_number)] and (object_.name, slot_number) not in reached
    ]


def deadlock_findings(interpreter: Interpreter, state: State) -> list[Finding]:
    """``deadlock``: nobody can move in this state, and somebody is not finished."""
    waiting = [name for instance, name in enumerate(interpreter.names) if not interpreter.finished(state, instance)]
    return claimed(interpreter, "deadlock", "", NobodyMoves(tuple(waiting)))


def stuck_findings(interpreter: Interpreter) -> list[Finding]:
    """``stuck``: what to say of a state of which somebody who explored says so."""
    return claimed(interpreter, "stuck", "", NeverEnds())
