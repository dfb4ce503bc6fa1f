"""The states of a System by the length of the shortest ways to them, and what can be done in each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from modelcheck.checking.shrink.effort import Effort, TooLarge
from modelcheck.engines.explicit.machine import Machine, Option
from modelcheck.ground.records import dataclass
from modelcheck.ir.layout import FieldOverflow
from modelcheck.ir.system import Step, System
from modelcheck.result.trace import Move


@dataclass(frozen=True, slots=True)
class Way:
    """One transition: ``target`` is None if it faults; ``raised``: ids of the properties that it
    violates (witnesses).
    """

    move: Move
    step: Step
    target: int | None
    raised: tuple[int, ...]


class Layers:
    """Explores a System level by level, as far as it is asked to, and never more than ``limit`` states.

    ``machine``: of this system, if there is one already: what it has compiled is used. ``until``: a
    moment of ``time.perf_counter`` after which no further level is begun.
    """

    def __init__(self, system: System, limit: int, machine: Machine | None = None, until: float | None = None) -> None:
        self.system = system
        self.machine = machine or Machine(system, {})
        self._limit = limit
        self._effort = Effort(until=until)
        self._levels: list[list[int]] = [[self.machine.initial]]
        self._seen: set[int] = {self.machine.initial}
        self._before: dict[int, list[int]] = {}
        self._too_large = False

    def level(self, depth: int) -> list[int]:
        """Return the states whose shortest ways have ``depth`` steps, in order of discovery. Raises ``TooLarge``."""
        while len(self._levels) <= depth:
            if self._too_large:
                raise TooLarge
            self._effort.look()
            following = self._following()
            self._seen.update(following)
            if len(self._seen) > self._limit:
                self._too_large = True
                raise TooLarge
            self._before.update(following)
            self._levels.append(list(following))
        return self._levels[depth]

    def before(self, state: int) -> Sequence[int]:
        """Return the states of the level before that of ``state`` (which must be in one already)
        from which a step leads to it.
        """
        return self._before.get(state, ())

    def _following(self) -> dict[int, list[int]]:
        """The states that are one step farther than the last level, in order of discovery, each
        with those that lead to it.
        """
        seen = self._seen
        following: dict[int, list[int]] = {}
        for state in self._levels[-1]:
            self._effort.look()
            for _, _, delta, _, _ in self.options(state):
                if delta is None:
                    continue
                target = state + delta
                known = following.get(target)
                if known is not None:
                    known.append(state)
                elif target not in seen:
                    following[target] = [state]
        return following

    def ways(self, state: int) -> Iterator[Way]:
        """Yield the transitions of a state, processes and choices in order."""
        for move, step, delta, raised, _ in self.options(state):
            yield Way(move, step, None if delta is None else state + delta, raised)

    def options(self, state: int) -> list[Option]:
        """Return what can be done in a state, processes and choices in order."""
        try:
            return self.machine.options(state)
        except FieldOverflow:
            # A number too large for this layout: the search that needs it is left to others.
            raise TooLarge from None
