"""``modelcheck synth``, end to end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Ran

Call = Callable[..., Ran]

GATE = """
model gate;
unknown SIZE : 1..4;
unknown WAIT : bool = true;
shared used : 0..3 = 0;
process p { if (WAIT) { atomic when (used < SIZE) { used = used + 1; } } else { used = used + 1; } use: ; atomic { used = used - 1; } }
invariant few  : used <= 2;
cover     both : used == 2;
scenario three { run p[3]; }
scenario two   { run p[2]; slow; }
patch which_size { expect safe SIZE in {2}; }
patch wrong_size { expect safe SIZE in {2, 3}; }
variant closed { set SIZE = 2; set WAIT = true; }
"""


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("gate.mc")
    path.write_text(GATE, encoding="utf-8")
    return path


def test_the_answer(modelcheck: Call, gate: Path) -> None:
    ran = modelcheck("synth", gate)
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == "gate.mc: 8 ways to choose SIZE and WAIT, in 1 scenario"
    assert lines[2] == "safe      SIZE = 2, WAIT = true"
    assert "rejected  WAIT = false" in ran.out
    assert "          SIZE = 1, WAIT = true\n" in ran.out
    assert "              both is never reached in three: every reachable state was visited" in ran.out
    assert "few is violated in three in 6 steps (race 1)" in ran.out
    assert "1 safe, 7 rejected;" in ran.out
    assert "Not looked at, because slow: two (--slow)." in ran.out
    assert "Safe means: under sequential consistency, with p[3]." in ran.out
    assert max(map(len, lines)) <= 80


def test_every_option(modelcheck: Call, gate: Path) -> None:
    wait = modelcheck("synth", gate, "--set", "WAIT=true", "--scenario", "two", "--engine", "explicit", "-j", "1")
    assert "safe      SIZE = 2\n          SIZE = 3\n          SIZE = 4\n" in wait.out
    assert "Not looked at" not in wait.out
    few = modelcheck("synth", gate, "--property", "few", "--slow", "--timeout", "60s", "--memory", "2G")
    assert "SIZE = 1, WAIT = true" in few.out.split("rejected")[0]
    assert "Only asked for: few." in few.out
    assert "in 2 scenarios" in few.out
    size = modelcheck("synth", gate, "--unknown", "SIZE")
    assert "4 ways to choose SIZE" in size.out
    assert modelcheck("synth", gate, "--unknown", "SIZES").code == 2


def test_exit_codes(modelcheck: Call, gate: Path) -> None:
    assert modelcheck("synth", gate, "--variant", "which_size").code == 0
    wrong = modelcheck("synth", gate, "--variant", "wrong_size")
    assert wrong.code == 1
    assert "surprise  SIZE: 3 should be safe by the spec, and is not" in wrong.out
    assert modelcheck("synth", gate, "--set", "WAIT=false", "--set", "SIZE=1").code == 2
    none = modelcheck("synth", gate, "--set", "WAIT=false")
    assert none.code == 1
    assert none.out.splitlines()[2] == "safe      none"
    assert modelcheck("synth", gate, "--variant", "closed").code == 2
    assert modelcheck("synth", gate, "--variant", "clsed").code == 2
    assert modelcheck("synth", gate, "--scenario", "thre").code == 2
    assert modelcheck("synth", gate, "--property", "fw").code == 2
    undecided = modelcheck("synth", gate, "--engine", "bmc", "--scenario", "three")
    assert undecided.code == 3
    assert "undecided SIZE = 1, WAIT = true" in undecided.out


def test_json(modelcheck: Call, gate: Path) -> None:
    modelcheck("synth", gate, "--json", "answer.json")
    document = json.loads(Path("answer.json").read_text(encoding="utf-8"))
    assert document["schema"] == "modelcheck.synthesis/1"
    assert document["unknowns"] == [
        {"name": "SIZE", "values": ["1", "2", "3", "4"]},
        {"name": "WAIT", "values": ["false", "true"]},
    ]
    assert document["safe"] == [{"SIZE": "2", "WAIT": "true"}]
    assert len(document["rejected"]) == 7
    by_number = {reason["number"]: reason for reason in document["reasons"]}
    for one in document["rejected"]:
        assert one["values"] in by_number[one["reason"]]["refutes"]
    traced = next(one for one in document["rejected"] if one["trace"] is not None)
    assert traced["trace"]["set"] == traced["values"]
    Path("race.json").write_text(json.dumps(traced["trace"]), encoding="utf-8")
    assert modelcheck("replay", "race.json").code == 0


def test_the_command_for_a_race_prints_it(modelcheck: Call, gate: Path) -> None:
    ran = modelcheck("trace", gate, "--scenario", "three", "--property", "few", "--set", "SIZE=4", "--set", "WAIT=true")
    assert ran.code == 0
    assert "few is violated in 3 steps" in ran.out


def test_check_and_matrix_need_values(modelcheck: Call, gate: Path) -> None:
    for command in ("check", "matrix"):
        ran = modelcheck(command, gate)
        assert ran.code == 2
        assert "the unknown `SIZE` has no value" in ran.err
        assert "modelcheck synth" in ran.err
    # With a value the default of the other one counts.
    assert modelcheck("check", gate, "--set", "SIZE=2").code == 0
    assert modelcheck("check", gate, "--set", "SIZE=2", "--set", "WAIT=false").code == 1


def test_several_engines_at_once(modelcheck: Call, gate: Path) -> None:
    alone, together = (
        modelcheck("check", gate, "--set", "SIZE=3", "--engine", engine) for engine in ("auto", "portfolio")
    )
    assert alone.code == together.code == 1
    assert "few is violated in 3 steps" in together.out
