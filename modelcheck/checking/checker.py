"""One model with fixed numbers of processes: engines are asked about it, and none of them is believed.

This is the one place where the two independent ways from the typed tree to a verdict meet: what an
engine found on the System is confirmed by the interpreter before anybody sees it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import assert_never

from modelcheck.checking.contradictions.impossible import without_impossible
from modelcheck.checking.contradictions.overlooking import not_overlooked
from modelcheck.checking.contradictions.withdrawal import withdrawn
from modelcheck.checking.crosscheck.crosscheck import FULL_LIMIT, cross_check
from modelcheck.checking.crosscheck.failure import CrossCheckFailure
from modelcheck.checking.joining import is_open
from modelcheck.checking.plan import PROOF_SECONDS
from modelcheck.checking.replays import Replays, replayed
from modelcheck.checking.semantics import SEMANTICS
from modelcheck.engines.explicit.answers import unconfirmed, with_runs
from modelcheck.engines.explicit.machine import InconsistentSystem, Machine
from modelcheck.engines.protocol import Contact, Engine, Kind, Question
from modelcheck.engines.registry import Name, engine
from modelcheck.ir.system import System
from modelcheck.model import typed
from modelcheck.model.absences import Absence
from modelcheck.result.budget import Budget
from modelcheck.result.checked import Checked, Timing
from modelcheck.result.coverage import Coverage, coverage_of
from modelcheck.result.progress import Progress
from modelcheck.result.proof import Request
from modelcheck.result.reasons.differences import Inconsistency, Inconsistent
from modelcheck.result.verdict import Answer, EvidenceKind, Verdict
from modelcheck.semantics.interpreter.interpreter import Interpreter
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter


class Checker:
    """``interrupted``: asked now and then whether to stop. ``tell``: is told now and then what is
    known for good already. ``until``: the moment up to which the run that is easiest to read is
    looked for; ``chosen``: whether it is at all."""

    def __init__(
        self,
        model: typed.Model,
        system: System,
        interrupted: Callable[[], bool] | None = None,
        tell: Callable[[Checked], None] | None = None,
        until: float | None = None,
        *,
        chosen: bool = True,
    ) -> None:
        self.model = model
        self.system = system
        self.interpreter = MemoisedInterpreter(model)
        self.replays = Replays(self.interpreter)
        self._interrupted = interrupted
        self._tell = tell
        self._until = until
        self._chosen = chosen
        self._machine: Machine | None = None  # what explores, is compared and is shrunk is compiled once
        self._so_far: dict[int, Answer] = {}

    def ask(
        self, name: Name, known: Checked | None, budget: Budget, progress: Progress | None, request: Request | None
    ) -> Checked:
        """Ask an engine, and re-check what it says; schedules are still to be replayed.

        ``known``: what is known already; ``request``: what is wanted of a proof.
        """
        asked = engine(name)
        match asked.kind:
            case Kind.EXPLORES:
                self._machine = Machine(self.system)
                question = Question(self.model, SEMANTICS, self.system, machine=self._machine)
                contact = Contact(progress, self._interrupted, self._early)
                checked = _explored(asked, question, self.interpreter, budget, contact)
                checked = without_impossible(checked, self.system, self.interpreter)
                if self._tell is not None:
                    self._tell(self.replays.of(checked))
                return checked
            case Kind.UNROLLS:
                question = Question(self.model, SEMANTICS, self.system)
                checked = _unrolled(asked, question, budget, Contact(progress, self._interrupted))
                checked = not_overlooked(checked, self.system, self.interpreter)
                return without_impossible(checked, self.system, self.interpreter)
            case Kind.PROVES:
                question = Question(self.model, SEMANTICS, self.system, request=request)
                return _proved(asked, question, known, budget, Contact(progress, self._interrupted))
            case _:
                assert_never(asked.kind)

    def confirmed(self, checked: Checked) -> Checked:
        """Replay the schedules, and show the one that is easiest to read."""
        if not self._chosen:
            return self.replays.of(checked)
        return replayed(checked, self.system, self.replays, self._machine, self._until)

    def doubted(self, checked: Checked, *, decided: bool) -> Checked:
        """What is left of answers if the interpreter finds something that they have overlooked.

        ``decided``: whether what was not proved is doubted as well.
        """
        return not_overlooked(checked, self.system, self.interpreter, decided=decided)

    def _early(self, answers: Sequence[Answer]) -> None:
        """Hand on what was found: it may take long to compare it and to choose what is shown of it."""
        if self._tell is None:
            return
        for answer in answers:
            if answer.property not in self._so_far or self._so_far[answer.property].schedule is None:
                self._so_far[answer.property] = answer
        if self._so_far:
            told = (self._so_far.get(p.id) or unconfirmed(p, None, "") for p in self.system.asked)
            self._tell(self.replays.of(Checked(tuple(told))))


def broken(properties: Iterable[int], why: Inconsistency) -> Checked:
    """The system, or an explorer, breaks its own contract: nothing that was found about these properties counts."""
    reason = Inconsistent(why)
    answers = (Answer(id, Verdict.ERROR, EvidenceKind.NONE, "explicit", reason=reason) for id in properties)
    return Checked(tuple(answers), problem=reason)


def _explored(
    explorer: Engine, question: Question, interpreter: Interpreter, budget: Budget, contact: Contact
) -> Checked:
    """Explore and compare. What was found is told before it is compared."""
    system = question.fixed
    every = [prop.id for prop in system.properties]
    try:
        result = explorer.run(question, every, budget, contact)
    except InconsistentSystem as error:
        return broken((p.id for p in system.asked), error.why)
    found = result.exploration
    assert found is not None
    if contact.early is not None:
        contact.early(with_runs(result.answers))
    started = time.perf_counter()
    compared, problem = None, None
    answers = result.answers
    try:
        limit = None if budget.cross_check_all else FULL_LIMIT
        compared = cross_check(system, interpreter, found, machine=question.machine, limit=limit)
        answers = tuple(
            answer if answer.verdict is Verdict.NOT_APPLICABLE else replace(answer, cross_checked=compared)
            for answer in answers
        )
    except InconsistentSystem as error:
        return broken((p.id for p in system.asked), error.why)
    except CrossCheckFailure as failure:
        problem = failure.why
        # Traces are still to be replayed.
        answers = withdrawn(answers, {answer.property for answer in answers if answer.schedule is not None}, problem)
    finally:
        if result.visited is not None:
            result.visited.release()
            found = replace(found, lookup=None)
    return Checked(
        answers,
        faults=frozenset(found.faults),
        complete=found.complete,
        exploration=found,
        coverage=Coverage() if problem else coverage_of(system, found),
        cross_checked=compared,
        problem=problem,
        timing=Timing(search=found.seconds, cross_check=time.perf_counter() - started),
    )


def _unrolled(unroller: Engine, question: Question, budget: Budget, contact: Contact) -> Checked:
    """Unroll. What no run of some length can show is not asked."""
    system, name = question.fixed, unroller.name
    refused = {
        prop.id: refusal
        for prop in system.properties
        if prop.not_applicable is None and (refusal := unroller.supports(question, prop.id)) is not None
    }
    wanted = [prop.id for prop in system.properties if prop.not_applicable is None and prop.id not in refused]
    result = unroller.run(question, wanted, budget, contact)
    said = {answer.property: answer for answer in result.answers}
    answers = []
    for prop in system.properties:
        if prop.not_applicable is not None:
            answer = Answer(prop.id, Verdict.NOT_APPLICABLE, EvidenceKind.NONE, name, reason=prop.not_applicable)
        elif prop.id in refused:
            answer = Answer(prop.id, Verdict.UNKNOWN, EvidenceKind.NONE, name, reason=refused[prop.id])
        else:
            answer = said[prop.id]
        answers.append(answer)
    return Checked(tuple(answers), timing=Timing(search=result.seconds))


def _proved(prover: Engine, question: Question, known: Checked | None, budget: Budget, contact: Contact) -> Checked:
    """Try to prove what is still open; of the rest nothing is said."""
    system = question.fixed
    before = {} if known is None else {answer.property: answer for answer in known.answers}
    found = None if known is None else known.exploration
    drained = found is not None and found.drained_reachable
    wanted = [
        p.id
        for p in system.asked
        if p.not_applicable is None
        and (p.id not in before or is_open(before[p.id]))
        and prover.supports(question, p.id) is None
        # Of what nothing comes to rest for, a proof would say nothing.
        and (drained or not p.needs_drained)
    ]
    share = budget if budget.seconds is not None else replace(budget, seconds=PROOF_SECONDS)
    said = {answer.property: answer for answer in prover.run(question, wanted, share, contact).answers}
    return Checked(tuple(said.get(p.id) or _nothing(p.id, p.not_applicable) for p in system.asked))


def _nothing(property: int, not_applicable: Absence | None) -> Answer:
    if not_applicable is not None:
        return Answer(property, Verdict.NOT_APPLICABLE, EvidenceKind.NONE, "induction", reason=not_applicable)
    return Answer(property, Verdict.UNKNOWN, EvidenceKind.NONE, "induction")
