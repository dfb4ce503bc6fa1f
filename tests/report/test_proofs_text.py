"""Invariants as people read them: all formulas of a few proofs, the first ones of many."""

from __future__ import annotations

from dataclasses import replace

from modelcheck.report.texts.check_text import check_text
from modelcheck.result.comparisons import FormulasEvaluated, InvariantEvaluated, ProofComparison
from modelcheck.result.proof import Lemma, Proof
from modelcheck.result.verdict import EvidenceKind, Verdict
from modelcheck.studies.matrix.model import MatrixResult
from tests.report.example_results import cell, pair, result

FORMULAS = (
    *(Lemma(f"x{number} <= y", natural=False) for number in range(10)),
    *(Lemma(f"readers at {place} >= 0", natural=True) for place in ("chk", "use")),
)
COMPARED = ProofComparison(FormulasEvaluated(81, (0, 4)), InvariantEvaluated(30, complete=True, instances=(0, 2)))


def proved(scenarios: int) -> MatrixResult:
    proof = Proof(("reader",), FORMULAS, "cvc5 1.2.3", COMPARED)
    names = [f"any_{number}" for number in range(scenarios)]
    cells = [
        replace(cell("base", name, "few", Verdict.HOLDS), evidence=EvidenceKind.PROVED, proof=proof) for name in names
    ]
    return result(*(pair("base", name, one) for name, one in zip(names, cells, strict=True)))


def test_a_few_proofs_are_printed_with_all_formulas() -> None:
    text = check_text(proved(3), proofs=True)
    assert text.count("x0 <= y") == text.count("x9 <= y") == 3
    assert text.count("no number of readers anywhere is negative (2 lemmas)") == 3
    assert "more" not in text


def test_of_many_proofs_the_first_formulas_are_printed_and_who_prints_the_rest_is_told() -> None:
    text = check_text(proved(4), proofs=True)
    assert text.count("x7 <= y") == 4
    assert "x8 <= y" not in text
    assert " ".join(text.split()).count("(12 lemmas), confirmed by cvc5 1.2.3") == 4
    assert "… and 3 more (--scenario any_2 alone prints them all)" in " ".join(text.split())


def test_without_invariants_there_is_none() -> None:
    assert "x0" not in check_text(proved(1))
