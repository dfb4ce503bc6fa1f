"""Steps that really happen, told in the variables of the counted system: what a certificate's formulas
are held against.

With few instances it is the interpreter that runs; the elaborated system runs beside it, only to
say which values its states have. With many instances the elaborated steps run on counts. Neither
shares code with the formulas. What is observed depends on the model and the local states alone, so
a certificate can be held against the same steps later.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping

from modelcheck.engines.explicit.machine import Machine
from modelcheck.engines.induction.samples.samples import Sampler, State
from modelcheck.engines.induction.subject import Countable, LocalValues, Subject
from modelcheck.ground.records import dataclass
from modelcheck.ir.layout import FieldOverflow
from modelcheck.ir.system import System, Variable
from modelcheck.ir.terms import INT, Term
from modelcheck.ir.uncountable import NotCountable
from modelcheck.model import typed
from modelcheck.result.comparisons import FormulasEvaluated
from modelcheck.result.reasons.proofs import Disagreeing, Judge, LocalStateNotCounted, Unlike

#: Numbers of instances that the interpreter runs, and numbers that are only counted.
INTERPRETED = (0, 1, 2, 3, 4)
COUNTED = (12, 100)
#: Walks with each number, and steps of a walk.
WALKS = 4
LENGTH = 25
#: Bits of an integer without bounds.
WIDTH = 40
SEED = 20101201

#: A value for each variable of the counted system, in order.
Values = tuple["bool | int", ...]


class Disagreement(Exception):
    """Two views of the model differ; ``why`` says on what."""

    def __init__(self, why: Disagreeing) -> None:
        self.why = why
        super().__init__(str(why))


@dataclass(frozen=True, slots=True)
class Observed:
    """One reachable state. ``instances``: None if every number is fixed. ``after``: its successors
    (faulting steps have none).

    ``violated``: names of the properties that the state or one of its steps violates (witnesses).
    ``by``: the interpreter, or the elaborated steps on counts (which judge nothing).
    """

    instances: int | None
    state: Values
    after: frozenset[Values]
    violated: frozenset[str]
    by: Judge


def observe(subject: Subject) -> tuple[tuple[Observed, ...], FormulasEvaluated]:
    """Walk at random (with a fixed seed) with each number of instances; also return what was done.

    Raises ``Disagreement``, ``SpecError``.
    """
    known = subject.countable
    if known is None:
        found = list(_interpreted(subject, subject.model, subject.semantics.elaborate(subject.model), None))
        if not found:
            raise Disagreement(Unlike.NOTHING_COMPARABLE)
        return tuple(found), FormulasEvaluated(len(found))
    found = []
    numbers: list[int] = []
    for n in INTERPRETED:
        new = list(_interpreted(subject, known.model_of(n), known.system_of(n), n))
        found += new
        numbers += [n] if new else []
    if 2 not in numbers:
        raise Disagreement(Unlike.NO_TWO_COMPARABLE)
    states = len(found)
    counted = list(_counted(subject, known))
    found += counted
    many = sorted({o.instances for o in counted if o.instances is not None})
    return tuple(found), FormulasEvaluated(states, (numbers[0], numbers[-1]), len(counted), tuple(many))


# a few instances: the interpreter


def _interpreted(subject: Subject, model: typed.Model, system: System, n: int | None) -> Iterator[Observed]:
    """Nothing where the variables of the model depend on the number of instances in a way that has no translation."""
    view = view_of(subject, system)
    if view is None or system.initial_fault:
        return
    interpreter = subject.semantics.executor(model)
    open = {v.id for v in system.variables if v.sort == INT and (v.low is None or v.high is None)}
    machine = Machine(system, dict.fromkeys(open, WIDTH))
    start = interpreter.initial().state
    if start is None:
        raise Disagreement(Unlike.INITIAL_FAULT)
    names = {p.id: p.name for p in system.properties if p.not_applicable is None}
    chance = random.Random(SEED + (n or 0))
    seen: set[int] = set()
    for _ in range(WALKS):
        state, other = machine.initial, start
        for _ in range(LENGTH):
            try:
                mine = {t.move: t.target for t in machine.transitions(state)}
            except FieldOverflow:
                break
            theirs = {t.move: t for t in interpreter.transitions(other)}
            if {move for move, target in mine.items() if target is not None} != {
                move for move, t in theirs.items() if t.target is not None
            }:
                raise Disagreement(Unlike.MOVES)
            moves = sorted((move for move, t in theirs.items() if t.target is not None), key=str)
            if state not in seen:
                seen.add(state)
                findings = {f.property for f in interpreter.state_findings(other)}
                findings.update(f.property for t in theirs.values() for f in t.findings)
                targets = (mine[move] for move in moves)
                yield Observed(
                    n,
                    view.values(machine, state),
                    frozenset(view.values(machine, target) for target in targets if target is not None),
                    frozenset(names[id] for id in findings if id in names),
                    Judge.INTERPRETER,
                )
            if not moves:
                break
            move = chance.choice(moves)
            target, following = mine[move], theirs[move].target
            assert target is not None
            assert following is not None
            state, other = target, following


@dataclass(frozen=True, slots=True)
class View:
    """How states of a system with a fixed number are told: ``common`` are its variables by position
    in the counted system, ``own`` those of each instance.
    """

    common: tuple[tuple[int, int], ...]
    own: tuple[tuple[int, ...], ...]
    numbers: Mapping[LocalValues, int]
    counters: tuple[int, ...]
    total: int | None
    width: int

    def values(self, machine: Machine, state: int) -> Values:
        """A packed state. Raises ``Disagreement`` if some local state is not counted."""
        return self.told(lambda id: machine.layout.value(state, id))

    def told(self, value: Callable[[int], bool | int]) -> Values:
        """The state that is given by the value of each variable of the system."""
        found: list[bool | int] = [0] * self.width
        for position, id in self.common:
            found[position] = value(id)
        for ids in self.own:
            local = tuple(value(id) for id in ids)
            number = self.numbers.get(local)
            if number is None:
                raise Disagreement(Unlike.LOCAL_STATE)
            found[self.counters[number]] += 1
        if self.total is not None:
            found[self.total] = len(self.own)
        return tuple(found)

    def terms(self, system: System) -> tuple[Term | None, ...]:
        """Each variable of the counted system as a term of this one, in order (None: a constant that was left out)."""
        terms = system.terms
        variables = {v.id: terms.variable(v.id, v.sort) for v in system.variables}
        found: list[Term | None] = [None] * self.width
        for position, id in self.common:
            found[position] = variables[id]
        for values, number in self.numbers.items():
            total = terms.integer(0)
            for ids in self.own:
                there = terms.and_(
                    *(
                        terms.eq(variables[id], terms.constant(value, variables[id].sort))
                        for id, value in zip(ids, values, strict=True)
                    )
                )
                total = terms.add(total, terms.ite(there, terms.integer(1), terms.integer(0)))
            found[self.counters[number]] = total
        if self.total is not None:
            found[self.total] = terms.integer(len(self.own))
        return tuple(found)


def view_of(subject: Subject, system: System) -> View | None:
    """How to tell states of ``system``, which differs from the subject's only in the number of
    instances; None if there is no way.
    """
    counted, known = subject.counted, subject.countable
    process = None if known is None else known.process
    members = [p.index for p in system.processes if p.process == process]
    position = {v.id: i for i, v in enumerate(counted.variables)}
    hidden = {*counted.counters, counted.total}
    mine = _by_name(v for v in counted.variables if v.id not in hidden)
    common = _by_name(v for v in system.variables if v.owner not in members)
    if any(name not in common or v.sort != common[name].sort for name, v in mine.items()):
        return None
    # Of several variables with one name it is only clear which is which if none is left out.
    if any((name, 0) in mine and (name, k) not in mine for name, k in common):
        return None
    own = [[v for v in system.variables if v.owner == m] for m in members]
    if known is not None:
        if mine.keys() != common.keys():
            return None
        shapes = {"" if p.process == process else p.name: _shape(known.two, p.index) for p in known.two.processes}
        if any(_shape(system, p.index) != shapes.get("" if p.index in members else p.name) for p in system.processes):
            return None
        expected = [(v.kind, v.sort) for v in (known.two.variables[id] for id in known.replicas.own[0])]
        if any([(v.kind, v.sort) for v in variables] != expected for variables in own):
            return None
    return View(
        tuple((position[v.id], common[name].id) for name, v in mine.items()),
        tuple(tuple(v.id for v in variables) for variables in own),
        {values: i for i, values in enumerate(subject.local_states)},
        tuple(position[id] for id in counted.counters),
        None if counted.total is None else position[counted.total],
        len(counted.variables),
    )


def _by_name(variables: Iterable[Variable]) -> dict[tuple[str, int], Variable]:
    """By name and by position among those of that name (two colours of locals may share one)."""
    found: dict[tuple[str, int], Variable] = {}
    many: dict[str, int] = {}
    for v in variables:
        number = many.get(v.name, 0)
        many[v.name] = number + 1
        found[v.name, number] = v
    return found


def _shape(system: System, process: int) -> list[tuple[object, ...]]:
    """What the locations of a process are, by number."""
    return [
        (x.id, x.labels, x.done, x.resting, x.goes_round, x.span.start, x.span.source.path)
        for x in system.processes[process].locations
    ]


# many instances: counts


def _counted(subject: Subject, known: Countable) -> Iterator[Observed]:
    counted = subject.counted
    sampler = Sampler(known.replicas, known.growth)
    numbers = {values: i for i, values in enumerate(subject.local_states)}
    own = known.replicas.own[0]
    hidden = {*counted.counters, counted.total}
    position = {v.id: i for i, v in enumerate(counted.variables)}
    layout = sampler.machine.layout

    def values(state: State, n: int) -> Values:
        rest, counts = state
        found: list[bool | int] = [layout.value(rest, v.id) if v.id not in hidden else 0 for v in counted.variables]
        for local, many in counts:
            mine = sampler.local_values(local)
            number = numbers.get(tuple(mine[id] for id in own))
            if number is None:
                raise Disagreement(LocalStateNotCounted(n))
            found[position[counted.counters[number]]] = many
        if counted.total is not None:
            found[position[counted.total]] = n
        return tuple(found)

    for n in COUNTED:
        chance = random.Random(SEED + n)
        seen: set[State] = set()
        try:
            for _ in range(WALKS):
                state = sampler.initial(n)
                for _ in range(LENGTH):
                    following = sorted(set(sampler.successors(state)))
                    if state not in seen:
                        seen.add(state)
                        after = frozenset(values(target, n) for target in following)
                        yield Observed(n, values(state, n), after, frozenset(), Judge.STEPS)
                    if not following:
                        break
                    state = chance.choice(following)
        except NotCountable:
            # A value grows out of the sampler's fields; the numbers before were looked at.
            return
