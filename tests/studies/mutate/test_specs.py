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
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.mutate.model import MutationResult, Outcome
from modelcheck.studies.mutate.mutants import mutants, mutants_of
from modelcheck.studies.mutate.original import chosen
from modelcheck.studies.mutate.run import Wanted, run_mutants
from modelcheck.studies.mutate.spell import edited, variant_text

SPECS = Path(__file__).parents[3] / "specs"
PAGE = SPECS.parent / "docs" / "mutation.md"
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


#: What nothing notices and nothing should; docs/mutation.md says why.
LEFT = {
    "kref": ["swap_steps_remover_table_lock", "early_put_inserter_foo_drop"],
    "mcs_lock": ["swap_steps_mcs_spin_lock_ini"],
    "seqlock": [],
    "ticket_lock": [],
    "page_removal": [
        "early_put_invalidatepage_p_count_dec",
        "twice_emit_find_get_page_found",
        "swap_steps_reclaim_p_private",
    ],
}
#: What the two sentences of the tutorial's spec did not notice: who notices now. One of each kind.
NOTICED = {
    "test_for_freeze_reclaim_frz": "freed_idle",
    "drop_recheck_reclaim_frz": "freed_idle",
    "early_free_reclaim_free_page": "freed_idle",
    "early_put_reader_out": "freed_idle",
    "drop_store_reclaim_p_cached": "freepage_between",
    "drop_store_invalidatepage_p_private": "freed_idle",
    "no_lock_reclaim_tl": "under_tree_lock",
    "no_lock_remove_page_tl": "under_tree_lock",
    "late_lock_remove_page_tl": "under_tree_lock",
    "forget_clear_call_freepage_clr": "names_live",
    "late_clear_call_freepage_clr": "names_live",
    "always_find_get_page_slot_p": "lookup_in_slot",
    "drop_check_reader_use": "names_read",
    "always_reader_rec": "names_read",
    "early_put_truncate_fp": "freepage_between",
    "twice_emit_reclaim_detached": "detached_once",
    "drop_check_reclaim_rel": "detached_once",
    "always_reclaim_frz": "reclaimed",
    "drop_recheck_truncate_p_cached": "truncated",
    "move_callback_reclaim_unl": "requires",
    "swap_steps_remove_page_prv": "sleep_in_atomic",
}


def run_all(name: str, names: tuple[str, ...] = ()) -> MutationResult:
    spec = pipeline.load(SPECS / f"{name}.mc")
    options = Options(jobs=0)
    planned, skipped = chosen(spec, "base", options)
    made = Wanted(names=names).of(mutants_of(pipeline.Loaded(spec).edited("base")))
    return run_mutants(spec, f"{name}.mc", "base", options, planned, skipped, made)


def row(name: str, result: MutationResult) -> str:
    """The row of the table in docs/mutation.md."""
    outcomes = (Outcome.KILLED, Outcome.EQUIVALENT, Outcome.INVALID, Outcome.SURVIVED)
    counts = " | ".join(str(len(result.of(outcome))) for outcome in outcomes)
    return f"| `{name}` | {result.total} | {counts} | {result.score:.1f} % |"


@pytest.mark.parametrize("name", [name for name in LEFT if name != "page_removal"])
def test_what_is_left_is_what_the_docs_explain(name: str) -> None:
    result = run_all(name)
    assert result.failing == ()
    assert [one.mutant.name for one in result.of(Outcome.SURVIVED)] == LEFT[name]
    assert result.score is not None
    assert result.score >= 95
    page = PAGE.read_text(encoding="utf-8")
    assert row(name, result) in page
    assert [left for left in LEFT[name] if f"`{left}`" not in page] == []


def test_what_was_not_noticed_in_the_tutorial_is_now() -> None:
    result = run_all("page_removal", (*NOTICED, *LEFT["page_removal"]))
    noticed = {one.mutant.name: one.kill.property_name for one in result.judged if one.kill is not None}
    assert noticed == NOTICED
    assert [one.mutant.name for one in result.of(Outcome.SURVIVED)] == LEFT["page_removal"]
    page = PAGE.read_text(encoding="utf-8")
    assert [left for left in LEFT["page_removal"] if f"`{left}`" not in page] == []
    total = len(mutants_of(pipeline.Loaded(pipeline.load(SPECS / "page_removal.mc")).edited("base")))
    assert f"| `page_removal` | {total} |" in page


def test_names_stay_when_lines_move() -> None:
    text = (SPECS / "kref.mc").read_text(encoding="utf-8")
    before = mutants(parse_text(text, "kref.mc").items)
    after = mutants(
        parse_text("\n\n// moved\n" + text.replace("inline foo_put", "\n\ninline foo_put"), "kref.mc").items
    )
    assert [mutant.name for mutant in before] == [mutant.name for mutant in after]
