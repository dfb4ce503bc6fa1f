"""A model with fixed numbers of processes as a circuit in BLIF, for hardware model checkers such as ABC.

A latch for each bit of the state, inputs that choose a step, and one output: that some property is
violated in the state, or by the chosen step if it is possible. A choice of nothing that is possible
leaves the state as it is. Integers are as wide as what exploration reaches: a circuit has no
others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import z3

from modelcheck.engines.explicit.machine import Machine
from modelcheck.ir.system import Form, System, Variable
from modelcheck.ir.terms import BoolSort, BvSort, IntSort, Term
from modelcheck.solver.builder import Bool, Builder, Expr
from modelcheck.solver.domains import Domain, DomainEvaluator, interval
from modelcheck.solver.encode import Encoder, Names, Unencodable, constant, no_literal, shape_of


def circuit(system: System, properties: Iterable[int]) -> str:
    """The text of the circuit; its output is true where one of ``properties`` (ids) is violated.

    The reachable states have to be few.
    """
    return _Circuit(system, frozenset(properties)).text()


def _ranges(system: System) -> dict[int, Domain]:
    """The least and the greatest value of each integer in the reachable states."""
    integers = [v for v in system.variables if isinstance(v.sort, IntSort)]
    machine = Machine(system, {v.id: WIDTH for v in integers if v.low is None or v.high is None})
    found = {v.id: (int(v.initial), int(v.initial)) for v in integers}
    seen, waiting = {machine.initial}, [machine.initial]
    while waiting:
        state = waiting.pop()
        for v in integers:
            value = int(machine.layout.value(state, v.id))
            low, high = found[v.id]
            found[v.id] = min(low, value), max(high, value)
        for transition in machine.transitions(state):
            if transition.target is not None and transition.target not in seen:
                seen.add(transition.target)
                waiting.append(transition.target)
    return {id: interval(low, high) for id, (low, high) in found.items()}


#: Bits of an integer without bounds while its range is looked for.
WIDTH = 32


class _Circuit:
    def __init__(self, system: System, properties: frozenset[int]) -> None:
        self.system = system
        self.properties = properties
        self.builder = Builder(z3.Context())
        self.domains = {v.id: _domain(v) for v in system.variables if not isinstance(v.sort, IntSort)}
        self.domains |= _ranges(system)
        self.bits = {v.id: [self._bool(f"s{v.id}_{i}") for i in range(self._width(v))] for v in system.variables}
        values = {v.id: self._value(v) for v in system.variables}
        self.encode = Encoder(
            self.builder, DomainEvaluator(self.domains), Names(values.__getitem__, no_literal), finite=True
        )
        self.choice = [self._bool(f"choose{i}") for i in range(max((len(system.steps) - 1).bit_length(), 1))]
        self.lines: list[str] = []
        self.known: dict[int, str] = {}
        self.kept: list[z3.BoolRef] = []  # so that no number in `known` is given to another node

    def text(self) -> str:
        system, b = self.system, self.builder
        enabled = {step.id: self._enabled(step.process, step.source, step.guard) for step in system.steps}
        fires = {step.id: b.and_((enabled[step.id], *self._chosen(number))) for number, step in enumerate(system.steps)}
        latches: list[str] = []
        for v in system.variables:
            domain = self.domains[v.id]
            own = self._fitted(system.terms.variable(v.id, v.sort), domain)
            for step in system.steps:
                updates = dict(step.updates)
                location = system.processes[step.process].location
                if step.target is not None and location == v.id:
                    updates[v.id] = system.terms.constant(step.target, v.sort)
                if v.id in updates and not step.fault:
                    own = b.ite(fires[step.id], self._fitted(updates[v.id], domain), own)
            initial = int(v.initial)
            for i, bit in enumerate(self._bits_of(own, v)):
                latches.append(f".latch {self._emit(bit)} s{v.id}_{i} {initial >> i & 1}")
        bad = self._emit(self._bad(list(enabled.values()), fires))
        names = " ".join(str(bit) for bit in self.choice)
        head = [".model instance", f".inputs {names}", ".outputs bad"]
        return "\n".join([*head, *latches, *self.lines, f".names {bad} bad", "1 1", ".end"]) + "\n"

    def _bad(self, enabled: Sequence[Bool], fires: dict[int, Bool]) -> Bool:
        b, parts = self.builder, list[Bool]()
        for p in self.system.properties:
            if p.id in self.properties:
                parts += [self.encode.boolean(s.condition) for s in p.states]
                if Form.DEADLOCK in p.forms:
                    stopped = b.not_(b.or_((*enabled, self.encode.boolean(self.system.drained))))
                    parts.append(stopped)
        for step in self.system.steps:
            raised = [self.encode.boolean(r.condition) for r in step.raises if r.property in self.properties]
            if raised:
                parts.append(b.and_((fires[step.id], b.or_(raised))))
        return b.or_(parts)

    def _enabled(self, process: int, source: int, guard: Term) -> Bool:
        terms, location = self.system.terms, self.system.processes[process].location
        sort = next(v.sort for v in self.system.variables if v.id == location)
        here = terms.eq(terms.variable(location, sort), terms.constant(source, sort))
        return self.encode.boolean(terms.and_(here, guard))

    def _chosen(self, number: int) -> list[Bool]:
        return [bit if number >> i & 1 else self.builder.not_(bit) for i, bit in enumerate(self.choice)]

    # bits

    def _bool(self, name: str) -> Bool:
        return self.builder.bool_variable(name)

    def _width(self, v: Variable) -> int:
        match v.sort:
            case BoolSort():
                return 1
            case BvSort(width):
                return width
            case IntSort():
                return shape_of(self.domains[v.id]).width

    def _value(self, v: Variable) -> Expr:
        bits = self.bits[v.id]
        if isinstance(v.sort, BoolSort):
            return bits[0]
        one, zero = self.builder.bitvector(1, 1), self.builder.bitvector(0, 1)
        parts = [z3.If(bit, one, zero) for bit in reversed(bits)]
        return parts[0] if len(parts) == 1 else z3.Concat(*parts)

    def _fitted(self, term: Term, domain: Domain) -> Expr:
        if not isinstance(term.sort, IntSort):
            return self.encode(term)
        single = self.encode.domains(term).single
        if single is not None:
            return constant(self.builder, single, term.sort, domain, finite=True)
        return self.encode.fitted(term, shape_of(domain))

    def _bits_of(self, value: Expr, v: Variable) -> list[Bool]:
        if isinstance(v.sort, BoolSort):
            return [value]
        return [z3.Extract(i, i, value) == self.builder.bitvector(1, 1) for i in range(self._width(v))]

    # gates

    def _emit(self, condition: Bool) -> str:
        """Write the gates of a condition; return the name of its signal."""
        goal = z3.Goal(ctx=condition.ctx)
        goal.add(condition)
        (blasted,) = z3.Then("simplify", "bit-blast", ctx=condition.ctx)(goal)
        root = blasted.as_expr()
        stack = [root]
        while stack:
            node = stack[-1]
            missing = (
                [] if node.get_id() in self.known else [a for a in node.children() if a.get_id() not in self.known]
            )
            if missing:
                stack += missing
                continue
            stack.pop()
            if node.get_id() not in self.known:
                self.kept.append(node)
                self.known[node.get_id()] = self._gate(node, [self.known[a.get_id()] for a in node.children()])
        return self.known[root.get_id()]

    def _gate(self, node: z3.BoolRef, inputs: list[str]) -> str:
        many = len(inputs)
        match node.decl().kind():
            case z3.Z3_OP_UNINTERPRETED:
                return str(node)
            case z3.Z3_OP_TRUE:
                rows = ["1"]
            case z3.Z3_OP_FALSE:
                rows = []
            case z3.Z3_OP_NOT:
                rows = ["0 1"]
            case z3.Z3_OP_AND:
                rows = ["1" * many + " 1"]
            case z3.Z3_OP_OR:
                rows = ["-" * i + "1" + "-" * (many - i - 1) + " 1" for i in range(many)]
            case z3.Z3_OP_EQ | z3.Z3_OP_IFF:
                rows = ["11 1", "00 1"]
            case z3.Z3_OP_XOR | z3.Z3_OP_DISTINCT if many == 2:
                rows = ["10 1", "01 1"]
            case z3.Z3_OP_ITE:
                rows = ["11- 1", "0-1 1"]
            case z3.Z3_OP_IMPLIES:
                rows = ["0- 1", "-1 1"]
            case _:
                raise Unencodable(f"{node.decl()} is no gate")
        name = f"n{len(self.known)}"
        self.lines += [" ".join([".names", *inputs, name]), *rows]
        return name


def _domain(v: Variable) -> Domain:
    return interval(0, (1 << v.sort.width) - 1 if isinstance(v.sort, BvSort) else 1)
