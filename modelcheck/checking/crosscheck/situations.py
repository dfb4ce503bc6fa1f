"""Which situations of a model were compared with the interpreter, and which are still worth a visit.

The *situation* of a process is all that its next step depends on: where it stands and what is read
there. Two processes *meet* where one stands at some place while the other stands at another one. A
walk that prefers states in which something of that is new gets to know a model sooner than one that
goes anywhere. Of a guard it is wanted that it is seen true and false, of a raise that it is seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    """A step of a place (by its position among the steps there) that is to be seen: a raise of it
    (by its number) or, if ``raised`` is None, that it is not enabled.
    """

    place: Place
    position: int
    raised: int | None


class Situations:
    """What was compared so far. ``fired``: the steps that the explorer has taken.

    ``open``: what is still to be seen at the places where they begin.
    """

    def __init__(self, system: System, machine: Machine, fired: Iterable[int], random: Random) -> None:
        self._system = system
        self._machine = machine
        self._steps = self._reached(frozenset(fired))
        self.open = {
            Goal(place, position, number)
            for place, step in self._steps.items()
            for position, here in enumerate(machine.steps_at(step.process, step.source))
            for number in _numbers(here)
        }
        pairs = list(combinations([control.mask for control in machine.controls], 2))
        if len(pairs) > PAIRS:
            pairs = random.sample(pairs, PAIRS)
        #: the locations of each pair of processes, and where they were met
        self._pairs: list[tuple[int, set[int]]] = [(first | second, set()) for first, second in pairs]
        #: by process: in which situations it was met
        self._met: list[set[int]] = [set() for _ in system.processes]

    def news(self, state: int) -> int:
        """How many situations and meetings a state has that were not compared yet."""
        met = self._met
        news = 0
        for mask, there in self._pairs:
            if state & mask not in there:
                news += 1
        for process, situation in self._machine.situations(state):
            if situation not in met[process]:
                news += 1
        return news

    def add(self, state: int) -> None:
        """A state was compared."""
        for mask, there in self._pairs:
            there.add(state & mask)
        for process, situation in self._machine.situations(state):
            met = self._met[process]
            if situation not in met:
                met.add(situation)
                if self.open:
                    self.open.difference_update(self._shown(process, state))

    def _reached(self, fired: frozenset[int]) -> dict[Place, Step]:
        """The places where some of these steps begin, with one of them each."""
        system = self._system
        reached: dict[Place, Step] = {}
        for step in system.steps:
            if step.id in fired:
                reached.setdefault((system.processes[step.process].process, step.source), step)
        return reached

    def missing(self) -> list[tuple[Step, set[Goal]]]:
        """What is still to be seen, by places; with each place a step of it."""
        by_place: dict[Place, set[Goal]] = {}
        for goal in self.open:
            by_place.setdefault(goal.place, set()).add(goal)
        return [(step, by_place[place]) for place, step in self._steps.items() if place in by_place]

    def showing(self, step: Step, goals: set[Goal], states: Iterable[int]) -> Iterator[tuple[int, set[Goal]]]:
        """Of some states in which the process of ``step`` stands before it, those that show some of
        the goals, with these.
        """
        process = step.process
        looked: set[int] = set()
        for state in states:
            situation = state & self._machine.place(process, state).mask
            if situation not in looked:
                looked.add(situation)
                shown = goals.intersection(self._shown(process, state))
                if shown:
                    yield state, shown

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
