"""``simulate``, driven by scripts on standard input."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Ran
from tests.cli.terminals import read_until, terminal

__all__ = ["terminal"]

Call = Callable[..., Ran]

CHOICES = """\
model choices;
enum Colour { red, green }
shared c : Colour = red;
shared n : 0..2 = 0;
process painter { choose { c = green; } or { c = red; } n = n + 1; n = n + 1; n = n + 1; }
process waiter  { when (n == 1); }
invariant one : n <= 1;
cover two : n == 2;
scenario s { run painter, waiter; }
scenario any { run waiter[*]; slow; }
"""


@pytest.fixture
def simulate(modelcheck: Call, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run a script."""

    def call(spec: Path, script: str, *options: object) -> Ran:
        monkeypatch.setattr("sys.stdin", io.StringIO(script))
        ran = modelcheck("simulate", spec, *options)
        assert all(len(line) <= 80 for line in ran.out.splitlines()), ran.out
        return ran

    return call


@pytest.fixture
def choices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("choices.mc")
    path.write_text(CHOICES)
    return path


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("9", "there is no step 9 now"),
        ("9" * 30, "there is no step 999"),
        ("\u00b2", "`\u00b2` is no command"),
        ("r \u00b2", "`\u00b2` is no number of steps"),
        ("r 00", "`00` is no number of steps"),
        ("u x", "`x` is no number of steps"),
    ],
)
def test_what_is_no_number_of_a_step(simulate: Callable[..., Ran], starter: Path, line: str, said: str) -> None:
    ran = simulate(starter, f"s\n{line}\n")
    assert ran.code == 1
    assert f"modelcheck: {said}" in ran.err


def test_code_is_shown_without_comments(simulate: Callable[..., Ran], starter: Path) -> None:
    assert "use: touch(b);\n" in simulate(starter, "lookup\nlookup\nlookup\nlookup\n").out


def test_the_steps_that_are_possible(simulate: Callable[..., Ran], starter: Path) -> None:
    ran = simulate(starter, "")
    assert ran.code == 0
    assert "  1  lookup  26  lock(table_lock);" in ran.out
    assert "  2  remove  37  lock(table_lock);" in ran.out


def test_a_step_by_number_and_by_name(simulate: Callable[..., Ran], starter: Path) -> None:
    ran = simulate(starter, "1\nlookup\n", "--scenario", "one_lookup")
    assert ran.code == 0
    assert "> 1\n1. lookup, line 26: lock table_lock\n     table_lock: unlocked -> locked by lookup\n" in ran.out
    assert "     remove  37  waits for table_lock, held by lookup" in ran.out
    assert "2. lookup, line 27: load table -> Buffer[0]" in ran.out


def test_choices_of_one_line_are_told_apart(simulate: Callable[..., Ran], choices: Path) -> None:
    ran = simulate(choices, "2\n", "--scenario", "s")
    assert (
        "  1  painter  5  choose { c = green; } or { c = red; }\n                 choice 0: choose: branch 0\n"
        in ran.out
    )
    assert "> 2\n1. painter, line 5: choose: branch 1\n" in ran.out
    refused = simulate(choices, "painter\n", "--scenario", "s")
    assert refused.code == 1
    assert "painter has 2 choices: take one by its number" in refused.err


def test_undo(simulate: Callable[..., Ran], choices: Path) -> None:
    ran = simulate(choices, "1\nr\nu 5\nt\n", "--scenario", "s")
    assert "back at the initial state" in ran.out
    assert ran.out.endswith("> t\nno step yet\n> \n")
    assert simulate(choices, "u\n", "--scenario", "s").err == "modelcheck: this is the initial state\n"


def test_a_random_walk_depends_on_the_seed_only(simulate: Callable[..., Ran], starter: Path) -> None:
    def walk(seed: int) -> str:
        return simulate(starter, "r 100\n", "--scenario", "two_lookups", "--seed", seed).out

    assert walk(1) == walk(1)
    assert len({walk(seed) for seed in range(4)}) > 1
    assert "nobody can move: everybody has finished" in walk(1)


def test_jump_to_a_violation_and_save_it(
    modelcheck: Call, simulate: Callable[..., Ran], starter: Path, tmp_path: Path
) -> None:
    design = ("--variant", "late_use", "--scenario", "one_lookup")
    ran = simulate(starter, "lookup\nj no_use_after_free\nw walk.json\n", *design)
    assert ran.code == 0
    assert "!! `b` is read through a stale reference: Buffer[0] was freed" in " ".join(ran.out.split())
    assert "wrote walk.json, which violates no_use_after_free" in ran.out
    replayed = modelcheck("replay", "walk.json")
    assert replayed.code == 0
    assert "no_use_after_free is violated" in replayed.out


