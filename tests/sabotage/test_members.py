"""Members of a portfolio, proofs about unbounded integers, and the choice of traces that lie: what
catches them, and that nothing else is believed then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from modelcheck.checking import checker, follow, plan, shrink, unbounded
from modelcheck.checking.portfolio import Member
from modelcheck.checking.run import check_model
from modelcheck.engines.induction import fixed, subject
from modelcheck.engines.protocol import Question
from modelcheck.ir.counted import CounterSystem
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from modelcheck.report.reasons.sentences import problem_text, reason_text
from modelcheck.result.budget import Budget
from modelcheck.result.checked import Checked
from modelcheck.result.reasons.differences import ProvedAndRefuted
from modelcheck.result.reasons.proofs import AnySize, NotAttempted, Proved
from modelcheck.result.reasons.reason import Several
from modelcheck.result.trace import Move
from modelcheck.result.verdict import Answer, EvidenceKind, Verdict

#: More states than a portfolio explores before it begins.
WIDE = """
model wide;
shared a : 0..60 = 0;
shared b : 0..60 = 0;
shared c : 0..60 = 0;
process pa { while (a < 60) { atomic { a = a + 1; } } }
process pb { while (b < 60) { atomic { b = b + 1; } } }
process pc { while (c < 60) { atomic { c = c + 1; } } }
invariant low : a + b + c <= 3;
invariant fits : a <= 60;
invariant never : !(a == 60 && b == 60 && c == 60);
scenario s { run pa, pb, pc; }
"""

#: It grows for ever.
GROWING = """
model growing;
shared a : int = 0;
shared b : int = 0;
process pa { loop { atomic { a = a + 1; } } }
process pb { loop { atomic { b = a; } } }
invariant behind : b <= a;
invariant positive : a >= 0;
invariant small : a <= 3;
scenario s { run pa, pb; }
"""


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What contradictions leave behind."""
    monkeypatch.chdir(tmp_path)


def model(text: str) -> typed.Model:
    return pipeline.Loaded(parse_text(text, "test.mc")).edited().resolved().model


def by_name(of: typed.Model, checked: Checked) -> dict[str, Answer]:
    names = {p.id: p.name for p in of.properties}
    return {names[a.property]: a for a in checked.answers}


def nothing_is_left(checked: Checked) -> None:
    """But what the interpreter has replayed."""
    assert checked.problem
    for answer in checked.answers:
        assert answer.verdict is Verdict.ERROR or answer.property in checked.traces, answer
    assert any(answer.verdict is Verdict.ERROR for answer in checked.answers)


# ----------------------------------------------------------------------------------------------- portfolios


def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a portfolio begin after a few states."""
    first, *rest = plan.TOGETHER
    monkeypatch.setattr(plan, "TOGETHER", (replace(first, states=20), *rest))


def _member(monkeypatch: pytest.MonkeyPatch, of: typed.Model, answers: Mapping[str, Answer]) -> Checked:
    """A portfolio that begins at once, with one member, which says this."""
    told = tuple(replace(answer, property=p.id) for p in of.properties if (answer := answers.get(p.name)) is not None)

    def lying(*_: Any) -> Member:
        return Member("liar", lambda budget, directory, say: Checked(told))

    at_once(monkeypatch)
    monkeypatch.setattr(follow, "_member", lying)
    return check_model(of, Budget(seconds=60), "portfolio")


PROVED = Answer(0, Verdict.HOLDS, EvidenceKind.PROVED, "liar", reason=Proved(AnySize(), 1, "cvc5"))


def test_a_member_that_says_that_something_false_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    of = model(WIDE)
    checked = _member(monkeypatch, of, dict.fromkeys((p.name for p in of.properties), PROVED))
    assert "about `low`: liar finds nothing, and the interpreter does in" in problem_text(checked.problem)
    nothing_is_left(checked)


def test_a_member_whose_trace_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    of = model(WIDE)
    false = Answer(0, Verdict.VIOLATED, EvidenceKind.TRACE, "liar", schedule=(Move(0),) * 20 + (Move(9),), length=21)
    checked = _member(monkeypatch, of, {"low": false, "fits": PROVED, "never": PROVED})
    assert "the interpreter does not confirm the trace of liar" in reason_text(by_name(of, checked)["low"].reason)
    nothing_is_left(checked)


def test_a_member_that_contradicts_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    of = model(WIDE)
    names = {p.name: p.id for p in of.properties}

    def member(ways: Any, share: plan.Share, *_: Any) -> Member:
        # What nobody answers stays open, so that all are waited for.
        false = Answer(names["never"], Verdict.HOLDS, EvidenceKind.PROVED, "liar")
        other = Answer(names["never"], Verdict.VIOLATED, EvidenceKind.TRACE, "other", schedule=(Move(0),), length=1)
        if share.engine == "bmc":
            return Member("other", lambda budget, directory, say: Checked((other,)))
        return Member("liar", lambda budget, directory, say: Checked((false,)))

    at_once(monkeypatch)
    monkeypatch.setattr(follow, "_member", member)
    checked = check_model(of, Budget(seconds=60), "portfolio")
    nothing_is_left(checked)
    assert by_name(of, checked)["fits"].verdict is Verdict.ERROR


# ------------------------------------------------------------------------------------- unbounded integers


def test_without_sabotage_integers_are_proved() -> None:
    of = model(GROWING)
    found = by_name(of, check_model(of, Budget(seconds=20)))
    assert found["behind"].evidence is EvidenceKind.PROVED
    assert found["small"].verdict is Verdict.VIOLATED


def test_a_proof_of_what_was_seen_to_be_false(monkeypatch: pytest.MonkeyPatch) -> None:
    """Caught where answers are joined: exploration has a trace."""

    def lying(name: Any, question: Question, *_: Any) -> Checked:
        return Checked(tuple(replace(PROVED, property=p.id) for p in question.fixed.asked if p.name == "small"))

    monkeypatch.setattr(checker, "_proved", lying)
    of = model(GROWING)
    checked = check_model(of, Budget(seconds=20, states=2_000))
    assert by_name(of, checked)["small"].verdict is Verdict.ERROR
    nothing_is_left(checked)


def test_a_proof_of_what_no_exploration_has_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Caught by the interpreter on the first states, although exploration came to nothing."""

    def lying(name: Any, question: Question, *_: Any) -> Checked:
        return Checked(tuple(replace(PROVED, property=p.id) for p in question.fixed.asked))

    monkeypatch.setattr(checker, "_proved", lying)
    of = model(GROWING)
    checked = check_model(of, Budget(states=3))
    assert "about `small`" in problem_text(checked.problem)
    nothing_is_left(checked)


