"""Params are constants: what they decide is gone from the tree, so that both back ends see the same program."""

from __future__ import annotations

import pytest

from modelcheck.model import typed
from tests.language.resolve.helpers import find, model, process

HEAD = "param MX : bool = false; param N : int = 3; shared x : int = 0; shared y : bool = false; mutex m;\n"


def body(statements: str) -> typed.Block:
    return process(HEAD + "process p { " + statements + " }")


def test_a_branch_that_is_never_taken_disappears() -> None:
    block = body("if (MX) { lock(m); } x = 1;")
    assert not find(block, typed.LockOp)
    assert not find(block, typed.If)
    assert len(find(block, typed.Assign)) == 1


def test_a_branch_that_is_always_taken_stays_alone() -> None:
    block = body("if (!MX) { x = 1; } else { x = 2; }")
    assigned = [a.value.value for a in find(block, typed.Assign)]  # type: ignore[attr-defined]
    assert assigned == [1]
    assert not find(block, typed.If)


@pytest.mark.parametrize(
    ("condition", "branches", "loads"),
    [
        ("MX && y", 0, 0),
        ("!MX && y", 1, 1),
        ("MX || y", 1, 1),
        ("!MX || y", 0, 0),
        ("MX => y", 0, 0),
        ("!MX => y", 1, 1),
        ("y && !MX", 1, 1),
        ("y || MX", 1, 1),
        ("N == 3", 0, 0),
        ("N * 2 - 1 > 7 / 2 && y", 1, 1),
        ("MX ? y : x == 1", 1, 1),
        ("N % 2 == 0 || y", 1, 1),
        ("-N < 0 && nr(p) == 1 && y", 1, 1),
    ],
)
def test_constant_conditions(condition: str, branches: int, loads: int) -> None:
    block = body(f"if ({condition}) {{ lock(m); }}")
    assert (len(find(block, typed.If)), len(find(block, typed.Load))) == (branches, loads)
    assert not find(block, typed.Logical)


def test_a_condition_that_is_false_after_a_load_keeps_the_load_but_does_not_branch() -> None:
    block = body("if (y && MX) { x = 1; } else { x = 2; }")
    assert len(find(block, typed.Load)) == 1
    assert not find(block, typed.If)
    assert [a.value.value for a in find(block, typed.Assign)] == [2]  # type: ignore[attr-defined]


def test_loops() -> None:
    assert not find(body("while (MX) { x = 1; }"), typed.Loop)
    (loop,) = find(body("while (!MX) { x = 1; }"), typed.Loop)
    assert isinstance(loop, typed.Loop)
    assert loop.condition is None
    assert not find(body("do { x = 1; } while (MX);"), typed.Loop)


def test_a_do_while_false_can_still_be_left() -> None:
    block = body("do { if (y) { break; } if (x == 2) { continue; } x = 1; } while (false);")
    assert not find(block, typed.Loop)
    assert not find(block, typed.Break)
    jumps = {jump.label for jump in find(block, typed.Goto)}  # type: ignore[attr-defined]
    labels = {label.label for label in find(block, typed.Labelled)}  # type: ignore[attr-defined]
    assert len(jumps) == 1
    assert jumps <= labels


def test_a_branch_that_a_goto_enters_is_jumped_around() -> None:
    block = body("if (MX) { inside: x = 1; } x = 2; if (y) { goto inside; }")
    labels = {label.label for label in find(block, typed.Labelled)}  # type: ignore[attr-defined]
    targets = {jump.label for jump in find(block, typed.Goto)}  # type: ignore[attr-defined]
    assert "inside" in labels
    assert targets <= labels
    assert len(find(block, typed.Assign)) == 2


def test_division_by_a_constant_zero_is_left_to_the_run() -> None:
    block = body("x = 1 / (N - 3);")
    assert len(find(block, typed.Binary)) == 1


@pytest.mark.parametrize(("expression", "value"), [("-7 / 2", -3), ("-7 % 2", -1), ("7 / -2", -3), ("7 % -2", 1)])
def test_division_truncates_as_in_c(expression: str, value: int) -> None:
    (assign,) = find(body(f"x = {expression};"), typed.Assign)
    assert isinstance(assign, typed.Assign)
    assert isinstance(assign.value, typed.Constant)
    assert assign.value.value == value


def test_bit_vectors_wrap_when_folded() -> None:
    text = "shared v : bv<3> = 0; param A : bv<3> = 7; process p { v = A + 2; v = ~A; v = -A; v = A << 1; }"
    values = [a.value.value for a in find(process(text), typed.Assign)]  # type: ignore[attr-defined]
    assert sorted(values) == [0, 1, 1, 6]


def test_precedence_of_params() -> None:
    text = "param N : int = 1; process p { } scenario s { run p; } scenario t : s { param N = 2; }"
    assert model(text, "s").params == (("N", 1),)
    assert model(text, "t").params == (("N", 2),)
    assert model(text, "t", overrides={"N": 3}).params == (("N", 3),)


def test_params_may_use_each_other_and_counts() -> None:
    text = """
    param A : int = B + nr(p); param B : 0..9 = 4; param C = A > 5; enum E { u, v } param D : E = v;
    object T pool A { n : 0..A; } shared a[B] : bv<B>;
    process p { } scenario s { run p[B - 2]; }
    """
    found = model(text)
    assert found.params == (("A", 6), ("B", 4), ("C", True), ("D", 1))
    assert found.objects[0].pool == 6
    assert found.objects[0].fields[0].type == typed.RangeType(0, 6)
    assert found.shared[0].type == typed.ArrayType(typed.RangeType(0, 3), typed.BvType(4))
    assert found.processes[0].count == 2


def test_unknowns_use_their_default_or_the_override() -> None:
    text = "unknown T : 1..5 = 3; shared x : int = T; process p { }"
    assert model(text).params == (("T", 3),)
    assert model(text, overrides={"T": 5}).params == (("T", 5),)
