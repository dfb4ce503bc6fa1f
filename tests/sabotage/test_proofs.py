"""Proofs that lie, and what catches them before anything is said to be proved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from modelcheck.checking.certify import Standing, certify
from modelcheck.checking.run import check_model
from modelcheck.engines.induction import fallback, invariant, prove, subject
from modelcheck.engines.induction.certificates import certificates
from modelcheck.engines.induction.houdini import Invariant
from modelcheck.ir.counted import CounterSystem
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.result.budget import Budget
from modelcheck.result.checked import Checked
from modelcheck.result.proof import Origin, Request
from modelcheck.result.reasons.certificates import DoesNotFit
from modelcheck.result.verdict import EvidenceKind, Verdict
from modelcheck.solver.certificates.certificate import scripts
from modelcheck.solver.certificates.recheck import Answers, ask
from modelcheck.solver.spacer import Found

#: With 21 guests there are too many: no number of instances that is explored shows it.
TEXT = """
model turnstile;
shared inside : int = 0;
shared open : bool = true;
process guest {
 enter: atomic when (open) { inside = inside + 1; }
 leave: atomic { inside = inside - 1; }
}
process porter { open = false; }
invariant counted  : inside == nr_at(guest::leave);
invariant few      : inside <= 20;
scenario any { run guest[*], porter; }
"""


def instance(counts: Mapping[str, int] | None = None) -> typed.Model:
    return pipeline.Loaded(parse_text(TEXT, "turnstile.mc")).edited().resolved("any", counts).model


def checked() -> dict[str, tuple[Verdict, str]]:
    """Verdicts and reasons by name; nothing that is false may hold."""
    model = instance()
    found: Checked = check_model(model, Budget(seconds=30), sized=instance)
    names = {p.id: p.name for p in model.properties}
    result = {names[a.property]: (a.verdict, reason_text(a.reason)) for a in found.answers}
    assert result["few"][0] is not Verdict.HOLDS
    return result


def test_without_sabotage_one_is_proved_and_one_is_not() -> None:
    found = checked()
    assert found["counted"][0] is Verdict.HOLDS
    assert found["few"][0] is Verdict.UNKNOWN


def _said_to_be_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is wanted becomes a lemma, and is said to be inductive."""

    def lying(system: CounterSystem, guess: Any, wanted: Any, *rest: Any) -> Invariant:
        terms = system.terms
        lemmas = tuple(terms.not_(terms.or_(*system.violations(id))) for id in wanted)
        return Invariant(lemmas, frozenset(wanted), {}, 0, 0, lemmas)

    monkeypatch.setattr(invariant, "prove", lying)


def test_a_lemma_that_is_not_inductive(monkeypatch: pytest.MonkeyPatch) -> None:
    _said_to_be_proved(monkeypatch)
    verdict, reason = checked()["few"]
    assert verdict is Verdict.UNKNOWN
    assert "z3 finds a proof, but it was not confirmed: cvc5 answers sat to" in reason


def _answering(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """cvc5 answers everything in the same way."""
    true = ask

    def lying(header: Any, paths: Any, seconds: float) -> Answers:
        told = true(header, paths, seconds)
        return Answers(told.solver, tuple(answer for _ in told.given))

    monkeypatch.setattr(certificates, "ask", lying)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("unknown", "cvc5 answers unknown to"),
        # The controls have to be satisfiable.
        ("unsat", "cvc5 answers unsat to"),
    ],
)
def test_a_second_solver_that_does_not_work(monkeypatch: pytest.MonkeyPatch, answer: str, reason: str) -> None:
    _answering(monkeypatch, answer)
    verdict, why = checked()["counted"]
    assert verdict is Verdict.UNKNOWN
    assert reason in why


def test_answers_of_the_second_solver_that_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    true = ask

    def losing(header: Any, paths: Any, seconds: float) -> Answers:
        told = true(header, paths, seconds)
        return Answers(told.solver, told.given[:-1])

    monkeypatch.setattr(certificates, "ask", losing)
    verdict, why = checked()["counted"]
    assert verdict is Verdict.UNKNOWN
    assert "answers to" in why


def test_spacer_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    def lying(system: CounterSystem, lemmas: Any, fails: Any, seconds: float, **_: Any) -> Found:
        return Found(system.terms.not_(fails))

    monkeypatch.setattr(fallback, "search", lying)
    verdict, _ = checked()["few"]
    # z3 does not find it inductive, so it never becomes a lemma.
    assert verdict is Verdict.UNKNOWN


