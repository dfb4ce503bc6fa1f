"""The compiler of the native explorer that leaves something out: the system is the true one for everybody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from modelcheck.checking.run import check_model
from modelcheck.engines.native.code import orbits, steps
from modelcheck.engines.native.code.assembly import Builder, Value
from modelcheck.engines.native.code.steps import StepWriter
from modelcheck.ir.system import Step
from modelcheck.ir.terms import Op, Term
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from modelcheck.report.reasons.sentences import problem_text
from modelcheck.result.budget import Budget
from modelcheck.result.verdict import Verdict


def counters(most: int) -> typed.Model:
    """With ``most`` 12 there are 70,304 states and more, with 2 a few hundred.

    In the end an assertion fails, and an event occurs.
    """
    text = "\n".join(
        [
            "model counters;",
            "event passed();",
            *(f"shared {x} : 0..{most + 1} = 0;" for x in "abc"),
            *(f"process p{x} {{ while ({x} < {most}) {{ atomic {{ {x} = {x} + 1; }} }} }}" for x in "ab"),
            f"process pc {{ while (c < {most}) {{ atomic {{ c = c + 1; }} }}",
            f"  assert before: a < {most}; atomic {{ if (b == {most}) {{ emit passed(); }} }} }}",
            "obligation in_time : assertion(before);",
            "cover seen : a > 0 && b > 0;",
            "scenario s { run pa, pb, pc; }",
        ]
    )
    return pipeline.Loaded(parse_text(text, "counters.mc")).edited().resolved().model


REPLICAS = """
model replicas;
shared x : 0..15 = 0;
process p { local i : 0..12 = 0; while (i < 12) { i = i + 1; atomic { x = x % 2; } } }
invariant little : x < 2;
scenario s { run p[4]; }
"""


def caught(model: typed.Model, reason: str, engine: Any = "native") -> None:
    checked = check_model(model, Budget(), engine, chosen=False)
    assert reason in problem_text(checked.problem), problem_text(checked.problem)[:2000]
    for answer in checked.answers:
        assert answer.verdict is Verdict.ERROR or answer.property in checked.traces, answer
    assert any(answer.verdict is Verdict.ERROR for answer in checked.answers)


def taking(monkeypatch: pytest.MonkeyPatch, change: Callable[[Step], Step]) -> None:
    take = StepWriter._take
    monkeypatch.setattr(StepWriter, "_take", lambda self, step: take(self, change(step)))


LARGE, SMALL = 12, 2


@pytest.mark.parametrize("most", [LARGE, SMALL])
def test_a_raise_that_is_lost(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    taking(monkeypatch, lambda step: replace(step, raises=()))
    caught(counters(most), "about `in_time`: the explorer says holds, the interpreter that it is violated in")


@pytest.mark.parametrize("most", [LARGE, SMALL])
def test_an_update_that_is_lost(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    taking(
        monkeypatch,
        lambda step: replace(step, updates=tuple((id, term) for id, term in step.updates if term.op is Op.CONST)),
    )
    caught(counters(most), "the explorer")


@pytest.mark.parametrize("most", [LARGE, SMALL])
@pytest.mark.parametrize("wanted", [True, False])
def test_a_test_of_guards_that_is_taken_for_its_opposite(
    monkeypatch: pytest.MonkeyPatch, wanted: bool, most: int
) -> None:
    """Or only where it has to come out in one way."""
    tests = steps._tests

    def lying(guard: Term) -> dict[Term, bool]:
        return {test: way if way is not wanted or test.op is Op.EQ else not way for test, way in tests(guard).items()}

    monkeypatch.setattr(steps, "_tests", lying)
    caught(counters(most), "the explorer")


def test_a_sorting_network_that_is_one_too_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """More states than one of each orbit are visited, and counted as if there were more of them."""
    true = orbits.Orbits._sorted

    def short(self: orbits.Orbits, builder: Builder, words: list[Value]) -> list[Value]:
        groups = self._groups
        self._groups = tuple(
            replace(g, replicas=g.replicas - 1, pieces=tuple(replace(p, places=p.places[:-1]) for p in g.pieces))
            for g in groups
        )
        # The last one stays where it is.
        taken, self._taken = self._taken, (0,) * len(self._taken)
        try:
            return true(self, builder, words)
        finally:
            self._groups, self._taken = groups, taken

    monkeypatch.setattr(orbits.Orbits, "_sorted", short)
    model = pipeline.Loaded(parse_text(REPLICAS, "replicas.mc")).edited().resolved().model
    caught(model, "the native explorer takes two states for one")
