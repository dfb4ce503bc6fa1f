"""Which lemmas of an invariant the proof needs: unsatisfiable cores first, then deletion one by one as
long as there is time.

What is left is again inductive and proves the same properties. Each query is about one step (or one
property) and remembers the lemmas that its last answer needed, so that leaving out a lemma asks
only those queries again that used it (as MUS extractors by deletion do: Belov and Marques-Silva,
FMCAD 2011).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

import z3

from modelcheck.ground.records import dataclass
from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.terms import BvSort, Term, post_order, variables_of
from modelcheck.solver.builder import Bool, Builder
from modelcheck.solver.certificates.certificate import Needs
from modelcheck.solver.encode import Unencodable, integer_encoder

SEED = 1
#: The longest that one question may take, in milliseconds: what z3 cannot see quickly stays.
PATIENCE = 300


@dataclass(frozen=True, slots=True)
class Minimised:
    """``lemmas``: some of those given, in order. ``needs``: by number, those that each obligation rests on."""

    lemmas: tuple[Term, ...]
    needs: Needs


def minimise(system: CounterSystem, lemmas: Sequence[Term], properties: Sequence[int], seconds: float) -> Minimised:
    """Find some of the lemmas that are an inductive invariant and prove the properties (and that no
    step escapes), if all of them do.

    Stops after about so many seconds of computing; what is returned then is right, but not minimal.
    """
    try:
        return _Minimising(system, lemmas, properties, seconds).result()
    except (Unencodable, z3.Z3Exception):
        return Minimised(tuple(lemmas), Needs())


@dataclass(slots=True)
class _Query:
    """``posts``: what must hold after the step, by lemma (nothing for a property).

    ``core``: the lemmas that the last answer needed; ``proved``: those that it was about.
    """

    condition: Bool
    posts: Mapping[int, Bool] = field(default_factory=dict)
    core: frozenset[int] = frozenset()
    proved: frozenset[int] = frozenset()


class _Minimising:
    def __init__(
        self, system: CounterSystem, lemmas: Sequence[Term], properties: Sequence[int], seconds: float
    ) -> None:
        self.end = time.process_time() + seconds
        self.system = system
        self.lemmas = lemmas
        terms = system.terms
        context = z3.Context()
        self.builder = Builder(context)
        # Its preprocessing finds smaller cores in less time; it knows no bit-vectors.
        linear = not any(isinstance(v.sort, BvSort) for v in system.variables)
        self.solver = z3.SolverFor("QF_LIA", ctx=context) if linear else z3.Solver(ctx=context)
        self.solver.set("random_seed", SEED)
        self.solver.set("timeout", PATIENCE)
        _, encode = integer_encoder(self.builder, system.variables)
        self.literals = [self.builder.bool_variable(f"lemma{i}") for i in range(len(lemmas))]
        self.numbers = {literal.get_id(): i for i, literal in enumerate(self.literals)}
        for literal, lemma in zip(self.literals, lemmas, strict=True):
            self.solver.add(self.builder.implies(literal, encode.boolean(lemma)))
        escapes = {n: terms.and_(step.guard, step.escape) for n, step in enumerate(system.steps) if not step.fault}
        self.escapes = {n: _Query(encode.boolean(e)) for n, e in escapes.items() if not e.is_false}
        self.properties = {id: _Query(encode.boolean(terms.or_(*system.violations(id)))) for id in properties}
        self.sizes = [sum(1 for _ in post_order((lemma,))) for lemma in lemmas]
        touched = [variables_of((lemma,)) for lemma in lemmas]
        self.steps: dict[int, _Query] = {}
        for number, step in enumerate(system.steps):
            changes = dict(step.updates)
            affected = [i for i, read in enumerate(touched) if not read.isdisjoint(changes)]
            if affected and not step.fault:
                posts = {i: encode.boolean(terms.substitute(lemmas[i], changes)) for i in affected}
                self.steps[number] = _Query(encode.boolean(step.guard), posts)

    def goals(self) -> Iterator[_Query]:
        yield from self.escapes.values()
        yield from self.properties.values()

    def result(self) -> Minimised:
        everything = frozenset(range(len(self.lemmas)))
        kept = self._by_cores(everything)
        if kept is None:
            return Minimised(tuple(self.lemmas), Needs())
        for number in self._by_size(kept):
            if time.process_time() > self.end:
                break
            if number in kept:
                kept = self._without(number, kept)
        position = {number: i for i, number in enumerate(sorted(kept))}

        def renumbered(queries: Mapping[int, _Query]) -> dict[int, tuple[int, ...]]:
            return {key: tuple(position[i] for i in sorted(query.core)) for key, query in queries.items()}

        steps = {n: query for n, query in self.steps.items() if not kept.isdisjoint(query.posts)}
        needs = Needs(renumbered(steps), renumbered(self.escapes), renumbered(self.properties))
        return Minimised(tuple(self.lemmas[i] for i in sorted(kept)), needs)

    def _by_cores(self, everything: frozenset[int]) -> frozenset[int] | None:
        """The lemmas that the goals need, those that these need, and so on; None if z3 does not
        confirm that all suffice.
        """
        kept: frozenset[int] = frozenset()
        for goal in self.goals():
            core = self._core(goal, kept, everything)
            if core is None:
                return None
            goal.core = core
            kept |= core
        waiting = list(self.steps.values())
        while waiting:
            for step in waiting:
                core = self._core(step, kept, everything)
                if core is None:
                    return None
                step.core = core
                step.proved = kept & step.posts.keys()
                kept |= core
            waiting = [step for step in self.steps.values() if step.proved != kept & step.posts.keys()]
        return kept

    def _core(self, query: _Query, kept: frozenset[int], everything: frozenset[int]) -> frozenset[int] | None:
        """The lemmas needed for a query, as few as possible beside those kept; None if even all do not suffice."""
        found = self._needed(query, kept, kept)
        if found is not None:
            return found
        found = self._needed(query, kept, everything)
        if found is None:
            return None
        for number in self._by_size(found - kept):
            if number in found and time.process_time() < self.end:
                fewer = self._needed(query, kept, kept | found - {number})
                found = found if fewer is None else fewer
        return found

    def _by_size(self, numbers: Iterable[int]) -> list[int]:
        """The largest lemmas first."""
        return sorted(numbers, key=lambda i: (-self.sizes[i], i))

    def _without(self, number: int, kept: frozenset[int]) -> frozenset[int]:
        """The lemmas that are needed if ``number`` is not among them; ``kept`` if it has to be."""
        fewer = kept - {number}
        cores: list[tuple[_Query, frozenset[int]]] = []
        for query in (*self.goals(), *self.steps.values()):
            if number in query.core:
                core = self._needed(query, fewer, fewer)
                if core is None:
                    return kept
                cores.append((query, core))
        for query, core in cores:
            query.core = core
        return self._reachable(fewer)

    def _reachable(self, kept: frozenset[int]) -> frozenset[int]:
        """Those of the lemmas that the goals still rest on."""
        found = frozenset(i for goal in self.goals() for i in goal.core)
        while True:
            more = frozenset(i for step in self.steps.values() if not found.isdisjoint(step.posts) for i in step.core)
            if more <= found:
                return found & kept
            found |= more

    def _needed(self, query: _Query, proved: Iterable[int], assumed: Iterable[int]) -> frozenset[int] | None:
        """Of the lemmas ``assumed``, those that make the query impossible; None if they do not (or z3
        cannot tell quickly).

        For a step: that it leads out of the lemmas ``proved``.
        """
        condition = query.condition
        if query.posts:
            posts = [query.posts[i] for i in proved if i in query.posts]
            if not posts:
                return frozenset()
            condition = self.builder.and_((condition, self.builder.not_(self.builder.and_(posts))))
        if condition is self.builder.false:
            return frozenset()
        self.solver.push()
        try:
            self.solver.add(condition)
            if self.solver.check(*(self.literals[i] for i in assumed)) != z3.unsat:
                return None
            return frozenset(self.numbers[x.get_id()] for x in self.solver.unsat_core())
        finally:
            self.solver.pop()
