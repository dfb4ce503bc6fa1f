"""Sums that a number is never less than: a count of references that somebody forgets to put is at
least the number of holders, and equal to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce

from modelcheck.engines.induction.guesses.affine import times
from modelcheck.engines.induction.samples.vectors import Column
from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.terms import BoolSort, IntSort, Op, Term, variables_of


def without_equation(
    system: CounterSystem, features: Sequence[Term], columns: Sequence[Column], equal: set[int]
) -> tuple[int, ...]:
    """The numbers that no equation speaks about (``equal``: the features that some does), and that
    are more than 1 somewhere.
    """
    counted = {*system.counters, system.total}
    return tuple(
        i
        for i, f in enumerate(features)
        if f.op is Op.VAR and isinstance(f.sort, IntSort) and i not in equal and f.payload not in counted
        if len(columns[i]) and columns[i].max() >= 2
    )


def at_least(
    system: CounterSystem, features: Sequence[Term], columns: Sequence[Column], numbers: Sequence[int]
) -> Iterator[Term]:
    """Yield bounds from below for each of ``numbers`` (features).

    A greedy choice takes counters and conditions one by one, as long as the sum is not more than
    the number in any sample. What comes first takes the place of others, and a holder that is
    sampled only beside another one looks like a holder of its own; so there is a sum for each of
    three orders. ``columns``: of each feature its values in the samples.
    """
    shared = {v.id for v in system.variables if v.owner is None}
    counters = [i for i, f in enumerate(features) if f.op is Op.VAR and f.payload in system.counters]
    read = {j: variables_of((f,)) for j, f in enumerate(features) if isinstance(f.sort, BoolSort)}
    for i in numbers:
        own = features[i].payload
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
