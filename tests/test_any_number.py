"""What is proved of random models is true of small numbers; ``python -m tests.campaign_any_number`` asks longer."""

from __future__ import annotations

from tests.any_number import compare, compare_fixed, likely_model, wild_model


def test_what_is_proved_for_any_number_is_not_violated_by_a_few() -> None:
    found = [compare(text, 5) for text in (*map(wild_model, range(41, 45, 2)), *map(likely_model, range(5)))]
    assert sum(bool(each.proved) for each in found) >= 4
    assert sum(bool(each.violated) for each in found) >= 2
    assert sum(bool(each.proved and each.violated) for each in found) >= 2


def test_what_is_proved_of_unbounded_integers_is_not_violated() -> None:
    found = [compare_fixed(likely_model(seed, "2"), 5) for seed in range(3)]
    assert sum(len(each.proved) for each in found) >= 15
    assert sum(len(each.violated) for each in found) >= 3
