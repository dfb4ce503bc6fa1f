"""The states that an exploration found, for those who ask it afterwards whether a state is among them.

States are asked about as they are packed for a ``Machine`` (its ``Layout``), however the explorer
keeps them: where it visits one state of each orbit, the one that stands for the orbit is looked
for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from random import Random

from modelcheck.engines.explicit.orbits import Orbits
from modelcheck.ir.layout import FieldOverflow, Layout
from modelcheck.ir.system import Step, System
from modelcheck.result.exploration import Stepper
from modelcheck.result.trace import Schedule

#: To look where a process stands in so many states takes as long as to expand one.
SCANNED = 200


class VisitedStates:
    """What the plain explorer found.

    ``order``: the states, level by level; ``levels``: where each level begins; ``schedule``: to the
    state with an index.
    """

    def __init__(
        self,
        system: System,
        layout: Layout,
        orbits: Orbits,
        order: Sequence[int],
        levels: Sequence[int],
        schedule: Callable[[int], Schedule],
    ) -> None:
        self._system = system
        self._layout = layout
        self._orbits = orbits
        self._order = order
        self._levels = levels
        self._schedule = schedule
        self._numbers: dict[int, int] = {}
        self._standing: dict[int, dict[int, list[int]]] = {}  # by process, then the bits of its location
        self.work = 0

    def depths(self, states: Sequence[int], layout: Layout) -> list[int]:
        numbers, fixes, replicas = self._by_state(), self._orbits.fixes, self._orbits.mask
        levels = self._levels
        result: list[int] = []
        for state in states if self._same(layout) else self._from(states, layout):
            number = numbers.get(state + fixes[state & replicas], -1) if state >= 0 else -1
            result.append(bisect_right(levels, number) - 1)
        return result

    def sample(self, most: int, layout: Layout, random: Random) -> list[int]:
        chosen: list[int] = []
        for begin, end in zip(self._levels, (*self._levels[1:], len(self._order)), strict=True):
            chosen += self._order[begin:end] if end - begin <= 1 else (self._order[random.randrange(begin, end)],)
        if len(chosen) < most:
            chosen += random.choices(self._order, k=most - len(chosen))
        elif len(chosen) > most:
            chosen = random.sample(chosen, most)
        return self._as(chosen, layout)

    def standing_at(self, step: Step, most: int, layout: Layout) -> list[int]:
        field = self._layout.fields[self._system.processes[step.process].location]
        by_location = self._standing.get(step.process)
        if by_location is None:
            self.work += len(self._order) // SCANNED
            by_location = self._standing[step.process] = {}
            mask = field.mask
            for state in self._order:
                by_location.setdefault(state & mask, []).append(state)
        standing = by_location.get((step.source - field.base) << field.shift)
        return self._as(standing[:: -(-len(standing) // most)] if standing else [], layout)

    def schedule(self, state: int, machine: Stepper) -> Schedule:
        mine = state if self._same(machine.layout) else self._from((state,), machine.layout)[0]
        return self._schedule(self._by_state()[self._orbits.canonical(mine)])

    def release(self) -> None:
        self._order, self._numbers, self._standing = (), {}, {}

    def _by_state(self) -> dict[int, int]:
        if not self._numbers:
            self._numbers = {state: number for number, state in enumerate(self._order)}
        return self._numbers

    def _same(self, layout: Layout) -> bool:
        return layout is self._layout or layout.fields == self._layout.fields

    def _from(self, states: Sequence[int], layout: Layout) -> list[int]:
        """The states as they are packed here; -1 for one that does not fit."""
        result: list[int] = []
        for state in states:
            try:
                result.append(repacked(state, layout, self._layout, self._system))
            except FieldOverflow:
                result.append(-1)
        return result

    def _as(self, states: Sequence[int], layout: Layout) -> list[int]:
        if self._same(layout):
            return list(states)
        return [repacked(state, self._layout, layout, self._system) for state in states]


def repacked(state: int, old: Layout, new: Layout, system: System) -> int:
    """Return a state packed for one layout as another one packs it. Raises ``FieldOverflow`` if it does not fit."""
    return new.pack([old.value(state, variable.id) for variable in system.variables], system.variables)
