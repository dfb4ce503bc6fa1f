"""Loops and branches that are entered by ``goto``, and other code whose obligations are easily left
out: what is reached is listed and judged, what nothing leads to is not.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.language.resolve.resolve import check, instantiate
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from modelcheck.model.absences import NoAssert
from tests.features import harness, runners

FILES = sorted((Path(__file__).parent / "unreachable").glob("*.mc"))
RUNNERS = (
    harness.interpret,
    runners.run_explicit,
    runners.run_native,
    runners.run_reduced,
    runners.run_bmc,
)
#: Specs with code that nothing leads to, and how often they are warned of it.
DEAD = {"break_out_of_for": 1, "dead_goto": 2, "goto_into_choose": 2, "goto_into_when": 1}


def _model(path: Path) -> typed.Model:
    return instantiate(parse_text(path.read_text(), path.name))[0]


@pytest.mark.parametrize("runner", RUNNERS, ids=lambda runner: runner.__name__)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_case(path: Path, runner: harness.Runner) -> None:
    (claims,) = harness.read_header(path.stem, path.read_text()).claims
    harness.compare(claims, runner(_model(path)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_warnings(path: Path) -> None:
    found = [d for d in check(parse_text(path.read_text(), path.name)) if d.code == "MC407"]
    assert len(found) == DEAD.get(path.stem, 0), found


def test_what_only_dead_code_has_does_not_apply() -> None:
    model = _model(Path(__file__).parent / "unreachable" / "dead_goto.mc")
    assert {p.name: p.not_applicable for p in model.properties}["nobody"] == NoAssert("dead")
