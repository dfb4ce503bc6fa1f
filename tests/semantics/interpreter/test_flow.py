"""What the steps of a replayed run read and write, and which earlier steps their values came from."""

from __future__ import annotations

from modelcheck.result.operations import Operation
from modelcheck.result.trace import Flow, Trace
from modelcheck.result.values import Place
from modelcheck.semantics.interpreter.interpreter import Interpreter
from tests.semantics.interpreter.helpers import interpreter_of, moves, property_id, shortest
from tests.semantics.interpreter.test_replay import USE_AFTER_FREE


def _flows(trace: Trace) -> list[tuple[Operation, Flow]]:
    return [(step.operation, step.flow) for step in trace.steps]


def test_values_are_followed_through_locals_to_the_steps_that_brought_them() -> None:
    trace = shortest(interpreter_of(USE_AFTER_FREE), "no_use")
    flows = [flow for _, flow in _flows(trace)]
    assert flows[0] == Flow(reads=(Place("page"),))
    assert flows[1] == Flow(reads=(Place("Page", 0, ("names",)),), sources=(1,))
    # The operand of `page->names` is on no local's account: it comes from the load before.
    assert flows[4].sources == (4,)
    assert flows[5].writes == (Place("Page", 0, ("names",)),)
    # The reader's `n` was loaded by step 2 and turned stale by step 7, which read no reference of others.
    assert flows[6].reads == ()
    assert flows[6].sources == (5,)
    assert Place("page") not in flows[6].writes
    assert flows[7].sources == (2, 7)


def test_a_store_of_the_same_value_is_a_write_and_arithmetic_keeps_where_values_came_from() -> None:
    text = """
    shared x : int = 3; shared y : int = 3; shared z : 0..9 = 0;
    process p { local a : int = 1; a = x; y = 2 * a - 3; z = y + a; assert bad: z == 0; }
    obligation named : assertion;
    """
    trace = shortest(interpreter_of(text), "named")
    assert [(step.flow.reads, step.flow.writes, step.flow.sources) for step in trace.steps] == [
        ((Place("x"),), (), ()),
        ((), (Place("y"),), (1,)),
        ((Place("y"),), (), ()),
        ((), (Place("z"),), (1, 3)),
        ((Place("z"),), (), ()),
    ]
    assert trace.steps[1].changes == ()


def test_branches_and_guards_and_conditions_say_what_they_read() -> None:
    text = """
    shared go : bool = false; shared done : bool = false; shared other : int = 0;
    process p { if (!go) { done = true; other = 1; } when (go && !done); }
    invariant low : other == 0 && !done;
    """
    interpreter = interpreter_of(text)
    deadlock = shortest(interpreter, "deadlock")
    assert [step.flow.decided for step in deadlock.steps] == [(), (1,), ()]
    # What decides first is all that is read.
    assert deadlock.ends[0].flow == Flow(reads=(Place("go"),))
    low = interpreter.replay(moves(0, 0), property_id(interpreter, "low"))
    assert low.condition == (Place("done"),)


def test_what_is_chosen_comes_from_the_choice_and_counts_have_their_own_memory() -> None:
    text = """
    enum E { e0, e1 }
    shared arr : E = e0; event hit(e: E);
    process p { local e : E; pick e in E; arr = e; emit hit(e); emit hit(e); }
    count twice : at most 1 hit(_);
    """
    interpreter = interpreter_of(text)
    trace = shortest(interpreter, "twice")
    assert [step.flow.sources for step in trace.steps] == [(), (1,), (1,), (1,)]
    assert trace.steps[2].flow.writes == (Place("twice", owner="property"),)
    assert trace.condition == (Place("twice", owner="property"),)


def test_of_a_stuck_state_it_is_told_where_everybody_comes_to() -> None:
    text = """
    shared taken : bool = true; shared asleep : bool = false; shared turns : 0..1 = 0;
    process holder { taken = false; asleep = false; }
    process waiter { if (taken) { asleep = true; when (!asleep); } }
    process busy   { loop { BODY } }
    scenario s { run holder, waiter; }
    scenario b { run holder, waiter, busy; }
    """
    lost = _stuck(interpreter_of(text.replace("BODY", "turns = 0;"), "s"), 1, 0, 0)
    assert [(end.process, end.status) for end in lost.ends] == [("holder", "done"), ("waiter", "ready")]
    assert [(end.process, end.status) for end in lost.ahead] == [("holder", "done"), ("waiter", "blocked")]
    # One that goes round for ever comes to no state in which nobody moves.
    assert _stuck(interpreter_of(text.replace("BODY", "turns = 1 - turns;"), "b"), 1, 0, 0).ahead == ()


def _stuck(interpreter: Interpreter, *processes: int) -> Trace:
    return interpreter.replay(moves(*processes), property_id(interpreter, "stuck"))
