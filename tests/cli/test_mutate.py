"""``modelcheck mutate``, end to end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Ran
from tests.cli.test_cache import cached
from tests.schemas import fits

__all__ = ["cached"]

Call = Callable[..., Ran]

#: Nothing is said of `b`; the lock in `quiet` is around what only one process does.
SPEC = """
model gate;
shared a : 0..3 = 0;
shared b : 0..3 = 0;
spinlock s;
process p {
      lock(s);
 inc: a = a + 1;
 set: b = 1;
      unlock(s);
}
process late { b = 2; }
final counted : a == 2;
scenario two { run p[2]; }
scenario any { run p[*]; }
scenario more { run p[2], late; slow; }
expect holds all;
"""


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("gate.mc")
    path.write_text(SPEC, encoding="utf-8")
    return path


def test_the_report(modelcheck: Call, gate: Path) -> None:
    ran = modelcheck("mutate", gate)
    assert ran.code == 0
    assert ran.out.startswith("gate.mc: 13 mutants in 1 scenario\n")
    assert (
        "line 9: set: b = 1;\n"
        "    if p does not write b\n"
        "        drop_store_p_set: unlike the original after 4 steps in two: b, s and\n"
        "          p[0] holds s\n"
    ) in ran.out
    assert "Not run: more and any (--slow)." in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


def test_a_percentage_can_be_asked_for(modelcheck: Call, gate: Path) -> None:
    assert modelcheck("mutate", gate, "--fail-under", "95").code == 1
    assert modelcheck("mutate", gate, "--fail-under", "95", "--operator", "drop_*lock").code == 0


def test_one_mutant_is_shown_with_its_race(modelcheck: Call, gate: Path) -> None:
    ran = modelcheck("mutate", gate, "--show", "no_lock_p_s")
    assert ran.code == 0
    assert ran.out.startswith('variant no_lock_p_s "p does without the lock s" {\n')
    assert "Killed: counted is violated in two in 6 steps.\n" in ran.out
    assert "thread" not in ran.out
    assert "p[0]" in ran.out
    assert "Violated at line 13: `a == 2` is false" in ran.out


def test_what_is_shown_can_be_pasted(modelcheck: Call, gate: Path) -> None:
    shown = modelcheck("mutate", gate, "--show", "drop_store_p_set").out
    text = shown[: shown.index("}\n") + 2]
    gate.write_text(SPEC + text, encoding="utf-8")
    assert modelcheck("check", gate, "--variant", "drop_store_p_set", "--scenario", "two").code == 0


def test_what_is_known_is_not_looked_for_again(modelcheck: Call, gate: Path, cached: Path) -> None:
    first, again = modelcheck("mutate", gate), modelcheck("mutate", gate)
    assert "7 killed, 3 survived, 3 not run; " in first.out
    assert "7 killed, 3 survived, 3 not run (13 known from an earlier run); " in again.out
    assert again.out.splitlines()[:-8] == first.out.splitlines()[:-8]
    # The lines move, and a process that this scenario does not run is another one.
    gate.write_text("\n\n" + SPEC.replace("b = 2", "b = 3"), encoding="utf-8")
    moved = modelcheck("mutate", gate)
    assert "7 killed, 3 survived, 3 not run (10 known from an earlier run); " in moved.out
    assert "line 11: set: b = 1;" in moved.out
    # What `p` does is another thing now.
    gate.write_text(SPEC.replace("b = 1", "b = 3"), encoding="utf-8")
    assert "known from an earlier run" not in modelcheck("mutate", gate).out


def test_the_json(modelcheck: Call, gate: Path) -> None:
    modelcheck("mutate", gate, "--json", "found.json")
    document = json.loads(Path("found.json").read_text(encoding="utf-8"))
    fits("mutation", document)
    assert document["counts"] == {
        "killed": 7,
        "survived": 3,
        "equivalent": 0,
        "invalid": 0,
        "not_run": 3,
        "undecided": 0,
    }
    assert (document["total"], document["score"], document["complete"]) == (13, 70.0, True)
    (lock,) = [one for one in document["mutants"] if one["name"] == "no_lock_p_s"]
    assert lock["killed_by"] == {
        "scenario": "two",
        "property": "counted",
        "built_in": False,
        "notice": "violated",
        "length": 6,
    }
    assert (lock["file"], lock["line"]) == ("gate.mc", 7)
    assert lock["variant"].startswith("variant no_lock_p_s ")


def test_names_are_checked(modelcheck: Call, gate: Path) -> None:
    ran = modelcheck("mutate", gate, "--show", "no_lock_p_t")
    assert ran.code == 2
    assert "there is no mutant `no_lock_p_t`; did you mean `no_lock_p_s`?" in ran.err
    assert "there is no operator `drop_locks`" in modelcheck("mutate", gate, "--operator", "drop_locks").err


def test_mutants_are_listed(modelcheck: Call, gate: Path) -> None:
    ran = modelcheck("mutate", gate, "--list", "--operator", "drop_*")
    assert ran.code == 0
    assert "drop_unlock_p_s: p does not drop s (gate.mc:10)\n" in ran.out
