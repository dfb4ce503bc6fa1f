"""What every value is after each step of a trace."""

from __future__ import annotations

from collections.abc import Mapping

from modelcheck.result.trace import Trace
from modelcheck.result.values import Allocation, Place, Value


def states(trace: Trace) -> tuple[Mapping[Place, Value], ...]:
    """Return the values at the start and after each step: of what is shared, and of locals from their
    first assignment on.

    The fields of an object that is freed are gone until it is allocated again, unless the object is never unmapped.
    """
    current = dict(trace.initial)
    found: list[Mapping[Place, Value]] = [dict(current)]
    for index, step in enumerate(trace.steps):
        for change in step.changes:
            current[change.place] = change.new
        for change in step.changes:
            if change.new == Allocation(False):
                for place in [place for place in current if place.object == change.place and not place.is_object]:
                    if not _kept(trace, index, place):
                        del current[place]
        found.append(dict(current))
    return tuple(found)


def _kept(trace: Trace, index: int, place: Place) -> bool:
    """Whether a value is there after a step: what is said of it next tells."""
    for step in trace.steps[index + 1 :]:
        for change in step.changes:
            if change.place == place:
                return change.old is not None
    return any(place == last for last, _ in trace.final)
