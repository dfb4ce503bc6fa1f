"""The report on mutants, at 80 columns and narrow, and its exit codes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from modelcheck.report.formats.mutation_json import mutation_json
from modelcheck.report.texts.mutate_text import exit_code, list_text, mutant_text, mutate_text
from modelcheck.studies.mutate.model import Outcome
from tests.report.example_mutants import found
from tests.schemas import fits

HERE = Path(__file__).parent


def test_the_report_at_80_columns() -> None:
    text = mutate_text(found(), 80, least=95, verbose=True)
    assert text == (HERE / "golden_mutate_80.txt").read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 80


def test_the_report_is_no_wider_than_asked_for() -> None:
    for width in (40, 60, 100):
        # The table has a column for each outcome; names of mutants are not broken.
        lines = mutate_text(found(), width).splitlines()
        worksheet = lines[lines.index("Nothing notices. Which property should?") : lines.index("Undecided:")]
        assert max(map(len, worksheet)) <= width


def test_exit_codes() -> None:
    result = found()
    assert (result.score, result.counted) == (4 / 9 * 100, 9)
    assert exit_code(result, None) == 0
    assert exit_code(result, 44) == 0
    # The undecided one could still be noticed.
    assert exit_code(result, 50) == 3
    assert exit_code(result, 56) == 1
    assert exit_code(found(complete=False), 0) == 130
    assert exit_code(replace(result, failing=(("two", "counted"),)), 0) == 1
    nothing = replace(result, judged=(), total=0)
    assert nothing.score is None
    assert exit_code(nothing, 95) == 0
    assert "no mutant" in mutate_text(nothing)


def test_an_interrupted_run_says_so() -> None:
    assert "Interrupted: 12 of 15 mutants were looked at.\n" in mutate_text(found(complete=False))


def test_what_became_of_one() -> None:
    told = {one.outcome: mutant_text(one, "base", 80).splitlines()[-1] for one in found().judged}
    assert told[Outcome.EQUIVALENT] == ("Equivalent: it is the same in every scenario, but for steps that nobody sees.")
    assert told[Outcome.NOT_RUN] == "Not run: no scenario has this code."
    assert told[Outcome.INVALID] == "It means nothing: 3 does not fit into 0..2."


def test_mutants_in_a_list() -> None:
    (first, *_) = list_text([one.mutant for one in found().judged], 80).splitlines()
    assert first == "no_lock_p_s: p does without the lock s (gate.mc:10)"


def test_the_json_fits_its_schema() -> None:
    document = mutation_json(found(), (("N", "3"),))
    fits("mutation", document)
    assert document["set"] == {"N": "3"}
    assert document["counts"]["survived"] == 4
    by_name = {one["name"]: one for one in document["mutants"]}
    assert by_name["twice_emit_p_tel"]["difference"] == {"scenario": "two", "kind": None, "length": None, "names": []}
    assert by_name["drop_lock_p_s"]["killed_by"]["notice"] == "unwitnessed"
    assert by_name["early_unlock_p_inc"]["unseen"] is True
