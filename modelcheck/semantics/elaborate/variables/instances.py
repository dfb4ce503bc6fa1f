"""From the paths of a process class to the steps of its instances."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from modelcheck.ground.records import dataclass
from modelcheck.ir.system import Access, Occurrence, Step
from modelcheck.ir.terms import BOOL, Op, Term, TermFactory
from modelcheck.semantics.elaborate.execution.path import MadeStale, Path
from modelcheck.semantics.elaborate.execution.symbolic import PathResult
from modelcheck.semantics.elaborate.execution.values import Shape, SymbolicValue, Values, flatten, flatten_shape
from modelcheck.semantics.elaborate.operations.objects import stale_value
from modelcheck.semantics.elaborate.variables.describe import describe
from modelcheck.semantics.elaborate.variables.layout import ClassLayout, Layout, shift_shape


@dataclass(frozen=True, slots=True)
class Way:
    """A path with its guard and updates, over the variables of the instance that was executed.

    ``passed``: as in ``Step``.
    """

    result: PathResult
    guard: tuple[Term, ...]
    updates: tuple[tuple[int, Term], ...]
    passed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MayCondition:
    """The bit of a ``may`` property, its condition over a state, and the variables that it reads."""

    bit: int
    condition: Term
    reads: frozenset[int]


class Substitution:
    """Replaces the variables ``first..end-1`` by those ``by`` further, and some by given terms;
    remembers what it did.
    """

    def __init__(self, terms: TermFactory, values: dict[int, Term], first: int, end: int, by: int) -> None:
        self._terms = terms
        self._values = values
        self._first, self._end, self._by = first, end, by
        self._memo: dict[int, Term] = {}
        self._identity = not values and by == 0

    def variable(self, id: int) -> int:
        """The variable that takes the place of another."""
        return id + self._by if self._first <= id < self._end else id

    def apply(self, term: Term) -> Term:
        if self._identity or term.op is Op.CONST:
            return term
        found = self._memo.get(term.id)
        if found is None:
            if term.op is Op.VAR:
                assert isinstance(term.payload, int)
                replacement = self._values.get(term.payload)
                if replacement is None:
                    replacement = self._terms.variable(self.variable(term.payload), term.sort)
                found = replacement
            else:
                args = tuple(self.apply(a) for a in term.args)
                found = term if args == term.args else self._terms.rebuild(term, args)
            self._memo[term.id] = found
        return found


class StepMaker:
    """Makes the steps of instances. ``may_conditions``: the bits that steps have to keep."""

    def __init__(
        self, terms: TermFactory, values: Values, layout: Layout, may_conditions: tuple[MayCondition, ...]
    ) -> None:
        self._terms = terms
        self._values = values
        self._layout = layout
        self._may_conditions = may_conditions

    def make(self, id: int, c: ClassLayout, k: int, way: Way, substitution: Substitution) -> Step | None:
        """The step of instance k of the class on one way; None if it can never be taken."""
        path, result = way.result.path, way.result
        apply = substitution.apply
        guard = self._terms.and_(*(apply(g) for g in way.guard))
        if guard.is_false:
            return None
        instance = c.first_instance + k
        updates: dict[int, Term] = {}
        if result.target is not None:
            for variable, value in way.updates:
                self._update(updates, substitution.variable(variable), apply(value))
            self._broadcast(path, instance, substitution, updates)
            self._set_may_bits(updates)
        raises = tuple(
            r if condition is r.condition else replace(r, condition=condition)
            for r in path.raises
            if not (condition := apply(r.condition)).is_false
        )
        occurrences = tuple(
            Occurrence(o.event, condition, tuple(apply(a) for a in o.arguments), o.span)
            for o in path.occurrences
            if not (condition := apply(o.condition)).is_false
        )
        accesses = tuple(
            Access(a.location, a.kind, a.tag, tuple(substitution.variable(v) for v in a.variables))
            for a in path.accesses
        )
        node = c.graph.nodes[result.source.node]
        return Step(
            id=id,
            process=instance,
            source=c.locations[result.source],
            target=None if result.target is None else c.locations[result.target],
            choices=path.choices,
            guard=guard,
            updates=tuple(sorted(updates.items())),
            fault=result.target is None,
            raises=raises,
            occurrences=occurrences,
            operation=describe(node),
            span=node.span,
            accesses=accesses,
            effects=tuple(dict.fromkeys(path.effects)),
            passed=way.passed,
        )

    def _update(self, updates: dict[int, Term], id: int, value: Term) -> None:
        if value is not self._terms.variable(id, self._layout.variables[id].sort):
            updates[id] = value

    def _broadcast(self, path: Path, instance: int, substitution: Substitution, updates: dict[int, Term]) -> None:
        """What a step does to the local state of the other processes."""
        for made in path.stale:
            here = MadeStale(made.type, substitution.apply(made.reference), substitution.apply(made.condition))
            for k, c in self._others(instance):
                for shape, _ in c.references[made.type.target]:
                    moved = shift_shape(shape, k * c.stride)
                    new = stale_value(self._values, self._current(moved, updates), here)
                    for id, value in zip(flatten_shape(moved), flatten(new), strict=True):
                        self._update(updates, id, value)
        for (leaf_id, mode), condition in path.released.items():
            lost = substitution.apply(condition)
            if lost.is_false:
                continue
            for other, id, held_mode in self._layout.all_held(self._layout.leaves[leaf_id]):
                if other != instance and held_mode == mode:
                    old = updates.get(id, self._terms.variable(id, BOOL))
                    self._update(updates, id, self._terms.and_(self._terms.not_(lost), old))

    def _others(self, instance: int) -> Iterator[tuple[int, ClassLayout]]:
        for c in self._layout.classes:
            for k in range(c.instances):
                if c.first_instance + k != instance:
                    yield k, c

    def _current(self, shape: Shape, updates: dict[int, Term]) -> SymbolicValue:
        if isinstance(shape, int):
            found = updates.get(shape)
            return self._terms.variable(shape, self._layout.variables[shape].sort) if found is None else found
        return tuple(self._current(s, updates) for s in shape)

    def _set_may_bits(self, updates: dict[int, Term]) -> None:
        """The bits of ``may`` properties are set in every state in which their condition holds."""
        for may in self._may_conditions:
            if may.reads.isdisjoint(updates):
                continue
            after = self._terms.substitute(may.condition, updates)
            if after is not may.condition and not after.is_false:
                updates[may.bit] = self._terms.or_(self._terms.variable(may.bit, BOOL), after)
