"""What has leaked, and which locks are held, where everything has come to rest."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.ir.system import StateCondition
from modelcheck.ir.terms import BOOL, Term
from modelcheck.model import typed
from modelcheck.model.typed import ObligationKey
from modelcheck.semantics.elaborate.execution.path import Execution, Path
from modelcheck.semantics.elaborate.properties.reachability import reachable


class Ends:
    """``ex``: evaluates the expressions of properties."""

    def __init__(self, ex: Execution) -> None:
        self._ex = ex
        self._terms = ex.terms
        self._layout = ex.layout

    def held_at_end(self, key: ObligationKey, drained: Term) -> Iterator[StateCondition]:
        """The states in which a process is done, or everything is, and a lock is held."""
        terms = self._terms
        for leaf in self._layout.leaves:
            if leaf.subject != key.subject or leaf.shape is None or not isinstance(leaf.type, typed.LockType):
                continue
            for instance, bit, _ in self._layout.all_held(leaf):
                held = terms.variable(bit, BOOL)
                ended = drained
                if leaf.type.kind.facts.owned:
                    ended = terms.or_(drained, self._done(instance))
                yield StateCondition(terms.and_(held, ended), key)

    def _done(self, instance: int) -> Term:
        for c in self._layout.classes:
            k = instance - c.first_instance
            if 0 <= k < c.instances:
                variable = self._ex.variable(Path(), c.variable(c.location_variable, k))
                return self._terms.eq(variable, self._terms.integer(max(c.locations.values())))
        raise AssertionError(instance)

    def leaks(self, key: ObligationKey) -> Iterator[StateCondition]:
        """The states in which an object is allocated and out of reach."""
        reached = reachable(self._ex)
        terms = self._terms
        for (object, slot), allocated in self._layout.allocated.items():
            if object == key.subject:
                lost = terms.and_(terms.variable(allocated, BOOL), terms.not_(reached[(object, slot)]))
                yield StateCondition(lost, key)
