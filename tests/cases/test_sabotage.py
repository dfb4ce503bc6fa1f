"""A search that is broken off after some states, in the compiled code itself: nothing of what it says is believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.checking.run import check_model
from modelcheck.engines.native import search
from modelcheck.language import pipeline
from modelcheck.report.reasons.sentences import problem_text
from modelcheck.result.budget import Budget
from modelcheck.result.verdict import Verdict

SPEC = Path(__file__).parent / "sabotage" / "sabotaged_explorer.mc"


@pytest.mark.parametrize("counting", [True, False])
@pytest.mark.parametrize("states", [60_000, 200_000])
def test_a_search_that_is_broken_off(monkeypatch: pytest.MonkeyPatch, states: int, counting: bool) -> None:
    """``counting``: the search counts what it expanded.

    Without that only the question which states it visited is left.
    """
    model = pipeline.Loaded(pipeline.load(str(SPEC))).edited().resolved().model
    number = next(p.id for p in model.properties if p.name == "not_all")
    with monkeypatch.context() as patched:
        expand = search.Search._expand

        def stopping(self: search.Search, begin: int, end: int) -> int | None:
            return None if self._storage.count > states else expand(self, begin, end)

        patched.setattr(search.Search, "_expand", stopping)
        if not counting:
            patched.setattr(search.Search, "check_whole", lambda _: None)
        broken = check_model(model, Budget(), chosen=False)
    told = "the native explorer expanded" if counting else "the explorer has not visited it"
    assert told in problem_text(broken.problem)
    assert broken.answers[number].verdict is Verdict.ERROR
    assert not any(a.verdict is Verdict.HOLDS and a.property not in broken.traces for a in broken.answers)


def test_without_sabotage_it_is_violated() -> None:
    model = pipeline.Loaded(pipeline.load(str(SPEC))).edited().resolved().model
    number = next(p.id for p in model.properties if p.name == "not_all")
    assert check_model(model, Budget(), chosen=False).answers[number].verdict is Verdict.VIOLATED
