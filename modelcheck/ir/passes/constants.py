"""Constants: variables that no step ever changes are replaced by their initial values."""

from __future__ import annotations

from modelcheck.ir.passes.reduce import reduce
from modelcheck.ir.passes.restore import Restore
from modelcheck.ir.system import System
from modelcheck.ir.terms import Op, Term


def fold_constants(system: System) -> tuple[System, Restore]:
    """Return the system without its constants, and the way back.

    What folding makes constant goes too. States correspond one to one.
    """
    smaller, back = _once(system)
    while len(smaller.variables) < len(system.variables):
        system = smaller
        smaller, further = _once(system)
        back = back.then(further)
    return smaller, back


def _once(system: System) -> tuple[System, Restore]:
    locations = {p.location for p in system.processes}
    changed: set[int] = set()
    for step in system.steps:
        changed.update(id for id, value in step.updates if not _is_value(value, system.variables[id].initial))
    kept = frozenset(v.id for v in system.variables if v.id in changed or v.id in locations)
    constants = {v.id: v.initial for v in system.variables if v.id not in kept}
    return reduce(system, kept, constants)


def _is_value(term: Term, value: bool | int) -> bool:
    return term.op is Op.CONST and term.payload == value
