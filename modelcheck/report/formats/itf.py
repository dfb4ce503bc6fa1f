"""Traces in the Informal Trace Format (ITF) of Apalache's ADR 015, for trace viewers and tools that replay traces.

State 0 is the initial one, each step makes another. Besides the values, ``step::process`` and
``step::operation`` say who came from the previous state to this one, and how; no name of a spec has
``::`` in it.
"""

from __future__ import annotations

from typing import Any

from modelcheck.ground.numerals import digits
from modelcheck.report.narrate.details import finding_text
from modelcheck.report.narrate.operations import operation_text
from modelcheck.report.narrate.value_texts import event_text, owned_text, position_text, value_text
from modelcheck.report.races.states import states
from modelcheck.report.words import headline, reached
from modelcheck.result.trace import Trace, TraceStep
from modelcheck.result.values import Counter, Elements, Number, Option, Truth, Unassigned, Value

JsonObject = dict[str, Any]

_PROCESS, _OPERATION = "step::process", "step::operation"


def itf_json(trace: Trace) -> JsonObject:
    """Return the trace as an ITF document."""
    values = [{owned_text(place, trace.processes): value for place, value in state.items()} for state in states(trace)]
    names = list(dict.fromkeys(name for state in values for name in state))
    steps: tuple[TraceStep | None, ...] = (None, *trace.steps)
    return {
        "#meta": {
            "format": "ITF",
            "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
            "source": trace.spec,
            "status": "ok" if reached(trace) else "violation",
            "description": f"{headline(trace)}: {finding_text(trace.finding)}",
            "variant": trace.variant,
            "scenario": trace.scenario,
        },
        "params": [],
        "vars": [*names, _PROCESS, _OPERATION],
        "states": [
            {"#meta": _meta(number, step)}
            | {name: _value(state.get(name)) for name in names}
            | {_PROCESS: step.process if step else "", _OPERATION: operation_text(step.operation) if step else ""}
            for number, (state, step) in enumerate(zip(values, steps, strict=True))
        ],
    }


def _meta(number: int, step: TraceStep | None) -> JsonObject:
    meta: JsonObject = {"index": number}
    if step is not None:
        meta |= {
            "position": position_text(step.position),
            "file": step.span.source.path,
            "line": step.span.line,
            "events": [event_text(event) for event in step.events],
        }
    return meta


def _value(value: Value | None) -> Any:
    """A value in ITF's words; what has no value (a field of a free object, a local not yet
    assigned) is not serializable.
    """
    match value:
        case None | Unassigned():
            return {"#unserializable": "undefined"}
        case Truth(true):
            return true
        case Number(number) | Counter(number, False):
            return {"#bigint": digits(number)}
        case Elements(values):
            return {"#set": [_value(element) for element in values]}
        case Option(None):
            return {"tag": "none", "value": {}}
        case Option(inner):
            return {"tag": "some", "value": _value(inner)}
        case _:
            return value_text(value)
