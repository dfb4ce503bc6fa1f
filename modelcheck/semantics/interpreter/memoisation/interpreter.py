"""The interpreter for exploring: what a step did is remembered by the values it read, what was found
and named by the numbers of the parts of states.
"""

from __future__ import annotations

from itertools import count

from modelcheck.model import typed
from modelcheck.result.trace import Finding, Move
from modelcheck.result.values import Place, Value
from modelcheck.semantics.interpreter.interpreter import Interpreter
from modelcheck.semantics.interpreter.machine.states import Changes, Effect, Outcome, State, Transition
from modelcheck.semantics.interpreter.machine.values import Cell
from modelcheck.semantics.interpreter.memoisation.judging import MemoisedGuards, MemoisedJudge
from modelcheck.semantics.interpreter.memoisation.memory import Memory


class MemoisedInterpreter(Interpreter):
    """Answers as the plain interpreter does, and computes nothing twice."""

    judge: MemoisedJudge

    def __init__(self, model: typed.Model) -> None:
        super().__init__(model, MemoisedJudge, MemoisedGuards)
        instances, cells = self._instances, self.layout.cells
        self._outcomes: tuple[dict[tuple[int, ...], tuple[Outcome, ...]], ...] = tuple({} for _ in instances)
        self._known_effects: Memory[tuple[int, int], tuple[Effect, ...]] = Memory()
        self._changed: dict[tuple[int, Changes], int] = {}
        self._received: dict[tuple[int, int, int], int] = {}
        self._moves: dict[tuple[int, tuple[int, ...]], Move] = {}
        self._numbers = count()
        #: by the numbers of outcomes, where findings depend on nothing else
        self._judged: dict[int, tuple[Finding, ...]] = {}
        #: by instance, then part, unless it depends on more
        self._finished: tuple[dict[int, bool], ...] = tuple({} for _ in instances)
        #: by shared cell, then value
        self._texts: tuple[dict[Cell, str], ...] = tuple({} for _ in cells)
        self._data: tuple[dict[Cell, Value], ...] = tuple({} for _ in cells)
        #: by instance, then part
        self._local_data: tuple[dict[int, tuple[tuple[int, Place, Value], ...]], ...] = tuple({} for _ in instances)

    # -------------------------------------------------------------------------------------- steps

    def outcomes(self, state: State, instance: int) -> tuple[Outcome, ...]:
        known = self._outcomes[instance]
        key = state if self.judge.needs_context else (state[0], state[2 + instance])
        found = known.get(key)
        if found is None:
            found = known[key] = super().outcomes(state, instance)
        return found

    def _effects(self, state: State, instance: int, noted: dict[int, Cell]) -> tuple[Effect, ...]:
        if self.judge.needs_context:
            return super()._effects(state, instance, noted)
        start = (self._classes[instance], state[2 + instance])
        found = self._known_effects.find(start, self._shared.values[state[0]], self.replicas[instance])
        if found is None:
            found = super()._effects(state, instance, noted)
            self._known_effects.keep(start, noted, found)
        return found

    def _outcome(self, effect: Effect, shared: int, instance: int) -> Outcome:
        whose = (instance, effect.script)
        move = self._moves.get(whose)
        if move is None:
            move = self._moves[whose] = Move(*whose)
        after = None if effect.faults else self._after(shared, effect.changes)
        return Outcome(next(self._numbers), move, after, *effect[3:])

    def _after(self, shared: int, changes: Changes) -> int:
        after = self._changed.get((shared, changes))
        if after is None:
            after = self._changed[shared, changes] = super()._after(shared, changes)
        return after

    def _receive(self, broadcast: int, instance: int, process: int) -> int:
        key = (broadcast, instance, process)
        found = self._received.get(key)
        if found is None:
            found = self._received[key] = super()._receive(broadcast, instance, process)
        return found

    def transitions(self, state: State) -> list[Transition]:
        if self.judge.needs_context:
            return super().transitions(state)
        # The same with fewer calls: asked of every state.
        shared, own = state[0], 1
        outcomes: list[Outcome] = []
        for known in self._outcomes:
            own += 1
            found = known.get((shared, state[own]))
            if found is None:
                found = self.outcomes(state, own - 2)
            if found:
                outcomes += found
        if self.judge.has_marks or self.guards.judges_steps or not self.judge.judges_outcomes:
            return [self.transition(state, outcome) for outcome in outcomes]
        result: list[Transition] = []
        for outcome in outcomes:
            number, move, shared_after, part, broadcast, findings, events, _, _ = outcome
            after: State | None = None
            if broadcast and shared_after is not None:
                after = self.target(state, move.process, outcome)
            elif shared_after is not None:
                own = 2 + move.process
                after = (shared_after, *state[1:own], part, *state[own + 1 :])
            assert number is not None
            more = self._judged.get(number)
            if more is None:
                more = self._judged[number] = self.judge.step_findings(self, state, outcome, after)
            result.append(Transition(move, after, findings + more if more else findings, events, number))
        return result

    def transition(self, state: State, outcome: Outcome) -> Transition:
        made = super().transition(state, outcome)
        if not self.judge.judges_outcomes or (self.guards.judges_steps and made.target is not None):
            return made
        return made._replace(known=outcome.number)

    # ------------------------------------------------------------------------------------- states

    def can_move(self, state: State) -> bool:
        for instance in self._instances:  # noqa: SIM110 (asked of every state: a generator takes twice as long)
            if self.outcomes(state, instance):
                return True
        return False

    def finished(self, state: State, instance: int) -> bool:
        number = state[2 + instance]
        known = self._finished[instance].get(number)
        if known is None:
            known = super().finished(state, instance)
            part, program = self._processes.values[number], self.programs[instance]
            if not part.goes_round and not (part.resting and program.server and part.pc != program.end):
                self._finished[instance][number] = known
        return known

    def drained(self, state: State) -> bool:
        own = 1
        for known in self._finished:  # (asked of every state: a generator takes twice as long)
            own += 1
            finished = known.get(state[own])
            if finished is None:
                finished = self.finished(state, own - 2)
            if not finished:
                return False
        return True

    # ------------------------------------------------------------------------------ for people

    def local_values(self, state: State, instance: int) -> tuple[tuple[int, Place, Value], ...]:
        known = self._local_data[instance]
        found = known.get(state[2 + instance])
        if found is None:
            found = known[state[2 + instance]] = super().local_values(state, instance)
        return found

    def text_of(self, number: int, cell: Cell) -> str:
        text = self._texts[number].get(cell)
        if text is None:
            text = self._texts[number][cell] = super().text_of(number, cell)
        return text

    def data_of(self, number: int, cell: Cell) -> Value:
        data = self._data[number].get(cell)
        if data is None:
            data = self._data[number][cell] = super().data_of(number, cell)
        return data
