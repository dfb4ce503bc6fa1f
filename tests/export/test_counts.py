"""SPIN and Rumur count the states that we count, where they are installed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from modelcheck.engines.explicit import explore
from modelcheck.export import Target, export
from modelcheck.export.assignments import sequence
from modelcheck.export.names import identifiers
from modelcheck.ir.system import System
from modelcheck.ir.terms import INT, TermFactory
from modelcheck.language import pipeline
from modelcheck.result.budget import Budget
from modelcheck.semantics.elaborate import elaborate
from tests.export.counting import rumur_states, spin_states

SPECS = Path(__file__).parents[2] / "specs"
CELLS = (
    ("peterson", None, "both"),
    ("peterson", "selfish", "both"),
    ("ticket_lock", None, "two"),
    ("mcs_lock", None, "three"),
    ("kref", "use_after_put", "lookups"),
    ("kref", None, "churn"),
    ("page_removal", None, "reclaim_only"),
    ("kernel/exclusive_wait", None, "two"),  # takes one from a number that may be 0
    ("kernel/ipi_spin", None, "s"),
)
#: Rumur's compiler takes long for these, or Murphi cannot say them; ``tests.export.campaign`` compares whole specs.
FOR_SPIN = (
    ("seqlock", None, "two"),
    ("dsl_tour", None, "truncate_only"),
    ("nfs_readdir", "v1_release_nolock", "truncate"),
    ("nfs_readdir", "v8_merged", "reclaim"),  # with variables that nobody reads
)


def system_of(name: str, variant: str | None, scenario: str) -> System:
    return elaborate(pipeline.Loaded(pipeline.load(SPECS / f"{name}.mc")).edited(variant).resolved(scenario).model)


def needs(*tools: str) -> None:
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")


@pytest.mark.parametrize(("name", "variant", "scenario"), CELLS + FOR_SPIN)
def test_spin_counts_the_same_states(name: str, variant: str | None, scenario: str, tmp_path: Path) -> None:
    needs("spin", "cc")
    system = system_of(name, variant, scenario)
    assert spin_states(system, tmp_path) == explore(system, Budget()).states


@pytest.mark.parametrize(("name", "variant", "scenario"), CELLS)
def test_rumur_counts_the_same_states(name: str, variant: str | None, scenario: str, tmp_path: Path) -> None:
    needs("rumur", "cc")
    system = system_of(name, variant, scenario)
    assert rumur_states(system, tmp_path) == explore(system, Budget()).states


@pytest.mark.parametrize("target", ["promela", "murphi", "smtlib"])
def test_a_model_says_what_it_is(target: Target) -> None:
    text = export(system_of("peterson", None, "both"), target)
    assert "peterson: variant base, scenario both" in text
    assert "store flag[self]" in text


def test_names_are_identifiers_and_different() -> None:
    names = identifiers(["flag[left]", "flag_left", "do", "Page[0].count", "FLAG_left"])
    assert names == ["flag_left", "flag_left_2", "do_0", "Page_0_count", "FLAG_left_3"]


def test_updates_read_old_values() -> None:
    t = TermFactory()
    x, y, z = (t.variable(number, INT) for number in range(3))
    assert sequence([(0, y), (1, z)]).saved == ()
    assert [v for v, _ in sequence([(1, z), (0, y)]).updates] == [0, 1]
    swapped = sequence([(0, y), (1, x)])
    assert swapped.saved == (0,)
    assert [v for v, _ in swapped.updates] == [0, 1]
