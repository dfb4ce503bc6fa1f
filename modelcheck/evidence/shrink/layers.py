"""The states of a System by the length of the shortest ways to them, and what can be done in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from modelcheck.engines.explicit.layout import FieldOverflow
from modelcheck.engines.explicit.machine import Machine
from modelcheck.evidence.trace import Move
from modelcheck.ir.system import Step, System

#: The process's steps that are enabled, with the change of the packed state (None: a fault) and the properties they violate.
Option: TypeAlias = tuple[Move, Step, int | None, tuple[int, ...]]


class TooLarge(Exception):
    """There are more states than the search may look at."""


@dataclass(frozen=True, slots=True)
class Way:
    """One transition: ``target`` is None if it faults; ``raised``: ids of the properties that it violates (witnesses)."""

    move: Move
    step: Step
    target: int | None
    raised: tuple[int, ...]


class Layers:
    """Explores a System level by level, as far as it is asked to, and never more than ``limit`` states."""

    def __init__(self, system: System, limit: int) -> None:
        self.system = system
        self.machine = Machine(system, {})
        self._limit = limit
        self._levels: list[list[int]] = [[self.machine.initial]]
        self._seen: set[int] = {self.machine.initial}
        self._too_large = False
        self._memories: list[dict[int, tuple[int, dict[int, tuple[Option, ...]]]]] = [{} for _ in system.processes]

    def level(self, depth: int) -> list[int]:
        """Return the states whose shortest ways have ``depth`` steps, in order of discovery. Raises ``TooLarge``."""
        while len(self._levels) <= depth:
            if self._too_large:
                raise TooLarge
            following: list[int] = []
            for state in self._levels[-1]:
                for target in self._targets(state):
                    if target not in self._seen:
                        self._seen.add(target)
                        following.append(target)
            if len(self._seen) > self._limit:
                self._too_large = True
                raise TooLarge
            self._levels.append(following)
        return self._levels[depth]

    def ways(self, state: int) -> Iterator[Way]:
        """Yield the transitions of a state, processes and choices in order."""
        for options in self._options(state):
            for move, step, delta, raised in options:
                yield Way(move, step, None if delta is None else state + delta, raised)

    def _targets(self, state: int) -> Iterator[int]:
        for options in self._options(state):
            for _, _, delta, _ in options:
                if delta is not None:
                    yield state + delta

    def _options(self, state: int) -> Iterator[tuple[Option, ...]]:
        for process, memory in enumerate(self._memories):
            control = self.machine.controls[process]
            location = state & control.mask
            known = memory.get(location)
            if known is None:
                known = memory[location] = (self.machine.place(process, state).mask, {})
            mask, options = known
            found = options.get(state & mask)
            if found is None:
                found = options[state & mask] = self._compute(process, state)
            yield found

    def _compute(self, process: int, state: int) -> tuple[Option, ...]:
        steps = self.machine.place(process, state).steps
        try:
            firings = self.machine.fire(process, state)
        except FieldOverflow:
            # A number too large for this layout: the search that needs it is left to others.
            raise TooLarge from None
        return tuple(
            (
                Move(process, steps[index].choices),
                steps[index],
                delta,
                tuple(steps[index].raises[number].property for number in raised),
            )
            for index, delta, raised, _ in firings
        )
