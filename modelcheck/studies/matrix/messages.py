"""What a worker tells of a pair: a run of many thousand steps, which takes seconds to tell, is told once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from modelcheck.ground.records import dataclass
from modelcheck.result.trace import Trace, TraceStep
from modelcheck.studies.matrix.model import Pair

#: Shorter runs are told again: that is done at once.
LONG = 1_000


@dataclass(frozen=True, slots=True)
class Told:
    """``pair`` as it is now; the runs of the properties in ``again`` have no steps: those that were
    told of them last.
    """

    pair: Pair
    again: frozenset[str]


class Teller:
    """Remembers the steps that were told."""

    def __init__(self) -> None:
        self._steps: dict[str, tuple[TraceStep, ...]] = {}

    def told(self, pair: Pair) -> Told:
        """Return what to tell of a pair."""
        traces = {cell.property_name: cell.trace for cell in pair.cells if cell.trace is not None}
        again = frozenset(name for name, trace in traces.items() if trace.steps is self._steps.get(name))
        self._steps.update((name, trace.steps) for name, trace in traces.items() if len(trace.steps) >= LONG)
        return Told(_with_steps(pair, dict.fromkeys(again, ())), again)


def heard(told: Told, before: Pair | None) -> Pair:
    """Return the pair that was told, after ``before``."""
    if before is None or not told.again:
        return told.pair
    known: dict[str, Trace | None] = {cell.property_name: cell.trace for cell in before.cells}
    steps = {name: trace.steps for name in told.again if (trace := known.get(name)) is not None}
    return _with_steps(told.pair, steps)


def _with_steps(pair: Pair, steps: Mapping[str, tuple[TraceStep, ...]]) -> Pair:
    if not steps:
        return pair
    cells = tuple(
        replace(cell, trace=replace(cell.trace, steps=steps[cell.property_name]))
        if cell.trace is not None and cell.property_name in steps
        else cell
        for cell in pair.cells
    )
    return replace(pair, cells=cells)
