"""Any number of instances, with all engines at the same time: while small numbers are explored and
the rest is proved, models with some instances are unrolled.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from modelcheck.checking.follow import certificate_in
from modelcheck.checking.plan import ANY_NUMBER
from modelcheck.checking.portfolio import Member, run_portfolio
from modelcheck.checking.unbounded import classes_in_any_number
from modelcheck.engines.protocol import Sized
from modelcheck.model import typed
from modelcheck.result.budget import Budget
from modelcheck.result.checked import Checked
from modelcheck.result.progress import Progress
from modelcheck.result.reasons.reason import NothingWithFew
from modelcheck.result.verdict import Answer, EvidenceKind, Verdict

if TYPE_CHECKING:
    from modelcheck.result.proof import Request
    from modelcheck.result.trace import Trace


def check_any_number_together(
    model: typed.Model,
    sized: Sized,
    decided: Callable[[Budget, Request | None], Checked],
    unrolled: Callable[[typed.Model, Budget, Progress | None], Checked],
    budget: Budget,
    progress: Progress | None = None,
    interrupted: Callable[[], bool] | None = None,
    request: Request | None = None,
    kept: Path | None = None,
) -> Checked:
    """Explore small numbers of instances and prove the rest, and at the same time unroll models with
    few instances (``plan.AnyNumber``), for violations that need more than the smallest.

    ``decided`` answers as ``check_unbounded`` does, ``unrolled`` unrolls a model with fixed numbers
    and replays what it finds.
    """

    def prove(share: Budget, directory: Path, _: Progress) -> Checked:
        return decided(share, certificate_in(request, directory))

    def unroll(share: Budget, _: Path, say: Progress) -> Checked:
        return _unrolled_sizes(model, sized, unrolled, share, say)

    nothing = tuple(_unanswered(prop) for prop in model.properties)
    members = [
        Member(share.engine, prove if share.engine == "induction" else unroll, share.memory)
        for share in ANY_NUMBER.together
    ]
    return run_portfolio(members, Checked(nothing), budget, progress, interrupted, kept)


def _unanswered(prop: typed.Property) -> Answer:
    if prop.not_applicable is not None:
        return Answer(prop.id, Verdict.NOT_APPLICABLE, EvidenceKind.NONE, "", reason=prop.not_applicable)
    return Answer(prop.id, Verdict.UNKNOWN, EvidenceKind.NONE, "")


def _unrolled_sizes(
    model: typed.Model,
    sized: Sized,
    unrolled: Callable[[typed.Model, Budget, Progress | None], Checked],
    budget: Budget,
    progress: Progress,
) -> Checked:
    """Violations and witnesses that some number of instances shows; of other numbers nothing is said."""
    started = time.perf_counter()
    names = classes_in_any_number(model)
    answers: dict[str, Answer] = {}
    traces: dict[str, Trace] = {}
    faults: set[str] = set()
    numbers = ANY_NUMBER.unrolled
    for n in numbers:
        share = budget.remaining(started)
        if share.seconds is not None:
            share = replace(share, seconds=share.seconds / (numbers[-1] + 1 - n))
        small = sized(dict.fromkeys(names, n))
        checked = unrolled(small, share, progress)
        by_id = {prop.id: prop.name for prop in small.properties}
        faults.update(by_id[id] for id in checked.faults)
        for answer in checked.answers:
            name = by_id[answer.property]
            if answer.schedule is not None and name not in answers:
                answers[name] = answer
                traces[name] = checked.traces[answer.property]
    none = NothingWithFew(numbers[0], numbers[-1], names)
    return Checked(
        tuple(
            replace(answers[prop.name], property=prop.id)
            if prop.name in answers
            else replace(_unanswered(prop), reason=prop.not_applicable or none)
            for prop in model.properties
        ),
        traces={prop.id: traces[prop.name] for prop in model.properties if prop.name in traces},
        faults=frozenset(prop.id for prop in model.properties if prop.name in faults),
    )
