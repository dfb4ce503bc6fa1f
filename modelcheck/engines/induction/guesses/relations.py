"""Candidate lemmas about data: comparisons and remainders, each where some processes stand.

A protocol on unbounded integers is right because of relations between them (a ticket drawn is at
least the one being served), most of which hold only while somebody is somewhere. The facts here are
comparisons of two integers, remainders, and the conditions that guards and properties are made of;
the clauses say which pairs of facts, and which facts together with a location and a third, no
sample shows (the shape that Daikon calls conditional invariants: Ernst et al., TSE 2001).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from modelcheck.engines.induction.guesses.affine import Matrix
from modelcheck.engines.induction.guesses.candidates import Clause, Fact, Guess, guess
from modelcheck.engines.induction.samples.vectors import Columns
from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.system import VariableKind
from modelcheck.ir.terms import INT, IntSort, Op, Term, post_order, variables_of
from modelcheck.model import typed

#: Integers that are compared with each other, remainders by so much, constants that integers are compared with.
MOST_COMPARED = 12
LARGEST_MODULUS = 8
LARGEST_CONSTANT = 16
MOST_CONSTANTS = 5
#: No more clauses of three than this are looked for.
MOST_CLAUSES = 200_000


def guess_relations(system: CounterSystem, samples: Matrix) -> Guess:
    """Guess lemmas about a system without counters from one row for each sample (see ``candidates.columns``)."""
    base = guess(system, samples, 2)
    evaluate = Columns({v.id: samples[:, i] for i, v in enumerate(system.variables)}, len(samples))
    atoms = _atoms(system)
    known = {fact.term for fact in base.facts}
    related = _related(system, atoms)
    facts = list(base.facts)
    focus: set[int] = set()
    for term in (*atoms, *related):
        if term not in known:
            known.add(term)
            facts.append(Fact(term, -len(facts) - 1))
        if term in atoms:
            focus.add(next(i for i, f in enumerate(facts) if f.term is term))
    if not facts:
        return base
    columns = np.stack([evaluate(f.term) != 0 for f in facts], axis=1)
    clauses = tuple(_clauses(system, facts, focus, columns))
    return replace(base, facts=tuple(facts), clauses=clauses, plain=(*base.plain, *_bounds(system, samples)))


def _integers(system: CounterSystem) -> list[int]:
    """Integers that count something, the unbounded ones first."""
    found = [
        v
        for v in system.variables
        if v.sort == INT
        and v.kind not in (VariableKind.LOCATION, VariableKind.HELD, VariableKind.MONITOR)
        and isinstance(v.type, typed.IntType | typed.RangeType | typed.AtomicType)
    ]
    found.sort(key=lambda v: v.low is not None and v.high is not None)
    return [v.id for v in found[:MOST_COMPARED]]


def _conditions(system: CounterSystem) -> Iterator[Term]:
    for step in system.steps:
        yield step.guard
        yield from (condition for _, condition in step.raises)
    yield from system.bad.values()


def _atoms(system: CounterSystem) -> dict[Term, None]:
    """The comparisons that guards and properties are made of, if they are about more than where a process is."""
    places = {v.id for v in system.variables if v.kind is VariableKind.LOCATION}
    found: dict[Term, None] = {}
    for node in post_order(_conditions(system)):
        if node.op in (Op.EQ, Op.LT, Op.LE) and isinstance(node.args[0].sort, IntSort):
            about = variables_of((node,))
            if about and about.isdisjoint(places):
                found[node] = None
                found[system.terms.not_(node)] = None
    return found


def _related(system: CounterSystem, atoms: dict[Term, None]) -> Iterator[Term]:
    terms = system.terms
    integers = [terms.variable(id, INT) for id in _integers(system)]
    nodes = list(post_order([*_conditions(system), *(value for s in system.steps for _, value in s.updates)]))
    numbers = {0, 1}
    for node in post_order(atoms):
        if node.op is Op.CONST and node.sort == INT and abs(int(node.payload or 0)) <= LARGEST_CONSTANT:
            numbers.add(int(node.payload or 0))
    for a, b in combinations(integers, 2):
        yield from _comparisons(system, a, b)
        for x, y in ((a, b), (b, a)):
            next_one = terms.eq(x, terms.add(y, terms.integer(1)))
            yield from (next_one, terms.not_(next_one))
    for a in integers:
        for number in sorted(numbers, key=abs)[:MOST_CONSTANTS]:
            yield from _comparisons(system, a, terms.integer(number))
    moduli = {
        int(n.args[1].payload or 0) for n in nodes if n.op is Op.MOD and n.sort == INT and n.args[1].op is Op.CONST
    }
    for modulus in sorted(moduli):
        if 2 <= modulus <= LARGEST_MODULUS:
            for a in integers:
                for rest in range(modulus):
                    yield terms.eq(terms.mod(a, terms.integer(modulus)), terms.integer(rest))


def _comparisons(system: CounterSystem, a: Term, b: Term) -> Iterator[Term]:
    terms = system.terms
    less, more, same = terms.lt(a, b), terms.lt(b, a), terms.eq(a, b)
    yield from (less, more, same, terms.le(a, b), terms.le(b, a), terms.not_(same))


def _bounds(system: CounterSystem, samples: Matrix) -> Iterator[Term]:
    terms = system.terms
    wanted = set(_integers(system))
    for i, v in enumerate(system.variables):
        if v.id in wanted and len(samples):
            term = terms.variable(v.id, INT)
            yield terms.le(terms.integer(int(samples[:, i].min())), term)
            yield terms.le(term, terms.integer(int(samples[:, i].max())))


def _clauses(
    system: CounterSystem, facts: Sequence[Fact], focus: set[int], columns: npt.NDArray[np.bool_]
) -> Iterator[Clause]:
    table = np.unique(columns, axis=0).astype(np.float32)
    together = table.T @ table > 0.5
    occurs = np.diag(together) & ~(table > 0).all(axis=0)
    about = np.array([f.variable for f in facts])
    apart = about[:, None] != about[None, :]
    first, second = np.nonzero(np.triu(~together & apart & occurs[:, None] & occurs[None, :], 1))
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        yield Clause((a, b))
    places = {v.id for v in system.variables if v.kind is VariableKind.LOCATION}
    at = [i for i, f in enumerate(facts) if f.variable in places and f.term.op is Op.EQ and occurs[i]]
    condition = np.array(sorted({*at, *(i for i in focus if occurs[i])}), dtype=np.int64)
    seen = 0
    for place in at:
        here = table[table[:, place] > 0]
        usable = together[place] & occurs & (about != about[place]) & (here.sum(axis=0) < len(here))
        others = np.flatnonzero(usable)
        conditions = condition[usable[condition]]
        if not len(others) or not len(conditions):
            continue
        never = (here[:, conditions].T @ here[:, others]) < 0.5
        never &= together[np.ix_(conditions, others)] & apart[np.ix_(conditions, others)]
        for c, o in zip(*(x.tolist() for x in np.nonzero(never)), strict=True):
            b, d = int(conditions[c]), int(others[o])
            # A place as the condition: once for each pair of places.
            if (b in focus or b > place) and not (d in focus and b in focus and d < b):
                yield Clause((place, b, d))
                seen += 1
        if seen > MOST_CLAUSES:
            return
