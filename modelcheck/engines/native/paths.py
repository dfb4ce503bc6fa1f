"""From a state back to the initial one: no predecessors are stored, so the levels before it are expanded again.

Of the predecessors in the level before, the least is taken, and of the steps from there the first: a trace depends on the system only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from modelcheck.engines.native.context import NOTED, Record
from modelcheck.engines.native.crew import TOGETHER, Crew
from modelcheck.engines.native.findings import Finding, Words
from modelcheck.engines.native.layout import Layout
from modelcheck.engines.native.storage import Storage
from modelcheck.evidence.trace import Move, Schedule
from modelcheck.ir.evaluate import evaluate
from modelcheck.ir.system import System


class Paths:
    """``levels``: the number of the first state of each level; ``seek``: the entry point of that name."""

    def __init__(
        self,
        system: System,
        layout: Layout,
        record: Record,
        storage: Storage,
        crew: Crew,
        seek: Callable[[int], int],
        levels: Sequence[int],
    ) -> None:
        self._system = system
        self._layout = layout
        self._record = record
        self._storage = storage
        self._crew = crew
        self._seek = seek
        self._levels = levels
        self._before: dict[tuple[int, Words], Words] = {}

    def schedule(self, finding: Finding) -> Schedule:
        """Return a shortest schedule to a finding."""
        moves: list[Move] = [] if finding.step is None else [Move(finding.step.process, finding.step.choices)]
        words = finding.words
        for level in range(finding.level, 0, -1):
            before = self._predecessor(level, words)
            moves.append(self._move(before, words))
            words = before
        return tuple(reversed(moves))

    def _predecessor(self, level: int, words: Words) -> Words:
        """Return the least state of the level before that has a step to this one."""
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
        found = [storage.state(int(context[best]) - NOTED) for context in storage.contexts if context[best]]
        self._before[level, words] = min(found)
        return self._before[level, words]

    def _move(self, before: Words, after: Words) -> Move:
        """Return the first move that leads from one state to the other, found by evaluating terms, not by native code."""
        variables = self._system.variables
        values, wanted = self._layout.unpack(before, variables), self._layout.unpack(after, variables)
        moves: list[Move] = []
        for step in self._system.steps:
            if step.fault or values[self._system.processes[step.process].location] != step.source:
                continue
            if not evaluate(step.guard, values):
                continue
            target = dict(values)
            target.update((variable, evaluate(term, values)) for variable, term in step.updates)
            if target == wanted:
                moves.append(Move(step.process, step.choices))
        return min(moves, key=lambda move: (move.process, move.choices))


def _signed(word: int) -> int:
    return word - (1 << 64) if word >> 63 else word
