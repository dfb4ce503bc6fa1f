"""Specs that are green and say little, each with the warnings it must get, and look-alikes that must get none.

A header says what is wrong, and the warnings (`// warning: MC422 line 7`, or `none`) and hints (`//
hint: …`); `// command: matrix` looks at the variants, too.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from modelcheck.ground.diagnostics import Severity
from modelcheck.language import pipeline
from modelcheck.report.formats.json import results_json
from modelcheck.report.tally import exit_code, warned_vacuous
from modelcheck.studies.matrix.lint import lint_spec
from modelcheck.studies.matrix.model import MatrixResult
from modelcheck.studies.matrix.options import Options, StrictKind
from modelcheck.studies.matrix.run import run
from modelcheck.studies.matrix.vacuity.findings import CODES

CASES = sorted((Path(__file__).parent / "vacuity").glob("*.mc"))
_WARNING = re.compile(r"^// warning: (MC\d+) line (\d+)$", re.MULTILINE)
_SAYS = re.compile(r"^// says: (MC\d+) line (\d+) (.+)$", re.MULTILINE)
_HINT = re.compile(r"^// hint: (MC\d+) line (\d+)$", re.MULTILINE)


def checked(path: Path, **change: object) -> MatrixResult:
    variants = () if "// command: matrix\n" in path.read_text() else ("base",)
    options = replace(Options(variants=variants, jobs=0), **change)  # type: ignore[arg-type]
    return run(pipeline.load(path), str(path), options)


def warnings(result: MatrixResult) -> list[tuple[str, int]]:
    found = [d for d in result.diagnostics if d.severity is not Severity.HINT]
    return sorted((d.code, 0 if d.span is None else d.span.line) for d in found)


def test_there_are_enough() -> None:
    wrong = [path for path in CASES if _WARNING.search(path.read_text())]
    assert len(wrong) >= 40
    assert len(CASES) - len(wrong) >= 10


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    text = path.read_text()
    wanted = sorted((code, int(line)) for code, line in _WARNING.findall(text))
    assert bool(wanted) != ("// warning: none\n" in text)
    result = checked(path)
    assert warnings(result) == wanted
    assert not any(cell.surprise for cell in result.cells)
    # Nothing is wrong, unless that is asked for.
    assert exit_code([result]) == exit_code([result], {StrictKind.CUT} if not _is_cut(result) else set()) == 0
    assert exit_code([result], {StrictKind.VACUITY}) == (1 if warned_vacuous(result) else 0)
    hints = sorted(
        (d.code, 0 if d.span is None else d.span.line)
        for d in result.diagnostics
        if d.severity is Severity.HINT and d.code in CODES
    )
    assert hints == sorted((code, int(line)) for code, line in _HINT.findall(text))
    for code, line, words in _SAYS.findall(text):
        where = (code, int(line))
        said = [d.message for d in result.diagnostics if d.span is not None and (d.code, d.span.line) == where]
        assert [message for message in said if words in message], said
    # Every warning says where, and in which scenarios.
    assert all(d.notes for d in warned_vacuous(result) if d.code not in ("MC427", "MC430"))


def _is_cut(result: MatrixResult) -> bool:
    return any(cell.conditional_on for cell in result.cells)


@pytest.mark.parametrize("engine", ["explicit", "native"])
@pytest.mark.parametrize("reductions", [True, False])
@pytest.mark.parametrize(
    "name",
    [
        "antecedent_inside_forall",
        "antecedent_of_a_step_property",
        "cause_with_another_value",
        "server_guard_never_true",
    ],
)
def test_both_explorers_find_the_same(name: str, engine: str, reductions: bool) -> None:
    path = Path(__file__).parent / "vacuity" / f"{name}.mc"
    wanted = sorted((code, int(line)) for code, line in _WARNING.findall(path.read_text()))
    assert warnings(checked(path, engine=engine, reductions=reductions)) == wanted


@pytest.mark.parametrize("name", ["edits_of_what_nobody_sees", "edit_behind_what_is_allowed"])
def test_several_workers_find_the_same(name: str) -> None:
    path = Path(__file__).parent / "vacuity" / f"{name}.mc"
    wanted = sorted((code, int(line)) for code, line in _WARNING.findall(path.read_text()))
    assert warnings(checked(path, jobs=2)) == wanted


def test_an_exploration_that_did_not_end_claims_nothing() -> None:
    path = Path(__file__).parent / "vacuity" / "large_antecedent.mc"
    assert warnings(checked(path, engine="bmc", seconds=2.0)) == []


def test_one_step_for_several_accesses_is_a_hint() -> None:
    path = Path(__file__).parent / "vacuity" / "atomic_hides_the_race.mc"
    hints = [d for d in lint_spec(path) if d.code == "MC432"]
    assert [(d.severity, d.span.line) for d in hints if d.span is not None] == [(Severity.HINT, 6)]
    assert "is it one instruction in the code?" in hints[0].message


def test_a_part_of_the_scenarios_claims_nothing_about_the_rest(tmp_path: Path) -> None:
    path = Path(__file__).parent / "vacuity" / "fine_reached_in_one_scenario.mc"
    assert warnings(checked(path, scenarios=("alone",))) == []


def test_json_says_which_cells_say_nothing() -> None:
    path = Path(__file__).parent / "vacuity" / "antecedent_never_true.mc"
    result = results_json([checked(path)])
    assert [found["code"] for found in result["diagnostics"]] == ["MC422"]
    said = {cell["property"]: cell["says_nothing"] for cell in result["cells"]}
    assert said["safe"] == [{"code": "MC422", "text": "closing", "file": str(path), "line": 7, "column": 18}]
    assert not any(found for name, found in said.items() if name != "safe")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('allow unreached M "x";', "there is no label `M`"),
        ('allow unreached q::L "x";', "there is no label in `q` `L`"),
        ('allow vacuous nothing "x";', "there is no property or scenario `nothing`"),
    ],
)
def test_what_is_allowed_exists(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "a.mc"
    path.write_text(f"shared x : 0..3 = 0;\nprocess p {{ L: x = 1; }}\nscenario s {{ run p; }}\n{line}\n")
    found = [d for d in lint_spec(path) if d.code == "MC431"]
    assert [d.severity for d in found] == [Severity.ERROR]
    assert found[0].message.startswith(message)
