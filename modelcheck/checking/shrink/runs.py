"""Runs of the interpreter without the words: is a property violated on the way?"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Sequence

from modelcheck.checking.shrink.effort import Effort
from modelcheck.result.trace import Move
from modelcheck.semantics.interpreter.interpreter import Interpreter
from modelcheck.semantics.interpreter.machine.states import Outcome, State, Transition


class Run:
    """A run that can be changed: move by move, it notes whether ``property_`` has been violated (witnessed).

    Every step counts as ``effort``: where that is used up, ``TooLarge`` is raised.
    """

    def __init__(self, interpreter: Interpreter, property_: int, state: State, effort: Effort) -> None:
        self._interpreter = interpreter
        self._property = property_
        self._effort = effort
        self.state: State | None = state
        self.violated = False
        self.length = 0

    def follow(self, move: Move, exactly: bool = False) -> bool:
        """Make a move; where its choices do not exist any more, the first ones that do, unless it has
        to be ``exactly`` this one.

        Returns False if the process cannot move.
        """
        if self.state is None:
            return False
        outcomes = self._interpreter.outcomes(self.state, move.process)
        same = next((outcome for outcome in outcomes if outcome.move == move), None)
        if same is None and (exactly or not outcomes):
            return False
        self._take(same or outcomes[0])
        return True

    def _take(self, outcome: Outcome) -> None:
        assert self.state is not None
        self._effort.spend()
        transition: Transition = self._interpreter.transition(self.state, outcome)
        self.state = transition.target
        self.length += 1
        findings = list(transition.findings)
        if self.state is not None:
            findings += self._interpreter.state_findings(self.state)
        self.violated = self.violated or any(finding.property == self._property for finding in findings)

    def follow_all(self, moves: Sequence[Move]) -> None:
        """Make the moves in their order; those that are not possible when it is their turn as soon as they are."""
        waiting = _Waiting()
        for move in moves:
            self._retry(waiting)
            if waiting.has(move.process) or not self.follow(move):
                waiting.add(move)
        self._retry(waiting)

    def _retry(self, waiting: _Waiting) -> None:
        """Make the moves that were put off and are possible now, in their order, until none is."""
        moved = True
        while moved and not self.violated:
            moved = False
            heads = waiting.heads()
            while heads:
                _, process = heapq.heappop(heads)
                if not self.follow(waiting.first(process)):
                    continue
                moved = True
                following = waiting.drop(process)
                if following is not None:
                    heapq.heappush(heads, (following, process))

    def finish(self, processes: Sequence[int], limit: int) -> None:
        """Let the processes run one after the other, each for as long as it can, until nothing
        moves, ``limit`` steps or a violation.
        """
        moved = True
        while moved and not self.violated and self.length < limit:
            moved = False
            for process in processes:
                while not self.violated and self.length < limit and self._goes_on(process):
                    moved = True

    def _goes_on(self, process: int) -> bool:
        if self.state is None or self._interpreter.process_state(self.state, process).resting:
            return False
        outcomes = self._interpreter.outcomes(self.state, process)
        if outcomes:
            self._take(outcomes[0])
        return bool(outcomes)


class _Waiting:
    """Moves that were put off, those of each process in their order.

    A long run may wait for one step: only the first move of each process is looked at.
    """

    def __init__(self) -> None:
        self._moves: dict[int, deque[tuple[int, Move]]] = {}
        self._count = 0

    def has(self, process: int) -> bool:
        return process in self._moves

    def add(self, move: Move) -> None:
        self._count += 1
        self._moves.setdefault(move.process, deque()).append((self._count, move))

    def heads(self) -> list[tuple[int, int]]:
        """Return (place in the order, process) of the first move of each process, as a heap."""
        heads = [(moves[0][0], process) for process, moves in self._moves.items()]
        heapq.heapify(heads)
        return heads

    def first(self, process: int) -> Move:
        return self._moves[process][0][1]

    def drop(self, process: int) -> int | None:
        """Forget the first move of a process; return the place of its next one, if there is one."""
        moves = self._moves[process]
        moves.popleft()
        if moves:
            return moves[0][0]
        del self._moves[process]
        return None
