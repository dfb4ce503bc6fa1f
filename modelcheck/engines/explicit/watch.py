"""Conditions over states that an exploration watches for.

A condition that was false before a step can only be true after it if the step changes something it
reads; and a conjunction is false if one conjunct is. Conditions are therefore taken apart into
conjunctions (their disjunctive normal form, as long as that is short), and both are decided once
for each *remembered* transition, so that most new states need no look at most conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from modelcheck.engines.explicit.machine import Machine
from modelcheck.ir.system import Step
from modelcheck.ir.terms import BOOL, Op, Term, TermFactory, conjuncts, variables_of

#: Results remembered for one condition before it forgets them all.
MEMORY_LIMIT = 200_000
#: A condition with more conjunctions than this is kept as it is.
CUBE_LIMIT = 24

Cube: TypeAlias = tuple[Term, ...]
Predicate: TypeAlias = Callable[[int], bool]
#: A watch that a step may make true, with those of its parts that only read what the step's process knows.
Candidate: TypeAlias = "tuple[Watch, tuple[Predicate, ...]]"


class Cubes:
    """Takes conditions apart.

    What is found about a part is remembered: conditions about references share most of their parts.
    """

    def __init__(self, terms: TermFactory) -> None:
        self._terms = terms
        self._known: dict[tuple[int, bool], list[Cube]] = {}

    def of(self, condition: Term) -> list[Cube]:
        """Return conjunctions of which one holds exactly if the condition does.

        Parts that would make too many stay in one piece.
        """
        distinct = {frozenset(t.id for t in cube): cube for cube in self._cubes(condition, True)}
        return [cube for ids, cube in distinct.items() if not any(other < ids for other in distinct)]

    def _cubes(self, term: Term, positive: bool) -> list[Cube]:
        """The cubes of a term (or of its negation)."""
        found = self._known.get((term.id, positive))
        if found is None:
            found = self._known[term.id, positive] = self._apart(term, positive)
        return found

    def _apart(self, term: Term, positive: bool) -> list[Cube]:
        terms = self._terms
        whole = term if positive else terms.not_(term)
        match term.op:
            case Op.NOT:
                return self._cubes(term.args[0], not positive)
            case Op.CONST:
                return [()] if whole.is_true else []
            case Op.AND | Op.OR if (term.op is Op.AND) is positive:
                wholes = [arg if positive else terms.not_(arg) for arg in term.args]
                return _product(wholes, [self._cubes(arg, positive) for arg in term.args])
            case Op.AND | Op.OR:
                found = [cube for arg in term.args for cube in self._cubes(arg, positive)]
            case Op.ITE if term.sort == BOOL:
                test, then, otherwise = term.args
                yes, no = terms.and_(test, then), terms.and_(terms.not_(test), otherwise)
                if not positive:
                    yes, no = terms.and_(test, terms.not_(then)), terms.and_(terms.not_(test), terms.not_(otherwise))
                found = [*self._cubes(yes, True), *self._cubes(no, True)]
            case _:
                return [(whole,)]
        return found if len(found) <= CUBE_LIMIT else [(whole,)]


def _product(wholes: Sequence[Term], parts: Sequence[list[Cube]]) -> list[Cube]:
    result: list[Cube] = [()]
    for whole, part in zip(wholes, parts, strict=True):
        cubes_ = part if len(result) * len(part) <= CUBE_LIMIT else [(whole,)]
        result = [_merge(left, right) for left in result for right in cubes_]
    return result


def _merge(left: Cube, right: Cube) -> Cube:
    return (*left, *(t for t in right if t not in left))


class Watch:
    """One conjunction. ``active``: still of interest. ``sticky``: stays so after it was seen true (``drained``)."""

    __slots__ = ("_memory", "_predicates", "active", "cube", "mask", "property", "sticky", "variables")

    def __init__(self, machine: Machine, cube: Cube, property: int | None, sticky: bool) -> None:
        self.property = property
        self.sticky = sticky
        self.active = True
        self.cube = cube
        self.variables = variables_of(cube)
        self.mask = machine.layout.mask(self.variables)
        self._predicates: Callable[[Term], Predicate] = machine.predicate
        self._memory: dict[int, bool] = {}

    def holds(self, state: int) -> bool:
        """Whether the conjunction is true in the state."""
        key = state & self.mask
        found = self._memory.get(key)
        if found is None:
            if len(self._memory) >= MEMORY_LIMIT:
                self._memory.clear()
            found = self._memory[key] = all(self._predicates(part)(state) for part in self.cube)
        return found


class Watches:
    """All conditions of a System.

    ``drained`` is watched like the others; conjunctions that imply it are looked at in drained
    states only (``at_end``). ``in_deadlock``: what makes properties false that are judged at the
    end, to be looked at in deadlocks.
    """

    def __init__(self, machine: Machine) -> None:
        system = machine.system
        self.drained = Watch(machine, (system.drained,), None, sticky=True)
        cubes = Cubes(system.terms)
        ends = cubes.of(system.drained)
        if len(ends) == 1 and ends[0]:
            self.drained = Watch(machine, ends[0], None, sticky=True)
        self.everywhere: list[Watch] = [self.drained]
        self.at_end: list[Watch] = []
        self.in_deadlock: list[Watch] = []
        for prop in system.properties:
            if prop.not_applicable is not None:
                continue
            for state in prop.deadlocked:
                self.in_deadlock.append(Watch(machine, (state.condition,), prop.id, sticky=False))
            for state in prop.states:
                parts = conjuncts(state.condition)
                if all(part in parts for part in self.drained.cube):
                    self.at_end.append(Watch(machine, (state.condition,), prop.id, sticky=False))
                    continue
                for cube in cubes.of(state.condition):
                    implied = all(part in cube for part in self.drained.cube)
                    watch = Watch(machine, cube, prop.id, sticky=False)
                    (self.at_end if implied else self.everywhere).append(watch)
        self._predicate = machine.predicate
        self._reads: dict[int, frozenset[int]] = {}
        self._candidates: dict[int, tuple[Candidate, ...]] = {}

    def candidates(self, step: Step, known: frozenset[int]) -> tuple[Candidate, ...]:
        """Return the watches that a step can make true, each with the parts that only read ``known`` variables.

        ``known`` must be the same for every call with the same step.
        """
        found = self._candidates.get(step.id)
        if found is None:
            changed = frozenset(v for v, _ in step.updates)
            found = tuple(
                (watch, tuple(self._predicate(part) for part in watch.cube if self._reading(part) <= known))
                for watch in self.everywhere
                if watch.active and (watch.sticky or watch.variables & changed)
            )
            self._candidates[step.id] = found
        return found

    def _reading(self, part: Term) -> frozenset[int]:
        found = self._reads.get(part.id)
        if found is None:
            found = self._reads[part.id] = variables_of((part,))
        return found


def possible(candidates: Iterable[Candidate], projected: int) -> tuple[Watch, ...]:
    """Return the watches that may be true in a state that agrees with ``projected`` on the known variables."""
    return tuple(w for w, parts in candidates if w.active and all(part(projected) for part in parts))
