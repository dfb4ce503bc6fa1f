"""Conditions over states that an exploration watches for.

A condition false before a step can only be true after it if the step changes something it reads. And if it is a conjunction, one
conjunct that is known to be false after the step settles it. Both are decided once for each *cached* transition, so that most new
states need no look at most conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from modelcheck.engines.explicit.compile import conjuncts
from modelcheck.engines.explicit.machine import Machine
from modelcheck.ir.system import Step
from modelcheck.ir.terms import Term, variables_of

#: Results remembered for one condition before it forgets them all.
MEMORY_LIMIT = 200_000


class Watch:
    """One condition. ``active``: still of interest. ``sticky``: stays so after it was seen true (``drained``)."""

    __slots__ = ("_memory", "active", "evaluate", "mask", "parts", "property", "sticky", "variables")

    def __init__(self, machine: Machine, condition: Term, property: int | None, sticky: bool) -> None:
        self.property = property
        self.sticky = sticky
        self.active = True
        self.variables = variables_of((condition,))
        self.mask = machine.layout.mask(self.variables)
        self.evaluate: Callable[[int], bool] = machine.predicate(condition)
        self.parts = tuple((variables_of((part,)), machine.predicate(part)) for part in conjuncts(condition))
        self._memory: dict[int, bool] = {}

    def holds(self, state: int) -> bool:
        """Whether the condition is true in the state."""
        key = state & self.mask
        found = self._memory.get(key)
        if found is None:
            if len(self._memory) >= MEMORY_LIMIT:
                self._memory.clear()
            found = self._memory[key] = self.evaluate(state)
        return found


class Watches:
    """All conditions of a System.

    ``drained`` is watched like the others; conditions that imply it are looked at in drained states only (``at_end``).
    """

    def __init__(self, machine: Machine) -> None:
        system = machine.system
        self.drained = Watch(machine, system.drained, None, sticky=True)
        self.everywhere: list[Watch] = [self.drained]
        self.at_end: list[Watch] = []
        ends = frozenset(t.id for t in conjuncts(system.drained))
        for prop in system.properties:
            if prop.not_applicable is not None:
                continue
            for state in prop.states:
                watch = Watch(machine, state.condition, prop.id, sticky=False)
                implied = ends <= frozenset(t.id for t in conjuncts(state.condition)) and not system.drained.is_true
                (self.at_end if implied else self.everywhere).append(watch)
        self._candidates: dict[int, tuple[tuple[Watch, tuple[Callable[[int], bool], ...]], ...]] = {}

    def candidates(
        self, step: Step, known: frozenset[int]
    ) -> tuple[tuple[Watch, tuple[Callable[[int], bool], ...]], ...]:
        """Return the conditions that a step can make true, each with the conjuncts that only read ``known`` variables.

        ``known`` must be the same for every call with the same step.
        """
        found = self._candidates.get(step.id)
        if found is None:
            changed = frozenset(v for v, _ in step.updates)
            found = tuple(
                (watch, tuple(function for reads, function in watch.parts if reads <= known))
                for watch in self.everywhere
                if watch.sticky or watch.variables & changed
            )
            self._candidates[step.id] = found
        return found


def possible(
    candidates: Iterable[tuple[Watch, tuple[Callable[[int], bool], ...]]], projected: int
) -> tuple[Watch, ...]:
    """Return the watches that may be true in a state that agrees with ``projected`` on the known variables."""
    return tuple(w for w, parts in candidates if w.active and all(part(projected) for part in parts))
