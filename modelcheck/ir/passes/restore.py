"""The way back from a smaller system to the one it was made of."""

from __future__ import annotations

from collections.abc import Sequence

from modelcheck.ground.records import dataclass
from modelcheck.ir.passes.copy import copier
from modelcheck.ir.system import System
from modelcheck.ir.terms import Term


@dataclass(frozen=True, slots=True)
class Restore:
    """What a pass left out. Processes, locations, events and properties keep their numbers.

    ``variables[new]`` and ``steps[new]`` are the old numbers; ``constants``: old variables that
    were left out because they always have that value. What else was left out has no influence on
    what the smaller system is asked.
    """

    variables: tuple[int, ...]
    steps: tuple[int, ...]
    constants: tuple[tuple[int, bool | int], ...]

    def state(self, values: Sequence[bool | int]) -> dict[int, bool | int]:
        """What a state of the smaller system says about the variables of the old one, by old number."""
        known: dict[int, bool | int] = dict(self.constants)
        known.update(zip(self.variables, values, strict=True))
        return known

    def term(self, term: Term, old: System) -> Term:
        """A term of the smaller system (a lemma, say) as a term of the old one."""
        variables = {new: old.terms.variable(id, old.variables[id].sort) for new, id in enumerate(self.variables)}
        return copier(old.terms, variables)(term)

    def then(self, later: Restore) -> Restore:
        """The way back over this pass and a later one."""
        constants = dict(self.constants)
        constants.update((self.variables[id], value) for id, value in later.constants)
        return Restore(
            tuple(self.variables[id] for id in later.variables),
            tuple(self.steps[id] for id in later.steps),
            tuple(sorted(constants.items())),
        )
