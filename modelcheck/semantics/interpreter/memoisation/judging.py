"""What was judged before, remembered: properties by the shared cells and steps that they look at,
guards by the process and the shared cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from modelcheck.model import typed
from modelcheck.result.trace import Finding
from modelcheck.semantics.interpreter.compiler.code import Program
from modelcheck.semantics.interpreter.judging import ends
from modelcheck.semantics.interpreter.judging.guards import Guards
from modelcheck.semantics.interpreter.judging.judge import Judge
from modelcheck.semantics.interpreter.judging.may import MakePredicate, MayProperties
from modelcheck.semantics.interpreter.judging.properties import NO_VIEW
from modelcheck.semantics.interpreter.judging.waiting import Tried
from modelcheck.semantics.interpreter.machine.layout import Layout
from modelcheck.semantics.interpreter.machine.machine import View
from modelcheck.semantics.interpreter.machine.rows import Row
from modelcheck.semantics.interpreter.machine.states import Outcome, State
from modelcheck.semantics.interpreter.machine.values import Cell
from modelcheck.semantics.interpreter.memoisation.memory import Memory

if TYPE_CHECKING:
    from modelcheck.semantics.interpreter.interpreter import Interpreter


class MemoisedMayProperties(MayProperties):
    """Remembers for which keys a condition over the shared cells holds."""

    def __init__(
        self,
        properties: Iterable[typed.Property],
        layout: Layout,
        events: Mapping[int, typed.Event],
        predicate: MakePredicate,
    ) -> None:
        super().__init__(properties, layout, events, predicate)
        self._keys: dict[tuple[int, int], list[Cell]] = {}

    def _keys_that_hold(self, interpreter: Interpreter, state: State, property_: typed.Property) -> list[Cell]:
        if not self._conditions[property_.id].local:
            return super()._keys_that_hold(interpreter, state, property_)
        key = (property_.id, state[0])
        found = self._keys.get(key)
        if found is None:
            found = self._keys[key] = super()._keys_that_hold(interpreter, state, property_)
        return found


class MemoisedJudge(Judge):
    """Remembers what it found of shared cells, outcomes and parts of processes."""

    def __init__(self, model: typed.Model, layout: Layout, programs: tuple[Program, ...]) -> None:
        super().__init__(model, layout, programs, MemoisedMayProperties)
        #: of the properties of steps: those that depend on the step of the moving process and the
        #: shared state after it alone, and the others
        self._local = [
            p for p in self.of_steps if self.predicates[p.id].local and not isinstance(p.body, typed.StepInvariant)
        ]
        self._not_local = [p for p in self.of_steps if p not in self._local]
        #: whether the findings of a step depend on nothing but the outcome
        self.judges_outcomes = not self._not_local and not self.has_marks
        self._by_shared: dict[tuple[int, int], tuple[Finding, ...]] = {}
        self._by_cells: Memory[int, tuple[Finding, ...]] = Memory()
        self._by_outcome: dict[int, tuple[Finding, ...]] = {}  # by their numbers
        self._by_move: Memory[tuple[int, int, int, frozenset[int]], tuple[Finding, ...]] = Memory()
        self._by_part: tuple[dict[int, tuple[Finding, ...]], ...] = tuple({} for _ in programs)
        #: the state whose steps were judged last, and the view of it
        self._viewed: tuple[State, View] = ((), NO_VIEW)

    def _of_states(self, interpreter: Interpreter, state: State) -> list[Finding]:
        found: list[Finding] = []
        view: View | None = None
        for property_ in self.of_states:
            if self.predicates[property_.id].local:
                found += self._of_shared(interpreter, state, property_)
            else:
                view = view or interpreter.view(state)
                found += self._judge(interpreter, state, view, property_)
        return found

    def _of_shared(self, interpreter: Interpreter, state: State, property_: typed.Property) -> tuple[Finding, ...]:
        key = (property_.id, state[0])
        found = self._by_shared.get(key)
        if found is None:
            cells = interpreter.shared_cells(state)
            found = self._by_cells.find(property_.id, cells, 0)
            if found is None:
                row = Row(cells, {})
                found = self._judge_cells(interpreter, row, NO_VIEW, property_)
                self._by_cells.keep(property_.id, row.noted, found)
            self._by_shared[key] = found
        return found

    def _held_when_done(self, interpreter: Interpreter, state: State) -> list[Finding]:
        found: list[Finding] = []
        own = 1
        for known in self._by_part:
            own += 1
            held = known.get(state[own])
            if held is None:
                held = known[state[own]] = ends.held_when_done(interpreter, own - 2, state[own])
            if held:
                found += held
        return found

    def _of_step(self, interpreter: Interpreter, state: State, outcome: Outcome, after: State) -> list[Finding]:
        found: list[Finding] = []
        if self._local:
            assert outcome.number is not None
            known = self._by_outcome.get(outcome.number)
            if known is None:
                known = self._by_outcome[outcome.number] = tuple(
                    finding
                    for property_ in self._local
                    for finding in self._of_move(interpreter, state, outcome, after, property_)
                )
            found += known
        if self._not_local:
            found += self._judge_steps(interpreter, state, outcome, after, self._not_local)
        return found

    def _of_move(
        self, interpreter: Interpreter, state: State, outcome: Outcome, after: State, property_: typed.Property
    ) -> tuple[Finding, ...]:
        """Judge a property that looks at the step and the shared state after it, remembered by what
        it reads of them.
        """
        moved = outcome.move.process
        start = interpreter.process_state(state, moved).pc
        key, cells = (property_.id, moved, start, outcome.path), interpreter.shared_cells(after)
        known = self._by_move.find(key, cells, 0)
        if known is None:
            row = Row(cells, {})
            known = self._judge_cells(interpreter, row, View((), (), moved, start, outcome.path), property_)
            self._by_move.keep(key, row.noted, known)
        return known

    def _before(self, interpreter: Interpreter, state: State) -> View:
        if self._viewed[0] is not state:
            self._viewed = state, interpreter.view(state)
        return self._viewed[1]


class MemoisedGuards(Guards):
    """Remembers what guards read, by the process that stands there and the shared cells."""

    def __init__(self, interpreter: Interpreter) -> None:
        super().__init__(interpreter)
        #: by the number of a process's part: whether it stands at a guard and does not rest
        self._stands: tuple[dict[int, bool], ...] = tuple({} for _ in interpreter.programs)
        self._tried: tuple[dict[tuple[int, int], Tried], ...] = tuple({} for _ in interpreter.programs)
        self._of_state: tuple[dict[tuple[int, int], tuple[Finding, ...]], ...] = tuple({} for _ in interpreter.programs)

    def of_state(self, state: State) -> list[Finding]:
        found: list[Finding] = []
        shared, interpreter = state[0], self._interpreter
        for instance, waits in self._waiting:
            number = state[2 + instance]
            stands = self._stands[instance].get(number)
            if stands is None:
                part = interpreter.process_part(number)
                stands = self._stands[instance][number] = not part.resting and part.pc in waits
            if not stands or interpreter.outcomes(state, instance):
                continue
            known = self._of_state[instance].get((shared, number))
            if known is None:
                known = self._of_state[instance][shared, number] = self._read_by(state, instance, waits)
            found += known
        return found

    def _try(self, state: State, instance: int) -> Tried:
        key = state[0], state[2 + instance]
        found = self._tried[instance].get(key)
        if found is None:
            found = self._tried[instance][key] = super()._try(state, instance)
        return found
