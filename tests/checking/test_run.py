"""From the text of a model to replayed answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modelcheck.checking import checker, plan
from modelcheck.checking.run import check_model
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from modelcheck.report.reasons.sentences import problem_text, reason_text
from modelcheck.result.budget import Budget
from modelcheck.result.checked import Checked
from modelcheck.result.comparisons import Everything
from modelcheck.result.verdict import Answer, EvidenceKind, Verdict
from modelcheck.semantics.elaborate import elaborate
from modelcheck.semantics.interpreter.interpreter import Interpreter

LOST_UPDATE = """
model lost_update;
shared x : 0..4 = 0;
event  never_emitted();
process inc {
 go: x = x + 1;
 no: if (x > 3) { x = 0; }
}
final sum     : x == 2;
cover two     : x == 2;
cover three   : x == 3;
count silence : never never_emitted();
scenario both { run inc[2]; }
scenario any  { run inc[*]; }
"""
NO_END = """
model no_end;
shared x : bool = false;
process spin { loop { x = !x; } }
final quiet : !x;
scenario s { run spin; }
"""


def model_of(text: str, scenario: str | None = None) -> typed.Model:
    return pipeline.Loaded(parse_text(text, "test.mc")).edited().resolved(scenario).model


def named(model: typed.Model, checked: Checked) -> dict[str, Answer]:
    return {p.name: a for p, a in zip(model.properties, checked.answers, strict=True)}


@pytest.mark.parametrize("engine", ["auto", "explicit"])
def test_explicit_engines(engine: plan.Engine) -> None:
    model = model_of(LOST_UPDATE, "both")
    checked = check_model(model, Budget(), engine)
    answers = named(model, checked)
    assert answers["sum"].verdict is Verdict.VIOLATED
    # Two loads and two stores, and each process looks at x once more before it is done.
    assert answers["sum"].length == 6
    assert answers["two"].verdict is Verdict.HOLDS
    assert answers["two"].evidence is EvidenceKind.WITNESS
    assert answers["three"].verdict is Verdict.VIOLATED
    assert answers["three"].evidence is EvidenceKind.EXHAUSTED
    assert answers["deadlock"].verdict is Verdict.HOLDS
    assert isinstance(answers["deadlock"].cross_checked, Everything)
    assert set(checked.traces) == {answers["sum"].property, answers["two"].property}
    trace = checked.traces[answers["sum"].property]
    assert trace.schedule == answers["sum"].schedule
    assert trace.property_name == "sum"
    assert not checked.problem


def test_what_never_happened_is_listed() -> None:
    checked = check_model(model_of(LOST_UPDATE, "both"), Budget())
    assert checked.coverage.events == ("never_emitted",)
    assert [(process, span.text) for process, span, _ in checked.coverage.steps] == [("inc", "x = 0;")]


def test_bounded_model_checking() -> None:
    model = model_of(LOST_UPDATE, "both")
    answers = named(model, check_model(model, Budget(steps=8), "bmc"))
    assert answers["sum"].verdict is Verdict.VIOLATED
    assert answers["sum"].length == 6
    assert answers["two"].length == 4
    assert answers["three"].verdict is Verdict.BOUNDED
    assert answers["stuck"].verdict is Verdict.UNKNOWN


def test_each_explorer_can_be_asked_for() -> None:
    model = model_of(LOST_UPDATE, "both")
    explored = {name: check_model(model, Budget(), name) for name in ("auto", "explicit", "native")}
    for name, checked in explored.items():
        assert {a.engine for a in checked.answers if a.verdict is not Verdict.NOT_APPLICABLE} == {
            "native" if name == "native" else "explicit"
        }
        assert [(a.verdict, a.length) for a in checked.answers] == [
            (a.verdict, a.length) for a in explored["auto"].answers
        ]
        assert not checked.problem


def test_any_number_of_processes_needs_another_engine() -> None:
    model = model_of(LOST_UPDATE, "any")
    answers = check_model(model, Budget()).answers
    assert {a.verdict for a in answers} <= {Verdict.UNKNOWN, Verdict.NOT_APPLICABLE}
    assert any("induction" in reason_text(a.reason) for a in answers)


def test_no_drained_state_is_an_error_not_green() -> None:
    model = model_of(NO_END)
    answers = named(model, check_model(model, Budget()))
    assert answers["quiet"].verdict is Verdict.ERROR
    assert "vacuous" in reason_text(answers["quiet"].reason)
    assert answers["stuck"].verdict is Verdict.VIOLATED
    assert answers["stuck"].length == 0


def test_a_trace_that_the_interpreter_refuses_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of(LOST_UPDATE, "both")
    good = check_model(model, Budget())
    system = elaborate(model)
    shorter = tuple(
        replace(a, schedule=a.schedule[:-1], length=len(a.schedule) - 1) if a.schedule else a for a in good.answers
    )
    monkeypatch.setattr(checker, "_explored", lambda *_: replace(good, answers=shorter, system=system))
    answers = named(model, check_model(model, Budget()))
    assert answers["sum"].verdict is Verdict.ERROR
    assert "does not confirm" in reason_text(answers["sum"].reason)


def test_disagreement_with_the_interpreter_withdraws_green(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of(LOST_UPDATE, "both")
    monkeypatch.setattr(Interpreter, "state_findings", lambda *_: ())
    checked = check_model(model, Budget())
    answers = named(model, checked)
    assert "different findings" in problem_text(checked.problem)
    assert answers["deadlock"].verdict is Verdict.ERROR
    assert "disagree" in reason_text(answers["deadlock"].reason)
    assert Verdict.HOLDS not in {a.verdict for a in checked.answers if a.schedule is None}


LARGE = """
model large;
shared huge  : int = 50000000000000000000000000000;
shared steps : int = 0;
process p { while (steps < 400) { atomic { steps = steps + 1; huge = huge + huge; } } }
invariant few : steps < 300;
invariant any : huge > 0;
scenario s { run p[2]; }
"""


@pytest.mark.parametrize("engine", ["auto", "explicit", "native"])
def test_integers_may_be_large_from_the_start_and_become_larger(engine: plan.Engine) -> None:
    model = model_of(LARGE)
    checked = check_model(model, Budget(), engine)
    answers = named(model, checked)
    assert answers["few"].verdict is Verdict.VIOLATED
    assert checked.traces[model.properties[0].id].finding.property == model.properties[0].id
    assert answers["any"].verdict is Verdict.HOLDS
    assert checked.cross_checked
