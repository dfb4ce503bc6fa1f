"""The commands, end to end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from modelcheck.report.explanations import EXPLANATIONS
from tests.cli.conftest import Ran

Call = Callable[..., Ran]


# ------------------------------------------------------------------------------- check and matrix


def test_the_starter_is_green_with_one_red_design(modelcheck: Call, starter: Path) -> None:
    ran = modelcheck(starter)
    assert ran.code == 0
    assert "2 designs in 2 scenarios" in ran.out
    assert "late_use X2" in ran.out
    assert "no surprises" in ran.out
    assert "1 distinct race" in ran.out
    assert modelcheck("matrix", starter).out.split("surprises.")[0] == ran.out.split("surprises.")[0]


def test_check_draws_the_race(modelcheck: Call, starter: Path) -> None:
    ran = modelcheck("check", starter, "--variant", "late_use", "--scenario", "one_lookup")
    assert ran.code == 0
    assert "violated  no_use_after_free is violated in 14 steps (as expected)" in ran.out
    assert "line  lookup                remove\n" in ran.out
    assert "!! use after free: Buffer[0]\n" in ran.out
    assert "The order that matters:\n" in ran.out


def test_an_unexpected_violation_and_an_unexpected_pass_are_surprises(modelcheck: Call, starter: Path) -> None:
    text = starter.read_text(encoding="utf-8")
    starter.write_text(text.replace("except { no_use_after_free }", ""), encoding="utf-8")
    ran = modelcheck("check", starter, "--variant", "late_use")
    assert ran.code == 1
    assert "surprise  no_use_after_free is violated in 14 steps (expected to hold)" in ran.out
    starter.write_text(text.replace("{ no_use_after_free }", "{ no_use_after_free, released_once }"), encoding="utf-8")
    ran = modelcheck(starter)
    assert ran.code == 1
    assert "released_once holds (expected to be violated)" in ran.out


def test_a_violation_without_expectations_is_exit_code_1(modelcheck: Call, starter: Path) -> None:
    text = starter.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if "expect holds" not in line]
    starter.write_text("\n".join(lines), encoding="utf-8")
    assert modelcheck("check", starter).code == 0
    ran = modelcheck(starter)
    assert ran.code == 1
    assert "Violated, and no `expect` line speaks about it (2):" in ran.out


def test_any_number_of_threads(modelcheck: Call, starter: Path) -> None:
    with starter.open("a", encoding="utf-8") as file:
        file.write("scenario any_lookups { run lookup[*], remove; }\n")
    # One instance is enough to show that an existential property holds, or that another is violated.
    assert modelcheck("check", starter, "--scenario", "any_lookups", "--property", "found").code == 0
    late = ("check", starter, "--scenario", "any_lookups", "--variant", "late_use", "--property", "no_use_after_free")
    assert "is violated" in modelcheck(*late).out
    proved = modelcheck("prove", starter, "--property", "no_use_after_free", "--certificate", starter.parent / "proofs")
    assert proved.code == 0
    assert "holds     no_use_after_free" in proved.out
    assert (starter.parent / "proofs" / "base-any_lookups" / "manifest.json").exists()


def test_prove_takes_scenarios_in_which_integers_without_bounds_change(modelcheck: Call, starter: Path) -> None:
    """A reference count has no bound of its own: that it stays small is found by visiting all states."""
    ran = modelcheck("prove", starter)
    assert ran.code == 0
    assert "all 41 states" in ran.out
    assert "all 192 states" in ran.out


def test_a_property_of_its_own(modelcheck: Call, starter: Path) -> None:
    ran = modelcheck(
        "check", starter, "--property", "released_once", "--property", "deadlock", "--scenario", "one_lookup"
    )
    assert ran.code == 0
    assert "holds     released_once, 1 built-in obligation" in ran.out


def test_settings_reach_the_model(modelcheck: Call, starter: Path) -> None:
    text = starter.read_text(encoding="utf-8")
    starter.write_text(
        text.replace("model starter;", "model starter;\nparam WITH_GET : bool = true;").replace(
            "get: b->refs.inc();", "get: if (WITH_GET) { b->refs.inc(); }"
        ),
        encoding="utf-8",
    )
    assert modelcheck("check", starter).code == 0
    ran = modelcheck("check", starter, "--set", "WITH_GET=false")
    assert ran.code == 1
    assert "no_use_after_free is violated" in ran.out


def test_results_as_json(modelcheck: Call, starter: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    assert modelcheck("matrix", starter, "--json", file).code == 0
    document = json.loads(file.read_text(encoding="utf-8"))
    verdicts = {(c["variant"], c["scenario"], c["property"]): c["verdict"] for c in document["cells"]}
    assert verdicts["late_use", "one_lookup", "no_use_after_free"] == "violated"
    assert verdicts["base", "two_lookups", "no_use_after_free"] == "holds"
    ran = modelcheck("check", starter, "--json", tmp_path / "no" / "such" / "directory.json")
    assert ran.code == 2
    assert "MC521" in ran.err


def test_results_do_not_depend_on_the_number_of_workers(modelcheck: Call, starter: Path, tmp_path: Path) -> None:
    documents = []
    for jobs in (1, 2, 5):
        file = tmp_path / f"{jobs}.json"
        modelcheck("matrix", starter, "-j", jobs, "--json", file)
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        documents.append([{name: value for name, value in cell.items() if name != "seconds"} for cell in cells])
    assert documents[0] == documents[1] == documents[2]


def test_slow_scenarios_run_on_request(modelcheck: Call, starter: Path) -> None:
    with starter.open("a", encoding="utf-8") as file:
        file.write("scenario three_lookups { run lookup[3], remove; slow; }\n")
    assert "Not run, because slow: three_lookups" in modelcheck(starter).out
    assert "in 3 scenarios" in modelcheck(starter, "--slow").out
    assert "three_lookups: all" in modelcheck("check", starter, "--scenario", "three_lookups").out


# ------------------------------------------------------------------- trace, replay, explore, list


def test_traces_in_every_format(modelcheck: Call, starter: Path) -> None:
    arguments = ("trace", starter, "--variant", "late_use", "--property", "no_use_after_free")
    columns = modelcheck(*arguments)
    assert columns.code == 0
    assert columns.out.startswith("no_use_after_free is violated in 14 steps:\n")
    assert max(len(line) for line in columns.out.splitlines()) <= 75
    assert "step 14: lookup at" in modelcheck(*arguments, "--format", "full").out
    assert json.loads(modelcheck(*arguments, "--format", "json").out)["schema"] == "modelcheck.trace/2"
    witness = modelcheck("trace", starter, "--property", "found")
    assert witness.code == 0
    assert witness.out.startswith("found is reached in ")


def test_a_property_that_holds_has_no_trace(modelcheck: Call, starter: Path) -> None:
    ran = modelcheck("trace", starter, "--property", "released_once", "--scenario", "one_lookup")
    assert ran.code == 1
    others = "modelcheck: of the designs only base was asked; others: late_use\n"
    assert ran.err == "modelcheck: no trace: in one_lookup released_once holds\n" + others
    assert modelcheck("trace", starter).code == 1


def test_a_saved_trace_is_replayed_and_says_where_it_no_longer_applies(modelcheck: Call, starter: Path) -> None:
    saved = modelcheck("trace", starter, "--variant", "late_use", "--format", "json").out
    file = starter.parent / "race.json"
    file.write_text(saved, encoding="utf-8")
    ran = modelcheck("replay", file)
    assert ran.code == 0
    assert ran.out.startswith("no_use_after_free is violated in 14 steps:")
    assert ran.err == ""
    text = starter.read_text(encoding="utf-8")
    starter.write_text(text.replace("free(b);", ";"), encoding="utf-8")
    ran = modelcheck("replay", file)
    assert ran.code == 1
    assert "the trace no longer applies: step " in ran.err
    assert "in the saved trace step" in ran.err
    starter.write_text(text.replace("no_use_after_free", "no_uaf"), encoding="utf-8")
    assert "there is no property `no_use_after_free` any more" in modelcheck("replay", file).err
    other = starter.with_name("other.mc")
    other.write_text(text, encoding="utf-8")
    assert modelcheck("replay", file, "--spec", other).code == 0


def test_explore_counts_states_and_names_what_never_happens(modelcheck: Call, starter: Path) -> None:
    text = starter.read_text(encoding="utf-8")
    starter.write_text(
        text.replace("event released", "event never_seen();\nevent released").replace(
            " drp:", "      if (b->refs == 7) { emit never_seen(); }\n drp:"
        ),
        encoding="utf-8",
    )
    ran = modelcheck("explore", starter, "--scenario", "one_lookup")
    assert ran.code == 0
    assert "states" in ran.out
    assert "never executed:" in ran.out
    assert "never emitted: never_seen" in ran.out


def test_patterns_stand_for_names(modelcheck: Call, starter: Path) -> None:
    ran = modelcheck("check", starter, "--variant", "l*", "--scenario", "one*", "--property", "*free*")
    assert "no_use_after_free is violated in 14 steps" in ran.out
    assert "no_use_after_free is violated" in modelcheck("trace", starter, "--variant", "*", "--scenario", "one_*").out
    explored = modelcheck("explore", starter, "--variant", "*", "--scenario", "one_*").out
    assert explored.startswith("one_lookup\n")
    assert "late_use, one_lookup\n" in explored
    ran = modelcheck("matrix", starter, "--variant", "early*")
    assert ran.code == 2
    assert "no variant matches `early*`" in ran.err
    assert modelcheck("explore", starter, "--scenario", "x*").code == 2
    assert "did you mean `late_use`" in modelcheck("prove", starter, "--variant", "*ate_us").err


def test_list(modelcheck: Call, starter: Path) -> None:
    ran = modelcheck("list", starter)
    assert ran.code == 0
    for word in ("late_use", "two_lookups", "runs lookup[2], remove", "released_once", "at most 2 objects at a time"):
        assert word in ran.out


# ----------------------------------------------------------------------- new, fmt, lint, explain


def test_new_never_overwrites_and_wants_a_name(modelcheck: Call, starter: Path) -> None:
    before = starter.read_text(encoding="utf-8")
    ran = modelcheck("new", "starter")
    assert (ran.code, "MC523" in ran.err) == (2, True)
    assert starter.read_text(encoding="utf-8") == before
    for name in ("2nd", "while", "", "a b", "é"):
        ran = modelcheck("new", name)
        assert (ran.code, "MC522" in ran.err) == (2, True), name
    assert modelcheck("new", "missing/name").code == 2
    assert modelcheck("new", "my-lock").code == 0
    assert "model my_lock;" in (starter.parent / "my-lock.mc").read_text(encoding="utf-8")


def test_the_starter_is_formatted_and_clean(modelcheck: Call, starter: Path) -> None:
    assert modelcheck("fmt", "--check", starter).code == 0
    ran = modelcheck("lint", starter)
    assert (ran.code, ran.out) == (0, f"{starter}: nothing to complain about\n")


def test_fmt_changes_files_once_and_broken_ones_never(modelcheck: Call, starter: Path) -> None:
    good = starter.read_text(encoding="utf-8")
    starter.write_text(good.replace("put(b);\n", "put( b ) ;\n"), encoding="utf-8")
    assert modelcheck("fmt", "--check", starter).code == 1
    broken = starter.with_name("broken.mc")
    broken.write_text("model broken; process {", encoding="utf-8")
    ran = modelcheck("fmt", broken, starter)
    assert ran.code == 2
    assert broken.read_text(encoding="utf-8") == "model broken; process {"
    assert starter.read_text(encoding="utf-8") == good
    assert sorted(path.name for path in starter.parent.iterdir()) == ["broken.mc", "starter.mc"]


def test_lint_reports_warnings_and_errors(modelcheck: Call, starter: Path) -> None:
    text = starter.read_text(encoding="utf-8")
    starter.write_text(text + "variant idle { expect holds all; }\n", encoding="utf-8")
    ran = modelcheck("lint", starter)
    assert ran.code == 1
    assert "warning[MC315]" in ran.err
    starter.write_text(text + "variant lost { delete lookup::gte; }\n", encoding="utf-8")
    ran = modelcheck("lint", starter)
    assert ran.code == 2
    assert "error[MC304]" in ran.err
    assert "did you mean `get`?" in ran.err


def test_explain_knows_every_code(modelcheck: Call) -> None:
    ran = modelcheck("explain")
    assert ran.code == 0
    assert len(ran.out.splitlines()) == len(EXPLANATIONS)
    assert modelcheck("explain", "mc304").out.startswith("MC304: ")
    assert modelcheck("explain", "304").code == 0
    ran = modelcheck("explain", "MC3004")
    assert ran.code == 2
    assert "did you mean `MC304`?" in ran.err


def test_explain_knows_the_built_in_obligations(modelcheck: Call) -> None:
    for name in ("use_after_free", "use after free"):
        assert modelcheck("explain", name).out.startswith("use_after_free, checked without being asked for\n\n")
    ran = modelcheck("explain", "dead_lock")
    assert ran.code == 2
    assert "no obligation `dead_lock`; did you mean `deadlock`?" in ran.err


# ------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nothing.mc",), 2, "nothing.mc"),
        (("chekc", "starter.mc"), 2, "did you mean `check`?"),
        (("check",), 2, "Missing argument"),
        (("check", "starter.mc", "--variant", "late_usee"), 2, "did you mean `late_use`?"),
        (("check", "starter.mc", "--scenario", "two_lookup"), 2, "did you mean `two_lookups`?"),
        (("check", "starter.mc", "--property", "no_use_after_fre"), 2, "did you mean `no_use_after_free`?"),
        (("matrix", "starter.mc", "--scenario", "x"), 2, "there is no scenario `x`"),
        (("trace", "starter.mc", "--property", "x"), 2, "there is no property `x`"),
        (("explore", "starter.mc", "--scenario", "x"), 2, "there is no scenario `x`"),
        (("explore", "starter.mc", "--variant", "x"), 2, "there is no variant `x`"),
        (("check", "starter.mc", "--engine", "magic"), 2, "magic"),
        (("check", "starter.mc", "--timeout", "soon"), 2, "'soon' is no duration"),
        (("check", "starter.mc", "--memory", "much"), 2, "'much' is no amount of memory"),
        (("check", "starter.mc", "--set", "X"), 2, "'X' sets nothing"),
        (("check", "starter.mc", "--set", "X=1"), 2, "there is no param and no unknown `X`"),
        (("matrix", "starter.mc", "-j", "0"), 2, "-j"),
        (("replay", "starter.mc"), 2, "is no trace that can be replayed"),
        (("replay", "nothing.json"), 2, "nothing.json"),
        (("check", "."), 2, "."),
        (("fmt", "nothing.mc"), 2, "nothing.mc"),
        (("lint", "nothing.mc"), 2, "nothing.mc"),
        (("list", "binary.mc"), 2, "binary.mc"),
        (("check", "empty.mc"), 2, "empty.mc"),
    ],
)
def test_mistakes_are_told_in_words(
    modelcheck: Call, starter: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    starter.with_name("binary.mc").write_bytes(b"\x00\xff\xfe")
    starter.with_name("empty.mc").write_bytes(b"")
    ran = modelcheck(*arguments)
    assert ran.code == code
    assert words in ran.err
    assert "MC599" not in ran.err


def test_an_internal_error_is_no_traceback(modelcheck: Call, starter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(path: str) -> None:
        raise ZeroDivisionError("surprise")

    monkeypatch.setattr("modelcheck.language.pipeline.load", explode)
    ran = modelcheck("list", starter)
    assert ran.code == 2
    assert "error[MC599]: internal error: ZeroDivisionError: surprise" in ran.err
    assert "MODELCHECK_DEBUG=1" in ran.err


# ---------------------------------------------------------------------------- as a process


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from modelcheck.cli.main import main; main()", *arguments]


def test_help_imports_nothing_slow() -> None:
    code = (
        "import sys; from modelcheck.cli.main import run; run(['--help']);"
        "print(sorted(set(sys.modules) & {'z3', 'lark', 'rich', 'modelcheck.language.syntax.ast', 'multiprocessing'}))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_output_into_a_closed_pipe_is_no_error(starter: Path) -> None:
    process = subprocess.Popen(command("list", str(starter)), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait(30)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_run_with_what_was_found(number: signal.Signals, starter: Path) -> None:
    with starter.open("a", encoding="utf-8") as file:
        file.write("scenario many { run lookup[14], remove; }\n")
    process = subprocess.Popen(
        command("matrix", str(starter), "-j", "1", "--no-reductions"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    children: list[str] = []
    while time.monotonic() < deadline and not children:
        time.sleep(0.5)
        children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
    time.sleep(3)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Interrupted: " in out
    assert "Traceback" not in out + err
    left = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
    assert not left
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(int(child), 0)


def test_a_directory_is_no_spec_whoever_is_asked(modelcheck: Call, tmp_path: Path) -> None:
    for command in ("check", "matrix", "lint", "fmt", "list", "explore", "prove", "synth"):
        ran = modelcheck(command, tmp_path)
        assert ran.code == 2
        assert f"error[MC001]: `{tmp_path}` is a directory, not a spec" in ran.err
