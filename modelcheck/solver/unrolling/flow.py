"""What each process's own variables can be at each of its locations: facts that hold in every reachable state.

An abstract interpretation (Cousot & Cousot, POPL 1977) that follows the control flow of each
process. Own variables have a domain for each location, shared ones one domain for good. What other
processes do to shared and (by broadcasts) to own variables is joined in wherever it may happen.
Guards cut domains. Steps whose guard is false under all this can never fire.

For a bounded search the facts are redundant, but a solver that works backwards from a violation
does not have to find them again in each frame.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from modelcheck.ground.records import dataclass
from modelcheck.ir.system import Step, System
from modelcheck.ir.terms import BoolSort, Op, Term, conjuncts
from modelcheck.solver.domains import FALSE, TRUE, Domain, DomainEvaluator, interval, of_values
from modelcheck.solver.unrolling.bounds import Bounds
from modelcheck.solver.unrolling.independence import Point

#: After so many changes of a domain it is widened to its bounds.
PATIENCE = 12


@dataclass(frozen=True, slots=True)
class Facts:
    """``own``: for each reachable point the domains of the process's own variables. ``feasible``: ids
    of the steps that may fire. ``shared``: the domains of the variables that nobody owns."""

    own: Mapping[Point, Mapping[int, Domain]]
    feasible: frozenset[int]
    shared: Mapping[int, Domain]


def facts(system: System, bounds: Bounds) -> Facts:
    """Compute the facts. ``bounds`` are proved bounds of variables."""
    return _Analysis(system, bounds).run()


def refine(domains: dict[int, Domain], guard: Term) -> bool:
    """Cut the domains by the guard's conjuncts that compare one variable with a constant; False if nothing is left."""
    return all(_refine(domains, part) for part in conjuncts(guard))


def _refine(domains: dict[int, Domain], part: Term) -> bool:
    negated = part.op is Op.NOT
    atom = part.args[0] if negated else part
    if atom.op is Op.VAR:
        return _cut(domains, atom, FALSE if negated else TRUE)
    if atom.op not in (Op.EQ, Op.LT, Op.LE):
        return True
    left, right = atom.args
    flipped = left.op is Op.CONST
    variable, constant = (right, left) if flipped else (left, right)
    if variable.op is not Op.VAR or constant.op is not Op.CONST or isinstance(variable.sort, BoolSort):
        return True
    assert constant.payload is not None
    value = int(constant.payload)
    if atom.op is Op.EQ:
        if not negated:
            return _cut(domains, variable, of_values((value,)))
        old = domains.get(_id(variable))
        if old is not None and old.values is not None and value in old.values:
            rest = old.values - {value}
            if not rest:
                return False
            domains[_id(variable)] = of_values(rest)
        elif old is not None and old.low == value:
            return _cut(domains, variable, interval(value + 1, None))
        return True
    strict = atom.op is Op.LT
    # v < c, v <= c, c < v, c <= v, and their negations
    below = flipped is negated
    if negated:
        strict = not strict
    if below:
        return _cut(domains, variable, interval(None, value - 1 if strict else value))
    return _cut(domains, variable, interval(value + 1 if strict else value, None))


def _cut(domains: dict[int, Domain], variable: Term, by: Domain) -> bool:
    old = domains.get(_id(variable))
    if old is None:
        return True
    found = old.meet(by.low, by.high)
    if found is None:
        return False
    domains[_id(variable)] = found
    return True


def _id(variable: Term) -> int:
    assert variable.payload is not None
    return int(variable.payload)


class _Analysis:
    def __init__(self, system: System, bounds: Bounds) -> None:
        self._system = system
        self._bounds = bounds
        self._owners = {v.id: v.owner for v in system.variables}
        for p in system.processes:
            self._owners[p.location] = p.index
        self._shared: dict[int, Domain] = {}
        self._own: dict[Point, dict[int, Domain]] = {}
        self._points: defaultdict[int, list[Point]] = defaultdict(list)
        self._changes: defaultdict[tuple[Point | None, int], int] = defaultdict(int)
        self._feasible: set[int] = set()
        self._changed = True
        initially = {v.id: of_values((int(v.initial),)) for v in system.variables}
        for v in system.variables:
            if self._owners[v.id] is None:
                self._shared[v.id] = initially[v.id]
        for p in system.processes:
            own = {id: d for id, d in initially.items() if self._owners[id] == p.index and id != p.location}
            location = initially[p.location].single
            assert location is not None
            self._arrive((p.index, location), own)

    def run(self) -> Facts:
        while self._changed:
            self._changed = False
            for step in self._system.steps:
                self._step(step)
        return Facts(self._own, frozenset(self._feasible), self._shared)

    def _step(self, step: Step) -> None:
        point = (step.process, step.source)
        own = self._own.get(point)
        if own is None:
            return
        location = self._system.processes[step.process].location
        before = {**self._shared, **own, location: of_values((step.source,))}
        if not refine(before, step.guard):
            return
        evaluator = DomainEvaluator(before)
        if evaluator(step.guard).single == 0:
            return
        self._feasible.add(step.id)
        if step.target is None:
            return
        after = {id: before[id] for id in own}
        for id, update in step.updates:
            owner = self._owners[id]
            if id == location:
                continue
            if owner is None:
                self._shared[id] = self._joined(None, id, self._shared[id], evaluator(update))
            elif owner == step.process:
                after[id] = evaluator(update)
            else:
                for other in list(self._points[owner]):
                    theirs = self._own[other]
                    found = DomainEvaluator({**before, id: theirs[id]})(update)
                    theirs[id] = self._joined(other, id, theirs[id], found)
        self._arrive((step.process, step.target), after)

    def _arrive(self, point: Point, values: Mapping[int, Domain]) -> None:
        known = self._own.get(point)
        if known is None:
            self._own[point] = dict(values)
            self._points[point[0]].append(point)
            self._changed = True
            return
        for id, domain in values.items():
            known[id] = self._joined(point, id, known[id], domain)

    def _joined(self, point: Point | None, id: int, old: Domain, new: Domain) -> Domain:
        joined = old.join(new)
        low, high = self._bounds.get(id, (None, None))
        joined = joined.meet(low, high) or joined
        if joined == old:
            return old
        self._changed = True
        self._changes[point, id] += 1
        if self._changes[point, id] > PATIENCE:
            sort = self._system.variables[id].sort
            if isinstance(sort, BoolSort):
                return joined
            low = joined.low if joined.low == old.low else low
            high = joined.high if joined.high == old.high else high
            return interval(low, high)
        return joined
