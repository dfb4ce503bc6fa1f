"""Which locations of different processes are independent, for the partial-order reduction of the unrolling.

Two locations of different processes are *dependent* if some step at one writes a variable that some step at the other reads or
writes. Guards, right-hand sides, conditions of raises and faulting steps all count as reads, so independent steps commute: either
order leads to the same state, raises the same violations, and neither enables or disables the other.

To keep formulas small, variables that are accessed alike (by the same locations, in the same way) form one *class*.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from modelcheck.ir.system import Step, System
from modelcheck.ir.terms import Term, variables_of

#: A control point: the process instance and the index of its location.
Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class AccessClass:
    """Points that write the variables of the class, and points that read or write them."""

    writers: frozenset[Point]
    accessors: frozenset[Point]


@dataclass(frozen=True, slots=True)
class Independence:
    """``classes``: those that two processes access and at least one writes."""

    classes: tuple[AccessClass, ...]

    def dependent(self, a: Point, b: Point) -> bool:
        """Whether steps at two points of different processes may not commute."""
        return any((a in c.writers and b in c.accessors) or (b in c.writers and a in c.accessors) for c in self.classes)


def independence(system: System) -> Independence:
    """Compute the access classes of the system's steps."""
    writers: defaultdict[int, set[Point]] = defaultdict(set)
    accessors: defaultdict[int, set[Point]] = defaultdict(set)
    for step in system.steps:
        point = (step.process, step.source)
        written = {id for id, _ in step.updates}
        for id in written:
            writers[id].add(point)
        for id in variables_of(reads(step)) | written:
            accessors[id].add(point)
    alike: set[tuple[frozenset[Point], frozenset[Point]]] = set()
    for id, points in writers.items():
        if len({process for process, _ in accessors[id]}) > 1:
            alike.add((frozenset(points), frozenset(accessors[id])))
    ordered = sorted(alike, key=lambda pair: (sorted(pair[0]), sorted(pair[1])))
    return Independence(tuple(AccessClass(w, a) for w, a in ordered))


def reads(step: Step) -> Iterable[Term]:
    """All terms that a step evaluates."""
    yield step.guard
    for _, update in step.updates:
        yield update
    for raised in step.raises:
        yield raised.condition
