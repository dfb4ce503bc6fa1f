"""Proofs for any number of instances: from a model to lemmas, an invariant, and a certificate that a second solver confirmed.

What is proved is proved of the counter abstraction of the elaborated system. That the abstraction says the same as the system is compared on
samples: the successors of states, and every condition over all instances.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path

from modelcheck.elaborate import elaborate
from modelcheck.engines.explicit.layout import FieldOverflow
from modelcheck.engines.explicit.machine import Machine
from modelcheck.engines.induction.candidates import columns, guess
from modelcheck.engines.induction.outcome import Outcome
from modelcheck.engines.induction.samples import Sampler, Samples, State
from modelcheck.ir.evaluate import evaluate
from modelcheck.ir.passes.counters import CounterSystem, NotCountable, Replicas, count_replicas, find_replicas
from modelcheck.ir.system import System
from modelcheck.ir.terms import INT
from modelcheck.resolve import typed

#: Numbers of instances whose states are all sampled (up to a limit), and those of random walks.
SAMPLED = (0, 1, 2, 3)
WALKED = (4, 6, 9)
SAMPLE_STATES = 12_000
#: Sampled states on which the abstraction is compared with the system.
COMPARED = 24
SEED = 20101201


Sized = Callable[[Mapping[str, int]], typed.Model]


def prove_any_number(
    model: typed.Model, sized: Sized, wanted: Sequence[str], seconds: float, certificate: Path | None = None
) -> dict[str, Outcome]:
    """Try to prove that the properties ``wanted`` (existential: their negation) hold for any number of instances.

    ``sized`` makes the model with fixed numbers. The certificate is left in ``certificate`` if given. Raises ``SpecError`` if the model
    cannot be elaborated, ``OSError`` if the certificate cannot be written.
    """
    started = time.monotonic()
    try:
        found = _prove(model, sized, wanted, started + seconds, certificate)
    except NotCountable as reason:
        found = {name: Outcome(False, f"no proof for any number: {reason}") for name in wanted}
    spent = (time.monotonic() - started) / max(len(wanted), 1)
    return {name: Outcome(o.proved, o.text, spent) for name, o in found.items()}


def _prove(
    model: typed.Model, sized: Sized, wanted: Sequence[str], end: float, certificate: Path | None
) -> dict[str, Outcome]:
    from modelcheck.smt.certificate import recheck, scripts, write
    from modelcheck.smt.encode import Unencodable
    from modelcheck.smt.inductive import Undecided, prove
    from modelcheck.smt.recheck import RecheckFailed

    process = _counted_class(model)
    two = elaborate(sized({process: 2}))
    others = {n: elaborate(sized({process: n})) for n in (0, 1, 3)}
    if two.initial_fault:
        raise NotCountable("the initial state faults")
    replicas = find_replicas(two, process)
    growth = _growth(two, others, replicas)
    sampler = Sampler(replicas, growth)
    samples = sampler.sample(SAMPLED, SAMPLE_STATES, WALKED, min(5.0, (end - time.monotonic()) / 4))
    counted = count_replicas(replicas, process, [sampler.local_values(x) for x in samples.locals], growth)
    covered = _compare(counted, sampler, samples, others[3], process)
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
        proved = {id: names[id] for id in sorted(invariant.proved)}
        made = scripts(counted, invariant.lemmas, proved, covered)
    except Undecided as reason:
        return {name: Outcome(False, f"no proof for any number: {reason}") for name in wanted}
    except Unencodable as reason:
        return {name: Outcome(False, f"no certificate can be written: {reason}") for name in wanted}
    about = {
        "model": model.name,
        "variant": model.variant,
        "scenario": model.scenario,
        "any number of": process,
        "proved": sorted(proved.values()),
        "bounds": {
            "processes": {p.name: p.count for p in model.processes if p.name != process},
            "pools": {o.name: o.pool for o in model.objects},
        },
    }
    with tempfile.TemporaryDirectory(prefix="modelcheck-") as scratch:
        directory = certificate or Path(scratch)
        write(directory, made, about)
        try:
            recheck(directory, made, max(end - time.monotonic(), 10.0))
        except RecheckFailed as reason:
            text = f"z3 finds a proof, but it was not confirmed: {reason}"
            result.update({name: Outcome(False, text) for name in proved.values()})
            return result
    text = f"for any number of {process}: {len(invariant.lemmas)} lemmas, confirmed by cvc5"
    result.update({name: Outcome(True, text) for name in proved.values()})
    return result


# what cannot be counted


def _counted_class(model: typed.Model) -> str:
    found = [p.name for p in model.processes if p.count is None]
    if len(found) != 1:
        raise NotCountable(f"more than one class runs in any number: {', '.join(found)}")
    process = found[0]
    for node, owner in _nodes(model, "the model"):
        match node:
            case typed.ProcType(name) | typed.ProcDomain(name) if name == process:
                raise NotCountable(f"{owner} holds or ranges over the identity of {process}")
            case typed.LockType(typed.LockKind.RWLOCK | typed.LockKind.RWSEM):
                raise NotCountable(f"{owner} has a reader-writer lock, whose bound depends on the number of instances")
            case typed.CountProcesses(name) if name == process and not owner.startswith("shared "):
                raise NotCountable(f"{owner} asks how many {process} there are")
    for variable in model.shared:
        if variable.initial is not None and not _is_affine(variable.initial):
            raise NotCountable(f"the initial value of {variable.name} is not a sum")
    return process


def _nodes(root: object, owner: str) -> Iterator[tuple[object, str]]:
    """Every node below ``root`` with words for the declaration it stands in."""
    stack = [(root, owner)]
    while stack:
        node, where = stack.pop()
        yield node, where
        if isinstance(node, tuple | list | frozenset):
            stack.extend((x, where) for x in node)
        elif is_dataclass(node):
            match node:
                case typed.SharedVar(name=name):
                    where = f"shared {name}"
                case typed.ObjectClass(name=name) | typed.Event(name=name) | typed.Inline(name=name):
                    where = name
                case typed.Process(name=name) | typed.Property(name=name):
                    where = name
                case typed.Model():
                    pass
            stack.extend((getattr(node, f.name), where) for f in fields(node))


def _is_affine(e: typed.Expr) -> bool:
    """Whether the value grows by the same amount with each instance."""
    if not any(isinstance(node, typed.CountProcesses) for node, _ in _nodes(e, "")):
        return True
    match e:
        case typed.CountProcesses():
            return True
        case typed.Binary("+" | "-", left, right):
            return _is_affine(left) and _is_affine(right)
        case typed.Binary("*", typed.Constant(), other) | typed.Binary("*", other, typed.Constant()):
            return _is_affine(other)
        case typed.New(inits=inits):
            return all(_is_affine(value) for _, value in inits)
        case _:
            return False


def _growth(two: System, others: Mapping[int, System], replicas: Replicas) -> dict[int, int]:
    """By how much initial values grow with each instance."""
    initial = {n: {v.name: v.initial for v in system.variables} for n, system in others.items()}
    own = {*replicas.own[0], *replicas.own[1]}
    result: dict[int, int] = {}
    for v in two.variables:
        if v.id in own:
            continue
        slope = int(v.initial) - int(initial[1].get(v.name, v.initial))
        for n, known in initial.items():
            if v.name in known and int(known[v.name]) != int(v.initial) + (n - 2) * slope:
                raise NotCountable(f"the initial value of {v.name} depends on the number of instances")
        if slope and v.sort != INT:
            raise NotCountable(f"the initial value of {v.name} depends on the number of instances")
        if slope:
            result[v.id] = slope
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
