"""Exploration and bounded model checking agree on the corpus (``tests.solver.corpus`` says how).

Every trace of the thread's designs is confirmed where their matrix is run anyway (``tests.specs``);
the campaign has bmc look for shorter ones, too, for 20 seconds each.
"""

from __future__ import annotations

import pytest

from tests.solver.corpus import SPECS, Pair, compare_pairs, pairs

LARGE = "nfs_readdir"
SMALL = sorted(path.stem for path in SPECS.glob("*.mc") if path.stem != LARGE)

#: As far as bmc looks: everything that is violated within so many steps has to be found. (In the
#: thread's designs that takes it some seconds.)
STEPS, THREAD_STEPS = 10, 18

#: Instances of the thread's designs with races as short as that.
DECIDED = [("v1_release_nolock", "reclaim"), ("v6_count3", "evict_shared"), ("v6_no_final_wait", "all_paths")]


@pytest.mark.parametrize("name", SMALL)
def test_small_specs(name: str) -> None:
    results = list(compare_pairs(pairs(SPECS / f"{name}.mc"), seconds=None, steps=STEPS))
    assert [problem for result in results for problem in result.problems] == []
    assert sum(result.traces for result in results) > 0
    assert sum(result.decided for result in results) > 0


@pytest.mark.parametrize(("variant", "scenario"), DECIDED)
def test_short_races_of_the_thread_are_found_by_both(variant: str, scenario: str) -> None:
    results = list(
        compare_pairs([Pair(str(SPECS / f"{LARGE}.mc"), variant, scenario)], seconds=None, jobs=1, steps=THREAD_STEPS)
    )
    assert [problem for result in results for problem in result.problems] == []
    assert sum(result.decided for result in results) > 0
