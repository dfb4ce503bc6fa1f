"""What every value is after each step of a trace."""

from __future__ import annotations

from collections.abc import Mapping

from modelcheck.result.trace import Change, Trace


def change_name(trace: Trace, change: Change) -> str:
    """The name of what changed, with the thread in front for a local: ``reader[0].p``."""
    return change.name if change.process is None else f"{trace.processes[change.process]}.{change.name}"


def states(trace: Trace) -> tuple[Mapping[str, str], ...]:
    """Return the values at the start and after each step: of what is shared, and of locals from their first assignment on.

    The fields of an object that is freed are gone until it is allocated again, unless the object is never unmapped.
    """
    current = dict(trace.initial)
    found: list[Mapping[str, str]] = [dict(current)]
    for index, step in enumerate(trace.steps):
        for change in step.changes:
            current[change_name(trace, change)] = change.new
        for change in step.changes:
            if change.process is None and change.new == "free":
                for name in [name for name in current if name.startswith(f"{change.name}.")]:
                    if not _kept(trace, index, name):
                        del current[name]
        found.append(dict(current))
    return tuple(found)


def _kept(trace: Trace, index: int, name: str) -> bool:
    """Whether a value is there after a step: what is said of it next tells."""
    for step in trace.steps[index + 1 :]:
        for change in step.changes:
            if change.process is None and change.name == name:
                return bool(change.old)
    return any(name == last for last, _ in trace.final)