def test_steps_of_a_proof_that_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Caught by the comparison of its steps with the compiled ones."""
    true = subject.fixed

    def losing(*arguments: Any) -> Any:
        made = true(*arguments)
        counted: CounterSystem = made.counted
        return replace(made, counted=replace(counted, steps=counted.steps[:-1]))

    monkeypatch.setattr(subject, "fixed", losing)
    assert fixed.COMPARED
    of = model(GROWING)
    found = by_name(of, check_model(of, Budget(seconds=10)))
    assert found["behind"].verdict is not Verdict.HOLDS
    reason = found["behind"].reason
    assert isinstance(reason, Several)
    assert NotAttempted.OTHER_SUCCESSORS in reason.reasons


# ------------------------------------------------------------------------------------------ any number

ANY = """
model any;
shared x : 0..3 = 0;
process inc { atomic { if (x < 3) { x = x + 1; } } }
invariant one : x <= 1;
invariant fits : x <= 3;
cover two : x == 2;
scenario s { run inc[*]; }
"""


def any_number(engine: Any = "auto") -> tuple[typed.Model, Checked]:
    spec = parse_text(ANY, "any.mc")

    def sized(counts: Mapping[str, int]) -> typed.Model:
        return pipeline.Loaded(spec).edited().resolved("s", counts).model

    of = pipeline.Loaded(spec).edited().resolved("s").model
    return of, check_model(of, Budget(seconds=30), engine, sized=sized)


@pytest.mark.parametrize("engine", ["auto", "portfolio"])
def test_a_small_number_that_was_explored_wrongly_withdraws_the_proof(
    monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    of, honest = any_number(engine)
    assert not honest.problem
    assert by_name(of, honest)["fits"].verdict is Verdict.HOLDS
    true: Any = checker._explored

    def lying(*arguments: Any) -> Checked:
        checked: Checked = true(*arguments)
        return replace(
            checked,
            answers=tuple(replace(a, schedule=a.schedule[:-1]) if a.schedule else a for a in checked.answers),
        )

    monkeypatch.setattr(checker, "_explored", lying)
    of, checked = any_number(engine)
    nothing_is_left(checked)
    assert by_name(of, checked)["fits"].verdict is Verdict.ERROR


def test_a_proof_that_larger_numbers_refute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Caught where what was proved meets what was explored."""

    def lying(of: typed.Model, sized: Any, wanted: Any, *_: Any) -> dict[str, Answer]:
        return {p.name: replace(PROVED, property=p.id) for p in of.properties}

    monkeypatch.setattr(unbounded, "_prove", lying)
    _, checked = any_number()
    assert isinstance(checked.problem, ProvedAndRefuted)
    nothing_is_left(checked)


# ------------------------------------------------------------------------------------------ chosen traces


def test_a_chosen_trace_of_another_property(monkeypatch: pytest.MonkeyPatch) -> None:
    true = shrink.shrink

    def lying(system: Any, interpreter: Any, violating: Any, **options: Any) -> Any:
        found = true(system, interpreter, violating, **options)
        return dict(zip(found, reversed(list(found.values())), strict=True))

    monkeypatch.setattr(shrink, "shrink", lying)
    of = model(WIDE.replace("60", "9"))
    checked = check_model(of, Budget())
    assert "the interpreter does not confirm the trace" in problem_text(checked.problem)
    nothing_is_left(checked)
