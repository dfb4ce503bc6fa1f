"""Asking the second solver: questions are put in another order, and every answer stays with its question."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from modelcheck.solver.certificates import recheck
from modelcheck.solver.certificates.recheck import RecheckFailed, ask, pieces

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


def test_the_program_runs_where_the_package_is_not_installed(tmp_path: Path) -> None:
    cvc5 = pytest.importorskip("cvc5")
    header, question = tmp_path / "header", tmp_path / "question"
    header.write_text(HEADER, encoding="utf-8")
    question.write_text(OTHERWISE, encoding="utf-8")
    # Without `site` no `.pth` file leads to the package; cvc5 is found all the same.
    environment = {**os.environ, "PYTHONPATH": str(Path(cvc5.__file__).parents[1])}
    command = [sys.executable, "-S", "-P", recheck.__file__, str(os.getpid()), "60000", "1", str(header), str(question)]
    ran = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stdout.splitlines()[1:]) == (0, ["0 sat", "1 unsat"]), ran.stderr
