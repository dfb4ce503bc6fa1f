"""What an exploration exercised, and what it did not: steps, events, places of the program, and what
properties need to say something.

Nothing here decides a verdict. What never happens is known if every reachable state was visited
(``complete``); what happens is known in any case.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.ir.system import SoughtKind

if TYPE_CHECKING:
    from modelcheck.ir.system import Location, Step, System
    from modelcheck.result.exploration import Exploration


@dataclass(frozen=True, slots=True)
class Asked:
    """Whether something that a property needs was ever met.

    ``property``: its name. ``whole``: if not, the property as a whole says nothing.
    """

    property: str
    kind: SoughtKind
    span: Span
    met: bool
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Coverage:
    """``steps``: (process class, span, operation) that no instance ever took; ``events``: names that
    never occurred; ``taken``: the places of all steps that some instance took: the three are empty
    unless the exploration was ``complete``.

    ``passed``: the places that some executed code was at. ``asked``: what properties need.
    ``unwritten``: the properties over nothing that a step changes. ``stood``: the places of steps
    that were never taken, where control came to stand all the same. ``moves``: a step was taken
    that does not fault; ``faults``: one that does. ``sizes``: the numbers of instances that were
    explored as a whole, where a process runs in any number.
    """

    steps: tuple[tuple[str, Span, str], ...] = ()
    events: tuple[str, ...] = ()
    taken: tuple[Span, ...] = ()
    passed: tuple[Span, ...] = ()
    asked: tuple[Asked, ...] = ()
    unwritten: tuple[str, ...] = ()
    moves: bool = False
    faults: bool = False
    complete: bool = False
    sizes: tuple[int, ...] = ()
    stood: tuple[Span, ...] = ()


def coverage_of(system: System, found: Exploration) -> Coverage:
    """Return what an exploration says.

    Each operation counts once for all instances of its process and all ways through it.
    """
    fired = [step for step in system.steps if step.id in found.fired]
    passed = dict.fromkeys(system.passed_initially)
    for step in fired:
        passed.update(dict.fromkeys(step.passed))
    asked = tuple(
        Asked(system.properties[sought.property].name, sought.kind, sought.span, number in found.met, sought.whole)
        for number, sought in enumerate(system.sought)
    )
    never = _never(system, found) if found.complete else {}
    return Coverage(
        tuple((process, span, operation) for (process, span), operation in never.items()),
        tuple(event.name for event in system.events if found.complete and event.id not in found.occurred),
        tuple(dict.fromkeys(step.span for step in fired)) if found.complete else (),
        tuple(system.places[place] for place in passed),
        asked,
        _unwritten(system, found),
        any(not step.fault for step in fired),
        system.initial_fault or any(step.fault for step in fired),
        found.complete,
        stood=_stood(system, fired) if found.complete else (),
    )


def _stood(system: System, fired: Sequence[Step]) -> tuple[Span, ...]:
    """The places of steps that were never taken, at which some process stands in some state."""
    if system.initial_fault:
        return ()
    reached: set[tuple[int, int | None]] = {
        (p.index, int(system.variables[p.location].initial)) for p in system.processes
    }
    reached.update((step.process, step.target) for step in fired)
    taken = {step.id for step in fired}
    steps = {(step.process, step.source) for step in system.steps}
    spans: dict[Span, None] = {}

    def stands(location: Location, span: Span) -> None:
        # Who stands in an inline stands at the calls that lead there.
        spans.update(dict.fromkeys((span, *(frame.call_span for frame in location.frames))))

    for process, place in reached:
        # Where constants leave no way on (`pick v in 1..0`), there is no step to be taken.
        if place is not None and (process, place) not in steps:
            location = system.processes[process].locations[place]
            if not location.done:
                stands(location, location.span)
    for step in system.steps:
        if step.id not in taken and (step.process, step.source) in reached:
            stands(system.processes[step.process].locations[step.source], step.span)
    return tuple(spans)


def _never(system: System, found: Exploration) -> dict[tuple[str, Span], str]:
    operations: dict[tuple[str, Span], str] = {}
    for step in system.steps:
        operations.setdefault((system.processes[step.process].process, step.span), step.operation)
    for step in system.steps:
        if step.id in found.fired:
            operations.pop((system.processes[step.process].process, step.span), None)
    return operations


def _unwritten(system: System, found: Exploration) -> tuple[str, ...]:
    """Properties that read nothing that changes: their value is what it is in the initial state."""
    written = {variable for step in system.steps if step.id in found.fired for variable, _ in step.updates}
    return tuple(
        prop.name
        for prop in system.properties
        if prop.reads is not None and prop.not_applicable is None and not prop.reads & written
    )


def merged(parts: Sequence[tuple[int, Coverage]]) -> Coverage:
    """Return what explorations of one model with different numbers of instances say together.

    It counts as complete if one with at least one instance was, since what happens at all mostly
    happens with few; who is told so is told with how many. Of operations and events nothing is
    said: no exploration is one of the model as a whole.
    """
    sizes = tuple(n for n, part in parts if part.complete)
    asked: dict[tuple[str, SoughtKind, Span, bool], bool] = {}
    for _, part in parts:
        for a in part.asked:
            key = (a.property, a.kind, a.span, a.whole)
            asked[key] = asked.get(key, False) or a.met
    unwritten = [set(part.unwritten) for _, part in parts]
    return Coverage(
        passed=tuple(dict.fromkeys(span for _, part in parts for span in part.passed)),
        asked=tuple(Asked(name, kind, span, met, whole) for (name, kind, span, whole), met in asked.items()),
        unwritten=tuple(sorted(set.intersection(*unwritten))) if unwritten else (),
        stood=tuple(dict.fromkeys(span for _, part in parts for span in part.stood)),
        moves=any(part.moves for _, part in parts),
        faults=any(part.faults for _, part in parts),
        complete=any(sizes),
        sizes=sizes,
    )
