"""Which steps of a trace brought the violation about, besides the step that shows it.

Of a use after free the step that freed the object; of a leak the one that allocated it and the one
after which nothing referred to it; of a count the events that came twice, or the one that nothing
answered. What is said here is read off the trace, whose values are the interpreter's.
"""

from __future__ import annotations

from collections.abc import Sequence

from modelcheck.ground.records import dataclass
from modelcheck.result.trace import ProcessEnd, Trace, TraceStep
from modelcheck.result.values import Allocation, Happening, Place


@dataclass(frozen=True, slots=True)
class Life:
    """When an object came and went: the steps that allocated and freed it (None: it was there at the
    start; it was not freed).

    ``before``: the step that freed the object before it in the same slot, if that is the one which
    a stale reference was to.
    """

    object: Place
    allocated: TraceStep | None
    freed: TraceStep | None
    before: TraceStep | None = None


def is_final(trace: Trace) -> bool:
    """Whether it is the end of the run that is wrong, and not its last step: which step comes last
    is then of no interest.
    """
    return bool(trace.steps) and trace.finding not in trace.steps[-1].findings


def life(trace: Trace) -> Life | None:
    """Return the life of the object that a use after free, a double free or a leak is about."""
    key = trace.finding.key
    if key is None or key.kind not in ("use_after_free", "double_free", "leak") or not trace.finding.about:
        return None
    about = trace.finding.about[0]
    assert isinstance(about, Place)
    allocated = freed = before = None
    for step in trace.steps:
        for change in step.changes:
            if change.place == about and change.new == Allocation(True):
                allocated, freed, before = step, None, freed
            elif change.place == about and change.new == Allocation(False):
                freed = step
    return Life(about, allocated, freed, before if key.kind != "leak" and freed is None else None)


def lost_by(trace: Trace) -> TraceStep | None:
    """Return the step after which nothing referred to a leaked object any more."""
    return trace.steps[trace.lost - 1] if trace.lost else None


@dataclass(frozen=True, slots=True)
class Counted:
    """What a ``count`` property saw: the step of the event that opened the window (if it has one), and
    those of the counted event in it.

    ``window`` and ``event``: the events as they occurred, or else the pattern that they would have matched.
    """

    window: Happening | None
    event: Happening
    opened: TraceStep | None
    occurred: tuple[TraceStep, ...]


def counted(trace: Trace) -> Counted | None:
    """Return what happened to the count that is violated; None for other properties."""
    patterns = [about for about in trace.finding.about if isinstance(about, Happening)]
    if trace.kind != "count" or not patterns:
        return None
    event, window = patterns[0], patterns[1] if len(patterns) > 1 else None
    opened = None
    if window is not None:
        openings = _occurrences(trace.steps, window)
        opened = openings[-1] if openings else None
    start = 0 if opened is None else opened.number
    occurred = tuple(s for s in _occurrences(trace.steps, event) if s.number >= start)
    # What really occurred says more than the pattern.
    window = _first_match(opened, window) if opened is not None and window is not None else window
    return Counted(window, _first_match(occurred[0], event) if occurred else event, opened, occurred)


def _first_match(step: TraceStep, pattern: Happening) -> Happening:
    return next(event for event in step.events if event.matches(pattern))


def _occurrences(steps: Sequence[TraceStep], pattern: Happening) -> list[TraceStep]:
    return [step for step in steps if any(event.matches(pattern) for event in step.events)]


def last_ends(trace: Trace) -> tuple[ProcessEnd, ...]:
    """Where the processes stand in the end: of a state that is stuck, when nobody can move any more."""
    return trace.ahead or trace.ends


def waits_for_cycle(trace: Trace) -> tuple[ProcessEnd, ...]:
    """Return blocked processes each of which waits for a lock that the next one holds, the last one
    for one that the first holds; or nothing.
    """
    blocked = {end.process: end for end in last_ends(trace) if end.status == "blocked" and end.holders}
    for start in blocked:
        path: list[str] = []
        current = start
        while current in blocked and current not in path:
            path.append(current)
            current = next((holder for holder in blocked[current].holders if holder in blocked), "")
        if current == start:
            return tuple(blocked[process] for process in path)
    return ()


def key_steps(trace: Trace) -> tuple[int, ...]:
    """Return the numbers of the steps without which there would be no violation: those above, and
    the last one if it shows it.
    """
    found: set[int] = set()

    def add(step: TraceStep | None) -> None:
        if step is not None:
            found.add(step.number)

    object_life, count = life(trace), counted(trace)
    if object_life is not None:
        add(object_life.freed or object_life.before)
        if trace.lost is not None:
            add(object_life.allocated)
    add(lost_by(trace))
    if count is not None:
        add(count.opened)
        for step in count.occurred:
            add(step)
    cycle = {end.process for end in waits_for_cycle(trace)}
    found.update(held.since for held in trace.held if held.process in cycle and held.since)
    if trace.steps and not is_final(trace):
        found.add(trace.steps[-1].number)
    return tuple(sorted(found))


def order_that_matters(trace: Trace) -> tuple[tuple[int, int], ...]:
    """Return the essential orders, and that the violating step comes after the one that it follows
    from, as pairs of numbers of steps.
    """
    orders = list(trace.orders or ())
    if trace.steps and not is_final(trace):
        last = trace.steps[-1]
        object_life = life(trace)
        freed = object_life.freed or object_life.before if object_life is not None else None
        if freed is not None and freed.process != last.process and not _follows(trace, orders, freed.number):
            orders.append((freed.number, last.number))
    return tuple(sorted(orders, key=lambda pair: (pair[1], pair[0])))


def needed_steps(trace: Trace) -> frozenset[int]:
    """Return the numbers of the key steps and of those that an order depends on."""
    return frozenset((*key_steps(trace), *(number for pair in order_that_matters(trace) for number in pair)))


def _follows(trace: Trace, orders: Sequence[tuple[int, int]], number: int) -> bool:
    mine, last = trace.steps[number - 1].process, trace.steps[-1].process
    return any(
        number <= first and trace.steps[first - 1].process == mine and trace.steps[second - 1].process == last
        for first, second in orders
    )
