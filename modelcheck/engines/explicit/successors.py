"""Remembered expansions: what a process can do, by the values it depends on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from modelcheck.engines.explicit.machine import Machine, Place
from modelcheck.engines.explicit.orbits import Orbits
from modelcheck.engines.explicit.watch import Watch, Watches, possible
from modelcheck.ir.system import Step

#: Remembered expansions, over all processes, before they are all forgotten.
CACHE_LIMIT = 1_500_000

#: Processes in one group: the slots of a group are remembered by where its processes stand, of
#: which there are not too many ways.
GROUP = 3

#: What one process can do: number of enabled steps (faulting ones included), deltas that need no further look, and
#: deltas with the watches that may be true after them.
Entry: TypeAlias = tuple[int, tuple[int, ...], tuple[tuple[int, tuple[Watch, ...]], ...]]
#: Look up by masked state, the mask, and compute and remember (state, index of the state).
Slot: TypeAlias = tuple[Callable[[int], Entry | None], int, Callable[[int, int], Entry]]
#: The location bits of a few processes, their slots by these bits, and how to find them the first time.
Group: TypeAlias = tuple[int, dict[int, tuple[Slot, ...]], Callable[[int], tuple[Slot, ...]]]
#: Told of each step when it is first computed: index of the state, step, raises and occurrences that fire.
Observer: TypeAlias = Callable[[int, Step, tuple[int, ...], tuple[int, ...]], None]


class Successors:
    """Expansions of all processes. An expansion is first computed at the first state (in order of
    expansion) that needs it, so whoever observes the computations sees every kind of step at its
    earliest."""

    def __init__(self, machine: Machine, watches: Watches, observe: Observer, orbits: Orbits) -> None:
        self._machine = machine
        self._watches = watches
        self._observe = observe
        self._orbits = orbits
        self._slots: list[tuple[int, dict[int, Slot]]] = [(control.mask, {}) for control in machine.controls]
        self._memories: list[dict[int, Entry]] = []
        self._remembered = 0
        #: all processes in order; slots of processes without a step are left out
        self.groups: tuple[Group, ...] = tuple(
            self._group(range(first, min(first + GROUP, len(self._slots))))
            for first in range(0, len(self._slots), GROUP)
        )

    def _group(self, processes: range) -> Group:
        rows: dict[int, tuple[Slot, ...]] = {}
        control = sum(self._slots[process][0] for process in processes)

        def new_row(state: int) -> tuple[Slot, ...]:
            slots: list[Slot] = []
            for process in processes:
                mask, known = self._slots[process]
                slot = known.get(state & mask)
                if slot is None:
                    slot = known[state & mask] = self._make(process, self._machine.place(process, state))
                if slot[1]:
                    slots.append(slot)
            row = rows[state & control] = tuple(slots)
            return row

        return control, rows, new_row

    def targets(self, state: int) -> list[int] | None:
        """Return the successors of a state (those that stand for their orbits); None if one of its steps faults."""
        fixes, replicas = self._orbits.fixes, self._orbits.mask
        result: list[int] = []
        for control, rows, new_row in self.groups:
            for get, mask, compute in rows.get(state & control) or new_row(state):
                count, deltas, watched = get(state & mask) or compute(state, 0)
                for delta in deltas:
                    target = state + delta
                    result.append(target + fixes[target & replicas])
                if count != len(deltas):
                    if count != len(deltas) + len(watched):
                        return None
                    result += [self._orbits.canonical(state + delta) for delta, _ in watched]
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
        found: list[tuple[int, tuple[Watch, ...]]] = []
        projected = state & place.mask
        for number, delta, raised, occurred in firings:
            step = place.steps[number]
            self._observe(index, step, raised, occurred)
            if delta is None:
                continue
            watches = possible(self._watches.candidates(step, place.touched), projected + delta)
            found.append((delta, watches))
        # One list or the other, never both: states are found in the order of the choices.
        if any(watches for _, watches in found):
            return len(firings), (), tuple(found)
        return len(firings), tuple([delta for delta, _ in found]), ()
