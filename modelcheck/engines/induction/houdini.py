"""Which candidate lemmas are an inductive invariant that proves the properties: Houdini, driven by
what the properties need.

Lemmas are taken from the candidates only when a counterexample (to a property, or to the
preservation of a lemma already taken) is excluded by one. A lemma that is not preserved although
every candidate that could help is taken is dropped (Flanagan and Leino, FME 2001); equalities are
weakened instead: the state that the counterexample leads to joins the affine space (Karr, 1976).
Nothing is assumed beside the lemmas taken: ranges of variables, counters that are not negative and
their sum are candidates like any other. Clauses are made of what the samples say about the
counterexample at hand (``engines.induction.guesses.exclusions``).

Where the candidates do not suffice for a property, k-induction may (Sheeran, Singh and Stålmarck,
FMCAD 2000): the property itself becomes a lemma, and where a step does not preserve it, so does the
weakest precondition of that step: no state from which one step violates the property, two steps,
..., k - 1 steps. That is as strong as k-induction, and what comes out is an invariant like any
other.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from modelcheck.engines.induction.effect import Effect
from modelcheck.engines.induction.guesses.affine import Linear, Matrix
from modelcheck.engines.induction.guesses.candidates import Guess
from modelcheck.engines.induction.guesses.pool import Pool
from modelcheck.engines.induction.samples.vectors import Columns
from modelcheck.ground.records import dataclass
from modelcheck.ir.counted import CounterStep, CounterSystem
from modelcheck.ir.evaluate import Values, evaluate_all
from modelcheck.ir.terms import Term, variables_of
from modelcheck.result.reasons.proofs import NotFound, Unproved
from modelcheck.solver.certificates.certificate import Needs
from modelcheck.solver.lemmas import Condition, LemmaSolver, Undecided

#: Lemmas taken for one counterexample.
AT_ONCE = 3
#: The part of the time that is kept for making sure that what was proved one by one is inductive.
KEPT = 0.1


class Escaped(Undecided):
    """The lemmas do not exclude that an instance leaves the local states that are counted, from ``state``."""

    def __init__(self, state: Values, lemmas: tuple[Term, ...]) -> None:
        self.state = state
        self.lemmas = lemmas
        super().__init__(NotFound.ESCAPED)


class Misled(Undecided):
    """More lemmas than allowed were not preserved: the samples show too little of what is reachable."""

    def __init__(self) -> None:
        super().__init__(NotFound.MISLED)


@dataclass(frozen=True, slots=True)
class Invariant:
    """``lemmas``: an inductive invariant that needs nothing else; ``proved``: the properties it
    proves; ``open``: why others are not.

    ``inductive``: all lemmas that were found to be inductive together, whether or not a property
    needs them. ``needs``: what each obligation rests on, as far as the search has seen it.
    """

    lemmas: tuple[Term, ...]
    proved: frozenset[int]
    open: Mapping[int, Unproved]
    dropped: int
    queries: int
    inductive: tuple[Term, ...] = ()
    needs: Needs = field(default_factory=Needs)


@dataclass(slots=True)
class _Lemma:
    term: Term
    linear: Linear | None
    touched: frozenset[int]
    alive: bool = True
    depth: int | None = None  # so many steps after a state that falsifies it a property is violated


@dataclass(slots=True)
class _StepQuery:
    """``concerned``: lemmas that the step may falsify; ``pending``: those that are to be checked;
    ``core``: lemmas that earlier checks needed.
    """

    number: int
    step: CounterStep
    reads: frozenset[int]
    changed: frozenset[int]
    values: dict[int, Term]
    guard: Condition
    effect: Effect
    concerned: list[int] = field(default_factory=list)
    pending: set[int] = field(default_factory=set)
    core: set[int] = field(default_factory=set)
    posts: dict[int, tuple[Term, Condition]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Goal:
    """What must be impossible: any of ``parts``."""

    parts: tuple[Term, ...]
    whole: Condition


class Houdini:
    """One search.

    ``deepest``: the largest k with which k-induction is tried; 0: candidates alone. ``wrong``: how
    many lemmas may be taken and not be preserved (None: any number).
    """

    def __init__(
        self, system: CounterSystem, guess: Guess, seconds: float, deepest: int, wrong: int | None = None
    ) -> None:
        self.system = system
        self.wrong = wrong
        self.deepest = deepest
        self.tried: set[Term] = set()  # lemmas made on the way
        self.unexcluded: Values = {}  # the last state that nothing excluded
        self.terms = system.terms
        self.pool = Pool(system, guess)
        self.solver = LemmaSolver(system, seconds)
        self.dropped = 0
        self.lemmas: list[_Lemma] = []
        self.steps = [
            _StepQuery(
                number,
                s,
                variables_of((s.guard,)),
                frozenset(id for id, _ in s.updates),
                dict(s.updates),
                self.solver.condition(s.guard),
                Effect(s),
            )
            for number, s in enumerate(system.steps)
            if not s.fault
        ]

    # taking lemmas

    def _take(self, state: Values, focus: frozenset[int]) -> bool:
        """Take lemmas that exclude a state; return whether there are any. ``focus``: the variables that matter."""
        if sum([self._accept(term) for term in self.pool.plain(state)]):
            return True
        if self._take_some(self.pool.equations(state)) or self._take_some((t, None) for t in self.pool.clauses(state)):
            return True
        return bool(sum([self._expect(term) for term in self.pool.unseen(state, focus, AT_ONCE)]))

    def _take_some(self, candidates: Iterable[tuple[Term, Linear | None]]) -> bool:
        """Take the first few that hold initially."""
        taken = 0
        for term, linear in candidates:
            taken += self._accept(term, linear)
            if taken == AT_ONCE:
                break
        return bool(taken)

    def _strengthen(self, wrong: Sequence[int], query: _StepQuery) -> bool:
        """Expect that no state from which this step falsifies a lemma of k-induction is reachable;
        whether that is new.
        """
        taken = 0
        for i in wrong:
            depth = self.lemmas[i].depth
            if depth is not None and depth + 1 < self.deepest:
                after = self.terms.substitute(self.lemmas[i].term, query.values)
                taken += self._expect(self.terms.implies(query.step.guard, after), depth + 1)
        return bool(taken)

    def _expect(self, term: Term, depth: int | None = None) -> bool:
        """Take a lemma, once."""
        if term in self.tried:
            return False
        self.tried.add(term)
        return self._accept(term, None, depth)

    def _accept(self, term: Term, linear: Linear | None = None, depth: int | None = None) -> bool:
        """Take a lemma if it holds initially, for every number of replicas."""
        first = self.solver.initial_state_without(term)
        if first is not None:
            if linear is not None:
                self.pool.put_back(linear)
            self._forget(self._join(self.pool.row(first)))
            return False
        number = self.solver.take(term)
        lemma = _Lemma(term, linear, variables_of((term,)), depth=depth)
        self.lemmas.append(lemma)
        for query in self.steps:
            if not lemma.touched.isdisjoint(query.changed) and not query.effect.keeps(term, query.changed):
                query.pending.add(number)
                query.concerned.append(number)
        return True

    def _join(self, rows: Matrix) -> set[int]:
        """Weaken the guesses so that they hold in more states; return the lemmas taken that do not
        hold in all of them.
        """
        evaluate = Columns({v.id: rows[:, i] for i, v in enumerate(self.system.variables)}, len(rows))
        alive = {i: x for i, x in enumerate(self.lemmas) if x.alive}
        wrong = {i for i, x in alive.items() if not evaluate(x.term).all()}
        # Weaker equations may still hold: those of the least affine space that contains the new states as well.
        return wrong | self.pool.weaken(rows, {i: x.linear for i, x in alive.items() if x.linear is not None})

    def _drop(self, wrong: Iterable[int], state: Values, query: _StepQuery) -> None:
        """Drop lemmas that a step from a state does not preserve; what needed them is to be checked again."""
        after = dict(state)
        after.update(zip(query.values, evaluate_all(list(query.values.values()), state), strict=True))
        gone = {*wrong, *self._join(self.pool.around(after))}
        self._forget(gone)

    def _forget(self, gone: Iterable[int]) -> None:
        gone = set(gone)
        for i in gone:
            self.lemmas[i].alive = False
        self.solver.drop(gone)
        self.dropped += len(gone)
        if self.wrong is not None and self.dropped > self.wrong:
            raise Misled
        for other in self.steps:
            other.pending -= gone
            if not other.core.isdisjoint(gone):
                other.core = set()
                other.pending = {i for i in other.concerned if self.lemmas[i].alive}

    # the search

    def result(self, wanted: Sequence[int]) -> Invariant:
        """Prove as many of the properties as possible, together."""
        goals, open = self._goals(wanted)
        cores: dict[int, frozenset[int]] = {}
        self._settle(goals, cores, open)
        return self._invariant(cores, open)

    def one_by_one(self, wanted: Sequence[int]) -> Invariant:
        """The same with an equal share of the time for each property: one that takes longer stays
        open, and the lemmas that were taken for it go.
        """
        goals, open = self._goals(wanted)
        cores: dict[int, frozenset[int]] = {}
        end = self.solver.end
        last = end - KEPT * (end - time.monotonic())
        for place, id in enumerate(goals):
            now = time.monotonic()
            # Without the first one nothing is proved.
            self.solver.end = last if id == -1 else now + (last - now) / (len(goals) - place)
            before, tried, remaining = len(self.lemmas), set(self.tried), self.pool.remaining()
            known = dict(cores)
            try:
                self._settle({**{other: goals[other] for other in cores}, id: goals[id]}, cores, open)
            except Escaped:
                raise
            except Undecided as reason:
                if id == -1:
                    raise
                # The lemmas before are inductive without them.
                open[id] = reason.why
                cores = known
                self._forget(i for i in range(before, len(self.lemmas)) if self.lemmas[i].alive)
                self.tried = tried
                self.pool.restore(remaining)
        self.solver.end = end
        self._settle({id: goals[id] for id in cores}, cores, open)
        return self._invariant(cores, open)

    def _goals(self, wanted: Sequence[int]) -> tuple[dict[int, _Goal], dict[int, Unproved]]:
        """What must be impossible, by property (-1: that an instance leaves the counted states),
        and why some are not asked about.
        """
        terms = self.terms
        escapes = [terms.and_(s.guard, s.escape) for s in self.system.steps if not s.escape.is_false]
        goals = {-1: self._goal(escapes)}
        open: dict[int, Unproved] = {}
        for id in wanted:
            if id not in self.system.bad and id not in self.system.refused:
                open[id] = NotFound.NOT_WITH_TWO
            elif id in self.system.refused:
                open[id] = self.system.refused[id]
            else:
                goals[id] = self._goal(self.system.violations(id))
        return goals, open

    def _settle(self, goals: Mapping[int, _Goal], cores: dict[int, frozenset[int]], open: dict[int, Unproved]) -> None:
        """Take lemmas until they are inductive and exclude every goal, or nothing helps: ``cores``
        gets what was needed, ``open`` why not.
        """
        terms = self.terms
        while True:
            for id, goal in goals.items():
                if id not in open and (id not in cores or any(not self.lemmas[i].alive for i in cores[id])):
                    core = self._reach(goal)
                    if (
                        core is None
                        and id >= 0
                        and self.deepest
                        and self._expect(terms.not_(terms.or_(*goal.parts)), 0)
                    ):
                        core = self._reach(goal)
                    if core is not None:
                        cores[id] = core
                        continue
                    cores.pop(id, None)
                    if id == -1:
                        raise Escaped(
                            self.unexcluded, tuple(x.term for x in self.lemmas if x.alive and x.linear is None)
                        )
                    open[id] = NotFound.NOT_IMPLIED
            waiting = [q for q in self.steps if q.pending]
            if not waiting:
                return
            for query in waiting:
                self._preserve(query)

    def _goal(self, parts: Sequence[Term]) -> _Goal:
        return _Goal(tuple(parts), self.solver.condition(self.terms.or_(*parts)))

    def _invariant(self, cores: Mapping[int, frozenset[int]], open: Mapping[int, Unproved]) -> Invariant:
        needed = self._needed([i for core in cores.values() for i in core])
        return Invariant(
            tuple(self.lemmas[i].term for i in needed),
            frozenset(id for id in cores if id >= 0),
            open,
            self.dropped,
            self.solver.queries,
            tuple(x.term for x in self.lemmas if x.alive),
            self._needs(cores, needed),
        )

    def _needs(self, cores: Mapping[int, frozenset[int]], needed: Sequence[int]) -> Needs:
        """What the obligations about the lemmas ``needed`` (in this order) rest on: the cores of the
        last answers, and of each step what it obviously preserves.
        """
        position = {i: place for place, i in enumerate(needed)}

        def placed(numbers: Iterable[int]) -> tuple[int, ...]:
            return tuple(sorted(position[i] for i in numbers))

        steps: dict[int, tuple[int, ...]] = {}
        for query in self.steps:
            affected = {i for i in needed if not self.lemmas[i].touched.isdisjoint(query.changed)}
            if affected:
                asked = affected.intersection(query.concerned)
                steps[query.number] = placed((affected - asked) | (query.core if asked else set()))
        escapes = {q.number: placed(cores[-1]) for q in self.steps if not q.step.escape.is_false}
        return Needs(steps, escapes, {id: placed(core) for id, core in cores.items() if id >= 0})

    def _reach(self, goal: _Goal) -> frozenset[int] | None:
        """The lemmas that exclude a goal, taking as many as it needs; None if they do not suffice."""
        while True:
            found = self.solver.state_with(goal.whole)
            if isinstance(found, frozenset):
                return found
            here = [p for p, holds in zip(goal.parts, evaluate_all(goal.parts, found), strict=True) if holds]
            if not self._take(found, variables_of(here)):
                self.unexcluded = found
                return None

    def _after(self, query: _StepQuery, number: int) -> tuple[Term, Condition]:
        """A lemma after a step."""
        found = query.posts.get(number)
        if found is None:
            term = self.terms.substitute(self.lemmas[number].term, query.values)
            found = query.posts[number] = term, self.solver.condition(term)
        return found

    def _preserve(self, query: _StepQuery) -> None:
        """Make one step preserve all lemmas: take what helps, drop what nothing helps."""
        while query.pending:
            posts = {i: self._after(query, i) for i in query.pending}
            broken = self.solver.some_fails(condition for _, condition in posts.values())
            found = self.solver.state_with(query.guard, broken)
            if isinstance(found, frozenset):
                query.core |= found
                query.pending.clear()
                return
            holds = evaluate_all([term for term, _ in posts.values()], found)
            wrong = [i for i, fine in zip(posts, holds, strict=True) if not fine]
            focus = query.reads.union(*(self.lemmas[i].touched for i in wrong))
            if self._take(found, focus):
                continue
            if not self._strengthen(wrong, query):
                self._drop(wrong, found, query)

    def _needed(self, start: Iterable[int]) -> list[int]:
        """The lemmas that these rest on: what each step needed to preserve any of them counts for all it changes."""
        kept = set(start)
        while True:
            more = {i for query in self.steps if not kept.isdisjoint(query.concerned) for i in query.core}
            if more <= kept:
                return sorted(kept)
            kept |= more
