"""Proofs for any number of instances: from a model to lemmas, an invariant, and a certificate that a second solver confirmed.

What is proved is proved of the counter abstraction of the elaborated system. That the abstraction says the same as the system is compared on
samples: the successors of states, and every condition over all instances.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from modelcheck.engines.explicit.layout import FieldOverflow
from modelcheck.engines.explicit.machine import Machine
from modelcheck.engines.induction.candidates import columns, guess
from modelcheck.engines.induction.certificates import Statement, Unconfirmed, confirm
from modelcheck.engines.induction.outcome import Outcome, Request
from modelcheck.engines.induction.samples import Sampler, Samples, State
from modelcheck.engines.induction.subject import Sized, count, countable
from modelcheck.ir.evaluate import evaluate
from modelcheck.ir.passes.counters import CounterSystem, NotCountable
from modelcheck.ir.system import System
from modelcheck.resolve import typed

#: Numbers of instances whose states are all sampled (up to a limit), and those of random walks.
SAMPLED = (0, 1, 2, 3)
WALKED = (4, 6, 9)
SAMPLE_STATES = 12_000
#: Sampled states on which the abstraction is compared with the system.
COMPARED = 24
SEED = 20101201


def prove_any_number(
    model: typed.Model, sized: Sized, wanted: Sequence[str], seconds: float, request: Request | None = None
) -> dict[str, Outcome]:
    """Try to prove that the properties ``wanted`` (existential: their negation) hold for any number of instances.

    ``sized`` makes the model with fixed numbers. Raises ``SpecError`` if the model cannot be elaborated, or the certificate not be written.
    """
    started = time.monotonic()
    try:
        found = _prove(model, sized, wanted, started + seconds, request or Request())
    except NotCountable as reason:
        found = {name: Outcome(False, f"no proof for any number: {reason}") for name in wanted}
    spent = (time.monotonic() - started) / max(len(wanted), 1)
    return {name: replace(o, seconds=spent) for name, o in found.items()}


def _prove(model: typed.Model, sized: Sized, wanted: Sequence[str], end: float, request: Request) -> dict[str, Outcome]:
    from modelcheck.smt.inductive import Undecided, prove

    known = countable(model, sized)
    two, process = known.two, known.process
    sampler = Sampler(known.replicas, known.growth)
    samples = sampler.sample(SAMPLED, SAMPLE_STATES, WALKED, min(5.0, (end - time.monotonic()) / 4))
    subject = count(model, known, [sampler.local_values(x) for x in samples.locals])
    counted = subject.counted
    _compare(counted, sampler, samples, known.three, process)
    rows = [_row(counted, sampler, row) for row in samples.rows]
    table = columns(counted, rows)
    ids = {p.name: p.id for p in two.properties}
    names = {p.id: p.name for p in two.properties}
    result: dict[str, Outcome] = {}
    missing = Outcome(False, "no proof for any number: it does not apply to two instances")
    result.update({name: missing for name in wanted if name not in ids})
    open = {name: ids[name] for name in wanted if name in ids}
    if not open:
        return result
    try:
        invariant = prove(counted, guess(counted, table, 2), tuple(open.values()), end - time.monotonic())
        reasons = {names[id]: f"no proof for any number: {why}" for id, why in invariant.open.items()}
        result.update({name: Outcome(False, why) for name, why in reasons.items()})
        if not invariant.proved:
            return result
        statement = Statement(invariant.lemmas, {id: names[id] for id in sorted(invariant.proved)})
        statement, proof = confirm(subject, statement, request, max(end - time.monotonic(), 10.0))
    except Undecided as reason:
        return {name: Outcome(False, f"no proof for any number: {reason}") for name in wanted}
    except Unconfirmed as reason:
        text = f"z3 finds a proof, but it was not confirmed: {reason}"
        result.update({names[id]: Outcome(False, text) for id in invariant.proved})
        return result
    text = f"for any number of {process}: {len(statement.lemmas)} lemmas, confirmed by {proof.rechecked_by}"
    result.update({name: Outcome(True, text, proof=proof) for name in statement.proved.values()})
    return result


# samples as values


def _row(counted: CounterSystem, sampler: Sampler, row: tuple[int, int, tuple[tuple[int, int], ...]]) -> dict[int, int]:
    n, rest, counts = row
    hidden = {*counted.counters, counted.total}
    layout = sampler.machine.layout
    values = {v.id: int(layout.value(rest, v.id)) for v in counted.variables if v.id not in hidden}
    values.update((counted.counters[i], many) for i, many in counts)
    if counted.total is not None:
        values[counted.total] = n
    return values


def _compare(counted: CounterSystem, sampler: Sampler, samples: Samples, three: System, process: str) -> frozenset[int]:
    """Compare the abstraction with the system on some samples; return the steps that were taken.

    Raises ``NotCountable`` at the first difference.
    """
    chance = random.Random(SEED)
    chosen = chance.sample(samples.rows, min(COMPARED, len(samples.rows)))
    threes = [row for row in samples.rows if row[0] == 3]
    covered: set[int] = set()
    for row in chosen:
        values = _values(counted, sampler, row)
        state: State = (row[1], tuple(sorted((samples.locals[i], many) for i, many in row[2])))
        expected = {
            (rest, tuple(sorted((samples.numbers.get(x, -1), many) for x, many in counts)))
            for rest, counts in sampler.successors(state)
        }
        found: set[tuple[int, tuple[tuple[int, int], ...]]] = set()
        for number, step in enumerate(counted.steps):
            if not evaluate(step.guard, values):
                continue
            covered.add(number)
            if step.fault:
                continue
            if evaluate(step.escape, values):
                found.add((-1, ()))
                continue
            after = dict(values)
            after.update((id, evaluate(term, values)) for id, term in step.updates)
            found.add(_packed(counted, sampler, after))
        known = {x if all(i >= 0 for i, _ in x[1]) else (-1, ()) for x in expected}
        if found != known:
            raise NotCountable("the abstraction and the system disagree about the successors of a state")
    _compare_conditions(counted, sampler, samples, chance.sample(threes, min(COMPARED, len(threes))), three, process)
    return frozenset(covered)


def _values(
    counted: CounterSystem, sampler: Sampler, row: tuple[int, int, tuple[tuple[int, int], ...]]
) -> dict[int, bool | int]:
    numbers = _row(counted, sampler, row)
    result: dict[int, bool | int] = {}
    for v in counted.variables:
        value = numbers.get(v.id, 0)
        result[v.id] = value if isinstance(v.initial, int) and not isinstance(v.initial, bool) else bool(value)
    return result


def _packed(
    counted: CounterSystem, sampler: Sampler, values: Mapping[int, bool | int]
) -> tuple[int, tuple[tuple[int, int], ...]]:
    layout = sampler.machine.layout
    hidden = {*counted.counters, counted.total}
    rest = 0
    for v in counted.variables:
        if v.id not in hidden:
            f = layout.fields[v.id]
            rest |= (int(values[v.id]) - f.base) << f.shift
    counts = tuple((i, int(values[id])) for i, id in enumerate(counted.counters) if values[id])
    return rest, counts


def _compare_conditions(
    counted: CounterSystem,
    sampler: Sampler,
    samples: Samples,
    rows: Sequence[tuple[int, int, tuple[tuple[int, int], ...]]],
    three: System,
    process: str,
) -> None:
    """With three instances every state condition must have the value that the system gives it."""
    machine = Machine(three)
    members = [p.index for p in three.processes if p.process == process]
    own = [[v.id for v in three.variables if v.owner == m] for m in members]
    common = [v for v in three.variables if v.owner not in members]
    hidden = {*counted.counters, counted.total}
    mine = [v for v in counted.variables if v.id not in hidden]
    if [v.name for v in common] != [v.name for v in mine]:
        raise NotCountable("the variables depend on the number of instances")
    conditions = {
        p.id: machine.predicate(three.terms.or_(*(s.condition for s in p.states)))
        for p in three.properties
        if p.id in counted.bad and p.states
    }
    for row in rows:
        values = _values(counted, sampler, row)
        full = {v.id: values[own_variable.id] for v, own_variable in zip(common, mine, strict=True)}
        instances = [samples.locals[i] for i, many in row[2] for _ in range(many)]
        for ids, local in zip(own, instances, strict=True):
            known = sampler.local_values(local)
            full.update(zip(ids, (known[a] for a in sampler.replicas.own[0]), strict=True))
        try:
            state = machine.layout.pack([full[v.id] for v in three.variables], three.variables)
        except FieldOverflow:
            raise NotCountable("the bounds of a variable depend on the number of instances") from None
        for id, predicate in conditions.items():
            if bool(predicate(state)) != bool(evaluate(counted.bad[id], values)):
                raise NotCountable("the abstraction and the system disagree about a condition over all instances")
