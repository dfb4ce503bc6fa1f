"""The elaborated system is the interpreter's graph, state by state, on specs that mix many features."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.ir.passes.check import problems
from modelcheck.language import pipeline
from modelcheck.semantics.elaborate import elaborate
from tests.semantics.elaborate.pairing import pair

TEXTS = sorted((Path(__file__).parent / "texts").glob("*.mc"))
SPECS = sorted((Path(__file__).parents[3] / "specs").glob("*.mc"))
#: So that a text that suddenly explores nothing is noticed.
STATES = {
    "guards_and_servers": 177,
    "jumps_and_loops": 140,
    "objects_in_a_ring": 322,
    "operands_and_reference_parameters": 842,
    "per_cpu_structs": 339,
    "readers_and_completions": 1110,
    "stale_and_reused": 209,
    "structs_and_identities": 356,
    "typestable_callbacks": 991,
}


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.stem)
def test_the_same_graph(path: Path) -> None:
    model = pipeline.Loaded(pipeline.load(path)).edited().resolved().model
    assert problems(elaborate(model)) == ()
    assert pair(model) == STATES[path.stem]


@pytest.mark.parametrize("path", SPECS, ids=lambda p: p.stem)
def test_specs_are_well_formed(path: Path) -> None:
    edited = pipeline.Loaded(pipeline.load(path)).edited()
    checked = 0
    for info in edited.scenarios:
        if not info.any_number:
            model = edited.resolved(info.name).model
            assert problems(elaborate(model)) == ()
            checked += 1
    assert checked
