"""Properties over states and steps: expressions as terms, label sets, leaks, what drained means for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace

from modelcheck.ground.records import dataclass
from modelcheck.ir.system import IMPOSSIBLE, Form, Occurrence, Raise, StateCondition, Step, SystemProperty
from modelcheck.ir.terms import BOOL, Op, Term, TermFactory, post_order, variables_of
from modelcheck.model import typed
from modelcheck.model.trees import children
from modelcheck.model.typed import LockKind, ObligationKey
from modelcheck.semantics.elaborate.execution.evaluate import count, domain_choices, evaluate, evaluate_term
from modelcheck.semantics.elaborate.execution.path import Execution, Path
from modelcheck.semantics.elaborate.execution.values import SymbolicValue, Values, element_codes, flatten
from modelcheck.semantics.elaborate.graphs.emitter import Emitter
from modelcheck.semantics.elaborate.graphs.graph import Graph, PureCall
from modelcheck.semantics.elaborate.graphs.labels import LabelSets
from modelcheck.semantics.elaborate.graphs.scope import Renamer, Scope, local_index
from modelcheck.semantics.elaborate.properties.antecedents import Antecedents, Part
from modelcheck.semantics.elaborate.properties.monitors import Key, Monitors, OnlyIfMonitor, key_codes, key_name
from modelcheck.semantics.elaborate.properties.reachability import reachable
from modelcheck.semantics.elaborate.variables.bounds import TermBounds
from modelcheck.semantics.elaborate.variables.layout import Layout
from modelcheck.semantics.elaborate.variables.leaves import Leaf

#: Primed variables are those of the state with this added to their ids, until a step's updates replace them.
PRIME = 1 << 24

#: As a raise of the property of this number and more, steps say where what they judge says something (taken out again when the system is made).
NOTED = 1 << 24


@dataclass(frozen=True, slots=True)
class AfterAtom:
    """A variable that stands for ``after(label)`` of one instance until it is known which step is judged."""

    label: typed.LabelRef
    class_index: int
    instance: int


@dataclass(frozen=True, slots=True)
class StepJudgement:
    """A property that is judged on steps. ``condition``: bad (existential: witness), over the state before and primed variables.

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
        self.after: dict[int, AfterAtom] = {}
        self._after_ids: dict[tuple[object, ...], int] = {}
        self._emitter = Emitter(frozenset())
        self._scope = Scope("property", None)
        self._renamer = Renamer(self._emitter, {i.name: i for i in model.inlines})
        self._expressions: dict[int, typed.Expr] = {}
        self._then: dict[int, typed.Expr] = {}
        self._known: dict[int, Term] = {}
        self.noted: list[tuple[int, Part]] = []  # parts that are judged within steps, with their properties
        self._noted: dict[tuple[int, int], tuple[object, object, tuple[int, ...]]] = {}
        self._labels = LabelSets(layout)
        self._ex: Execution | None = None

    # preparation

    def prepare(self) -> None:
        """Rename all expressions and lay out the monitors."""
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
                    self.monitors.add_may(p, may, self._may_keys(may))
        graph = Graph((), 0, 0, tuple(self._emitter.locals), (), self._emitter.pure_calls, ())
        self._ex = Execution(
            self.terms,
            Values(self.terms),
            self.layout,
            TermBounds({}),
            lambda key: (),
            lambda *_: None,
            lambda *_: None,
            self.label,
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
        """The properties that an obligation belongs to; one that no property claims was said to be impossible, and is judged all the same."""
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
        """A condition of the code is judged: note what it says something about, for the properties that users made of nothing but that."""
        if ex.quiet:
            return
        for property in self._asked.get(ObligationKey(kind, subject), ()):
            for number in self._parts_of(property, condition, ex.graph.pure_calls):
                probe = path.clone()
                ex.quiet = True
                said = evaluate_term(ex, probe, self.noted[number][1].condition, self.terms.true)
                ex.quiet = False
                self._note(ex, path, number, said)

    def permitted(self, ex: Execution, path: Path, id: int, bound: dict[int, SymbolicValue], happens: Term) -> None:
        """The condition of an ``only_if`` is judged inside a step, where its event happens."""
        for number in self._parts_of(id, self._expressions[id], self._emitter.pure_calls):
            probe = path.clone()
            for local, value in bound.items():
                self._bind(probe, local, value)
            said = evaluate_term(self.ex, probe, self.noted[number][1].condition, self.terms.true)
            self._note(ex, path, number, self.terms.and_(happens, said))

    def _parts_of(self, property: int, condition: typed.Expr, calls: dict[str, PureCall]) -> tuple[int, ...]:
        key = (property, id(condition))
        known = self._noted.get(key)
        if known is None:
            parts = Antecedents(calls).of(condition)
            first = len(self.noted)
            self.noted += [(property, part) for part in parts]
            # What is kept alive is nobody else under the same identity.
            known = self._noted[key] = (condition, calls, tuple(range(first, len(self.noted))))
        return known[2]

    def _note(self, ex: Execution, path: Path, number: int, condition: Term) -> None:
        part = self.noted[number][1]
        ex.add_raise(path, Raise(NOTED + number, ex.simplify(path, condition), None, "", part.span))

    # labels

    def _at(self, path: Path, labels: Sequence[typed.LabelRef]) -> Iterator[Term]:
        """For each process instance whether it is at one of the labels."""
        terms = self.terms
        for index, c in enumerate(self.layout.classes):
            for k in range(c.instances):
                variable = self.ex.variable(path, c.variable(c.location_variable, k))
                parts: list[Term] = []
                for label in labels:
                    locations = self._labels.locations(label, index)
                    here = terms.or_(*(terms.eq(variable, terms.integer(number)) for number in locations))
                    parts.append(terms.and_(here, self._is_replica(path, label, k)))
                yield terms.or_(*parts)

    def _is_replica(self, path: Path, label: typed.LabelRef, instance: int) -> Term:
        if label.replica is None:
            return self.terms.true
        replica = evaluate_term(self.ex, path, label.replica, self.terms.true)
        return self.terms.eq(replica, self.terms.integer(instance))

    def label(self, ex: Execution, path: Path, e: typed.Expr) -> SymbolicValue:
        """The property-only expressions."""
        terms = self.terms
        match e:
            case typed.AtLabel(label):
                return terms.or_(*self._at(path, (label,)))
            case typed.CountAt(labels):
                return count(ex, tuple(self._at(path, labels)))
            case typed.CountProcesses(process):
                return terms.integer(sum(p.count or 0 for p in self.model.processes if p.name == process))
            case typed.AfterLabel(label):
                parts: list[Term] = []
                for index, c in enumerate(self.layout.classes):
                    if not self._labels.occurrences(label)[index]:
                        continue
                    for k in range(c.instances):
                        atom = terms.variable(self._after_id(label, index, k), BOOL)
                        parts.append(terms.and_(atom, self._is_replica(path, label, k)))
                return terms.or_(*parts)
            case typed.Primed(operand):
                after = Path(values=dict(path.values))
                for id, draft in enumerate(self.layout.variables):
                    after.variables[id] = terms.variable(id + PRIME, draft.sort)
                return evaluate(ex, after, operand, terms.true)
            case _:
                raise AssertionError(e)

    def _after_id(self, label: typed.LabelRef, class_index: int, instance: int) -> int:
        key = (label.process, label.path, label.inline, label.label, class_index, instance)
        id = self._after_ids.get(key)
        if id is None:
            id = self._after_ids[key] = -2 - len(self._after_ids)
            self.after[id] = AfterAtom(label, class_index, instance)
        return id

    # may

    def _may_keys(self, may: typed.May) -> list[tuple[Key, str]]:
        if may.key is None:
            return [((), "")]
        match may.domain:
            case typed.PoolDomain(object):
                pool = self.layout.objects[object].pool
                return [((s,), f"[{object}[{s}]]") for s in range(pool)]
            case typed.RangeDomain(low, high):
                return [((i,), f"[{i}]") for i in range(low, high + 1)]
            case _:
                type = may.key.type
                if isinstance(type, typed.RefType):
                    codes = range(1, 1 + type.pool)
                    return [((c - 1,), f"[{key_name(type, c - 1)}]") for c in codes]
                return [((c,), f"[{key_name(type, c)}]") for c in element_codes(type)]

    def may_terms(self, p: typed.Property, may: typed.May, key: Key, path: Path) -> tuple[Term, Term | None]:
        """(the condition, what must follow if it is a state) for one value of the key; of one that the domain has not both are false."""
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
                        bad = value if isinstance(p.body, typed.Cover) else terms.not_(value)
                        found.append(StepJudgement(p, bad, True))
                case _:
                    pass
        return found

    def _value(self, p: typed.Property) -> Term:
        """The condition of a property that is one over states or steps."""
        value = self._known.get(p.id)
        if value is None:
            value = self._known[p.id] = evaluate_term(self.ex, Path(), self._expressions[p.id], self.terms.true)
        return value

    def _has_after(self, p: typed.Property) -> bool:
        return any(isinstance(e, typed.AfterLabel) for e in _below(self._expressions[p.id], self._emitter))

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
                    needs_drained = not kinds.isdisjoint(("leak", "lock_held_at_end"))
                case typed.Final():
                    needs_drained = True
                case typed.Count(within_drained=within_drained):
                    needs_drained = within_drained
                case _:
                    pass
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
        """What makes the property false where every process is finished, and likewise (without being a violation) in a deadlock."""
        match p.body:
            case typed.Final():
                value = self._value(p)
                yield StateCondition(self.terms.not_(value), None, f"{p.name} is false at the end")
            case typed.Count(within_drained=True):
                for monitor in self.monitors.counts:
                    if monitor.property is p:
                        for cell in monitor.cells:
                            missing = self.monitors.missing(self.ex, Path(), monitor, cell)
                            yield StateCondition(missing, None, self.monitors.missing_detail(monitor, cell))
            case typed.Obligation(keys):
                for key in keys:
                    if key.kind == "leak":
                        yield from self._leaks(key)
            case _:
                pass

    def _states(self, p: typed.Property, drained: Term) -> Iterator[StateCondition]:
        """What violates (witnesses) the property in a state, ``_ends`` aside."""
        terms = self.terms
        match p.body:
            case typed.Invariant() | typed.Cover():
                if not self._has_after(p):
                    value = self._value(p)
                    if isinstance(p.body, typed.Cover):
                        yield StateCondition(value, None, p.name)
                    else:
                        yield StateCondition(terms.not_(value), None, f"{p.name} is false")
            case typed.May() as may:
                for may_monitor in self.monitors.mays:
                    if may_monitor.property is p:
                        for key, bit in may_monitor.bits:
                            _, then = self.may_terms(p, may, key, Path())
                            if then is not None:
                                yield StateCondition(terms.and_(terms.variable(bit, BOOL), then), None, p.name)
            case typed.Obligation(keys):
                yield from (state for key, state in self.waiting if key in keys)
                for obligation_key in keys:
                    if obligation_key.kind == "lock_held_at_end":
                        yield from self._held_at_end(obligation_key, drained)
            case _:
                pass

    def impossible(
        self, drained: Term, changed: Set[int], steps: Sequence[Step], raised: Iterable[Raise]
    ) -> SystemProperty | None:
        """The property that is violated by what was said to be impossible; None if nothing in the system could violate it.

        ``changed``: the variables that are not false (or zero) in all states.
        """
        id = self.model.impossible
        states = tuple(s for s in self._unclaimed_ends(drained, changed) if not s.condition.is_false)
        if not states and not any(r.property == id for r in (*raised, *(r for step in steps for r in step.raises))):
            return None
        forms = frozenset({Form.STATE} if states else ())
        return SystemProperty(id, IMPOSSIBLE, IMPOSSIBLE, forms, False, True, states, False, None, self.model.init.span)

    def _unclaimed_ends(self, drained: Term, changed: Set[int]) -> Iterator[StateCondition]:
        """What nobody claims: reads of guards that wait; leaks and locks held at the end, of what is ever allocated or taken."""
        yield from (state for key, state in self.waiting if key not in self.claims)
        for object in dict.fromkeys(object for (object, _), id in self.layout.allocated.items() if id in changed):
            key = ObligationKey("leak", object)
            if key not in self.claims:
                for lost in self._leaks(key):
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
                yield from self._held_at_end(key, drained)

    def _held_at_end(self, key: ObligationKey, drained: Term) -> Iterator[StateCondition]:
        terms = self.terms
        for leaf in self.layout.leaves:
            if leaf.subject != key.subject or leaf.shape is None or not isinstance(leaf.type, typed.LockType):
                continue
            for instance, bit, _ in self.layout.all_held(leaf):
                held = terms.variable(bit, BOOL)
                ended = drained
                if leaf.type.kind is not LockKind.BITLOCK:
                    ended = terms.or_(drained, self._done(instance))
                detail = f"{leaf.name} is still held at the end"
                yield StateCondition(terms.and_(held, ended), key, detail)

    def _done(self, instance: int) -> Term:
        for c in self.layout.classes:
            k = instance - c.first_instance
            if 0 <= k < c.instances:
                variable = self.ex.variable(Path(), c.variable(c.location_variable, k))
                return self.terms.eq(variable, self.terms.integer(max(c.locations.values())))
        raise AssertionError(instance)

    def _leaks(self, key: ObligationKey) -> Iterator[StateCondition]:
        reached = reachable(self.ex)
        terms = self.terms
        for (object, slot), allocated in self.layout.allocated.items():
            if object == key.subject:
                lost = terms.and_(terms.variable(allocated, BOOL), terms.not_(reached[(object, slot)]))
                detail = f"{object}[{slot}] is allocated and nothing refers to it"
                yield StateCondition(lost, key, detail)

    def judge_step(self, judgement: StepJudgement, step: Step, left: frozenset[int], class_index: int) -> Raise | None:
        """The raise that a step makes for a property over steps, if it can."""
        bad = self.over_step(judgement.condition, judgement.post, step, left, class_index)
        if bad.is_false:
            return None
        p = judgement.property
        detail = p.name if p.existential else f"{p.name} is false"
        return Raise(p.id, bad, None, detail, p.span)

    def over_step(self, condition: Term, post: bool, step: Step, left: frozenset[int], class_index: int) -> Term:
        """A condition over a step, as one over the state before it. ``post``: plain reads mean the state after it."""
        terms = self.terms
        updates = dict(step.updates)
        values: dict[int, Term] = {}
        for node in post_order((condition,)):
            if node.op is not Op.VAR:
                continue
            assert isinstance(node.payload, int)
            id = node.payload
            if id < 0:
                atom = self.after[id]
                c = self.layout.classes[class_index]
                here = atom.class_index == class_index and c.first_instance + atom.instance == step.process
                values[id] = terms.boolean(here and bool(left & self._labels.occurrences(atom.label)[class_index]))
            elif id >= PRIME:
                plain = id - PRIME
                values[id] = updates.get(plain, terms.variable(plain, node.sort))
            elif post and id in updates:
                values[id] = updates[id]
        return terms.substitute(condition, values)

    def condition(self, p: typed.Property) -> tuple[Term, bool] | None:
        """The condition of a property that is nothing but one over states or steps, and whether it is judged on steps."""
        match p.body:
            case typed.Invariant() | typed.Final() | typed.StepInvariant() if p.not_applicable is None:
                return self._value(p), isinstance(p.body, typed.StepInvariant) or self._has_after(p)
            case _:
                return None

    def parts(self, p: typed.Property) -> Iterator[tuple[Part, Term]]:
        """The parts of a property that say nothing unless their condition is met, each with the condition."""
        match p.body:
            case typed.Invariant() | typed.Final() | typed.StepInvariant():
                for part in Antecedents(self._emitter.pure_calls).of(self._expressions[p.id]):
                    yield part, evaluate_term(self.ex, Path(), part.condition, self.terms.true)
            case _:
                return

    def matches(self, pattern: typed.EventPattern, occurrence: Occurrence, keys: Sequence[int] = ()) -> Term:
        """When an occurrence is one of the pattern's: its event, with arguments equal to all constants, and those of ``keys`` (references) not null."""
        if pattern.event != occurrence.event:
            return self.terms.false
        parts = [occurrence.condition]
        position = 0
        for wanted, parameter in zip(pattern.arguments, self.model.events[pattern.event].parameters, strict=True):
            width = len(flatten(self.ex.values.zero(parameter.type)))
            if isinstance(wanted, typed.Constant) and width == 1:
                constant = self.ex.values.constant(wanted.value, wanted.type)
                given = occurrence.arguments[position]
                parts.append(self.ex.values.equal(given, parameter.type, constant, wanted.type))
            if isinstance(wanted, typed.Local) and wanted.id in keys and isinstance(parameter.type, typed.RefType):
                given = occurrence.arguments[position]
                codes = [code for code, _ in key_codes(parameter.type)]
                parts.append(self.terms.or_(*(self.ex.values.at_address(given, parameter.type, c) for c in codes)))
            position += width
        return self.terms.and_(*parts)


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


def _below(e: typed.Expr, emitter: Emitter) -> Iterator[object]:
    stack: list[object] = [e]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(children(node))
        if isinstance(node, typed.CallExpr):
            stack.append(emitter.pure_calls[node.inline].body)


def mentions_processes(e: typed.Expr, emitter: Emitter) -> bool:
    """Whether an expression looks at where processes are or at what they hold."""
    return any(
        isinstance(node, typed.AtLabel | typed.AfterLabel | typed.CountAt)
        or (isinstance(node, typed.Ask) and node.question is typed.LockQuestion.HELD)
        for node in _below(e, emitter)
    )
