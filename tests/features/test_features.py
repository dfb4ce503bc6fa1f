"""Every feature file, through every runner."""

from __future__ import annotations

import pytest

from tests.features import harness, runners

#: Name and runner; each must find exactly what the headers say.
RUNNERS: tuple[tuple[str, harness.Runner], ...] = (
    ("interpreter", harness.interpret),
    ("explicit", runners.run_explicit),
    ("native", runners.run_native),
    ("reduced", runners.run_reduced),
    ("bmc", runners.run_bmc),
)


@pytest.mark.parametrize(("name", "scenario"), harness.cells())
@pytest.mark.parametrize("runner", [runner for _, runner in RUNNERS], ids=[name for name, _ in RUNNERS])
def test_feature(name: str, scenario: str | None, runner: harness.Runner) -> None:
    harness.check(name, scenario, runner)


def test_there_are_feature_files() -> None:
    assert len(harness.feature_names()) > 30


def test_headers_are_strict() -> None:
    with pytest.raises(ValueError, match="unknown header word"):
        harness.read_header("x", "// guards: a\n// stats: 3\n")
    with pytest.raises(ValueError, match="must have"):
        harness.read_header("x", "// states: 3\n")
    with pytest.raises(ValueError, match="expected"):
        harness.read_header("x", "// guards: a\n// violated: deadlock\n")
