"""Checking one closed model: elaborate, run an engine, cross-check, replay.

This is the one place where the two independent ways from the typed tree to a verdict meet: what an engine found on the System is
confirmed by the interpreter before anybody sees it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Literal

from modelcheck.checking.contradictions.withdrawal import withdrawn
from modelcheck.ground.diagnostics import Diagnostic, Note, Severity
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model import typed
from modelcheck.result.budget import Budget
from modelcheck.result.checked import Checked, Timing
from modelcheck.result.coverage import Coverage, coverage_of
from modelcheck.result.progress import Early, Progress
from modelcheck.result.verdict import Answer, EvidenceKind, Verdict

if TYPE_CHECKING:
    from modelcheck.engines.adaptive import Explorer
    from modelcheck.engines.explicit.machine import Machine
    from modelcheck.engines.induction.subject import Sized
    from modelcheck.ir.system import System
    from modelcheck.result.proof import Request
    from modelcheck.result.trace import Schedule, Trace
    from modelcheck.semantics.interpreter.interpreter import Interpreter

Engine = Literal["auto", "explicit", "native", "bmc", "portfolio"]

#: So many moves of a run that is not confirmed are printed.
MOST_MOVES = 100
NEEDS_INDUCTION = "needs the induction engine: some process runs in any number"


def check_model(
    model: typed.Model,
    budget: Budget,
    engine: Engine = "auto",
    progress: Progress | None = None,
    interrupted: Callable[[], bool] | None = None,
    sized: Sized | None = None,
    request: Request | None = None,
    proofs: bool = True,
    known: Callable[[Checked], None] | None = None,
    chosen: bool = True,
) -> Checked:
    """Answer every property of ``model``.

    ``auto`` explores, in plain Python (``explicit``) or compiled (``native``), whichever is faster, and unrolls in z3 if that comes to no end; ``bmc`` unrolls; ``portfolio`` has all engines at work at the same time,
    each in a process of its own. Every schedule is replayed by the interpreter; one that it does not accept becomes an error.
    ``sized`` makes the same model with fixed numbers of instances of the classes that run in any number; without it, such a
    model has no answers. A model with unbounded integers is explored as far as it goes and what is open then is tried to prove (``check_infinite``).
    ``request``: what is wanted of a proof. Without ``proofs`` a fixed number of instances is only explored.
    ``known`` is told now and then what is known for good already, in case this takes longer than anybody waits. ``chosen``: of the runs that violate a property, the one that is easiest to read is looked for. Raises ``SpecError`` if the model cannot be elaborated (a local cycle, for instance).
    """
    if any(process.count is None for process in model.processes):
        if sized is None:
            return Checked(tuple(_unanswered(prop) for prop in model.properties))
        return _check_any_number(model, sized, budget, engine, progress, interrupted, request, known)
    from modelcheck.checking.contradictions.impossible import without_impossible
    from modelcheck.checking.contradictions.likeness import unlike
    from modelcheck.checking.contradictions.overlooking import not_overlooked
    from modelcheck.checking.infinite import check_infinite, has_unbounded_integers
    from modelcheck.checking.members import Ways, check_together, explore_then_unroll
    from modelcheck.checking.shrink.effort import choosing_ends
    from modelcheck.engines.explicit.answers import unconfirmed
    from modelcheck.engines.explicit.machine import Machine
    from modelcheck.semantics.elaborate import elaborate
    from modelcheck.semantics.interpreter.interpreter import Interpreter

    started = time.perf_counter()
    system = elaborate(model)
    timing = Timing(elaborate=time.perf_counter() - started)
    different = unlike(model, system)
    if different:
        return _broken((p.id for p in model.properties), different)
    interpreter = Interpreter(model)
    whole, budget = budget, budget.remaining(started)
    explorer: Explorer = engine if engine in ("explicit", "native") else "auto"

    machines: list[Machine] = []  # what explores, is compared and is shrunk is compiled once
    replays = _Replays(interpreter)

    so_far: dict[int, Answer] = {}

    def early(answers: Sequence[Answer]) -> None:
        """Hand on what was found: it may take long to compare it and to choose what is shown of it."""
        if known is None:
            return
        for answer in answers:
            if answer.property not in so_far or so_far[answer.property].schedule is None:
                so_far[answer.property] = answer
        if so_far:
            known(replays.of(Checked(tuple(so_far.get(p.id) or unconfirmed(p, None, "") for p in system.asked))))

    def explored(share: Budget, say: Progress | None = progress) -> Checked:
        machines[:] = [Machine(system)]
        checked = _explored(explorer, system, interpreter, share, say, interrupted, machines[0], early)
        checked = without_impossible(checked, system, interpreter)
        if known is not None:
            known(replays.of(checked))
        return checked

    def unrolled(share: Budget, say: Progress | None = progress) -> Checked:
        unrolled = not_overlooked(_bmc(system, share, say, interrupted), system, interpreter)
        return without_impossible(unrolled, system, interpreter)

    def confirmed(checked: Checked) -> Checked:
        if not chosen:
            return replays.of(checked)
        until = None if whole.seconds is None else choosing_ends(started, whole.seconds)
        return _replayed(checked, system, replays, machines[0] if machines else None, until)

    ways = Ways(model, system, explored, unrolled, confirmed)
    if engine == "portfolio":
        # Members are believed as little as engines are.
        checked = replays.again(check_together(ways, budget, progress, interrupted, request))
        checked = not_overlooked(checked, system, interpreter, decided=True)
    elif engine == "bmc":
        checked = confirmed(unrolled(budget))
    elif engine == "auto" and proofs and has_unbounded_integers(system):
        checked = confirmed(check_infinite(model, system, explored, budget, request))
        checked = not_overlooked(checked, system, interpreter)
    elif engine == "auto" and proofs and budget.states is None:
        checked = explore_then_unroll(ways, budget, progress, interrupted)
    else:
        checked = confirmed(explored(budget))
    return replace(
        checked,
        system=system,
        timing=replace(checked.timing, elaborate=timing.elaborate),
        warnings=tuple(dict.fromkeys((*checked.warnings, *_warnings(interpreter, checked)))),
    )


def _warnings(interpreter: Interpreter, checked: Checked) -> tuple[Diagnostic, ...]:
    """What guards go on reading that were false when it was freed; not of objects for which there is a violation to look at."""
    violated = {
        key.subject for trace in checked.traces.values() if (key := trace.finding.key) and key.kind == "use_after_free"
    }
    places: dict[tuple[str, str, Span], dict[Span, None]] = {}
    for seen in interpreter.guards.warnings:
        if seen.object in violated:
            continue
        places.setdefault((seen.process, seen.object, seen.guard), {})[seen.freed] = None
    return tuple(
        Diagnostic(
            "MC416",
            Severity.WARNING,
            f"the guard at which `{process}` rests goes on reading `{guard.text}` after the {object_} was freed "
            "(it was false at that moment)",
            guard,
            tuple(Note("freed here", span) for span in freed),
        )
        for (process, object_, guard), freed in places.items()
    )


def _check_any_number(
    model: typed.Model,
    sized: Sized,
    budget: Budget,
    engine: Engine,
    progress: Progress | None,
    interrupted: Callable[[], bool] | None,
    request: Request | None,
    known: Callable[[Checked], None] | None,
) -> Checked:
    """As ``check_model``, where some class runs in any number of instances."""
    from modelcheck.checking.unbounded import check_unbounded

    few: Engine = "auto" if engine == "portfolio" else engine

    def check(small: typed.Model, share: Budget) -> Checked:
        return check_model(small, share, few, progress, interrupted, proofs=False)

    if engine != "portfolio":
        return check_unbounded(model, sized, check, budget, request, known)
    from modelcheck.checking.members import check_any_number_together

    return check_any_number_together(
        model,
        sized,
        lambda share, wanted: check_unbounded(model, sized, check, share, wanted),
        lambda small, share, say: check_model(small, share, "bmc", say, proofs=False),
        budget,
        progress,
        interrupted,
        request,
    )


def _unanswered(prop: typed.Property) -> Answer:
    if prop.not_applicable is not None:
        return Answer(prop.id, Verdict.NOT_APPLICABLE, EvidenceKind.NONE, "", reason=prop.not_applicable)
    return Answer(prop.id, Verdict.UNKNOWN, EvidenceKind.NONE, "", reason=NEEDS_INDUCTION)


def _explored(
    explorer: Explorer,
    system: System,
    interpreter: Interpreter,
    budget: Budget,
    progress: Progress | None,
    interrupted: Callable[[], bool] | None,
    machine: Machine,
    early: Early,
) -> Checked:
    """Explore and compare. ``early``: is told what was found before it is compared."""
    from modelcheck.checking.crosscheck.crosscheck import FULL_LIMIT, cross_check
    from modelcheck.checking.crosscheck.failure import CrossCheckFailure
    from modelcheck.engines.adaptive import explore_with
    from modelcheck.engines.explicit import InconsistentSystem
    from modelcheck.engines.explicit.answers import with_runs

    try:
        found = explore_with(explorer, system, budget, progress, interrupted, machine, early, keep=True)
    except InconsistentSystem as error:
        return _broken((p.id for p in system.asked), error)
    early(with_runs(found.answers))
    started = time.perf_counter()
    text = problem = ""
    answers = found.answers
    try:
        limit = None if budget.cross_check_all else FULL_LIMIT
        text = cross_check(system, interpreter, found, machine=machine, limit=limit)
        answers = tuple(
            answer if answer.verdict is Verdict.NOT_APPLICABLE else replace(answer, cross_checked=text)
            for answer in answers
        )
    except InconsistentSystem as error:
        return _broken((p.id for p in system.asked), error)
    except CrossCheckFailure as failure:
        problem = str(failure)
        reason = f"the engine and the interpreter disagree about the model: {failure.what}"
        # Traces are still to be replayed.
        answers = withdrawn(answers, {answer.property for answer in answers if answer.schedule is not None}, reason)
    finally:
        if found.lookup is not None:
            found.lookup.release()
            found = replace(found, lookup=None)
    return Checked(
        answers,
        faults=frozenset(found.faults),
        complete=found.complete,
        exploration=found,
        coverage=Coverage() if problem else coverage_of(system, found),
        cross_checked=text,
        problem=problem,
        timing=Timing(search=found.seconds, cross_check=time.perf_counter() - started),
    )


def _broken(properties: Iterable[int], error: Exception | str) -> Checked:
    """The system, or an explorer, breaks its own contract: nothing that was found about these properties counts."""
    reason = f"the transition system made from the model contradicts itself: {error}"
    answers = (Answer(id, Verdict.ERROR, EvidenceKind.NONE, "explicit", reason=reason) for id in properties)
    return Checked(tuple(answers), problem=str(error))


def _bmc(system: System, budget: Budget, progress: Progress | None, interrupted: Callable[[], bool] | None) -> Checked:
    from modelcheck.engines.bmc.bmc import bmc

    started = time.perf_counter()
    wanted = [prop.id for prop in system.properties if prop.not_applicable is None]
    found = {answer.property: answer for answer in bmc(system, wanted, budget, progress, interrupted)}
    answers = tuple(
        found[prop.id]
        if prop.not_applicable is None
        else Answer(prop.id, Verdict.NOT_APPLICABLE, EvidenceKind.NONE, "bmc", reason=prop.not_applicable)
        for prop in system.properties
    )
    return Checked(answers, timing=Timing(search=time.perf_counter() - started))


@dataclass(slots=True)
class _Replays:
    """What the interpreter makes of schedules: each is replayed once."""

    interpreter: Interpreter
    _known: dict[int, tuple[Schedule, Trace]] = field(default_factory=dict)

    def trace(self, schedule: Schedule, number: int) -> Trace:
        """Return the trace of a run that violates (witnesses) the property with that number. Raises ``ReplayError``."""
        known = self._known.get(number)
        if known is None or known[0] is not schedule:
            known = self._known[number] = (schedule, self.interpreter.replay(schedule, number))
        return known[1]

    def of(self, checked: Checked) -> Checked:
        """Return the answers with the traces of their schedules; one that is not accepted becomes an error, and so do all that have no trace then."""
        from modelcheck.semantics.interpreter.interpreter import ReplayError

        started = time.perf_counter()
        traces: dict[int, Trace] = {}
        answers: list[Answer] = []
        problem = checked.problem
        for answer in checked.answers:
            if answer.schedule is not None:
                try:
                    traces[answer.property] = self.trace(answer.schedule, answer.property)
                except ReplayError as error:
                    answer = _unconfirmed(answer, error)
                    problem = problem or answer.reason
            answers.append(answer)
        timing = replace(checked.timing, replay=checked.timing.replay + time.perf_counter() - started)
        found = replace(checked, answers=tuple(answers), traces=traces, timing=timing, problem=problem)
        return _without_doubted(found)

    def again(self, checked: Checked) -> Checked:
        """Return answers of other processes with the traces that they have, of which the schedules are replayed here once more."""
        found = self.of(checked)
        kept = {id: checked.traces.get(id, trace) for id, trace in found.traces.items()}
        return replace(found, traces=kept)


def _replayed(
    checked: Checked, system: System, replays: _Replays, machine: Machine | None, until: float | None
) -> Checked:
    """Replay what the engine said, and show what is easiest to read instead of it; until the moment ``until`` that is looked for."""
    from modelcheck.checking.shrink import shrink
    from modelcheck.semantics.interpreter.interpreter import ReplayError

    # First what the engine said, then what is shown instead of it.
    checked = replays.of(checked)
    started = time.perf_counter()
    violating = {a.property: a.schedule for a in checked.answers if a.schedule and a.verdict is Verdict.VIOLATED}
    if not violating:
        return checked
    shrunk = shrink(system, replays.interpreter, violating, machine=machine, until=until)
    traces = dict(checked.traces)
    answers: list[Answer] = []
    problem = checked.problem
    for answer in checked.answers:
        easier = shrunk.get(answer.property)
        if easier is not None:
            try:
                same = easier.schedule == answer.schedule
                trace = traces[answer.property] if same else replays.trace(easier.schedule, answer.property)
                traces[answer.property] = replace(trace, orders=easier.numbered())
                answer = replace(answer, schedule=easier.schedule)
            except ReplayError as error:
                del traces[answer.property]
                answer = _unconfirmed(answer, error)
                problem = problem or answer.reason
        answers.append(answer)
    timing = replace(checked.timing, replay=checked.timing.replay + time.perf_counter() - started)
    found = replace(checked, answers=tuple(answers), traces=traces, timing=timing, problem=problem)
    return _without_doubted(found)


def _without_doubted(checked: Checked) -> Checked:
    """If something was found wrong, only what the interpreter has replayed is left."""
    if not checked.problem:
        return checked
    reason = f"another answer about this model turned out to be wrong: {checked.problem.splitlines()[0]}"
    return replace(checked, answers=withdrawn(checked.answers, checked.traces, reason))


def _unconfirmed(answer: Answer, error: Exception) -> Answer:
    moves = " ".join(str(move.process) for move in (answer.schedule or ())[:MOST_MOVES])
    if answer.schedule is not None and len(answer.schedule) > MOST_MOVES:
        moves += " …"
    reason = f"the interpreter does not confirm the trace of {answer.engine}: {error} (processes: {moves})"
    return Answer(answer.property, Verdict.ERROR, EvidenceKind.NONE, answer.engine, reason=reason)
