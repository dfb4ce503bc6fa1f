"""Where the tool names a local of an inline, it says which: the process and other inlines may have one
of the same name.
"""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from modelcheck.cli.commands.tracing import trace
from modelcheck.report.narrate.value_texts import owned_text, place_text, spelling
from modelcheck.result.values import Index, Place

SPEC = Path(__file__).parents[1] / "cases" / "drawing" / "inlined_names.mc"


def printed(form: str, *options: str) -> str:
    arguments = [str(SPEC), "--property", "no_use_after_free", "--format", form, "--no-cache", *options]
    ran = CliRunner().invoke(trace, arguments, standalone_mode=False)
    assert ran.return_value == 0, ran.output
    return ran.output


def test_places_by_their_path() -> None:
    own = Place("r", None, (), 0, "irq")
    inlined = Place("r", None, (Index(1), "low"), 0, "check_events", True)
    assert (place_text(own), spelling(own), owned_text(own, ("irq",))) == ("r", "r", "irq.r")
    assert place_text(inlined) == "check_events.r[1].low"
    assert spelling(inlined) == "r[1].low"
    assert owned_text(inlined, ("irq",)) == "irq.check_events.r[1].low"


def test_the_full_trace_tells_inlines_apart() -> None:
    text = printed("full")
    assert "    load d->events -> 3\n    check_events.r = 3\n" in text
    assert "    check_events.r: 3 -> 2\n" in text
    assert "\n    r: " not in text


def test_columns_without_lines_tell_inlines_apart() -> None:
    text = " ".join(printed("columns", "--no-lines").split())
    assert "ack: atomic { r = r - 1; acked = r; } [acked: 0 -> 2, check_events.r: 3 -> 2]" in text
    assert "still referred to by dev and irq's check_events.q" in text


def test_values_for_viewers_are_told_apart() -> None:
    document = json.loads(printed("itf"))
    assert {"irq.check_events.q", "irq.check_events.r"} <= set(document["vars"])
    last = document["states"][-1]
    assert last["irq.check_events.r"] == {"#bigint": "2"}
    assert last["irq.check_events.q"] == "Dev[0] (stale)"


def test_data_keep_the_name_and_who_declares_it() -> None:
    places = [change["place"] for step in json.loads(printed("json"))["steps"] for change in step["changes"]]
    assert {"text": "r", "name": "r", "process": 0, "owner": "check_events"} in places
