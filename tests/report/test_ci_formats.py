"""JUnit XML, SARIF and GitHub annotations."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as xml

import pytest

import modelcheck
from modelcheck.ground.diagnostics import Diagnostic, Severity
from modelcheck.ground.ended import Limited
from modelcheck.report.formats.github import workflow_commands
from modelcheck.report.formats.json import dump
from modelcheck.report.formats.junit import junit_xml
from modelcheck.report.formats.sarif import sarif_json
from modelcheck.report.places import relative
from modelcheck.result.details import EventOccurs
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.expectations import Claim
from modelcheck.studies.matrix.model import MatrixResult
from modelcheck.studies.matrix.options import StrictKind
from tests.report.example_results import HOLDS, VIOLATED, cell, pair, result, small, trace_for
from tests.report.example_traces import SOURCE, at_line

HERE = Path(__file__).parent


def spoiled() -> MatrixResult:
    """Names and messages with everything that XML, JSON and workflow commands treat specially."""
    name = "a<b>&\"'\x00\x1b[31m]]>,:%\n"
    trace = trace_for(name, "s", "p")
    trace = replace(trace, finding=replace(trace.finding, detail=EventOccurs(name)))
    return result(pair(name, "s", cell(name, "s", "p", Verdict.VIOLATED, None, trace=trace)))


# ------------------------------------------------------------------------------------------ JUnit


def junit_of(found: MatrixResult, *strict: StrictKind) -> xml.Element:
    root = xml.fromstring(junit_xml([found], strict).split("\n", 1)[1])
    check_junit(root)
    return root


def check_junit(root: xml.Element) -> None:
    """The structure that servers agree on."""
    assert root.tag == "testsuites"
    for suite in root:
        assert suite.tag == "testsuite"
        assert {"name", "tests", "failures", "errors", "skipped", "time"} <= set(suite.attrib)
        for case in suite:
            assert case.tag == "testcase"
            assert {"classname", "name", "time"} <= set(case.attrib)
            assert len(case) <= 1
            assert all(child.tag in ("failure", "error", "skipped", "system-out") for child in case)
            assert all("message" in child.attrib for child in case if child.tag != "system-out")
    for holder in (root, *root):
        assert int(holder.attrib["tests"]) == len(holder.findall(".//testcase"))
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(holder.attrib[name]) == len(holder.findall(f".//{tag}"))


def test_junit_of_the_example() -> None:
    text = junit_xml([small()])
    check_junit(xml.fromstring(text.split("\n", 1)[1]))
    assert text == (HERE / "golden_junit.xml").read_text(encoding="utf-8")


def test_junit_has_a_case_for_each_cell_and_the_race_as_failure_text() -> None:
    root = junit_of(small())
    assert root.attrib["tests"] == str(len(small().cells))
    failures = {
        (case.attrib["classname"], case.attrib["name"]): failure
        for case in root.iter("testcase")
        for failure in case.findall("failure")
    }
    assert set(failures) == {
        ("page.v3_one_site.truncate_only", "no_leak"),
        ("page.v3_one_site.truncate_only", "reached"),
    }
    race = failures["page.v3_one_site.truncate_only", "no_leak"]
    assert race.attrib["message"] == "no_leak is violated in 8 steps (expected to hold)"
    assert race.text is not None
    assert "line  reader[0]" in race.text


def test_junit_counts_what_is_undecided_as_skipped() -> None:
    (bounded, absent) = [case.attrib["message"] for case in junit_of(small()).iter("skipped") if case.attrib["message"]]
    assert "is not violated within 40 steps" in bounded
    assert absent == "reached does not apply: no `reclaim` runs in this scenario"


def test_junit_has_no_green_case_for_what_is_cut_short_if_that_is_asked_for() -> None:
    assert int(junit_of(small(), StrictKind.CUT).attrib["skipped"]) == int(junit_of(small()).attrib["skipped"]) + 1


def test_junit_has_a_failure_for_each_vacuous_thing_if_that_is_asked_for() -> None:
    warned = replace(small(), diagnostics=(Diagnostic("MC422", Severity.WARNING, "`a` is never true", None),))
    assert junit_of(warned).attrib["failures"] == junit_of(small()).attrib["failures"]
    strict = junit_of(warned, StrictKind.VACUITY)
    assert int(strict.attrib["failures"]) == int(junit_of(small()).attrib["failures"]) + 1
    assert [case.attrib["name"] for case in strict[-1]] == ["MC422"]


def test_junit_reports_pairs_without_cells() -> None:
    failed = replace(result(pair("base", "s", failure=Limited.MEMORY)), unfinished=(("base", "t"),))
    root = junit_of(failed)
    error = root.find(".//error")
    assert error is not None
    assert error.attrib["message"] == "out of memory"
    assert root.attrib["skipped"] == "1"


def test_junit_survives_any_text() -> None:
    root = junit_of(spoiled())
    assert root.find(".//failure") is not None


# ------------------------------------------------------------------------------------------ SARIF


def check_sarif(log: Any) -> None:
    """What the SARIF 2.1.0 schema requires of the objects that we write, and that every reference lands."""
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "modelcheck"
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert all(invocation["executionSuccessful"] in (True, False) for invocation in run["invocations"])
    for found in run["results"]:
        assert found["message"]["text"]
        assert found["level"] in ("none", "note", "warning", "error")
        assert rules[found["ruleIndex"]]["id"] == found["ruleId"]
        for location in found["locations"]:
            check_location(location)
        for suppression in found.get("suppressions", []):
            assert suppression["kind"] in ("inSource", "external")
        for flow in found.get("codeFlows", []):
            assert flow["threadFlows"]
            for thread in flow["threadFlows"]:
                orders = [step["executionOrder"] for step in thread["locations"]]
                assert orders == sorted(orders)
                for step in thread["locations"]:
                    assert step["importance"] in ("important", "essential", "unimportant")
                    check_location(step["location"])


def check_location(location: Any) -> None:
    physical = location["physicalLocation"]
    uri = physical["artifactLocation"]["uri"]
    assert uri
    assert " " not in uri
    if "region" in physical:
        region = physical["region"]
        assert all(number >= 1 for number in region.values())
        assert (region["startLine"], region["startColumn"]) <= (region["endLine"], region["endColumn"])


def test_sarif_of_the_example() -> None:
    log = sarif_json([small()])
    check_sarif(log)
    assert dump(log).replace(modelcheck.__version__, "0.1.0") == (HERE / "golden_sarif.json").read_text(
        encoding="utf-8"
    )


def test_sarif_points_at_the_line_that_violates() -> None:
    (run,) = sarif_json([small()])["runs"]
    errors = [found for found in run["results"] if found["level"] == "error"]
    assert {found["ruleId"] for found in errors} == {"page/no_leak", "page/reached"}
    race = next(found for found in errors if found["ruleId"] == "page/no_leak")
    physical = race["locations"][0]["physicalLocation"]
    assert (physical["artifactLocation"]["uri"], physical["region"]["startLine"]) == ("page.mc", 71)
    threads = race["codeFlows"][0]["threadFlows"]
    assert [thread["id"] for thread in threads] == ["reader[0]", "reclaim"]
    assert [step["executionOrder"] for step in threads[1]["locations"]] == [4, 5, 7]


def test_sarif_suppresses_what_is_expected() -> None:
    (run,) = sarif_json([small()])["runs"]
    (expected,) = [found for found in run["results"] if found["level"] == "note"]
    assert expected["suppressions"][0]["kind"] == "inSource"


def test_sarif_points_at_the_expect_line_of_what_holds_against_expectation() -> None:
    one = cell("base", "s", "p", Verdict.HOLDS, VIOLATED)
    one = replace(one, claim=Claim(VIOLATED, True, True, at_line(150)), declared=at_line(120))
    (run,) = sarif_json([result(pair("base", "s", one))])["runs"]
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 150
    never = cell("base", "s", "c", Verdict.VIOLATED, HOLDS, kind="cover")
    never = replace(never, claim=Claim(HOLDS, False, False, at_line(150)), declared=at_line(120))
    (run,) = sarif_json([result(pair("base", "s", never))])["runs"]
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 120


def test_sarif_reports_diagnostics_and_escapes_paths() -> None:
    found = replace(
        result(pair("base", "s", cell("base", "s", "p", Verdict.HOLDS))),
        spec="a dir/ä.mc",
        diagnostics=(Diagnostic("MC325", Severity.WARNING, "nobody says so", None),),
    )
    log = sarif_json([found])
    check_sarif(log)
    (run,) = log["runs"]
    assert run["results"][0]["ruleId"] == "MC325"
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20dir/%C3%A4.mc"


def test_sarif_survives_any_text_and_several_specs() -> None:
    log = json.loads(dump(sarif_json([spoiled(), replace(small(), model="other")])))
    check_sarif(log)
    assert len({rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]}) == 3


# ----------------------------------------------------------------------------------------- GitHub


def test_annotations_of_the_example() -> None:
    race, never, missing = workflow_commands([small()]).splitlines()
    title = "title=no_leak violated in v3_one_site%2C truncate_only"
    assert race.startswith(
        f"::error file=page.mc,line=71,endLine=71,col=1,endColumn=8,{title}::no_leak is violated in 8"
    )
    assert "%0Aline  reader[0]" in race
    assert never == (
        "::error file=page.mc,title=reached never in v3_one_site%2C truncate_only::"
        "reached is never reached (expected to be reached)"
    )
    assert missing == "::warning file=page.mc,title=answers are missing::1 cell undecided, in base, truncate_only"


def test_nothing_in_a_spec_can_start_a_command_of_its_own() -> None:
    found = replace(spoiled(), diagnostics=(Diagnostic("MC1", Severity.WARNING, "x\n::error::y\r\n::z", at_line(3)),))
    lines = workflow_commands([found]).splitlines()
    assert len(lines) == 2
    assert all(line.startswith(("::error file=page.mc,", "::warning file=page.mc,")) for line in lines)
    assert "%25%0A" in lines[0]


def test_paths_are_relative_to_the_current_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert relative(str(tmp_path / "specs" / "x.mc")) == "specs/x.mc"
    assert relative(str(tmp_path.parent / "x.mc")) == (tmp_path.parent / "x.mc").as_posix()
    assert SOURCE.path == relative(SOURCE.path)
