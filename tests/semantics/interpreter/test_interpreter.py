"""The interpreter as a library: states, transitions, what it refuses."""

from __future__ import annotations

import pytest

from modelcheck.ground.diagnostics import SpecError
from modelcheck.result.trace import Move
from modelcheck.result.values import Number
from modelcheck.semantics.interpreter.explore import TooManyStates, explore
from tests.semantics.interpreter.helpers import interpreter_of

COUNTER = "shared x : int = 0; process p { x = x + 1; } scenario s { run p[2]; }"


def test_any_number_of_processes_cannot_be_run() -> None:
    with pytest.raises(SpecError, match="any number"):
        interpreter_of("shared x : int = 0; process p { x = 1; } scenario s { run p[*]; }")


def test_transitions_come_in_a_fixed_order() -> None:
    interpreter = interpreter_of("shared x : int = 0; process p { choose { x = 1; } or { } } process q { x = 2; }")
    state = interpreter.initial().state
    assert state is not None
    assert [t.move for t in interpreter.transitions(state)] == [Move(0, (0,)), Move(0, (1,)), Move(1)]
    assert interpreter.transitions(state) == interpreter.transitions(state)


def test_equal_states_are_equal_whatever_the_way() -> None:
    interpreter = interpreter_of("shared x : int = 0; shared y : int = 0; process p { x = 1; } process q { y = 1; }")
    state = interpreter.initial().state
    assert state is not None
    first, second = [transition.target for transition in interpreter.transitions(state)]
    assert first is not None
    assert second is not None
    assert first != second
    assert interpreter.transitions(first)[0].target == interpreter.transitions(second)[0].target


def test_values_are_printed_in_the_users_words() -> None:
    interpreter = interpreter_of("""
        enum Color { red, green }
        object T pool 2 { v : Color = green; lock : bitlock; next : ref T = null; }
        shared t : ref T = new T;
        shared c[Color] : opt Color = none;
        shared s : set<Color> = {green, red};
        shared u : int = uninit;
        shared a : atomic = 4;
        shared b : bv<4> = 9;
        rwlock r;
        completion d;
        process p { local k : 0..3 = 2; read_lock(r); c[red] = some(green); u = k; }
        """)
    state = interpreter.initial().state
    assert state is not None
    assert dict(interpreter.shared_values(state)) == {
        "t": "T[0]",
        "c[red]": "none",
        "c[green]": "none",
        "s": "{red, green}",
        "u": "unassigned",
        "a": "4",
        "b": "9",
        "r": "unlocked",
        "d": "done 0",
        "T[0]": "allocated",
        "T[0].v": "green",
        "T[0].lock": "unlocked",
        "T[0].next": "null",
        "T[1]": "free",
    }
    assert [(place.name, value) for _, place, value in interpreter.local_values(state, 0)] == [("k", Number(2))]
    target = interpreter.transitions(state)[0].target
    assert target is not None
    assert dict(interpreter.shared_values(target))["r"] == "read-locked by p"


def test_events_carry_typed_values() -> None:
    interpreter = interpreter_of(
        "object T pool 2 { v : int = 0; } shared t : ref T = null; enum E { a, b } event gone(x: ref T, e: E, n: opt"
        " E);process p { local x : ref T; x = new T; free(x); emit gone(x, b, none); }"
    )
    state = interpreter.initial().state
    for move in (Move(0, (1,)), Move(0), Move(0)):
        assert state is not None
        transition = next(t for t in interpreter.transitions(state) if t.move == move)
        state = transition.target
    (event,) = transition.events
    assert event.arguments == (4, 1, None)
    assert event.text == "gone(T[1] (stale), b, none)"


def test_exploring_stops_at_the_limit() -> None:
    with pytest.raises(TooManyStates):
        explore(interpreter_of(COUNTER), limit=11)
    assert explore(interpreter_of(COUNTER), limit=12).states == 12


def test_memory_makes_exploring_again_cheap() -> None:
    interpreter = interpreter_of(COUNTER)
    first = explore(interpreter)
    assert explore(interpreter) == first
