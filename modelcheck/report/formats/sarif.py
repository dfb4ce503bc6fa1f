"""SARIF 2.1.0 (OASIS), as code scanning services read it.

Each property is a rule. What is not as it should be is an error at the line that shows it, with the
race as a code flow. A violation that an ``expect`` line asks for is a note that the source
suppresses. Warnings about the spec are results as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from modelcheck.ground.diagnostics import Diagnostic, Severity
from modelcheck.ground.source import Span
from modelcheck.ground.version import VERSION
from modelcheck.report.explanations import EXPLANATIONS
from modelcheck.report.narrate.details import finding_text
from modelcheck.report.narrate.operations import operation_text
from modelcheck.report.narrate.value_texts import owned_text, value_text
from modelcheck.report.places import cell_span, relative, wrong
from modelcheck.report.races.columns import race_in_columns
from modelcheck.report.sentences import outcome_remark, verdict_sentence
from modelcheck.report.words import place
from modelcheck.result.trace import Trace
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.model import Cell, MatrixResult

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

JsonObject = dict[str, Any]

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "note"}


def sarif_json(results: Iterable[MatrixResult]) -> JsonObject:
    """Return one SARIF log with one run for everything that was checked."""
    rules: dict[str, JsonObject] = {}
    found: list[JsonObject] = []
    complete = True
    for result in results:
        complete = complete and not result.unfinished
        for cell in result.cells:
            if wrong(cell) or cell.verdict is Verdict.VIOLATED:
                rule = _property_rule(result, cell)
                rules.setdefault(rule["id"], rule)
                found.append(_cell(result, cell, rule["id"]))
        for diagnostic in result.diagnostics:
            rules.setdefault(diagnostic.code, _code_rule(diagnostic))
            found.append(_diagnostic(result, diagnostic))
    index = {name: number for number, name in enumerate(rules)}
    for entry in found:
        entry["ruleIndex"] = index[entry["ruleId"]]
    driver = {
        "name": "modelcheck",
        "version": VERSION,
        "semanticVersion": VERSION,
        "rules": list(rules.values()),
    }
    run: JsonObject = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": complete}],
        "results": found,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _property_rule(result: MatrixResult, cell: Cell) -> JsonObject:
    where = result.model or relative(result.spec)
    kind = "built-in obligation" if cell.builtin else cell.kind
    return {
        "id": f"{where}/{cell.property_name}",
        "name": cell.property_name,
        "shortDescription": {"text": f"{kind} {cell.property_name} of {where}"},
        "defaultConfiguration": {"level": "error"},
        "properties": {"kind": cell.kind, "tags": ["concurrency"]},
    }


def _code_rule(diagnostic: Diagnostic) -> JsonObject:
    explanation = EXPLANATIONS.get(diagnostic.code)
    title = explanation.title if explanation is not None else diagnostic.code
    rule: JsonObject = {"id": diagnostic.code, "shortDescription": {"text": title}}
    if explanation is not None:
        rule["help"] = {"text": explanation.text.rstrip()}
    return rule


def _cell(result: MatrixResult, cell: Cell, rule: str) -> JsonObject:
    remark = outcome_remark(cell)
    sentence = f"{cell.property_name} {verdict_sentence(cell)}" + (f" ({remark})" if remark else "")
    where = f"{cell.variant}, {cell.scenario}"
    violation = cell.trace is not None and cell.verdict is Verdict.VIOLATED
    detail = f": {finding_text(cell.trace.finding)}" if violation and cell.trace is not None else ""
    message: JsonObject = {"text": f"{where}: {sentence}{detail}"}
    entry: JsonObject = {
        "ruleId": rule,
        "level": "error" if wrong(cell) else "note",
        "message": message,
        "locations": [_location(cell_span(cell), result.spec)],
        "partialFingerprints": {"modelcheckCell/v1": "/".join((cell.variant, cell.scenario, cell.property_name))},
        "properties": {"variant": cell.variant, "scenario": cell.scenario, "verdict": cell.verdict.value},
    }
    if violation and cell.trace is not None:
        entry["properties"]["race"] = race_in_columns(cell.trace)
        if cell.trace.steps:
            entry["codeFlows"] = [_code_flow(cell.trace, result.spec)]
    if not wrong(cell):
        asked = place(cell.claim.span) if cell.claim is not None else result.spec
        entry["suppressions"] = [{"kind": "inSource", "justification": f"expected by {asked}"}]
    return entry


def _code_flow(trace: Trace, spec: str) -> JsonObject:
    """One thread flow for each thread that moves; ``executionOrder`` interleaves them."""
    flows: dict[str, list[JsonObject]] = {}
    for step in trace.steps:
        location = _location(step.span, spec) | {
            "message": {"text": f"{step.process}: {operation_text(step.operation)}"}
        }
        if step.calls:
            calls = " > ".join(f"{call.inline}()" for call in step.calls)
            location["message"]["text"] += f" (in {calls})"
        entry: JsonObject = {
            "location": location,
            "executionOrder": step.number,
            "nestingLevel": len(step.calls),
            "importance": "essential" if step.findings else "important",
        }
        if step.changes:
            entry["state"] = {
                owned_text(c.place, trace.processes): {"text": value_text(c.new) or "?"} for c in step.changes
            }
        flows.setdefault(step.process, []).append(entry)
    return {"threadFlows": [{"id": name, "locations": steps} for name, steps in flows.items()]}


def _diagnostic(result: MatrixResult, diagnostic: Diagnostic) -> JsonObject:
    return {
        "ruleId": diagnostic.code,
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": diagnostic.message},
        "locations": [_location(diagnostic.span, result.spec)],
    }


def _location(span: Span | None, spec: str) -> JsonObject:
    if span is None or not span.source.text:
        return {"physicalLocation": {"artifactLocation": {"uri": _uri(spec)}}}
    source = span.source
    start_line, start_column = source.position(span.start)
    end_line, end_column = source.position(max(span.end, span.start))
    region = {"startLine": start_line, "startColumn": start_column, "endLine": end_line, "endColumn": end_column}
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(source.path)}, "region": region}}


def _uri(path: str) -> str:
    seen = relative(path)
    return Path(seen).as_uri() if Path(seen).is_absolute() else quote(seen)
