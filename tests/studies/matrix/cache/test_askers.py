"""Whoever asks the engines asks the one cache first: the Python interface, synthesis, the plugin of
pytest; and none of them believes an answer about something else.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import modelcheck
from modelcheck.checking import checker, run
from modelcheck.language import pipeline
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.cache.reuse import answered, keyed
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.plan import plan
from modelcheck.studies.synthesis.search import synthesize
from tests.studies.matrix.cache.helpers import checked, everything, reused, told, write

GATE = """
model gate;
unknown SIZE : 1..4;
shared used : 0..3 = 0;
process p { atomic when (used < SIZE) { used = used + 1; } use: ; atomic { used = used - 1; } }
invariant few  : used <= 2;
cover     both : used == 2;
scenario three { run p[3]; }
"""


@pytest.fixture
def cached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Switch the cache on; returns where it is."""
    monkeypatch.delenv("MODELCHECK_NO_CACHE")
    monkeypatch.setenv("MODELCHECK_CACHE_DIR", str(tmp_path / "caches"))
    return tmp_path / "caches" / "results"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which models the engines are asked about, by variant and scenario."""
    found: list[str] = []
    true: Any = run.check_model

    def counting(model: Any, *arguments: Any, **options: Any) -> Any:
        found.append(f"{model.variant}-{model.scenario}")
        return true(model, *arguments, **options)

    monkeypatch.setattr(run, "check_model", counting)
    return found


# the Python interface


def test_the_interface_and_the_command_share_answers(tmp_path: Path, cached: Path, asked: list[str]) -> None:
    path = write(tmp_path)
    first = checked(path, cached)
    assert asked
    asked.clear()
    again = modelcheck.matrix(str(path))
    assert not asked
    assert reused(again) == everything(again) == everything(first)
    assert told(again) == told(first)


def test_the_interface_leaves_what_the_command_finds(tmp_path: Path, cached: Path) -> None:
    path = write(tmp_path)
    modelcheck.check(str(path), scenarios=["two"])
    assert reused(checked(path, cached, variants=("base",), scenarios=("two",))) == {"base-two"}


def test_an_edit_is_checked(tmp_path: Path, cached: Path) -> None:
    path = write(tmp_path)
    before = {c.property_name: c.verdict for c in modelcheck.check(str(path), scenarios=["one"]).cells}
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("open <= 2", "open <= 1"), encoding="utf-8")
    after = modelcheck.check(str(path), scenarios=["one"])
    assert not reused(after)
    assert before["few"] is Verdict.HOLDS
    assert {c.property_name: c.verdict for c in after.cells}["few"] is Verdict.VIOLATED


def test_a_spec_that_is_not_what_its_text_says(tmp_path: Path, cached: Path) -> None:
    """Whoever holds a spec may change it: nothing of that is found by its text."""
    path = write(tmp_path)
    spec = modelcheck.load(path)
    modelcheck.check(str(path))
    other = pipeline.Loaded(spec).edited(None, {"ROUNDS": "1"}).spec
    changed, alone = modelcheck.check(other), modelcheck.check(other, cache=False)
    assert [c.verdict for c in changed.cells] == [c.verdict for c in alone.cells]
    assert [c.verdict for c in changed.cells] != [c.verdict for c in modelcheck.check(spec).cells]
    # Found by the model instead.
    assert reused(modelcheck.check(other)) == everything(changed)


def test_the_interface_can_do_without(tmp_path: Path, cached: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path)
    modelcheck.check(str(path), cache=False)
    assert not cached.exists()
    monkeypatch.setenv("MODELCHECK_NO_CACHE", "1")
    modelcheck.check(str(path))
    assert not cached.exists()
    monkeypatch.setenv("MODELCHECK_NO_CACHE", "0")
    modelcheck.check(str(path))
    assert cached.exists()


def test_an_interrupted_run_leaves_no_lie(tmp_path: Path, cached: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path)
    true: Any = checker._explored

    def interrupting(engine: Any, question: Any, *arguments: Any) -> Any:
        if question.model.scenario == "two":
            raise KeyboardInterrupt
        return true(engine, question, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(checker, "_explored", interrupting)
        broken = modelcheck.check(str(path))
    assert broken.unfinished
    again = modelcheck.check(str(path))
    assert not again.unfinished
    assert reused(again) == {"base-one"}
    honest = modelcheck.check(str(path), cache=False)
    assert [c.verdict for c in again.cells] == [c.verdict for c in honest.cells]


# the plugin


def test_the_plugin_asks_by_the_same_key(tmp_path: Path, cached: Path, asked: list[str]) -> None:
    path = write(tmp_path)
    first = checked(path, cached)
    asked.clear()
    spec = pipeline.load(path)
    options = Options(jobs=0, cache=str(cached))
    for task in keyed(spec, plan(spec, options).tasks, options):
        pair = answered(task)
        assert pair.reused
        mine = [cell for cell in first.cells if (cell.variant, cell.scenario) == (pair.variant, pair.scenario)]
        assert [(c.verdict, c.outcome) for c in pair.cells] == [(c.verdict, c.outcome) for c in mine]
    assert not asked


# synthesis


def test_synthesis_asks_once(tmp_path: Path, cached: Path, asked: list[str]) -> None:
    path = write(tmp_path, GATE, "gate.mc")
    spec = pipeline.load(path)
    options = Options(jobs=0, cache=str(cached))
    first = synthesize(spec, str(path), "base", options)
    assert asked
    asked.clear()
    again = synthesize(spec, str(path), "base", options)
    assert not asked
    assert replace(again, seconds=0.0) == replace(first, seconds=0.0)
    alone = synthesize(spec, str(path), "base", replace(options, cache=None))
    assert alone.safe == first.safe


def test_synthesis_after_an_edit(tmp_path: Path, cached: Path) -> None:
    path = write(tmp_path, GATE, "gate.mc")
    options = Options(jobs=0, cache=str(cached))
    before = synthesize(pipeline.load(path), str(path), "base", options)
    write(tmp_path, GATE.replace("used <= 2", "used <= 3"), "gate.mc")
    after = synthesize(pipeline.load(path), str(path), "base", options)
    assert len(after.safe) > len(before.safe)


def test_a_design_that_synthesis_has_tried_is_known_to_the_matrix(
    tmp_path: Path, cached: Path, asked: list[str]
) -> None:
    path = write(tmp_path, GATE, "gate.mc")
    synthesize(pipeline.load(path), str(path), "base", Options(jobs=0, cache=str(cached)))
    asked.clear()
    found = [checked(path, cached, overrides=(("SIZE", str(size)),)) for size in (1, 2, 3, 4)]
    assert len(asked) < len(found)  # a race that rejects several was found for one of them


def test_nothing_is_kept_of_a_run_that_leaves_certificates(tmp_path: Path, cached: Path) -> None:
    from modelcheck.result.proof import Request

    path = write(tmp_path)
    checked(path, cached, certificate=Request(tmp_path / "proofs"))
    assert not reused(checked(path, cached))
