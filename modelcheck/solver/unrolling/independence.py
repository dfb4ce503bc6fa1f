"""Which locations of different processes are independent, for the partial-order reduction of the unrolling.

Two locations of different processes are *dependent* if some step at one writes a variable that some
step at the other reads or writes. Guards, right-hand sides, conditions of raises (of the properties
asked for) and faulting steps all count as reads, so independent steps commute: either order leads
to the same state, raises the same violations, and neither enables or disables the other.

To keep formulas small, variables that are accessed alike (by the same locations, in the same way) form one *class*.
"""

from __future__ import annotations

from collections import defaultdict

from modelcheck.ground.records import dataclass
from modelcheck.ir.passes.cone import closed_under_updates
from modelcheck.ir.system import Form, System
from modelcheck.ir.terms import variables_of

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


def cone(system: System, properties: frozenset[int]) -> frozenset[int]:
    """The variables that can influence whether these properties are violated, and when.

    Those in guards, in conditions of the properties and in ``drained`` where a deadlock is asked
    for, and all that their updates read.
    """
    found = {p.location for p in system.processes}
    for step in system.steps:
        found |= variables_of((step.guard, *(r.condition for r in step.raises if r.property in properties)))
    for p in system.properties:
        if p.id in properties:
            found |= variables_of(s.condition for s in p.states)
            if Form.DEADLOCK in p.forms:
                found |= variables_of((system.drained,))
    return closed_under_updates(system, found)


def independence(system: System, properties: frozenset[int], relevant: frozenset[int]) -> Independence:
    """Compute the access classes of the system's steps, as far as these properties and these
    variables (their cone) go.
    """
    writers: defaultdict[int, set[Point]] = defaultdict(set)
    accessors: defaultdict[int, set[Point]] = defaultdict(set)
    for step in system.steps:
        point = (step.process, step.source)
        updates = [(id, update) for id, update in step.updates if id in relevant]
        for id, _ in updates:
            writers[id].add(point)
            accessors[id].add(point)
        conditions = [r.condition for r in step.raises if r.property in properties]
        for id in variables_of((step.guard, *conditions, *(update for _, update in updates))):
            accessors[id].add(point)
    alike: set[tuple[frozenset[Point], frozenset[Point]]] = set()
    for id, points in writers.items():
        if len({process for process, _ in accessors[id]}) > 1:
            alike.add((frozenset(points), frozenset(accessors[id])))
    ordered = sorted(alike, key=lambda pair: (sorted(pair[0]), sorted(pair[1])))
    return Independence(tuple(AccessClass(w, a) for w, a in ordered))
