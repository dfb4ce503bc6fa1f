"""The form of a system that proofs work on: how many replicas are in each local state, instead of one
variable set for each.

``ir.passes.counters`` makes it for any number of replicas, ``ir.passes.fixed`` of a system in which
every number is fixed.
"""

from __future__ import annotations

from collections.abc import Mapping

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.ir.system import Form, System, Variable
from modelcheck.ir.terms import INT, Term, TermFactory
from modelcheck.ir.uncountable import Uncountable, Unprovable


@dataclass(frozen=True, slots=True)
class LocalState:
    """What one replica looks like: a value for each variable of the first replica."""

    values: Mapping[int, bool | int]
    name: str


@dataclass(frozen=True, slots=True)
class CounterStep:
    """A step of one replica in one local state, or of another process. ``raises``: (property, condition).
    ``name``: for who reads a certificate; ``mover``: the other process (None: a replica), ``operation``:
    what it does.

    ``escape``: under which condition (with the guard) it leads to a local state without counter.
    """

    name: str
    mover: str | None
    operation: str
    span: Span
    guard: Term
    updates: tuple[tuple[int, Term], ...]
    fault: bool
    raises: tuple[tuple[int, Term], ...]
    escape: Term


@dataclass(frozen=True, slots=True)
class CounterSystem:
    """``variables``: those that are not a replica's (with their ids in the system), the counters, and
    last the number of replicas.

    ``initial``: a value for each variable, a term over ``total`` alone. ``bad``: by property the
    states that violate (witness) it; ``refused``: why a property's condition cannot be counted. The
    number of replicas never changes; initially it is any number from 0. A system in which every
    number is fixed has no counters and no ``total`` (see ``ir.passes.fixed``).
    """

    terms: TermFactory
    variables: tuple[Variable, ...]
    counters: tuple[int, ...]
    states: tuple[LocalState, ...]
    total: int | None
    initial: Mapping[int, Term]
    steps: tuple[CounterStep, ...]
    bad: Mapping[int, Term]
    refused: Mapping[int, Unprovable | Uncountable]

    @property
    def possible(self) -> Term:
        """What is known of the number of replicas: it is a natural number."""
        if self.total is None:
            return self.terms.true
        return self.terms.le(self.terms.integer(0), self.terms.variable(self.total, INT))

    def violations(self, property: int) -> list[Term]:
        """What must be impossible for a property to hold: conditions over one state."""
        found = [self.bad[property]]
        for step in self.steps:
            raised = [condition for prop, condition in step.raises if prop == property]
            if raised:
                found.append(self.terms.and_(step.guard, self.terms.or_(*raised)))
        return found


def unprovable(system: System) -> dict[int, Unprovable | Uncountable]:
    """By property: why no inductive invariant can show it."""
    raised = {r.property for r in system.initial_raises if not r.condition.is_false}
    found: dict[int, Unprovable | Uncountable] = {}
    for prop in system.properties:
        if prop.not_applicable is not None:
            continue
        if Form.STUCK in prop.forms:
            found[prop.id] = Unprovable.STUCK
        elif prop.id in raised:
            found[prop.id] = Unprovable.INITIALLY
    return found
