"""Two designs beside each other."""

from __future__ import annotations

from dataclasses import replace

from modelcheck.ground.ended import Limited
from modelcheck.report.texts.diff_text import diff_text
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.compare import compare_designs
from tests.report.example_results import cell, pair, result, small, trace_for

ONE = "v3_one_site"


def test_what_differs_is_told_with_the_race_of_the_failing_side() -> None:
    found = compare_designs(small(), "base", ONE)
    assert [(one.scenario, one.property_name, one.undecided) for one in found.differences] == [
        ("reclaim_only", "no_leak", False),
        ("truncate_only", "no_leak", True),
        ("truncate_only", "reached", False),
    ]
    assert found.compared == 8
    text = diff_text(found)
    assert text.startswith("base and v3_one_site differ in 3 of 8 cells: no_leak and reached.\n")
    assert "  reclaim_only: base holds; v3_one_site is violated in 8 steps\n" in text
    # The same race in two scenarios is drawn once.
    assert text.count("line  reader[0]") == 1


def test_the_order_of_the_sides_is_the_order_asked_for() -> None:
    text = diff_text(compare_designs(small(), ONE, "base"))
    assert "  reclaim_only: v3_one_site is violated in 8 steps; base holds\n" in text


def test_a_design_does_not_differ_from_itself() -> None:
    for name in ("base", ONE):
        found = compare_designs(small(), name, name)
        assert found.differences == ()
        assert found.compared == 8
    assert (
        diff_text(compare_designs(small(), ONE, ONE)) == "v3_one_site and v3_one_site: no verdict differs in 8 cells.\n"
    )


def test_an_obligation_that_cannot_occur_is_no_difference_unless_it_is_violated() -> None:
    holds = cell("a", "s", "leak", Verdict.HOLDS, None, builtin=True)
    plain = cell("b", "s", "p", Verdict.HOLDS)
    without = pair("b", "s", plain)
    found = compare_designs(result(pair("a", "s", holds, replace(plain, variant="a")), without), "a", "b")
    assert found.differences == ()
    leaks = cell("a", "s", "leak", Verdict.VIOLATED, None, builtin=True, trace=trace_for("a", "s", "leak"))
    found = compare_designs(result(pair("a", "s", leaks, replace(plain, variant="a")), without), "a", "b")
    (one,) = found.differences
    assert one.second is None
    assert "a is violated in 8 steps; b cannot do that" in diff_text(found)


def test_scenarios_without_cells_are_not_compared() -> None:
    failed = result(pair("a", "s", cell("a", "s", "p", Verdict.HOLDS)), pair("b", "s", failure=Limited.MEMORY))
    found = compare_designs(failed, "a", "b")
    assert (found.compared, found.differences) == (0, ())
    assert "not compared: b, s: out of memory" in diff_text(found)


def test_what_neither_side_answers_is_counted() -> None:
    pairs = [pair(name, "s", cell(name, "s", "p", Verdict.UNKNOWN)) for name in "ab"]
    found = compare_designs(result(*pairs), "a", "b")
    assert found.open == 1
    assert diff_text(found) == "a and b: no verdict differs in 1 cell, and 1 of them undecided in both.\n"
