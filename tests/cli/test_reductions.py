"""``--no-reductions``: every state is visited, and everything else is the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Ran

Call = Callable[..., Ran]

REPLICAS = """\
model replicas;
shared taken : 0..3 = 0;
process worker {
    local mine : bool = false;
    choose { mine = true; } or { }
    if (mine) { atomic { taken = taken + 1; } }
}
invariant few : taken < 3;
cover two : taken == 2;
scenario three { run worker[3]; }
"""


@pytest.fixture
def replicas(tmp_path: Path) -> Path:
    path = tmp_path / "replicas.mc"
    path.write_text(REPLICAS, encoding="utf-8")
    return path


def cells(file: Path) -> dict[str, dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["cells"]
    return {cell["property"]: cell for cell in found}


@pytest.mark.parametrize("command", ["check", "matrix"])
def test_the_same_is_found_by_visiting_more(modelcheck: Call, replicas: Path, tmp_path: Path, command: str) -> None:
    found = []
    for options in ((), ("--no-reductions",)):
        file = tmp_path / "found.json"
        assert modelcheck(command, replicas, "--json", file, "--no-cache", *options).code == 1
        found.append(cells(file))
    reduced, whole = found
    assert reduced.keys() == whole.keys()
    for name, cell in whole.items():
        same = ("verdict", "evidence", "states", "length", "cross_checked", "conditional_on")
        assert [reduced[name].get(key) for key in same] == [cell.get(key) for key in same], name
        assert cell["searched"] == cell["states"]
        assert reduced[name]["searched"] < cell["searched"]
    assert reduced["few"]["verdict"] == "violated"
    assert reduced["two"]["verdict"] == "holds"


def test_explore_counts_both(modelcheck: Call, replicas: Path) -> None:
    reduced = " ".join(modelcheck("explore", replicas).out.split())
    whole = " ".join(modelcheck("explore", replicas, "--no-reductions").out.split())
    assert "visited, one of each set that differs in which process or slot is which" in reduced
    assert "visited, one" not in whole
    assert reduced.split(" states")[0] == whole.split(" states")[0]


def test_a_trace_is_as_long_without(modelcheck: Call, replicas: Path) -> None:
    lengths = []
    for options in ((), ("--no-reductions",)):
        ran = modelcheck("trace", replicas, "--property", "few", "--format", "json", "--no-cache", *options)
        lengths.append(len(json.loads(ran.out)["steps"]))
    assert lengths[0] == lengths[1] == 6


def test_the_option_is_explained(modelcheck: Call) -> None:
    for command in ("check", "matrix", "trace", "explore"):
        assert "--no-reductions" in modelcheck(command, "--help").out
