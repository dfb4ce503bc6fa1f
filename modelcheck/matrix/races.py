"""Which violated cells show the same race.

Two traces are the same race if the same classes of processes take the same steps in the same order; which replica plays which
part does not matter. (The length is part of it: a longer way to the same end is another race.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from modelcheck.engines.verdict import Verdict
from modelcheck.evidence.trace import Trace
from modelcheck.matrix.expectations import Outcome
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
    """Group the violated cells that have a trace. Races that nobody expected come first, then the order of the cells counts."""
    groups: dict[Signature, list[Cell]] = {}
    for cell in cells:
        if cell.verdict is Verdict.VIOLATED and cell.trace is not None:
            groups.setdefault(signature(cell.trace), []).append(cell)
    ordered = sorted(groups.values(), key=lambda group: all(c.outcome is Outcome.AS_EXPECTED for c in group))
    return tuple(_race(number, group) for number, group in enumerate(ordered, start=1))


def _race(number: int, group: Sequence[Cell]) -> Race:
    trace = group[0].trace
    assert trace is not None
    return Race(number, trace, tuple(group))
