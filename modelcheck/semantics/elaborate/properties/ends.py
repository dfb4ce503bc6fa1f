"""What has leaked, and which locks are held, where everything has come to rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelcheck.ir.system import StateCondition
from modelcheck.ir.terms import BOOL, Term
from modelcheck.model import typed
from modelcheck.model.typed import ObligationKey
from modelcheck.semantics.elaborate.execution.evaluate import evaluate_term
from modelcheck.semantics.elaborate.execution.path import Execution, Path
from modelcheck.semantics.elaborate.graphs.graph import first_steps
from modelcheck.semantics.elaborate.properties.reachability import reachable
from modelcheck.semantics.elaborate.variables.layout import ClassLayout


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

    def left_off(self, key: ObligationKey, off: Mapping[str, typed.Expr], drained: Term) -> Iterator[StateCondition]:
        """The states in which a process has ended, or everything has, and it has something switched off.

        ``off``: by process what says so.
        """
        terms = self._terms
        for c in self._layout.classes:
            if c.process.name == key.subject and key.subject in off:
                has_off = evaluate_term(self._ex, Path(), off[key.subject], terms.true)
                for k in range(c.instances):
                    yield StateCondition(terms.and_(has_off, terms.or_(drained, self._ended(c, k))), key)

    def _done(self, instance: int) -> Term:
        for c in self._layout.classes:
            k = instance - c.first_instance
            if 0 <= k < c.instances:
                return self._ended(c, k)
        raise AssertionError(instance)

    def _ended(self, c: ClassLayout, k: int) -> Term:
        """The k-th instance of a class is done, or it is a handler or item that does not run."""
        variable = self._ex.variable(Path(), c.variable(c.location_variable, k))
        ends = {max(c.locations.values())}
        if c.process.begins:
            heads = first_steps(c.graph, c.graph.entry)
            ends.update(number for key, number in c.locations.items() if key.node in heads)
        return self._terms.or_(*(self._terms.eq(variable, self._terms.integer(number)) for number in sorted(ends)))

    def leaks(self, key: ObligationKey) -> Iterator[StateCondition]:
        """The states in which an object is allocated and out of reach."""
        reached = reachable(self._ex)
        terms = self._terms
        for (object, slot), allocated in self._layout.allocated.items():
            if object == key.subject:
                lost = terms.and_(terms.variable(allocated, BOOL), terms.not_(reached[(object, slot)]))
                yield StateCondition(lost, key)
