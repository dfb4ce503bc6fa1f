"""What is judged at the end, and what cuts it: each ``ends/*.mc`` says in its header what becomes of its cells.

``// SCENARIO PROPERTY: holds``, ``holds (cut by X)``, ``violated LENGTH``, ``error``, ``unknown``,
``not_applicable``. Cells that are not listed hold, and those of properties that the spec declares
are not cut, or they do not apply.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from modelcheck.checking.plan import Engine
from modelcheck.engines import native
from modelcheck.engines.explicit import explore as explore_plainly
from modelcheck.ir.passes.symmetry import symmetry_of
from modelcheck.language.pipeline import load
from modelcheck.language.resolve.resolve import instantiate
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from modelcheck.report.sentences import cut_words
from modelcheck.report.tally import exit_code
from modelcheck.result.budget import Budget
from modelcheck.result.verdict import Verdict
from modelcheck.semantics.elaborate import elaborate
from modelcheck.semantics.interpreter.explore import explore
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter
from modelcheck.studies.matrix.model import Cell, MatrixResult
from modelcheck.studies.matrix.options import Options, StrictKind
from modelcheck.studies.matrix.run import run
from tests.features.runners import BMC_STEPS, run_bmc

CASES = sorted((Path(__file__).parent / "ends").glob("*.mc"))
_CLAIM = re.compile(r"// (\w+) (\w+): (holds(?: \(.*\))?|violated \d+|error|unknown|not_applicable)")


def claims(path: Path) -> dict[tuple[str, str], str]:
    """Return what the header says, by (scenario, property)."""
    found = map(_CLAIM.fullmatch, path.read_text().splitlines())
    return {(match[1], match[2]): match[3] for match in found if match}


@cache
def result(path: Path, engine: Engine) -> MatrixResult:
    return run(load(path), path.name, Options(engine=engine))


def said(cell: Cell) -> str:
    match cell.verdict:
        case Verdict.VIOLATED:
            return f"violated {cell.length}"
        case Verdict.HOLDS if cell.cut:
            return f"holds ({cut_words(cell)})"
        case _:
            return str(cell.verdict.value)


def _as_usual(cell: Cell) -> bool:
    if cell.verdict is Verdict.HOLDS:
        return cell.builtin or not cell.cut
    return cell.verdict is Verdict.NOT_APPLICABLE


def fixed_models(path: Path) -> list[typed.Model]:
    """The models of the scenarios that run no class in any number."""
    spec = parse_text(path.read_text(), path.name)
    names = dict.fromkeys(scenario for scenario, _ in claims(path))
    models = [instantiate(spec, name)[0] for name in names]
    return [model for model in models if all(process.count is not None for process in model.processes)]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_cells(path: Path) -> None:
    expected = claims(path)
    found = {
        (cell.scenario, cell.property_name): said(cell)
        for cell in result(path, "auto").cells
        if (cell.scenario, cell.property_name) in expected or not _as_usual(cell)
    }
    assert found == expected


@pytest.mark.parametrize("engine", ["explicit", "native"])
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_explorer_says_the_same(path: Path, engine: Engine) -> None:
    by_auto = {(c.scenario, c.property_name): said(c) for c in result(path, "auto").cells}
    assert {(c.scenario, c.property_name): said(c) for c in result(path, engine).cells} == by_auto


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_strict_takes_no_cut_cell(path: Path) -> None:
    found = result(path, "auto")
    green = [cell for cell in found.cells if cell.verdict is Verdict.HOLDS]
    only_green = MatrixResult(
        found.spec, found.model, found.variants, found.scenarios, (), found.pairs, (), (), (), 0.0
    )
    cut = any(cell.cut for cell in green)
    loose, strict = exit_code([only_green]), exit_code([only_green], {StrictKind.CUT})
    assert strict == (3 if cut and loose == 0 else loose)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_interpreter_finds_the_same_ends(path: Path) -> None:
    for model in fixed_models(path):
        system, expected = elaborate(model), explore(MemoisedInterpreter(model))
        for found in (
            explore_plainly(system, Budget()),
            explore_plainly(system, Budget(), symmetry=True),
            native.explore(system, Budget()),
            native.explore(system, Budget(), symmetry=bool(symmetry_of(system))),
        ):
            assert found.states == expected.states
            assert found.drained_reachable == bool(expected.drained)
            assert found.deadlock_reachable == bool(expected.deadlocks)
            assert found.deadlocked == expected.deadlocked
            lengths = {a.property: a.length for a in found.answers if a.length is not None}
            assert lengths == {number: len(schedule) for number, (schedule, _) in expected.findings.items()}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_unrolling_finds_what_a_run_shows(path: Path) -> None:
    """What ``stuck`` alone violates it cannot find; whatever else it finds is a shortest run."""
    for model in fixed_models(path):
        observed = run_bmc(model)
        for name, length in observed.lengths.items():
            claimed = claims(path)[model.scenario, name]
            assert claimed == f"violated {length}"
            assert length <= BMC_STEPS