def test_a_walk_that_violates_nothing_is_saved_and_replayed(
    modelcheck: Call, simulate: Callable[..., Ran], starter: Path
) -> None:
    assert "wrote walk.json\n" in simulate(starter, "1\n1\nw walk.json\n").out
    saved = json.loads(Path("walk.json").read_text())
    assert (saved["property"], saved["kind"], len(saved["steps"])) == ("", "walk", 2)
    for form in ("columns", "full", "json", "itf", "mermaid", "svg", "html"):
        ran = modelcheck("replay", "walk.json", "--format", form)
        assert ran.code == 0, form
        assert "violated" not in ran.out.split("<script")[0].lower()
    assert "a walk of 2 steps" in modelcheck("replay", "walk.json").out


def test_a_jump_that_is_not_possible(simulate: Callable[..., Ran], starter: Path) -> None:
    def refusal(script: str) -> str:
        ran = simulate(starter, script, "--scenario", "one_lookup")
        assert ran.code == 1
        return ran.err

    assert "nothing that can come from here violates no_use_after_free" in refusal("j no_use_after_free\n")
    assert "did you mean `no_use_after_free`" in refusal("j no_use_after_fre\n")
    assert "`stuck` is about everything that can come" in refusal("j stuck\n")
    assert "j takes the name of a property" in refusal("j\n")


def test_a_fault_ends_the_run(simulate: Callable[..., Ran], choices: Path) -> None:
    ran = simulate(choices, "1\nj range\ns\nu\n", "--scenario", "s")
    assert "the step cannot be completed: this run ends here" in ran.out
    assert "a fault has ended this run (u takes the step back)" in ran.out
    assert "(a fault: it cannot be completed)" in ran.out


def test_the_state(simulate: Callable[..., Ran], starter: Path) -> None:
    ran = simulate(starter, "1\n1\ns\np\nh\n", "--scenario", "one_lookup")
    assert "table_lock = locked by lookup" in ran.out
    assert "    b = Buffer[0]" in ran.out
    assert "can be reached: found" in ran.out
    assert "go on by a shortest way to where PROPERTY is violated" in ran.out


def test_a_process_in_any_number(modelcheck: Call, simulate: Callable[..., Ran], choices: Path) -> None:
    ran = simulate(choices, "s\nw any.json\n", "--scenario", "any", "--instances", 3)
    assert "waiter[2]" in ran.out
    assert modelcheck("replay", "any.json").code == 0


def test_a_script_ends_where_it_cannot_go_on(simulate: Callable[..., Ran], choices: Path) -> None:
    for script in ("9\n", "nobody\n", "r none\n", "w\n", "w /nowhere/at/all.json\n"):
        ran = simulate(choices, script + "t\n")
        assert ran.code == 1
        assert ran.err.startswith("modelcheck: ")
        assert "no step yet" not in ran.out
    assert simulate(choices, "q\nnonsense\n").code == 0


def test_what_cannot_be_simulated(modelcheck: Call, choices: Path) -> None:
    assert modelcheck("simulate", choices, "--scenario", "nowhere").code == 2
    assert "MC501" in modelcheck("simulate", choices, "--scenario", "nowhere").err


def test_what_is_reached_is_nothing_wrong(simulate: Callable[..., Ran], starter: Path) -> None:
    ran = simulate(starter, "j found\nt\n")
    assert "     * found is reached: `after(lookup::use)` holds\n" in ran.out
    assert "!!" not in ran.out


def test_on_a_terminal(starter: Path, tmp_path: Path, terminal: tuple[int, int]) -> None:
    """Mistakes do not end it, the line can be edited, the arrow takes the last command up again,
    Tab completes, Ctrl-D ends.
    """
    ours, theirs = terminal
    before = termios.tcgetattr(theirs)
    command = [sys.executable, "-m", "modelcheck", "simulate", "starter.mc", "--variant", "late_use"]
    environment = {**os.environ, "COLUMNS": "100", "TERM": "xterm"}
    child = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    try:
        read_until(ours, r"1  lookup.*2  remove.*> ")

        def say(keys: str, pattern: str) -> str:
            os.write(ours, keys.encode())
            return read_until(ours, pattern)

        say("nonsense\n", r"no command and no process.*> ")
        say("loop\x7f\x7fok\t\n", r"1\. lookup, line \d+: lock table_lock.*> ")
        say("\x1b[A\n", r"2\. lookup, line \d+: load table.*> ")
        say("u 2\n", r"back at the initial state.*> ")
        say("j no_use\t\n", r"!! `b` is read through a stale reference.*> ")
        say("w walk.json\n", r"wrote walk.json, which violates no_use_after_free.*> ")
        os.write(ours, b"\x04")
        assert child.wait(20) == 0
    finally:
        child.kill()
        child.wait()
    assert json.loads(Path("walk.json").read_text())["schema"] == "modelcheck.trace/2"
    assert termios.tcgetattr(theirs) == before
