"""Runs of the interpreter without the words: is a property violated on the way?"""

from __future__ import annotations

from collections.abc import Sequence

from modelcheck.evidence.trace import Move
from modelcheck.interpreter.interpreter import Interpreter
from modelcheck.interpreter.states import Outcome, State, Transition


class Run:
    """A run that can be changed: move by move, it notes whether ``property_`` has been violated (witnessed)."""

    def __init__(self, interpreter: Interpreter, property_: int, state: State) -> None:
        self._interpreter = interpreter
        self._property = property_
        self.state: State | None = state
        self.violated = False
        self.length = 0

    def follow(self, move: Move, exactly: bool = False) -> bool:
        """Make a move; where its choices do not exist any more, the first ones that do, unless it has to be ``exactly`` this one.

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
        transition: Transition = self._interpreter.transition(self.state, outcome)
        self.state = transition.target
        self.length += 1
        findings = list(transition.findings)
        if self.state is not None:
            findings += self._interpreter.state_findings(self.state)
        self.violated = self.violated or any(finding.property == self._property for finding in findings)

    def follow_all(self, moves: Sequence[Move]) -> None:
        """Make the moves in their order; those that are not possible when it is their turn as soon as they are."""
        waiting: list[Move] = []
        for move in moves:
            waiting = self._retry(waiting)
            if any(other.process == move.process for other in waiting) or not self.follow(move):
                waiting.append(move)
        self._retry(waiting)

    def _retry(self, waiting: list[Move]) -> list[Move]:
        while waiting and not self.violated:
            blocked: set[int] = set()
            rest: list[Move] = []
            for move in waiting:
                if move.process in blocked or not self.follow(move):
                    blocked.add(move.process)
                    rest.append(move)
            if len(rest) == len(waiting):
                break
            waiting = rest
        return waiting

    def finish(self, processes: Sequence[int], limit: int) -> None:
        """Let the processes run one after the other, each for as long as it can, until nothing moves, ``limit`` steps or a violation."""
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
