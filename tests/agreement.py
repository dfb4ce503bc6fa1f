"""Do interpreter, explicit engine and bounded model checking agree about a spec?"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

from modelcheck.checking.crosscheck.crosscheck import cross_check
from modelcheck.engines.bmc.bmc import bmc
from modelcheck.engines.explicit import Exploration, explore
from modelcheck.engines.native import Unsupported
from modelcheck.engines.native import explore as explore_natively
from modelcheck.ground.diagnostics import SpecError
from modelcheck.ground.source import Span
from modelcheck.ir.system import Form, System
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.result.budget import Budget
from modelcheck.result.verdict import Answer, Verdict, join
from modelcheck.semantics.elaborate import elaborate
from modelcheck.semantics.interpreter.interpreter import Interpreter
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter

#: Models with more states than this are left alone.
STATES = 20_000
#: Trace lengths that bounded model checking goes up to.
STEPS = 6


class Outcome(Enum):
    AGREED = "agreed"
    REFUSED = "refused by the front end"
    TOO_BIG = "too big"


@dataclass(frozen=True, slots=True)
class Report:
    outcome: Outcome
    states: int = 0
    violated: tuple[str, ...] = ()
    refusal: str = ""


class Disagreement(AssertionError):
    """Two of the three say different things."""


def agree(text: str, *, unroll: bool, native: bool = False, steps: int = STEPS, states: int = STATES) -> Report:
    """Compare the programs on a spec with one scenario; ``unroll``: bounded model checking too;
    ``native``: native exploration too.

    Raises ``CrossCheckFailure``, ``Contradiction`` or ``Disagreement``.
    """
    try:
        model = pipeline.Loaded(parse_text(text, "random.mc")).edited().resolved().model
        system = elaborate(model)
    except SpecError as error:
        return Report(Outcome.REFUSED, refusal=str(error))
    found = explore(system, Budget(states=states), keep=True)
    if not found.complete:
        return Report(Outcome.TOO_BIG)
    interpreter = MemoisedInterpreter(model)
    cross_check(system, interpreter, found)
    for answer in found.answers:
        if answer.schedule is not None:
            trace = interpreter.replay(answer.schedule, answer.property)
            if trace.schedule != answer.schedule:
                raise Disagreement(f"replay changed the schedule of property {answer.property}")
    compare_with_reduced(system, interpreter, found)
    if native:
        # Integers of more bits than compiled code holds are left to the plain explorer.
        with suppress(Unsupported):
            compare_with_native(system, found, interpreter)
            compare_with_reduced(system, interpreter, found, explore_natively(system, Budget(), symmetry=True))
    if unroll:
        compare_with_bmc(system, found, steps)
    names = tuple(
        p.name for p, a in zip(system.properties, found.answers, strict=True) if a.verdict is Verdict.VIOLATED
    )
    return Report(Outcome.AGREED, found.states, names)


def compare_with_reduced(
    system: System,
    interpreter: Interpreter,
    found: Exploration,
    again: Exploration | None = None,
) -> Exploration:
    """Exploring with reductions must find the same: counts, verdicts, lengths, what was exercised.
    Every trace of it is replayed.

    ``again``: what it found (default: by the plain explorer). Returns that.
    """
    if again is None:
        again = explore(system, Budget(), symmetry=True)
    same = (
        "states",
        "transitions",
        "depth",
        "levels",
        "occurred",
        "drained_reachable",
        "faults",
        "deadlock_reachable",
        "deadlocked",
    )
    for name in same:
        if getattr(found, name) != getattr(again, name):
            raise Disagreement(f"{name}: {getattr(found, name)}, with reductions {getattr(again, name)}")
    if _operations(system, found) != _operations(system, again):
        raise Disagreement("with reductions, other operations are never executed")
    for mine, theirs in zip(found.answers, again.answers, strict=True):
        if (mine.property, mine.verdict, mine.length, mine.deadlocked) != (
            theirs.property,
            theirs.verdict,
            theirs.length,
            theirs.deadlocked,
        ):
            raise Disagreement(f"{mine}, with reductions {theirs}")
        if theirs.schedule is not None:
            trace = interpreter.replay(theirs.schedule, theirs.property)
            if len(trace.schedule) != theirs.length:
                raise Disagreement(f"the trace of {theirs} with reductions has {len(trace.schedule)} steps")
    return again


def _operations(system: System, found: Exploration) -> set[tuple[str, Span, str]]:
    """What some instance of each class did."""
    return {(system.processes[s.process].process, s.span, s.operation) for s in system.steps if s.id in found.fired}


def compare_with_native(
    system: System, found: Exploration, interpreter: Interpreter | None = None, threads: int = 1
) -> None:
    """The native explorer must find the same, up to the choice between traces of one length.

    Its traces are replayed if there is an ``interpreter``.
    """
    again = explore_natively(system, Budget(threads=threads))
    same = (
        "states",
        "transitions",
        "depth",
        "levels",
        "fired",
        "occurred",
        "drained_reachable",
        "faults",
        "deadlock_reachable",
        "deadlocked",
    )
    for name in same:
        if getattr(found, name) != getattr(again, name):
            raise Disagreement(f"{name}: explicit {getattr(found, name)}, native {getattr(again, name)}")
    for mine, theirs in zip(found.answers, again.answers, strict=True):
        if (mine.verdict, mine.length, mine.deadlocked) != (theirs.verdict, theirs.length, theirs.deadlocked):
            raise Disagreement(f"explicit {mine}, native {theirs}")
        if interpreter is not None and theirs.schedule is not None:
            interpreter.replay(theirs.schedule, theirs.property)


def compare_with_bmc(system: System, found: Exploration, steps: int) -> int:
    """Every answer within ``steps`` must be the same, with the same length.

    Return how many questions the solver had no answer to in its time, which says nothing against either side.
    """
    unanswered = 0
    wanted = [p.id for p in system.properties if p.not_applicable is None and Form.STUCK not in p.forms]
    for answer in bmc(system, wanted, Budget(steps=steps, seconds=120)):
        expected = next(a for a in found.answers if a.property == answer.property)
        join(expected, answer)
        if answer.verdict is Verdict.UNKNOWN:
            unanswered += 1
        elif _within(expected, steps) != _within(answer, steps):
            name = system.properties[answer.property].name
            raise Disagreement(
                f"{name}: explicit says {expected.verdict.value} at length {expected.length}, "
                f"bmc {answer.verdict.value} at length {answer.length} ({reason_text(answer.reason)})"
            )
    return unanswered


def _within(answer: Answer, steps: int) -> int | None:
    """Length of the violation or witness if there is one of at most ``steps`` steps."""
    return (
        answer.length if answer.schedule is not None and answer.length is not None and answer.length <= steps else None
    )
