"""Equations that hold under a condition: a count that some forget to put is equal to the number of
its holders for as long as an object is what they looked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from modelcheck.engines.induction.guesses.affine import Linear, Matrix, hull, linear_term
from modelcheck.engines.induction.samples.vectors import Column
from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.terms import Term, variables_of

#: Samples that an equation is guessed from before it is held against all of them.
ROWS = 2_000
SEED = 1


def equal_where(
    system: CounterSystem,
    features: Sequence[Term],
    columns: Sequence[Column],
    numbers: Iterable[int],
    conditions: Iterable[tuple[Term, Column]],
) -> Iterator[Term]:
    """Yield what each of ``numbers`` (features that no equation speaks about) is equal to where a condition holds.

    ``columns``: of each feature its values in the samples; ``conditions``: with 1 where they hold.
    Of conditions that give the same equation, the one that holds in most samples is taken.
    """
    known = [(condition, variables_of((condition,)), column == 1) for condition, column in conditions]
    for i in numbers:
        own = features[i].payload
        others = [j for j, f in enumerate(features) if j == i or own not in variables_of((f,))]
        table = np.stack([columns[j] for j in others], axis=1)
        widest: dict[Linear, tuple[int, Term]] = {}
        for condition, read, where in known:
            many = int(where.sum())
            if own in read or not 0 < many < len(where) or len(np.unique(columns[i][where])) < 2:
                continue
            equation = _sparsest(table[where], others.index(i))
            if equation is not None and widest.get(equation, (0, condition))[0] < many:
                widest[equation] = many, condition
        chosen = [features[j] for j in others]
        for equation, (_, condition) in widest.items():
            yield system.terms.implies(condition, linear_term(system, chosen, equation))


def _sparsest(samples: Matrix, feature: int) -> Linear | None:
    """The shortest equation about a feature that holds in all samples."""
    chosen = np.random.default_rng(SEED).permutation(len(samples))[:ROWS]
    for some in (samples[chosen], samples):
        about = [e for e in hull(some) if any(i == feature for i, _ in e.coefficients)]
        if not about:
            return None
        shortest = min(about, key=lambda e: len(e.coefficients))
        numbers, factors = zip(*shortest.coefficients, strict=True)
        if not (samples[:, numbers] @ np.array(factors) + shortest.constant).any():
            return shortest
    return None
