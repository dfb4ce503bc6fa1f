"""Asking the second solver: questions are put in another order, and every answer stays with its question."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.smt.recheck import RecheckFailed, ask, pieces

HEADER = """(set-logic QF_LIA)
(declare-const x Int)
(define-fun invariant () Bool (<= 0 x))
"""
STEP = """; a step
(define-fun next () Int (- x 1))
; it preserves the invariant: sat
(push 1)
(assert invariant)
(assert (< next 0))
(check-sat)
(pop 1)
; it grows: unsat
(push 1)
(assert (< x next))
(check-sat)
(pop 1)
"""
OTHER = """(define-fun next () Int (+ x 1))
(push 1)
(assert (< next x))
(check-sat)
(pop 1)
(push 1)
(assert invariant)
(assert (= next 0))
(check-sat)
(pop 1)
(push 1)
(assert invariant)
(assert (= next 1))
(check-sat)
(pop 1)
"""
OTHERWISE = "(assert (= x 5))\n(check-sat)\n(assert (= x 6))\n(check-sat)\n"


def test_every_question_is_asked_once_and_those_with_the_invariant_last() -> None:
    found = list(pieces([STEP, OTHERWISE, OTHER]))
    assert [numbers for numbers, _ in found] == [(1,), (2, 3), (4,), (), (0,), (5,), (6,), ()]
    texts = "".join(text for _, text in found)
    assert texts.count("(check-sat)") == 7
    assert texts.count("(assert invariant)") == 1
    assert texts.count("(push 1)") == texts.count("(pop 1)")


def test_answers_stand_in_the_order_of_the_questions(tmp_path: Path) -> None:
    pytest.importorskip("cvc5")
    paths = [tmp_path / name for name in ("header", "step", "otherwise", "other")]
    for path, text in zip(paths, (HEADER, STEP, OTHERWISE, OTHER), strict=True):
        path.write_text(text, encoding="utf-8")
    answers = ask(paths[:1], paths[1:], 60)
    assert answers.solver.startswith("cvc5 ")
    assert answers.given == ("sat", "unsat", "sat", "unsat", "unsat", "unsat", "sat")
    # What is defined for one script is gone in the next.
    assert ask(paths[:1], [paths[3], paths[1]], 60).given == ("unsat", "unsat", "sat", "sat", "unsat")


def test_a_script_that_cannot_be_read_is_no_answer(tmp_path: Path) -> None:
    pytest.importorskip("cvc5")
    broken = tmp_path / "broken"
    broken.write_text("(push 1)\n(assert nothing)\n(check-sat)\n(pop 1)\n", encoding="utf-8")
    with pytest.raises(RecheckFailed):
        ask([], [broken], 60)
