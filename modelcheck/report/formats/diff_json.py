"""What ``diff --json`` writes (docs/json.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from modelcheck.ground.version import VERSION
from modelcheck.report.formats.json import JsonObject
from modelcheck.report.formats.trace_json import trace_json
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.report.reasons.studies import uncompared_text
from modelcheck.studies.matrix.compare import Comparison, Difference
from modelcheck.studies.matrix.model import Cell
from modelcheck.studies.refinement.compare import EventComparison, OnlyOne

SCHEMA = "modelcheck.diff/1"
Settings = Sequence[tuple[str, str]]


def diff_json(
    spec: str,
    comparison: Comparison,
    events: Sequence[EventComparison] | None,
    complete: bool,
    overrides: Settings = (),
) -> JsonObject:
    """Return what differs between two designs.

    ``events``: None if they were not compared; ``overrides``: what ``--set`` said.
    """
    return {
        "schema": SCHEMA,
        "modelcheck": VERSION,
        "spec": spec,
        "first": comparison.first,
        "second": comparison.second,
        "complete": complete,
        "compared": comparison.compared,
        "undecided_in_both": comparison.open,
        "differences": [_difference(one, overrides) for one in comparison.differences],
        "failures": [
            {"variant": variant, "scenario": scenario, "reason": reason_text(reason)}
            for variant, scenario, reason in comparison.failures
        ],
        "events": None if events is None else [_events(spec, one, overrides) for one in events],
    }


def _difference(found: Difference, overrides: Settings) -> JsonObject:
    failing = found.failing
    trace = failing.trace if failing is not None else None
    return {
        "scenario": found.scenario,
        "property": found.property_name,
        "first": _verdict(found.first),
        "second": _verdict(found.second),
        "undecided": found.undecided,
        "trace": None if trace is None else trace_json(trace, overrides),
    }


def _verdict(cell: Cell | None) -> str | None:
    return None if cell is None else cell.verdict.value


def _events(spec: str, found: EventComparison, overrides: Settings) -> JsonObject:
    return {
        "scenario": found.scenario,
        "only": [_only(spec, one, overrides) for one in found.differences],
        "unshared": list(found.unshared),
        "bound": found.bound,
        "reason": uncompared_text(found.reason),
    }


def _only(spec: str, found: OnlyOne, overrides: Settings) -> JsonObject:
    return {
        "able": found.able,
        "unable": found.unable,
        "events": list(found.events),
        "instead": list(found.instead),
        "trace": trace_json(replace(found.trace, spec=spec), overrides),
        "other": trace_json(replace(found.other, spec=spec), overrides),
    }
