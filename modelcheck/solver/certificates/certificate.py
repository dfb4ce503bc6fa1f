"""Certificates: an inductive invariant and everything it has to satisfy, as SMT-LIB 2 scripts with the user's names.

The invariant proves its properties if each question is answered as its script says: it holds
initially, every step preserves it, and with it no step and no state violates a property, and no
instance leaves the local states that are counted. The *controls* must be satisfiable: an encoding
that contradicts itself, or a property that nothing could violate, would be proved by anything.

``model.smt2`` declares the variables, ``invariant.smt2`` defines the lemmas; every other script is
to be read after these two. What a step does is written once, as definitions, and the questions are
about these definitions: whoever evaluates them looks at what the solver looks at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from modelcheck.ground.records import dataclass
from modelcheck.ir.counted import CounterStep, CounterSystem
from modelcheck.ir.terms import INT, BoolSort, BvSort, Op, Term, post_order, variables_of
from modelcheck.solver.certificates.reading import read_term
from modelcheck.solver.certificates.sexpressions import Unreadable, read_all
from modelcheck.solver.smtlib import constant_text, sort_text, symbol, term_text

MODEL = "model.smt2"
INVARIANT = "invariant.smt2"
#: Read before every other script.
HEADER = (MODEL, INVARIANT)

#: Numbers of instances for which there must be an initial state.
CONTROLLED = (0, 1, 1000)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, in words, and the answer that is right: ``sat`` or ``unsat``."""

    name: str
    answer: str


@dataclass(frozen=True, slots=True)
class Script:
    """One file (its name may have a directory): its text, and the questions in it, in order."""

    file: str
    text: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Needs:
    """The lemmas that an obligation rests on, by number: of steps that preserve the invariant, of
    steps that stay among the counted states, of properties (by id).

    Only these are assumed in it. Where nothing is said, the whole invariant is.
    """

    steps: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    escapes: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    properties: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a certificate says about a system.

    ``properties``: names of those proved, by id. ``covered``: steps (by number) that some sampled
    run takes: for them there is a control. ``alone``: properties that no state and no step could
    violate, whatever came before: they have no control. ``notes``: what each lemma says, for
    people.
    """

    lemmas: tuple[Term, ...]
    properties: Mapping[int, str]
    covered: frozenset[int]
    alone: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()
    needs: Needs = field(default_factory=Needs)


def guard_name(step: int) -> str:
    return symbol(f"step {step} is possible")


def escape_name(step: int) -> str:
    return symbol(f"step {step} leaves the counted states")


def next_name(step: int, variable: str) -> str:
    """``variable``: its symbol."""
    return symbol(f"step {step} makes {variable.strip('|')}")


def violated_name(property: str) -> str:
    return symbol(f"{property} is violated")


def in_state_name(property: str) -> str:
    return symbol(f"{property} is violated in the state")


def in_step_name(property: str, step: int) -> str:
    return symbol(f"{property} is violated by step {step}")


def control_name(property: str) -> str:
    """The question that says that the property's condition is not empty."""
    return f"{property} could be violated if the invariant did not hold"


