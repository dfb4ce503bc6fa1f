"""Models whose states fill words exactly, or nearly: every engine must agree about them
(``tests.campaign --wide`` runs many more).
"""

from __future__ import annotations

import pytest

from modelcheck.engines.native.layout import WORD
from tests.agreement import Outcome, agree
from tests.wide_models import SLACK, bits_of, wide_model

#: Seeds of one test; more models in one test keep the overhead of the test runner down.
BATCH = 5


@pytest.mark.parametrize("first", range(1, 21, BATCH))
def test_engines_agree_where_states_cross_words(first: int) -> None:
    outcomes = [
        agree(wide_model(seed), unroll=seed % BATCH == 0, native=True, steps=4, states=2_000).outcome
        for seed in range(first, first + BATCH)
    ]
    assert outcomes.count(Outcome.AGREED) >= 2


def test_states_are_as_wide_as_they_should_be() -> None:
    widths = {bits_of(wide_model(seed)) for seed in range(1, 31)}
    boundaries = {round(width / WORD) for width in widths}
    assert boundaries >= {1, 2, 3}
    assert all(abs(width - round(width / WORD) * WORD) <= SLACK for width in widths)
    assert any(width < round(width / WORD) * WORD for width in widths)
    assert any(width > round(width / WORD) * WORD for width in widths)
