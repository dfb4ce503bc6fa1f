"""Hand-made Systems: a small builder, a mutual exclusion protocol, and random systems."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from modelcheck.ground.source import NOWHERE
from modelcheck.ir.system import (
    Form,
    Location,
    Occurrence,
    ProcessInstance,
    Raise,
    StateCondition,
    Step,
    System,
    SystemEvent,
    SystemProperty,
    Variable,
    VariableKind,
)
from modelcheck.ir.terms import BOOL, INT, BvSort, Sort, Term, TermFactory
from modelcheck.model.absences import Absence
from modelcheck.model.typed import BoolType, IntType


@dataclass
class Builder:
    """Collects the parts of a System."""

    terms: TermFactory = field(default_factory=TermFactory)
    variables: list[Variable] = field(default_factory=list)
    processes: list[ProcessInstance] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    properties: list[SystemProperty] = field(default_factory=list)
    events: list[SystemEvent] = field(default_factory=list)

    def variable(
        self,
        name: str,
        sort: Sort,
        initial: bool | int = 0,
        low: int | None = None,
        high: int | None = None,
        owner: int | None = None,
        kind: VariableKind | None = None,
    ) -> Term:
        if kind is None:
            kind = VariableKind.SHARED if owner is None else VariableKind.LOCAL
        type_ = BoolType() if sort == BOOL else IntType()
        initial = bool(initial) if sort == BOOL else initial
        self.variables.append(Variable(len(self.variables), name, sort, low, high, initial, kind, type_, owner))
        return self.terms.variable(len(self.variables) - 1, sort)

    def process(self, name: str, locations: int, done: set[int], resting: set[int] = frozenset()) -> ProcessInstance:  # type: ignore[assignment]
        index = len(self.processes)
        pc = self.variable(f"{name}.pc", INT, 0, 0, locations - 1, index, VariableKind.LOCATION)
        finished = self.terms.or_(*(self.terms.eq(pc, self.terms.integer(n)) for n in sorted(done | resting)))
        places = tuple(Location(n, (), (), NOWHERE, n in done, n in resting, False) for n in range(locations))
        instance = ProcessInstance(index, name, name, 0, 1, False, self.variable_id(pc), places, finished)
        self.processes.append(instance)
        return instance

    def variable_id(self, term: Term) -> int:
        assert term.payload is not None
        return int(term.payload)

    def step(
        self,
        process: int,
        source: int,
        target: int | None,
        guard: Term | None = None,
        updates: dict[Term, Term] | None = None,
        choices: tuple[int, ...] = (),
        raises: tuple[tuple[int, Term], ...] = (),
        occurrences: tuple[tuple[int, Term], ...] = (),
    ) -> None:
        changes = [(self.variable_id(v), t) for v, t in (updates or {}).items()]
        if target is not None:
            changes.append((self.processes[process].location, self.terms.integer(target)))
        self.steps.append(
            Step(
                id=len(self.steps),
                process=process,
                source=source,
                target=target,
                choices=choices,
                guard=guard or self.terms.true,
                updates=() if target is None else tuple(changes),
                fault=target is None,
                raises=tuple(Raise(p, c, None, NOWHERE) for p, c in raises),
                occurrences=tuple(Occurrence(e, c, (), NOWHERE) for e, c in occurrences),
                operation=f"{source}->{target}",
                span=NOWHERE,
            )
        )

    def add_property(
        self,
        name: str,
        form: Form | Iterable[Form] | None,
        *conditions: Term,
        existential: bool = False,
        needs_drained: bool = False,
        not_applicable: Absence | None = None,
        deadlocked: tuple[Term, ...] = (),
    ) -> int:
        states = tuple(StateCondition(c, None) for c in conditions)
        self.properties.append(
            SystemProperty(
                len(self.properties),
                name,
                "cover" if existential else "invariant",
                frozenset({form} if isinstance(form, Form) else form or ()),
                existential,
                False,
                states,
                needs_drained,
                not_applicable,
                NOWHERE,
                tuple(StateCondition(c, None) for c in deadlocked),
            )
        )
        return len(self.properties) - 1

    @property
    def drained(self) -> Term:
        return self.terms.and_(*(p.finished for p in self.processes))

    def system(self, initial_raises: tuple[int, ...] = (), initial_fault: bool = False) -> System:
        return System(
            name="hand-made",
            variant="base",
            scenario="only",
            terms=self.terms,
            variables=tuple(self.variables),
            processes=tuple(self.processes),
            steps=tuple(self.steps),
            properties=tuple(self.properties),
            events=tuple(self.events),
            drained=self.drained,
            initial_raises=tuple(Raise(p, self.terms.true, None, NOWHERE) for p in initial_raises),
            initial_fault=initial_fault,
            symmetric=(),
            symmetric_pools=(),
        )


def peterson(broken: bool = False) -> System:
    """Peterson's mutual exclusion, one round each; ``broken``: nobody gives the other one precedence."""
    b = Builder()
    t = b.terms
    want = [b.variable(f"want[{i}]", BOOL) for i in range(2)]
    turn = b.variable("turn", INT, 0, 0, 1)
    for i in range(2):
        b.process(f"p{i}", 5, {4})
    for i in range(2):
        b.step(i, 0, 1, updates={want[i]: t.true})
        b.step(i, 1, 2, updates={turn: t.integer(i if broken else 1 - i)})
        b.step(i, 2, 3, t.or_(t.not_(want[1 - i]), t.eq(turn, t.integer(i))))
        b.step(i, 3, 4, updates={want[i]: t.false})
    pcs = [t.variable(p.location, INT) for p in b.processes]
    b.add_property("mutex", Form.STATE, t.and_(*(t.eq(pc, t.integer(3)) for pc in pcs)))
    b.add_property("deadlock", Form.DEADLOCK)
    b.add_property("stuck", Form.STUCK)
    b.add_property("enters", Form.STATE, t.eq(pcs[0], t.integer(3)), existential=True)
    b.add_property("quiet", Form.STATE, t.and_(b.drained, t.or_(*want)), needs_drained=True)
    return b.system()


