"""Properties over states and steps: expressions as terms, label sets, leaks, what drained means for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace
from typing import assert_never

from modelcheck.ground.records import dataclass
from modelcheck.ir.system import IMPOSSIBLE, Form, Raise, StateCondition, Step, SystemProperty
from modelcheck.ir.terms import BOOL, Term, TermFactory, variables_of
from modelcheck.model import typed
from modelcheck.model.obligations import AT_REST
from modelcheck.model.trees import below
from modelcheck.model.typed import ObligationKey
from modelcheck.semantics.elaborate.execution.evaluate import domain_choices, evaluate_term
from modelcheck.semantics.elaborate.execution.path import Execution, Path
from modelcheck.semantics.elaborate.execution.values import SymbolicValue, Values
from modelcheck.semantics.elaborate.graphs.emitter import Emitter
from modelcheck.semantics.elaborate.graphs.graph import Graph
from modelcheck.semantics.elaborate.graphs.scope import Renamer, Scope, local_index
from modelcheck.semantics.elaborate.properties.antecedents import Antecedents, Part
from modelcheck.semantics.elaborate.properties.ends import Ends
from modelcheck.semantics.elaborate.properties.keys import may_keys
from modelcheck.semantics.elaborate.properties.monitors import Key, Monitors, OnlyIfMonitor
from modelcheck.semantics.elaborate.properties.notes import Notes
from modelcheck.semantics.elaborate.properties.positions import PRIME, Positions
from modelcheck.semantics.elaborate.variables.bounds import TermBounds
from modelcheck.semantics.elaborate.variables.layout import Layout
from modelcheck.semantics.elaborate.variables.leaves import Leaf


@dataclass(frozen=True, slots=True)
class StepJudgement:
    """A property that is judged on steps. ``condition``: bad (existential: witness), over the state
    before and primed variables.

    ``post``: plain reads mean the state after the step.
    """

    property: typed.Property
    condition: Term
    post: bool


class Properties:
    """Prepares the properties of a model; use ``prepare``, lay out the processes, then the rest."""

    def __init__(self, model: typed.Model, terms: TermFactory, layout: Layout, monitors: Monitors) -> None:
        self.model = model
        self.terms = terms
        self.layout = layout
        self.monitors = monitors
        self.applicable = tuple(p for p in model.properties if p.not_applicable is None)
        self.claims: dict[ObligationKey, tuple[int, ...]] = {}
        self._asked: dict[ObligationKey, tuple[int, ...]] = {}  # likewise by users, alone
        self.looks_at_processes = False
        self.waiting: tuple[tuple[ObligationKey, StateCondition], ...] = ()  # what guards read that wait
        self._emitter = Emitter(frozenset())
        self._scope = Scope("property", None)
        self._renamer = Renamer(self._emitter, {i.name: i for i in model.inlines})
        self._expressions: dict[int, typed.Expr] = {}
        self._then: dict[int, typed.Expr] = {}
        self._known: dict[int, Term] = {}
        self._off: dict[str, typed.Expr] = {}  # by process: whether it has something switched off
        self.notes = Notes()
        self.positions = Positions(model, terms, layout)
        self._ex: Execution | None = None

    # preparation

    def prepare(self) -> None:
        """Rename all expressions and lay out the monitors."""
        for process in self.model.processes:
            if process.off is not None:
                self._off[process.name] = self._renamer.expression(process.off, self._scope)
        for p in self.applicable:
            match p.body:
                case typed.Obligation(keys):
                    for key in keys:
                        self.claims[key] = (*self.claims.get(key, ()), p.id)
                        if len(keys) == 1 and not p.builtin:
                            self._asked[key] = (*self._asked.get(key, ()), p.id)
                case (
                    typed.Invariant(expression)
                    | typed.StepInvariant(expression)
                    | typed.Final(expression)
                    | typed.Cover(expression)
                ):
                    self._expressions[p.id] = self._renamer.expression(expression, self._scope)
                case typed.Count() as count_property:
                    self.monitors.add_count(p, count_property)
                case typed.Order() as order:
                    self.monitors.add_order(p, order)
                case typed.OnlyIf(event, condition) as only_if:
                    for argument in event.arguments:
                        if isinstance(argument, typed.Local):
                            local_index(self._emitter, self._scope, argument, bound=True)
                    renamed = self._renamer.expression(condition, self._scope)
                    self._expressions[p.id] = renamed
                    self.looks_at_processes |= mentions_processes(renamed, self._emitter)
                    permitted = self._only_if(p)
                    self.monitors.only_ifs.append(OnlyIfMonitor(p, only_if, permitted, permitted.said))
                case typed.May() as may:
                    if may.key is not None:
                        local_index(self._emitter, self._scope, may.key, bound=True)
                    self._expressions[p.id] = self._renamer.expression(may.condition, self._scope)
                    if not isinstance(may.then, typed.EventPattern):
                        self._then[p.id] = self._renamer.expression(may.then, self._scope)
                    self.monitors.add_may(p, may, may_keys(self.layout, may))
        graph = Graph((), 0, 0, tuple(self._emitter.locals), (), self._emitter.pure_calls, ())
        self._ex = Execution(
            self.terms,
            Values(self.terms),
            self.layout,
            TermBounds({}),
            lambda key: (),
            lambda *_: None,
            lambda *_: None,
            self.positions.label,
            graph,
            None,
            self.layout.local_trees(graph),
            self.terms.integer(0),
            quiet=True,
            everybody=True,
        )

    @property
    def ex(self) -> Execution:
        assert self._ex is not None
        return self._ex

    def local_types(self) -> tuple[typed.Type, ...]:
        """The types of all variables bound in properties."""
        return tuple(x.type for x in self._emitter.locals)

    def claimed(self, key: ObligationKey) -> tuple[int, ...]:
        """The properties that an obligation belongs to; one that no property claims was said to be
        impossible, and is judged all the same.
        """
        return self.claims.get(key, (self.model.impossible,))

    def _only_if(self, p: typed.Property) -> _OnlyIfCondition:
        return _OnlyIfCondition(self, p.id)

    def only_if_condition(self, id: int, path: Path, bound: dict[int, SymbolicValue]) -> Term:
        """The condition of an ``only_if`` at a moment inside a step."""
        for local, value in bound.items():
            self._bind(path, local, value)
        return evaluate_term(self.ex, path, self._expressions[id], self.terms.true)

    def _bind(self, path: Path, local: int, value: SymbolicValue) -> None:
        leaf = self.ex.trees[self._scope.locals[local]]
        assert isinstance(leaf, Leaf)
        path.values[leaf.id] = value

    # parts that are judged within steps

    def judged(self, ex: Execution, path: Path, kind: str, subject: str, condition: typed.Expr) -> None:
        """A condition of the code is judged: note what it says something about, for the properties
        that users made of nothing but that.
        """
        if ex.quiet:
            return
        for property in self._asked.get(ObligationKey(kind, subject), ()):
            for number in self.notes.parts_of(property, condition, ex.graph.pure_calls):
                probe = path.clone()
                ex.quiet = True
                said = evaluate_term(ex, probe, self.notes.noted[number][1].condition, self.terms.true)
                ex.quiet = False
                self.notes.note(ex, path, number, said)

    def permitted(self, ex: Execution, path: Path, id: int, bound: dict[int, SymbolicValue], happens: Term) -> None:
        """The condition of an ``only_if`` is judged inside a step, where its event happens."""
        for number in self.notes.parts_of(id, self._expressions[id], self._emitter.pure_calls):
            probe = path.clone()
            for local, value in bound.items():
                self._bind(probe, local, value)
            said = evaluate_term(self.ex, probe, self.notes.noted[number][1].condition, self.terms.true)
            self.notes.note(ex, path, number, self.terms.and_(happens, said))

    # may

    def may_terms(self, p: typed.Property, may: typed.May, key: Key, path: Path) -> tuple[Term, Term | None]:
        """(the condition, what must follow if it is a state) for one value of the key; of one that
        the domain has not both are false.
        """
        terms = self.terms
        present = terms.true
        if may.key is not None:
            assert may.domain is not None
            domain = self._renamer.domain(may.domain, self._scope)
            present = terms.false
            for inside, value, number in domain_choices(self.ex, path, domain, terms.true):
                code = number - 1 if isinstance(domain, typed.SetDomain) and _of_references(may.key) else number
                if code == key[0]:
                    present = inside
                    self._bind(path, may.key.id, value)
        condition = terms.and_(present, evaluate_term(self.ex, path, self._expressions[p.id], terms.true))
        then = self._then.get(p.id)
        if then is None:
            return condition, None
        return condition, terms.and_(present, evaluate_term(self.ex, path, then, terms.true))

    # states and steps

    def step_judgements(self) -> list[StepJudgement]:
        """What is to be checked on every step."""
        terms = self.terms
        found: list[StepJudgement] = []
        for p in self.applicable:
            match p.body:
                case typed.StepInvariant():
                    holds = self._value(p)
                    found.append(StepJudgement(p, terms.not_(holds), False))
                case typed.Invariant() | typed.Cover():
                    value = self._value(p)
                    if self._has_after(p):
                        bad = value if p.existential else terms.not_(value)
                        found.append(StepJudgement(p, bad, True))
                case typed.Final() | typed.May() | typed.OfEvents() | typed.Obligation():
                    pass
                case _:
                    assert_never(p.body)
        return found

    def _value(self, p: typed.Property) -> Term:
        """The condition of a property that is one over states or steps."""
        value = self._known.get(p.id)
        if value is None:
            value = self._known[p.id] = evaluate_term(self.ex, Path(), self._expressions[p.id], self.terms.true)
        return value

    def _has_after(self, p: typed.Property) -> bool:
        return any(isinstance(e, typed.AfterLabel) for e in _with_calls(self._expressions[p.id], self._emitter))

    def system_property(self, p: typed.Property, drained: Term) -> SystemProperty:
        """The property as the engines see it."""
        states: tuple[StateCondition, ...] = ()
        deadlocked: tuple[StateCondition, ...] = ()
        forms: set[Form] = set()
        needs_drained = False
        if p.not_applicable is None:
            ends = tuple(s for s in self._ends(p) if not s.condition.is_false)
            at_end = (replace(s, condition=self.terms.and_(drained, s.condition)) for s in ends)
            states = tuple(s for s in (*self._states(p, drained), *at_end) if not s.condition.is_false)
            deadlocked = ends
            if states:
                forms.add(Form.STATE)
            match p.body:
                case typed.Obligation(keys):
                    kinds = {key.kind for key in keys}
                    forms.update(form for form in (Form.DEADLOCK, Form.STUCK) if form.value in kinds)
                    needs_drained = not kinds.isdisjoint(AT_REST)
                case typed.Final():
                    needs_drained = True
                case typed.Count(within_drained=within_drained):
                    needs_drained = within_drained
                case (
                    typed.Invariant()
                    | typed.StepInvariant()
                    | typed.Cover()
                    | typed.May()
                    | typed.Order()
                    | typed.OnlyIf()
                ):
                    pass
                case _:
                    assert_never(p.body)
        whole = self.condition(p)
        reads = None
        if whole is not None:
            reads = frozenset(id % PRIME for id in variables_of((whole[0],)) if id >= 0)
            if any(id < 0 for id in variables_of((whole[0],))):
                reads = None  # what steps do is no variable
        return SystemProperty(
            p.id,
            p.name,
            p.kind,
            frozenset(forms),
            p.existential,
            p.builtin,
            states,
            needs_drained,
            p.not_applicable,
            p.span,
            deadlocked,
            reads,
        )

    def _ends(self, p: typed.Property) -> Iterator[StateCondition]:
        """What makes the property false where every process is finished, and likewise (without
        being a violation) in a deadlock.
        """
        match p.body:
            case typed.Final():
                value = self._value(p)
                yield StateCondition(self.terms.not_(value), None)
            case typed.Count(within_drained=True):
                for monitor in self.monitors.counts:
                    if monitor.property is p:
                        for cell in monitor.cells:
                            missing = self.monitors.missing(self.ex, Path(), monitor, cell)
                            yield StateCondition(missing, None)
            case typed.Obligation(keys):
                for key in keys:
                    if key.kind == "leak":
                        yield from Ends(self.ex).leaks(key)
            case typed.Invariant() | typed.StepInvariant() | typed.Cover() | typed.May() | typed.OfEvents():
                pass
            case _:
                assert_never(p.body)

    def _states(self, p: typed.Property, drained: Term) -> Iterator[StateCondition]:
        """What violates (witnesses) the property in a state, ``_ends`` aside."""
        terms = self.terms
        match p.body:
            case typed.Invariant() | typed.Cover():
                if not self._has_after(p):
                    value = self._value(p)
                    if p.existential:
                        yield StateCondition(value, None)
                    else:
                        yield StateCondition(terms.not_(value), None)
            case typed.May() as may:
                for may_monitor in self.monitors.mays:
                    if may_monitor.property is p:
                        for key, bit in may_monitor.bits:
                            _, then = self.may_terms(p, may, key, Path())
                            if then is not None:
                                yield StateCondition(terms.and_(terms.variable(bit, BOOL), then), None)
            case typed.Obligation(keys):
                yield from (state for key, state in self.waiting if key in keys)
                for obligation_key in keys:
                    if obligation_key.kind == "lock_held_at_end":
                        yield from Ends(self.ex).held_at_end(obligation_key, drained)
                    elif obligation_key.kind == "unbalanced":
                        yield from Ends(self.ex).left_off(obligation_key, self._off, drained)
            case typed.StepInvariant() | typed.Final() | typed.OfEvents():
                pass
            case _:
                assert_never(p.body)

    def impossible(
        self, drained: Term, changed: Set[int], steps: Sequence[Step], raised: Iterable[Raise]
    ) -> SystemProperty | None:
        """The property that is violated by what was said to be impossible; None if nothing in the
        system could violate it.

        ``changed``: the variables that are not false (or zero) in all states.
        """
        id = self.model.impossible
        states = tuple(s for s in self._unclaimed_ends(drained, changed) if not s.condition.is_false)
        if not states and not any(r.property == id for r in (*raised, *(r for step in steps for r in step.raises))):
            return None
        forms = frozenset({Form.STATE} if states else ())
        return SystemProperty(id, IMPOSSIBLE, IMPOSSIBLE, forms, False, True, states, False, None, self.model.init.span)

    def _unclaimed_ends(self, drained: Term, changed: Set[int]) -> Iterator[StateCondition]:
        """What nobody claims: reads of guards that wait; leaks and locks held at the end, of what
        is ever allocated or taken.
        """
        yield from (state for key, state in self.waiting if key not in self.claims)
        for object in dict.fromkeys(object for (object, _), id in self.layout.allocated.items() if id in changed):
            key = ObligationKey("leak", object)
            if key not in self.claims:
                for lost in Ends(self.ex).leaks(key):
                    yield replace(lost, condition=self.terms.and_(drained, lost.condition))
        for subject in dict.fromkeys(
            leaf.subject
            for leaf in self.layout.leaves
            if leaf.shape is not None
            and isinstance(leaf.type, typed.LockType)
            and any(bit in changed for _, bit, _ in self.layout.all_held(leaf))
        ):
            key = ObligationKey("lock_held_at_end", subject)
            if key not in self.claims:
                yield from Ends(self.ex).held_at_end(key, drained)
        for process in self._off:
            key = ObligationKey("unbalanced", process)
            if key not in self.claims:
                yield from Ends(self.ex).left_off(key, self._off, drained)

    def judge_step(self, judgement: StepJudgement, step: Step, left: frozenset[int], class_index: int) -> Raise | None:
        """The raise that a step makes for a property over steps, if it can."""
        bad = self.positions.over_step(judgement.condition, judgement.post, step, left, class_index)
        if bad.is_false:
            return None
        p = judgement.property
        return Raise(p.id, bad, None, p.span)

    def condition(self, p: typed.Property) -> tuple[Term, bool] | None:
        """The condition of a property that is nothing but one over states or steps, and whether it
        is judged on steps.
        """
        match p.body:
            case typed.Invariant() | typed.Final() | typed.StepInvariant() if p.not_applicable is None:
                return self._value(p), isinstance(p.body, typed.StepInvariant) or self._has_after(p)
            case (
                typed.Invariant()
                | typed.Final()
                | typed.StepInvariant()
                | typed.Cover()
                | typed.May()
                | typed.OfEvents()
                | typed.Obligation()
            ):
                return None
            case _:
                assert_never(p.body)

    def parts(self, p: typed.Property) -> Iterator[tuple[Part, Term]]:
        """The parts of a property that say nothing unless their condition is met, each with the condition."""
        match p.body:
            case typed.Invariant() | typed.Final() | typed.StepInvariant():
                for part in Antecedents(self._emitter.pure_calls).of(self._expressions[p.id]):
                    yield part, evaluate_term(self.ex, Path(), part.condition, self.terms.true)
            case typed.Cover() | typed.May() | typed.OfEvents() | typed.Obligation():
                return
            case _:
                assert_never(p.body)


@dataclass(frozen=True, slots=True)
class _OnlyIfCondition:
    properties: Properties
    id: int

    def __call__(self, ex: Execution, path: Path, bound: dict[int, SymbolicValue]) -> Term:
        return self.properties.only_if_condition(self.id, path, bound)

    def said(self, ex: Execution, path: Path, bound: dict[int, SymbolicValue], happens: Term) -> None:
        """Note whether the condition says something where the event happens."""
        self.properties.permitted(ex, path, self.id, bound, happens)


def _of_references(local: typed.Local) -> bool:
    return isinstance(local.type, typed.RefType)


def _with_calls(e: typed.Expr, emitter: Emitter) -> Iterator[object]:
    """All nodes of an expression and of what it calls."""
    for node in below(e):
        yield node
        if isinstance(node, typed.CallExpr):
            yield from _with_calls(emitter.pure_calls[node.inline].body, emitter)


def mentions_processes(e: typed.Expr, emitter: Emitter) -> bool:
    """Whether an expression looks at where processes are or at what they hold."""
    return any(
        isinstance(node, typed.AtLabel | typed.AfterLabel | typed.CountAt | typed.Done)
        or (isinstance(node, typed.Ask) and node.question is typed.LockQuestion.HELD)
        for node in _with_calls(e, emitter)
    )
