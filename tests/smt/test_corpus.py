"""Exploration and bounded model checking agree on the whole corpus (``tests.smt.corpus`` says how)."""

from __future__ import annotations

import pytest

from tests.smt.corpus import SPECS, compare_all, compare_pairs, pairs

LARGE = "nfs_readdir"
SMALL = sorted(path.stem for path in SPECS.glob("*.mc") if path.stem != LARGE)


@pytest.mark.parametrize("name", SMALL)
def test_small_specs(name: str) -> None:
    results = compare_all([SPECS / f"{name}.mc"], seconds=4.0)
    assert [problem for result in results for problem in result.problems] == []
    assert sum(result.traces for result in results) > 0
    assert sum(result.decided for result in results) > 0


#: Every design where a reader keeps its reference over a removal, and where an inode is evicted: one and a half minutes of
#: processor time. ``python -m tests.smt.corpus`` takes all scenarios.
SCENARIOS = ("truncate_shared", "evict")


def test_the_thread_s_designs() -> None:
    """Every trace is confirmed at its length; bmc gets a second each to find a shorter one (20 in the campaign)."""
    chosen = [pair for pair in pairs(SPECS / f"{LARGE}.mc") if pair.scenario in SCENARIOS]
    results = compare_pairs(chosen, seconds=1.0)
    assert [problem for result in results for problem in result.problems] == []
    assert sum(result.traces for result in results) > 60