def counters(processes: int, limit: int) -> System:
    """``processes`` counters that run independently up to ``limit``: (limit + 1) ** processes states."""
    b = Builder()
    t = b.terms
    for i in range(processes):
        b.process(f"p{i}", 2, {1})
    for i in range(processes):
        x = b.variable(f"x{i}", INT, 0, 0, limit, owner=i)
        b.step(i, 0, 0, t.lt(x, t.integer(limit - 1)), {x: t.add(x, t.integer(1))})
        b.step(i, 0, 1, t.eq(x, t.integer(limit - 1)), {x: t.integer(0)})
    b.add_property("deadlock", Form.DEADLOCK)
    b.add_property("stuck", Form.STUCK)
    return b.system()


class RandomSystem:
    """Random small Systems with every feature the engine treats specially: broadcasts, faults,
    raises, foreign reads in conditions.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.b = Builder()

    def term(self, sort: Sort, variables: list[Term], depth: int) -> Term:
        t, r = self.b.terms, self.random
        same = [v for v in variables if v.sort == sort]
        if depth == 0 or r.random() < 0.2:
            if same and r.random() < 0.7:
                return r.choice(same)
            return t.constant(r.randrange(4) if sort != BOOL else r.random() < 0.5, sort)
        if sort == BOOL:
            kind = r.randrange(7)
            if kind == 0:
                return t.not_(self.term(BOOL, variables, depth - 1))
            if kind in (1, 2):
                parts = [self.term(BOOL, variables, depth - 1) for _ in range(2)]
                return t.and_(*parts) if kind == 1 else t.or_(*parts)
            other: Sort = r.choice((INT, BvSort(2)))
            a, b = self.term(other, variables, depth - 1), self.term(other, variables, depth - 1)
            return {3: t.eq, 4: t.lt, 5: t.le, 6: t.ne}[kind](a, b)
        if r.random() < 0.3:
            return t.ite(
                self.term(BOOL, variables, depth - 1),
                self.term(sort, variables, depth - 1),
                self.term(sort, variables, depth - 1),
            )
        a, b = self.term(sort, variables, depth - 1), self.term(sort, variables, depth - 1)
        if sort == INT:
            if r.random() < 0.1:
                return t.bv_to_int(self.term(BvSort(2), variables, depth - 1))
            return r.choice([t.add, t.sub, t.mul, t.div, t.mod])(a, b)
        assert isinstance(sort, BvSort)
        if r.random() < 0.1:
            return t.int_to_bv(self.term(INT, variables, depth - 1), sort.width)
        if r.random() < 0.1:
            return t.resize(t.resize(a, 5), sort.width)
        if r.random() < 0.1:
            return t.bvnot(a)
        return r.choice([t.add, t.sub, t.mul, t.div, t.mod, t.bvand, t.bvor, t.bvxor, t.shl, t.shr])(a, b)

    def place_test(self, pcs: list[Term]) -> Term:
        """Some process stands somewhere."""
        return self.b.terms.eq(self.random.choice(pcs), self.b.terms.integer(self.random.randrange(4)))

    def bounded(self, variable: Term, value: Term) -> Term:
        """Keep an INT value inside the variable's bounds."""
        if variable.sort != INT:
            return value
        t = self.b.terms
        declared = self.b.variables[self.b.variable_id(variable)]
        low, high = declared.low or 0, declared.high if declared.high is not None else 3
        return t.ite(t.and_(t.le(t.integer(low), value), t.le(value, t.integer(high))), value, variable)

    def make(self) -> System:
        b, r = self.b, self.random
        t = b.terms
        shared = [
            b.variable("s0", BOOL, r.randrange(2)),
            b.variable("s1", INT, 1, -1, 2),
            b.variable("s2", BvSort(2), r.randrange(4)),
            b.variable("s3", INT, 0, 0 if r.random() < 0.5 else None, None),
        ]
        count = r.randrange(1, 4)
        own: list[list[Term]] = []
        for i in range(count):
            b.process(f"p{i}", 4, {3}, {0} if r.random() < 0.3 else set())
            own.append([b.variable(f"l{i}", INT, 0, 0, 2, owner=i), b.variable(f"h{i}", BOOL, 0, owner=i)])
        pcs = [t.variable(p.location, INT) for p in b.processes]
        everything = shared + [v for o in own for v in o] + pcs
        universal = [b.add_property(f"raised{n}", None) for n in range(2)]
        witness = b.add_property("witness", None, existential=True)
        for n in range(3):
            rare = [self.place_test(pcs), *(self.term(BOOL, everything, 2) for _ in range(2))]
            b.add_property(
                f"state{n}",
                Form.STATE,
                t.and_(*rare),
                t.and_(rare[0], rare[2], self.place_test(pcs)),
                existential=n == 2,
            )
        false = self.term(BOOL, everything, 2)
        b.add_property("final", Form.STATE, t.and_(b.drained, false), needs_drained=True, deadlocked=(false,))
        b.add_property("deadlock", Form.DEADLOCK)
        b.add_property("stuck", Form.STUCK)
        b.add_property("several", (Form.STATE, Form.DEADLOCK, Form.STUCK), self.place_test(pcs))
        b.events.extend(SystemEvent(n, f"e{n}", ()) for n in range(2))
        for i in range(count):
            readable = shared + own[i]
            for source in range(3):
                for choice in range(r.randrange(1, 3)):
                    test = self.term(BOOL, readable, 2)
                    for guard in (t.true,) if r.random() < 0.4 else (test, t.not_(test))[: r.randrange(1, 3)]:
                        self.add_step(i, source, choice, guard, readable, own, [*universal, witness], everything)
        initial_raises = (universal[0],) if r.random() < 0.05 else ()
        return b.system(initial_raises, bool(initial_raises) and r.random() < 0.5)

    def add_step(
        self,
        i: int,
        source: int,
        choice: int,
        guard: Term,
        readable: list[Term],
        own: list[list[Term]],
        properties: list[int],
        everything: list[Term],
    ) -> None:
        b, r, t = self.b, self.random, self.b.terms
        fault = r.random() < 0.05
        updates: dict[Term, Term] = {}
        for variable in readable:
            if r.random() < 0.35:
                updates[variable] = self.bounded(variable, self.term(variable.sort, readable, 2))
        for j, theirs in enumerate(own):
            if j != i and r.random() < 0.15:
                victim = r.choice(theirs)
                updates[victim] = self.bounded(victim, self.term(victim.sort, [*readable, victim], 2))
        raises = tuple(
            (p, t.and_(self.term(BOOL, everything, 2), self.term(BOOL, everything, 2)))
            for p in properties
            if r.random() < 0.15
        )
        if fault:
            raises = ((properties[0], t.true), *raises)
        occurrences = tuple((e, self.term(BOOL, readable, 1)) for e in range(2) if r.random() < 0.3)
        b.step(
            i,
            source,
            None if fault else r.choice([source, source + 1, 3]),
            guard,
            updates,
            (choice,),
            raises,
            occurrences,
        )
