"""Files that ``modelcheck matrix`` writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as xml

import pytest

from tests.cli.conftest import Ran
from tests.report.test_ci_formats import check_junit, check_sarif
from tests.report.test_trace_formats import check_itf

Call = Callable[..., Ran]


def test_every_ci_format_of_one_run(modelcheck: Call, starter: Path) -> None:
    text = starter.read_text(encoding="utf-8")
    starter.write_text(text.replace(" except { no_use_after_free }", ""), encoding="utf-8")
    ran = modelcheck("matrix", starter, "--junit", "out.xml", "--sarif", "out.sarif", "--github")
    assert ran.code == 1
    root = xml.fromstring(Path("out.xml").read_bytes())
    check_junit(root)
    assert int(root.attrib["failures"]) == 2
    log = json.loads(Path("out.sarif").read_text(encoding="utf-8"))
    check_sarif(log)
    line = next(number for number, line in enumerate(text.splitlines(), 1) if "drp: put(b);" in line)
    assert "::error file=starter.mc,line=" in ran.out
    shown = [found["locations"][0]["physicalLocation"]["region"]["startLine"] for found in log["runs"][0]["results"]]
    assert all(number > line for number in shown)


def test_a_report_that_cannot_be_written_is_an_error(modelcheck: Call, starter: Path) -> None:
    ran = modelcheck("matrix", starter, "--junit", "missing/out.xml")
    assert ran.code == 2
    assert "error[MC521]" in ran.err


def test_every_format_of_a_trace(modelcheck: Call, starter: Path) -> None:
    asked = ("trace", starter, "--variant", "late_use", "--scenario", "one_lookup")
    document = json.loads(modelcheck(*asked, "--format", "itf").out)
    check_itf(document)
    assert len(document["states"]) == 15
    assert modelcheck(*asked, "--format", "mermaid").out.startswith("sequenceDiagram\n")
    assert xml.fromstring(modelcheck(*asked, "--format", "svg").out).tag.endswith("svg")
    page = modelcheck(*asked, "--format", "html").out
    assert page.startswith("<!doctype html>")
    assert page.count("<article") == 1
    assert "drp: put(b);" in page
    Path("saved.json").write_text(modelcheck(*asked, "--format", "json").out, encoding="utf-8")
    assert modelcheck("replay", "saved.json", "--format", "svg").out == modelcheck(*asked, "--format", "svg").out


def test_the_html_report(modelcheck: Call, starter: Path) -> None:
    assert modelcheck("matrix", starter, "--html", "out.html").code == 0
    text = Path("out.html").read_text(encoding="utf-8")
    assert "<h2" in text
    assert text.count("<article") == 1
    assert "drp: put(b);" in text
    assert "&gt;" in text


def test_diff(modelcheck: Call, starter: Path) -> None:
    ran = modelcheck("diff", starter, "base", "late_use", "--scenario", "one_lookup")
    assert ran.code == 1
    assert "one_lookup: base holds; late_use is violated in 14 steps" in ran.out
    assert "line  lookup" in ran.out
    for name in ("base", "late_use"):
        ran = modelcheck("diff", starter, name, name, "--scenario", "one_lookup")
        assert ran.code == 0
        assert "no verdict differs" in ran.out
        assert f"{name} and {name} can show the same events in 1 scenario, in every order." in ran.out
    assert "can show" not in modelcheck("diff", starter, "base", "base", "--scenario", "one_lookup", "--no-events").out
    ran = modelcheck("diff", starter, "base", "late_us")
    assert ran.code == 2
    assert "did you mean `late_use`" in ran.err


@pytest.mark.parametrize("option", ["--json", "--junit", "--sarif", "--html"])
def test_that_a_report_cannot_be_written_is_said_before_the_work(modelcheck: Call, starter: Path, option: str) -> None:
    ran = modelcheck("matrix", starter, option, "missing/out")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "modelcheck: error[MC521]: cannot write missing/out: No such file or directory\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("matrix", "starter.mc", "--html", "starter.mc"),
        ("check", "starter.mc", "--json", "starter.mc"),
        ("list", "starter.mc", "--json", "starter.mc"),
        ("explore", "starter.mc", "--json", "starter.mc"),
        ("explore", "starter.mc", "--scenario", "one_lookup", "--checkpoint", "starter.mc"),
        ("diff", "starter.mc", "base", "late_use", "--json", "starter.mc"),
        ("export", "starter.mc", "--scenario", "one_lookup", "--to", "promela", "-o", "starter.mc"),
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_no_report_takes_the_place_of_a_spec(modelcheck: Call, starter: Path, arguments: tuple[str, ...]) -> None:
    before = starter.read_bytes()
    ran = modelcheck(*arguments)
    assert ran.code == 2
    assert "error[MC521]: cannot write starter.mc: a spec stands there, and would be lost" in ran.err
    assert starter.read_bytes() == before
