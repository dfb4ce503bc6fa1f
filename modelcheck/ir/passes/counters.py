"""Counter abstraction: a system with any number of replicas of one process as a system with integer counters.

Replicas that nobody tells apart are interchangeable, so a state is determined by *how many* of them
are in each local state (German and Sistla, JACM 1992). The pass takes the system with two replicas:
what the first one does is what each does, and what it does to the second one is what it does to
every other. Conditions over all replicas are recognised by their shape: a junction or a sum that
treats both alike becomes one over all local states; anything else is refused, never guessed.

Counters exist for the local states that are given. A step that would lead to another one is kept as
an *escape*: who proves something with the result has to prove that no escape is possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from modelcheck.ground.records import dataclass
from modelcheck.ir.counted import CounterStep, CounterSystem, LocalState, unprovable
from modelcheck.ir.system import Form, Step, System, Variable, VariableKind
from modelcheck.ir.terms import INT, Op, Term, post_order
from modelcheck.ir.uncountable import InstancesDiffer, NotCountable, ToldApart, Uncountable, Uncounted
from modelcheck.model.typed import IntType


@dataclass(slots=True)
class Replicas:
    """Two interchangeable replicas of a system: their instances, and their variables, position by position."""

    system: System
    first: int
    second: int
    own: tuple[tuple[int, ...], tuple[int, ...]]
    to_second: dict[int, Term] = field(default_factory=dict)
    swapped: dict[int, Term] = field(default_factory=dict)


def find_replicas(system: System, process: str) -> Replicas:
    """Find the two replicas of ``process``. Raises ``NotCountable`` if they are not interchangeable."""
    members = [p.index for p in system.processes if p.process == process]
    if len(members) != 2 or not any(set(members) <= set(group) for group in system.symmetric):
        raise NotCountable(ToldApart(process))
    first, second = members
    own = tuple(tuple(v.id for v in system.variables if v.owner == m) for m in members)
    if len(own[0]) != len(own[1]):
        raise NotCountable(InstancesDiffer(process))
    result = Replicas(system, first, second, (own[0], own[1]))
    terms = system.terms
    for a, b in zip(*own, strict=True):
        va, vb = system.variables[a], system.variables[b]
        if (va.sort, va.initial, va.kind) != (vb.sort, vb.initial, vb.kind):
            raise NotCountable(InstancesDiffer(process, (va.name, vb.name)))
        result.to_second[a] = terms.variable(b, vb.sort)
        result.swapped[a] = terms.variable(b, vb.sort)
        result.swapped[b] = terms.variable(a, va.sort)
    return result


def count_replicas(
    replicas: Replicas,
    process: str,
    states: Sequence[Mapping[int, bool | int]],
    growth: Mapping[int, int],
    apart: Mapping[int, Uncountable],
) -> CounterSystem:
    """Count the replicas in each of ``states``; the first is the initial one.

    ``growth``: by how much the initial value of a variable grows with each replica (the system's
    own is that for two). ``apart``: properties that are left out, and why. Raises ``NotCountable``.
    """
    return _Counting(replicas, process, states, growth).result(apart)


class _Counting:
    def __init__(
        self, replicas: Replicas, process: str, states: Sequence[Mapping[int, bool | int]], growth: Mapping[int, int]
    ) -> None:
        self.replicas = replicas
        self.system = replicas.system
        self.terms = replicas.system.terms
        self.process = process
        self.growth = growth
        self.first = frozenset(replicas.own[0])
        self.second = frozenset(replicas.own[1])
        self.location = self.system.processes[replicas.first].location
        self.states = tuple(LocalState(dict(s), self._name(s)) for s in states)
        base = max((v.id for v in self.system.variables), default=0) + 1
        self.counters = tuple(base + i for i in range(len(self.states)))
        self.total = base + len(self.states)
        self.at_location: dict[int, list[int]] = {}
        for i, state in enumerate(self.states):
            self.at_location.setdefault(int(state.values[self.location]), []).append(i)
        self.constants = tuple(self._constants(s.values, self.first) for s in self.states)
        self.constants_second = tuple(
            {b: values[a] for a, b in zip(*replicas.own, strict=True)} for values in self.constants
        )
        self.unlifted: set[int] = set()  # properties of which a step's condition could not be lifted
        self._owners: dict[int, int] = {}
        self._lifted: dict[tuple[int, int], Term] = {}
        self._canonical: dict[int, Term] = {}

    def _constants(self, values: Mapping[int, bool | int], ids: Iterable[int]) -> dict[int, Term]:
        variables = self.system.variables
        return {id: self.terms.constant(values[id], variables[id].sort) for id in ids}

    def _name(self, values: Mapping[int, bool | int]) -> str:
        process = self.system.processes[self.replicas.first]
        where = int(values[process.location])
        location = process.locations[where]
        label = location.labels[-1] if location.labels else ""
        at = "done" if location.done else f"{label or 'step'}.{where}"
        shown = []
        for id in self.replicas.own[0]:
            v = self.system.variables[id]
            if v.kind is VariableKind.LOCATION or values[id] == 0 or values[id] is False:
                continue
            name = v.within or v.name
            shown.append(name if values[id] is True else f"{name}={values[id]}")
        return f"#{self.process} at {at}" + (f" [{', '.join(shown)}]" if shown else "")

    def counter(self, i: int) -> Term:
        return self.terms.variable(self.counters[i], INT)

    def occupied(self, i: int) -> Term:
        return self.terms.le(self.terms.integer(1), self.counter(i))

    # the result

    def result(self, apart: Mapping[int, Uncountable]) -> CounterSystem:
        system, terms = self.system, self.terms
        steps = list(self._steps())
        variables = [v for v in system.variables if v.id not in self.first and v.id not in self.second]
        for id, state in zip(self.counters, self.states, strict=True):
            variables.append(Variable(id, state.name, INT, 0, None, 0, VariableKind.SHARED, IntType()))
        variables.append(Variable(self.total, f"#{self.process}", INT, 0, None, 0, VariableKind.SHARED, IntType()))
        total = terms.variable(self.total, INT)
        initial: dict[int, Term] = {v.id: terms.constant(v.initial, v.sort) for v in variables}
        for id, slope in self.growth.items():
            if slope:
                at_zero = int(system.variables[id].initial) - 2 * slope
                initial[id] = terms.add(terms.integer(at_zero), terms.mul(terms.integer(slope), total))
        initial[self.counters[0]] = total
        initial[self.total] = total
        bad: dict[int, Term] = {}
        refused = {**unprovable(system), **apart}
        for prop in system.properties:
            if prop.not_applicable is not None or prop.id in refused:
                continue
            try:
                conditions = [s.condition for s in prop.states]
                if prop.id in self.unlifted:
                    raise NotCountable(Uncounted.SINGLE_IN_STEP)
                found = self.lift(terms.or_(*conditions))
                if Form.DEADLOCK in prop.forms:
                    blocked = (terms.not_(s.guard) for s in steps)
                    found = terms.or_(found, terms.and_(terms.not_(self.lift(system.drained)), *blocked))
                bad[prop.id] = found
            except NotCountable as reason:
                refused[prop.id] = reason.why
        return CounterSystem(
            terms,
            tuple(variables),
            self.counters,
            self.states,
            self.total,
            initial,
            tuple(s for s in steps if not s.guard.is_false),
            bad,
            refused,
        )

    def _steps(self) -> Iterable[CounterStep]:
        for step in self.system.steps:
            if step.process == self.replicas.second:
                continue
            if step.process == self.replicas.first:
                for i in self.at_location.get(step.source, ()):
                    yield self._step(step, i)
            else:
                yield self._step(step, None)

    def _step(self, step: Step, active: int | None) -> CounterStep:
        terms, system = self.terms, self.system
        if active is None:
            location = system.variables[system.processes[step.process].location]
            here = terms.eq(terms.variable(location.id, location.sort), terms.constant(step.source, location.sort))
            mover: str | None = system.processes[step.process].name
        else:
            here = self.occupied(active)
            mover = None
        name = f"{self.states[active].name if active is not None else mover}: {step.operation}"
        guard = terms.and_(here, self.lift(step.guard, active))
        raises = []
        for raised in step.raises:
            try:
                raises.append((raised.property, self.lift(raised.condition, active)))
            except NotCountable:
                self.unlifted.add(raised.property)
        if guard.is_false or step.fault:
            return CounterStep(
                name, mover, step.operation, step.span, guard, (), step.fault, tuple(raises), terms.false
            )
        updates: list[tuple[int, Term]] = []
        mine: dict[int, Term] = {}
        others: dict[int, Term] = {}
        for id, value in step.updates:
            if id in self.first:
                mine[id] = value
            elif id in self.second:
                others[id] = value
            else:
                updates.append((id, self.lift(value, active)))
        moved, escape = self._moves(active, mine, others)
        return CounterStep(
            name, mover, step.operation, step.span, guard, (*updates, *moved), False, tuple(raises), escape
        )

    def _moves(
        self, active: int | None, mine: Mapping[int, Term], others: Mapping[int, Term]
    ) -> tuple[list[tuple[int, Term]], Term]:
        """What a step does to the counters, and when it leads to a local state that has none."""
        terms = self.terms
        gains: dict[int, list[Term]] = {}
        losses: dict[int, list[Term]] = {}
        escapes: list[Term] = []
        one = terms.integer(1)
        if active is None and set(mine) != {a for a, b in zip(*self.replicas.own, strict=True) if b in others}:
            raise NotCountable(Uncounted.TREATED_DIFFERENTLY)
        if others:
            for m in range(len(self.states)):
                values: dict[int, Term] = {}
                for a, b in zip(*self.replicas.own, strict=True):
                    update = others.get(b)
                    known = dict(self.constants_second[m])
                    if update is None:
                        values[a] = self.constants[m][a]
                        continue
                    if active is not None:
                        known.update(self.constants[active])
                    values[a] = terms.substitute(update, known)
                    if not self.owners(values[a]) == 0:
                        raise NotCountable(Uncounted.THIRD_INSTANCE)
                targets, escape = self._targets(values)
                if targets == [(m, terms.true)]:
                    continue
                number = self.counter(m) if m != active else terms.sub(self.counter(m), one)
                escapes.append(terms.and_(terms.le(one, number), escape))
                for target, condition in targets:
                    if target != m:
                        amount = terms.ite(condition, number, terms.integer(0))
                        losses.setdefault(m, []).append(amount)
                        gains.setdefault(target, []).append(amount)
        if active is not None:
            values = dict(self.constants[active])
            for id, update in mine.items():
                values[id] = self.lift(update, active)
            targets, escape = self._targets(values)
            escapes.append(escape)
            for target, condition in targets:
                if target != active:
                    amount = terms.ite(condition, one, terms.integer(0))
                    losses.setdefault(active, []).append(amount)
                    gains.setdefault(target, []).append(amount)
        updates: list[tuple[int, Term]] = []
        for i in sorted({*gains, *losses}):
            value = self.counter(i)
            for amount in losses.get(i, ()):
                value = terms.integer(0) if amount is value else terms.sub(value, amount)
            for amount in gains.get(i, ()):
                value = terms.add(value, amount)
            updates.append((self.counters[i], value))
        return updates, terms.or_(*escapes)

    def _targets(self, values: Mapping[int, Term]) -> tuple[list[tuple[int, Term]], Term]:
        """Which known local states the values make, each with its condition, and when none."""
        terms = self.terms
        where = values[self.location]
        if where.op is not Op.CONST:
            raise NotCountable(Uncounted.DATA_DEPENDENT_TARGET)
        found: list[tuple[int, Term]] = []
        for i in self.at_location.get(int(where.payload or 0), ()):
            known = self.constants[i]
            same = terms.true
            for id, value in values.items():
                same = terms.and_(same, terms.eq(value, known[id]))
                if same.is_false:
                    break
            if not same.is_false:
                found.append((i, same))
        return found, terms.not_(terms.or_(*(condition for _, condition in found)))

    # conditions over all replicas

    def owners(self, term: Term) -> int:
        """Bit 0: the term reads the first replica; bit 1: the second."""
        found = self._owners.get(term.id)
        if found is None:
            for node in post_order((term,)):
                if node.id in self._owners:
                    continue
                bits = 0
                if node.op is Op.VAR:
                    bits = 1 if node.payload in self.first else 2 if node.payload in self.second else 0
                for a in node.args:
                    bits |= self._owners[a.id]
                self._owners[node.id] = bits
            found = self._owners[term.id]
        return found

    def canonical(self, term: Term) -> Term:
        """The term with the arguments of its junctions in a fixed order, so that equal shapes are one object."""
        for node in post_order((term,)):
            if node.id not in self._canonical:
                args = [self._canonical[a.id] for a in node.args]
                if node.op in (Op.AND, Op.OR, Op.ADD):
                    args.sort(key=lambda a: a.id)
                same = tuple(args) == node.args
                made = node if same or not node.args else self.terms.rebuild(node, tuple(args))
                self._canonical[node.id] = made
                self._canonical.setdefault(made.id, made)
        return self._canonical[term.id]

    def swap(self, term: Term) -> Term:
        return self.canonical(self.terms.substitute(term, self.replicas.swapped))

    def lift(self, term: Term, active: int | None = None) -> Term:
        """The condition for any number of replicas; in ``active``'s local state where it reads the first one alone.

        Raises ``NotCountable``.
        """
        key = (term.id, -1 if active is None else active)
        found = self._lifted.get(key)
        if found is None:
            found = self._lifted[key] = self._lift(self.canonical(term), active)
        return found

    def _lift(self, term: Term, active: int | None) -> Term:
        owners = self.owners(term)
        if owners == 0:
            return term
        if owners == 1 and active is not None:
            return self.terms.substitute(term, self.constants[active])
        match term.op:
            case Op.AND | Op.OR:
                return self._junction(term, active)
            case Op.ADD:
                return self._sum(term, active)
            case Op.VAR:
                raise NotCountable(Uncounted.SINGLE)
            case _:
                return self.terms.rebuild(term, tuple(self.lift(a, active) for a in term.args))

    def _orbits(self, args: Sequence[Term], active: int | None) -> tuple[list[Term], list[Term]]:
        """(those lifted one by one, those that stand for all replicas with their mirror images)."""
        single: list[Term] = []
        orbits: list[Term] = []
        remaining = list(args)
        while remaining:
            a = remaining.pop(0)
            owners = self.owners(a)
            if owners == 0:
                single.append(a)
                continue
            mirror = self.swap(a)
            if mirror is not a and mirror in remaining:
                remaining.remove(mirror)
                orbits.append(mirror if owners == 2 else a)
            elif active is not None or mirror is a:
                single.append(self.lift(a, active))
            else:
                raise NotCountable(Uncounted.SINGLE)
        return single, orbits

    def _about(self, a: Term, i: int) -> Term:
        try:
            return self.lift(a, i)
        except NotCountable:
            return self.lift(self.swap(a), i)

    def _junction(self, term: Term, active: int | None) -> Term:
        terms = self.terms
        single, orbits = self._orbits(term.args, active)
        for a in orbits:
            for i in range(len(self.states)):
                here = self._about(a, i)
                if term.op is Op.AND:
                    single.append(terms.or_(terms.not_(self.occupied(i)), here))
                else:
                    single.append(terms.and_(self.occupied(i), here))
        return terms.and_(*single) if term.op is Op.AND else terms.or_(*single)

    def _sum(self, term: Term, active: int | None) -> Term:
        args: list[Term] = []
        stack = [term]
        while stack:
            node = stack.pop()
            if node.op is Op.ADD:
                stack.extend(node.args)
            else:
                args.append(node)
        single, orbits = self._orbits(args, active)
        for a in orbits:
            single += [self._times(self.counter(i), self._about(a, i)) for i in range(len(self.states))]
        result = self.terms.integer(0)
        for part in single:
            result = self.terms.add(result, part)
        return result

    def _times(self, number: Term, term: Term) -> Term:
        if term.op is Op.CONST:
            value = int(term.payload or 0)
            terms = self.terms
            return terms.integer(0) if value == 0 else number if value == 1 else terms.mul(terms.integer(value), number)
        if term.op is Op.ITE:
            condition, then, otherwise = term.args
            return self.terms.ite(condition, self._times(number, then), self._times(number, otherwise))
        raise NotCountable(Uncounted.NOT_LINEAR)
