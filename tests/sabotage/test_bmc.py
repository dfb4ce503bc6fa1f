"""Bounded model checking that lies, caught by the interpreter on the shortest runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from modelcheck.checking import checker
from modelcheck.checking.run import check_model
from modelcheck.engines.bmc import bmc as module
from modelcheck.ir.system import System
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.report.reasons.sentences import problem_text
from modelcheck.result.budget import Budget
from modelcheck.result.checked import Checked
from modelcheck.result.verdict import EvidenceKind, Verdict

TEXT = """
model two;
shared x : 0..4 = 0;
process inc { x = x + 1; }
invariant small : x <= 1;
invariant fits : x <= 2;
scenario s { run inc[2]; }
"""


def _checked() -> Checked:
    return check_model(pipeline.Loaded(parse_text(TEXT, "two.mc")).edited().resolved().model, Budget(steps=8), "bmc")


def _caught(checked: Checked, reason: str) -> None:
    assert reason in problem_text(checked.problem)
    assert {a.verdict for a in checked.answers} == {Verdict.ERROR}


def test_without_sabotage_nothing_is_caught() -> None:
    checked = _checked()
    assert not checked.problem
    assert {Verdict.VIOLATED, Verdict.BOUNDED} <= {a.verdict for a in checked.answers}


def test_a_violation_that_is_overlooked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a bound were off by one, or `unknown` were taken for `no`."""
    true: Any = checker._unrolled

    def lying(*arguments: Any) -> Checked:
        checked: Checked = true(*arguments)
        return replace(
            checked,
            answers=tuple(
                replace(a, verdict=Verdict.BOUNDED, evidence=EvidenceKind.NONE, schedule=None, length=None, depth=8)
                if a.schedule is not None
                else a
                for a in checked.answers
            ),
        )

    monkeypatch.setattr(checker, "_unrolled", lying)
    _caught(_checked(), "bmc finds nothing within 8 steps, and the interpreter does in")


def test_unrolling_a_system_without_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    true = module.bmc

    def lying(system: System, *arguments: Any) -> Any:
        false = system.terms.false
        steps = tuple(replace(s, guard=false) if s.process == 1 else s for s in system.steps)
        return true(replace(system, steps=steps), *arguments)

    monkeypatch.setattr(module, "bmc", lying)
    # What is left of it is a deadlock that is none.
    _caught(_checked(), "the interpreter does not confirm the trace of bmc")
