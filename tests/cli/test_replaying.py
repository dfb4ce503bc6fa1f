"""``replay``: a saved trace against a spec that has changed since, and files that are no traces."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelcheck.cli.starter import write_starter
from tests.cli.conftest import Ran

Call = Callable[..., Ran]

#: What version 0.1.0 wrote of the race below.
FIRST = Path(__file__).parent / "data" / "race_of_the_first_schema.json"
RACE = ("--variant", "late_use", "--scenario", "one_lookup", "--property", "no_use_after_free")


@pytest.fixture
def saved(modelcheck: Call, starter: Path) -> Path:
    path = Path("race.json")
    path.write_text(modelcheck("trace", starter, *RACE, "--format", "json").out)
    return path


def edit(starter: Path, old: str, new: str) -> None:
    text = starter.read_text()
    assert old in text
    starter.write_text(text.replace(old, new))


def test_lines_that_moved_are_nothing_to_talk_about(modelcheck: Call, starter: Path, saved: Path) -> None:
    starter.write_text("// a line\n\n" + starter.read_text())
    ran = modelcheck("replay", saved)
    assert (ran.code, ran.err) == (0, "")
    assert "no_use_after_free is violated in 14 steps" in ran.out


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("free(b);", "free(b); ;", 0, ""),
        ("get: b->refs.inc();", "got: b->refs.inc();", 0, "still applies, but step 3 is another now"),
        ("process remove", "process unplug", 0, "still applies, but step 7 is another now"),
        (
            "lock(table_lock);\n ld:",
            "ld:",
            1,
            "goes another way since step 1: lock table_lock then, load table -> Buffer[0] now",
        ),
        ("b->refs.inc();", "b->refs.inc(); b->refs.inc();", 1, "no longer applies: step 12: "),
        ("insert after lookup::drp", "insert before lookup::drp", 1, "goes another way since step 6: "),
        ("no_use_after_free", "memory_safe", 1, "there is no property `no_use_after_free` any more"),
        ("variant late_use", "variant early_use", 2, "error[MC301]: there is no variant `late_use`"),
        ("scenario one_lookup", "scenario single", 2, "error[MC501]: there is no scenario `one_lookup`"),
        ("run lookup[1], remove;", "run remove;", 1, "no longer applies: step 1: there is no process lookup any more"),
        ("run lookup[1], remove;", "run remove, lookup[1];", 0, ""),
        ("event released", "even released", 2, "error[MC"),
    ],
)
def test_where_it_no_longer_applies_and_why(
    modelcheck: Call, starter: Path, saved: Path, old: str, new: str, code: int, said: str
) -> None:
    edit(starter, old, new)
    if old.startswith("process"):
        edit(starter, "remove;", f"{new.split()[-1]};")
    ran = modelcheck("replay", saved)
    assert ran.code == code, ran.err
    assert said in ran.err
    assert ("is violated in" in ran.out) == (code == 0)


SPOILED: tuple[tuple[str, Callable[[Any], object], int, str], ...] = (
    ("version", lambda document: document.update(schema="modelcheck.trace/3"), 2, "MC536"),
    ("classes", lambda document: document["classes"].pop(), 2, "MC520"),
    ("round", lambda document: document.update(loop_at=3), 2, "MC537"),
    ("result", lambda document: document.update(schema="modelcheck.result/1"), 2, "MC520"),
    ("no steps", lambda document: document.pop("steps"), 2, "MC520"),
    ("no spec", lambda document: document.update(spec=7), 2, "MC520"),
    ("instance", lambda document: document["steps"][2].update(instance="x"), 2, "MC520"),
    (
        "far instance",
        lambda document: document["steps"][2].update(instance=99),
        1,
        "step 3: there is no process number 99",
    ),
    ("choices", lambda document: document["steps"][2].update(choices=[7]), 1, "step 3: "),
    ("cut", lambda document: document["steps"].pop(), 1, "step 13: "),
    ("param", lambda document: document.update(set={"X": "1"}), 2, "MC503"),
)


@pytest.mark.parametrize(("spoil", "code", "said"), [one[1:] for one in SPOILED], ids=[one[0] for one in SPOILED])
def test_a_trace_that_was_tampered_with(
    modelcheck: Call, saved: Path, spoil: Callable[[Any], object], code: int, said: str
) -> None:
    document = json.loads(saved.read_text())
    spoil(document)
    saved.write_text(json.dumps(document))
    ran = modelcheck("replay", saved)
    assert ran.code == code
    assert said in ran.err
    assert ran.out == ""


def test_a_trace_of_the_first_schema_replays(modelcheck: Call, starter: Path, saved: Path) -> None:
    """Such files have words where there is data now; the moves are the same."""
    first = Path("first.json")
    first.write_text(FIRST.read_text(encoding="utf-8"))
    ran = modelcheck("replay", first)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == modelcheck("replay", saved).out
    edit(starter, "lock(table_lock);\n ld:", "ld:")
    ran = modelcheck("replay", first)
    assert ran.code == 1
    assert "goes another way since step 1: lock table_lock then, load table -> Buffer[0] now" in ran.err
    document = json.loads(FIRST.read_text(encoding="utf-8"))
    document["steps"][3]["operation"] = "free b (Buffer[0])"
    starter.unlink()
    write_starter("starter")
    first.write_text(json.dumps(document))
    ran = modelcheck("replay", first)
    assert ran.code == 0
    assert "still applies, but step 4 is another now: free b (Buffer[0]) (" in ran.err


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b"7", b'{"a": 1}', b"\xff\xfe\x00", b"model m;"])
def test_a_file_that_is_no_trace(modelcheck: Call, saved: Path, content: bytes) -> None:
    saved.write_bytes(content)
    ran = modelcheck("replay", saved)
    assert ran.code == 2
    assert "error[MC520]: race.json is no trace that can be replayed" in ran.err
    assert modelcheck("replay", "none.json").code == 2


def test_a_spec_that_was_moved_is_asked_for(modelcheck: Call, starter: Path, saved: Path) -> None:
    starter.rename("moved.mc")
    ran = modelcheck("replay", saved)
    assert ran.code == 2
    assert "error[MC001]: there is no file `starter.mc`, the spec that the trace was made from" in ran.err
    assert "`--spec FILE` says where it is" in ran.err
    assert modelcheck("replay", saved, "--spec", "moved.mc").code == 0
