"""Results made by hand for the tests of reports."""

from __future__ import annotations

from dataclasses import replace

from modelcheck.ground.ended import Ended
from modelcheck.ground.source import NOWHERE
from modelcheck.model.absences import NobodyRuns
from modelcheck.result.comparisons import Everything
from modelcheck.result.reasons.reason import Reason
from modelcheck.result.reasons.stops import Stop, Unfinished
from modelcheck.result.trace import Trace
from modelcheck.result.verdict import EvidenceKind, Verdict
from modelcheck.studies.matrix.expectations import Claim, Expectation, compare
from modelcheck.studies.matrix.model import Assumptions, Cell, MatrixResult, Pair
from modelcheck.studies.matrix.plan import VariantInfo
from modelcheck.studies.matrix.races import races
from tests.report.example_traces import use_after_free

HOLDS, VIOLATED, UNKNOWN = Expectation.HOLDS, Expectation.VIOLATED, Expectation.UNKNOWN


def cell(
    variant: str,
    scenario: str,
    name: str,
    verdict: Verdict,
    expected: Expectation | None = HOLDS,
    *,
    kind: str = "invariant",
    builtin: bool = False,
    trace: Trace | None = None,
    reason: Reason | None = None,
    conditional_on: tuple[str, ...] = (),
    depth: int | None = None,
) -> Cell:
    """One cell with the evidence that suits its verdict."""
    existential = kind in ("cover", "may")
    claim = None if expected is None else Claim(expected, False, False, NOWHERE)
    evidence = {
        Verdict.HOLDS: EvidenceKind.WITNESS if existential else EvidenceKind.EXPLORED,
        Verdict.VIOLATED: EvidenceKind.EXHAUSTED if existential else EvidenceKind.TRACE,
    }.get(verdict, EvidenceKind.NONE)
    decided = verdict in (Verdict.HOLDS, Verdict.VIOLATED)
    return Cell(
        variant=variant,
        scenario=scenario,
        property_name=name,
        kind=kind,
        existential=existential,
        builtin=builtin,
        verdict=verdict,
        evidence=evidence,
        claim=claim,
        outcome=compare(claim, verdict),
        engine="explicit",
        states=1234 if decided else None,
        searched=1234,
        depth=depth,
        length=None if trace is None else len(trace.steps),
        seconds=0.5,
        reason=reason,
        cross_checked=Everything(1234, visited=True) if decided else None,
        conditional_on=conditional_on,
        trace=trace,
    )


def trace_for(variant: str, scenario: str, name: str) -> Trace:
    """The example race as the race of some cell."""
    return replace(use_after_free(), variant=variant, scenario=scenario, property_name=name)


def pair(variant: str, scenario: str, *cells: Cell, failure: Ended | None = None) -> Pair:
    """One (variant, scenario)."""
    params = (("MX", "true" if scenario == "reclaim_only" else "false"), ("N", "2"))
    assumed = Assumptions((("reader", 2), ("reclaim", 1)), (("Page", 2), ("Names", 3)), params)
    return Pair(variant, scenario, cells, None if failure else assumed, (), 0.75, failure)


def result(*pairs: Pair) -> MatrixResult:
    """A run over those pairs."""
    variants = tuple(dict.fromkeys(one.variant for one in pairs))
    return MatrixResult(
        spec="page.mc",
        model="page",
        variants=tuple(VariantInfo(name, f"design {name}") for name in variants),
        scenarios=tuple(dict.fromkeys(one.scenario for one in pairs)),
        skipped_scenarios=(),
        pairs=pairs,
        unfinished=(),
        races=races(cell for one in pairs for cell in one.cells),
        diagnostics=(),
        seconds=2.5,
    )


def small() -> MatrixResult:
    """Two designs in two scenarios: an expected violation, a surprise, a bounded and a missing answer."""
    first, second = "reclaim_only", "truncate_only"
    one = "v3_one_site"
    return result(
        pair(
            "base",
            first,
            cell("base", first, "no_leak", Verdict.HOLDS),
            cell("base", first, "reached", Verdict.HOLDS, kind="cover"),
            cell("base", first, "deadlock", Verdict.HOLDS, builtin=True),
            cell("base", first, "stuck", Verdict.HOLDS, builtin=True),
        ),
        pair(
            "base",
            second,
            cell("base", second, "no_leak", Verdict.BOUNDED, depth=40, reason=Unfinished(Stop.TIME, 1234)),
            cell("base", second, "reached", Verdict.NOT_APPLICABLE, kind="cover", reason=NobodyRuns("reclaim")),
            cell("base", second, "deadlock", Verdict.HOLDS, builtin=True),
            cell("base", second, "stuck", Verdict.HOLDS, builtin=True),
        ),
        pair(
            one,
            first,
            cell(one, first, "no_leak", Verdict.VIOLATED, VIOLATED, trace=trace_for(one, first, "no_leak")),
            cell(one, first, "reached", Verdict.HOLDS, kind="cover"),
            cell(one, first, "deadlock", Verdict.HOLDS, builtin=True, conditional_on=("no_leak",)),
            cell(one, first, "stuck", Verdict.HOLDS, builtin=True),
        ),
        pair(
            one,
            second,
            cell(one, second, "no_leak", Verdict.VIOLATED, HOLDS, trace=trace_for(one, second, "no_leak")),
            cell(one, second, "reached", Verdict.VIOLATED, HOLDS, kind="cover"),
            cell(one, second, "deadlock", Verdict.HOLDS, builtin=True),
            cell(one, second, "stuck", Verdict.HOLDS, builtin=True),
        ),
    )
