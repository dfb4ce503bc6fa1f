"""What green cells of a run say nothing about, put together over its designs and scenarios: one warning for each place.

What is reached in one scenario, or in one design, is reached. The spec's own text is judged in the
scenarios of the base, that of a variant or patch in all designs that it is part of. Of what is not
known to be unreachable (an exploration that did not end, a scenario that was left out) nothing is
said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from modelcheck.ground.diagnostics import Diagnostic, Note, Severity
from modelcheck.language import variants
from modelcheck.language.syntax import ast
from modelcheck.studies.matrix.model import Pair
from modelcheck.studies.matrix.vacuity.claims import claims_about_nothing
from modelcheck.studies.matrix.vacuity.code import constant_code, unreached_code
from modelcheck.studies.matrix.vacuity.edits import edits_without_effect
from modelcheck.studies.matrix.vacuity.judged import Judged, Run, run_of
from modelcheck.studies.matrix.vacuity.places import key_of
from modelcheck.studies.matrix.vacuity.scenarios import idle_scenarios
from modelcheck.studies.matrix.vacuity.words import position
from modelcheck.studies.matrix.vacuity.written import (
    labelled,
)

#: The codes of findings that `--strict=vacuity` makes a failure.
CODES = frozenset(
    {
        "MC326",
        "MC420",
        "MC421",
        "MC422",
        "MC423",
        "MC424",
        "MC425",
        "MC426",
        "MC427",
        "MC428",
        "MC429",
        "MC430",
        "MC433",
    }
)


def vacuous(spec: ast.Spec, pairs: Sequence[Pair], left_out: Sequence[str], *, fixed: bool = False) -> list[Diagnostic]:
    """Return the warnings about a run. ``spec``: as loaded; ``left_out``: scenarios of the base that
    were not looked at; ``fixed``: params were given values for this run, or not all designs were
    looked at.

    What only the numbers of instances say that were explored (``run p[*]``) is a hint: more may do it.
    """
    known = [p if p.vacuity is None else replace(p, vacuity=p.vacuity.sure) for p in pairs]
    guessing = any(one.vacuity is not other.vacuity for one, other in zip(pairs, known, strict=True))
    seen = _found(run_of(spec, pairs, left_out, fixed, guessing))
    if not guessing:
        return seen
    surely = _found(run_of(spec, known, left_out, fixed))
    sure = [found for found in surely if found.code != "MC430"]
    told = {_what(found) for found in sure}
    rest = [found if found.code in ("MC429", "MC430") else _unsure(found) for found in seen if _what(found) not in told]
    return sorted([*sure, *rest], key=position)


def _found(run: Run) -> list[Diagnostic]:
    found = [
        *idle_scenarios(run),
        *unreached_code(run),
        *constant_code(run),
        *edits_without_effect(run),
        *claims_about_nothing(run),
    ]
    return [*sorted(found, key=position), *_stale(run)]


def _what(found: Diagnostic) -> tuple[object, ...]:
    """What a finding is about: the same place may be told of in other words."""
    return found.span if found.span is None else key_of(found.span), found.code in ("MC420", "MC421", "MC428")


def _unsure(found: Diagnostic) -> Diagnostic:
    """A finding that is no failure, since more instances than were explored may do it."""
    notes = (*found.notes, Note("with more of them it may happen: this is a hint, and no failure"))
    return replace(found, severity=Severity.HINT, notes=notes)


def _stale(run: Run) -> Iterator[Diagnostic]:
    """An allowance for what happens after all, if that is known: everything in which it could have
    been needed was looked at.
    """
    for allow in run.allowances.unused():
        inside = next((v for v in run.edited if allow in v.allows), None)
        designs = run.base if inside is None else [j for j in run.judged if j.pair.variant == inside.name]
        name = variants.BASE if inside is None else inside.name
        if not designs or name in run.unknown:
            continue
        asked = run.left_out or allow.allowed is ast.Allowed.VACUOUS
        if asked and not _happens(run, allow, designs):
            continue
        what = "is reached" if allow.allowed is ast.Allowed.UNREACHED else "is not vacuous"
        message = f"`{allow.name}` {what} after all: take this line out"
        yield Diagnostic("MC430", Severity.WARNING, message, allow.span)


def _happens(run: Run, allow: ast.AllowDecl, designs: Sequence[Judged]) -> bool:
    """Whether what is allowed not to happen is seen to happen, whatever was left out."""
    if allow.allowed is ast.Allowed.UNREACHED:
        spans = [s for owner, s in labelled(run.spec, allow.name) if allow.owner in (None, owner)]
        return any(j.passed.inside(span) for j in designs for span in spans)
    return any(a.property == allow.name and not a.vacuous for j in designs for a in j.vacuity.aspects) or any(
        j.pair.scenario == allow.name and j.vacuity.moves for j in designs
    )
