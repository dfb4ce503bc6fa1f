"""Results as JSON; the schema is documented in docs/json.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from modelcheck.checking.vacuity.record import Gap
from modelcheck.ground.diagnostics import Diagnostic
from modelcheck.ground.files import write_atomically
from modelcheck.ground.printable import printable_json
from modelcheck.ground.version import VERSION
from modelcheck.report.formats.trace_json import span_json, trace_json
from modelcheck.report.reasons.comparisons import comparison_words, cross_check_words
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.report.reasons.unexcluded import unexcluded_lines
from modelcheck.report.texts.proofs_text import proofs_of
from modelcheck.result.proof import Proof
from modelcheck.studies.matrix.model import Assumptions, Cell, MatrixResult, Pair

RESULT_SCHEMA = "modelcheck.result/1"

JsonObject = dict[str, Any]
#: The number of each proof of a (variant, scenario).
ProofNumbers = Mapping[tuple[str, str, Proof], int]


# ---------------------------------------------------------------------------------------- results


def results_json(results: Iterable[MatrixResult], overrides: Iterable[tuple[str, str]] = ()) -> JsonObject:
    """Return the document for one or more specs. ``overrides``: what ``--set`` said."""
    settings = tuple(overrides)
    documents = [_result(result, settings) for result in results]
    head: JsonObject = {"schema": RESULT_SCHEMA, "modelcheck": VERSION}
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
            {"variant": pair.variant, "scenario": pair.scenario, "reason": reason_text(pair.failure)}
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
                "invariant": [lemma.text for lemma in proof.invariant],
                "rechecked_by": proof.rechecked_by,
                "compared": comparison_words(proof.compared),
                "bounds": {"processes": fixed, "pools": {} if assumed is None else dict(assumed.pools)},
            }
        )
    return found


def _says_nothing(cell: Cell, pair: Pair) -> list[JsonObject]:
    """Why a green cell may say nothing in this scenario (it may say something in others, and then nobody is warned)."""
    known = None if pair.vacuity is None else pair.vacuity.sure
    if known is None:
        return []
    return [
        {"code": aspect.gap.value, "text": aspect.span.first_line.text, **span_json(aspect.span)}
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
        "reason": reason_text(cell.reason),
        "cross_checked": cross_check_words(cell.cross_checked),
        "for_any": [] if proof is None else list(proof.for_any),
        "lemmas": None if proof is None else len(proof.invariant),
        "rechecked_by": None if proof is None else proof.rechecked_by,
        "proof": None if proof is None else proofs[cell.variant, cell.scenario, proof],
        "why": [] if cell.why is None else list(unexcluded_lines(cell.why)),
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
        **span_json(diagnostic.span),
    }


# ---------------------------------------------------------------------------------------- writing


def dump(document: JsonObject) -> str:
    """Return the document as text, ending in a line end.

    What a terminal would act on is written as an escape, which means the same.
    """
    return printable_json(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def write(document: JsonObject, path: Path) -> None:
    """Write the document; a failure (``SpecError``, MC521) leaves no half-written file."""
    write_atomically(path, dump(document))
