"""Sums that a number is never less than: a count of references that somebody forgets to put is at least the number of holders, and equal to nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce

import numpy as np
import numpy.typing as npt

from modelcheck.ir.passes.counters import CounterSystem
from modelcheck.ir.terms import BoolSort, IntSort, Op, Term, TermFactory, variables_of

Column = npt.NDArray[np.int64]


def at_least(
    system: CounterSystem, features: Sequence[Term], columns: Sequence[Column], equal: set[int]
) -> Iterator[Term]:
    """Yield bounds from below for each number that no equation speaks about (``equal``: the features that some does).

    A greedy choice takes counters and conditions one by one, as long as the sum is not more than the number in any sample. What comes first takes the
    place of others, and a holder that is sampled only beside another one looks like a holder of its own; so there is a sum for
    each of three orders. ``columns``: of each feature its values in the samples.
    """
    counted = {*system.counters, system.total}
    shared = {v.id for v in system.variables if v.owner is None}
    numbers = [i for i, f in enumerate(features) if f.op is Op.VAR and isinstance(f.sort, IntSort)]
    counters = [i for i in numbers if features[i].payload in system.counters]
    read = {j: variables_of((f,)) for j, f in enumerate(features) if isinstance(f.sort, BoolSort)}
    for i in numbers:
        own = features[i].payload
        if i in equal or own in counted or not len(columns[i]) or columns[i].max() < 2:
            continue
        about_shared = [j for j, ids in read.items() if own not in ids and ids <= shared]
        about_others = [j for j, ids in read.items() if own not in ids and not ids <= shared]
        orders = (
            (*counters, *about_shared, *about_others),
            (*about_shared, *counters, *about_others),
            (*about_others, *about_shared, *counters),
        )
        for chosen in dict.fromkeys(_chosen(columns[i], order, columns) for order in orders):
            if len(chosen) > 1:
                parts = (times(system.terms, 1, features[j]) for j in chosen)
                yield system.terms.le(reduce(system.terms.add, parts), features[i])


def _chosen(number: Column, order: Sequence[int], columns: Sequence[Column]) -> tuple[int, ...]:
    """The columns, taken in order, that have together at most ``number`` in each row."""
    left = number.copy()
    chosen: list[int] = []
    for j in order:
        if columns[j].any() and not (left < columns[j]).any():
            left -= columns[j]
            chosen.append(j)
    return tuple(sorted(chosen))


def times(terms: TermFactory, factor: int, feature: Term) -> Term:
    """A summand: a positive multiple of a feature, of which a condition counts for 1 where it is true."""
    if isinstance(feature.sort, BoolSort):
        return terms.ite(feature, terms.integer(factor), terms.integer(0))
    return feature if factor == 1 else terms.mul(terms.integer(factor), feature)
