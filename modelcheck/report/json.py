"""Results and traces as JSON; the schema is documented in docs/json.md. Reading a trace back checks its shape."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import modelcheck
from modelcheck.checking.saved import SavedStep, SavedTrace
from modelcheck.checking.vacuity.record import Gap
from modelcheck.ground.diagnostics import Diagnostic, SpecError
from modelcheck.ground.diagnostics import Severity as DiagnosticSeverity
from modelcheck.ground.files import read_file, write_atomically
from modelcheck.ground.printable import printable_json
from modelcheck.ground.source import Span
from modelcheck.report.proofs_text import proofs_of
from modelcheck.result.proof import Proof
from modelcheck.result.trace import Finding, Move, Trace, TraceStep
from modelcheck.studies.matrix.model import Assumptions, Cell, MatrixResult, Pair

RESULT_SCHEMA = "modelcheck.result/1"
TRACE_SCHEMA = "modelcheck.trace/1"

JsonObject = dict[str, Any]
#: The number of each proof of a (variant, scenario).
ProofNumbers = Mapping[tuple[str, str, Proof], int]


# ---------------------------------------------------------------------------------------- results


def results_json(results: Iterable[MatrixResult], overrides: Iterable[tuple[str, str]] = ()) -> JsonObject:
    """Return the document for one or more specs. ``overrides``: what ``--set`` said."""
    settings = tuple(overrides)
    documents = [_result(result, settings) for result in results]
    head: JsonObject = {"schema": RESULT_SCHEMA, "modelcheck": modelcheck.__version__}
    if len(documents) == 1:
        return head | documents[0]
    return head | {"specs": documents}


def _result(result: MatrixResult, overrides: Iterable[tuple[str, str]]) -> JsonObject:
    proofs = dict.fromkeys((p.variant, p.scenario, proof) for p in result.pairs for proof in proofs_of(p))
    proof_of = {key: number for number, key in enumerate(proofs, 1)}
    race_of = {(c.variant, c.scenario, c.property_name): race.number for race in result.races for c in race.cells}
    return {
        "spec": result.spec,
        "model": result.model,
        "variants": [{"name": row.name, "description": row.description} for row in result.variants],
        "scenarios": list(result.scenarios),
        "skipped_scenarios": list(result.skipped_scenarios),
        "complete": not result.unfinished,
        "seconds": round(result.seconds, 3),
        "cells": [
            _cell(cell, race_of.get((cell.variant, cell.scenario, cell.property_name)), pair, proof_of)
            for pair in result.pairs
            for cell in pair.cells
        ],
        "assumptions": [_assumptions(pair) for pair in result.pairs if pair.assumptions is not None],
        "failures": [
            {"variant": pair.variant, "scenario": pair.scenario, "reason": pair.failure}
            for pair in result.pairs
            if pair.failure
        ],
        "proofs": _proofs(result, proof_of),
        "races": [{"number": race.number, "trace": trace_json(race.trace, overrides)} for race in result.races],
        "diagnostics": [diagnostic_json(diagnostic) for diagnostic in result.diagnostics],
    }


def _proofs(result: MatrixResult, numbers: ProofNumbers) -> list[JsonObject]:
    bounds = {(pair.variant, pair.scenario): pair.assumptions for pair in result.pairs}
    found: list[JsonObject] = []
    for (variant, scenario, proof), number in numbers.items():
        assumed = bounds[variant, scenario]
        fixed = {} if assumed is None else {name: count for name, count in assumed.processes if count is not None}
        found.append(
            {
                "number": number,
                "variant": variant,
                "scenario": scenario,
                "for_any": list(proof.for_any),
                "lemmas": len(proof.invariant),
                "invariant": list(proof.invariant),
                "rechecked_by": proof.rechecked_by,
                "compared": proof.compared,
                "bounds": {"processes": fixed, "pools": {} if assumed is None else dict(assumed.pools)},
            }
        )
    return found


def _says_nothing(cell: Cell, pair: Pair) -> list[JsonObject]:
    """Why a green cell may say nothing in this scenario (it may say something in others, and then nobody is warned)."""
    known = pair.vacuity
    if known is None:
        return []
    return [
        {"code": aspect.gap.value, "text": aspect.span.first_line.text, **_place(aspect.span)}
        for aspect in known.aspects
        if aspect.property == cell.property_name and aspect.vacuous and (known.complete or aspect.gap is Gap.INITIAL)
    ]


def _cell(cell: Cell, race: int | None, pair: Pair, proofs: ProofNumbers) -> JsonObject:
    proof = cell.proof
    return {
        "variant": cell.variant,
        "scenario": cell.scenario,
        "property": cell.property_name,
        "kind": cell.kind,
        "built_in": cell.builtin,
        "verdict": cell.verdict.value,
        "evidence": cell.evidence.value,
        "expected": cell.claim.expectation.value if cell.claim is not None else None,
        "surprise": cell.surprise,
        "conditional_on": list(cell.conditional_on),
        "undecided_cuts": list(cell.undecided_cuts),
        "engine": cell.engine,
        "states": cell.states,
        "searched": cell.searched,
        "depth": cell.depth,
        "length": cell.length,
        "seconds": round(cell.seconds, 3),
        "reason": cell.reason,
        "cross_checked": cell.cross_checked,
        "for_any": [] if proof is None else list(proof.for_any),
        "lemmas": None if proof is None else len(proof.invariant),
        "rechecked_by": None if proof is None else proof.rechecked_by,
        "proof": None if proof is None else proofs[cell.variant, cell.scenario, proof],
        "why": list(cell.why),
        "reused": pair.reused,
        "race": race,
        "says_nothing": _says_nothing(cell, pair),
    }


def _assumptions(pair: Pair) -> JsonObject:
    assert pair.assumptions is not None
    return {"variant": pair.variant, "scenario": pair.scenario, **assumptions_json(pair.assumptions)}


def assumptions_json(assumed: Assumptions) -> JsonObject:
    """Return what a green answer rests on."""
    return {
        "memory_model": "sequential consistency",
        "processes": dict(assumed.processes),
        "pools": dict(assumed.pools),
        "params": dict(assumed.params),
        "unmodelled": list(assumed.unmodelled),
    }


def diagnostic_json(diagnostic: Diagnostic) -> JsonObject:
    """Return a diagnostic with its place."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        **_place(diagnostic.span),
    }


