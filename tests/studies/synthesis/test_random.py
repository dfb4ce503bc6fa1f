"""Synthesis on random specs; `python -m tests.studies.synthesis.random_holes` compares many more."""

from __future__ import annotations

from collections import Counter

from tests.studies.synthesis.random_holes import compare, hollow


def test_random_specs_have_holes() -> None:
    texts = [hollow(seed) for seed in range(20)]
    assert sum("unknown N0" in text for text in texts) > 10
    assert sum("unknown ON" in text for text in texts) > 3


def test_synthesis_says_what_checks_of_each_assignment_say() -> None:
    total: Counter[str] = Counter()
    for seed in (5, 9, 18, 20, 21, 22, 26, 28):
        total += compare(seed)
    assert total["safe"] + total["rejected"] + total["undecided"] > 30
    assert total["rejected"] > 5
    assert total["safe"] > 5
    assert total["undecided"] > 5
