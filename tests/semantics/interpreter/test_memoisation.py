"""The memoised interpreter answers as the plain one does: the same transitions, the same findings,
the same words, when asked for the first time and when asked again.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.language import pipeline
from modelcheck.model import typed
from modelcheck.semantics.interpreter.explore import explore
from modelcheck.semantics.interpreter.interpreter import Interpreter
from modelcheck.semantics.interpreter.machine.states import State, Transition
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter
from tests.features.harness import cells, model
from tests.semantics.interpreter.helpers import interpreter_of

SPECS = Path(__file__).parents[3] / "specs"


def _parts(interpreter: Interpreter, state: State) -> object:
    """A state without the numbers that only its interpreter knows (marks have no value outside it)."""
    instances = range(len(interpreter.names))
    return interpreter.shared_cells(state), tuple(interpreter.process_state(state, instance) for instance in instances)


def _said(interpreter: Interpreter, state: State) -> object:
    """What an interpreter says of a state."""
    instances = range(len(interpreter.names))
    return (
        interpreter.state_findings(state),
        interpreter.drained(state),
        interpreter.can_move(state),
        [interpreter.finished(state, instance) for instance in instances],
        [interpreter.enabled(state, instance) for instance in instances],
        interpreter.false_in_deadlock(state),
        interpreter.shared_values(state),
        interpreter.shared_data(state),
        [interpreter.local_values(state, instance) for instance in instances],
    )


def _happens(interpreter: Interpreter, transition: Transition) -> object:
    target = None if transition.target is None else _parts(interpreter, transition.target)
    return transition.move, target, transition.findings, transition.events


def compare(checked: typed.Model, limit: int) -> int:
    """Walk through both, breadth first, over at most ``limit`` states; return how many were compared."""
    plain, memoised = Interpreter(checked), MemoisedInterpreter(checked)
    first, other = plain.initial(), memoised.initial()
    assert (first.findings, first.events) == (other.findings, other.events)
    if first.state is None or other.state is None:
        assert first.state is other.state
        return 0
    pairs = {first.state: other.state}
    order = [first.state]
    compared = 0
    while compared < min(len(order), limit):
        order += _compare_state(plain, memoised, order[compared], pairs)
        compared += 1
    assert len(set(pairs.values())) == len(pairs)
    assert plain.guards.warnings == memoised.guards.warnings
    for state in order[:compared]:
        assert _said(memoised, pairs[state]) == _said(plain, state)
    return compared


def _compare_state(
    plain: Interpreter, memoised: MemoisedInterpreter, state: State, pairs: dict[State, State]
) -> list[State]:
    """Compare what both say of a state and its steps; return the states after it that are new."""
    same = pairs[state]
    assert _parts(plain, state) == _parts(memoised, same)
    assert _said(plain, state) == _said(memoised, same)
    steps, others = plain.transitions(state), memoised.transitions(same)
    assert [_happens(plain, step) for step in steps] == [_happens(memoised, step) for step in others]
    new: list[State] = []
    for step, another in zip(steps, others, strict=True):
        assert step.known is None
        if step.target is None or another.target is None:
            continue
        if step.target not in pairs:
            pairs[step.target] = another.target
            new.append(step.target)
        assert pairs[step.target] == another.target
    return new


#: Which object the guard reads, a process alone knows; which steps are wrong, depends on where others stand.
GUARDS_AND_STEPS = """
object Node pool 2 { value : 0..2 = 0; }
shared first : ref Node = null;
shared second : ref Node = null;
shared x : 0..3 = 0;
init both { first = new Node; second = new Node; }
process waiter {
  local node : ref Node;
  choose { node = first; } or { node = second; }
  wait: when (node->value == 1);
}
process owner {
  local node : ref Node;
  node = first;
  first = null;
  free(node);
  rest: x = 1;
  x = 2;
}
process other { x = 3; x = 0; }
step together : at(waiter::wait) && !at(owner::rest) => x' != 3;
scenario s { init both; run waiter[2], owner, other; }
"""


def test_guards_and_steps() -> None:
    checked = interpreter_of(GUARDS_AND_STEPS).model
    found = explore(MemoisedInterpreter(checked)).findings
    assert {"together", "use_after_free"} <= {p.name for p in checked.properties if p.id in found}
    assert compare(checked, limit=1_000) > 300


@pytest.mark.parametrize(("name", "scenario"), cells())
def test_features(name: str, scenario: str | None) -> None:
    compare(model(name, scenario), limit=60)


@pytest.mark.parametrize(
    ("file", "variant", "scenario"),
    [
        ("page_removal.mc", "no_lock", "all_paths"),
        ("nfs_readdir.mc", "v8_merged", "evict_shared"),
        ("dsl_tour.mc", "base", "shared"),
        ("kref.mc", "base", "reuse"),
    ],
)
def test_specs(file: str, variant: str, scenario: str) -> None:
    spec = pipeline.load(SPECS / file)
    assert compare(pipeline.Loaded(spec).edited(variant).resolved(scenario).model, limit=300) == 300
