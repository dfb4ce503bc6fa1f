"""Bounded model checking, exploration and the confirmation of schedules agree on models written in the language."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.engines.bmc.bmc import bmc
from modelcheck.engines.explicit import explore
from modelcheck.ir.system import Form, System
from modelcheck.language import pipeline
from modelcheck.result.budget import Budget
from modelcheck.result.verdict import Verdict, join
from modelcheck.semantics.elaborate import elaborate
from modelcheck.solver.confirm import confirm
from modelcheck.solver.unrolling.unroll import Options

SPECS = Path(__file__).parents[2] / "specs"

#: Spec, variant, scenario, greatest length.
CASES = (
    ("peterson", None, "both", 12),
    ("peterson", "no_turn", "both", 20),
    ("peterson", "turn_first", "both", 20),
    ("seqlock", None, "wrap", 24),
    ("seqlock", "no_retry", "two", 12),
    ("ticket_lock", None, "three", 12),
    ("mcs_lock", "no_wait", "three", 12),
    ("kref", "plain_get", "lookups", 12),
    ("page_removal", None, "all_paths", 8),
)


def system_of(spec: str, variant: str | None, scenario: str) -> System:
    return elaborate(pipeline.Loaded(pipeline.load(SPECS / f"{spec}.mc")).edited(variant).resolved(scenario).model)


@pytest.mark.parametrize(("spec", "variant", "scenario", "steps"), CASES)
def test_agreement_with_exploration(spec: str, variant: str | None, scenario: str, steps: int) -> None:
    system = system_of(spec, variant, scenario)
    explored = {a.property: a for a in explore(system, Budget(states=100_000)).answers}
    ids = [p.id for p in system.properties if p.not_applicable is None]
    decided = 0
    for answer in bmc(system, ids, Budget(steps=steps, seconds=120)):
        other = explored[answer.property]
        if other.verdict is not Verdict.ERROR:
            join(other, answer)  # raises if they contradict each other
        if (
            other.length is not None
            and other.length <= steps
            and Form.STUCK not in system.properties[answer.property].forms
        ):
            assert answer.length == other.length
            decided += 1
        else:
            assert answer.length is None
    assert decided


@pytest.mark.parametrize(("spec", "variant", "scenario"), sorted({case[:3] for case in CASES}, key=str))
def test_schedules_of_the_exploration_are_confirmed(spec: str, variant: str | None, scenario: str) -> None:
    system = system_of(spec, variant, scenario)
    confirmed = 0
    for answer in explore(system, Budget(states=100_000)).answers:
        if answer.schedule is not None and Form.STUCK not in system.properties[answer.property].forms:
            assert confirm(system, answer.property, answer.schedule)
            confirmed += 1
    assert confirmed


FREED_TWICE = """
model freed_twice;
object Box pool 2 { value : 0..3 = 0; }
shared box : ref Box = new Box;
shared total : int = 0;
process user {
    local b : ref Box;
 get: b = box;
    if (b == null) { return; }
 inc: total = total + b->value + 1;
 put: box = null;
 fre: free(b);
}
obligation no_double_free : double_free(Box);
invariant small : total <= 1;
scenario two { run user[2]; }
"""


@pytest.mark.parametrize("options", [Options(), Options(reduce=False, symmetry=False), Options(finite=False)])
def test_a_model_with_mathematical_integers(tmp_path: Path, options: Options) -> None:
    path = tmp_path / "freed_twice.mc"
    path.write_text(FREED_TWICE, encoding="utf-8")
    system = elaborate(pipeline.Loaded(pipeline.load(path)).edited().resolved("two").model)
    explored = {a.property: a.length for a in explore(system, Budget(states=100_000)).answers}
    found = {a.property: a.length for a in bmc(system, list(explored), Budget(steps=14, seconds=60), options=options)}
    names = {p.name: p.id for p in system.properties}
    for name in ("no_double_free", "small"):
        assert found[names[name]] is not None
        assert found[names[name]] == explored[names[name]]
