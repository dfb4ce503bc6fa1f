"""Candidate lemmas from samples: affine equalities, exclusion clauses, bounds. What is guessed here is
proved or dropped later.

Equalities are the affine hull of the samples (``affine``). Where there is none, a number may be at
least a sum (``sums``), or equal to one under a condition (``conditional``). Clauses say that two
(three) facts never hold together. A fact is that some replica is in a local state, or that a
variable has a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from modelcheck.engines.induction.guesses.affine import Column, Linear, Matrix, hull
from modelcheck.engines.induction.guesses.conditional import equal_where
from modelcheck.engines.induction.guesses.exclusions import Seen
from modelcheck.engines.induction.guesses.numeric import is_numeric
from modelcheck.engines.induction.guesses.sums import at_least, without_equation
from modelcheck.engines.induction.samples.vectors import Columns
from modelcheck.ground.records import dataclass
from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.system import Variable
from modelcheck.ir.terms import BoolSort, IntSort, Op, Term

#: From a state (values by variable id) to samples: a column for each variable of the system.
Around = Callable[[Mapping[int, bool | int]], Matrix]

#: A variable with more different values in the samples than this has no fact for each of them.
MOST_VALUES = 8


@dataclass(frozen=True, slots=True)
class Fact:
    """``term`` is boolean; ``variable``: what it is about (facts about one variable exclude each
    other by themselves).
    """

    term: Term
    variable: int


@dataclass(frozen=True, slots=True)
class Clause:
    """These facts (numbers) never hold together."""

    facts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Guess:
    """``features``: integer or boolean terms that ``linear`` is about; ``plain``: further candidates.

    ``seen``: where clauses come from when they are needed, beside ``clauses``. ``around``: samples that would be
    reachable if a state (values by variable id) were.
    """

    features: tuple[Term, ...]
    facts: tuple[Fact, ...]
    linear: tuple[Linear, ...]
    clauses: tuple[Clause, ...]
    plain: tuple[Term, ...]
    seen: Seen | None = None
    around: Around | None = None


def columns(system: CounterSystem, rows: Sequence[Mapping[int, int]]) -> Matrix:
    """One row for each sample, one column for each variable of the system (missing values are 0)."""
    position = {v.id: i for i, v in enumerate(system.variables)}
    result = np.zeros((len(rows), len(position)), dtype=np.int64)
    for r, row in enumerate(rows):
        for id, value in row.items():
            result[r, position[id]] = value
    return result


def guess(system: CounterSystem, samples: Matrix, width: int, around: Around | None = None) -> Guess:
    """Guess lemmas; clauses have at most ``width`` facts (2 or 3; with 0 they are only made when they are needed)."""
    return _Guessing(system, samples).result(width, around)


class _Guessing:
    def __init__(self, system: CounterSystem, samples: Matrix) -> None:
        self.system = system
        self.terms = system.terms
        self.samples = samples
        self.evaluate = Columns({v.id: samples[:, i] for i, v in enumerate(system.variables)}, len(samples))
        self.features: list[Term] = []
        self.feature_columns: list[Column] = []
        self.facts: list[Fact] = []
        self.plain: list[Term] = []

    def result(self, width: int, around: Around | None) -> Guess:
        counters = set(self.system.counters)
        counted = [i for i, v in enumerate(self.system.variables) if v.id in counters or v.id == self.system.total]
        others = [i for i, v in enumerate(self.system.variables) if i not in set(counted)]
        for i in counted:
            self._counter(self.system.variables[i], self.samples[:, i])
        for i in others:
            self._variable(self.system.variables[i], self.samples[:, i])
        linear = tuple(self._linear())
        equal = {i for equation in linear for i, _ in equation.coefficients}
        numbers = without_equation(self.system, self.features, self.feature_columns, equal)
        self.plain += at_least(self.system, self.features, self.feature_columns, numbers)
        conditions = (
            (fact.term, self.evaluate(fact.term))
            for fact in self.facts
            if numbers and fact.variable not in counters and not _is_inequality(fact.term)
        )
        self.plain += equal_where(self.system, self.features, self.feature_columns, numbers, conditions)
        return Guess(
            tuple(self.features),
            tuple(self.facts),
            linear,
            tuple(self._clauses(width)) if width else (),
            tuple(self.plain),
            None if width else Seen(self.system, self.samples),
            around,
        )

    def _counter(self, v: Variable, column: Column) -> None:
        terms = self.terms
        term = terms.variable(v.id, v.sort)
        self.features.append(term)
        self.feature_columns.append(column)
        self.plain.append(terms.le(terms.integer(0), term))
        if v.id == self.system.total:
            return
        self.facts.append(Fact(terms.le(terms.integer(1), term), v.id))
        most = int(column.max(initial=0))
        if most <= 1:
            self.plain.append(terms.le(term, terms.integer(most)))

    def _variable(self, v: Variable, column: Column) -> None:
        terms = self.terms
        term = terms.variable(v.id, v.sort)
        match v.sort:
            case BoolSort():
                self.features.append(term)
                self.feature_columns.append(column)
                self.facts += (Fact(term, v.id), Fact(terms.not_(term), v.id))
                if not column.any():
                    self.plain.append(terms.not_(term))
                elif column.all():
                    self.plain.append(term)
                return
            case IntSort():
                if v.low is not None:
                    self.plain.append(terms.le(terms.integer(v.low), term))
                if v.high is not None:
                    self.plain.append(terms.le(term, terms.integer(v.high)))
                if is_numeric(v):
                    self.features.append(term)
                    self.feature_columns.append(column)
                    if 0 < int((column == 0).sum()) < len(column):
                        # Whether a count is zero decides who frees; the count alone does not say it linearly.
                        self.features.append(terms.eq(term, terms.integer(0)))
                        self.feature_columns.append((column == 0).astype(column.dtype))
            case _:
                pass
        values = [int(x) for x in np.unique(column)]
        if len(values) > (MOST_VALUES if is_numeric(v) else 1000):
            return
        cases = [terms.eq(term, terms.constant(x, v.sort)) for x in values]
        if not is_numeric(v) or (v.low is not None and v.high is not None):
            self.plain.append(terms.or_(*cases))
        for x, case in zip(values, cases, strict=True):
            self.facts.append(Fact(case, v.id))
            if not is_numeric(v) and len(values) > 1:
                self.features.append(case)
                self.feature_columns.append((column == x).astype(column.dtype))
        if len(values) > 2 or is_numeric(v):
            self.facts += (Fact(terms.not_(case), v.id) for case in cases)

    # equalities

    def _linear(self) -> Iterator[Linear]:
        if self.feature_columns:
            # One column below the other, as they are.
            yield from hull(np.stack(self.feature_columns, axis=0).T)

    # clauses

    def _clauses(self, width: int) -> Iterator[Clause]:
        if not self.facts:
            return
        columns = [self.evaluate(fact.term) for fact in self.facts]
        table = np.unique(np.stack(columns, axis=1), axis=0).astype(np.float32)
        together = table.T @ table > 0.5
        occurs = np.diag(together)
        usable = [i for i in range(len(self.facts)) if occurs[i] and not table[:, i].all()]
        for a, b in combinations(usable, 2):
            if not together[a, b] and self.facts[a].variable != self.facts[b].variable:
                yield Clause((a, b))
        if width < 3:
            return
        counters = set(self.system.counters)
        moving = [i for i in usable if self.facts[i].variable in counters]
        for a in moving:
            rest = [
                i
                for i in usable
                if together[a, i] and self.facts[i].variable not in counters and table[table[:, a] > 0][:, i].min() < 1
            ]
            here = table[table[:, a] > 0][:, rest]
            pairs = here.T @ here > 0.5
            for (i, b), (j, c) in combinations(enumerate(rest), 2):
                if not pairs[i, j] and together[b, c] and self.facts[b].variable != self.facts[c].variable:
                    yield Clause((a, b, c))


def _is_inequality(term: Term) -> bool:
    return term.op is Op.NOT and term.args[0].op is Op.EQ


def clause_term(system: CounterSystem, facts: Sequence[Fact], clause: Clause) -> Term:
    """That the facts of a clause never hold together."""
    terms = system.terms
    return terms.or_(*(terms.not_(facts[i].term) for i in clause.facts))
