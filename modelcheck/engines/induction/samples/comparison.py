"""Whether the counter abstraction says the same as the system, on samples: the successors of
states, and every condition over all instances.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from modelcheck.engines.explicit.machine import Machine
from modelcheck.engines.induction.samples.samples import Row, Sampler, Samples, State
from modelcheck.engines.induction.samples.view import View
from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.evaluate import evaluate
from modelcheck.ir.layout import FieldOverflow
from modelcheck.ir.system import System
from modelcheck.ir.uncountable import NotCountable, Uncounted

#: Sampled states that are compared.
COMPARED = 24
SEED = 20101201
#: A state in which some instance is in a local state without counter.
_ESCAPED: tuple[int, tuple[tuple[int, int], ...]] = (-1, ())


def compare(counted: CounterSystem, sampler: Sampler, samples: Samples, three: System, process: str) -> None:
    """Compare the abstraction with the system on some samples; ``three``: the system with three
    instances of ``process``.

    Raises ``NotCountable`` at the first difference.
    """
    view = View(counted, sampler, samples)
    chance = random.Random(SEED)
    chosen = [sampler.row(samples, i) for i in chance.sample(range(len(samples)), min(COMPARED, len(samples)))]
    threes = [i for i, row in enumerate(samples.rows) if row[0] == 3]
    begin = len(samples.rows)
    for block in samples.blocks:
        threes += range(begin, begin + len(block)) if block.n == 3 else ()
        begin += len(block)
    for row in chosen:
        _compare_successors(view, row)
    some = [sampler.row(samples, i) for i in chance.sample(threes, min(COMPARED, len(threes)))]
    _compare_conditions(view, some, three, process)


def _compare_successors(view: View, row: Row) -> None:
    """A state must have the successors that the sampler finds for it; those in local states without
    counter are all alike.
    """
    counted, sampler, samples = view.counted, view.sampler, view.samples
    values = view.values(row)
    state: State = (row[1], tuple(sorted((samples.locals[i], many) for i, many in row[2])))
    expected = {
        (rest, tuple(sorted((samples.numbers.get(x, -1), many) for x, many in counts)))
        for rest, counts in sampler.successors(state)
    }
    found: set[tuple[int, tuple[tuple[int, int], ...]]] = set()
    for step in counted.steps:
        if step.fault or not evaluate(step.guard, values):
            continue
        if evaluate(step.escape, values):
            found.add(_ESCAPED)
            continue
        after = dict(values)
        after.update((id, evaluate(term, values)) for id, term in step.updates)
        found.add(view.packed(after))
    if found != {x if all(i >= 0 for i, _ in x[1]) else _ESCAPED for x in expected}:
        raise NotCountable(Uncounted.OTHER_SUCCESSORS)


def _compare_conditions(view: View, rows: Sequence[Row], three: System, process: str) -> None:
    """With three instances every state condition must have the value that the system gives it."""
    counted, sampler, samples = view.counted, view.sampler, view.samples
    machine = Machine(three)
    members = [p.index for p in three.processes if p.process == process]
    own = [[v.id for v in three.variables if v.owner == m] for m in members]
    common = [v for v in three.variables if v.owner not in members]
    hidden = {*counted.counters, counted.total}
    mine = [v for v in counted.variables if v.id not in hidden]
    if [v.name for v in common] != [v.name for v in mine]:
        raise NotCountable(Uncounted.OTHER_VARIABLES)
    conditions = {
        p.id: machine.predicate(three.terms.or_(*(s.condition for s in p.states)))
        for p in three.properties
        if p.id in counted.bad and p.states
    }
    for row in rows:
        values = view.values(row)
        full = {v.id: values[own_variable.id] for v, own_variable in zip(common, mine, strict=True)}
        instances = [samples.locals[i] for i, many in row[2] for _ in range(many)]
        for ids, local in zip(own, instances, strict=True):
            known = sampler.local_values(local)
            full.update(zip(ids, (known[a] for a in sampler.replicas.own[0]), strict=True))
        try:
            state = machine.layout.pack([full[v.id] for v in three.variables], three.variables)
        except FieldOverflow:
            raise NotCountable(Uncounted.OTHER_BOUNDS) from None
        for id, predicate in conditions.items():
            if bool(predicate(state)) != bool(evaluate(counted.bad[id], values)):
                raise NotCountable(Uncounted.OTHER_CONDITION)
