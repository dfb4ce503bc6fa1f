"""From what an exploration found to one answer for each property."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from modelcheck.ground.records import dataclass
from modelcheck.ir.system import Form, Step, System, SystemProperty
from modelcheck.result.reasons.reason import Reason
from modelcheck.result.reasons.stops import Checkpoint, EndsUndecided, NotConfirmedYet, Stop, Unfinished, Vacuous
from modelcheck.result.trace import Schedule
from modelcheck.result.verdict import Answer, EvidenceKind, Verdict

ENGINE = "explicit"


class Length(Protocol):
    """Something that was found at the end of a run of so many steps."""

    @property
    def length(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Found:
    """A violation or witness of ``length`` steps: state number ``index``, and after it ``step``
    unless the state itself is it.
    """

    length: int
    index: int
    step: Step | None


def unconfirmed(prop: SystemProperty, found: Length | None, engine: str) -> Answer:
    """Return what can be said of something that was found while there is no run to it."""
    if prop.not_applicable is not None:
        return Answer(prop.id, Verdict.NOT_APPLICABLE, EvidenceKind.NONE, "", reason=prop.not_applicable)
    reason = None if found is None else NotConfirmedYet(prop.existential, found.length)
    return Answer(prop.id, Verdict.UNKNOWN, EvidenceKind.NONE, engine, reason=reason)


def with_runs(answers: Sequence[Answer]) -> tuple[Answer, ...]:
    """Return the answers that rest on a run, which stay whatever else is found."""
    return tuple(answer for answer in answers if answer.schedule is not None)


@dataclass(frozen=True, slots=True)
class Ends:
    """What runs end in: whether a drained state, a deadlock, a fault was reached; ``false``: ids of
    the properties judged at the end that are false in some deadlock."""

    drained: bool
    deadlock: bool
    fault: bool
    false: frozenset[int]

    @property
    def cut(self) -> bool:
        """Whether faults or deadlocks are why nothing comes to rest."""
        return not self.drained and (self.deadlock or self.fault)


def answers(
    system: System,
    found: Mapping[int, Found],
    schedule: Callable[[Found], Schedule],
    *,
    states: int,
    searched: int | None = None,
    expanded: int,
    stopped: Stop | None,
    undecided: Stop | None = None,
    ends: Ends,
    seconds: float,
    engine: str = ENGINE,
    kept: Checkpoint | None = None,
) -> tuple[Answer, ...]:
    """Return the answers in the order of the properties. ``searched``: states looked at, if fewer than
    ``states``; ``expanded``: the deepest level expanded as a whole; ``undecided``: why ``stuck``
    was not decided, though all states were visited; ``kept``: what became of a checkpoint."""

    def answer(prop: SystemProperty) -> Answer:
        verdict, evidence = Verdict.UNKNOWN, EvidenceKind.NONE
        reason: Reason | None = None
        depth: int | None = None
        hit = found.get(prop.id)
        if prop.not_applicable is not None:
            verdict, reason, hit = Verdict.NOT_APPLICABLE, prop.not_applicable, None
        elif hit is not None:
            verdict = Verdict.HOLDS if prop.existential else Verdict.VIOLATED
            evidence = EvidenceKind.WITNESS if prop.existential else EvidenceKind.TRACE
        elif stopped is not None:
            # States one level below the last whole one are known too, but not yet which of them have no step.
            depth = expanded if Form.DEADLOCK in prop.forms else expanded + 1
            reason = Unfinished(stopped, states, kept)
            if Form.STUCK in prop.forms or depth < 0:
                depth = None
            else:
                verdict = Verdict.BOUNDED
        elif Form.STUCK in prop.forms and undecided is not None:
            reason = EndsUndecided(undecided, states, kept)
        elif prop.needs_drained and not ends.drained and not ends.cut:
            verdict, reason = Verdict.ERROR, Vacuous()
        elif prop.existential:
            verdict, evidence = Verdict.VIOLATED, EvidenceKind.EXHAUSTED
        else:
            verdict, evidence = Verdict.HOLDS, EvidenceKind.EXPLORED
        return Answer(
            property=prop.id,
            verdict=verdict,
            evidence=evidence,
            engine=engine,
            schedule=None if hit is None else schedule(hit),
            length=None if hit is None else hit.length,
            depth=depth,
            states=states if stopped is None else None,
            searched=states if searched is None else searched,
            seconds=seconds,
            reason=reason,
            deadlocked=prop.id in ends.false or (prop.needs_drained and ends.cut and ends.deadlock),
        )

    return tuple(answer(prop) for prop in system.properties)