def names_of(system: CounterSystem) -> dict[int, str]:
    """A symbol for each variable; equal names (two colours of locals may share one) get a number."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for v in system.variables:
        name, extra = symbol(v.name), 1
        while name in taken:
            extra += 1
            name = symbol(f"{v.name} ({extra})")
        taken.add(name)
        names[v.id] = name
    return names


def scripts(system: CounterSystem, claim: Claim) -> tuple[Script, ...]:
    """The scripts of a certificate, those of the header first.

    Raises ``Unencodable`` where a bit operation on an integer has no bound.
    """
    return tuple(_Writing(system, claim).scripts())


def read_lemmas(text: str, system: CounterSystem) -> tuple[Term, ...]:
    """The lemmas of an ``invariant.smt2``, as terms of the system. Raises ``Unreadable``."""
    symbols = {
        name: system.terms.variable(v.id, v.sort)
        for v, name in zip(system.variables, names_of(system).values(), strict=True)
    }
    lemmas: list[Term] = []
    for command in read_all(text):
        match command:
            case ("define-fun", "invariant", (), "Bool", _):
                continue
            case ("define-fun", str(name), _, "Bool", body) if name == _lemma_name(len(lemmas)):
                term = read_term(body, symbols, system.terms)
                if not isinstance(term.sort, BoolSort):
                    raise Unreadable(f"lemma {len(lemmas)} is not true or false")
                lemmas.append(term)
            case _:
                raise Unreadable(f"after {len(lemmas)} lemmas something else follows")
    return tuple(lemmas)


def _lemma_name(number: int) -> str:
    return symbol(f"lemma {number}")


def _define(name: str, sort: str, body: str, parameters: str = "") -> str:
    return f"(define-fun {name} ({parameters}) {sort} {body})"


def _is_linear(node: Term) -> bool:
    if isinstance(node.sort, BvSort):
        return False
    if node.op is Op.MUL:
        return any(a.op is Op.CONST for a in node.args)
    return node.op in (Op.CONST, Op.VAR, Op.NOT, Op.AND, Op.OR, Op.ITE, Op.EQ, Op.LT, Op.LE, Op.ADD, Op.SUB)


def _all(parts: Sequence[str]) -> str:
    return _junction("and", parts) if parts else "true"


def _junction(operator: str, parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({operator}\n  " + "\n  ".join(parts) + ")"


class _Writing:
    def __init__(self, system: CounterSystem, claim: Claim) -> None:
        self.system = system
        self.claim = claim
        self.terms = system.terms
        self.names = names_of(system)
        self.sorts = {v.id: sort_text(v.sort) for v in system.variables}
        self.touched = [
            [v.id for v in system.variables if v.id in read] for read in (variables_of((x,)) for x in claim.lemmas)
        ]

    def scripts(self) -> Iterator[Script]:
        yield self._model()
        yield self._invariant()
        yield self._initiation()
        width = len(str(max(len(self.system.steps) - 1, 0)))
        for number, step in enumerate(self.system.steps):
            yield self._step(number, step, f"steps/{number:0{width}}.smt2")
        for id, name in self.claim.properties.items():
            file = name if re.fullmatch(r"\w+", name) else str(id)
            yield self._property(id, name, f"properties/{file}.smt2")

    def _text(self, term: Term) -> str:
        return term_text(term, self.names)

    def _script(self, file: str, lines: Sequence[str], asked: Sequence[tuple[Question, Sequence[str]]] = ()) -> Script:
        lines = list(lines)
        for question, conditions in asked:
            lines += [f"; {question.name}: {question.answer}", "(push 1)"]
            lines += [f"(assert {condition})" for condition in conditions]
            lines += ["(check-sat)", "(pop 1)"]
        return Script(file, "\n".join(lines) + "\n", tuple(question for question, _ in asked))

    def _model(self) -> Script:
        system = self.system
        lines = ["; The variables of the model, and what they are initially.", f"(set-logic {self._logic()})"]
        lines += [f"(declare-const {self.names[v.id]} {self.sorts[v.id]})" for v in system.variables]
        lines.append(_define("possible", "Bool", self._text(system.possible)))
        begins = [f"(= {self.names[v.id]} {self._text(system.initial[v.id])})" for v in system.variables]
        lines.append(_define("initially", "Bool", _all(begins)))
        return self._script(MODEL, lines)

    def _logic(self) -> str:
        """What solvers are fastest at, where it is enough."""
        system = self.system
        terms = [*self.claim.lemmas, *system.initial.values(), *system.bad.values()]
        for step in system.steps:
            terms += [step.guard, step.escape, *(value for _, value in step.updates), *(c for _, c in step.raises)]
        return "QF_LIA" if all(map(_is_linear, post_order(terms))) else "ALL"

    def _invariant(self) -> Script:
        lines = ["; The invariant: all of these hold in every reachable state."]
        notes = self.claim.notes or ("",) * len(self.claim.lemmas)
        for number, (lemma, note) in enumerate(zip(self.claim.lemmas, notes, strict=True)):
            parameters = " ".join(f"({self.names[id]} {self.sorts[id]})" for id in self.touched[number])
            lines += [f"; {note}"] if note else []
            lines.append(_define(_lemma_name(number), "Bool", self._text(lemma), parameters))
        lines.append(_define("invariant", "Bool", _all([self._lemma(i, {}) for i in range(len(self.claim.lemmas))])))
        return self._script(INVARIANT, lines)

    def _lemma(self, number: int, changed: Mapping[int, str]) -> str:
        """A lemma about values that are named otherwise where a step changes them."""
        arguments = [changed.get(id, self.names[id]) for id in self.touched[number]]
        return f"({_lemma_name(number)} {' '.join(arguments)})" if arguments else _lemma_name(number)

    def _assumed(self, needed: Sequence[int] | None) -> tuple[str, ...]:
        """What an obligation assumes: the lemmas that it needs, or all."""
        return ("invariant",) if needed is None else tuple(self._lemma(number, {}) for number in needed)

    def _initiation(self) -> Script:
        holds = Question("the invariant holds initially", "unsat")
        asked: list[tuple[Question, Sequence[str]]] = [(holds, ("possible", "initially", "(not invariant)"))]
        system = self.system
        if system.total is None:
            asked.append((Question("the initial state is possible", "sat"), ("invariant", "initially")))
        else:
            total = self.names[system.total]
            for n in CONTROLLED:
                condition = f"(= {total} {constant_text(n, INT)})"
                asked.append((Question(f"{n} instances are possible", "sat"), ("invariant", "initially", condition)))
        return self._script("initiation.smt2", ["; The invariant holds initially."], asked)

    def _step(self, number: int, step: CounterStep, file: str) -> Script:
        guard = guard_name(number)
        lines = [f"; step {number}: {' '.join(step.name.split())}", _define(guard, "Bool", self._text(step.guard))]
        if step.fault:
            lines.append("; ends the run: nothing comes after it")
        changed: dict[int, str] = {}
        for id, value in step.updates:
            changed[id] = next_name(number, self.names[id])
            lines.append(_define(changed[id], self.sorts[id], self._text(value)))
        asked: list[tuple[Question, Sequence[str]]] = []
        affected = [i for i, touched in enumerate(self.touched) if not changed.keys().isdisjoint(touched)]
        if affected and not step.fault:
            broken = f"(not {_all([self._lemma(i, changed) for i in affected])})"
            known = self._assumed(self.claim.needs.steps.get(number))
            asked.append((Question(f"step {number} preserves the invariant", "unsat"), (*known, guard, broken)))
        if not step.escape.is_false:
            escape = escape_name(number)
            lines.append(_define(escape, "Bool", self._text(step.escape)))
            known = self._assumed(self.claim.needs.escapes.get(number))
            stays = Question(f"step {number} stays among the counted states", "unsat")
            asked.append((stays, (*known, guard, escape)))
        if number in self.claim.covered:
            asked.append((Question(f"step {number} is possible", "sat"), ("invariant", guard)))
        return self._script(file, lines, asked)

    def _property(self, id: int, name: str, file: str) -> Script:
        lines = [f"; {name}"]
        ways = [in_state_name(name)]
        lines.append(_define(ways[0], "Bool", self._text(self.system.bad[id])))
        for number, step in enumerate(self.system.steps):
            raised = self.terms.or_(*(condition for prop, condition in step.raises if prop == id))
            condition = self.terms.and_(step.guard, raised)
            if not condition.is_false:
                ways.append(in_step_name(name, number))
                lines.append(_define(ways[-1], "Bool", self._text(condition)))
        violated = violated_name(name)
        lines.append(_define(violated, "Bool", _junction("or", ways)))
        if id in self.claim.alone:
            return self._script(file, lines, [(Question(f"nothing could violate {name}", "unsat"), (violated,))])
        known = self._assumed(self.claim.needs.properties.get(id))
        asked: list[tuple[Question, Sequence[str]]] = [
            (Question(f"{name} is not violated", "unsat"), (*known, violated)),
            (Question(control_name(name), "sat"), (violated,)),
        ]
        return self._script(file, lines, asked)
