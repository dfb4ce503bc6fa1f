"""Which situations of a model were compared with the interpreter, and which are still worth a visit.

The *situation* of a process is all that its next step depends on: where it stands and what is read there. Two processes *meet* where one stands at some place while the other stands
at another one. A walk that prefers states in which something of that is new gets to know a model sooner than one that goes anywhere. Of a guard it is wanted that it
is seen true and false, of a raise that it is seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from random import Random

from modelcheck.engines.explicit.machine import Machine
from modelcheck.ground.records import dataclass
from modelcheck.ir.system import Step, System
from modelcheck.ir.terms import Op, conjuncts

#: So many pairs of processes are looked at; of more of them, some.
PAIRS = 36

#: A place of a class of processes: its name, and the number of the location.
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Goal:
    """A step of a place (by its position among the steps there) that is to be seen: a raise of it (by its number) or, if ``raised`` is None, that it is not enabled."""

    place: Place
    position: int
    raised: int | None


class Situations:
    """What was compared so far."""

    def __init__(self, system: System, machine: Machine, random: Random) -> None:
        self._system = system
        self._machine = machine
        pairs = list(combinations([control.mask for control in machine.controls], 2))
        if len(pairs) > PAIRS:
            pairs = random.sample(pairs, PAIRS)
        self._pairs = [(-1 - number, first | second) for number, (first, second) in enumerate(pairs)]
        self._met: set[tuple[int, int]] = set()
        self._seen: set[Goal] = set()

    def _all(self, state: int) -> list[tuple[int, int]]:
        return self._machine.situations(state) + [(pair, state & mask) for pair, mask in self._pairs]

    def news(self, state: int) -> int:
        """How many situations and meetings a state has that were not compared yet."""
        met = self._met
        return sum(one not in met for one in self._all(state))

    def add(self, state: int) -> None:
        """A state was compared."""
        for one in self._all(state):
            if one not in self._met:
                self._met.add(one)
                if one[0] >= 0:
                    self._seen.update(self._shown(one[0], state))

    def missing(self, fired: Iterable[int]) -> dict[Place, tuple[Step, set[Goal]]]:
        """What is still to be seen, by places where some of the steps ``fired`` begin; with each place a step of it."""
        system, wanted = self._system, set(fired)
        reached: dict[Place, Step] = {}
        for step in system.steps:
            if step.id in wanted:
                reached.setdefault((system.processes[step.process].process, step.source), step)
        result: dict[Place, tuple[Step, set[Goal]]] = {}
        for place, step in reached.items():
            goals = {
                Goal(place, position, number)
                for position, here in enumerate(self._machine.steps_at(step.process, step.source))
                for number in _numbers(here)
            } - self._seen
            if goals:
                result[place] = step, goals
        return result

    def shown(self, step: Step, state: int) -> set[Goal]:
        """What is seen in a state of the steps at the place where the process of ``step`` stands."""
        return set(self._shown(step.process, state))

    def _shown(self, process: int, state: int) -> list[Goal]:
        """What is seen of the steps of a process where it stands."""
        machine = self._machine
        steps = machine.place(process, state).steps
        if not steps:
            return []
        place = self._system.processes[process].process, steps[0].source
        firings = machine.fire(process, state)
        enabled = {firing[0] for firing in firings}
        refused = [Goal(place, position, None) for position in range(len(steps)) if position not in enabled]
        return refused + [Goal(place, index, number) for index, _, raised, _ in firings for number in raised]


def _numbers(step: Step) -> list[int | None]:
    """What there may be to see of a step: raises that depend on the state, and (None) that it is not enabled."""
    numbers: list[int | None] = [n for n, raised in enumerate(step.raises) if raised.condition.op is not Op.CONST]
    return numbers if len(conjuncts(step.guard)) < 2 else [*numbers, None]
