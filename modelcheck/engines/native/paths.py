"""From a state back to the initial one: no predecessors are stored, so the levels before it are expanded again.

Of the predecessors in the level before, the least is taken, and of the steps from there the first:
a trace depends on the system only. If each state stands for its orbit, the run goes through states
of these orbits: by symmetry there is a step from any state of one to some state of the next.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

from modelcheck.engines.explicit.machine import InconsistentSystem
from modelcheck.engines.native.findings import Finding, Words
from modelcheck.engines.native.layout import Layout
from modelcheck.engines.native.storage.context import NOTED, Record
from modelcheck.engines.native.storage.storage import Storage
from modelcheck.engines.native.thread_pool import TOGETHER, Crew
from modelcheck.ir.evaluate import Evaluation, evaluate
from modelcheck.ir.passes.symmetry import Symmetry
from modelcheck.ir.system import Step, System
from modelcheck.result.reasons.differences import Broken, BrokenExplorer
from modelcheck.result.trace import Move, Schedule

#: What is wrong if there is no such step.
NO_STEP = BrokenExplorer(Broken.NO_STEP_TO, native=True)


class Paths:
    """Raises ``InconsistentSystem`` where no run leads to what was found.

    ``levels``: the number of the first state of each level; ``seek``: the entry point of that name.
    """

    def __init__(
        self,
        system: System,
        symmetry: Symmetry,
        layout: Layout,
        record: Record,
        storage: Storage,
        crew: Crew,
        seek: Callable[[int], int],
        levels: Sequence[int],
    ) -> None:
        self._system = system
        self._symmetry = symmetry
        self._layout = layout
        self._record = record
        self._storage = storage
        self._crew = crew
        self._seek = seek
        self._levels = levels
        self._fixed = symmetry.fixed(variable.id for variable in system.variables)
        self._before: dict[tuple[int, Words], tuple[Words, int]] = {}
        #: How many states were expanded.
        self.expanded = 0
        self._leaving: dict[tuple[int, bool | int], list[Step]] = {}
        for step in system.steps:
            self._leaving.setdefault((step.process, step.source), []).append(step)
        # Runs of many thousand steps take the same few steps again and again.
        self._guards: dict[int, Evaluation] = {}
        self._updates: dict[int, Evaluation] = {}

    def schedule(self, finding: Finding, property: int) -> Schedule:
        """Return a shortest schedule to a finding about a property."""
        path = [finding.words]
        for level in range(finding.level, 0, -1):
            path.append(self._predecessor(level, path[-1])[0])
        values = self._values(path.pop())
        moves: list[Move] = []
        for words in reversed(path):
            wanted = self._values(words)
            alike = self._alike(wanted)
            ways = [(move, target) for move, target in self._steps(values) if alike(target)]
            if not ways:
                raise InconsistentSystem(NO_STEP)
            move, values = min(ways, key=lambda found: (found[0].process, found[0].choices))
            moves.append(move)
        if finding.step is not None:
            moves.append(self._raising(values, finding.step, property))
        return tuple(moves)

    def numbers(self, level: int, words: Words) -> list[int]:
        """Return the numbers of the states on a shortest way to one of this level, from the initial
        state on; its own is not among them.
        """
        found: list[int] = []
        for below in range(level, 0, -1):
            words, number = self._predecessor(below, words)
            found.append(number)
        return found[::-1]

    def _alike(self, state: Mapping[int, bool | int]) -> Callable[[Mapping[int, bool | int]], bool]:
        """Whether another state is made of this one by exchanges."""
        if not self._symmetry.groups and not self._symmetry.renamings:
            return lambda other: other == state
        fixed = [(variable, state[variable]) for variable in self._fixed]
        orbit: list[Hashable] = []  # made when it is first needed

        def alike(other: Mapping[int, bool | int]) -> bool:
            if any(other[variable] != value for variable, value in fixed):
                return False
            if other == state:
                return True
            if not orbit:
                orbit.append(self._symmetry.orbit(state))
            return self._symmetry.orbit(other) == orbit[0]

        return alike

    def _values(self, words: Words) -> dict[int, bool | int]:
        return self._layout.unpack(words, self._system.variables)

    def _predecessor(self, level: int, words: Words) -> tuple[Words, int]:
        """Return the least state of the level before that has a step to this one, and its number."""
        known = self._before.get((level, words))
        if known is not None:
            return known
        storage, best = self._storage, self._record.best
        begin, end = self._levels[level - 1], self._levels[level]
        storage.put(best, 0)
        for offset, word in enumerate(words):
            storage.put(self._record.target + offset, _signed(word))
        storage.work_on(begin, end)
        self._crew.run(self._seek, end - begin >= TOGETHER)
        self.expanded += end - begin
        numbers = [int(context[best]) - NOTED for context in storage.contexts if context[best]]
        found = [(storage.state(number), number) for number in numbers]
        if not found:
            raise InconsistentSystem(NO_STEP)
        self._before[level, words] = min(found)
        return self._before[level, words]

    def _enabled(self, values: Mapping[int, bool | int]) -> Iterator[Step]:
        """The steps that can be taken, found by evaluating terms, not by native code."""
        for number, process in enumerate(self._system.processes):
            for step in self._leaving.get((number, values[process.location]), ()):
                guard = self._guards.get(step.id)
                if guard is None:
                    guard = self._guards[step.id] = Evaluation((step.guard,))
                if guard(values)[0]:
                    yield step

    def _steps(self, values: Mapping[int, bool | int]) -> Iterator[tuple[Move, dict[int, bool | int]]]:
        """Every move that has a successor, and that."""
        for step in self._enabled(values):
            if not step.fault:
                updates = self._updates.get(step.id)
                if updates is None:
                    updates = self._updates[step.id] = Evaluation([term for _, term in step.updates])
                target = dict(values)
                target.update(zip((variable for variable, _ in step.updates), updates(values), strict=True))
                yield Move(step.process, step.choices), target

    def _raising(self, values: Mapping[int, bool | int], seen: Step, property: int) -> Move:
        """The step that raises a property: the one that was seen, or the same of another replica."""
        raising = [
            step
            for step in self._enabled(values)
            if any(raised.property == property and evaluate(raised.condition, values) for raised in step.raises)
        ]
        if not raising:
            raise InconsistentSystem(BrokenExplorer(Broken.UNKNOWN_STEP, native=True))
        step = min(raising, key=lambda step: (step is not seen, step.process, step.choices))
        return Move(step.process, step.choices)


def _signed(word: int) -> int:
    return word - (1 << 64) if word >> 63 else word
