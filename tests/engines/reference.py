"""A plain explorer over dictionaries: slow, obvious, sharing nothing with the engine but the System."""

from __future__ import annotations

from dataclasses import dataclass, field

from modelcheck.ir.system import Form, Step, System
from modelcheck.ir.terms import BvSort, Op, Term, evaluate_arithmetic

State = tuple[bool | int, ...]


def evaluate(term: Term, values: dict[int, bool | int]) -> bool | int:
    """The value of a term, by its definition."""
    a = [evaluate(x, values) for x in term.args]
    result: bool | int
    match term.op:
        case Op.CONST:
            assert term.payload is not None
            return term.payload
        case Op.VAR:
            assert term.payload is not None
            return values[int(term.payload)]
        case Op.NOT:
            return not a[0]
        case Op.AND:
            return all(a)
        case Op.OR:
            return any(a)
        case Op.ITE:
            return a[1] if a[0] else a[2]
        case Op.EQ:
            return a[0] == a[1]
        case Op.LT:
            return a[0] < a[1]
        case Op.LE:
            return a[0] <= a[1]
        case Op.BVNOT:
            result = ~a[0]
        case Op.INT_TO_BV | Op.BV_TO_INT | Op.RESIZE:
            result = a[0]
        case _:
            result = a[0]
            for other in a[1:]:
                result = evaluate_arithmetic(term.op, result, other)
    return result % (1 << term.sort.width) if isinstance(term.sort, BvSort) else result


@dataclass
class Reference:
    states: int = 0
    transitions: int = 0
    depth: int = 0
    drained: bool = False
    deadlock: bool = False
    deadlocked: set[int] = field(default_factory=set)  # properties judged at the end, false in a deadlock
    lengths: dict[int, int] = field(default_factory=dict)  # property -> shortest violation or witness
    fired: set[int] = field(default_factory=set)
    occurred: set[int] = field(default_factory=set)
    faults: set[int] = field(default_factory=set)


def enabled(system: System, values: dict[int, bool | int]) -> list[Step]:
    return [
        s
        for s in system.steps
        if values[system.processes[s.process].location] == s.source and evaluate(s.guard, values)
    ]


def reference(system: System, limit: int = 100_000) -> Reference:
    """Explore everything the slow way."""
    ids = [v.id for v in system.variables]
    result = Reference()

    def note(prop: int, length: int) -> None:
        if system.properties[prop].not_applicable is None:
            result.lengths[prop] = min(length, result.lengths.get(prop, length))

    for r in system.initial_raises:
        note(r.property, 0)
        if system.initial_fault:
            result.faults.add(r.property)
    initial: State = tuple(v.initial for v in system.variables)
    depths: dict[State, int] = {initial: 0}
    edges: dict[State, list[State]] = {}
    good: set[State] = set()
    order = [initial]
    for state in order:
        assert len(order) < limit
        values = dict(zip(ids, state, strict=True))
        depth = depths[state]
        edges[state] = []
        if system.initial_fault:
            break
        drained = evaluate(system.drained, values)
        if drained:
            result.drained = True
            good.add(state)
        for prop in system.properties:
            if any(evaluate(c.condition, values) for c in prop.states):
                note(prop.id, depth)
        steps = enabled(system, values)
        if not steps and not drained:
            for prop in system.properties:
                if Form.DEADLOCK in prop.forms:
                    note(prop.id, depth)
                if any(evaluate(c.condition, values) for c in prop.deadlocked):
                    result.deadlocked.add(prop.id)
            result.deadlock = True
        for step in steps:
            result.transitions += 1
            result.fired.add(step.id)
            result.occurred |= {o.event for o in step.occurrences if evaluate(o.condition, values)}
            for r in step.raises:
                if evaluate(r.condition, values):
                    note(r.property, depth + 1)
                    if step.fault:
                        result.faults.add(r.property)
            if step.fault:
                good.add(state)
                continue
            new = {v: evaluate(t, values) for v, t in step.updates}
            target = tuple(new.get(i, values[i]) for i in ids)
            edges[state].append(target)
            if target not in depths:
                depths[target] = depth + 1
                order.append(target)
    result.states, result.depth = (0 if system.initial_fault else len(order)), max(depths.values())
    changed = not system.initial_fault
    while changed:
        changed = False
        for state in order:
            if state not in good and any(t in good for t in edges[state]):
                good.add(state)
                changed = True
    if not system.initial_fault:
        for state in order:
            if state not in good:
                for prop in system.properties:
                    if Form.STUCK in prop.forms:
                        note(prop.id, depths[state])
    return result
