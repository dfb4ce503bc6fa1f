"""The specs are the system tests: every cell of every spec is what the spec's own ``expect`` lines say."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from modelcheck.language import pipeline, variants
from modelcheck.language.syntax import ast
from modelcheck.report.page import html_report
from modelcheck.report.races.columns import HEIGHT, WIDTH, race_in_columns
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.result.trace import Trace
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.expectations import Outcome
from modelcheck.studies.matrix.model import Cell, MatrixResult
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.run import run
from tests.browser import EXPECTED, Page, browser
from tests.solver.corpus import unconfirmed_cells

__all__ = ["browser"]

SPECS = Path(__file__).parents[2] / "specs"
#: Checked as one matrix, scenarios side by side: it is the largest.
LARGE = "nfs_readdir.mc"
#: What a cell may be: as an ``expect`` line says, silent about a built-in obligation that holds, or not applicable.
FINE = (Outcome.AS_EXPECTED, Outcome.UNCLAIMED, Outcome.ABSENT)


@cache
def loaded(name: str) -> ast.Spec:
    return pipeline.load(SPECS / name)


def files() -> list[str]:
    return sorted(str(path.relative_to(SPECS)) for path in (*SPECS.glob("*.mc"), *SPECS.glob("kernel/*.mc")))


def rows() -> list[tuple[str, str]]:
    return [(name, row.name) for name in files() if name != LARGE for row in variants.names(loaded(name))]


def decidable_scenarios(spec: ast.Spec) -> tuple[str, ...]:
    """Those with a fixed number of processes that are not marked slow."""
    return tuple(info.name for info in pipeline.Loaded(spec).base.scenarios if not info.any_number and not info.slow)


def check(name: str, chosen: tuple[str, ...], jobs: int) -> MatrixResult:
    spec = loaded(name)
    options = Options(variants=chosen, scenarios=decidable_scenarios(spec), jobs=jobs)
    return run(spec, name, options)


def describe(cell: Cell) -> str:
    expected = cell.claim.expectation.value if cell.claim is not None else "nothing"
    return (
        f"{cell.variant} / {cell.scenario} / {cell.property_name}: expected {expected}, "
        f"got {cell.verdict.value} ({reason_text(cell.reason) or cell.evidence.value})"
    )


def assert_as_expected(result: MatrixResult, rows_checked: int) -> None:
    assert [pair.failure for pair in result.pairs if pair.failure] == []
    assert [describe(cell) for cell in result.cells if cell.outcome not in FINE] == []
    assert len(result.pairs) == rows_checked * len(result.scenarios)
    claimed = [cell for cell in result.cells if cell.outcome is Outcome.AS_EXPECTED]
    assert len(claimed) >= len(result.pairs)


def too_large_to_paste(traces: Iterable[Trace]) -> list[str]:
    """Races that do not fit into a changelog: 75 columns, and 30 lines below the names of the
    threads to be read at a glance, or it is said that something was left out.
    """
    wrong = []
    for trace in traces:
        lines = race_in_columns(trace).splitlines()
        rule = next(number for number, line in enumerate(lines) if line.strip() and set(line) <= {"-", " "})
        height = lines.index("", rule) - rule - 1
        announced = any(" left out" in line for line in lines)
        if (height > HEIGHT and not announced) or max(map(len, lines)) > WIDTH:
            wrong.append(f"{trace.variant} / {trace.scenario} / {trace.property_name}: {height} lines")
    return wrong


def test_there_are_specs() -> None:
    assert {"peterson.mc", "ticket_lock.mc", "seqlock.mc", "mcs_lock.mc", "kref.mc", "dsl_tour.mc"} <= set(files())


@pytest.mark.parametrize(("name", "variant"), rows())
def test_variant_is_as_expected(name: str, variant: str) -> None:
    assert_as_expected(check(name, (variant,), jobs=0), 1)


def test_large_matrix_is_as_expected(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if LARGE not in files():
        pytest.skip(f"there is no {LARGE}")
    result = check(LARGE, (), jobs=2)
    assert_as_expected(result, len(variants.names(loaded(LARGE))))
    violated = [cell.trace for cell in result.cells if cell.verdict is Verdict.VIOLATED and cell.trace is not None]
    assert len(violated) > 350
    assert too_large_to_paste(violated) == []
    assert all(trace.orders is not None for trace in violated)
    assert len(result.races) < len(violated) / 3
    assert sum(cell.trace is not None for cell in result.cells) > 400
    assert unconfirmed_cells(SPECS / LARGE, result.cells) == []
    report = tmp_path / "report.html"
    report.write_text(html_report([result], [loaded(LARGE)]), encoding="utf-8")
    assert report.stat().st_size < 3_000_000
    if EXPECTED:
        assert_opens_at_once(request.getfixturevalue("browser"), report)


def assert_opens_at_once(browser: Page, report: Path) -> None:
    """The least of five times: the machine may have other things to do."""
    times = []
    for _ in range(5):
        browser.load(report)
        times.append(browser.run("return performance.getEntriesByType('navigation')[0].loadEventEnd"))
        assert len(browser.all("tr.sum")) == len(variants.names(loaded(LARGE)))
    assert min(times) < 1000, times
    assert browser.driver.get_log("browser") == []


@pytest.mark.parametrize("name", files())
def test_every_row_has_an_oracle(name: str) -> None:
    spec = loaded(name)
    silent = [row.name for row in variants.names(spec) if not variants.expectations(spec, row.name)]
    assert silent == []


@pytest.mark.parametrize("name", files())
def test_every_spec_expects_violations(name: str) -> None:
    """A spec whose expectations name no violation would also pass with an engine that always says `holds`."""
    spec = loaded(name)
    named = {
        property_name
        for row in variants.names(spec)
        for line in variants.expectations(spec, row.name)
        for entry in ((line.entry,) if line.expected is ast.Expected.VIOLATES else line.exceptions)
        for property_name in entry.properties
    }
    assert named
