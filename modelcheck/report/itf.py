"""Traces in the Informal Trace Format (ITF) of Apalache's ADR 015, for trace viewers and tools that replay traces.

State 0 is the initial one, each step makes another. Besides the values, ``step::process`` and ``step::operation`` say who came from the
previous state to this one, and how; no name of a spec has ``::`` in it.
"""

from __future__ import annotations

import re
from typing import Any

from modelcheck.report.states import states
from modelcheck.report.words import headline, reached
from modelcheck.result.trace import Trace, TraceStep

JsonObject = dict[str, Any]

_NUMBER = re.compile(r"-?[0-9]+$")
_PROCESS, _OPERATION = "step::process", "step::operation"


def itf_json(trace: Trace) -> JsonObject:
    """Return the trace as an ITF document."""
    values = states(trace)
    names = list(dict.fromkeys(name for state in values for name in state))
    steps: tuple[TraceStep | None, ...] = (None, *trace.steps)
    return {
        "#meta": {
            "format": "ITF",
            "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
            "source": trace.spec,
            "status": "ok" if reached(trace) else "violation",
            "description": f"{headline(trace)}: {trace.finding.detail}",
            "variant": trace.variant,
            "scenario": trace.scenario,
        },
        "params": [],
        "vars": [*names, _PROCESS, _OPERATION],
        "states": [
            {"#meta": _meta(number, step)}
            | {name: _value(state.get(name)) for name in names}
            | {_PROCESS: step.process if step else "", _OPERATION: step.operation if step else ""}
            for number, (state, step) in enumerate(zip(values, steps, strict=True))
        ],
    }


def _meta(number: int, step: TraceStep | None) -> JsonObject:
    meta: JsonObject = {"index": number}
    if step is not None:
        meta |= {
            "position": step.position,
            "file": step.span.source.path,
            "line": step.span.line,
            "events": list(step.events),
        }
    return meta


def _value(text: str | None) -> Any:
    """A value as printed, in ITF's words; what has no value (a field of a free object, a local not yet assigned) is not serializable."""
    if text is None or text == "unassigned":
        return {"#unserializable": "undefined"}
    if text in ("true", "false"):
        return text == "true"
    if _NUMBER.match(text):
        return {"#bigint": text}
    if text.startswith("{") and text.endswith("}"):
        return {"#set": [_value(element) for element in text[1:-1].split(", ") if element]}
    return text
