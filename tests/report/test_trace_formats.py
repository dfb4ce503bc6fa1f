"""Traces as ITF, Mermaid and SVG."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as xml

from modelcheck.checking.causes import needed_steps
from modelcheck.report.formats.itf import itf_json
from modelcheck.report.formats.json import dump
from modelcheck.report.formats.mermaid import mermaid
from modelcheck.report.formats.svg import svg
from modelcheck.report.races.states import states
from modelcheck.result.trace import Change, Trace
from modelcheck.result.values import Allocation, Null, Number, Reference
from tests.report.example_traces import contents, place, step, use_after_free

SVG = "{http://www.w3.org/2000/svg}"
NASTY = "<b>&\"'#;%\x1b]]>\n</svg><script>alert(1)</script>"


def spoiled() -> Trace:
    """A trace whose every text is hostile."""
    first = step(1, NASTY, "reader::x", NASTY, 20, ((NASTY, "1", NASTY),), (NASTY,), (NASTY,))
    return replace(
        use_after_free(),
        spec=NASTY,
        property_name=NASTY,
        processes=(NASTY, "b"),
        steps=(first,),
        ends=(),
        held=(),
        orders=(),
    )


def initial() -> Trace:
    """Violated before anything moves."""
    return replace(use_after_free(), steps=(), ends=(), held=(), orders=(), final=use_after_free().initial)


# ----------------------------------------------------------------------------------------- states


def test_states_follow_the_changes() -> None:
    found = states(use_after_free())
    assert len(found) == 9
    count, slot = place("Page[0].count"), place("Inode[0].slot")
    assert found[0] == {count: Number(2), slot: Reference("Page", 0)}
    assert found[2] == dict(found[0]) | {count: Number(3), place("p", 0): Reference("Page", 0)}
    assert found[8][slot] == Null()


def test_fields_go_with_their_object_unless_it_is_never_unmapped() -> None:
    steps = (step(1, "reclaim", "reclaim::fr", "free p", 60, (("Page[0]", "allocated", "free"),)),)
    page, count = place("Page[0]"), place("Page[0].count")
    trace = replace(use_after_free(), initial=contents(("Page[0]", "allocated"), ("Page[0].count", "1")), steps=steps)
    gone = replace(trace, final=contents(("Page[0]", "free")))
    assert states(gone)[1] == {page: Allocation(False)}
    kept = replace(trace, final=contents(("Page[0]", "free"), ("Page[0].count", "1")))
    assert states(kept)[1] == {page: Allocation(False), count: Number(1)}
    news = (Change(page, Allocation(False), Allocation(True)), Change(count, None, Number(1)))
    again = replace(step(2, "reclaim", "reclaim::nw", "new Page", 61), changes=news)
    assert states(replace(trace, steps=(*steps, again)))[1] == {page: Allocation(False)}


# -------------------------------------------------------------------------------------------- ITF


def check_itf(document: Any) -> None:
    """The shape that ADR 015 of Apalache asks for."""
    assert document["#meta"]["format"] == "ITF"
    names = document["vars"]
    assert len(set(names)) == len(names)
    assert not any(name.startswith("#") for name in names)
    for number, state in enumerate(document["states"]):
        assert state["#meta"]["index"] == number
        assert set(state) == {"#meta", *names}
        for name in names:
            check_value(state[name])


def check_value(value: Any) -> None:
    if isinstance(value, dict):
        ((key, content),) = value.items()
        match key:
            case "#bigint":
                assert re.fullmatch(r"-?[0-9]+", content)
            case "#set":
                for element in content:
                    check_value(element)
            case _:
                assert key == "#unserializable"
                assert isinstance(content, str)
    else:
        assert isinstance(value, bool | str)


def test_itf_has_a_state_more_than_steps() -> None:
    document = itf_json(use_after_free())
    check_itf(document)
    assert document["#meta"]["status"] == "violation"
    assert len(document["states"]) == 9
    assert document["states"][0]["reader[0].p"] == {"#unserializable": "undefined"}
    assert document["states"][2]["Page[0].count"] == {"#bigint": "3"}
    assert document["states"][8]["step::process"] == "reader[0]"
    assert document["states"][8]["#meta"]["line"] == 71


def test_itf_knows_truth_values_and_sets() -> None:
    trace = replace(initial(), initial=contents(("a", "true"), ("b", "{1, 2}"), ("c", "{}"), ("d", "Page[0]")))
    (state,) = itf_json(trace)["states"]
    assert [state[name] for name in "abcd"] == [
        True,
        {"#set": [{"#bigint": "1"}, {"#bigint": "2"}]},
        {"#set": []},
        "Page[0]",
    ]


def test_itf_survives_any_text() -> None:
    check_itf(json.loads(dump(itf_json(spoiled()))))


# ---------------------------------------------------------------------------------------- Mermaid


def test_mermaid_has_a_participant_for_each_thread_that_moves_and_a_message_for_each_step() -> None:
    lines = mermaid(use_after_free()).splitlines()
    assert lines[:4] == [
        "sequenceDiagram",
        "    title no_use_after_free is violated in 8 steps (v3_one_site, reclaim_only)",
        "    participant T0 as reader[0]",
        "    participant T2 as reclaim",
    ]
    assert sum("->>" in line for line in lines) == 8
    assert "    T0->>T0: 22 get: p-#gt;count.inc_not_zero() -#gt; true<br/>Page[0].count: 2 -#gt; 3" in [
        line.replace("  get", " get") for line in lines
    ]
    marked = lines.index("    rect rgba(220, 50, 47, 0.25)")
    assert "touch(n)" in lines[marked + 1]
    assert lines[-1].startswith(
        "    Note over T0,T2: reclaim holds Page[0].lock, taken at line 80<br/>reader[1] waits at line 40 (lck) for"
        " Page[0].lock, held by reclaim<br/>The order that matters:<br/>reader[0]:23"
    )


def test_mermaid_takes_no_text_for_markup() -> None:
    for line in mermaid(spoiled()).splitlines():
        plain = re.sub(r"#(\d+|[a-z]+);", "", line).replace("->>", "").replace("<br/>", "")
        assert not set('<>&"#;%') & set(plain)
    assert "T0->>T0" in mermaid(spoiled())


def test_mermaid_of_what_is_wrong_from_the_start() -> None:
    assert mermaid(initial()).splitlines()[-2] == "    participant T0 as initial state"


# -------------------------------------------------------------------------------------------- SVG


def test_svg_draws_every_step_on_its_lifeline() -> None:
    root = xml.fromstring(svg(use_after_free()))
    assert root.tag == f"{SVG}svg"
    steps = list(root.iter(f"{SVG}g"))
    assert [element.attrib["data-step"] for element in steps] == [str(number) for number in range(1, 9)]
    lefts = {element.find(f"{SVG}rect").attrib["x"] for element in steps}  # type: ignore[union-attr]
    assert len(lefts) == 2
    assert len(root.findall(f"{SVG}line")) == 2
    assert [element.attrib["data-step"] for element in steps if "bad" in element.attrib["class"]] == ["8"]
    tops = [float(element.find(f"{SVG}rect").attrib["y"]) for element in steps]  # type: ignore[union-attr]
    assert tops == sorted(set(tops))


def test_the_names_of_threads_are_in_view_wherever_a_diagram_is_looked_at() -> None:
    one = use_after_free()
    steps = tuple(replace(one.steps[0], number=number) for number in range(1, 101))
    root = xml.fromstring(svg(replace(one, steps=(*steps, *one.steps[1:]), orders=())))
    rows = [float(rect.attrib["y"]) for rect in root.iter() if rect.attrib.get("class") == "head"]
    assert min(rows) < 100
    gaps = [after - before for before, after in itertools.pairwise(sorted(set(rows)))]
    assert gaps
    assert max(gaps) < 700
    boxes = [float(rect.attrib["y"]) for rect in root.iter() if rect.attrib.get("class") == "box"]
    assert len(boxes) == 107
    assert not set(boxes) & set(rows)


def test_svg_needs_nothing_from_elsewhere_and_knows_the_dark() -> None:
    text = svg(use_after_free())
    assert "prefers-color-scheme: dark" in text
    assert not re.search(r"(href|src|url\(|@import)", text)
    assert "<style>" not in svg(use_after_free(), standalone=False)


def test_svg_texts_stay_in_their_boxes() -> None:
    wide = step(1, "reader[0]", "reader::x", "x" * 200 + " y", 20)
    root = xml.fromstring(svg(replace(use_after_free(), steps=(wide,), held=(), orders=())))
    group = next(root.iter(f"{SVG}g"))
    box = group.find(f"{SVG}rect")
    assert box is not None
    for text in group.findall(f"{SVG}text")[1:]:
        assert float(text.attrib["x"]) + 7.3 * len(text.text or "") <= float(box.attrib["x"]) + float(
            box.attrib["width"]
        )


def test_svg_takes_no_text_for_markup() -> None:
    root = xml.fromstring(svg(spoiled()))
    assert not list(root.iter(f"{SVG}script"))
    assert "alert(1)" in "".join(root.itertext())


def test_svg_of_what_is_wrong_from_the_start() -> None:
    text = "".join(xml.fromstring(svg(initial())).itertext())
    assert "is violated in the initial state" in text
    assert "Page[0].count = 2" in text


def test_the_picture_tells_what_is_needed_from_what_is_not() -> None:
    trace = use_after_free()
    boxes = re.findall(r'<g class="step([^"]*)" data-step="(\d+)">', svg(trace))
    needed = {int(number) for kind, number in boxes if "needed" in kind}
    assert trace.orders
    assert needed == needed_steps(trace) >= {number for pair in trace.orders for number in pair}
    minor = {int(number) for kind, number in boxes if "minor" in kind}
    assert minor
    assert all(not step.events and not step.findings for step in trace.steps if step.number in minor)
    assert svg(trace).count('class="mark"') == len(needed)
    for text in (svg(trace), mermaid(trace)):
        assert "The order that matters" in text
        assert "reader[0]:23" in text
    unknown = svg(replace(trace, orders=None))
    assert "minor" not in unknown.split("</style>")[1]
    assert "thick edge" not in unknown
