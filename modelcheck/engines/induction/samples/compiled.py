"""Samples from compiled exploration: all states of a number of instances, where the sampler in Python
would visit a part of them.

States that differ by an exchange of instances are one state under counters; so exploration, which
visits one of each such orbit, yields each state once. What comes out only suggests, like every
sample.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from modelcheck.engines.induction.samples.samples import Block, Sampler
from modelcheck.engines.induction.samples.vectors import Column
from modelcheck.engines.induction.subject import Countable
from modelcheck.ir.passes.replicas import replica_rows
from modelcheck.ir.passes.symmetry import Symmetry
from modelcheck.ir.system import System, Variable
from modelcheck.ir.uncountable import NotCountable, Uncounted
from modelcheck.result.budget import Budget

#: Keys of combined columns stay below this.
LARGEST_KEY = 1 << 62


def visited(known: Countable, sampler: Sampler, n: int, most: int, deadline: float) -> tuple[Block, bool] | None:
    """The states with ``n`` instances (2 or 3), at most about ``most``, and whether these are all.

    None where code would not be exact, or the variables cannot be told in those of two instances.
    Raises ``NotCountable`` if a value grows without bound.
    """
    from modelcheck.engines.native.search import finished
    from modelcheck.engines.native.unsupported import Unsupported

    system = known.system_of(n)
    members = [p.index for p in system.processes if p.process == known.process]
    own = [[v.id for v in system.variables if v.owner == member] for member in members]
    common = _common(known, system)
    groups = tuple(rows for rows in replica_rows(system) if set(map(frozenset, rows)) == set(map(frozenset, own)))
    if common is None or len(groups) != 1 or len(own[0]) != len(known.replicas.own[0]):
        return None
    steps = tuple(replace(step, raises=(), occurrences=()) for step in system.steps)
    bare = replace(system, steps=steps, properties=(), initial_raises=())
    budget = Budget(seconds=max(deadline - time.monotonic(), 0.1), states=most)
    try:
        with finished(bare, budget, Symmetry(groups)) as search:
            columns = search.columns()
            complete = search.complete
    except Unsupported:
        return None
    rest = {mine: columns[theirs] for mine, theirs in common.items()}
    fields = sampler.machine.layout.fields
    for id, column in rest.items():
        low, high = int(column.min()) - fields[id].base, int(column.max()) - fields[id].base
        if low < 0 or high > fields[id].limit:
            raise NotCountable(Uncounted.GROWING_VALUE)
    values = [np.concatenate([columns[row[place]] for row in own]) for place in range(len(own[0]))]
    numbers, first = _told_apart(values)
    mine = [fields[id] for id in known.replicas.own[0]]
    locals = [
        sum((int(column[row]) - f.base) << f.shift for f, column in zip(mine, values, strict=True)) for row in first
    ]
    return Block(n, rest, locals, numbers.reshape(n, -1)), complete


def _common(known: Countable, system: System) -> Mapping[int, int] | None:
    """For each variable that is no instance's, by its id with two instances, its id in ``system``;
    None if they differ.
    """

    def shared(one: System) -> list[Variable]:
        members = {p.index for p in one.processes if p.process == known.process}
        return [v for v in one.variables if v.owner not in members]

    pairs = list(zip(shared(known.two), shared(system), strict=False))
    if len(pairs) != len(shared(system)) or any((a.name, a.sort, a.kind) != (b.name, b.sort, b.kind) for a, b in pairs):
        return None
    return {a.id: b.id for a, b in pairs}


def _told_apart(columns: Sequence[Column]) -> tuple[npt.NDArray[np.int64], list[int]]:
    """Number the different rows; return the number of each row, and of each number a row that has it."""
    key = np.zeros(len(columns[0]), dtype=np.int64)
    most = 1
    for column in columns:
        low, high = int(column.min()), int(column.max())
        if most * (high - low + 1) > LARGEST_KEY:
            key = np.unique(key, return_inverse=True)[1].astype(np.int64)
            most = int(key.max()) + 1
        key = key * (high - low + 1) + (column - low)
        most *= high - low + 1
    _, first, numbers = np.unique(key, return_index=True, return_inverse=True)
    return numbers.astype(np.int64), first.tolist()
