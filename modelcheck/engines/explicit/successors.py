"""Remembered expansions: what a process can do, by the values it depends on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from modelcheck.engines.explicit.machine import Machine, Place
from modelcheck.engines.explicit.watch import Watch, Watches, possible
from modelcheck.ir.system import Step

#: Remembered expansions, over all processes, before they are all forgotten.
CACHE_LIMIT = 1_500_000

#: What one process can do: number of enabled steps (faulting ones included), deltas that need no further look, and
#: deltas with the watches that may be true after them.
Entry: TypeAlias = tuple[int, tuple[int, ...], tuple[tuple[int, tuple[Watch, ...]], ...]]
#: Look up by masked state, the mask, and compute and remember (state, index of the state).
Slot: TypeAlias = tuple[Callable[[int], Entry | None], int, Callable[[int, int], Entry]]
#: Told of each step when it is first computed: index of the state, step, raises and occurrences that fire.
Observer: TypeAlias = Callable[[int, Step, tuple[int, ...], tuple[int, ...]], None]


class Successors:
    """Expansions of all processes. An expansion is first computed at the first state (in order of expansion) that needs it, so whoever
    observes the computations sees every kind of step at its earliest."""

    def __init__(self, machine: Machine, watches: Watches, observe: Observer) -> None:
        self._machine = machine
        self._watches = watches
        self._observe = observe
        self._slots: list[tuple[int, dict[int, Slot]]] = [(control.mask, {}) for control in machine.controls]
        self._memories: list[dict[int, Entry]] = []
        self._remembered = 0
        #: by the location bits of a state: the slots of all processes that have steps there
        self.rows: dict[int, tuple[Slot, ...]] = {}
        self.control = machine.layout.control

    def row(self, state: int) -> tuple[Slot, ...]:
        """Return the slots for the control part of a state, and remember them in ``rows``."""
        slots: list[Slot] = []
        for process, (mask, known) in enumerate(self._slots):
            location = state & mask
            slot = known.get(location)
            if slot is None:
                slot = known[location] = self._make(process, self._machine.place(process, state))
            if slot[1]:
                slots.append(slot)
        row = self.rows[state & self.control] = tuple(slots)
        return row

    def targets(self, state: int) -> list[int]:
        """Return the successors of a state, those of faulting steps excepted (they have none)."""
        result: list[int] = []
        for get, mask, compute in self.rows.get(state & self.control) or self.row(state):
            _, deltas, watched = get(state & mask) or compute(state, 0)
            result += [state + delta for delta in deltas]
            result += [state + delta for delta, _ in watched]
        return result

    def _make(self, process: int, place: Place) -> Slot:
        memory: dict[int, Entry] = {}
        self._memories.append(memory)
        mask = place.mask if place.steps else 0

        def compute(state: int, index: int) -> Entry:
            entry = self._compute(process, place, state, index)
            if self._remembered >= CACHE_LIMIT:
                for other in self._memories:
                    other.clear()
                self._remembered = 0
            self._remembered += 1
            memory[state & mask] = entry
            return entry

        return memory.get, mask, compute

    def _compute(self, process: int, place: Place, state: int, index: int) -> Entry:
        firings = self._machine.fire(process, state)
        deltas: list[int] = []
        watched: list[tuple[int, tuple[Watch, ...]]] = []
        projected = state & place.mask
        for number, delta, raised, occurred in firings:
            step = place.steps[number]
            self._observe(index, step, raised, occurred)
            if delta is None:
                continue
            watches = possible(self._watches.candidates(step, place.touched), projected + delta)
            if watches:
                watched.append((delta, watches))
            else:
                deltas.append(delta)
        return len(firings), tuple(deltas), tuple(watched)
