"""The HTML report as a document: it is whole, escapes what it is given, and stays small.

What it does is tested in a browser.
"""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import modelcheck
from modelcheck.ground.ended import InternalError, Limited
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.parse import parse_text
from modelcheck.report.page import html_report
from modelcheck.result.details import EventOccurs
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.model import MatrixResult
from tests.report.example_results import HOLDS, VIOLATED, cell, pair, result, small, trace_for
from tests.report.example_traces import at_line, step

SPEC_TEXT = """\
model page;
shared x : 0..3 = 0;
process reader { a: x = 1; }
variant v3_one_site "one <site>" { replace reader::a { x = 2; } }
scenario s { run reader; }
"""
#: Elements without an end.
VOID = {"meta", "link", "input", "br"}
#: Elements whose end may be left out.
OPEN_ENDED = {"td", "li", "option"}


def spec() -> ast.Spec:
    return parse_text(SPEC_TEXT, "page.mc")


class Document(HTMLParser):
    """Collects elements, and complains about ends that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if self.open and self.open[-1] == tag and tag in OPEN_ENDED:
            self.open.pop()
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        while self.open[-1] != tag and self.open[-1] in OPEN_ENDED:
            self.open.pop()
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def tags(self, name: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.found if tag == name]


def data_of(text: str) -> Any:
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert match is not None
    return json.loads(match[1])


def test_the_report_has_every_cell_race_line_and_design() -> None:
    text = html_report([small()], [spec()])
    document = Document(text)
    assert len([row for row in document.tags("tr") if "data-row" in row]) == len(small().pairs)
    assert len(document.tags("article")) == len(small().races) == 1
    assert document.tags("li")[-1]["id"] == f"s0f0l{len(SPEC_TEXT.splitlines())}"
    changed = {text.strip() for text in document.texts if text.startswith(("+", "-"))}
    assert {"".join(text.split()) for text in changed} == {"-processreader{a:x=1;}", "+processreader{a:x=2;}"}
    data = data_of(text)["s0"]
    told = [data["words"][word] for word in data["texts"][data["rows"][3][0][0]]]
    assert told[:4] == ["violated", "is violated in 8 steps", "a trace of 8 steps, replayed by the interpreter",
                        "expected to hold"]  # fmt: skip
    assert len(data["races"]["1"]["steps"]) == 8


def test_every_id_is_used_once_and_every_link_lands() -> None:
    document = Document(html_report([small(), small()], [spec(), spec()]))
    ids = [attributes["id"] for _, attributes in document.found if "id" in attributes]
    assert len(set(ids)) == len(ids)
    targets = [link["href"] for link in document.tags("a")]
    assert targets
    assert all(target.startswith("#") and target[1:] in ids for target in targets)
    named = [attributes["aria-labelledby"] for _, attributes in document.found if "aria-labelledby" in attributes]
    assert set(named) <= set(ids)


def test_headings_go_down_one_by_one() -> None:
    levels = [int(tag[1]) for tag, _ in Document(html_report([small()], [spec()])).found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))


def test_every_form_control_has_a_label() -> None:
    text = html_report([small()], [spec()])
    labelled = re.findall(r"<label[^>]*>[^<]+<select", text)
    assert len(labelled) == len(Document(text).tags("select"))


def test_nothing_is_loaded_from_elsewhere() -> None:
    document = Document(html_report([small()], [spec()]))
    for _, attributes in document.found:
        assert "src" not in attributes
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
    policy = next(meta["content"] for meta in document.tags("meta") if "http-equiv" in meta)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def hostile() -> MatrixResult:
    name = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7*7 }}"
    trace = trace_for(name, name, name)
    first = step(1, name, "reader::x", name, 20, ((name, "1", name),), (name,), (name,))
    trace = replace(
        trace,
        processes=(name,),
        steps=(first,),
        finding=replace(trace.finding, detail=EventOccurs(name)),
        ends=(),
        held=(),
        orders=(),
    )
    one = cell(name, name, name, Verdict.VIOLATED, HOLDS, trace=trace, reason=InternalError("Error", name))
    return replace(result(pair(name, name, one)), spec=name, model=name)


def test_text_from_a_spec_is_never_markup() -> None:
    text = html_report([hostile()], [spec()])
    document = Document(text)
    assert len(document.tags("script")) == 2
    assert not document.tags("img")
    assert "49" not in re.findall(r"<h1>(.*?)</h1>", text)[0]
    assert "alert(1)" in "".join(document.texts)


def test_a_matrix_without_cells_and_an_interrupted_run() -> None:
    failed = replace(result(pair("base", "s", failure=Limited.MEMORY)), unfinished=(("base", "t"),))
    text = "".join(Document(html_report([failed], [spec()])).texts)
    assert "The run was interrupted" in text
    assert "no answer" in text


def test_a_matrix_as_big_as_the_biggest_spec_stays_below_three_megabytes() -> None:
    pairs = []
    for design in range(32):
        for scenario in range(24):
            where = f"design_number_{design}", f"scenario_number_{scenario}"
            cells = [cell(*where, f"property_number_{number}", Verdict.HOLDS) for number in range(34)]
            trace = trace_for(*where, "no_use_after_free")
            # 128 distinct races.
            before = trace.steps[-1]
            moved = replace(before.position, span=at_line(1 + (design * 24 + scenario) % 128))
            last = replace(before, position=moved)
            trace = replace(trace, steps=(*trace.steps[:-1], *[last] * 12))
            cells.append(cell(*where, "no_use_after_free", Verdict.VIOLATED, VIOLATED, trace=trace))
            pairs.append(pair(*where, *cells))
    found = result(*pairs)
    assert len(found.races) == 128
    assert len(html_report([found], [spec()]).encode()) < 3_000_000


COVERED = """
model covered;
shared x : 0..2 = 0;
process p {
    x = 1;
    if (x == 2) {
        x = 0;
    }
}
scenario s { run p; }
variant v { replace { x = 1; } with { x = 2;
    } }
"""


def test_lines_say_whether_they_were_executed(tmp_path: Path) -> None:
    path = tmp_path / "covered.mc"
    path.write_text(COVERED)
    loaded = modelcheck.load(path)

    def styles(variants: list[str]) -> dict[int, str]:
        document = Document(html_report([modelcheck.matrix(loaded, variants=variants)], [loaded]))
        lines = [line for line in document.tags("li") if line.get("id", "").startswith("s0f0l")]
        return {number: line["class"] for number, line in enumerate(lines, 1) if "class" in line}

    assert styles(["base"]) == {5: "ran", 6: "ran", 7: "dead"}
    # The variant writes another line in the place of line 5, and gets further.
    assert styles(["v"]) == {6: "ran", 7: "ran", 11: "ran"}
    assert styles(["base", "v"]) == {5: "ran", 6: "ran", 7: "ran", 11: "ran"}
    text = html_report([modelcheck.check(loaded)], [loaded])
    assert "1 of 3 lines with steps never executed" in text
    assert 'class="dead" title="never executed"' in text
    assert "covered.mc, all lines with steps executed" in html_report(
        [modelcheck.matrix(loaded, variants=["v"])], [loaded]
    )


def test_what_was_not_explored_as_a_whole_says_nothing_about_lines(tmp_path: Path) -> None:
    path = tmp_path / "covered.mc"
    path.write_text(COVERED.replace("run p;", "run p[*];"))
    loaded = modelcheck.load(path)
    result = modelcheck.check(loaded, seconds=30.0)
    assert all(not pair.taken and not pair.never for pair in result.pairs)
    assert "never executed</summary>" not in html_report([result], [loaded])
