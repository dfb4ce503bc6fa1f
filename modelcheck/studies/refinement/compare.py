"""The shortest sequence of events that one design can show and another cannot.

Both graphs are made deterministic on the fly (Rabin and Scott, 1959: sets of states that cannot be
told apart by what was seen), side by side and breadth first, so that the first event which only one
side can show ends a shortest such sequence. Every prefix of a run counts as a sequence; that a
design must show an event, or that it may stop, is not compared, nor is a callback that returns
before anybody's first step.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from modelcheck.ground.ended import Ended
from modelcheck.ground.records import dataclass
from modelcheck.model import typed
from modelcheck.result.reasons.stops import Stop
from modelcheck.result.trace import Schedule, Trace
from modelcheck.semantics.interpreter.interpreter import Interpreter
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter
from modelcheck.semantics.interpreter.replay import replay_walk
from modelcheck.studies.reasons import Senseless
from modelcheck.studies.refinement.graphs import EventGraph, TooMuch, event_graph

#: States visited on each side, and seconds for each scenario, if nobody says otherwise.
STATES, SECONDS = 60_000, 20.0


@dataclass(frozen=True, slots=True)
class NotAllStates:
    """So many states of ``variant`` were visited, and they were not all."""

    states: int
    variant: str


@dataclass(frozen=True, slots=True)
class AnyNumberRuns:
    """``process`` runs in any number."""

    process: str


#: Why events were not all compared.
Uncompared: TypeAlias = NotAllStates | AnyNumberRuns | Senseless | Stop | Ended


@dataclass(frozen=True, slots=True)
class OnlyOne:
    """``able`` can show ``events``, in the run ``trace``; ``unable`` only all but the last of them, in ``other``.

    ``instead``: what it can show next.
    """

    able: str
    unable: str
    events: tuple[str, ...]
    trace: Trace
    other: Trace
    instead: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventComparison:
    """What was found in one scenario: at most one sequence for each side. ``unshared``: events that
    only one design declares, which are left out.

    ``bound``: if the sequences could not all be compared, the number of events up to which they
    were (0: not at all), and ``reason`` says why.
    """

    scenario: str
    differences: tuple[OnlyOne, ...]
    unshared: tuple[str, ...] = ()
    bound: int | None = None
    reason: Uncompared | None = None


def compare_events(
    first: typed.Model,
    second: typed.Model,
    seconds: float = SECONDS,
    states: int = STATES,
    clock: Callable[[], float] = time.monotonic,
) -> EventComparison:
    """Compare two designs in one scenario with a fixed number of processes.

    Raises ``SpecError`` if a model cannot be run.
    """
    deadline = clock() + seconds
    sides = (MemoisedInterpreter(first), MemoisedInterpreter(second))
    declared = [{event.name for event in model.events} for model in (first, second)]
    shared = frozenset(declared[0] & declared[1])
    unshared = tuple(sorted(declared[0] ^ declared[1]))
    try:
        graphs = tuple(event_graph(side, shared, states, deadline, clock) for side in sides)
    except TooMuch as much:
        return EventComparison(first.scenario, (), unshared, 0, NotAllStates(much.states, much.variant))
    found, bound = _search((graphs[0], graphs[1]), deadline, clock)
    differences = tuple(_told(sides, (graphs[0], graphs[1]), side, *found[side]) for side in (0, 1) if side in found)
    reason = None if bound is None else Stop.TIME
    return EventComparison(first.scenario, differences, unshared, bound, reason)


_Found = dict[int, tuple[tuple[str, ...], tuple[str, ...]]]
_Sets = tuple[frozenset[int], frozenset[int]]


def _search(
    graphs: tuple[EventGraph, EventGraph], deadline: float, clock: Callable[[], float]
) -> tuple[_Found, int | None]:
    """For each side (events that only it can show, what the other shows next); and the bound, if there is one."""
    found: _Found = {}
    initial = tuple(graph.closure(frozenset({0} if graph.edges else ())) for graph in graphs)
    start: _Sets = (initial[0], initial[1])
    seen = {start}
    waiting: deque[tuple[_Sets, tuple[str, ...]]] = deque([(start, ())])
    while waiting and len(found) < 2:
        sets, events = waiting.popleft()
        if clock() > deadline:
            return found, len(events)
        after = (graphs[0].after(sets[0]), graphs[1].after(sets[1]))
        for side, other in ((0, 1), (1, 0)):
            only = [event for event in sorted(after[side]) if event not in after[other]]
            if only and side not in found:
                found[side] = ((*events, only[0]), tuple(sorted(after[other])))
        for event in sorted(after[0].keys() & after[1].keys()):
            there = (graphs[0].closure(after[0][event]), graphs[1].closure(after[1][event]))
            if there not in seen:
                seen.add(there)
                waiting.append((there, (*events, event)))
    return found, None


def _told(
    sides: tuple[Interpreter, Interpreter],
    graphs: tuple[EventGraph, EventGraph],
    side: int,
    events: tuple[str, ...],
    instead: tuple[str, ...],
) -> OnlyOne:
    other = graphs[1 - side].schedule(events[:-1]) if graphs[1 - side].edges else ()
    return only_one(sides, side, events, (graphs[side].schedule(events), other), instead)


def only_one(
    sides: tuple[Interpreter, Interpreter],
    side: int,
    events: tuple[str, ...],
    schedules: tuple[Schedule, Schedule],
    instead: tuple[str, ...],
) -> OnlyOne:
    """Return what one side can show, from the schedules that show it, and all but the last event on the other.

    Raises ``ReplayError``.
    """
    able, unable = sides[side], sides[1 - side]
    traces = replay_walk(able, schedules[0]), replay_walk(unable, schedules[1])
    return OnlyOne(able.model.variant, unable.model.variant, events, *traces, instead)
