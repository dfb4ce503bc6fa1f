"""``modelcheck trace``: what its options add to a race."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Ran

Call = Callable[..., Ran]
LONG = Path(__file__).parents[1] / "cases" / "bounds" / "long_trace.mc"
RACE = ("--variant", "late_use", "--property", "no_use_after_free", "--scenario", "one_lookup")


def test_every_step_is_shown_if_there_is_room_or_if_asked_for(modelcheck: Call, starter: Path) -> None:
    usual, every = modelcheck("trace", starter, *RACE), modelcheck("trace", starter, *RACE, "--steps")
    assert usual.code == every.code == 0
    assert usual.out == every.out
    narrow = [modelcheck("trace", LONG, "--set", "N=200", *options) for options in ((), ("--steps",))]
    assert [len(ran.out.splitlines()) > 200 for ran in narrow] == [False, True]
    assert narrow[0].out.split("\n\n")[-1] == narrow[1].out.split("\n\n")[-1], "what stands below is the same"


def test_delays_are_named_by_thread_and_line(modelcheck: Call, starter: Path) -> None:
    out = modelcheck("trace", starter, *RACE, "--delays").out
    delays = out.split("Delays that make it likely:\n")[1].splitlines()
    assert any(line.startswith("  lookup, before line ") for line in delays)
    assert any("until remove has passed line " in " ".join(delays[n : n + 2]) for n in range(len(delays)))


def test_the_width_is_as_asked_for(modelcheck: Call, starter: Path) -> None:
    narrow, wide = (modelcheck("trace", starter, *RACE, "--width", width).out for width in (60, 120))
    assert max(map(len, narrow.splitlines())) <= 60 < max(map(len, wide.splitlines()))


def test_the_next_race_is_another_one_until_there_are_no_more(modelcheck: Call, starter: Path) -> None:
    seen = [modelcheck("trace", starter, *RACE).out]
    for number in range(1, 10):
        ran = modelcheck("trace", starter, *RACE, *["--next"] * number)
        if ran.code:
            break
        assert ran.out not in seen
        assert ran.err.startswith("modelcheck: what is different from the race before:\n  brought about by ")
        seen.append(ran.out)
    assert ran.code == 1
    assert ran.out == ""
    assert ran.err == "modelcheck: there is no other race of no_use_after_free in one_lookup than those 2\n"


def test_what_is_reached_has_no_next_race(modelcheck: Call, starter: Path) -> None:
    ran = modelcheck("trace", starter, "--property", "found", "--scenario", "one_lookup", "--next")
    assert ran.code == 1
    assert "found is to be reached" in ran.err


def test_where_not_everything_was_looked_at_trace_does_not_say_that_nothing_is_violated(
    modelcheck: Call, tmp_path: Path
) -> None:
    spec = tmp_path / "squares.mc"
    spec.write_text(
        "model squares; shared x : int = 2; process p { loop { atomic { x = x * x; } } } scenario s { run p; }\n"
    )
    ran = modelcheck("trace", spec)
    assert ran.code == 3
    assert "no violation was found, and not everything was looked at" in ran.err
    assert "undecided: " in ran.err


def test_where_one_design_is_clean_the_others_are_named(modelcheck: Call, starter: Path) -> None:
    ran = modelcheck("trace", starter, "--scenario", "one_lookup")
    assert (ran.code, ran.out) == (1, "")
    first, others = ran.err.splitlines()
    assert first == "modelcheck: nothing is violated, so there is no trace to print"
    assert others.startswith("modelcheck: of the designs only base was asked; others: ")
    assert "late_use" in others


def test_an_assert_is_told_apart_from_a_property(modelcheck: Call, tmp_path: Path) -> None:
    spec = tmp_path / "named.mc"
    spec.write_text("shared x : 0..1 = 0;\nprocess p { assert one: x == 1; }\nscenario s { run p; }\n")
    ran = modelcheck("trace", spec, "--property", "one")
    assert ran.code == 2
    assert "`one` is an assert and no property: its violations are those of `assertion`" in ran.err
    assert modelcheck("trace", spec, "--property", "assertion").code == 0
