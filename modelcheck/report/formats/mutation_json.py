"""What ``modelcheck mutate`` found as JSON; the schema is documented in docs/json.md."""

from __future__ import annotations

from collections.abc import Iterable

from modelcheck.ground.version import VERSION
from modelcheck.report.formats.json import JsonObject, diagnostic_json
from modelcheck.report.formats.trace_json import span_json
from modelcheck.report.reasons.studies import unsettled_text
from modelcheck.studies.mutate.model import Judged, Kill, MutationResult, Outcome
from modelcheck.studies.mutate.operators import OPERATORS
from modelcheck.studies.mutate.spell import variant_text

MUTATION_SCHEMA = "modelcheck.mutation/1"


def mutation_json(result: MutationResult, overrides: Iterable[tuple[str, str]] = ()) -> JsonObject:
    """Return the document. ``overrides``: what ``--set`` said."""
    met = {one.mutant.operator for one in result.judged}
    return {
        "schema": MUTATION_SCHEMA,
        "modelcheck": VERSION,
        "spec": result.spec,
        "model": result.model,
        "variant": result.variant,
        "set": dict(overrides),
        "scenarios": list(result.scenarios),
        "skipped_scenarios": list(result.skipped),
        "complete": result.complete,
        "total": result.total,
        "counts": {outcome.value: len(result.of(outcome)) for outcome in Outcome},
        "score": None if result.score is None else round(result.score, 2),
        "failing": [{"scenario": scenario, "property": name} for scenario, name in result.failing],
        "operators": [
            {"name": one.name, "family": one.family, "description": one.description, "bug": one.bug}
            for one in OPERATORS
            if one.name in met
        ],
        "mutants": [_judged(one, result.variant) for one in result.judged],
        "seconds": round(result.seconds, 3),
        "diagnostics": [diagnostic_json(diagnostic) for diagnostic in result.diagnostics],
    }


def _judged(one: Judged, base: str) -> JsonObject:
    mutant = one.mutant
    return {
        "name": mutant.name,
        "operator": mutant.operator,
        "owner": mutant.owner,
        "says": mutant.says,
        **span_json(mutant.place),
        "variant": variant_text(mutant.name, base, f"{mutant.owner} {mutant.says}", mutant.edits),
        "outcome": one.outcome.value,
        "killed_by": None if one.kill is None else _kill(one.kill),
        "unseen": one.unseen,
        "difference": _difference(one) if one.scenario else None,
        "reason": unsettled_text(one.reason),
        "cpu_seconds": round(one.seconds, 3),
        "reused": one.reused,
    }


def _kill(kill: Kill) -> JsonObject:
    return {
        "scenario": kill.scenario,
        "property": kill.property_name,
        "built_in": kill.builtin,
        "notice": kill.notice.value,
        "length": kill.length,
    }


def _difference(one: Judged) -> JsonObject:
    what = one.difference
    return {
        "scenario": one.scenario,
        "kind": None if what is None else what.kind.value,
        "length": None if what is None else what.length,
        "names": [] if what is None else list(what.names),
    }
