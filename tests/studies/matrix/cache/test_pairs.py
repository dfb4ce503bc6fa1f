"""Which pairs are computed again after which edit, and that what is reused says what would be computed."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.checking.crosscheck.failure import CrossCheckFailure
from modelcheck.language import pipeline
from modelcheck.language.syntax import ast
from modelcheck.result.reasons.differences import Unpaired
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.cache.reuse import keyed, recall
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.plan import plan
from modelcheck.studies.matrix.run import run
from tests.studies.matrix.cache.helpers import SPEC, checked, everything, reused, told, write


def test_nothing_changed(tmp_path: Path) -> None:
    path, cache = write(tmp_path), tmp_path / "cache"
    first = checked(path, cache)
    again = checked(path, cache)
    assert reused(first) == set()
    assert reused(again) == everything(again)
    assert told(again) == told(first)


def test_what_is_reused_is_what_was_found_to_the_last_place(tmp_path: Path) -> None:
    spec = pipeline.load(write(tmp_path))
    options = Options(jobs=0, cache=str(tmp_path / "cache"))
    first, again = run(spec, "doors.mc", options), run(spec, "doors.mc", options)
    assert reused(again) == everything(again)
    assert again.races == first.races
    assert again.cells == first.cells
    assert again.diagnostics == first.diagnostics
    assert [pair.assumptions for pair in again.pairs] == [pair.assumptions for pair in first.pairs]
    assert any(cell.trace is not None for cell in again.cells)


def test_processes_share_the_cache(tmp_path: Path) -> None:
    path, cache = write(tmp_path), tmp_path / "cache"
    first = checked(path, cache, jobs=2)
    again = checked(path, cache, jobs=0)
    assert reused(again) == everything(first)
    assert told(again) == told(first)


def test_an_edit_of_a_variant_checks_that_variant(tmp_path: Path) -> None:
    path, cache = write(tmp_path), tmp_path / "cache"
    checked(path, cache)
    write(tmp_path, SPEC.replace("open < 2", "open < 3"))
    again = checked(path, cache)
    assert everything(again) - reused(again) == {"careful-one", "careful-two"}
    assert told(again) == told(checked(path, tmp_path / "other"))


def test_an_edit_of_a_parent_checks_its_heirs(tmp_path: Path) -> None:
    text = SPEC + "variant both : careful { param ROUNDS = 3; }\n"
    path, cache = write(tmp_path, text), tmp_path / "cache"
    checked(path, cache)
    write(tmp_path, text.replace("open < 2", "open < 3"))
    again = checked(path, cache)
    assert everything(again) - reused(again) == {"careful-one", "careful-two", "both-one", "both-two"}


def test_an_edit_of_a_scenario_checks_that_scenario(tmp_path: Path) -> None:
    text = SPEC + "scenario three : two { }\n"
    path, cache = write(tmp_path, text), tmp_path / "cache"
    checked(path, cache)
    write(tmp_path, text.replace("visitor[2]", "visitor[3]"))
    again = checked(path, cache)
    assert {name.split("-")[1] for name in reused(again)} == {"one"}
    assert {name.split("-")[1] for name in everything(again) - reused(again)} == {"two", "three"}


def test_an_edit_of_an_expectation_checks_nothing(tmp_path: Path) -> None:
    path, cache = write(tmp_path), tmp_path / "cache"
    checked(path, cache)
    write(tmp_path, SPEC.replace("full in one", "few in two; full in one"))
    again = checked(path, cache)
    assert reused(again) == everything(again)
    surprises = [(cell.variant, cell.scenario, cell.property_name) for cell in again.cells if cell.surprise]
    assert surprises == [("hasty", "two", "few")]
    assert told(again) == told(checked(path, tmp_path / "other"))


@pytest.mark.parametrize(
    "edit",
    [
        ("open <= 2", "open <= 3"),
        ("shared open : 0..4 = 0", "shared open : 0..4 = 1"),
        ("param ROUNDS : int = 2", "param ROUNDS : int = 1"),
        ("open = open + 1; }\nprocess", "open = open + 2; }\nprocess"),
        ("model doors;", "model doors;\n"),
    ],
)
def test_an_edit_of_the_base_is_never_missed(tmp_path: Path, edit: tuple[str, str]) -> None:
    path, cache = write(tmp_path), tmp_path / "cache"
    checked(path, cache)
    text = SPEC.replace(*edit)
    assert text != SPEC
    write(tmp_path, text)
    assert told(checked(path, cache)) == told(checked(path, tmp_path / "other"))


def test_options_that_change_the_answer_have_their_own_entries(tmp_path: Path) -> None:
    path, cache = write(tmp_path), tmp_path / "cache"
    checked(path, cache)
    one = checked(path, cache, overrides=(("ROUNDS", "1"),))
    # In `hasty` it has this value anyway.
    assert reused(one) == {"hasty-one", "hasty-two"}
    assert {cell.verdict for cell in one.cells if cell.property_name == "few"} == {Verdict.HOLDS}
    assert reused(checked(path, cache, engine="bmc")) == set()
    assert reused(checked(path, cache, overrides=(("ROUNDS", "1"),))) == everything(one)


def test_properties_are_picked_from_what_is_kept(tmp_path: Path) -> None:
    path, cache = write(tmp_path), tmp_path / "cache"
    only = checked(path, cache, properties=("few",))
    assert {cell.property_name for cell in only.cells} == {"few"}
    again = checked(path, cache)
    assert reused(again) == everything(again)
    assert told(again) == told(checked(path, tmp_path / "other"))
    assert told(checked(path, cache, properties=("few",))) == told(only)


def test_what_ran_out_of_budget_is_reused_for_no_larger_one(tmp_path: Path) -> None:
    path, cache = write(tmp_path), tmp_path / "cache"
    bounded = checked(path, cache, engine="bmc", seconds=3.0, scenarios=("two",), variants=("careful",))
    assert Verdict.BOUNDED in {cell.verdict for cell in bounded.cells}

    def reuses(seconds: float | None) -> bool:
        spec = pipeline.load(path)
        options = Options(
            engine="bmc", seconds=seconds, scenarios=("two",), variants=("careful",), jobs=0, cache=str(cache)
        )
        return bool(recall(keyed(spec, plan(spec, options).tasks, options)))

    assert reuses(3.0)
    assert reuses(1.0)
    assert not reuses(4.0)
    assert not reuses(None)


def test_errors_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, cache = write(tmp_path), tmp_path / "cache"

    def disagree(*_: object, **__: object) -> str:
        raise CrossCheckFailure(Unpaired.DRAINED, (), "", "")

    with monkeypatch.context() as patched:
        patched.setattr("modelcheck.checking.checker.cross_check", disagree)
        broken = checked(path, cache)
    assert Verdict.ERROR in {cell.verdict for cell in broken.cells}
    assert reused(checked(path, cache)) == set()


def test_damaged_entries_are_computed_again(tmp_path: Path) -> None:
    path, cache = write(tmp_path), tmp_path / "cache"
    first = checked(path, cache)
    for number, entry in enumerate(sorted(entry for entry in cache.rglob("*") if entry.is_file())):
        entry.write_bytes([b"", b"nonsense", entry.read_bytes()[:-3]][number % 3])
    again = checked(path, cache)
    assert reused(again) == set()
    assert told(again) == told(first)
    assert reused(checked(path, cache)) == everything(first)


@pytest.mark.parametrize("name", ["nfs_readdir", "page_removal", "dsl_tour", "kref"])
def test_every_word_of_a_spec_is_in_a_key(name: str) -> None:
    """Keys are made from the places of items and edits: outside of them there are only comments,
    braces, and names that the key has as such."""
    spec = pipeline.load(f"specs/{name}.mc")
    for item in spec.items:
        assert item.span.text.startswith(("//", "/*")) is False
    for source in {item.span.source.path: item.span.source for item in spec.items}.values():
        covered = [item.span for item in spec.items if item.span.source is source]
        covered += [comment.span for comment in spec.comments if comment.span.source is source]
        left = _outside(source.text, [(span.start, span.end) for span in covered])
        words = [word for word in left.split() if word != ";"]
        assert all(word.startswith(("import", "model", '"')) or word.rstrip(";") == name for word in words), words
    for item in spec.items:
        if isinstance(item, ast.VariantDecl):
            inner = [*item.edits, *item.expects, *item.allows]
            inside = [(one.span.start, one.span.end) for one in inner]
            comments = [(c.span.start, c.span.end) for c in spec.comments if c.span.source is item.span.source]
            start = item.span.start + item.span.text.find("{")
            left = _outside(item.span.source.text[: item.span.end], [(0, start), *inside, *comments])
            assert set(left.split()) <= {"{", "}", ";"}, (item.name, left)


def _outside(text: str, ranges: list[tuple[int, int]]) -> str:
    letters = list(text)
    for start, end in ranges:
        letters[start:end] = " " * (min(end, len(letters)) - start)
    return "".join(letters)
