"""Random models of the whole language: all programs agree about them, and nothing that the language
has is missing in them.
"""

from __future__ import annotations

from collections import Counter

import pytest

from modelcheck.language.syntax.parse import parse_text
from tests.random import language_model
from tests.random.compare import THOROUGH, Depth, compare
from tests.random.coverage import edits_of, occurring, wanted
from tests.random.shrink import smaller

#: Seeds of the quick run; more than this is the work of ``tests.campaign``.
FIRST, COUNT = 0, 300
BATCH = 15


def test_interpreter_and_explorer_agree_and_everything_occurs() -> None:
    seen: Counter[str] = Counter()
    refused = instances = 0
    disagreements = []
    for seed in range(FIRST, FIRST + COUNT):
        text = language_model(seed)
        try:
            found = compare(text, Depth(alone=seed % 3 == 0), keep=True)
        except Exception as error:
            disagreements.append(f"seed {seed}: {error}")
            continue
        seen.update(edits_of(parse_text(text, "random.mc")))
        for model in found.models:
            seen.update(occurring(model))
        seen.update(f"violated {kind}" for kind in found.violated)
        refused += len(found.refused)
        instances += found.instances
    print(f"seeds {FIRST} to {FIRST + COUNT - 1}: {instances} instances, {refused} refused")
    assert disagreements == []
    assert wanted() - seen.keys() == set()
    assert refused * 50 < instances


@pytest.mark.parametrize("first", range(50_000, 50_030, BATCH))
def test_all_engines_agree(first: int) -> None:
    unanswered = sum(compare(language_model(seed), THOROUGH).unanswered for seed in range(first, first + BATCH))
    assert unanswered <= 1  # (the solver has two minutes for each model)


def test_a_seed_always_makes_the_same_model() -> None:
    assert language_model(7) == language_model(7)
    assert language_model(7) != language_model(8)


def test_what_does_not_matter_is_left_out() -> None:
    def fails(text: str) -> bool:
        found = compare(text, Depth())
        return not found.refused and "division_by_zero" in found.violated

    text = (
        "shared x : 0..3 = 0;\nshared y : bool = true;\nprocess p { if (y) { x = 1; } while (y) { x = 2 / (x - x); y ="
        " false; } }\n"
    )
    found = smaller(text + "invariant low : x < 3;\nscenario all { run p[2]; }\n", fails)
    assert fails(found)
    assert len(found.split()) < 25
    assert "invariant" not in found
    assert "while" not in found
