"""Random specs on which interpreter, explicit engine and bounded model checking must agree
(``tests.campaign`` runs many more).
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.agreement import Outcome, agree
from tests.random_models import random_model

#: Seeds of one test; more models in one test keep the overhead of the test runner down.
BATCH = 15


@pytest.mark.parametrize("first", range(0, 240, BATCH))
def test_explorer_and_interpreter_agree(first: int) -> None:
    for seed in range(first, first + BATCH):
        agree(random_model(seed), unroll=False, states=5_000)


@pytest.mark.parametrize("first", range(20_000, 20_030, BATCH))
def test_bounded_model_checking_agrees_as_well(first: int) -> None:
    for seed in range(first, first + BATCH):
        agree(random_model(seed), unroll=True, states=5_000)


def test_random_models_are_worth_while() -> None:
    """Hardly any is refused, and all kinds of things go wrong in them."""
    reports = [agree(random_model(seed), unroll=False, states=5_000) for seed in range(60)]
    outcomes = Counter(report.outcome for report in reports)
    assert outcomes[Outcome.AGREED] >= 50
    assert outcomes[Outcome.REFUSED] <= 3
    assert sum(report.states > 20 for report in reports) >= 15
    violated = {name for report in reports for name in report.violated}
    assert {"null_deref", "unassigned_read", "deadlock", "stuck", "range", "step1", "cnt2"} <= violated


def test_a_seed_always_makes_the_same_model() -> None:
    assert random_model(7) == random_model(7)
    assert random_model(7) != random_model(8)
