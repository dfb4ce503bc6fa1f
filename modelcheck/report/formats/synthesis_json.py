"""The answer of ``modelcheck synth`` as JSON; the schema is documented in docs/json.md."""

from __future__ import annotations

from modelcheck.ground.version import VERSION
from modelcheck.report.formats.json import JsonObject, assumptions_json, diagnostic_json
from modelcheck.report.formats.trace_json import trace_json
from modelcheck.report.reasons.studies import detail_text, unknown_text
from modelcheck.studies.synthesis.model import Rejection, Synthesis
from modelcheck.studies.synthesis.space import Assignment

SYNTHESIS_SCHEMA = "modelcheck.synthesis/1"


def synthesis_json(result: Synthesis) -> JsonObject:
    """Return the document. Assignments are objects from the name of an unknown to its value as a spec writes it."""

    def values(assignment: Assignment) -> JsonObject:
        return dict(result.space.settings(assignment))

    def rejection(one: Rejection) -> JsonObject:
        trace = one.trace
        return {
            "values": values(one.assignment),
            "reason": one.reason.number,
            "length": None if trace is None else len(trace.steps),
            "trace": None
            if trace is None
            else trace_json(trace, result.space.settings(one.assignment, result.fixed[one.reason.scenario])),
        }

    return {
        "schema": SYNTHESIS_SCHEMA,
        "modelcheck": VERSION,
        "spec": result.spec,
        "model": result.model,
        "variant": result.variant,
        "unknowns": [
            {"name": hole.name, "values": [result.space.value_text(number, value) for value in hole.values()]}
            for number, hole in enumerate(result.space.holes)
        ],
        "scenarios": list(result.scenarios),
        "skipped_scenarios": list(result.skipped),
        "properties": list(result.asked),
        "excepted": [{"property": name, "scenarios": list(scenarios)} for name, scenarios in result.excepted],
        "complete": not result.interrupted,
        "safe": [values(assignment) for assignment in result.safe],
        "rejected": [rejection(one) for one in result.rejected],
        "undecided": [
            {
                "values": values(one.assignment),
                "open": [
                    {
                        "scenario": what.scenario,
                        "properties": list(what.properties),
                        "reason": unknown_text(what.reason),
                    }
                    for what in one.open
                ],
            }
            for one in result.undecided
        ],
        "reasons": [
            {
                "number": reason.number,
                "why": reason.why.value,
                "scenario": reason.scenario,
                "property": reason.property_name or None,
                "detail": detail_text(reason.detail),
                "refutes": [values(assignment) for assignment in reason.refutes],
            }
            for reason in result.reasons
        ],
        "expected": result.expected,
        "surprises": [
            {"unknowns": list(one.names), "missing": list(one.missing), "extra": list(one.extra)}
            for one in result.surprises
        ],
        "assumptions": [assumptions_json(assumed) for assumed in result.assumptions],
        "explorations": result.explorations,
        "seconds": round(result.seconds, 3),
        "diagnostics": [diagnostic_json(diagnostic) for diagnostic in result.diagnostics],
    }
