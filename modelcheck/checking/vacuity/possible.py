"""What may happen in a model at all, whatever the number of instances and however far integers grow:
the other side of ``coverage``.

An exploration knows what happens; that something never happens it knows only of what it explored.
Here an abstract interpretation (``solver.unrolling.flow``) says which steps may fire at all: it
follows each process by itself and joins what the others do to shared variables, wherever they may
do it. So it is the same for two instances of a process and for any number, as long as no term
depends on how many there are. What it says may happen need not; what it says cannot, never does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from modelcheck.ground.diagnostics import SpecError
from modelcheck.model import typed
from modelcheck.model.trees import below
from modelcheck.result.coverage import Asked, Coverage

if TYPE_CHECKING:
    from modelcheck.engines.protocol import Sized
    from modelcheck.ir.system import Sought, System
    from modelcheck.ir.terms import Term
    from modelcheck.solver.domains import Domain
    from modelcheck.solver.unrolling.flow import Facts

#: Systems with more steps are not looked at: it is a matter of warnings.
MOST_STEPS = 1_500
#: The number of instances of each class that runs in any number, in the system that is looked at.
INSTANCES = 2


def possible(model: typed.Model, sized: Sized, explored: Coverage) -> Coverage | None:
    """Return what may happen in ``model`` at all; None if that is not known. ``explored``: what was seen of it.

    ``sized`` makes the model with given numbers of instances.
    """
    from modelcheck.semantics.elaborate.build import build_system
    from modelcheck.solver.unrolling.flow import facts

    unbounded = frozenset(process.name for process in model.processes if process.count is None)
    code = (*(p.body for p in model.processes), *(p.provided for p in model.processes), *model.inlines, model.init)
    if any(_depends(part, unbounded) for part in (*code, *model.shared)):
        return None
    try:
        system = build_system(sized(dict.fromkeys(unbounded, INSTANCES)) if unbounded else model)
    except SpecError:
        return None
    if len(system.steps) > MOST_STEPS or system.initial_fault:
        return None
    depending = frozenset(p.name for p in model.properties if _depends(p.body, unbounded))
    return _Possible(system, facts(system, {}), unbounded, depending).coverage(explored)


class _Possible:
    """``unbounded``: the classes that run in any number; ``depending``: the properties that ask how many there are."""

    def __init__(self, system: System, found: Facts, unbounded: frozenset[str], depending: frozenset[str]) -> None:
        self._system = system
        self._found = found
        self._depending = depending
        several = {p.index for p in system.processes if p.process in unbounded}
        owners = {v.id: v.owner for v in system.variables} | {p.location: p.index for p in system.processes}
        #: Whose variables a condition over all instances would have to read; each instance counts
        #: as those of its class.
        self._many = frozenset(id for id, owner in owners.items() if owner in several)
        self._owners = owners
        self._fires = [step for step in system.steps if step.id in found.feasible]
        self._domains = self._everywhere()

    def _everywhere(self) -> Mapping[int, Domain]:
        """What each variable can be in any state."""
        from modelcheck.solver.domains import of_values

        domains: dict[int, Domain] = dict(self._found.shared)
        for (index, source), own in self._found.own.items():
            location = self._system.processes[index].location
            for id, domain in (*own.items(), (location, of_values((source,)))):
                domains[id] = domains[id].join(domain) if id in domains else domain
        return domains

    def coverage(self, explored: Coverage) -> Coverage:
        system = self._system
        passed = dict.fromkeys(system.passed_initially)
        for step in self._fires:
            passed.update(dict.fromkeys(step.passed))
        asked = tuple(
            Asked(system.properties[s.property].name, s.kind, s.span, self._may(s), s.whole) for s in system.sought
        )
        return replace(
            explored,
            passed=tuple(dict.fromkeys((*explored.passed, *(system.places[place] for place in passed)))),
            asked=asked,
            unwritten=tuple(self._unwritten()),
            moves=any(not step.fault for step in self._fires),
            faults=any(step.fault for step in self._fires),
            complete=True,
            sizes=(),
        )

    def _unwritten(self) -> Iterator[str]:
        written = {variable for step in self._fires for variable, _ in step.updates}
        for prop in self._system.properties:
            if prop.reads is None or prop.not_applicable is not None or prop.name in self._depending:
                continue
            if not prop.reads & (written | self._many):
                yield prop.name

    def _may(self, sought: Sought) -> bool:
        """Whether what a property needs may come about."""
        if sought.initially or self._system.properties[sought.property].name in self._depending:
            return True
        if sought.state is not None and self._can_be(sought.state, None):
            return True
        fires = {step.id: step.process for step in self._fires}
        return any(id in fires and self._can_be(condition, fires[id]) for id, condition in sought.steps)

    def _can_be(self, condition: Term, process: int | None) -> bool:
        """Whether a condition may be true. ``process``: the instance whose step it is about."""
        from modelcheck.ir.terms import variables_of
        from modelcheck.solver.domains import DomainEvaluator

        others = {id for id in variables_of((condition,)) if id in self._many and self._owners[id] != process}
        return bool(others) or DomainEvaluator(self._domains)(condition).single != 0


def _depends(node: object, unbounded: frozenset[str]) -> bool:
    """Whether something in a model depends on how many instances of these classes there are, or on
    which one of them runs.
    """
    return any(
        isinstance(part, typed.CountProcesses | typed.ProcDomain | typed.ProcType) and part.process in unbounded
        for part in below(node)
    )
