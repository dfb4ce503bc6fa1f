"""Who works on what: which engines can say something about a model, and when ``auto`` asks for more than exploration."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from modelcheck.checking.portfolio import Member, run_portfolio
from modelcheck.ground.records import dataclass
from modelcheck.ir.system import System, shown_by_a_run
from modelcheck.model import typed
from modelcheck.result.budget import Budget
from modelcheck.result.exploration import Stop
from modelcheck.result.progress import Progress
from modelcheck.result.verdict import Answer, EvidenceKind, Verdict

if TYPE_CHECKING:
    from modelcheck.engines.induction.subject import Sized
    from modelcheck.result.checked import Checked
    from modelcheck.result.proof import Request
    from modelcheck.result.trace import Trace

#: A portfolio starts when a model turns out to have more states than this: smaller ones are explored before a process has started.
FIRST_STATES = 20_000
#: The part of the user's time that exploration gets if ``auto`` may have to go on without it, and how many seconds the rest has to be.
EXPLORING, WORTHWHILE = 0.8, 1.0
#: The numbers of instances with which bounded model checking looks for violations if any number runs.
UNROLLED = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Ways:
    """How a model with fixed numbers of processes can be checked. ``explored`` and ``unrolled`` return answers, ``confirmed`` replays their schedules."""

    model: typed.Model
    system: System
    explored: Callable[[Budget, Progress | None], Checked]
    unrolled: Callable[[Budget, Progress | None], Checked]
    confirmed: Callable[[Checked], Checked]


def explore_then_unroll(
    ways: Ways, budget: Budget, progress: Progress | None, interrupted: Callable[[], bool] | None
) -> Checked:
    """Explore; if time or memory do not suffice for that, unroll for the rest of the time. Answers are confirmed."""
    started = time.perf_counter()
    checked = ways.confirmed(ways.explored(_exploring(budget), progress))
    found = checked.exploration
    exhausted = found is not None and found.stopped in (Stop.TIME, Stop.MEMORY)
    rest = budget.remaining(started)  # comparing with the interpreter and replaying may have taken it up
    too_short = rest.seconds is not None and rest.seconds < WORTHWHILE
    if not exhausted or checked.problem or too_short or not _can_unroll(ways.system, checked.answers):
        return checked
    return run_portfolio([_unrolling(ways)], checked, rest, progress, interrupted)


def check_together(
    ways: Ways,
    budget: Budget,
    progress: Progress | None = None,
    interrupted: Callable[[], bool] | None = None,
    request: Request | None = None,
    kept: Path | None = None,
) -> Checked:
    """Let all engines work at the same time, unless the model is so small that exploration has the answer at once.

    ``request``: what is wanted of a proof; ``kept``: see ``run_portfolio``.
    """
    started = time.perf_counter()
    states = FIRST_STATES if budget.states is None else min(budget.states, FIRST_STATES)
    first = ways.confirmed(ways.explored(replace(budget, states=states), progress))
    found = first.exploration
    if found is None or found.stopped is not Stop.STATES or first.problem:
        return first
    members = [_exploration(ways), _unrolling(ways), _induction(ways, first, request), _spacer(ways, first)]
    return run_portfolio(members, first, budget.remaining(started), progress, interrupted, kept)


def _exploring(budget: Budget) -> Budget:
    if budget.seconds is None or budget.seconds * (1 - EXPLORING) < WORTHWHILE:
        return budget
    return replace(budget, seconds=budget.seconds * EXPLORING)


def _can_unroll(system: System, answers: Sequence[Answer]) -> bool:
    shown = shown_by_a_run(system)
    return any(a.verdict in (Verdict.BOUNDED, Verdict.UNKNOWN) and a.property in shown for a in answers)


# ------------------------------------------------------------------------------------------ members


def _exploration(ways: Ways) -> Member:
    return Member("exploration", lambda budget, _, say: ways.confirmed(ways.explored(budget, say)), share=2)


def _unrolling(ways: Ways) -> Member:
    return Member("bmc", lambda budget, _, say: ways.confirmed(ways.unrolled(budget, say)))


def _induction(ways: Ways, first: Checked, request: Request | None) -> Member:
    """Lemmas guessed from samples."""

    def run(budget: Budget, directory: Path, _: Progress) -> Checked:
        return _proof(ways, first, budget, _in(request, directory), guessing=True)

    return Member("induction", run)


def _spacer(ways: Ways, first: Checked) -> Member:
    """Lemmas that Spacer finds."""

    def run(budget: Budget, directory: Path, _: Progress) -> Checked:
        return _proof(ways, first, budget, _in(None, directory), guessing=False)

    return Member("spacer", run)


def _in(request: Request | None, directory: Path) -> Request:
    """What is wanted of a proof: a certificate where the user wants it, or where it can be kept if somebody contradicts it."""
    from modelcheck.result.proof import Request

    if request is None:
        return Request(directory)
    return request if request.certificate is not None else replace(request, certificate=directory)


def _proof(ways: Ways, first: Checked, budget: Budget, request: Request, *, guessing: bool) -> Checked:
    """What can be proved of that which is open in ``first``."""
    from modelcheck.checking.infinite import PROOF_SECONDS, prove_open, with_outcomes

    seconds = PROOF_SECONDS if budget.seconds is None else budget.seconds
    outcomes = prove_open(ways.model, ways.system, first, seconds, request, guessing=guessing)
    nothing = tuple(_nothing(answer) for answer in first.answers)
    return with_outcomes(ways.system, replace(first, answers=nothing, traces={}, exploration=None), outcomes)


def _nothing(answer: Answer) -> Answer:
    if answer.verdict is Verdict.NOT_APPLICABLE:
        return answer
    return Answer(answer.property, Verdict.UNKNOWN, EvidenceKind.NONE, "induction")


# ---------------------------------------------------------------------------- any number of instances


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
    """Explore small numbers of instances and prove the rest, and at the same time unroll models with ``UNROLLED`` instances, for violations that need more than the smallest.

    ``decided`` answers as ``check_unbounded`` does, ``unrolled`` unrolls a model with fixed numbers and replays what it finds.
    """
    from modelcheck.result.checked import Checked

    def prove(share: Budget, directory: Path, _: Progress) -> Checked:
        return decided(share, _in(request, directory))

    def unroll(share: Budget, _: Path, say: Progress) -> Checked:
        return _unrolled_sizes(model, sized, unrolled, share, say)

    nothing = tuple(_unanswered(prop) for prop in model.properties)
    members = [Member("induction", prove, share=2), Member("bmc", unroll)]
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
    from modelcheck.checking.unbounded import classes_in_any_number
    from modelcheck.result.checked import Checked

    started = time.perf_counter()
    names = classes_in_any_number(model)
    answers: dict[str, Answer] = {}
    traces: dict[str, Trace] = {}
    faults: set[str] = set()
    for n in UNROLLED:
        share = budget.remaining(started)
        if share.seconds is not None:
            share = replace(share, seconds=share.seconds / (UNROLLED[-1] + 1 - n))
        small = sized(dict.fromkeys(names, n))
        checked = unrolled(small, share, progress)
        by_id = {prop.id: prop.name for prop in small.properties}
        faults.update(by_id[id] for id in checked.faults)
        for answer in checked.answers:
            name = by_id[answer.property]
            if answer.schedule is not None and name not in answers:
                answers[name] = answer
                traces[name] = checked.traces[answer.property]
    none = f"nothing with {UNROLLED[0]} to {UNROLLED[-1]} of {' and '.join(names)} within the time"
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
