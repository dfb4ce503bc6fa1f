"""Specs as tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.cli.starter import STARTER

pytest_plugins = ["pytester"]

#: More states than are visited before somebody looks at the clock.
LARGE = """
model large;
shared x : 0..200 = 0;
shared y : 0..200 = 0;
shared z : 0..2000 = 0;
process right { loop quiescent { x = (x + 1) % 201; } }
process up { loop quiescent { y = (y + 1) % 201; } }
process out { loop quiescent { z = (z + 1) % 2001; } }
invariant inside : x + y + z <= 2400;
scenario together { run right, up, out; }
"""
PART = "object Buffer pool 2 { refs : refcount = 1; }\n"


@pytest.fixture
def specs(pytester: pytest.Pytester) -> Path:
    """A directory with one spec."""
    path: Path = pytester.path / "starter.mc"
    path.write_text(STARTER.format(name="starter"), encoding="utf-8")
    return path


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    # Not in this process: pytester would forget modules that a run imports, and import them a second time.
    return pytester.runpytest_subprocess("-p", "modelcheck.pytest_plugin", "-p", "no:cacheprovider", *arguments)


def test_nothing_is_collected_unless_asked_for(pytester: pytest.Pytester, specs: Path) -> None:
    assert run(pytester, str(pytester.path)).ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_each_design_in_each_scenario_is_a_test(pytester: pytest.Pytester, specs: Path) -> None:
    found = run(pytester, "--modelcheck", "-v")
    found.assert_outcomes(passed=4)
    found.stdout.fnmatch_lines(["*starter.mc::base-one_lookup PASSED*", "*starter.mc::late_use-two_lookups PASSED*"])


def test_a_surprise_fails_with_the_race(pytester: pytest.Pytester, specs: Path) -> None:
    text = specs.read_text(encoding="utf-8")
    specs.write_text(text.replace(" except { no_use_after_free }", ""), encoding="utf-8")
    found = run(pytester, "--modelcheck", "-k", "late_use-one_lookup or base-one")
    found.assert_outcomes(passed=1, failed=1)
    found.stdout.fnmatch_lines(
        [
            "no_use_after_free is violated in 14 steps (expected to hold)",
            "line  lookup                remove",
            "Violated at line *",
        ]
    )
    assert "Traceback" not in found.stdout.str()
    assert "runtest" not in found.stdout.str()


def test_each_cell_can_be_a_test(pytester: pytest.Pytester, specs: Path) -> None:
    text = specs.read_text(encoding="utf-8")
    specs.write_text(text.replace(" except { no_use_after_free }", ""), encoding="utf-8")
    found = run(pytester, "--modelcheck-cells", "-rA", "-k", "late_use-one_lookup")
    outcomes = found.parseoutcomes()
    assert outcomes["failed"] == 1
    assert outcomes["passed"] > 3
    found.stdout.fnmatch_lines(["FAILED starter.mc::late_use-one_lookup::no_use_after_free*"])


def test_what_is_known_is_reused(
    pytester: pytest.Pytester, specs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("MODELCHECK_NO_CACHE")
    monkeypatch.setenv("MODELCHECK_CACHE_DIR", str(tmp_path / "caches"))
    kept = tmp_path / "caches" / "results"
    run(pytester, "--modelcheck", "--modelcheck-no-cache").assert_outcomes(passed=4)
    assert not kept.exists()
    run(pytester, "--modelcheck").assert_outcomes(passed=4)
    entries = {entry for entry in kept.rglob("*") if entry.is_file()}
    assert len(entries) >= 4
    run(pytester, "--modelcheck").assert_outcomes(passed=4)
    assert {entry for entry in kept.rglob("*") if entry.is_file()} == entries
    # What is expected takes no part in the key: a surprise is one, also of an answer that was kept.
    text = specs.read_text(encoding="utf-8")
    specs.write_text(text.replace(" except { no_use_after_free }", ""), encoding="utf-8")
    run(pytester, "--modelcheck").assert_outcomes(passed=2, failed=2)


def test_missing_answers_are_skipped(pytester: pytest.Pytester) -> None:
    (pytester.path / "large.mc").write_text(LARGE, encoding="utf-8")
    found = run(pytester, "--modelcheck", "--modelcheck-timeout", "0.000001", "-rs")
    found.assert_outcomes(skipped=1)


def test_slow_scenarios_are_left_out_unless_asked_for(pytester: pytest.Pytester, specs: Path) -> None:
    text = specs.read_text(encoding="utf-8")
    specs.write_text(text.replace("run lookup[2], remove;", "run lookup[2], remove; slow;"), encoding="utf-8")
    run(pytester, "--modelcheck", "-k", "base").assert_outcomes(passed=1)
    run(pytester, "--modelcheck", "--modelcheck-slow", "-k", "base").assert_outcomes(passed=2)


def test_an_error_in_a_spec_is_a_collection_error_in_plain_words(pytester: pytest.Pytester, specs: Path) -> None:
    specs.write_text(specs.read_text(encoding="utf-8").replace("free(b)", "free(c)"), encoding="utf-8")
    found = run(pytester, "--modelcheck-cells")
    assert found.ret == pytest.ExitCode.INTERRUPTED
    found.stdout.fnmatch_lines(["*error[[]MC1*"])
    assert "Traceback" not in found.stdout.str()


def test_a_part_of_other_specs_has_no_tests(pytester: pytest.Pytester) -> None:
    (pytester.path / "part.mc").write_text(PART, encoding="utf-8")
    assert run(pytester, "--modelcheck").ret == pytest.ExitCode.NO_TESTS_COLLECTED
