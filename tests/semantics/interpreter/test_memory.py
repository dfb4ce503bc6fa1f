"""Results are remembered by the cells that were read, and by no others."""

from __future__ import annotations

import random

from modelcheck.result.trace import Move
from modelcheck.semantics.interpreter.interpreter import Interpreter
from modelcheck.semantics.interpreter.machine.rows import REPLICA, Row
from modelcheck.semantics.interpreter.machine.states import Outcome, State
from modelcheck.semantics.interpreter.machine.values import Cell
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter
from modelcheck.semantics.interpreter.memoisation.memory import Memory
from tests.semantics.interpreter.helpers import interpreter_of


def test_a_row_notes_what_is_read_before_it_is_written() -> None:
    noted: dict[int, Cell] = {}
    row = Row((10, 11, 12, 13), noted)
    row[2] = 5
    assert (row[1], row[2], row[-1]) == (11, 5, 13)
    assert noted == {1: 11, 3: 13}
    row[0] = row[0] + 1
    assert noted == {1: 11, 3: 13, 0: 10}
    assert row.changes() == ((0, 11), (2, 5))


def test_slices_and_iteration_are_noted_cell_by_cell() -> None:
    noted: dict[int, Cell] = {}
    row = Row((10, 11, 12, 13), noted)
    row[1:3] = [7, 7]
    assert row[0:2] == [10, 7]
    assert noted == {0: 10}
    assert list(row) == [10, 7, 7, 13]
    assert noted == {0: 10, 3: 13}
    assert row.changes() == ((1, 7), (2, 7))


def test_a_memory_asks_for_no_cell_that_was_not_read() -> None:
    memory: Memory[str, str] = Memory()
    memory.keep("a", {0: 1, 2: 5}, "first")
    memory.keep("a", {0: 2}, "second")
    assert memory.find("a", (1, 99, 5), 0) == "first"
    assert memory.find("a", (1, 99, 6), 0) is None
    assert memory.find("a", (2, 98, 97), 0) == "second"
    assert memory.find("b", (1, 99, 5), 0) is None
    memory.keep("b", {}, "always")
    assert memory.find("b", (3, 3, 3), 1) == "always"


def test_a_result_may_depend_on_the_number_of_the_process() -> None:
    memory: Memory[str, str] = Memory()
    memory.keep("a", {REPLICA: 1, 0: 4}, "of the second")
    assert memory.find("a", (4,), 1) == "of the second"
    assert memory.find("a", (4,), 0) is None


def test_a_result_computed_in_another_order_is_not_kept() -> None:
    memory: Memory[str, str] = Memory()
    memory.keep("a", {0: 1, 1: 1}, "first")
    memory.keep("a", {1: 2, 0: 2}, "second")
    assert memory.find("a", (1, 1), 0) == "first"
    assert memory.find("a", (2, 2), 0) is None


TEXT = """
object Page pool 2 { count : refcount = 1; owner : opt proc p; next : ref Page = null; }
shared root : ref Page = null;
shared turn : proc p;
shared seen : 0..3 = 0;
mutex m;
event made(q: ref Page);
process p {
  local q : ref Page;
  q = new Page { owner = some(self); };
  emit made(q);
  mutex_lock(m);
  root = q;
  mutex_unlock(m);
  choose { seen = 1; } or { turn = self; }
  when (turn == self || seen == 1);
  if (q->count.dec_and_test()) { free(q); }
}
count once : at most 2 made(_);
invariant small : seen < 2;
scenario s { run p[2]; }
"""


def _shown(one: Interpreter, state: State, outcome: Outcome) -> object:
    """An outcome without the numbers that only its interpreter knows."""
    after = one.transition(state, outcome)
    values = None if after.target is None else one.shared_values(after.target)
    places = None if after.target is None else one.view(after.target)
    return after.move, values, places, after.findings, after.events, outcome.done.value


def test_what_is_remembered_is_what_is_computed_anew() -> None:
    """Random walks: every outcome equals that of an interpreter which has just been told the way there."""
    remembering, choice = interpreter_of(TEXT), random.Random(3)
    model = remembering.model
    compared = 0
    for _ in range(60):
        state = remembering.initial().state
        moves: list[Move] = []
        while state is not None:
            fresh = MemoisedInterpreter(model) if len(moves) % 4 == 0 else None
            other = None if fresh is None else fresh.initial().state
            for move in moves if fresh is not None else ():
                assert fresh is not None
                assert other is not None
                other = next(t.target for t in fresh.transitions(other) if t.move == move)
            for instance in range(2) if fresh is not None else ():
                assert fresh is not None
                assert other is not None
                mine = [_shown(remembering, state, o) for o in remembering.outcomes(state, instance)]
                assert mine == [_shown(fresh, other, o) for o in fresh.outcomes(other, instance)]
                compared += len(mine)
            options = remembering.transitions(state)
            if not options:
                break
            step = choice.choice(options)
            moves.append(step.move)
            state = step.target
    assert compared > 300
