"""Traces as JSON: ``modelcheck.trace/2``, documented in docs/json.md and docs/schemas/trace.json."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, assert_never

from modelcheck.ground.numerals import digits
from modelcheck.ground.source import Span
from modelcheck.ground.version import VERSION
from modelcheck.report.narrate.details import finding_text
from modelcheck.report.narrate.operations import awaited_text, operation_text
from modelcheck.report.narrate.value_texts import event_text, position_text, spelling
from modelcheck.result import operations as ops
from modelcheck.result.trace import Call, Change, Finding, HeldLock, ProcessEnd, Subject, Trace, TraceStep
from modelcheck.result.values import (
    Allocation,
    CompletionState,
    Counter,
    Elements,
    Happening,
    Index,
    Instance,
    Literal,
    LockState,
    Null,
    Number,
    Option,
    Place,
    Reference,
    Truth,
    Unassigned,
    Value,
)

TRACE_SCHEMA = "modelcheck.trace/2"

JsonObject = dict[str, Any]

#: Integers beyond it lose digits in many readers of JSON, and are written as strings of digits.
_EXACT = 2**53


def trace_json(trace: Trace, overrides: Iterable[tuple[str, str]] = ()) -> JsonObject:
    """Return a trace as a document that ``modelcheck replay`` reads. ``overrides``: what ``--set`` said."""
    return {
        "schema": TRACE_SCHEMA,
        "modelcheck": VERSION,
        "spec": trace.spec,
        "variant": trace.variant,
        "scenario": trace.scenario,
        "set": dict(overrides),
        "property": trace.property_name,
        "kind": trace.kind,
        "finding": _finding(trace.finding),
        "processes": list(trace.processes),
        "classes": list(trace.classes),
        "initial": _contents(trace.initial),
        "steps": [_step(step) for step in trace.steps],
        "final": _contents(trace.final),
        "ends": [_end(end) for end in trace.ends],
        "held": [_held(held) for held in trace.held],
        "orders": None if trace.orders is None else [list(pair) for pair in trace.orders],
        "loop_at": trace.loop_at,
    }


def span_json(span: Span | None) -> JsonObject:
    """Where something stands in the text; nulls for what no file holds."""
    if span is None or not span.source.text:
        return {"file": None, "line": None, "column": None}
    return {"file": span.source.path, "line": span.line, "column": span.column}


def _finding(finding: Finding) -> JsonObject:
    key = finding.key
    return {
        "obligation": None if key is None else {"kind": key.kind, "subject": key.subject},
        "detail": finding_text(finding),
        "about": [_subject(subject) for subject in finding.about],
        **span_json(finding.span),
    }


def _subject(subject: Subject) -> JsonObject:
    if isinstance(subject, Place):
        return {"place": place_json(subject)}
    return {"event": event_json(subject)}


def _contents(values: Iterable[tuple[Place, Value]]) -> list[JsonObject]:
    return [{"place": place_json(place), "value": value_json(value)} for place, value in values]


def _step(step: TraceStep) -> JsonObject:
    return {
        "number": step.number,
        "process": step.process,
        "instance": step.move.process,
        "choices": list(step.move.choices),
        "position": position_text(step.position),
        "label": step.position.label,
        "calls": [_call(call) for call in step.calls],
        "operation": operation_json(step.operation),
        **span_json(step.span),
        "changes": [_change(change) for change in step.changes],
        "events": [event_json(event) for event in step.events],
        "findings": [_finding(finding) for finding in step.findings],
        "fault": step.faulted,
    }


def _call(call: Call) -> JsonObject:
    return {"inline": call.inline, "label": call.label, "text": call.text, "into": call.into, **span_json(call.span)}


def _change(change: Change) -> JsonObject:
    old = None if change.old is None else {"value": value_json(change.old)}
    return {"place": place_json(change.place), "old": old, "new": {"value": value_json(change.new)}}


def _end(end: ProcessEnd) -> JsonObject:
    return {
        "process": end.process,
        "status": end.status,
        "position": position_text(end.position),
        "label": "" if end.position is None else end.position.label,
        "calls": [_call(call) for call in end.calls],
        **span_json(end.span),
        "operation": None if end.operation is None else operation_json(end.operation),
        "lock": None if end.lock is None else place_json(end.lock),
        "holders": list(end.holders),
        "waits_for": awaited_text(end) if end.status == "blocked" else "",
        "missed": None if end.missed is None else list(end.missed),
        "locals": _contents(end.locals),
    }


def _held(held: HeldLock) -> JsonObject:
    return {"process": held.process, "lock": place_json(held.lock), "mode": held.mode, "since": held.since}


# ---------------------------------------------------------------------------------- values, places


def value_json(value: Value) -> Any:
    """A value: what JSON has no word for is an object whose first name says what it is."""
    match value:
        case Truth(true):
            return true
        case Number(number):
            return _number(number)
        case Literal(enum, name):
            return {"literal": name, "enum": enum}
        case Instance(process, number):
            return {"process": process, "number": number}
        case Null():
            return None
        case Reference(object_, slot, stale):
            return {"object": object_, "slot": slot, "stale": stale}
        case Option(inner):
            return {"none": True} if inner is None else {"some": value_json(inner)}
        case Elements(values):
            return {"set": [value_json(element) for element in values]}
        case Counter(number, frozen):
            return {"counter": _number(number), "frozen": frozen}
        case LockState(taken, reading, holders):
            return {"taken": taken, "reading": reading, "holders": list(holders)}
        case CompletionState(done, all_):
            return {"done": done, "all": all_}
        case Allocation(allocated):
            return {"allocated": allocated}
        case Unassigned():
            return {"unassigned": True}
        case _:
            assert_never(value)


def _number(number: int) -> int | JsonObject:
    return number if -_EXACT <= number <= _EXACT else {"integer": digits(number)}


def _maybe(value: Value | None) -> JsonObject | None:
    """A value that may be missing: null is a value."""
    return None if value is None else {"value": value_json(value)}


def place_json(place: Place) -> JsonObject:
    """A place: ``name`` of the variable or object class, ``slot`` of the object, ``path`` inside
    it, ``process`` (its number) of a local, and who declares that.
    """
    document: JsonObject = {"text": spelling(place), "name": place.name}
    if place.slot is not None:
        document["slot"] = place.slot
    if place.path:
        document["path"] = [_selector(selector) for selector in place.path]
    if place.process is not None:
        document |= {"process": place.process, "owner": place.owner}
    return document


def _selector(selector: str | Index) -> str | JsonObject:
    return selector if isinstance(selector, str) else {"index": selector.number, "name": selector.name}


def event_json(event: Happening) -> JsonObject:
    """An event: null among the arguments (of a pattern) is anything."""
    return {
        "text": event_text(event),
        "kind": event.kind.value,
        "name": event.name,
        "arguments": [_maybe(argument) for argument in event.arguments],
        "result": _maybe(event.result),
    }


# -------------------------------------------------------------------------------------- operations


def operation_json(operation: ops.Operation) -> JsonObject:
    """An operation: ``kind`` says which, ``told`` says all of it in words; ``text`` is the user's spelling."""
    return {**_operation(operation), "told": operation_text(operation)}


