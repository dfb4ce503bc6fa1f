"""The pairs of a run of which something is known, and what is asked of them all."""

from __future__ import annotations

from collections.abc import Sequence

from modelcheck.checking.vacuity.places import Passed
from modelcheck.checking.vacuity.record import Vacuity
from modelcheck.ground.diagnostics import Note
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language import variants
from modelcheck.language.syntax import ast
from modelcheck.studies.matrix.model import Pair
from modelcheck.studies.matrix.vacuity.allowances import Allowances, allows_of
from modelcheck.studies.matrix.vacuity.places import is_inside
from modelcheck.studies.matrix.vacuity.written import (
    run_by,
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair of which something is known. ``passed``: places that code was at."""

    pair: Pair
    vacuity: Vacuity
    passed: Passed


def is_seen(judged: Sequence[Judged], span: Span) -> bool:
    """Whether code at some place inside this one is known, passed or not."""
    return any(j.passed.inside(span) or any(is_inside(p.span, span) for p in j.vacuity.unpassed) for j in judged)


@dataclass(frozen=True, slots=True)
class Run:
    """The pairs of one run. ``spec``: as loaded; ``base``: of ``judged`` those of the base;
    ``edited``: its variants and patches; ``left_out``: scenarios that were not looked at,
    ``absent``: the processes that they run; ``unknown``: designs of which some scenario has no
    answer at all. ``fixed``: params were given values for this run, or not all designs were looked
    at. ``guessing``: not everything that is found is sure; then nobody is told to allow it.
    """

    spec: ast.Spec
    judged: Sequence[Judged]
    base: Sequence[Judged]
    edited: Sequence[ast.VariantDecl]
    left_out: Sequence[str]
    absent: frozenset[str]
    unknown: frozenset[str]
    fixed: bool
    guessing: bool
    allowances: Allowances

    def edit_around(self, span: Span) -> ast.VariantDecl | None:
        """The variant or patch that a place stands in."""
        return next((v for v in self.edited if is_inside(span, v.span)), None)

    def deciding(self, span: Span) -> Sequence[Judged]:
        """The pairs in which a place could be reached."""
        return self.base if self.edit_around(span) is None else self.judged

    def plain(self) -> set[str]:
        """Names of processes (of an inline it is not asked who may call it)."""
        return {item.name for item in self.spec.items if isinstance(item, ast.ProcessDecl)}

    def advice(self, allow: str) -> tuple[Note, ...]:
        """How to say that it is meant so."""
        return () if self.guessing else (Note(f"if it is meant to be so: {allow}"),)


def run_of(spec: ast.Spec, pairs: Sequence[Pair], left_out: Sequence[str], fixed: bool, guessing: bool = False) -> Run:
    """Put together what is known of the pairs of a run."""
    judged = [Judged(p, p.vacuity, Passed(p.vacuity.passed)) for p in pairs if p.vacuity is not None]
    return Run(
        spec,
        judged,
        [j for j in judged if j.pair.variant == variants.BASE],
        [item for item in spec.items if isinstance(item, ast.VariantDecl)],
        left_out,
        run_by(spec, left_out),
        frozenset(p.variant for p in pairs if p.vacuity is None or p.failure),
        fixed,
        guessing,
        Allowances(allows_of(spec)),
    )
