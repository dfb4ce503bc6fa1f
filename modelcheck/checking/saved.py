"""Saved traces: the same moves in the spec as it is now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from modelcheck.checking.shrink import orders_of
from modelcheck.ground.records import dataclass
from modelcheck.language import pipeline
from modelcheck.result.reasons.differences import NotReplayed
from modelcheck.result.trace import Schedule, Trace, TraceStep
from modelcheck.semantics.elaborate import elaborate
from modelcheck.semantics.interpreter.interpreter import Interpreter, ReplayError
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter
from modelcheck.semantics.interpreter.replay import replay, replay_walk


@dataclass(frozen=True, slots=True)
class SavedStep:
    """What a saved step promises: whose it was, where it was in the program (the process class, the
    calls and the label; None if the file does not say that), and what it did.

    ``position`` and ``operation`` are in words.
    """

    process: str
    where: tuple[str, tuple[str, ...], str] | None
    position: str
    operation: str


#: What a file would say of a step.
Told: TypeAlias = Callable[[TraceStep], SavedStep]


@dataclass(frozen=True, slots=True)
class SavedTrace:
    """A trace as read back from its file. ``overrides``: params and unknowns that the command line had
    set; ``processes``: the instances that took part, ``classes``: the class of each.
    ``property_name`` is empty for a walk that claims nothing."""

    spec: str
    variant: str
    scenario: str
    overrides: Mapping[str, str]
    property_name: str
    schedule: Schedule
    steps: tuple[SavedStep, ...]
    processes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PropertyGone:
    """The property that the trace is about is not there any more."""

    name: str


@dataclass(frozen=True, slots=True)
class ProcessGone:
    """The process of step ``step`` is not there any more."""

    step: int
    process: str


@dataclass(frozen=True, slots=True)
class OtherNow:
    """Step ``number`` is another one now."""

    number: int
    then: SavedStep
    now: SavedStep


@dataclass(frozen=True, slots=True)
class RefusedNow:
    """The moves cannot be made any more, or end in something else: ``why``. ``was``: the step in the file where that
    is; ``since``: where the moves went another way before."""

    why: NotReplayed
    was: SavedStep | None
    since: OtherNow | None


Remark: TypeAlias = PropertyGone | ProcessGone | RefusedNow | OtherNow


@dataclass(frozen=True, slots=True)
class Replayed:
    """``trace``: as replayed now, None if it does not apply any more.

    ``remark``: why not, or what is different, if anything is.
    """

    trace: Trace | None
    remark: Remark | None


def replay_saved(saved: SavedTrace, path: str, told: Told) -> Replayed:
    """Execute a saved trace in the spec at ``path``; ``told`` says what a file would say of a step.

    Raises ``SpecError`` if the spec, the variant or the scenario cannot be used.
    """
    edited = pipeline.Loaded(pipeline.load(path)).edited(saved.variant, saved.overrides)
    model = edited.resolved(saved.scenario).model
    # Of classes that run in any number, the trace has so many.
    counts = {process.name: saved.classes.count(process.name) for process in model.processes if process.count is None}
    if counts:
        model = edited.resolved(saved.scenario, counts).model
    prop = next((candidate for candidate in model.properties if candidate.name == saved.property_name), None)
    if prop is None and saved.property_name:
        return Replayed(None, PropertyGone(saved.property_name))
    interpreter = MemoisedInterpreter(model)
    schedule = _schedule_now(saved, interpreter.names)
    if isinstance(schedule, ProcessGone):
        return Replayed(None, schedule)
    try:
        trace = replay(interpreter, schedule, prop.id) if prop is not None else replay_walk(interpreter, schedule)
    except ReplayError as error:
        number = error.why.step
        was = saved.steps[number - 1] if 1 <= number <= len(saved.steps) else None
        since = _diverged(saved.steps, interpreter, schedule[: max(number - 1, 0)], told)
        # The moves are fine up to the last one, where nothing is wrong any more: the property holds now.
        return Replayed(None, RefusedNow(error.why, was, since))
    if prop is not None and not prop.existential:
        trace = replace(trace, orders=orders_of(elaborate(model), interpreter, schedule, prop.id))
    return Replayed(replace(trace, spec=path), _differing(saved.steps, trace, told))


def _schedule_now(saved: SavedTrace, names: Sequence[str]) -> Schedule | ProcessGone:
    """The moves of the processes with the same names; or what is missing. Where all are renamed, they go by number."""
    then = saved.processes
    if list(then) == list(names) or not then:
        return saved.schedule
    now = {name: number for number, name in enumerate(names)}
    movers = [then[move.process] if 0 <= move.process < len(then) else "" for move in saved.schedule]
    gone = [number for number, name in enumerate(movers, 1) if name not in now]
    if not gone:
        return tuple(replace(m, process=now[name]) for m, name in zip(saved.schedule, movers, strict=True))
    if len(then) == len(names):
        return saved.schedule
    return ProcessGone(gone[0], movers[gone[0] - 1])


def _diverged(steps: Sequence[SavedStep], interpreter: Interpreter, schedule: Schedule, told: Told) -> OtherNow | None:
    """Where the moves went another way before they came to an end."""
    try:
        return _differing(steps, replay_walk(interpreter, schedule), told)
    except ReplayError:
        return None


def _differing(steps: Sequence[SavedStep], trace: Trace, told: Told) -> OtherNow | None:
    """The first step that is another one now, as saved and as it is."""
    for saved, step in zip(steps, trace.steps, strict=False):
        now = told(step)
        if saved.operation != now.operation or saved.where not in (None, now.where):
            return OtherNow(step.number, saved, now)
    return None
