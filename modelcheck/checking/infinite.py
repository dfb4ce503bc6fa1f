"""Models with unbounded integers: explore a little, prove what holds for ever, explore on for what is still open.

Exploration alone never ends where an integer grows for ever, and induction alone never finds a violation. Neither is believed without its evidence: traces are
replayed, proofs are confirmed by a second solver.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from modelcheck.checking.contradictions.contradictions import contradicted, keep
from modelcheck.ir.system import Form, System, shown_by_a_run
from modelcheck.ir.terms import INT
from modelcheck.model import typed
from modelcheck.result.budget import Budget
from modelcheck.result.proof import Outcome, Request
from modelcheck.result.verdict import Answer, Contradiction, Verdict, join, proved_answer

if TYPE_CHECKING:
    from modelcheck.result.checked import Checked

#: States after which the question is asked whether exploration will ever end. Compiled, it gets there in less time than an answer to that takes.
FIRST_STATES = 1_000_000
#: Seconds after which it is asked all the same: one long line of states is explored slowly.
FIRST_SECONDS = 5.0
#: Seconds for all proofs of a scenario, and for exploring what grows for ever, if the user sets no limit.
PROOF_SECONDS = 30.0
EXPLORE_SECONDS = 20.0
#: Integers that are named as those that grow.
MOST_NAMES = 2
#: The part of the user's time that exploration gets if it may end.
EXPLORING = 0.6


def has_unbounded_integers(system: System) -> bool:
    """Whether some step changes an integer that has no bounds."""
    open = {v.id for v in system.variables if v.sort == INT and (v.low is None or v.high is None)}
    return any(id in open for step in system.steps for id, _ in step.updates)


def check_infinite(
    model: typed.Model,
    system: System,
    explored: Callable[[Budget], Checked],
    budget: Budget,
    request: Request | None = None,
) -> Checked:
    """Answer every property of a model with unbounded integers.

    ``explored`` explores within a budget and cross-checks. ``request``: what is wanted of a proof.
    """
    from modelcheck.engines.induction.fixed import grows

    started = time.perf_counter()
    states = FIRST_STATES if budget.states is None else min(budget.states, FIRST_STATES)
    seconds = FIRST_SECONDS if budget.seconds is None else min(budget.seconds, FIRST_SECONDS)
    checked = explored(replace(budget, states=states, seconds=seconds))
    if _settled(checked):
        return checked
    endless = grows(system)
    if not endless:
        checked = _joined(checked, explored(budget.remaining(started, EXPLORING)))
        if _settled(checked):
            return checked
    outcomes = prove_open(model, system, checked, _seconds(budget, started), request)
    shown = shown_by_a_run(system)
    left = [a for a in checked.answers if _is_open(a) and a.property in shown]
    if endless and budget.states != states and any(not _is_proved(system, a, outcomes) for a in left):
        rest = budget.remaining(started)
        if rest.seconds is None:
            rest = replace(rest, seconds=EXPLORE_SECONDS)
        checked = _joined(checked, explored(rest))
    checked = with_outcomes(system, checked, outcomes)
    return _explain_stuck(system, checked, endless) if endless else checked


def prove_open(
    model: typed.Model,
    system: System,
    checked: Checked,
    seconds: float,
    request: Request | None = None,
    *,
    guessing: bool = True,
) -> dict[str, Outcome]:
    """Try to prove what is still open; return what became of it, by name of the property. ``guessing``: see ``prove_fixed``."""
    from modelcheck.checking.semantics import SEMANTICS
    from modelcheck.engines.induction.fixed import prove_fixed

    found = checked.exploration
    drained = found is not None and found.drained_reachable
    wanted = [
        p.name
        for p, answer in zip(system.asked, checked.answers, strict=True)
        if _is_open(answer) and not _is_stuck(system, answer) and (drained or not p.needs_drained)
    ]
    return prove_fixed(model, system, SEMANTICS, wanted, seconds, request, guessing=guessing) if wanted else {}


def with_outcomes(system: System, checked: Checked, outcomes: Mapping[str, Outcome]) -> Checked:
    """The answers with those of a proof; where there is none they say why. A contradiction is a ``problem``."""
    answers = tuple(
        _with_outcome(answer, p.existential, outcomes.get(p.name))
        for p, answer in zip(system.asked, checked.answers, strict=True)
    )
    return replace(checked, answers=answers, problem=checked.problem or _contradiction(checked.answers, answers))


def _explain_stuck(system: System, checked: Checked, endless: tuple[str, ...]) -> Checked:
    """Say why neither engine decides whether an end stays reachable."""
    shown = " and ".join(endless[:MOST_NAMES])
    reason = f"{shown} grow{'s' if len(endless) == 1 else ''} for ever: not every state can be visited, and no invariant shows that an end stays reachable"
    answers = tuple(replace(a, reason=reason) if _is_open(a) and _is_stuck(system, a) else a for a in checked.answers)
    return replace(checked, answers=answers)


def _settled(checked: Checked) -> bool:
    """Whether there is nothing left to do: everything was visited, or something is wrong."""
    return checked.exploration is None or checked.exploration.complete or bool(checked.problem)


def _is_open(answer: Answer) -> bool:
    return answer.verdict in (Verdict.BOUNDED, Verdict.UNKNOWN)


def _is_stuck(system: System, answer: Answer) -> bool:
    return Form.STUCK in system.properties[answer.property].forms


def _is_proved(system: System, answer: Answer, outcomes: Mapping[str, Outcome]) -> bool:
    outcome = outcomes.get(system.properties[answer.property].name)
    return outcome is not None and outcome.proved


def _seconds(budget: Budget, started: float) -> float:
    if budget.seconds is None:
        return PROOF_SECONDS
    return max(budget.seconds - (time.perf_counter() - started), 1.0)


def _with_outcome(answer: Answer, existential: bool, outcome: Outcome | None) -> Answer:
    if outcome is None:
        return answer
    if not outcome.proved:
        if not _is_open(answer):
            return answer
        reason = f"{answer.reason}; {outcome.text}" if answer.reason else outcome.text
        return replace(answer, reason=reason, why=outcome.why)
    return _join(answer, proved_answer(answer.property, existential, outcome))


def _joined(first: Checked, second: Checked) -> Checked:
    """What two runs found; statistics are those of the second."""
    answers = tuple(_join(a, b) for a, b in zip(first.answers, second.answers, strict=True))
    problem = first.problem or second.problem or _contradiction((*first.answers, *second.answers), answers)
    return replace(second, answers=answers, faults=first.faults | second.faults, problem=problem)


def _contradiction(before: Sequence[Answer], after: Sequence[Answer]) -> str:
    """The reason of an error that came up when answers were merged; empty if there is none."""
    known = {answer.reason for answer in before if answer.verdict is Verdict.ERROR}
    new = (a.reason for a in after if a.verdict is Verdict.ERROR and a.reason not in known)
    return next(new, "")


def _join(first: Answer, second: Answer) -> Answer:
    """The more informative answer; an error if they contradict each other."""
    try:
        return join(first, second)
    except Contradiction as contradiction:
        return contradicted(contradiction, keep(contradiction, {}, (), Path.cwd()))
