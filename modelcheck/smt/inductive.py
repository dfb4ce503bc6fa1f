"""Which candidate lemmas are an inductive invariant that proves the properties: Houdini in z3, driven by what the properties need.

Lemmas are taken from the candidates only when a counterexample (to a property, or to the preservation of a lemma already taken) is excluded by one. A lemma that is
not preserved although every candidate that could help is taken is dropped (Flanagan and Leino, FME 2001); equalities are
weakened instead: the state that the counterexample leads to joins the affine space (Karr, 1976). Nothing is assumed beside the
lemmas taken: ranges of variables, counters that are not negative and their sum are candidates like any other.

Where the candidates do not suffice for a property, k-induction may (Sheeran, Singh and Stålmarck, FMCAD 2000): the property itself becomes a lemma, and
where a step does not preserve it, so does the weakest precondition of that step: no state from which one step violates
the property, two steps, ..., k - 1 steps. That is as strong as k-induction, and what comes out is an invariant like any other.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import z3

from modelcheck.engines.induction.candidates import Guess, Linear, clause_term, join, linear_term
from modelcheck.ir.passes.counters import CounterStep, CounterSystem
from modelcheck.ir.terms import BoolSort, BvSort, IntSort, Term, variables_of
from modelcheck.smt.builder import Bool, Builder, Expr
from modelcheck.smt.domains import DomainEvaluator
from modelcheck.smt.encode import Encoder, Names, Unencodable, no_literal

SEED = 1
#: Lemmas taken for one counterexample.
AT_ONCE = 3


class Undecided(Exception):
    """The solver gave no answer, time ran out, or the counters do not suffice; the message says which."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """``lemmas``: an inductive invariant that needs nothing else; ``proved``: the properties it proves; ``open``: why others are not."""

    lemmas: tuple[Term, ...]
    proved: frozenset[int]
    open: Mapping[int, str]
    dropped: int
    queries: int


@dataclass(slots=True)
class _Lemma:
    term: Term
    linear: Linear | None
    touched: frozenset[int]
    literal: Bool
    alive: bool = True
    depth: int | None = None  # so many steps after a state that falsifies it a property is violated


@dataclass(slots=True)
class _StepQuery:
    """``pending``: lemmas whose preservation is to be checked; ``core``: those that earlier checks needed."""

    step: CounterStep
    changed: frozenset[int]
    values: dict[int, Term]
    guard: Bool
    pending: set[int] = field(default_factory=set)
    core: set[int] = field(default_factory=set)
    posts: dict[int, Bool] = field(default_factory=dict)


def prove(system: CounterSystem, guess: Guess, wanted: Sequence[int], seconds: float, deepest: int = 0) -> Invariant:
    """Find an inductive invariant among the candidates that proves as many of the ``wanted`` properties as possible.

    ``deepest``: the largest k with which k-induction is tried; 0: candidates alone. Raises ``Undecided``.
    """
    try:
        return _Houdini(system, guess, seconds, deepest).result(wanted)
    except Unencodable as reason:
        raise Undecided(f"the model cannot be given to a solver: {reason}") from None
    except z3.Z3Exception as error:
        raise Undecided(f"z3: {error}") from None


class _Houdini:
    def __init__(self, system: CounterSystem, guess: Guess, seconds: float, deepest: int) -> None:
        self.system = system
        self.deepest = deepest
        self.tried: set[Term] = set()  # lemmas of k-induction
        self.terms = system.terms
        self.guess = guess
        self.end = time.monotonic() + seconds
        self.context = z3.Context()
        self.builder = Builder(self.context)
        self.solver = z3.Solver(ctx=self.context)
        self.solver.set("random_seed", SEED)
        self.queries = 0
        self.dropped = 0
        self._literals: ctypes.Array[z3.Ast] | None = None
        variables = {v.id: self._constant(f"v{v.id}", v.sort) for v in system.variables}
        self.encode = Encoder(self.builder, DomainEvaluator({}), Names(variables.__getitem__, no_literal), finite=False)
        self.facts = [self.encode.boolean(f.term) for f in guess.facts]
        self.features = [self.encode(f) for f in guess.features]
        widest = max((len(c.facts) for c in guess.clauses), default=2)
        padded = [(*c.facts, *([c.facts[-1]] * (widest - len(c.facts)))) for c in guess.clauses]
        self.clauses = np.array(padded, dtype=np.int64).reshape(len(padded), widest)
        self.clause_left = np.ones(len(padded), dtype=bool)
        self.linear = sorted(guess.linear, key=lambda e: len(e.coefficients))
        self.plain = dict.fromkeys(guess.plain)
        self.lemmas: list[_Lemma] = []
        self.by_literal: dict[int, int] = {}
        self.steps = [
            _StepQuery(s, frozenset(id for id, _ in s.updates), dict(s.updates), self.encode.boolean(s.guard))
            for s in system.steps
            if not s.fault
        ]
        self.initial = dict(system.initial)
        self.possible = self.encode.boolean(system.possible)

    def _constant(self, name: str, sort: BoolSort | IntSort | BvSort) -> Expr:
        match sort:
            case BoolSort():
                return self.builder.bool_variable(name)
            case IntSort():
                return self.builder.int_variable(name)
            case BvSort(width):
                return self.builder.bv_variable(name, width)

    # queries

    def _check(self, extra: Sequence[Bool], *, lemmas: bool = True) -> z3.ModelRef | frozenset[int]:
        """A model of ``extra`` and all lemmas taken, or the lemmas that were needed to exclude one."""
        remaining = self.end - time.monotonic()
        if remaining <= 0:
            raise Undecided("out of time")
        self.solver.set("timeout", max(int(remaining * 1000), 1))
        self.queries += 1
        self.solver.push()
        try:
            for constraint in extra:
                self.solver.add(constraint)
            assumptions = self._alive() if lemmas else (z3.Ast * 0)()
            # z3.Solver.check looks at each assumption in Python, which takes longer than the search.
            result = z3.Z3_solver_check_assumptions(
                self.context.ref(), self.solver.solver, len(assumptions), assumptions
            )
            if result == z3.Z3_L_TRUE:
                return self.solver.model()
            if result == z3.Z3_L_FALSE:
                found = (self.by_literal.get(x.get_id()) for x in self.solver.unsat_core())
                return frozenset(i for i in found if i is not None)
            reason = self.solver.reason_unknown()
        finally:
            self.solver.pop()
        if "keyboard" in reason:
            raise KeyboardInterrupt
        raise Undecided("out of time" if self.end - time.monotonic() <= 0 else f"z3: {reason}")

    def _alive(self) -> ctypes.Array[z3.Ast]:
        """The literals of all lemmas taken."""
        if self._literals is None:
            alive = [x.literal.as_ast() for x in self.lemmas if x.alive]
            self._literals = (z3.Ast * len(alive))(*alive)
        return self._literals

    def _post(self, query: _StepQuery, number: int) -> Bool:
        found = query.posts.get(number)
        if found is None:
            term = self.terms.substitute(self.lemmas[number].term, query.values)
            found = query.posts[number] = self.encode.boolean(term)
        return found

    # taking lemmas

    def _take(self, model: z3.ModelRef) -> bool:
        """Take lemmas that exclude the state of the model; return whether there are any."""
        taken = 0
        for term in [t for t in self.plain if _is_false(model, self.encode.boolean(t))]:
            del self.plain[term]
            taken += self._accept(term, None)
        if taken:
            return True
        point = [_number(model, f) for f in self.features]
        for equation in list(self.linear):
            if taken == AT_ONCE:
                break
            if equation in self.linear and _value(equation, point):
                self.linear.remove(equation)
                taken += self._accept(linear_term(self.system, self.guess.features, equation), equation)
        if taken:
            return True
        truth = np.array([_is_true(model, f) for f in self.facts], dtype=bool)
        if len(self.clauses):
            falsified = np.flatnonzero(self.clause_left & truth[self.clauses].all(axis=1))
            for i in falsified:
                self.clause_left[i] = False
                taken += self._accept(clause_term(self.system, self.guess.facts, self.guess.clauses[i]), None)
                if taken == AT_ONCE:
                    break
        return bool(taken)

    def _strengthen(self, wrong: Sequence[int], query: _StepQuery) -> bool:
        """Take weakest preconditions of a step that does not preserve lemmas of k-induction; return whether there are any."""
        taken = 0
        for i in wrong:
            depth = self.lemmas[i].depth
            if depth is not None and depth + 1 < self.deepest:
                after = self.terms.substitute(self.lemmas[i].term, query.values)
                taken += self._expect(self.terms.implies(query.step.guard, after), depth + 1)
        return bool(taken)

    def _expect(self, term: Term, depth: int) -> bool:
        """Take a lemma of k-induction, once."""
        if term in self.tried:
            return False
        self.tried.add(term)
        return self._accept(term, None, depth)

    def _accept(self, term: Term, linear: Linear | None, depth: int | None = None) -> bool:
        """Take a lemma if it holds initially, for every number of replicas."""
        start = self.encode.boolean(self.terms.substitute(term, self.initial))
        found = self._check([self.possible, self.builder.not_(start)], lemmas=False)
        if isinstance(found, z3.ModelRef):
            if linear is not None:
                self.linear.append(linear)
                self._join(lambda f: _number(found, self.encode(self.terms.substitute(f, self.initial))))
            return False
        number = len(self.lemmas)
        literal = self.builder.bool_variable(f"lemma{number}")
        lemma = _Lemma(term, linear, variables_of((term,)), literal, depth=depth)
        self.lemmas.append(lemma)
        self._literals = None
        self.by_literal[literal.get_id()] = number
        self.solver.add(self.builder.implies(literal, self.encode.boolean(term)))
        for query in self.steps:
            if not lemma.touched.isdisjoint(query.changed):
                query.pending.add(number)
        return True

    def _drop(self, wrong: list[int], model: z3.ModelRef, query: _StepQuery) -> None:
        """Drop lemmas that a step does not preserve; what needed them is to be checked again."""
        gone = set(wrong)
        linear = [i for i in wrong if self.lemmas[i].linear is not None]
        if linear:
            # Weaker equations may still hold: those of the least affine space that contains the new state as well.
            taken = {i: x.linear for i, x in enumerate(self.lemmas) if x.alive and x.linear is not None}
            point = [_number(model, self.encode(self.terms.substitute(f, query.values))) for f in self.guess.features]
            kept = join([*taken.values(), *self.linear], point)
            still = set(kept)
            gone |= {i for i, e in taken.items() if e not in still}
            held = set(taken.values())
            self.linear = sorted((e for e in kept if e not in held), key=lambda e: len(e.coefficients))
        for i in gone:
            self.lemmas[i].alive = False
        self._literals = None
        self.dropped += len(gone)
        for other in self.steps:
            other.pending -= gone
            if not other.core.isdisjoint(gone):
                other.core = set()
                other.pending = {
                    i for i, x in enumerate(self.lemmas) if x.alive and not x.touched.isdisjoint(other.changed)
                }

    def _join(self, value: Callable[[Term], int]) -> None:
        """Weaken the equations not yet taken so that they hold in one more state."""
        point = [value(f) for f in self.guess.features]
        self.linear = sorted(join(self.linear, point), key=lambda e: len(e.coefficients))

    # the search

    def result(self, wanted: Sequence[int]) -> Invariant:
        escapes = self.terms.or_(
            *(self.terms.and_(s.guard, s.escape) for s in self.system.steps if not s.escape.is_false)
        )
        goals: dict[int, Bool] = {-1: self.encode.boolean(escapes)}
        fails: dict[int, Term] = {}
        open: dict[int, str] = {}
        for id in wanted:
            if id not in self.system.bad and id not in self.system.refused:
                open[id] = "it does not apply to two instances"
            elif id in self.system.refused:
                open[id] = self.system.refused[id]
            else:
                fails[id] = self.terms.or_(*violations(self.system, id))
                goals[id] = self.encode.boolean(fails[id])
        cores: dict[int, frozenset[int]] = {}
        while True:
            for id, goal in goals.items():
                if id not in open and (id not in cores or any(not self.lemmas[i].alive for i in cores[id])):
                    core = self._reach(goal)
                    if core is None and id >= 0 and self.deepest and self._expect(self.terms.not_(fails[id]), 0):
                        core = self._reach(goal)
                    if core is not None:
                        cores[id] = core
                        continue
                    cores.pop(id, None)
                    if id == -1:
                        raise Undecided("an instance may come to look as in no small number of instances")
                    open[id] = "the lemmas that were found do not imply it"
            waiting = [q for q in self.steps if q.pending]
            if not waiting:
                break
            for query in waiting:
                self._preserve(query)
        needed = self._needed([i for id, core in cores.items() if id not in open for i in core])
        proved = frozenset(id for id in cores if id >= 0 and id not in open)
        return Invariant(tuple(self.lemmas[i].term for i in needed), proved, open, self.dropped, self.queries)

    def _reach(self, goal: Bool) -> frozenset[int] | None:
        """The lemmas that exclude a goal, taking as many as it needs; None if they do not suffice."""
        if goal is self.builder.false:
            return frozenset()
        while True:
            found = self._check([goal])
            if not isinstance(found, z3.ModelRef):
                return found
            if not self._take(found):
                return None

    def _preserve(self, query: _StepQuery) -> None:
        """Make one step preserve all lemmas: take what helps, drop what nothing helps."""
        while query.pending:
            posts = {i: self._post(query, i) for i in query.pending}
            violated = self.builder.or_(self.builder.not_(b) for b in posts.values())
            if violated is self.builder.false:
                query.pending.clear()
                return
            found = self._check([query.guard, violated])
            if not isinstance(found, z3.ModelRef):
                query.core |= found
                query.pending.clear()
                return
            if self._take(found):
                continue
            wrong = [i for i, b in posts.items() if _is_false(found, b)]
            if not self._strengthen(wrong, query):
                self._drop(wrong, found, query)

    def _needed(self, start: Sequence[int]) -> list[int]:
        """The lemmas that these rest on: what each step needed to preserve any of them counts for all it changes."""
        kept = set(start)
        while True:
            more = {
                i
                for query in self.steps
                if any(not self.lemmas[k].touched.isdisjoint(query.changed) for k in kept)
                for i in query.core
            }
            if more <= kept:
                return sorted(kept)
            kept |= more


def violations(system: CounterSystem, id: int) -> list[Term]:
    """What must be impossible for a property to hold: conditions over one state."""
    terms = system.terms
    found = [system.bad[id]]
    for step in system.steps:
        raised = [condition for prop, condition in step.raises if prop == id]
        if raised:
            found.append(terms.and_(step.guard, terms.or_(*raised)))
    return found


def _value(equation: Linear, point: Sequence[int]) -> int:
    return equation.constant + sum(c * point[i] for i, c in equation.coefficients)


def _is_true(model: z3.ModelRef, expression: Bool) -> bool:
    return bool(z3.is_true(model.eval(expression, model_completion=True)))


def _is_false(model: z3.ModelRef, expression: Bool) -> bool:
    return bool(z3.is_false(model.eval(expression, model_completion=True)))


def _number(model: z3.ModelRef, expression: Expr) -> int:
    value = model.eval(expression, model_completion=True)
    if z3.is_bool(value):
        return int(z3.is_true(value))
    assert isinstance(value, z3.IntNumRef)
    return int(value.as_long())
