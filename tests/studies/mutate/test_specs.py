"""The mutants of the specs that come with the tool: each is a variant that can be pasted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from modelcheck.ground.diagnostics import Severity
from modelcheck.ground.source import Source
from modelcheck.language import pipeline, variants
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.formatter.format import format_source
from modelcheck.language.syntax.parse import parse_text
from modelcheck.studies.mutate.mutants import mutants, mutants_of
from modelcheck.studies.mutate.spell import edited, variant_text

SPECS = Path(__file__).parents[3] / "specs"
#: Designs with code of their own are taken as well.
DESIGNS = [
    *((path.name, "base") for path in sorted(SPECS.glob("*.mc"))),
    ("nfs_readdir.mc", "v10_page_lock"),
    ("nfs_readdir.mc", "fill_failure_2020"),
    ("seqlock.mc", "two_loads"),
    ("page_removal.mc", "frozen_test"),
]
#: So many mutants of a design are resolved (all are read, formatted and applied).
RESOLVED = 12


@pytest.mark.parametrize(("name", "design"), DESIGNS)
def test_every_mutant_can_be_pasted(name: str, design: str) -> None:
    spec = pipeline.load(SPECS / name)
    original = pipeline.Loaded(spec).edited(design)
    made = mutants_of(original)
    assert len({mutant.name for mutant in made}) == len(made) > 0
    assert [mutant.number for mutant in made] == list(range(1, len(made) + 1))
    resolved = 0
    for number, mutant in enumerate(made):
        text = variant_text(mutant.name, design, f"{mutant.owner} {mutant.says}", mutant.edits)
        assert format_source(Source("mutant.mc", text)) == text, mutant.name
        (variant,) = parse_text(text, "mutant.mc").items
        assert isinstance(variant, ast.VariantDecl)
        pasted = replace(spec, items=(*spec.items, variant))
        applied, found = variants.apply(pasted, mutant.name)
        assert not [one for one in found if one.severity is not Severity.HINT], (mutant.name, found[:1])
        # What is pasted is what was judged.
        judged = edited(original.spec.items, mutant.edits)
        assert judged is not None
        assert tuple(item for item in applied.items if item is not variant) == judged, mutant.name
        if number % max(len(made) // RESOLVED, 1) == 0:
            changed = replace(original, spec=replace(original.spec, items=judged))
            errors = [one for one in changed.findings() if one.severity is Severity.ERROR]
            # What means nothing is told so: numbers that do not fit a type, loops without a step.
            assert {one.code for one in errors} <= {"MC204", "MC401"}, (
                mutant.name,
                errors[0].message,
            )
            resolved += not errors
    assert resolved > 0


def test_there_are_as_many_as_there_should_be() -> None:
    counts = {}
    for name, design in (
        ("page_removal.mc", "base"),
        ("kref.mc", "base"),
        ("mcs_lock.mc", "base"),
        ("seqlock.mc", "base"),
        ("ticket_lock.mc", "base"),
        ("nfs_readdir.mc", "v10_page_lock"),
        ("nfs_readdir.mc", "fill_failure_2020"),
    ):
        counts[name, design] = len(mutants_of(pipeline.Loaded(pipeline.load(SPECS / name)).edited(design)))
    assert counts["page_removal.mc", "base"] >= 150
    assert sum(counts.values()) >= 400


def test_names_stay_when_lines_move() -> None:
    text = (SPECS / "kref.mc").read_text(encoding="utf-8")
    before = mutants(parse_text(text, "kref.mc").items)
    after = mutants(
        parse_text("\n\n// moved\n" + text.replace("inline foo_put", "\n\ninline foo_put"), "kref.mc").items
    )
    assert [mutant.name for mutant in before] == [mutant.name for mutant in after]
