"""Answers about a model whose lines have moved: the verdicts are reused, the traces are told anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.language import pipeline
from modelcheck.result.reasons.differences import Refused
from modelcheck.result.verdict import Verdict
from modelcheck.semantics.interpreter.interpreter import Interpreter, ReplayError
from modelcheck.studies.matrix.cache import answers
from modelcheck.studies.matrix.cache.answers import recall
from modelcheck.studies.matrix.cache.models import identity
from tests.studies.matrix.cache.helpers import SPEC, checked, everything, reused, told, write

ANY = """\
model queue;
object Item pool 1 { refs : refcount = 1; }
shared head : ref Item = new Item;
mutex m;
event taken(i: ref Item);
process taker {
    lock(m);
    if (head != null) { emit taken(head); head->refs.dec(); free(head); head = null; }
end: unlock(m);
}
count once : at most once taken(_);
cover some : after(taker::end) && head == null;
invariant wrong : head != null;
scenario any { run taker[*]; }
"""


def moved(text: str) -> str:
    """The same spec, three lines further down and spaced differently."""
    return "// a remark\n\n\n" + text.replace(" = ", "  =   ").replace("process", "\n\nprocess")


def test_only_what_is_told_moves(tmp_path: Path) -> None:
    path, cache = write(tmp_path), tmp_path / "cache"
    first = checked(path, cache)
    write(tmp_path, moved(SPEC))
    again = checked(path, cache)
    assert reused(again) == everything(again)
    assert told(again) == told(checked(path, tmp_path / "other"))
    assert told(again) != told(first)
    assert [cell.verdict for cell in again.cells] == [cell.verdict for cell in first.cells]


def test_an_expectation_above_other_designs_moves_them(tmp_path: Path) -> None:
    path, cache = write(tmp_path), tmp_path / "cache"
    checked(path, cache)
    write(tmp_path, SPEC.replace("except { few in two };", "\nexcept {\n    few in two\n};"))
    again = checked(path, cache)
    assert reused(again) == everything(again)
    assert told(again) == told(checked(path, tmp_path / "other"))


def test_a_schedule_that_does_not_fit_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, cache = write(tmp_path), tmp_path / "cache"
    first = checked(path, cache, scenarios=("two",))
    write(tmp_path, "\n" + SPEC)

    def with_broken_replay(*arguments: object) -> object:
        def refuse(self: Interpreter, schedule: object, number: int) -> None:
            raise ReplayError(1, Refused.FAULTS_INITIALLY)

        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(Interpreter, "replay", refuse)
            return recall(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(answers, "recall", with_broken_replay)
    again = checked(path, cache, scenarios=("two",))
    # Without a trace there is nothing to replay.
    traced = {f"{cell.variant}-{cell.scenario}" for cell in first.cells if cell.trace is not None}
    assert traced
    assert reused(again) == everything(again) - traced
    assert [cell.verdict for cell in again.cells] == [cell.verdict for cell in first.cells]


def test_any_number_of_instances(tmp_path: Path) -> None:
    path, cache = write(tmp_path, ANY, "queue.mc"), tmp_path / "cache"
    first = checked(path, cache, seconds=60.0)
    write(tmp_path, "\n" + ANY, "queue.mc")
    again = checked(path, cache, seconds=60.0)
    assert [cell.verdict for cell in again.cells] == [cell.verdict for cell in first.cells]
    assert any(cell.trace is not None for cell in first.cells)
    assert all(cell.verdict in (Verdict.HOLDS, Verdict.VIOLATED, Verdict.NOT_APPLICABLE) for cell in first.cells)
    assert reused(again) == everything(again)
    assert told(again) == told(checked(path, tmp_path / "other", seconds=60.0))


@pytest.mark.parametrize(
    "edit",
    [
        ("open + 1", "open + 2"),
        ("open <= 2", "open < 2"),
        ("0..4", "0..5"),
        ("visitor[2]", "visitor[3]"),
        ("emit slammed();", ""),
        ("porter  {", "porter  { atomic {"),
    ],
)
def test_the_identity_of_a_model_sees_every_change(tmp_path: Path, edit: tuple[str, str]) -> None:
    text = SPEC.replace(*edit).replace(
        "{ atomic { open = 0; emit slammed(); }", "{ atomic { open = 0; emit slammed(); } }"
    )
    assert text != SPEC

    def digest(text: str) -> str:
        return identity(pipeline.Loaded(pipeline.load(write(tmp_path, text))).edited().resolved("two").model).digest

    assert digest(text) != digest(SPEC)
    assert digest(moved(SPEC)) == digest(SPEC)


def test_equal_models_have_their_places_in_the_same_order(tmp_path: Path) -> None:
    there = identity(pipeline.Loaded(pipeline.load(write(tmp_path))).edited().resolved("two").model)
    text = moved(SPEC)
    here = identity(pipeline.Loaded(pipeline.load(write(tmp_path, text))).edited().resolved("two").model)
    squeezed = [
        ("".join(a.text.split()), "".join(b.text.split())) for a, b in zip(there.spans, here.spans, strict=True)
    ]
    assert all(a == b for a, b in squeezed)
    assert len(squeezed) > 20
