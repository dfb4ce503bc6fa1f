"""Interpreter and engine agree about a part of the shapes; all of them: ``python -m tests.shapes``."""

from __future__ import annotations

import pytest

from tests.agreement import Outcome, agree
from tests.shapes import Shape, shapes

#: One in so many: primes, so that operands, contexts and modes mix.
EVERY = 401
STATEMENTS_EVERY = 13
CHOSEN = [
    shape
    for number, shape in enumerate(shapes())
    if number % (STATEMENTS_EVERY if shape.name.startswith("statement/") else EVERY) == 0
]


@pytest.mark.parametrize("shape", CHOSEN, ids=[shape.name for shape in CHOSEN])
def test_shape(shape: Shape) -> None:
    report = agree(shape.text, unroll=False)
    assert report.outcome is not Outcome.TOO_BIG
    if report.outcome is Outcome.REFUSED:
        # Only for what can never stand there: endless loops, calls with a body, effects, waiting.
        assert report.refusal.startswith(("MC40", "MC41", "MC121", "MC130")), report.refusal


def test_there_are_many_and_each_has_its_name() -> None:
    names = [shape.name for shape in shapes()]
    assert len(names) == len(set(names)) > 60_000
