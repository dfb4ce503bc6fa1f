"""Limits hold, and what is known is not lost: each file of ``bounds/`` says in its first line what is right."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from modelcheck.checking import shrink
from modelcheck.checking.run import check_model
from modelcheck.cli.limits import ANOTHER_RACE, OutOfTimeError, at_most
from modelcheck.ground.ended import Limited
from modelcheck.ground.numerals import digits, numeral
from modelcheck.ground.workers import Failed, Said, Started, Tick, run_tasks
from modelcheck.language import pipeline
from modelcheck.report.races.columns import HEIGHT, race_in_columns
from modelcheck.report.words import shortened
from modelcheck.result.budget import LEAST_SECONDS, Budget
from modelcheck.result.checked import Checked
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.cache.encode import InFiles, decode
from modelcheck.studies.matrix.messages import Teller, Told, heard
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.run import run
from tests.report.example_traces import use_after_free

BOUNDS = Path(__file__).parent / "bounds"
#: What a machine that does other things as well may take longer.
MARGIN = 20.0


def call(*arguments: object) -> tuple[int, str, float]:
    """Run the tool; return the exit code, what it printed on both streams, and the seconds it took."""
    started = time.monotonic()
    command = [sys.executable, "-m", "modelcheck", *(str(argument) for argument in arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert "Traceback" not in ran.stdout + ran.stderr
    assert "MC599" not in ran.stdout + ran.stderr
    return ran.returncode, ran.stdout + ran.stderr, time.monotonic() - started


def shallow(path: Path, steps: int) -> str:
    """The text of deep_violation.mc with a violation that is nearer."""
    return path.read_text().replace("150000", str(steps)).replace("200000", str(2 * steps))


def test_a_long_run_is_drawn_with_the_count_of_its_rounds() -> None:
    code, text, _ = call("check", BOUNDS / "long_trace.mc", "--set", "N=800", "--no-cache", "--timeout", "60s")
    assert code == 1
    assert "never is violated in 4,000 steps" in text
    assert "798 times round" in text
    assert len(text.splitlines()) < 100


def test_explore_chooses_no_run_to_show(monkeypatch: pytest.MonkeyPatch) -> None:
    model = pipeline.Loaded(pipeline.load(BOUNDS / "long_trace.mc")).edited().resolved("s").model
    monkeypatch.setattr(shrink, "shrink", lambda *_: pytest.fail("nobody sees the run"))
    checked = check_model(model, Budget(), proofs=False, chosen=False)
    answer = next(answer for answer in checked.answers if answer.verdict is Verdict.VIOLATED)
    assert answer.length == 500
    assert len(checked.traces[answer.property].steps) == 500


def test_what_was_found_is_told_before_it_is_compared_and_chosen() -> None:
    model = pipeline.Loaded(pipeline.load(BOUNDS / "long_trace.mc")).edited().resolved("s").model
    told: list[Checked] = []
    check_model(model, Budget(), known=told.append)
    first, second = told
    # Before the comparison with the interpreter only runs count, which it has replayed.
    assert [answer.verdict for answer in first.answers].count(Verdict.VIOLATED) == 1
    assert all(answer.verdict in (Verdict.VIOLATED, Verdict.UNKNOWN) for answer in first.answers)
    assert [len(trace.steps) for trace in first.traces.values()] == [500]
    assert Verdict.HOLDS in {answer.verdict for answer in second.answers}


def test_steps_of_a_long_run_are_told_once() -> None:
    spec = pipeline.load(BOUNDS / "long_trace.mc")
    pair = run(spec, "long_trace.mc", Options(jobs=0, overrides=(("N", "400"),))).pairs[0]
    teller = Teller()
    first, second = teller.told(pair), teller.told(replace(pair, seconds=1.0))
    assert first == Told(pair, frozenset())
    assert second.again == {"never"}
    assert all(not cell.trace.steps for cell in second.pair.cells if cell.trace is not None)
    assert heard(second, heard(first, None)) == replace(pair, seconds=1.0)


def test_a_run_of_many_thousand_steps_is_drawn_by_its_beginning_and_its_end_at_once() -> None:
    trace = use_after_free()
    steps = tuple(replace(trace.steps[0], number=number) for number in range(1, 300_001))
    started = time.process_time()
    text = race_in_columns(replace(trace, steps=steps, orders=None))
    assert "300,000 steps" in text
    assert "left out here: --steps shows all" in text
    assert len(text.splitlines()) <= HEIGHT + 1
    assert time.process_time() - started < MARGIN


def test_reading_counts_as_time_of_the_user() -> None:
    options = Options(seconds=10.0).after(4.0).after(1.0)
    assert options.left == 5.0
    assert options.seconds == 10.0
    assert options.after(100.0).left == LEAST_SECONDS
    assert Options().after(4.0).left is None


def test_a_violation_that_is_far_away_is_not_lost(tmp_path: Path) -> None:
    spec = tmp_path / "deep.mc"
    spec.write_text(shallow(BOUNDS / "deep_violation.mc", 6000))
    code, text, _ = call("check", spec, "--no-cache", "--timeout", "60s")
    assert code == 1
    assert "lt is violated in 12,000 steps" in text
    assert len(text.splitlines()) < 100


def test_a_known_violation_outlives_the_work_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shrink, "shrink", lambda *_, **__: time.sleep(60.0))
    started = time.monotonic()
    path = BOUNDS / "long_trace.mc"
    result = run(pipeline.load(path), str(path), Options(variants=("base",), seconds=3.0, jobs=1))
    assert time.monotonic() - started < 3.0 + MARGIN
    (pair,) = result.pairs
    assert pair.ended is Limited.TIME
    verdicts = {cell.property_name: cell.verdict for cell in pair.cells}
    assert verdicts["never"] is Verdict.VIOLATED
    assert Verdict.HOLDS in verdicts.values()


def test_work_that_does_not_end_is_ended() -> None:
    events = list(run_tasks(_sleep, [None], 1, seconds=0.5))
    assert [type(event) for event in events if not isinstance(event, Tick)] == [Started, Said, Failed]
    assert events[-1] == Failed(0, Limited.TIME)


def _sleep(_: None, say: Callable[[object], None]) -> None:
    say("begun")
    time.sleep(60.0)


def test_work_that_takes_too_much_memory_is_ended() -> None:
    events = list(run_tasks(_hoard, [None], 1, memory=200 << 20))
    assert events[-1] == Failed(0, Limited.MEMORY)


def _hoard(_: None, say: Callable[[object], None]) -> None:
    hoard = [bytearray(10 << 20)]
    for _number in range(100):
        hoard.append(bytearray(b"x") * (10 << 20))
        time.sleep(0.02)
    time.sleep(60.0)


def test_inlines_that_multiply_are_told_at_once() -> None:
    code, text, seconds = call("check", BOUNDS / "exponential_inlines.mc", "--no-cache", "--timeout", "10s")
    assert code == 2
    assert "error[MC513]: `p` would be made of 2,147,483,647 copies of inlines (at most 100,000)" in text
    assert "`p` -> `f30` -> `f29` -> `f28` -> `…` ->" in text
    assert seconds < 10.0 + MARGIN


@pytest.mark.parametrize("engine", ["auto", "explicit", "native"])
def test_an_integer_that_grows_fast_is_followed_up_to_a_size(engine: str) -> None:
    code, text, _ = call("check", BOUNDS / "squares.mc", "--no-cache", "--engine", engine)
    assert code == 3
    assert "deadlock is not violated within 9 steps; beyond that nobody looked" in " ".join(text.split())
    assert "an integer grows beyond all bounds" in " ".join(text.split())


def test_a_violation_before_the_numbers_are_too_large_is_told(tmp_path: Path) -> None:
    spec = tmp_path / "squares.mc"
    spec.write_text((BOUNDS / "squares.mc").read_text() + "invariant small : x < 100000;\n")
    code, text, _ = call("check", spec, "--no-cache")
    assert code == 1
    assert "small is violated in 5 steps" in text


def test_numbers_are_told_by_their_size_where_they_have_too_many_digits() -> None:
    assert numeral(1234567) == "1,234,567"
    assert numeral(10**5000) == "about 10^5000"
    assert digits(-(10**1000)) == "about -10^1000"
    assert digits(-(10**30)) == "-" + "1" + 30 * "0"


@pytest.mark.parametrize("command", ["check", "explore"])
def test_reading_a_spec_is_bounded_as_well(command: str, tmp_path: Path) -> None:
    spec = tmp_path / "long.mc"
    statements = "x = 1;\n" * 60_000
    spec.write_text(f"model m;\nshared x : 0..1 = 0;\nprocess p {{ {statements} }}\nscenario s {{ run p; }}\n")
    code, text, seconds = call(command, spec, "--timeout", "300ms", "--no-cache")
    assert code == 3
    assert "error[MC508]: out of time: the spec was still being read" in text
    assert seconds < 0.3 + MARGIN


def many_processes(path: Path, number: int) -> Path:
    """A spec whose system takes long to make."""
    processes = "".join(f"process p{n} {{ x = 1; }}\n" for n in range(number))
    runs = ", ".join(f"p{n}" for n in range(number))
    path.write_text(f"model m;\nshared x : 0..1 = 0;\n{processes}scenario s {{ run {runs}; }}\n")
    return path


def test_exporting_ends_with_its_time(tmp_path: Path) -> None:
    spec = many_processes(tmp_path / "many.mc", 9_000)
    code, text, seconds = call("export", spec, "--to", "promela", "--timeout", "300ms")
    assert code == 3
    assert "error[MC508]: out of time: " in text
    assert seconds < 0.3 + MARGIN


@pytest.mark.parametrize("options", [(), ("--timeout", "100s"), ("--memory", "2G")])
def test_what_is_exported_with_a_limit(options: tuple[str, ...]) -> None:
    code, text, _ = call("export", BOUNDS / "squares.mc", "--to", "smtlib")
    assert code == 0
    assert call("export", BOUNDS / "squares.mc", "--to", "smtlib", *options)[:2] == (code, text)
    code, text, _ = call("export", BOUNDS / "long_trace.mc", "--to", "smtlib", "--scenario", "none", *options)
    assert (code, "MC101" in text or "no scenario" in text) == (2, True)


def test_exploring_ends_with_its_time(tmp_path: Path) -> None:
    spec = many_processes(tmp_path / "many.mc", 600)
    code, text, seconds = call("explore", spec, "--timeout", "2s", "--no-cache")
    assert code == 3
    assert "out of time" in text
    assert seconds < 2.0 + MARGIN


def test_what_is_wrong_with_a_spec_is_told_by_explore_with_a_limit_too(tmp_path: Path) -> None:
    spec = tmp_path / "wrong.mc"
    spec.write_text("model m;\nprocess p { y = 1; }\nscenario s { run p; }\n")
    code, text, _ = call("explore", spec, "--timeout", "30s", "--no-cache")
    assert code == 2
    assert "`y`" in text


@pytest.mark.parametrize("delay", [0.15, 0.8, 2.0])
@pytest.mark.parametrize(
    "command",
    [
        ("check", "--no-cache", "--timeout", "60s"),
        ("explore", "--no-cache", "--scenario", "invalidate"),
        ("export", "--to", "smtlib", "--scenario", "invalidate"),
        ("synth",),
    ],
)
def test_an_interrupt_ends_every_command_quietly(command: tuple[str, ...], delay: float) -> None:
    """Whatever it is at: starting, reading, working in processes of its own, or done already."""
    spec = Path(__file__).parents[2] / "specs" / "nfs_readdir.mc"
    name, *options = command
    # What Python itself is at before it comes to our first line is not ours: it says when that is over.
    program = "from modelcheck.__main__ import main; print('begun', flush=True); main()"
    arguments = [sys.executable, "-c", program, name, str(spec), *options]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "begun\n"
        time.sleep(delay)
        running.send_signal(signal.SIGINT)
        out, told = running.communicate(timeout=60.0)
    assert "Traceback" not in told
    assert "Exception ignored" not in told
    # The interpreter had not come to take signals yet, it was interrupted, or it was done.
    assert running.returncode in (-signal.SIGINT, 130, 0, 1, 2, 3)
    if running.returncode == 130:
        assert "interrupted" in out + told


def test_another_race_is_looked_for_within_the_time() -> None:
    def look() -> None:
        with at_most(0.05, ANOTHER_RACE):
            while True:
                pass

    with pytest.raises(OutOfTimeError, match="another race"):
        look()


def test_memory_bounds_exploring_without_a_limit_of_time(tmp_path: Path) -> None:
    spec = tmp_path / "large.mc"
    fields = "".join(f"shared x{number} : bv<64> = 0;\n" for number in range(8))
    steps = "".join(f"x{number} = x{number} + 1;" for number in range(8))
    spec.write_text(
        f"model m;\n{fields}process p {{ loop {{ choose {{ {steps.replace(';', '; } or { ', 7)} }} }} }}\nscenario s {{"
        " run p[2]; }\n"
    )
    code, text, _ = call("explore", spec, "--memory", "300M", "--no-cache")
    assert code == 3
    assert "memory" in text


def test_a_solver_that_cannot_be_loaded_is_out_of_memory() -> None:
    code, text, _ = call("check", BOUNDS / "deep_violation.mc", "--memory", "1K", "--timeout", "3s", "--no-cache")
    assert code == 3
    assert "internal error" not in text
    assert "out of memory" in " ".join(text.split())


def test_a_large_pool_is_checked_within_the_time(tmp_path: Path) -> None:
    spec = tmp_path / "pool.mc"
    spec.write_text(
        "model m;\nobject T pool 1000 { x : bv<8> = 0; }\nprocess p { local t : ref T; t = try_new T; if (t != null) {"
        " t->x = 1; free(t); } }\nscenario s { run p[2]; }\n"
    )
    code, _, seconds = call("check", spec, "--timeout", "3s", "--no-cache")
    assert code in (0, 3)
    assert seconds < 3.0 + MARGIN


def test_numbers_of_many_bits_are_shortened_in_reports(tmp_path: Path) -> None:
    spec = tmp_path / "wide.mc"
    spec.write_text(
        f"model m;\nparam BIG = {10**300};\nshared x : int = 1;\n"
        "process p { loop { atomic { if (x < BIG) { x = x * 1000000007; } } } }\n"
        f"invariant small : x < {2**200};\nscenario s {{ run p; }}\n"
    )
    code, text, _ = call("check", spec, "--no-cache")
    assert code == 1
    assert f"x is {str(1000000007**7)[:12]}...{str(1000000007**7)[-12:]} (64 digits)" in " ".join(text.split())
    assert "BIG = 100000000000...000000000000 (301 digits)" in " ".join(text.split())
    assert re.search(r"\d{40}", text) is None
    assert (
        shortened(f"{2**128 - 1} {2**128} x{10**50}")
        == f"{2**128 - 1} 340282366920...431768211456 (39 digits) x{10**50}"
    )


@pytest.mark.parametrize(
    "data", [b"\x80\x05\x95" + b"\xff" * 8 + b".", b"\x80\x05\x8e" + b"\x00" * 5 + b"\x7f\x00\x00.", b"(" * 9 + b"."]
)
def test_bytes_that_nobody_has_written_are_no_result(data: bytes) -> None:
    assert decode(data, InFiles(())) is None
