"""Whether a mutant differs from the original only in steps whose outcome is settled, by a walk.

A step is *settled* if it reads nothing but what its process owns and what no step ever changes,
writes nothing but locals, and nothing of that is ever changed by another process. What it does is then the
same whenever it is taken, and it makes no difference to others: it can be taken at once, as part of the
step before it (it is inert and confluent: J.F. Groote, M.P.A. Sellink, "Confluence for process verification",
Theoretical Computer Science 170, 1996). So both systems are walked through side by side, as in ``alike``,
with all settled steps taken at once. That decides less than ``unseen`` does, and for many more states.
"""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.engines.explicit.machine import Machine
from modelcheck.ir.layout import FieldOverflow
from modelcheck.ir.system import Step, System, VariableKind
from modelcheck.ir.terms import Term, variables_of
from modelcheck.studies.mutate.alike import MOST_PAIRS, Side, Walk
from modelcheck.studies.mutate.unseen import touched

#: What only the process itself knows.
_OWN = (VariableKind.LOCATION, VariableKind.LOCAL, VariableKind.ASSIGNED)


def differs_in_settled_steps_only(original: System, mutant: System, limit: int = MOST_PAIRS) -> bool:
    """Decide it; False may also mean that the difference is in other steps that nobody sees.

    Raises ``TooManyError`` if there are more than ``limit`` pairs of states.
    """
    try:
        return Walk(original, mutant, settle=Settled).run(limit) is None
    except FieldOverflow:
        return False


class Settled:
    """Takes the settled steps of one system. ``at``: for each process its locations with nothing but such steps."""

    def __init__(self, side: Side) -> None:
        self.machine: Machine = side.machine
        system = side.system
        kept = _never_changed(system)
        self.at = [
            frozenset(_locations(system, process.index, kept)) & frozenset(_not_resting(system, process.index))
            for process in system.processes
        ]

    def __call__(self, state: int) -> int:
        """Return the state after all settled steps that are possible (or, if they go round, one of these states)."""
        seen = {state}
        while True:
            after = self._one(state)
            if after is None or after in seen:
                return state
            seen.add(after)
            state = after

    def _one(self, state: int) -> int | None:
        for process, control in enumerate(self.machine.controls):
            if self.at[process] and ((state >> control.shift) & control.limit) + control.base in self.at[process]:
                ways = [option for option in self.machine.options(state) if option.move.process == process]
                if len(ways) == 1 and ways[0].delta is not None and not ways[0].raised:
                    return state + ways[0].delta
        return None


def _never_changed(system: System) -> frozenset[int]:
    """Variables that nobody owns and that have their initial value in every state."""
    changed = {id for step in system.steps for id, term in step.updates if not _keeps(system, id, term)}
    return frozenset(v.id for v in system.variables if v.owner is None and v.id not in changed)


def _keeps(system: System, id: int, term: Term) -> bool:
    variable = system.variables[id]
    same = system.terms.constant(variable.initial, variable.sort), system.terms.variable(id, variable.sort)
    return any(term is one for one in same)


def _locations(system: System, process: int, kept: frozenset[int]) -> Iterator[int]:
    others = {id for step in system.steps if step.process != process for id, _ in step.updates}
    own = {v.id for v in system.variables if v.owner == process and v.kind in _OWN and v.id not in others}
    by_source: dict[int, list[Step]] = {}
    for step in system.steps:
        if step.process == process:
            by_source.setdefault(step.source, []).append(step)
    for location, steps in by_source.items():
        if all(_is_settled(system, step, kept | own, own) for step in steps):
            yield location


def _is_settled(system: System, step: Step, read: frozenset[int], own: set[int]) -> bool:
    if step.choices or step.occurrences or step.effects or touched(system, step):
        return False
    terms = [step.guard, *(raised.condition for raised in step.raises), *(term for _, term in step.updates)]
    return variables_of(terms) <= read and all(id in own for id, _ in step.updates)


def _not_resting(system: System, process: int) -> Iterator[int]:
    return (
        location.id
        for location in system.processes[process].locations
        if not location.resting and not location.goes_round
    )
