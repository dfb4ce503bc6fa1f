"""Candidate lemmas from samples: affine equalities, exclusion clauses, bounds. What is guessed here is proved or dropped later.

Equalities are the affine hull of the samples (Karr, Acta Informatica 1976), computed modulo a prime and lifted back to integers; what does not lift
exactly is left out. Where there is none, a number may be at least a sum (``sums``). Clauses say that two (three) facts never hold together. A fact is that some replica is in a local state, or that a variable has a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from math import gcd, lcm

import numpy as np
import numpy.typing as npt

from modelcheck.engines.induction.numeric import distinct_rows, is_numeric, orthogonal
from modelcheck.engines.induction.seen import Seen
from modelcheck.engines.induction.sums import at_least, times
from modelcheck.ir.passes.counters import CounterSystem
from modelcheck.ir.system import Variable
from modelcheck.ir.terms import BoolSort, IntSort, Term
from modelcheck.records import dataclass

Matrix = npt.NDArray[np.int64]
#: From a state (values by variable id) to samples: a column for each variable of the system.
Around = Callable[[Mapping[int, bool | int]], Matrix]

PRIME = 2_147_483_647
#: A variable with more different values in the samples than this has no fact for each of them.
MOST_VALUES = 8
#: Numerators and denominators of lifted coefficients are at most this.
LARGEST_COEFFICIENT = 64
#: Rows that the hull is computed from at a time; the others are then checked against it.
HULL_ROWS = 1200


@dataclass(frozen=True, slots=True)
class Fact:
    """``term`` is boolean; ``variable``: what it is about (facts about one variable exclude each other by themselves)."""

    term: Term
    variable: int


@dataclass(frozen=True, slots=True)
class Linear:
    """The sum of ``coefficients`` times features plus ``constant`` is 0."""

    coefficients: tuple[tuple[int, int], ...]
    constant: int


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
        self.features: list[Term] = []
        self.feature_columns: list[npt.NDArray[np.int64]] = []
        self.facts: list[Fact] = []
        self.fact_columns: list[npt.NDArray[np.int64]] = []
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
        self.plain += at_least(self.system, self.features, self.feature_columns, equal)
        return Guess(
            tuple(self.features),
            tuple(self.facts),
            linear,
            tuple(self._clauses(width)) if width else (),
            tuple(self.plain),
            None if width else Seen(self.system, self.samples),
            around,
        )

    def _counter(self, v: Variable, column: npt.NDArray[np.int64]) -> None:
        terms = self.terms
        term = terms.variable(v.id, v.sort)
        self.features.append(term)
        self.feature_columns.append(column)
        self.plain.append(terms.le(terms.integer(0), term))
        if v.id == self.system.total:
            return
        self._fact(terms.le(terms.integer(1), term), v.id, column >= 1)
        most = int(column.max(initial=0))
        if most <= 1:
            self.plain.append(terms.le(term, terms.integer(most)))

    def _variable(self, v: Variable, column: npt.NDArray[np.int64]) -> None:
        terms = self.terms
        term = terms.variable(v.id, v.sort)
        match v.sort:
            case BoolSort():
                self.features.append(term)
                self.feature_columns.append(column)
                self._fact(term, v.id, column == 1)
                self._fact(terms.not_(term), v.id, column == 0)
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
                        self.feature_columns.append((column == 0).astype(np.int64))
            case _:
                pass
        values = [int(x) for x in np.unique(column)]
        if len(values) > (MOST_VALUES if is_numeric(v) else 1000):
            return
        cases = [terms.eq(term, terms.constant(x, v.sort)) for x in values]
        if not is_numeric(v) or (v.low is not None and v.high is not None):
            self.plain.append(terms.or_(*cases))
        for x, case in zip(values, cases, strict=True):
            self._fact(case, v.id, column == x)
            if not is_numeric(v) and len(values) > 1:
                self.features.append(case)
                self.feature_columns.append((column == x).astype(np.int64))
        if len(values) > 2 or is_numeric(v):
            for x, case in zip(values, cases, strict=True):
                self._fact(terms.not_(case), v.id, column != x)

    def _fact(self, term: Term, variable: int, column: npt.NDArray[np.bool_]) -> None:
        self.facts.append(Fact(term, variable))
        self.fact_columns.append(column.astype(np.int64))

    # equalities

    def _linear(self) -> Iterator[Linear]:
        if not self.feature_columns:
            return
        rows = distinct_rows(np.stack(self.feature_columns, axis=1))
        one = np.ones((len(rows), 1), dtype=np.int64)
        everything = np.concatenate([one, rows], axis=1)
        chance = np.random.default_rng(1)
        order = chance.permutation(len(everything))
        chosen = everything[order[:HULL_ROWS]]
        while True:
            vectors = _nullspace(chosen)
            if not vectors:
                return
            wrong = np.flatnonzero(~orthogonal(everything, np.array(vectors, dtype=np.int64)))
            if not len(wrong):
                break
            chosen = np.concatenate([_basis(chosen), everything[wrong[: HULL_ROWS // 2]]])
        for vector in _sparse(np.array(vectors, dtype=np.int64)).tolist():
            yield Linear(tuple((i - 1, c) for i, c in enumerate(vector) if c and i), vector[0])

    # clauses

    def _clauses(self, width: int) -> Iterator[Clause]:
        if not self.fact_columns:
            return
        table = np.unique(np.stack(self.fact_columns, axis=1), axis=0).astype(np.float32)
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


def _reduced(matrix: Matrix) -> tuple[Matrix, list[int]]:
    """The reduced row echelon form modulo the prime, and its pivot columns."""
    work = matrix % PRIME
    pivots: list[int] = []
    row = 0
    for column in range(work.shape[1]):
        candidates = np.flatnonzero(work[row:, column])
        if not len(candidates):
            continue
        best = row + int(candidates[0])
        if best != row:
            work[[row, best]] = work[[best, row]]
        work[row] = work[row] * pow(int(work[row, column]), -1, PRIME) % PRIME
        factors = work[:, column].copy()
        factors[row] = 0
        hit = np.flatnonzero(factors)
        if len(hit):
            work[hit] = (work[hit] - factors[hit, None] * work[row][None, :]) % PRIME
        pivots.append(column)
        row += 1
        if row == len(work):
            break
    return work[:row], pivots


def _basis(matrix: Matrix) -> Matrix:
    """Rows of the matrix that span the same space modulo the prime."""
    _, pivots = _reduced(matrix.T.copy())
    return matrix[pivots]


def _nullspace(matrix: Matrix) -> list[list[int]]:
    """Integer vectors that the rows are orthogonal to (modulo the prime; the caller checks)."""
    reduced, pivots = _reduced(matrix)
    free = [c for c in range(matrix.shape[1]) if c not in set(pivots)]
    found: list[list[int]] = []
    for column in free:
        vector: list[tuple[int, int]] | None = [(0, 1)] * matrix.shape[1]
        assert vector is not None
        vector[column] = (1, 1)
        exact = True
        for r, pivot in enumerate(pivots):
            value = int(reduced[r, column])
            if value:
                fraction = _rational(PRIME - value)
                if fraction is None:
                    exact = False
                    break
                vector[pivot] = fraction
        if exact:
            scale = lcm(*(d for _, d in vector))
            found.append([n * (scale // d) for n, d in vector])
    return found


def _sparse(vectors: Matrix) -> Matrix:
    """Vectors that span the same space with fewer numbers other than 0: what one says beside another is left out, one pair at a time."""
    sizes = np.count_nonzero(vectors, axis=1)
    better = True
    while better:
        better = False
        for i in range(len(vectors)):
            for sign in (-1, 1):
                combined = vectors[i] + sign * vectors
                found = np.count_nonzero(combined, axis=1)
                found[i] = sizes[i]
                best = int(np.argmin(found))
                if found[best] < sizes[i]:
                    vectors[i], sizes[i], better = combined[best], found[best], True
    return vectors


def _rational(value: int) -> tuple[int, int] | None:
    """The fraction with small numbers that is ``value`` modulo the prime."""
    for denominator in range(1, 13):
        numerator = value * denominator % PRIME
        if numerator > PRIME // 2:
            numerator -= PRIME
        if abs(numerator) <= LARGEST_COEFFICIENT:
            return numerator, denominator
    return None


def join_all(equations: list[Linear], points: Matrix) -> list[Linear]:
    """As ``join``, of several points (rows)."""
    while equations:
        factors = np.zeros((points.shape[1], len(equations)), dtype=np.int64)
        for k, e in enumerate(equations):
            factors[[i for i, _ in e.coefficients], k] = [c for _, c in e.coefficients]
        wrong = (points @ factors + np.array([e.constant for e in equations])).any(axis=1)
        if not wrong.any():
            break
        equations = join(equations, points[int(np.argmax(wrong))].tolist())
    return equations


def join(equations: list[Linear], values: Sequence[int]) -> list[Linear]:
    """The equations of the least affine space that contains the old one and the point ``values`` (one for each feature)."""
    results = [e.constant + sum(c * values[i] for i, c in e.coefficients) for e in equations]
    wrong = [i for i, r in enumerate(results) if r]
    if not wrong:
        return equations
    pivot = min(wrong, key=lambda i: (len(equations[i].coefficients), i))
    kept: list[Linear] = []
    for i, e in enumerate(equations):
        if i == pivot:
            continue
        kept.append(e if not results[i] else _combine(e, results[pivot], equations[pivot], -results[i]))
    return kept


def _combine(a: Linear, x: int, b: Linear, y: int) -> Linear:
    total: dict[int, int] = {i: c * x for i, c in a.coefficients}
    for i, c in b.coefficients:
        total[i] = total.get(i, 0) + c * y
    constant = a.constant * x + b.constant * y
    common = gcd(constant, *total.values()) or 1
    return Linear(tuple((i, c // common) for i, c in sorted(total.items()) if c), constant // common)


def linear_term(system: CounterSystem, features: Sequence[Term], equation: Linear) -> Term:
    """The equation as a term, with positive coefficients on both sides."""
    terms = system.terms
    sides: list[Term] = [terms.integer(max(equation.constant, 0)), terms.integer(max(-equation.constant, 0))]
    for i, c in equation.coefficients:
        side = 0 if c > 0 else 1
        sides[side] = terms.add(times(terms, abs(c), features[i]), sides[side])
    return terms.eq(sides[0], sides[1])


def clause_term(system: CounterSystem, facts: Sequence[Fact], clause: Clause) -> Term:
    terms = system.terms
    return terms.or_(*(terms.not_(facts[i].term) for i in clause.facts))