def _counted(monkeypatch: pytest.MonkeyPatch, change: Callable[[CounterSystem], CounterSystem]) -> None:
    true = subject.count

    def lying(*arguments: Any) -> Any:
        made = true(*arguments)
        return replace(made, counted=change(made.counted))

    monkeypatch.setattr(prove, "count", lying)


def _step_lost(counted: CounterSystem) -> CounterSystem:
    return replace(counted, steps=counted.steps[1:])


def _counter_lost(counted: CounterSystem) -> CounterSystem:
    """No step changes one of the counters."""
    lost = counted.counters[0]
    return replace(
        counted,
        steps=tuple(replace(s, updates=tuple(u for u in s.updates if u[0] != lost)) for s in counted.steps),
    )


def _guard_lost(counted: CounterSystem) -> CounterSystem:
    return replace(counted, steps=tuple(replace(s, guard=counted.terms.true) for s in counted.steps))


@pytest.mark.parametrize("lie", [_step_lost, _counter_lost, _guard_lost])
def test_an_abstraction_that_leaves_something_out(
    monkeypatch: pytest.MonkeyPatch, lie: Callable[[CounterSystem], CounterSystem]
) -> None:
    _counted(monkeypatch, lie)
    found = checked()
    assert found["counted"][0] is Verdict.UNKNOWN
    assert "the abstraction and the system disagree about the successors of a state" in found["counted"][1]


def test_an_abstraction_whose_condition_is_never_true(monkeypatch: pytest.MonkeyPatch) -> None:
    """Caught by the comparison with three instances, or by that in states with arbitrary values."""
    _counted(
        monkeypatch,
        lambda counted: replace(counted, bad=dict.fromkeys(counted.bad, counted.terms.false)),
    )
    verdict, why = checked()["few"]
    assert verdict is Verdict.UNKNOWN
    assert "disagree about" in why


# ------------------------------------------------------------------------------------ obligations that are not asked


def _without(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    """The scripts of certificates lack the questions with these words; what is defined in them stays."""
    true = scripts

    def lying(*arguments: Any) -> Any:
        made = []
        for script in true(*arguments):
            text = script.text
            for question in script.questions:
                if words in question.name:
                    head, _, rest = text.partition(f"; {question.name}: {question.answer}\n")
                    text = head + rest.partition("(pop 1)\n")[2]
            kept = tuple(q for q in script.questions if words not in q.name)
            made.append(replace(script, text=text, questions=kept))
        return tuple(made)

    monkeypatch.setattr(certificates, "scripts", lying)


@pytest.mark.parametrize("words", ["preserves the invariant", "is not violated", "holds initially"])
def test_a_certificate_without_an_obligation(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    _without(monkeypatch, words)
    verdict, why = checked()["counted"]
    assert verdict is Verdict.UNKNOWN
    assert "the certificate does not ask whether" in why


def test_a_certificate_without_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    true = scripts
    monkeypatch.setattr(
        certificates,
        "scripts",
        lambda *arguments: tuple(s for s in true(*arguments) if not s.file.startswith("steps/0")),
    )
    verdict, why = checked()["counted"]
    assert verdict is Verdict.UNKNOWN
    assert "the certificate does not define" in why


def test_a_certificate_of_another_model(tmp_path: Path) -> None:
    """``modelcheck certify`` composes it again from the model and compares."""
    path, directory = tmp_path / "turnstile.mc", tmp_path / "certificate"
    path.write_text(TEXT, encoding="utf-8")
    spec = pipeline.load(str(path))

    def sized(counts: Mapping[str, int] | None = None) -> typed.Model:
        return pipeline.Loaded(spec).edited().resolved("any", counts).model

    request = Request(directory, Origin(str(path), pipeline.sources(spec)))
    found = check_model(sized(), Budget(seconds=30), sized=sized, request=request)
    assert any(a.evidence is EvidenceKind.PROVED for a in found.answers)
    assert certify(directory, None, 60).standing is Standing.CONFIRMED
    path.write_text(TEXT.replace("inside = inside - 1", "inside = inside - 2"), encoding="utf-8")
    refused = certify(directory, None, 60)
    assert refused.standing is not Standing.CONFIRMED
    assert isinstance(refused.doubt, DoesNotFit)
