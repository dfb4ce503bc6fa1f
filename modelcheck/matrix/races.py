"""Which violated cells show the same race.

Two traces are the same race if the same classes of processes take the same steps in the same order; which replica plays which
part does not matter. (The length is part of it: a longer way to the same end is another race.)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from modelcheck.engines.verdict import Verdict
from modelcheck.evidence.trace import Trace
from modelcheck.matrix.model import Cell, Race

Signature: TypeAlias = tuple[tuple[str, int, str, int], ...]


def signature(trace: Trace) -> Signature:
    """Return (process class, number of the replica by first appearance, position, place in the text) of every step."""
    numbers: dict[str, int] = {}
    counts: dict[str, int] = {}
    steps = []
    for step in trace.steps:
        process_class = step.process.split("[", 1)[0]
        if step.process not in numbers:
            numbers[step.process] = counts.get(process_class, 0)
            counts[process_class] = numbers[step.process] + 1
        steps.append((process_class, numbers[step.process], step.position, step.span.start))
    # Things wrong in the initial state have no steps to tell them apart.
    return tuple(steps) or ((trace.property_name, 0, "", 0),)


def races(cells: Iterable[Cell]) -> tuple[Race, ...]:
    """Group the violated cells that have a trace; races are numbered by the order of their first cell."""
    groups: dict[Signature, list[Cell]] = {}
    for cell in cells:
        if cell.verdict is Verdict.VIOLATED and cell.trace is not None:
            groups.setdefault(signature(cell.trace), []).append(cell)
    found = []
    for number, group in enumerate(groups.values(), start=1):
        trace = group[0].trace
        assert trace is not None
        found.append(Race(number, trace, tuple(group)))
    return tuple(found)
