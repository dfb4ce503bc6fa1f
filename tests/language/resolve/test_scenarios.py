"""Who runs, how often, and how scenarios inherit."""

from __future__ import annotations

import pytest

from modelcheck.ground.diagnostics import SpecError
from modelcheck.language.resolve.resolve import instantiate, scenarios
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from tests.language.resolve.helpers import find, model

TEXT = """
param MX : bool = true;
shared x : int = 0;
enum Cpu { c0, c1, c2 }
init one { x = 1; }
init two { x = 2; }
process reader { x = nr(reader) + nr(writer); }
process writer { x = 1; }
process cpu[Cpu] { x = 1; }
server drain { loop { when (x == 1); x = 0; } }
scenario base "the base" { init one; run reader[2], writer; }
scenario more : base { run cpu, reader[3]; init two; param MX = false; slow; }
scenario any : base { run reader[*]; }
scenario both : any, more { }
"""


def test_infos() -> None:
    found = {info.name: info for info in scenarios(parse_text(TEXT, "t.mc"))}
    assert list(found) == ["base", "more", "any", "both"]
    assert found["base"].description == "the base"
    assert found["base"].runs == (("reader", 2), ("writer", 1), ("drain", 1))
    assert found["more"].parents == ("base",)
    assert found["more"].runs == (("reader", 3), ("writer", 1), ("cpu", 3), ("drain", 1))
    assert found["more"].slow
    assert not found["base"].slow
    assert found["any"].any_number
    assert found["any"].runs[0] == ("reader", None)
    assert found["both"].parents == ("base", "any", "more")
    assert found["both"].runs[0] == ("reader", 3)


def test_processes_are_in_order_servers_last() -> None:
    found = model(TEXT, "more")
    assert [p.name for p in found.processes] == ["reader", "writer", "cpu", "drain"]
    assert [p.server for p in found.processes] == [False, False, False, True]
    assert [p.id for p in found.processes] == [0, 1, 2, 3]
    assert found.processes[2].index == typed.EnumType("Cpu", ("c0", "c1", "c2"))
    assert [b.statements[0].value.value for b in found.init.statements] == [1, 2]  # type: ignore[union-attr]


def test_the_outermost_loop_of_a_server_is_quiescent() -> None:
    (loop,) = find(model(TEXT, "base").processes[-1].body, typed.Loop)
    assert isinstance(loop, typed.Loop)
    assert loop.head is typed.LoopHead.RESTS


def test_counts_are_constants_where_they_are_known() -> None:
    (assign,) = find(model(TEXT, "base").processes[0].body, typed.Assign)
    assert isinstance(assign, typed.Assign)
    assert isinstance(assign.value, typed.Constant)
    assert assign.value.value == 3
    (assign,) = find(model(TEXT, "any").processes[0].body, typed.Assign)
    assert [c.process for c in find(assign, typed.CountProcesses)] == ["reader"]  # type: ignore[attr-defined]


def test_counts_can_be_set() -> None:
    found = model(TEXT, "any", counts={"reader": 4})
    assert found.processes[0].count == 4
    assert not find(found.processes[0].body, typed.CountProcesses)


def test_a_class_that_runs_zero_times_is_absent() -> None:
    found = model("process p { } process q { } scenario s { run p[0], q; }")
    assert [p.name for p in found.processes] == ["q"]


def test_a_spec_without_scenarios_runs_one_of_each() -> None:
    found = model("process p { } enum E { a, b } process q[E] { } server s { loop { when (false); } }")
    assert found.scenario == "default"
    assert [(p.name, p.count) for p in found.processes] == [("p", 1), ("q", 2), ("s", 1)]


def test_which_scenario_must_be_said() -> None:
    with pytest.raises(SpecError) as caught:
        instantiate(parse_text(TEXT, "t.mc"))
    assert [d.code for d in caught.value.diagnostics] == ["MC122"]


def test_an_initial_value_that_init_replaces_is_left_out() -> None:
    text = """
    object P pool 1 { } shared p : ref P = new P; shared q : ref P = new P; shared a : atomic = 3;
    init w { p = new P; a = 1; if (q == null) { q = null; } } process r { } scenario s { init w; run r; }
    """
    found = {v.name: v for v in model(text).shared}
    assert found["p"].initial is None
    assert found["p"].unassigned
    assert found["q"].initial is not None
    assert found["a"].initial is None
    assert not found["a"].unassigned
