"""Specs on which interpreter and engines once disagreed, with the answers that ``docs/semantics.md`` gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.language.resolve.resolve import instantiate
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from tests.features import harness, runners

HERE = Path(__file__).parent / "disagree"
#: Too many states for all but compiled code.
LARGE = HERE / "division_in_argument_large.mc"
SMALL = sorted(path for path in HERE.glob("*.mc") if path != LARGE)
RUNNERS = (
    harness.interpret,
    runners.run_explicit,
    runners.run_native,
    runners.run_reduced,
    runners.run_bmc,
)


def _check(path: Path, claims: harness.Claims, runner: harness.Runner) -> None:
    model: typed.Model = instantiate(parse_text(path.read_text(), path.name), claims.scenario)[0]
    harness.compare(claims, runner(model))


@pytest.mark.parametrize("runner", RUNNERS, ids=lambda runner: runner.__name__)
@pytest.mark.parametrize("path", SMALL, ids=lambda path: path.stem)
def test_case(path: Path, runner: harness.Runner) -> None:
    for claims in harness.read_header(path.stem, path.read_text()).claims:
        _check(path, claims, runner)


def test_division_in_an_argument_far_away() -> None:
    large, small = harness.read_header(LARGE.stem, LARGE.read_text()).claims
    _check(LARGE, large, runners.run_native)
    _check(LARGE, small, harness.interpret)
    _check(LARGE, small, runners.run_explicit)