def _place(span: Span | None) -> JsonObject:
    if span is None or not span.source.text:
        return {"file": None, "line": None, "column": None}
    return {"file": span.source.path, "line": span.line, "column": span.column}


# ----------------------------------------------------------------------------------------- traces


def trace_json(trace: Trace, overrides: Iterable[tuple[str, str]] = ()) -> JsonObject:
    """Return a trace as a document that ``modelcheck replay`` reads. ``overrides``: what ``--set`` said."""
    return {
        "schema": TRACE_SCHEMA,
        "modelcheck": modelcheck.__version__,
        "spec": trace.spec,
        "variant": trace.variant,
        "scenario": trace.scenario,
        "set": dict(overrides),
        "property": trace.property_name,
        "kind": trace.kind,
        "finding": _finding(trace.finding),
        "processes": list(trace.processes),
        "initial": dict(trace.initial),
        "steps": [_step(step) for step in trace.steps],
        "final": dict(trace.final),
        "ends": [
            {"process": end.process, "status": end.status, "position": end.position, "waits_for": end.waits_for}
            for end in trace.ends
        ],
        "held": [
            {"process": held.process, "lock": held.lock, "mode": held.mode, "since": held.since} for held in trace.held
        ],
        "orders": None if trace.orders is None else [list(pair) for pair in trace.orders],
    }


def _finding(finding: Finding) -> JsonObject:
    key = finding.key
    return {
        "obligation": None if key is None else {"kind": key.kind, "subject": key.subject},
        "detail": finding.detail,
        **_place(finding.span),
    }


def _step(step: TraceStep) -> JsonObject:
    return {
        "number": step.number,
        "process": step.process,
        "instance": step.move.process,
        "choices": list(step.move.choices),
        "position": step.position,
        "calls": [name for name, _, _ in step.frames],
        "operation": step.operation,
        **_place(step.span),
        "changes": [{"name": change.name, "old": change.old, "new": change.new} for change in step.changes],
        "events": list(step.events),
        "findings": [_finding(finding) for finding in step.findings],
        "fault": step.faulted,
    }


def read_trace(path: Path) -> SavedTrace:
    """Read a trace that ``modelcheck trace --format json`` wrote. Raises ``SpecError`` (MC520) for anything else."""
    try:
        document = json.loads(read_file(path).decode("utf-8"))
    except OSError as error:
        raise _unreadable(path, error.strerror or "it cannot be read") from None
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise _unreadable(path, "it is not JSON") from None
    if not isinstance(document, dict) or document.get("schema") != TRACE_SCHEMA:
        raise _unreadable(path, f"it has no `schema` {TRACE_SCHEMA}")
    try:
        return _saved(document)
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(path, f"{_complaint(error)}") from None


def _complaint(error: Exception) -> str:
    return f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else str(error)


def _saved(document: JsonObject) -> SavedTrace:
    moves, saved = [], []
    for step in _entry(document, "steps", list):
        if not isinstance(step, dict):
            raise ValueError("a step is not an object")
        choices = _entry(step, "choices", list)
        if not all(isinstance(choice, int) and not isinstance(choice, bool) for choice in choices):
            raise ValueError("the choices of a step are not numbers")
        moves.append(Move(_entry(step, "instance", int), tuple(choices)))
        saved.append(
            SavedStep(_entry(step, "process", str), _entry(step, "position", str), _entry(step, "operation", str))
        )
    overrides = _entry(document, "set", dict)
    return SavedTrace(
        _entry(document, "spec", str),
        _entry(document, "variant", str),
        _entry(document, "scenario", str),
        {str(name): str(value) for name, value in overrides.items()},
        _entry(document, "property", str),
        tuple(moves),
        tuple(saved),
        tuple(str(name) for name in _entry(document, "processes", list)),
    )


def _entry(document: JsonObject, name: str, kind: type[Any]) -> Any:
    value = document[name]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"`{name}` is not {'an' if kind is int else 'a'} {kind.__name__}")
    return value


def _unreadable(path: Path, why: str) -> SpecError:
    message = f"{path} is no trace that can be replayed: {why}"
    return SpecError([Diagnostic("MC520", DiagnosticSeverity.ERROR, message, None)])


# ---------------------------------------------------------------------------------------- writing


def dump(document: JsonObject) -> str:
    """Return the document as text, ending in a line end. What a terminal would act on is written as an escape, which means the same."""
    return printable_json(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def write(document: JsonObject, path: Path) -> None:
    """Write the document; a failure (``SpecError``, MC521) leaves no half-written file."""
    write_atomically(path, dump(document))
