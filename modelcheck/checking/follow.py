"""Carrying out a plan: one turn after the other, until nothing is due; what engines say is put together.

Exploration alone never ends where an integer grows for ever, and induction alone never finds a
violation. Neither is believed without its evidence: traces are replayed, proofs are confirmed by a
second solver.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from modelcheck.checking.joining import is_open, joined, with_answers
from modelcheck.checking.plan import WORTHWHILE, Plan, Share, Turn, When
from modelcheck.engines.protocol import Kind
from modelcheck.engines.registry import Name, engine
from modelcheck.ground.records import dataclass
from modelcheck.ir.system import Form, System, shown_by_a_run
from modelcheck.model import typed
from modelcheck.result.budget import Budget
from modelcheck.result.checked import Checked
from modelcheck.result.progress import Progress
from modelcheck.result.proof import Request
from modelcheck.result.reasons.reason import Growing
from modelcheck.result.reasons.stops import Stop
from modelcheck.result.verdict import Answer, EvidenceKind

if TYPE_CHECKING:
    # A plan with one engine after the other needs no processes.
    from modelcheck.checking.portfolio import Member


class Ask(Protocol):
    """Asks an engine, and re-checks what it says.

    ``known``: what is known already; ``request``: what is wanted of a proof.
    """

    def __call__(
        self, name: Name, known: Checked | None, budget: Budget, progress: Progress | None, request: Request | None
    ) -> Checked: ...


@dataclass(frozen=True, slots=True)
class Ways:
    """How a model with fixed numbers of processes is checked.

    ``confirmed``: replays schedules, and chooses those that are shown.
    """

    model: typed.Model
    system: System
    ask: Ask
    confirmed: Callable[[Checked], Checked]


def follow(
    plan: Plan,
    ways: Ways,
    budget: Budget,
    progress: Progress | None = None,
    interrupted: Callable[[], bool] | None = None,
    request: Request | None = None,
    kept: Path | None = None,
) -> Checked:
    """Take the turns that are due. ``request``: what is wanted of a proof; ``kept``: see ``run_portfolio``."""
    course = _Course(plan, ways, budget, progress, interrupted, request, kept, time.perf_counter())
    for turn in plan:
        if course.due(turn.when):
            course.take(turn)
    return course.result()


@dataclass(slots=True)
class _Course:
    """A plan being followed.

    ``proofs``: what was said by those who prove, which is joined when all is explored; ``endless``:
    names of integers that seem to grow for ever.
    """

    plan: Plan
    ways: Ways
    budget: Budget
    progress: Progress | None
    interrupted: Callable[[], bool] | None
    request: Request | None
    kept: Path | None
    started: float
    known: Checked | None = None
    confirmed: bool = False
    proofs: tuple[Answer, ...] = ()
    grown: tuple[str, ...] | None = None

    def due(self, when: When) -> bool:
        """Whether a turn is to be taken now."""
        if when is When.ALWAYS:
            return True
        if self.known is None:
            return False
        match when:
            case When.UNSETTLED:
                return not _settled(self.known)
            case When.MAY_END:
                return not _settled(self.known) and not self.endless()
            case When.ENDLESS:
                return not _settled(self.known) and bool(self.endless()) and self._may_show_more(self.known)
            case When.EXHAUSTED:
                return self._exhausted(self.confirm())
            case When.GIVEN_UP:
                found = self.known.exploration
                return found is not None and found.stopped is Stop.STATES and self.confirm().problem is None

    def take(self, turn: Turn) -> None:
        """Let the engines of a turn work."""
        budget = self._budget(turn)
        if turn.apart:
            from modelcheck.checking.portfolio import run_portfolio

            first = self.confirm()
            members = [_member(self.ways, share, first, self.request) for share in turn.engines]
            self.known = run_portfolio(members, first, budget, self.progress, self.interrupted, self.kept)
            return
        (share,) = turn.engines
        found = self.ways.ask(share.engine, self.known, budget, self.progress, self.request)
        if engine(share.engine).kind is Kind.PROVES:
            self.proofs = (*self.proofs, *found.answers)
        else:
            self.known = found if self.known is None else joined(self.known, found)
            self.confirmed = False

    def confirm(self) -> Checked:
        """What is known, with its schedules replayed."""
        assert self.known is not None
        if not self.confirmed:
            self.known = self.ways.confirmed(self.known)
            self.confirmed = True
        return self.known

    def result(self) -> Checked:
        """What was found."""
        assert self.known is not None
        if self.proofs:
            self.known = with_answers(self.ways.system, self.known, self.proofs)
            self.confirmed = False
        if self.grown:
            self.known = _explain_stuck(self.ways.system, self.known, self.grown)
        return self.confirm()

    def endless(self) -> tuple[str, ...]:
        """The integers that seem to grow for ever. Asked once: it takes its time."""
        if self.grown is None:
            from modelcheck.engines.induction.fixed import grows

            self.grown = grows(self.ways.system)
        return self.grown

    def _may_show_more(self, known: Checked) -> bool:
        """Whether exploring on may show something that is neither known nor proved."""
        first = self.plan[0].states
        if self.budget.states is not None and first is not None and self.budget.states <= first:
            return False  # that many have been explored
        shown = shown_by_a_run(self.ways.system)
        proved = {answer.property for answer in self.proofs if answer.evidence is EvidenceKind.PROVED}
        return any(is_open(a) and a.property in shown and a.property not in proved for a in known.answers)

    def _exhausted(self, known: Checked) -> bool:
        found = known.exploration
        if found is None or found.stopped not in (Stop.TIME, Stop.MEMORY) or known.problem is not None:
            return False
        # Comparing with the interpreter and replaying may have taken up the rest.
        rest = self.budget.remaining(self.started)
        if rest.seconds is not None and rest.seconds < WORTHWHILE:
            return False
        shown = shown_by_a_run(self.ways.system)
        return any(is_open(a) and a.property in shown for a in known.answers)

    def _budget(self, turn: Turn) -> Budget:
        """The share of a turn."""
        budget = self.budget
        if budget.seconds is not None:
            whole = budget.seconds * (1 - turn.part) < turn.leaves
            budget = budget.remaining(self.started, 1.0 if whole else turn.part)
        elif turn.unlimited is not None:
            budget = replace(budget, seconds=turn.unlimited)
        seconds, states = budget.seconds, budget.states
        if turn.seconds is not None:
            seconds = turn.seconds if seconds is None else min(seconds, turn.seconds)
        if turn.states is not None:
            states = turn.states if states is None else min(states, turn.states)
        return replace(budget, seconds=None if seconds is None else max(seconds, turn.least), states=states)


def _member(ways: Ways, share: Share, first: Checked, request: Request | None) -> Member:
    """An engine that works in a process of its own. Spacer's proofs are not those that the user keeps."""

    from modelcheck.checking.portfolio import Member

    def run(budget: Budget, directory: Path, say: Progress) -> Checked:
        wanted = certificate_in(request if share.engine == "induction" else None, directory)
        return ways.confirmed(ways.ask(share.engine, first, budget, say, wanted))

    return Member(share.engine, run, share.memory)


def certificate_in(request: Request | None, directory: Path) -> Request:
    """What is wanted of a proof: a certificate where the user wants it, or where it can be kept if
    somebody contradicts it.
    """
    if request is None:
        return Request(directory)
    return request if request.certificate is not None else replace(request, certificate=directory)


def _settled(known: Checked) -> bool:
    """Whether there is nothing left to do: everything was visited, or something is wrong."""
    return known.exploration is None or known.exploration.complete or known.problem is not None


def _explain_stuck(system: System, known: Checked, endless: Sequence[str]) -> Checked:
    """Say why neither engine decides whether an end stays reachable."""
    reason = Growing(tuple(endless))
    answers = tuple(
        replace(a, reason=reason) if is_open(a) and Form.STUCK in system.properties[a.property].forms else a
        for a in known.answers
    )
    return replace(known, answers=answers)
