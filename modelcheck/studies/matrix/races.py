"""Which violated cells show the same race.

Two traces are the same race if the same steps bring the violation about (``checking/causes.py``),
in the same essential orders (``checking/shrink/orders.py``); which replica plays which part does
not matter, nor what else goes on. So are two traces with the same steps, whatever each of them
violates. Where the essential orders are not known, all steps have to be the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from modelcheck.checking.causes import key_steps, order_that_matters
from modelcheck.result.trace import Trace, TraceStep
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.expectations import Outcome
from modelcheck.studies.matrix.model import Cell, Race

#: (process class, calls, label, place in the text)
Place: TypeAlias = tuple[str, tuple[str, ...], str, int]
Signature: TypeAlias = tuple[str, frozenset[Place], frozenset[tuple[Place, Place]], tuple[Place, ...]]


def signature(trace: Trace) -> Signature:
    """Return what makes a race: what is wrong if no step shows it, the steps that bring it about,
    their essential orders.
    """
    if trace.orders is None or not trace.steps:
        # Things wrong in the initial state have no steps to tell them apart.
        return ("" if trace.steps else trace.property_name, frozenset(), frozenset(), _roles(trace))
    places = {step.number: _place(step) for step in trace.steps}
    causes = key_steps(trace)
    orders = frozenset((places[first], places[second]) for first, second in order_that_matters(trace))
    return ("" if causes else trace.property_name, frozenset(places[number] for number in causes), orders, ())


def _place(step: TraceStep) -> Place:
    calls = tuple(call.inline for call in step.calls)
    return (step.position.process, calls, step.position.label, step.span.start)


def _roles(trace: Trace) -> tuple[Place, ...]:
    """Every step, with the replicas numbered in the order in which they appear."""
    numbers: dict[str, int] = {}
    counts: dict[str, int] = {}
    steps = []
    for step in trace.steps:
        process_class, calls, label, start = _place(step)
        if step.process not in numbers:
            numbers[step.process] = counts.get(process_class, 0)
            counts[process_class] = numbers[step.process] + 1
        steps.append((f"{process_class}[{numbers[step.process]}]", calls, label, start))
    return tuple(steps)


def races(cells: Iterable[Cell]) -> tuple[Race, ...]:
    """Group the violated cells that have a trace.

    Races that nobody expected come first, then the order of the cells counts.
    """
    groups: list[list[Cell]] = []
    group_of: dict[Signature | tuple[Place, ...], list[Cell]] = {}
    for cell in cells:
        if cell.verdict is Verdict.VIOLATED and cell.trace is not None:
            race, run = signature(cell.trace), _roles(cell.trace) or signature(cell.trace)
            group = group_of.get(race) or group_of.get(run)
            if group is None:
                group = []
                groups.append(group)
            group.append(cell)
            group_of.setdefault(race, group)
            group_of.setdefault(run, group)
    ordered = sorted(groups, key=lambda group: all(c.outcome is Outcome.AS_EXPECTED for c in group))
    return tuple(_race(number, group) for number, group in enumerate(ordered, start=1))


def _race(number: int, group: Sequence[Cell]) -> Race:
    trace = group[0].trace
    assert trace is not None
    return Race(number, trace, tuple(group))
