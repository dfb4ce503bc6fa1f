"""What proofs rest on, and what kept others from succeeding, as text."""

from __future__ import annotations

from modelcheck.report.reasons.comparisons import comparison_words
from modelcheck.report.reasons.unexcluded import unexcluded_lines
from modelcheck.report.words import listing, plural, wrapped
from modelcheck.result.proof import Proof
from modelcheck.studies.matrix.model import Pair


def proofs_of(pair: Pair) -> tuple[Proof, ...]:
    """Each proof that decides a cell, once."""
    return tuple(dict.fromkeys(cell.proof for cell in pair.cells if cell.proof is not None))


def proof_sentence(proof: Proof) -> str:
    """What the proof is: for which numbers, by how many lemmas, and who confirmed it."""
    number = f"for any number of {listing(proof.for_any)} " if proof.for_any else ""
    lemmas = plural(len(proof.invariant), "lemma")
    compared = comparison_words(proof.compared)
    return f"proved {number}by induction ({lemmas}), confirmed by {proof.rechecked_by}; {compared}"


def invariant_lines(proof: Proof) -> tuple[str, ...]:
    """The invariant for people: that numbers of instances are not negative is said once."""
    lines = [lemma.text for lemma in proof.invariant if not lemma.natural]
    numbers = len(proof.invariant) - len(lines)
    if numbers:
        who = listing(f"{process}s" for process in proof.for_any)
        lines.append(f"no number of {who} anywhere is negative ({plural(numbers, 'lemma')})")
    return tuple(lines)


def invariants_text(pair: Pair, width: int, most: int | None = None) -> list[str]:
    """The proofs of one (variant, scenario) with their invariants, of which only the first ``most``
    formulas are printed.
    """
    lines: list[str] = []
    for proof in proofs_of(pair):
        lines += wrapped(f"{proof_sentence(proof)}. In every reachable state:", width, "  invariant ", " " * 12)
        formulas = invariant_lines(proof)
        for line in formulas[:most]:
            lines += wrapped(line, width, " " * 14, " " * 18)
        if most is not None and len(formulas) > most:
            left = f"… and {len(formulas) - most} more (--scenario {pair.scenario} alone prints them all)"
            lines += wrapped(left, width, " " * 14, " " * 18)
    return lines


def unexcluded_text(pair: Pair, width: int) -> list[str]:
    """The states that proofs which failed could not exclude."""
    lines: list[str] = []
    for cell in pair.cells:
        for number, line in enumerate(unexcluded_lines(cell.why) if cell.why is not None else ()):
            inner = len(line) - len(line.lstrip())
            first = " " * (12 + inner) if number else f"  why       {cell.property_name}: "
            lines += wrapped(line.lstrip(), width, first, " " * (14 + inner))
    return lines
