"""An engine that was caught once keeps nothing but what the interpreter has replayed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from modelcheck.checking import checker, plan
from modelcheck.checking.run import check_model
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.report.reasons.sentences import problem_text, reason_text
from modelcheck.result.budget import Budget
from modelcheck.result.checked import Checked
from modelcheck.result.verdict import Answer, Verdict
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.run import run as run_matrix

TEXT = """
model two;
shared x : 0..4 = 0;
process inc { x = x + 1; }
invariant small : x <= 1;
invariant fits : x <= 2;
cover two : x == 2;
scenario s { run inc[2]; }
"""


def _shorter(answer: Answer, name: str, names: dict[int, str]) -> Answer:
    """The run to a property loses its last step."""
    if names[answer.property] != name or not answer.schedule:
        return answer
    return replace(answer, schedule=answer.schedule[:-1], length=len(answer.schedule) - 1)


def _names() -> dict[int, str]:
    model = pipeline.Loaded(parse_text(TEXT, "two.mc")).edited().resolved().model
    return {p.id: p.name for p in model.properties}


def _by_name(checked: Checked, names: dict[int, str]) -> dict[str, Answer]:
    return {names[a.property]: a for a in checked.answers}


@pytest.mark.parametrize(
    ("engine", "function"), [("auto", "_explored"), ("explicit", "_explored"), ("bmc", "_unrolled")]
)
def test_a_refused_schedule_withdraws_all_but_replayed_traces(
    monkeypatch: pytest.MonkeyPatch, engine: plan.Engine, function: str
) -> None:
    names = _names()
    true: Any = getattr(checker, function)

    def lying(*arguments: Any) -> Checked:
        checked: Checked = true(*arguments)
        return replace(checked, answers=tuple(_shorter(a, "small", names) for a in checked.answers))

    monkeypatch.setattr(checker, function, lying)
    model = pipeline.Loaded(parse_text(TEXT, "two.mc")).edited().resolved().model
    checked = check_model(model, Budget(steps=8), engine)
    answers = _by_name(checked, names)
    assert "does not confirm" in reason_text(answers["small"].reason)
    assert "does not confirm" in problem_text(checked.problem)
    for name, answer in answers.items():
        if name == "two":
            # The interpreter has replayed its run.
            assert answer.verdict is Verdict.HOLDS
            assert answer.property in checked.traces
        elif name != "small":
            assert answer.verdict is Verdict.ERROR, name
            assert reason_text(answer.reason).startswith("another answer about this model turned out to be wrong: ")


def test_nothing_of_it_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path, names = tmp_path / "two.mc", _names()
    path.write_text(TEXT, encoding="utf-8")
    options = Options(jobs=0, cache=str(tmp_path / "cache"))
    true: Any = checker._explored

    def lying(*arguments: Any) -> Checked:
        checked: Checked = true(*arguments)
        return replace(checked, answers=tuple(_shorter(a, "small", names) for a in checked.answers))

    with monkeypatch.context() as patched:
        patched.setattr(checker, "_explored", lying)
        broken = run_matrix(pipeline.load(str(path)), str(path), options)
    assert all(pair.doubted for pair in broken.pairs)
    again = run_matrix(pipeline.load(str(path)), str(path), options)
    assert not any(pair.reused for pair in again.pairs)
    assert {c.property_name: c.verdict for c in again.cells}["fits"] is Verdict.HOLDS
