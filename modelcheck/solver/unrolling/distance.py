"""How far each process is from where a violation needs it to be, and what that says about the moves of a run.

Some properties are violated only when every process stands at one of certain locations: a leak only
when all are finished, a deadlock only when all are finished or at a step that can block. Let d(p,
l) be the least number of p's own steps from location l to such a location. A run of k steps from
distances that sum up to D ends in a violation only if its steps *waste* no more than k - D, where a
step of p from l to m wastes 1 + d(p, m) - d(p, l) >= 0. So below D there is nothing to look for,
and above it a wasteful step (entering a loop again, taking the long way) uses up a budget that
grows by one with each depth. This is the admissible heuristic of A* (Hart, Nilsson, Raphael 1968)
as a constraint.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from modelcheck.ground.records import dataclass
from modelcheck.ir.system import System
from modelcheck.ir.terms import Term, conjuncts
from modelcheck.solver.builder import Bool, Builder
from modelcheck.solver.domains import Domain, DomainEvaluator, interval, of_values

#: For each process the locations at which it may stand in a violating state.
Targets = tuple[frozenset[int], ...]


@dataclass(frozen=True, slots=True)
class Distances:
    """``of[p]``: for each location of process p the least number of steps to a target; locations
    without a way there are left out.
    """

    of: tuple[Mapping[int, int], ...]

    def waste(self, process: int, source: int, target: int) -> int | None:
        """What a step wastes; None if no target can be reached after it."""
        after = self.of[process].get(target)
        before = self.of[process].get(source)
        return None if after is None or before is None else 1 + after - before


def state_targets(system: System, conditions: Iterable[Term]) -> Targets:
    """The locations at which each process can stand where one of the conditions holds, as far as that is plain."""
    conditions = tuple(conditions)
    return tuple(
        frozenset(
            location.id
            for location in process.locations
            if any(_possible(system, condition, process.location, location.id) for condition in conditions)
        )
        for process in system.processes
    )


def _possible(system: System, condition: Term, variable: int, value: int) -> bool:
    return DomainEvaluator({**_declared(system), variable: of_values((value,))})(condition).single != 0


def _declared(system: System) -> dict[int, Domain]:
    """Locations only: bounds of other variables are not relied on here."""
    return {p.location: interval(0, len(p.locations) - 1) for p in system.processes}


def blocking_targets(system: System) -> Targets:
    """The locations at which each process can have no enabled step, as far as that is plain."""
    domains = _declared(system)
    guards: defaultdict[tuple[int, int], list[Term]] = defaultdict(list)
    for step in system.steps:
        guards[step.process, step.source].append(step.guard)
    found = []
    for process in system.processes:
        at: set[int] = set()
        for location in process.locations:
            here = {process.location: system.terms.integer(location.id)}
            parts = [system.terms.substitute(g, here) for g in guards[process.index, location.id]]
            evaluator = DomainEvaluator(domains)
            if not _exhaustive(system, parts) and all(evaluator(p).single != 1 for p in parts):
                at.add(location.id)
        found.append(frozenset(at))
    return tuple(found)


def _exhaustive(system: System, guards: Sequence[Term]) -> bool:
    """Whether the guards are visibly the leaves of a decision tree: some literal splits them into two such sets."""
    terms = system.terms
    if any(g.is_true for g in guards):
        return True
    literals = [conjuncts(guard) for guard in guards]
    for literal in literals[0] if literals else ():
        negation = terms.not_(literal)
        positive = [terms.and_(*(c for c in parts if c is not literal)) for parts in literals if negation not in parts]
        negative = [terms.and_(*(c for c in parts if c is not negation)) for parts in literals if literal not in parts]
        if (
            len(positive) + len(negative) == len(guards)
            and _exhaustive(system, positive)
            and _exhaustive(system, negative)
        ):
            return True
    return False


def distances(system: System, targets: Targets) -> Distances:
    """Breadth-first search backwards over each process's steps."""
    found = []
    for process in system.processes:
        sources: defaultdict[int, set[int]] = defaultdict(set)
        for step in system.steps:
            if step.process == process.index and step.target is not None:
                sources[step.target].add(step.source)
        reached = dict.fromkeys(sorted(targets[process.index]), 0)
        waiting = deque(reached)
        while waiting:
            location = waiting.popleft()
            for source in sorted(sources[location]):
                if source not in reached:
                    reached[source] = reached[location] + 1
                    waiting.append(source)
        found.append(reached)
    return Distances(tuple(found))


class Waste:
    """Counts, in unary, what the steps of the unrolling waste.

    ``over(k, j)`` is forced to be true if the first k steps waste j or more.
    """

    def __init__(self, builder: Builder, add: Callable[[Bool], None]) -> None:
        self._builder = builder
        self._add = add
        self._costs: list[dict[int, Bool]] = []
        self._literals: dict[tuple[int, int], Bool] = {}

    def step(self, costs: Iterable[tuple[int, Bool]]) -> None:
        """The steps of the next transition: what each wastes, and its literal."""
        b, k = self._builder, len(self._costs)
        groups: defaultdict[int, list[Bool]] = defaultdict(list)
        for cost, fires in costs:
            if cost > 0:
                groups[cost].append(fires)
        row = {}
        for cost, literals in sorted(groups.items()):
            row[cost] = b.bool_variable(f"wastes{k}_{cost}")
            for literal in literals:
                self._add(b.implies(literal, row[cost]))
        self._costs.append(row)

    def over(self, depth: int, amount: int) -> Bool:
        b = self._builder
        if amount <= 0:
            return b.true
        for k in range(depth + 1):
            for j in range(1, amount + 1):
                if (k, j) not in self._literals:
                    self._literals[k, j] = b.false if k == 0 else self._define(k, j)
        return self._literals[depth, amount]

    def _define(self, k: int, j: int) -> Bool:
        b = self._builder
        literal = b.bool_variable(f"over{k}_{j}")
        self._add(b.implies(self._literals[k - 1, j], literal))
        for cost, wastes in self._costs[k - 1].items():
            before = b.true if cost >= j else self._literals[k - 1, j - cost]
            self._add(b.implies(b.and_((wastes, before)), literal))
        return literal
