"""Saved traces as read back from their files. Reading checks their shape.

``modelcheck.trace/1`` had text where there are values now. Such files replay as well; of their
steps only the words are compared with what the moves do now.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from modelcheck.checking.saved import SavedStep, SavedTrace
from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.ground.files import read_file
from modelcheck.report.formats.trace_json import TRACE_SCHEMA
from modelcheck.report.narrate.operations import operation_text
from modelcheck.report.narrate.value_texts import position_text
from modelcheck.result.trace import Move, TraceStep

JsonObject = dict[str, Any]

#: The schema before it.
FIRST_SCHEMA = "modelcheck.trace/1"


def saved_step(step: TraceStep) -> SavedStep:
    """What a file says of a step, for comparing it with what another one says."""
    calls = tuple(call.inline for call in step.calls)
    return SavedStep(
        step.process,
        (step.position.process, calls, step.position.label),
        position_text(step.position),
        operation_text(step.operation),
    )


def read_trace(path: Path) -> SavedTrace:
    """Read a trace that ``modelcheck trace --format json`` wrote. Raises ``SpecError``: MC520 for
    anything else, MC536 for one of a schema that this version does not know, MC537 for a run that
    goes round for ever."""
    try:
        document = json.loads(read_file(path).decode("utf-8"))
    except OSError as error:
        raise _unreadable(path, error.strerror or "it cannot be read") from None
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise _unreadable(path, "it is not JSON") from None
    schema = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(schema, str):
        raise _unreadable(path, "it has no `schema`")
    if schema not in (TRACE_SCHEMA, FIRST_SCHEMA):
        if schema.startswith("modelcheck.trace/"):
            known = f"this version reads {TRACE_SCHEMA} and {FIRST_SCHEMA}"
            message = f"{path} is a trace of the schema {schema}, which cannot be replayed: {known}"
            raise SpecError([Diagnostic("MC536", Severity.ERROR, message, None)])
        raise _unreadable(path, f"its `schema` is {schema}, and not {TRACE_SCHEMA}")
    if document.get("loop_at") is not None:
        message = f"{path} is a run that goes round for ever (`loop_at`), which this version cannot replay"
        raise SpecError([Diagnostic("MC537", Severity.ERROR, message, None)])
    try:
        return _saved(document, schema == FIRST_SCHEMA)
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(path, f"{_complaint(error)}") from None


def _complaint(error: Exception) -> str:
    return f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else str(error)


def _saved(document: JsonObject, first: bool) -> SavedTrace:
    processes = _names(document, "processes")
    classes = tuple(name.partition("[")[0] for name in processes) if first else _names(document, "classes")
    if len(classes) != len(processes):
        raise ValueError("there are not as many `classes` as `processes`")
    moves, saved = [], []
    for step in _entry(document, "steps", list):
        if not isinstance(step, dict):
            raise ValueError("a step is not an object")
        choices = _entry(step, "choices", list)
        if not all(isinstance(choice, int) and not isinstance(choice, bool) for choice in choices):
            raise ValueError("the choices of a step are not numbers")
        instance = _entry(step, "instance", int)
        moves.append(Move(instance, tuple(choices)))
        process = classes[instance] if 0 <= instance < len(classes) else ""
        saved.append(_first_step(step) if first else _step(step, process))
    overrides = _entry(document, "set", dict)
    return SavedTrace(
        _entry(document, "spec", str),
        _entry(document, "variant", str),
        _entry(document, "scenario", str),
        {str(name): str(value) for name, value in overrides.items()},
        _entry(document, "property", str),
        tuple(moves),
        tuple(saved),
        processes,
        classes,
    )


def _names(document: JsonObject, name: str) -> tuple[str, ...]:
    return tuple(str(one) for one in _entry(document, name, list))


def _step(step: JsonObject, process: str) -> SavedStep:
    calls = []
    for call in _entry(step, "calls", list):
        if not isinstance(call, dict):
            raise ValueError("a call is not an object")
        calls.append(_entry(call, "inline", str))
    where = process, tuple(calls), _entry(step, "label", str)
    told = _entry(_entry(step, "operation", dict), "told", str)
    return SavedStep(_entry(step, "process", str), where, _entry(step, "position", str), told)


def _first_step(step: JsonObject) -> SavedStep:
    """A step of the first schema: it ended assertions in their semicolon."""
    told = _entry(step, "operation", str).rstrip(";")
    return SavedStep(_entry(step, "process", str), None, _entry(step, "position", str), told)


def _entry(document: JsonObject, name: str, kind: type[Any]) -> Any:
    value = document[name]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"`{name}` is not {'an' if kind is int else 'a'} {kind.__name__}")
    return value


def _unreadable(path: Path, why: str) -> SpecError:
    message = f"{path} is no trace that can be replayed: {why}"
    return SpecError([Diagnostic("MC520", Severity.ERROR, message, None)])
