"""What a Jupyter notebook shows."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as xml

import modelcheck
from modelcheck.cli.starter import write_starter
from modelcheck.report.formats.notebook import result_html, result_markdown, trace_html, trace_markdown
from modelcheck.result.details import EventOccurs
from modelcheck.result.verdict import Verdict
from tests.report.example_results import cell, pair, result, small, trace_for

VOID = {"br", "hr", "img"}


class Balance(HTMLParser):
    """Collects tags and text; every tag that opens must close, in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_a_matrix() -> None:
    shown = result_html(small())
    read = Balance(shown)
    assert read.tags.count("tr") == 1 + len(small().variants)
    assert read.tags.count("details") == len(small().races)
    text = "".join(read.text)
    assert "v3_one_site" in text
    assert "line  " in text
    markdown = result_markdown(small())
    table = [line for line in markdown.splitlines() if line.startswith("|")]
    assert len(table) == 2 + len(small().variants)
    assert len({line.count("|") for line in table}) == 1
    assert markdown.count("```text") == len(small().races)


def test_a_trace() -> None:
    trace = small().races[0].trace
    read = Balance(trace_html(trace))
    assert "svg" in read.tags
    assert "".join(read.text).strip().startswith(trace.property_name)
    start = trace_html(trace).index("<svg")
    end = trace_html(trace).index("</svg>") + len("</svg>")
    assert xml.fromstring(trace_html(trace)[start:end]).tag.endswith("svg")
    assert trace_markdown(trace).splitlines()[2] == "```text"


def test_names_and_texts_are_never_markup() -> None:
    name = "<script>alert(1)</script>|`*_"
    trace = trace_for(name, "s", "p")
    trace = replace(trace, finding=replace(trace.finding, detail=EventOccurs("</pre><img src=x>```")))
    spoiled = result(pair(name, "s", cell(name, "s", name, Verdict.VIOLATED, None, trace=trace)))
    for shown in (result_html(spoiled), trace_html(trace)):
        tags = Balance(shown).tags
        assert "script" not in tags
        assert "img" not in tags
    table = [line for line in result_markdown(spoiled).splitlines() if line.startswith("|")]
    assert "<script" not in "".join(table)
    fences = [line for line in result_markdown(spoiled).splitlines() if set(line) == {"`"}]
    assert fences == ["````"]


def shown(value: object) -> str:
    """What a notebook shows."""
    return str(getattr(value, "_repr_html_")())  # noqa: B009 (whoever shows it looks for this name)


def test_through_the_python_interface(tmp_path: Path) -> None:
    path = tmp_path / "starter.mc"
    write_starter(str(path))
    spec = modelcheck.load(path)
    found = modelcheck.matrix(spec, scenarios=["one_lookup"])
    assert "late_use" in shown(found)
    one = modelcheck.check(spec, variant="late_use", scenarios=["one_lookup"])
    assert "violated" in shown(one)
    (violated,) = [cell for cell in one.cells if cell.verdict is Verdict.VIOLATED]
    assert violated.trace is not None
    assert "<svg" in shown(violated.trace)
    assert "no\\_use\\_after\\_free is violated" in trace_markdown(violated.trace)
