"""Reports of whole runs: text, exit codes, JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.ground.ended import Limited
from modelcheck.report.formats.json import dump, results_json
from modelcheck.report.formats.saved_trace import read_trace
from modelcheck.report.formats.trace_json import trace_json
from modelcheck.report.style import Style
from modelcheck.report.tally import exit_code, tally
from modelcheck.report.texts.check_text import check_text
from modelcheck.report.texts.matrix_text import matrix_text
from modelcheck.result.trace import Trace
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.model import MatrixResult
from modelcheck.studies.matrix.options import StrictKind
from modelcheck.studies.matrix.races import races, signature
from tests.report.example_results import UNKNOWN, VIOLATED, cell, pair, result, small, trace_for
from tests.report.example_traces import at_line, position, use_after_free

GOLDEN = Path(__file__).parent


# ------------------------------------------------------------------------------------------- text


def test_the_matrix_at_80_columns() -> None:
    assert matrix_text(small()) == (GOLDEN / "golden_matrix_80.txt").read_text(encoding="utf-8")


def test_the_unfolded_matrix_at_120_columns() -> None:
    expected = (GOLDEN / "golden_matrix_verbose_120.txt").read_text(encoding="utf-8")
    assert matrix_text(small(), 120, verbose=True) == expected


def test_the_check_report() -> None:
    assert check_text(small()) == (GOLDEN / "golden_check_80.txt").read_text(encoding="utf-8")


def wide(properties: int = 40) -> MatrixResult:
    """So many properties, and names that are too long."""
    name = "v12_a_variant_with_a_name_that_is_far_too_long"
    cells = [cell(name, "s", f"property_number_{n}", Verdict.HOLDS) for n in range(properties)]
    return result(pair(name, "s", *cells))


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("verbose", [False, True])
def test_no_line_of_a_matrix_is_too_wide(width: int, verbose: bool) -> None:
    for run in (small(), wide()):
        assert max(len(line) for line in matrix_text(run, width, verbose).splitlines()) <= width
        assert max(len(line) for line in check_text(run, max(width, 75)).splitlines()) <= max(width, 75)


def test_many_columns_go_into_several_panels_and_all_are_in_the_legend() -> None:
    text = matrix_text(wide())
    assert text.count("v12_a_variant_with_a_nam..") == 3
    assert "an property_number_39" in text
    assert "aab property_number_703" in matrix_text(wide(704)), "after z and zz come three letters"


def test_colours_change_nothing_but_colours() -> None:
    coloured = matrix_text(small(), style=Style(colour=True))
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == matrix_text(small())


def test_failures_and_interrupts_are_told() -> None:
    run = replace(
        result(pair("base", "s1", failure=Limited.MEMORY), pair("base", "s2", cell("base", "s2", "p", Verdict.HOLDS))),
        unfinished=(("base", "s3"),),
        skipped_scenarios=("huge",),
    )
    for text in (matrix_text(run), check_text(run)):
        assert "out of memory" in text
        assert "nterrupted" in text
    assert "Not run, because slow: huge (--slow runs them)." in matrix_text(run)


def test_cells_without_expectations() -> None:
    run = result(pair("base", "s", cell("base", "s", "p", Verdict.VIOLATED, None, trace=use_after_free())))
    text = matrix_text(run)
    assert "Violated, and no `expect` line speaks about it (1):" in text
    assert "the spec says nothing about what to expect" in text


# -------------------------------------------------------------------------------------- exit codes


@pytest.mark.parametrize(
    ("verdict", "expected", "code"),
    [
        (Verdict.HOLDS, None, 0),
        (Verdict.VIOLATED, None, 1),
        (Verdict.UNKNOWN, None, 3),
        (Verdict.BOUNDED, None, 3),
        (Verdict.ERROR, None, 2),
        (Verdict.NOT_APPLICABLE, None, 0),
        (Verdict.HOLDS, VIOLATED, 1),
        (Verdict.VIOLATED, VIOLATED, 0),
        (Verdict.UNKNOWN, VIOLATED, 3),
        (Verdict.UNKNOWN, UNKNOWN, 0),
        (Verdict.HOLDS, UNKNOWN, 1),
    ],
)
def test_exit_codes(verdict: Verdict, expected: None, code: int) -> None:
    run = result(pair("base", "s", cell("base", "s", "p", verdict, expected)))
    assert exit_code([run]) == code


def test_the_worst_run_decides() -> None:
    green = result(pair("base", "s", cell("base", "s", "p", Verdict.HOLDS)))
    red = result(pair("base", "s", cell("base", "s", "p", Verdict.VIOLATED)))
    open_ = result(pair("base", "s", cell("base", "s", "p", Verdict.UNKNOWN)))
    assert exit_code([green, red, open_]) == 1
    assert exit_code([green, open_]) == 3
    assert exit_code([replace(green, unfinished=(("base", "t"),)), red]) == 130
    assert exit_code([result(pair("base", "s", failure=Limited.TIME))]) == 3


def test_what_a_fault_cuts_short_is_not_green_under_strict() -> None:
    run = result(pair("base", "s", cell("base", "s", "p", Verdict.HOLDS, conditional_on=("q",))))
    assert exit_code([run]) == 0
    assert exit_code([run], {StrictKind.CUT}) == 3
    assert exit_code([run], {StrictKind.VACUITY}) == 0


def test_what_says_nothing_is_a_failure_under_strict() -> None:
    green = result(pair("base", "s", cell("base", "s", "p", Verdict.HOLDS)))
    warned = replace(green, diagnostics=(Diagnostic("MC422", Severity.WARNING, "never true", None),))
    assert exit_code([warned]) == exit_code([warned], {StrictKind.CUT}) == 0
    assert exit_code([warned], {StrictKind.VACUITY}) == 1
    hinted = replace(green, diagnostics=(Diagnostic("MC432", Severity.HINT, "one step", None),))
    assert exit_code([hinted], set(StrictKind)) == 0


def test_the_tally() -> None:
    counted = tally(small())
    assert (counted.cells, counted.holds, counted.violated, counted.bounded) == (16, 11, 3, 1)
    assert (counted.not_applicable, counted.surprises, counted.cut) == (1, 2, 1)


# ------------------------------------------------------------------------------------------- races


def with_other_readers(trace: Trace) -> Trace:
    """The trace with the parts of the two readers swapped."""
    return replace(
        trace, steps=tuple(replace(s, process=s.process.replace("reader[0]", "reader[1]")) for s in trace.steps)
    )


def without_step(trace: Trace, number: int) -> Trace:
    """The trace without one of its steps, which no order mentions."""
    steps = [step for step in trace.steps if step.number != number]
    numbers = {step.number: new for new, step in enumerate(steps, start=1)}
    orders = tuple((numbers[first], numbers[second]) for first, second in trace.orders or ())
    return replace(trace, steps=tuple(replace(s, number=numbers[s.number]) for s in steps), orders=orders)


def test_replicas_may_swap_their_parts_in_a_race() -> None:
    for trace in (use_after_free(), replace(use_after_free(), orders=None)):
        assert signature(trace) == signature(with_other_readers(trace))


def test_a_race_is_its_essential_orders_and_what_they_bring_about() -> None:
    trace = use_after_free()
    assert signature(without_step(trace, 1)) == signature(trace), "a step that nothing depends on"
    assert signature(replace(trace, orders=((7, 8),))) != signature(trace)
    freed_elsewhere = replace(trace.steps[6], position=position("reclaim::other", (), at_line(61)))
    assert signature(replace(trace, steps=(*trace.steps[:6], freed_elsewhere, trace.steps[7]))) != signature(trace)


def test_all_steps_count_where_the_essential_orders_are_not_known() -> None:
    trace = replace(use_after_free(), orders=None)
    assert signature(replace(trace, steps=trace.steps[1:])) != signature(trace)


def test_races_are_grouped_over_scenarios_and_designs() -> None:
    cells = [
        cell(variant, scenario, "p", Verdict.VIOLATED, trace=trace_for(variant, scenario, "p"))
        for variant in ("v", "w")
        for scenario in ("s", "t")
    ]
    shorter = replace(use_after_free(), steps=use_after_free().steps[:3], orders=())
    other = cell("v", "u", "q", Verdict.VIOLATED, trace=shorter)
    found = races([*cells, other, cell("v", "x", "p", Verdict.HOLDS)])
    assert [(race.number, len(race.cells)) for race in found] == [(1, 4), (2, 1)]


# -------------------------------------------------------------------------------------------- JSON


def test_results_as_json() -> None:
    document = json.loads(dump(results_json([small()])))
    assert document["schema"] == "modelcheck.result/1"
    assert document["complete"] is True
    cells = {(c["variant"], c["scenario"], c["property"]): c for c in document["cells"]}
    assert len(cells) == 16
    surprise = cells["v3_one_site", "truncate_only", "no_leak"]
    assert surprise["verdict"] == "violated"
    assert surprise["expected"] == "holds"
    assert surprise["surprise"] is True
    assert surprise["race"] == 1
    assert document["races"][0]["trace"]["schema"] == "modelcheck.trace/2"
    assert document["assumptions"][0]["processes"] == {"reader": 2, "reclaim": 1}
    several = results_json([small(), small()])
    assert len(several["specs"]) == 2


def documented_fields() -> Iterator[str]:
    text = (GOLDEN.parent.parent / "docs" / "json.md").read_text(encoding="utf-8")
    yield from re.findall(r"`(\w+)`", text)


def test_every_field_is_documented() -> None:
    def names(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            for name, inner in value.items():
                yield name
                if name not in ("processes", "pools", "params", "initial", "final", "set"):
                    yield from names(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from names(inner)

    assert set(names(results_json([small()]))) <= set(documented_fields())


def test_a_trace_can_be_read_back(tmp_path: Path) -> None:
    file = tmp_path / "race.json"
    file.write_text(dump(trace_json(use_after_free(), [("MX", "false")])), encoding="utf-8")
    saved = read_trace(file)
    assert saved.schedule == use_after_free().schedule
    assert saved.overrides == {"MX": "false"}
    assert saved.steps[3].position == "reclaim::try"


def broken(**changes: object) -> str:
    return json.dumps(trace_json(use_after_free()) | changes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        "{}",
        "null",
        '{"schema": "modelcheck.result/1"}',
        '{"schema": "modelcheck.trace/1"}',
        broken(steps=None),
        broken(steps=[1]),
        broken(steps=[{"instance": 0}]),
        broken(steps=[{"instance": "0", "choices": [], "process": "p", "position": "", "operation": ""}]),
        broken(steps=[{"instance": 0, "choices": ["x"], "process": "p", "position": "", "operation": ""}]),
        broken(steps=[{"instance": True, "choices": [], "process": "p", "position": "", "operation": ""}]),
        broken(set=[]),
        broken(variant=3),
        "[" * 100_000,
    ],
)
def test_what_is_no_trace_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "race.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        read_trace(file)
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["MC520"]


def test_a_missing_or_binary_trace_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name in ("missing", "binary", "."):
        with pytest.raises(SpecError):
            read_trace(tmp_path / name)
