"""Some of what `python -m tests.fuzz` tries, and that it would notice."""

from __future__ import annotations

import pytest

from modelcheck.language import pipeline
from tests.fuzz import called, specs, try_seed


@pytest.mark.parametrize("seed", range(30))
def test_no_input_ends_in_an_internal_error(seed: int) -> None:
    tried = try_seed(seed)
    assert tried.problem == "", tried.arguments


def test_an_internal_error_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(pipeline, "load", broken)
    assert "MC599" in called(("list", str(specs()[0]))).problem
