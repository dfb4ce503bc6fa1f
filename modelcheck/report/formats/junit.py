"""JUnit XML, as continuous integration servers read it: one suite for each (variant, scenario), one
test case for each cell.

There is no standard; the elements and attributes are those that the Ant task wrote and that
Jenkins, GitLab and others agree on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import PurePath
from xml.etree import ElementTree as xml

from modelcheck.report.places import relative, wrong
from modelcheck.report.races.columns import race_in_columns
from modelcheck.report.reasons.notes import note_text
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.report.sentences import evidence_sentence, outcome_remark, verdict_sentence
from modelcheck.report.tally import warned_vacuous
from modelcheck.report.words import xml_text
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.model import Cell, MatrixResult, Pair
from modelcheck.studies.matrix.options import StrictKind


def junit_xml(results: Iterable[MatrixResult], strict: Collection[StrictKind] = ()) -> str:
    """Return the document. Surprises, and violations that nobody expected, are failures; missing answers are skipped.

    ``strict``: with ``CUT``, a green cell that a fault of another property cuts short is no answer;
    with ``VACUITY``, a warning that something says nothing is a failure.
    """
    root = xml.Element("testsuites", {"name": "modelcheck"})
    for result in results:
        for pair in result.pairs:
            root.append(_suite(result, pair, strict))
        for variant, scenario in result.unfinished:
            root.append(_interrupted(result, variant, scenario))
        if StrictKind.VACUITY in strict and warned_vacuous(result):
            root.append(_vacuous(result))
    suites = list(root)
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    root.set("time", f"{sum(_seconds(suite) for suite in suites):.3f}")
    xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, encoding="unicode") + "\n"


def _seconds(suite: xml.Element) -> float:
    return float(suite.get("time", "0"))


def _suite(result: MatrixResult, pair: Pair, strict: Collection[StrictKind]) -> xml.Element:
    suite = _empty_suite(result, pair.variant, pair.scenario, pair.seconds)
    share = pair.seconds / max(len(pair.cells), 1)
    for cell in pair.cells:
        suite.append(_case(result, cell, share, strict))
    if pair.failure:
        case = _empty_case(result, pair.variant, pair.scenario, "(no cells)", pair.seconds)
        lines = [str(found.span) + f": {found.message}" for found in pair.diagnostics if found.span is not None]
        _outcome(case, "error", reason_text(pair.failure), "failure", "\n".join(lines))
        suite.append(case)
    return _counted(suite)


def _interrupted(result: MatrixResult, variant: str, scenario: str) -> xml.Element:
    suite = _empty_suite(result, variant, scenario, 0.0)
    case = _empty_case(result, variant, scenario, "(no cells)", 0.0)
    _outcome(case, "skipped", "the run was interrupted before this was checked")
    suite.append(case)
    return _counted(suite)


def _vacuous(result: MatrixResult) -> xml.Element:
    """What is green and says nothing, and what is never reached: a failure each."""
    suite = xml.Element("testsuite", {"name": xml_text(f"{relative(result.spec)}: vacuity"), "time": "0.000"})
    for found in warned_vacuous(result):
        place = "" if found.span is None else f" at line {found.span.line}"
        case = _empty_case(result, "all", "vacuity", f"{found.code}{place}", 0.0)
        _outcome(case, "failure", found.message, "vacuity", "\n".join(note_text(note) for note in found.notes))
        suite.append(case)
    return _counted(suite)


def _case(result: MatrixResult, cell: Cell, seconds: float, strict: Collection[StrictKind]) -> xml.Element:
    case = _empty_case(result, cell.variant, cell.scenario, cell.property_name, seconds)
    remark = outcome_remark(cell)
    sentence = f"{cell.property_name} {verdict_sentence(cell)}" + (f" ({remark})" if remark else "")
    race = race_in_columns(cell.trace) if cell.trace is not None and cell.verdict is Verdict.VIOLATED else ""
    match cell.verdict:
        case _ if wrong(cell):
            _outcome(case, "failure", sentence, "surprise" if cell.surprise else "violated", race or sentence)
        case Verdict.BOUNDED | Verdict.UNKNOWN | Verdict.NOT_APPLICABLE:
            _outcome(case, "skipped", sentence)
        case Verdict.ERROR:
            _outcome(case, "error", sentence, "error")
        case Verdict.HOLDS if StrictKind.CUT in strict and cell.cut:
            _outcome(case, "skipped", sentence)
        case _:
            evidence = evidence_sentence(cell)
            told = "\n".join(part for part in (f"{sentence}: {evidence}" if evidence else sentence, race) if part)
            xml.SubElement(case, "system-out").text = xml_text(told)
    return case


def _empty_suite(result: MatrixResult, variant: str, scenario: str, seconds: float) -> xml.Element:
    name = f"{relative(result.spec)}: {variant}, {scenario}"
    return xml.Element("testsuite", {"name": xml_text(name), "time": f"{seconds:.3f}"})


def _empty_case(result: MatrixResult, variant: str, scenario: str, name: str, seconds: float) -> xml.Element:
    # Servers make a tree of the dots.
    model = result.model or PurePath(relative(result.spec)).stem
    where = f"{model}.{variant}.{scenario}"
    attributes = {"classname": where, "name": name, "file": relative(result.spec), "time": f"{seconds:.3f}"}
    return xml.Element("testcase", {key: xml_text(value) for key, value in attributes.items()})


def _outcome(case: xml.Element, tag: str, message: str, kind: str = "", text: str = "") -> None:
    attributes = {"message": xml_text(message)} | ({"type": kind} if kind else {})
    xml.SubElement(case, tag, attributes).text = xml_text(text) or None


def _counted(suite: xml.Element) -> xml.Element:
    suite.set("tests", str(len(suite)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(len(suite.findall(f"testcase/{tag}"))))
    return suite
