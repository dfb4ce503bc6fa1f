"""Equations that samples have in common: their affine hull (Karr, Acta Informatica 1976), computed
modulo a prime and lifted back to integers.

What does not lift exactly is left out: an equation that is missing is only a lemma that nobody guesses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import gcd, lcm
from typing import Any

import numpy as np
import numpy.typing as npt

from modelcheck.engines.induction.guesses.numeric import BLOCK, distinct_rows, orthogonal
from modelcheck.ground.records import dataclass
from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.terms import BoolSort, Term, TermFactory

Column = npt.NDArray[np.signedinteger[Any]]
#: One row for each sample, of integers as narrow as they may be.
Matrix = npt.NDArray[np.signedinteger[Any]]

PRIME = 2_147_483_647
#: Numerators and denominators of lifted coefficients are at most this.
LARGEST_COEFFICIENT = 64
#: Rows that the hull is computed from at a time; the others are then checked against it.
HULL_ROWS = 1200
#: Of no more rows than this the equal ones are left out first.
FEW = 20_000


@dataclass(frozen=True, slots=True)
class Linear:
    """The sum of ``coefficients`` times features plus ``constant`` is 0."""

    coefficients: tuple[tuple[int, int], ...]
    constant: int


def hull(samples: Matrix) -> Iterator[Linear]:
    """Equations that hold in all samples (a row for each, a column for each feature), and that
    imply every other one that does.
    """
    rows = distinct_rows(samples) if len(samples) <= FEW else samples
    chosen = _with_one(rows[np.random.default_rng(1).permutation(len(rows))[:HULL_ROWS]])
    rank = 0
    while True:
        vectors = np.array(_nullspace(chosen), dtype=np.int64).reshape(-1, chosen.shape[1])
        wrong = _outside(rows, vectors, HULL_ROWS // 2)
        if not wrong:
            break
        basis = _basis(chosen)
        if len(basis) == rank:
            # Modulo the prime the rows say nothing new: some number is as large as that.
            vectors = vectors[[not _outside(rows, vector[None], 1) for vector in vectors]]
            break
        rank = len(basis)
        chosen = np.concatenate([basis, _with_one(rows[wrong])])
    for vector in _sparse(vectors).tolist():
        yield Linear(tuple((i - 1, c) for i, c in enumerate(vector) if c and i), vector[0])


def _with_one(rows: Matrix) -> npt.NDArray[np.int64]:
    """The rows with a 1 before each, which the constant of an equation is multiplied by."""
    return np.concatenate([np.ones((len(rows), 1), dtype=np.int64), rows], axis=1, dtype=np.int64)


def _outside(rows: Matrix, vectors: npt.NDArray[np.int64], most: int) -> list[int]:
    """The numbers of the first rows, at most so many, that some of the equations do not hold in."""
    found: list[int] = []
    for begin in range(0, len(rows), BLOCK):
        wrong = np.flatnonzero(~orthogonal(_with_one(rows[begin : begin + BLOCK]), vectors))
        found += (begin + wrong).tolist()
        if len(found) >= most:
            return found[:most]
    return found


def _reduced(matrix: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], list[int]]:
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


def _basis(matrix: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Rows of the matrix that span the same space modulo the prime."""
    _, pivots = _reduced(matrix.T.copy())
    return matrix[pivots]


def _nullspace(matrix: npt.NDArray[np.int64]) -> list[list[int]]:
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


def _sparse(vectors: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Vectors that span the same space with fewer numbers other than 0: what one says beside
    another is left out, one pair at a time.
    """
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
    """The equations of the least affine space that contains the old one and the point ``values``
    (one for each feature).
    """
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


def times(terms: TermFactory, factor: int, feature: Term) -> Term:
    """A summand: a positive multiple of a feature, of which a condition counts for 1 where it is true."""
    if isinstance(feature.sort, BoolSort):
        return terms.ite(feature, terms.integer(factor), terms.integer(0))
    return feature if factor == 1 else terms.mul(terms.integer(factor), feature)
