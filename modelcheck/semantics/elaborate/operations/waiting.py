"""Guards that wait: what each reads of freed or unassigned memory, and when it is true (docs/semantics.md, section 6).

The nodes of a guard are marked (``Node.waits``). They are executed symbolically by themselves:
every read that can go wrong becomes a condition over the state in which the process stands there,
and so does being true. Conditions over other states (those after a step, that of the moment in
which a step frees an object) are made of them by substitution.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import field, replace

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.ir.system import Raise, StateCondition, Step
from modelcheck.ir.terms import INT, Term, TermFactory, variables_of
from modelcheck.model.typed import ObligationKey
from modelcheck.semantics.elaborate.execution.evaluate import evaluate_term
from modelcheck.semantics.elaborate.execution.path import Dead, Execution, Path
from modelcheck.semantics.elaborate.execution.symbolic import execute_node, load_locals
from modelcheck.semantics.elaborate.graphs.graph import FreeObject, Graph
from modelcheck.semantics.elaborate.variables.instances import Substitution
from modelcheck.semantics.elaborate.variables.layout import ClassLayout, Layout, LocationKey

Choices = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GuardRead:
    """Guard ``guard`` (the choices that lead to it) reads, where ``condition`` holds, what it must not.

    ``slot``: of the object that was freed.
    """

    guard: Choices
    key: ObligationKey
    slot: int | None
    condition: Term
    span: Span


@dataclass(frozen=True, slots=True)
class Waiting:
    """The guard at one location of one instance; the conditions say themselves that the process stands
    there (and ``provided``).

    ``here``: that it stands there. ``true``: choices with the condition under which they lead past the guard.
    """

    instance: int
    location: int
    resting: bool
    here: Term
    reads: tuple[GuardRead, ...]
    true: tuple[tuple[Choices, Term], ...]

    def when_true(self, terms: TermFactory, guard: Choices) -> Term:
        """When the guard that these choices lead to is true."""
        return terms.or_(*(condition for choices, condition in self.true if choices[: len(guard)] == guard))


@dataclass(slots=True)
class Reads:
    """Collects what a guard reads.

    ``freed``: the objects that some code frees (references to others never become stale).
    """

    freed: frozenset[str]
    found: dict[tuple[Choices, ObligationKey, int | None], tuple[list[Term], Span]] = field(default_factory=dict)

    def add(self, ex: Execution, path: Path, condition: Term, key: ObligationKey, slot: int | None, span: Span) -> None:
        """Note a read, unless it cannot go wrong."""
        condition = ex.simplify(path, condition)
        if not condition.is_false:
            conditions, _ = self.found.setdefault((path.choices, key, slot), ([], span))
            conditions.append(ex.terms.and_(*path.guard, condition))


def freed_objects(graphs: Iterable[Graph], layout: Layout) -> frozenset[str]:
    """The objects to which a reference can become stale."""
    return frozenset(
        operation.object
        for graph in graphs
        for operation in (graph.nodes[n].operation for n in graph.order)
        if isinstance(operation, FreeObject) and not layout.objects[operation.object].typestable
    )


def guard_at(
    ex: Execution, c: ClassLayout, source: LocationKey, freed: frozenset[str], instance: int
) -> Waiting | None:
    """The guard at a location, if there is one that can read what it must not."""
    node = ex.graph.nodes[source.node]
    if not node.waits:
        return None
    reads = Reads(freed)
    ex = replace(ex, claims=lambda key: (), occur=lambda *_: None, reads=None, faults=[])
    here = ex.terms.eq(ex.terms.variable(c.location_variable, INT), ex.terms.integer(c.locations[source]))
    path = Path()
    load_locals(ex, c, path, source.node)
    path.known[c.location_variable] = ex.terms.integer(c.locations[source])
    true: list[tuple[Choices, Term]] = []
    try:
        if c.provided is not None:
            ex.owner = c.process.name
            ex.assume(path, evaluate_term(ex, path, c.provided, ex.terms.true))
        ex.reads = reads
        ways = list(_past_the_guard(ex, path, source.node))
        true += [(passed.choices, ex.terms.and_(here, *passed.guard)) for passed in ways]
    except Dead:
        pass
    found = tuple(
        GuardRead(guard, key, slot, ex.terms.and_(here, ex.terms.or_(*conditions)), span)
        for (guard, key, slot), (conditions, span) in reads.found.items()
    )
    found = tuple(read for read in found if not read.condition.is_false)
    return Waiting(instance, c.locations[source], source.resting, here, found, tuple(true)) if found else None


def _past_the_guard(ex: Execution, path: Path, start: int) -> Iterator[Path]:
    """The ways past the guard that begins at a node."""
    stack = [(path, start)]
    while stack:
        current, id = stack.pop()
        node = ex.graph.nodes[id]
        if not node.waits or (node.step and id != start):
            yield current
            continue
        if node.site.frames:
            ex.owner = node.site.frames[-1].inline
        with suppress(Dead):
            stack.extend((after, node.next[index]) for after, index in execute_node(ex, current, node))


def waiting_states(
    terms: TermFactory, waiting: Iterable[Waiting], enabled: Mapping[tuple[int, int], Term]
) -> Iterator[tuple[ObligationKey, StateCondition]]:
    """The states in which a process that does not rest waits and reads what it must not.

    ``enabled``: by (instance, location).
    """
    for guard in waiting:
        if guard.resting:
            continue
        blocked = terms.not_(enabled.get((guard.instance, guard.location), terms.false))
        by_key: dict[ObligationKey, list[Term]] = {}
        for read in guard.reads:
            by_key.setdefault(read.key, []).append(read.condition)
        for key, conditions in by_key.items():
            condition = terms.and_(guard.here, terms.or_(*conditions), blocked)
            yield key, StateCondition(condition, key)


@dataclass(frozen=True, slots=True)
class Freed:
    """A step frees ``object[slot]`` where ``condition`` holds; ``before``: the variables it had changed until then."""

    object: str
    slot: int
    condition: Term
    before: Mapping[int, Term]


def freed_by(terms: TermFactory, path: Path, substitution: Substitution) -> tuple[Freed, ...]:
    """What a way through a step frees."""
    found: list[Freed] = []
    for made in path.stale:
        reference, real = substitution.apply(made.reference), substitution.apply(made.condition)
        before = {id: substitution.apply(value) for id, value in made.before.items()}
        for slot in range(made.type.pool):
            condition = terms.and_(real, terms.eq(reference, terms.integer(1 + slot)))
            if not condition.is_false:
                found.append(Freed(made.type.target, slot, condition, before))
    return tuple(found)


class RestingGuards:
    """Judges the guards at which processes rest: on the step after which one reads what it must
    not, and before which it did not.
    """

    def __init__(self, terms: TermFactory, layout: Layout, waiting: Iterable[Waiting]) -> None:
        self._terms = terms
        self._owner = [draft.owner for draft in layout.variables]
        self.guards = [
            (guard, tuple((read, variables_of((read.condition,))) for read in guard.reads))
            for guard in waiting
            if guard.resting
        ]

    def judge(self, step: Step, freed: tuple[Freed, ...], claimed: Callable[[ObligationKey], tuple[int, ...]]) -> Step:
        """The step with what it raises by what guards read after it."""
        if step.fault or not self.guards:
            return step
        terms, updates = self._terms, dict(step.updates)
        bad: dict[tuple[ObligationKey, Span], list[Term]] = {}
        for guard, reads in self.guards:
            for read, variables in reads:
                if variables.isdisjoint(updates):
                    continue
                after = terms.substitute(read.condition, updates)
                if after.is_false or after is read.condition:
                    continue
                condition = terms.and_(after, terms.not_(read.condition), self._may_not(guard, read, updates, freed))
                if not condition.is_false:
                    bad.setdefault((read.key, read.span), []).append(condition)
        raises = tuple(
            Raise(property, terms.or_(*conditions), key, span)
            for (key, span), conditions in bad.items()
            for property in claimed(key)
        )
        return replace(step, raises=(*step.raises, *raises)) if raises else step

    def _may_not(self, guard: Waiting, read: GuardRead, updates: Mapping[int, Term], freed: tuple[Freed, ...]) -> Term:
        """Whether beginning to read is a violation: always, but where the step frees the object
        while the guard is false.
        """
        terms = self._terms
        own = {id: value for id, value in updates.items() if self._owner[id] == guard.instance}
        frees: list[Term] = []
        was_true: list[Term] = []
        for made in freed:
            if read.slot != made.slot or read.key.subject != made.object:
                continue
            moment = {id: value for id, value in made.before.items() if self._owner[id] is None} | own
            true = terms.substitute(guard.when_true(terms, read.guard), moment)
            frees.append(made.condition)
            was_true.append(terms.and_(made.condition, true))
        return terms.or_(terms.not_(terms.or_(*frees)), *was_true)

    def at_start(self, values: dict[int, Term], claimed: Callable[[ObligationKey], tuple[int, ...]]) -> Iterator[Raise]:
        """What guards read at which processes rest in the initial state."""
        for _, reads in self.guards:
            for read, _ in reads:
                condition = self._terms.substitute(read.condition, values)
                if not condition.is_false:
                    for property in claimed(read.key):
                        yield Raise(property, condition, read.key, read.span)
