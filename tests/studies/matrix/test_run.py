"""Whole runs, through the Python interface."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import modelcheck
from modelcheck.ground.diagnostics import SpecError
from modelcheck.language import pipeline
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.parse import parse_text
from modelcheck.result.progress import Standing
from modelcheck.result.verdict import EvidenceKind, Verdict
from modelcheck.studies.matrix.expectations import Outcome
from modelcheck.studies.matrix.model import Cell, MatrixResult, Pair
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.plan import plan
from modelcheck.studies.matrix.run import run

COUNTER = """
model counter;
param ROUNDS : int = 2;
shared x : 0..4 = 0;
process p { for (i in 1..ROUNDS) { x++; } }
process q { x = 0; }
event seen();
invariant small : x <= 2;
cover     full  : x == 2;
count     once  : never seen();
scenario one  { run p; }
scenario two  { run p[2]; }
scenario many { run p[2]; param ROUNDS = 3; }
scenario any  { run p[*]; slow; }
group    small_ones = one, two;
"""


def spec(text: str = "", base: str = COUNTER) -> ast.Spec:
    return parse_text(base + text, "counter.mc")


def cells(result: MatrixResult) -> dict[tuple[str, str, str], Cell]:
    return {(cell.variant, cell.scenario, cell.property_name): cell for cell in result.cells}


def verdicts(result: MatrixResult, name: str) -> dict[tuple[str, str], str]:
    return {(c.variant, c.scenario): c.verdict.value for c in result.cells if c.property_name == name}


def test_one_design() -> None:
    result = modelcheck.check(spec())
    assert verdicts(result, "small") == {
        ("base", "one"): "holds",
        ("base", "two"): "violated",
        ("base", "many"): "violated",
    }
    found = cells(result)
    held, violated = found["base", "one", "small"], found["base", "two", "small"]
    assert (held.evidence, held.states is not None) == (EvidenceKind.EXPLORED, True)
    assert violated.trace is not None
    assert violated.length == len(violated.trace.steps)
    assert violated.trace.spec == "counter.mc"
    witness = found["base", "one", "full"]
    assert (witness.verdict, witness.evidence) == (Verdict.HOLDS, EvidenceKind.WITNESS)
    assert result.skipped_scenarios == ("any",)


def test_a_fault_makes_green_cells_conditional() -> None:
    found = cells(modelcheck.check(spec(), scenarios=["many"]))
    assert found["base", "many", "range"].verdict is Verdict.VIOLATED
    assert found["base", "many", "deadlock"].conditional_on == ("range",)
    assert found["base", "many", "full"].conditional_on == ()
    assert cells(modelcheck.check(spec(), scenarios=["one"]))["base", "one", "deadlock"].conditional_on == ()


def test_the_command_line_beats_the_scenario_which_beats_the_variant_which_beats_the_declaration() -> None:
    variant = "variant longer { param ROUNDS = 1; }"
    assert verdicts(modelcheck.matrix(spec(variant)), "full") == {
        ("base", "one"): "holds",
        ("base", "two"): "holds",
        ("base", "many"): "holds",
        ("longer", "one"): "violated",
        ("longer", "two"): "holds",
        ("longer", "many"): "holds",
    }
    result = modelcheck.matrix(spec(variant), params={"ROUNDS": 0})
    assert set(verdicts(result, "full").values()) == {"violated"}
    assert result.pairs[0].assumptions is not None
    assert ("ROUNDS", "0") in result.pairs[0].assumptions.params


def test_small_numbers_of_threads_decide_what_they_show() -> None:
    found = cells(modelcheck.check(spec(), scenarios=["any"]))
    violated, witness = found["base", "any", "small"], found["base", "any", "full"]
    assert (violated.verdict, violated.evidence) == (Verdict.VIOLATED, EvidenceKind.TRACE)
    assert violated.trace is not None
    assert (witness.verdict, witness.evidence) == (Verdict.HOLDS, EvidenceKind.WITNESS)


def test_scenarios_may_be_asked_for_by_group_and_properties_by_name() -> None:
    result = modelcheck.check(spec(), scenarios=["small_ones"], properties=["small", "deadlock"])
    assert result.scenarios == ("one", "two")
    assert {cell.property_name for cell in result.cells} == {"small", "deadlock"}


def test_rows_and_pairs_come_in_the_order_of_the_text_whatever_finishes_first() -> None:
    text = "variant b { param ROUNDS = 1; } variant a { param ROUNDS = 0; }"
    for jobs in (0, 2):
        result = modelcheck.matrix(spec(text), jobs=jobs)
        assert [row.name for row in result.variants] == ["base", "b", "a"]
        expected = [(v, s) for v in ("base", "b", "a") for s in ("one", "two", "many")]
        assert [(pair.variant, pair.scenario) for pair in result.pairs] == expected


def test_a_patch_can_be_checked_by_name_but_is_no_row() -> None:
    text = "patch idle { param ROUNDS = 0; }"
    assert [row.name for row in modelcheck.matrix(spec(text)).variants] == ["base"]
    assert set(verdicts(modelcheck.check(spec(text), variant="idle", scenarios=["one"]), "full").values()) == {
        "violated"
    }


def test_expectations_are_compared() -> None:
    text = "expect holds all in one; expect violates small in two; expect violates full in many;"
    found = cells(modelcheck.check(spec(text)))
    assert found["base", "one", "small"].outcome is Outcome.AS_EXPECTED
    assert found["base", "two", "small"].outcome is Outcome.AS_EXPECTED
    assert found["base", "two", "full"].outcome is Outcome.UNCLAIMED
    assert found["base", "many", "full"].outcome is Outcome.SURPRISE
    assert found["base", "many", "small"].outcome is Outcome.VIOLATION


def codes(result: MatrixResult) -> list[str]:
    return [diagnostic.code for diagnostic in result.diagnostics]


def test_cells_that_no_line_mentions_are_a_warning_once_lines_exist() -> None:
    assert "MC325" not in codes(modelcheck.check(spec()))
    partly = modelcheck.check(spec("expect holds small in one;"))
    assert codes(partly).count("MC325") == 1
    assert "mentioned by no `expect` line of `base`" in next(d.message for d in partly.diagnostics if d.code == "MC325")
    text = "expect holds all in one; expect violates small in two, many; variant v { param ROUNDS = 1; }"
    assert any("says what is expected of `v`" in d.message for d in modelcheck.matrix(spec(text)).diagnostics)


def test_that_nothing_is_expected_of_the_base_has_a_place() -> None:
    found = modelcheck.check(spec("variant v { param ROUNDS = 1; expect holds all; }"))
    (silent,) = [d for d in found.diagnostics if "says what is expected of `base`" in d.message]
    assert silent.span is not None
    assert silent.span.text == "model counter;"


def test_a_property_expected_violated_by_name_that_applies_nowhere_is_a_surprise() -> None:
    text = "cover by_q : at(q::w); expect holds all except { by_q; small in two; all in many };"
    base = COUNTER.replace("process q { x = 0; }", "process q { w: x = 0; }")
    result = modelcheck.check(spec(text, base))
    assert {cell.verdict for cell in result.cells if cell.property_name == "by_q"} == {Verdict.NOT_APPLICABLE}
    assert cells(result)["base", "one", "by_q"].outcome is Outcome.SURPRISE
    assert cells(modelcheck.check(spec(text, base), scenarios=["one"]))["base", "one", "by_q"].outcome is Outcome.ABSENT


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (Options(variants=("nobody",)), "MC301"),
        (Options(scenarios=("nowhere",)), "MC501"),
        (Options(properties=("nothing",)), "MC502"),
        (Options(overrides=(("NOTHING", "1"),)), "MC503"),
        (Options(overrides=(("ROUNDS", "1; process"),)), "MC504"),
    ],
)
def test_names_that_do_not_exist(options: Options, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        plan(spec(), options)
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == [code]


def test_only_slow_scenarios_must_be_asked_for() -> None:
    text = COUNTER.split("scenario one")[0] + "scenario any { run p; slow; }"
    with pytest.raises(SpecError) as caught:
        modelcheck.check(spec(base=text))
    assert caught.value.diagnostics[0].code == "MC505"


def test_a_spec_that_cannot_be_used_is_an_error_and_a_broken_design_only_that_design() -> None:
    with pytest.raises(SpecError):
        modelcheck.check(spec("invariant wrong : y == 0;"))
    result = modelcheck.matrix(spec("variant broken { add invariant wrong : y == 0; }"))
    failures = {(pair.variant, bool(pair.failure)) for pair in result.pairs}
    assert failures == {("base", False), ("broken", True)}
    assert any("y" in diagnostic.message for diagnostic in result.diagnostics)


class Recorder:
    """A listener that interrupts after some pairs."""

    def __init__(self, interrupt_after: int | None = None) -> None:
        self.events: list[str] = []
        self._left = interrupt_after

    def planned(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.events.append(f"planned {len(pairs)}")

    def started(self, variant: str, scenario: str) -> None:
        self.events.append(f"started {variant} {scenario}")

    def standing(self, variant: str, scenario: str, standing: Standing) -> None:
        pass

    def finished(self, pair: Pair) -> None:
        self.events.append(f"finished {pair.variant} {pair.scenario}")
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                raise KeyboardInterrupt

    def tick(self) -> None:
        pass


def test_a_listener_hears_everything() -> None:
    recorder = Recorder()
    run(spec(), "counter.mc", Options(jobs=0), recorder)
    assert recorder.events == [
        "planned 3",
        *(f"{word} base {scenario}" for scenario in ("one", "two", "many") for word in ("started", "finished")),
    ]


def test_an_interrupt_keeps_what_is_done() -> None:
    result = run(spec(), "counter.mc", Options(jobs=0), Recorder(interrupt_after=2))
    assert [pair.scenario for pair in result.pairs] == ["one", "two"]
    assert result.unfinished == (("base", "many"),)


def test_out_of_time_is_no_verdict() -> None:
    base = COUNTER.replace("x : 0..4", "x : 0..400").replace(
        "run p[2]; param ROUNDS = 3;", "run p[6]; param ROUNDS = 60;"
    )
    result = modelcheck.check(spec(base=base), scenarios=["many"], seconds=0.2)
    stuck = cells(result)["base", "many", "deadlock"]
    assert stuck.verdict in (Verdict.BOUNDED, Verdict.UNKNOWN)
    assert stuck.reason


def test_a_worker_may_use_the_memory_of_those_that_are_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was ended at its own part, before it could say what it had found."""
    limits: list[int] = []

    def without_tasks(*_: object, memory: int, **__: object) -> Iterator[None]:
        limits.append(memory)
        yield from ()

    monkeypatch.setattr("modelcheck.studies.matrix.run.run_tasks", without_tasks)
    for jobs in (1, 4):
        options = Options(jobs=jobs, memory=1 << 30, scenarios=("one",))
        run(spec(), "counter.mc", options)
    assert limits[0] >= 1 << 30
    assert limits[1] >= 4 << 30


def test_a_spec_by_path(tmp_path: Path) -> None:
    file = tmp_path / "counter.mc"
    file.write_text(COUNTER, encoding="utf-8")
    assert modelcheck.check(file, scenarios=["one"]).spec == str(file)
    assert pipeline.model_name(modelcheck.load(file)) == "counter"
    with pytest.raises(SpecError):
        modelcheck.load(tmp_path / "missing.mc")