def _operation(operation: ops.Operation) -> JsonObject:
    match operation:
        case ops.Load(target, value, into):
            return {"kind": "load", **_access(target), "value": _maybe(value), "into": into}
        case ops.Store(text, target, old, value):
            return {
                "kind": "store",
                **_access(target),
                "statement": text,
                "old": _maybe(old),
                "value": _maybe(value),
            }
        case ops.AtomicUpdate(text, method, target, old, new, result, into):
            return {
                "kind": "atomic_update",
                "method": method,
                **_access(target),
                "statement": text,
                "old": _maybe(old),
                "new": _maybe(new),
                "value": _maybe(result),
                "into": into,
            }
        case ops.Locking(text, operator, kind, target, success):
            return {
                "kind": "lock",
                "operator": operator.value,
                "lock": kind.value,
                **_access(target),
                "statement": text,
                "success": success,
            }
        case ops.Asking(text, question, target, result):
            return {"kind": "ask", "question": question.value, **_access(target), "statement": text, "success": result}
        case ops.Counting(text, object_):
            return {"kind": "count", "object": object_, "text": text}
        case ops.Creation(text, object_, may_fail, result, into):
            return {
                "kind": "new",
                "object": object_,
                "text": text,
                "may_fail": may_fail,
                "value": _maybe(result),
                "into": into,
            }
        case ops.Freeing(text, argument, object_, freed):
            return {"kind": "free", "object": object_, "text": argument, "statement": text, "value": _maybe(freed)}
        case ops.Touching(text, argument, object_, touched):
            return {"kind": "touch", "object": object_, "text": argument, "statement": text, "value": _maybe(touched)}
        case ops.ConditionalLoad(text, target, value, into):
            return {"kind": "cond_load", **_access(target), "statement": text, "value": _maybe(value), "into": into}
        case ops.Guard(conditions, branch):
            return {"kind": "when", "conditions": list(conditions), "branch": branch}
        case ops.AtomicBlock(text, guard, caption=caption):
            return {"kind": "atomic", "statement": text, "guard": guard, "caption": caption}
        case ops.Choice(branch):
            return {"kind": "choose", "branch": branch}
        case ops.Picking(name, value):
            return {"kind": "pick", "into": name, "value": _maybe(value)}
        case ops.Emission(text, event):
            return {"kind": "emit", "text": text, "event": None if event is None else event_json(event)}
        case ops.Assertion(text, name, condition):
            return {"kind": "assert", "text": text, "name": name, "condition": condition}
        case _:
            assert_never(operation)


def _access(access: ops.Access) -> JsonObject:
    return {"text": access.text, "place": None if access.place is None else place_json(access.place)}
