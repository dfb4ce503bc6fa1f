"""What the interpreter makes of schedules: traces, or the refusal of what an engine said."""

from __future__ import annotations

import time
from dataclasses import field, replace
from typing import TYPE_CHECKING

from modelcheck.checking.contradictions.withdrawal import withdrawn
from modelcheck.ground.records import dataclass
from modelcheck.result.checked import Checked
from modelcheck.result.reasons.differences import TraceNotConfirmed
from modelcheck.result.reasons.reason import AnotherWasWrong
from modelcheck.result.trace import Schedule, Trace
from modelcheck.result.verdict import Answer, EvidenceKind, Verdict
from modelcheck.semantics.interpreter.interpreter import Interpreter, ReplayError

if TYPE_CHECKING:
    from modelcheck.engines.explicit.machine import Machine
    from modelcheck.ir.system import System

#: So many moves of a run that is not confirmed are kept to be printed.
MOST_MOVES = 100


@dataclass(slots=True)
class Replays:
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
        """Return the answers with the traces of their schedules; one that is not accepted becomes
        an error, and so do all that have no trace then.
        """
        started = time.perf_counter()
        traces: dict[int, Trace] = {}
        answers: list[Answer] = []
        problem = checked.problem
        for answer in checked.answers:
            if answer.schedule is not None:
                try:
                    traces[answer.property] = self.trace(answer.schedule, answer.property)
                except ReplayError as error:
                    reason = _unconfirmed(answer, error)
                    answer = _error(answer, reason)
                    problem = problem or reason
            answers.append(answer)
        timing = replace(checked.timing, replay=checked.timing.replay + time.perf_counter() - started)
        found = replace(checked, answers=tuple(answers), traces=traces, timing=timing, problem=problem)
        return _without_doubted(found)

    def again(self, checked: Checked) -> Checked:
        """Return answers of other processes with the traces that they have, of which the schedules
        are replayed here once more.
        """
        found = self.of(checked)
        kept = {id: checked.traces.get(id, trace) for id, trace in found.traces.items()}
        return replace(found, traces=kept)


def replayed(
    checked: Checked, system: System, replays: Replays, machine: Machine | None, until: float | None
) -> Checked:
    """Replay what the engine said, and show what is easiest to read instead of it; until the moment
    ``until`` that is looked for.
    """
    # First what the engine said, then what is shown instead of it.
    checked = replays.of(checked)
    started = time.perf_counter()
    violating = {a.property: a.schedule for a in checked.answers if a.schedule and a.verdict is Verdict.VIOLATED}
    if not violating:
        return checked
    from modelcheck.checking.shrink import shrink

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
                reason = _unconfirmed(answer, error)
                answer = _error(answer, reason)
                problem = problem or reason
        answers.append(answer)
    timing = replace(checked.timing, replay=checked.timing.replay + time.perf_counter() - started)
    found = replace(checked, answers=tuple(answers), traces=traces, timing=timing, problem=problem)
    return _without_doubted(found)


def _without_doubted(checked: Checked) -> Checked:
    """If something was found wrong, only what the interpreter has replayed is left."""
    if checked.problem is None:
        return checked
    return replace(checked, answers=withdrawn(checked.answers, checked.traces, AnotherWasWrong(checked.problem)))


def _unconfirmed(answer: Answer, error: ReplayError) -> TraceNotConfirmed:
    schedule = answer.schedule or ()
    moves = tuple(move.process for move in schedule[:MOST_MOVES])
    return TraceNotConfirmed(answer.engine, error.why, moves, len(schedule) > MOST_MOVES)


def _error(answer: Answer, reason: TraceNotConfirmed) -> Answer:
    return Answer(answer.property, Verdict.ERROR, EvidenceKind.NONE, answer.engine, reason=reason)
