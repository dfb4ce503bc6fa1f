"""Cone of influence: without the variables that cannot matter to some properties (Clarke, Grumberg and
Peled, Model Checking, 1999, section 13.2).

Control is kept: every location and every guard, so schedules, their lengths, drained states and
faults are those of the original.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Set

from modelcheck.ir.passes.reduce import reduce
from modelcheck.ir.passes.restore import Restore
from modelcheck.ir.system import System
from modelcheck.ir.terms import variables_of


def influential(system: System, properties: frozenset[int]) -> frozenset[int]:
    """The variables that guards and these properties read, and all that their updates read, and so on."""
    found = {p.location for p in system.processes} | variables_of((system.drained,))
    for process in system.processes:
        found |= variables_of((process.finished,))
    for step in system.steps:
        found |= variables_of((step.guard, *(r.condition for r in step.raises if r.property in properties)))
    for p in system.properties:
        if p.id in properties:
            found |= variables_of(s.condition for s in (*p.states, *p.deadlocked))
    return closed_under_updates(system, found)


def closed_under_updates(system: System, variables: Set[int]) -> frozenset[int]:
    """Return these variables, and all that updates of them read, and so on."""
    read_by: defaultdict[int, set[int]] = defaultdict(set)
    for step in system.steps:
        for id, update in step.updates:
            read_by[id] |= variables_of((update,))
    found = set(variables)
    pending = list(found)
    while pending:
        new = read_by[pending.pop()] - found
        found |= new
        pending.extend(new)
    return frozenset(found)


def cone_of_influence(system: System, properties: frozenset[int]) -> tuple[System, Restore]:
    """Return the part of the system that decides these properties, and the way back.

    The other properties are still listed but nothing violates (or witnesses) them, and no step says which events occur.
    """
    return reduce(system, influential(system, properties), {}, properties, occurrences=False)
