"""What guards that wait may read: every ``guards/*.mc``, through every engine.

A last line ``// warned: LINE:COLUMN, ...`` says where MC416 is reported: the object was freed while
the guard at rest was false.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modelcheck.language.pipeline import load
from modelcheck.language.resolve.resolve import instantiate
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from modelcheck.report.formats.json import results_json
from modelcheck.report.races.endings import delay_lines, order_lines
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.run import run
from tests.features import harness, runners

FILES = sorted((Path(__file__).parent / "guards").glob("*.mc"))
CELLS = [
    pytest.param(path, claims, id=f"{path.stem}-{claims.scenario}")
    for path in FILES
    for claims in harness.read_header(path.stem, path.read_text()).claims
]
RUNNERS = (
    harness.interpret,
    runners.run_explicit,
    runners.run_native,
    runners.run_reduced,
    runners.run_bmc,
)


def model_of(path: Path, scenario: str | None) -> typed.Model:
    """The typed model of a case."""
    return instantiate(parse_text(path.read_text(), path.name), scenario)[0]


@pytest.mark.parametrize("runner", RUNNERS, ids=lambda runner: runner.__name__)
@pytest.mark.parametrize(("path", "claims"), CELLS)
def test_case(path: Path, claims: harness.Claims, runner: harness.Runner) -> None:
    harness.compare(claims, runner(model_of(path, claims.scenario)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_warnings(path: Path) -> None:
    claimed = re.search(r"^// warned: (.*)$", path.read_text(), re.MULTILINE)
    found = run(load(path), path.name, Options())
    warned = [d for d in found.diagnostics if d.code == "MC416" and d.span is not None]
    places = ", ".join(f"{d.span.line}:{d.span.column}" for d in warned if d.span is not None)
    assert places == (claimed[1] if claimed else "")
    told = results_json([found])
    shown = [d for d in told["diagnostics"] if d["code"] == "MC416"]
    assert [d["severity"] for d in shown] == ["warning"] * len(warned)


def test_a_guard_that_could_have_been_passed_is_part_of_the_order() -> None:
    path = Path(__file__).parent / "guards" / "stale_guard_client.mc"
    found = run(load(path), path.name, Options())
    (trace,) = [cell.trace for cell in found.cells if cell.property_name == "use_after_free" and cell.trace is not None]
    assert [end.missed for end in trace.ends] == [(3, 4), None]
    told = ["b:8 free(d) < a:7 when (d->flag)", "(a:7 when (d->flag) was possible after b:8 d->flag = true)"]
    assert order_lines(trace) == told
    assert delay_lines(trace) == ["a, before line 7 (when (d->flag)): until b has passed line 8 (free(d))"]
