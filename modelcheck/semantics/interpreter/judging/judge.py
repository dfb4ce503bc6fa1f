"""Which properties a state or a step violates (docs/semantics.md, sections 6 and 7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, assert_never

from modelcheck.model import typed
from modelcheck.model.typed import ObligationKey
from modelcheck.result.trace import Finding, Subject
from modelcheck.result.values import Place
from modelcheck.semantics.interpreter.compiler.code import Program
from modelcheck.semantics.interpreter.compiler.programs import label_extents, label_steps, new_builder
from modelcheck.semantics.interpreter.judging.monitors import CountMonitor, Monitor, OnlyIfMonitor, OrderMonitor, bind
from modelcheck.semantics.interpreter.judging.properties import NO_VIEW, Predicate, looks_at_processes, mentions
from modelcheck.semantics.interpreter.machine.layout import Layout
from modelcheck.semantics.interpreter.machine.machine import Machine, View
from modelcheck.semantics.interpreter.machine.memory import REPLICA, Memory, Row
from modelcheck.semantics.interpreter.machine.states import Interned, Outcome, State
from modelcheck.semantics.interpreter.machine.values import (
    NULL,
    Cell,
    Reference,
    address,
    decode_reference,
    live_references,
    show,
)

if TYPE_CHECKING:
    from modelcheck.semantics.interpreter.interpreter import Interpreter

#: A ``may`` mark: (property, address of the key's value, or None without a key)
Mark = tuple[int, Cell]


class Judge:
    """Judges the applicable properties of a model."""

    def __init__(self, model: typed.Model, layout: Layout, programs: tuple[Program, ...]) -> None:
        self._model = model
        self._layout = layout
        self._programs = programs
        self._inlines = {inline.name: inline for inline in model.inlines}
        self._events = {event.id: event for event in model.events}
        self._claims: dict[ObligationKey, tuple[int, ...]] = {}
        self._impossible = (model.impossible,)
        #: the events that properties miss which therefore do not apply
        self.absent_events = frozenset(p.absent for p in model.properties if isinstance(p.absent, int))
        self._predicates: dict[int, Predicate] = {}
        self._then: dict[int, Predicate] = {}
        self._cache: dict[tuple[int, int], tuple[Finding, ...]] = {}
        self._by_outcome: dict[int, tuple[Finding, ...]] = {}  # by their numbers
        #: the state whose steps were judged last, and the view of it
        self._before: tuple[State, View] = ((), NO_VIEW)
        self._of_shared: Memory[int, tuple[Finding, ...]] = Memory()
        self._of_moves: Memory[tuple[int, int, int, frozenset[int]], tuple[Finding, ...]] = Memory()
        self._held_at_end: tuple[dict[int, tuple[Finding, ...]], ...] = tuple({} for _ in programs)
        self._keys: dict[tuple[int, int], list[Cell]] = {}
        self._marks: Interned[frozenset[Mark]] = Interned()
        self._marks.number(frozenset())
        properties = [property_ for property_ in model.properties if property_.not_applicable is None]
        self._properties = properties
        monitors: list[Monitor] = []
        stateful: list[CountMonitor | OrderMonitor] = []
        for property_ in properties:
            self._prepare(property_, monitors, stateful)
        self.monitors = tuple(monitors)
        self.stateful_monitors = tuple(stateful)
        conditions = [p.body.condition for p in properties if isinstance(p.body, typed.OnlyIf)]
        #: whether steps depend on where the other processes stand
        self.needs_context = any(looks_at_processes(condition, self._inlines) for condition in conditions)
        bodies = tuple(property_.body for property_ in properties)
        self.needs_path = any(self._has_after(body) for body in bodies)
        of_steps = [p for p in properties if isinstance(p.body, typed.StepInvariant) or self._has_after(p.body)]
        #: those that depend on the step of the moving process and the shared state after it alone, and the others
        self._local = [
            p for p in of_steps if self._predicates[p.id].local and not isinstance(p.body, typed.StepInvariant)
        ]
        self._of_steps = [p for p in of_steps if p not in self._local]
        self._mays = [p for p in properties if isinstance(p.body, typed.May)]
        self.has_marks = bool(self._mays)
        self.judges_steps = bool(of_steps or self._mays)
        #: whether the findings of a step depend on nothing but the outcome
        self.judges_outcomes = not self._of_steps and not self._mays
        self._of_states = [
            p for p in properties if isinstance(p.body, typed.Invariant | typed.Cover) and not self._has_after(p.body)
        ]

    def claims(self, key: ObligationKey) -> tuple[int, ...]:
        """The properties that an obligation belongs to; one that no property claims was said to be
        impossible, and is judged all the same.
        """
        return self._claims.get(key, self._impossible)

    def claims_of_kind(self, kind: str) -> tuple[int, ...]:
        """The properties that any obligation of a kind belongs to."""
        return tuple(property_ for key, owners in self._claims.items() if key.kind == kind for property_ in owners)

    def stuck_findings(self) -> list[Finding]:
        """What to say of a state that is stuck (found by exploring)."""
        detail = "whatever happens from here on, some process never comes to its end"
        return self._claimed("stuck", "", detail)

    def _has_after(self, body: object) -> bool:
        return mentions(body, (typed.AfterLabel,), self._inlines)

    def _prepare(
        self, property_: typed.Property, monitors: list[Monitor], stateful: list[CountMonitor | OrderMonitor]
    ) -> None:
        cell = self._layout.first_monitor + len(stateful)
        match property_.body:
            case typed.Obligation(keys):
                for key in keys:
                    self._claims[key] = (*self._claims.get(key, ()), property_.id)
            case typed.Count() as count:
                stateful.append(CountMonitor(property_, count, cell, self._events))
                monitors.append(stateful[-1])
            case typed.Order() as order:
                stateful.append(OrderMonitor(property_, order, cell, self._events))
                monitors.append(stateful[-1])
            case typed.OnlyIf(event, condition) as only_if:
                bound = tuple(argument for argument in event.arguments if isinstance(argument, typed.Local))
                predicate = self._predicate(property_, condition, bound)
                holds, why = _at_the_moment(predicate)
                monitors.append(OnlyIfMonitor(property_, only_if, holds, why, self._events))
            case typed.May(key, _, condition, then):
                keys_ = () if key is None else (key,)
                self._predicates[property_.id] = self._predicate(property_, condition, keys_)
                if not isinstance(then, typed.EventPattern):
                    self._then[property_.id] = self._predicate(property_, then, keys_)
            case (
                typed.Invariant(expression)
                | typed.StepInvariant(expression)
                | typed.Final(expression)
                | typed.Cover(expression)
            ):
                self._predicates[property_.id] = self._predicate(property_, expression, ())

    def _predicate(
        self, property_: typed.Property, expression: typed.Expr, bound: tuple[typed.Local, ...]
    ) -> Predicate:
        builder = new_builder(self._model, self._layout, property_.name)
        builder.label_sets = lambda label: tuple(label_steps(program, label) for program in self._programs)
        builder.label_ranges = lambda label: tuple(label_extents(program, label) for program in self._programs)
        return Predicate(expression, builder, bound, not looks_at_processes(expression, self._inlines))

    # ------------------------------------------------------------------------------------- states

    def state_findings(self, interpreter: Interpreter, state: State) -> tuple[Finding, ...]:
        """See ``Interpreter.state_findings``."""
        found: list[Finding] = []
        view: View | None = None
        for property_ in self._of_states:
            predicate = self._predicates[property_.id]
            if predicate.local:
                found += self._over_shared(interpreter, state, property_, predicate)
            else:
                view = view or interpreter.view(state)
                found += self._judge(interpreter, state, view, property_, predicate)
        for property_ in self._mays:
            found += self._may_state(interpreter, state, property_)
        own = 1
        for known in self._held_at_end:
            own += 1
            held = known.get(state[own])
            if held is None:
                held = known[state[own]] = self._held_when_done(interpreter, own - 2, state[own])
            if held:
                found += held
        found += interpreter.guards.of_state(state)
        if interpreter.drained(state):
            found += self._when_drained(interpreter, state)
        elif not interpreter.can_move(state):
            found += self._claimed("deadlock", "", _deadlock_detail(interpreter, state))
        return tuple(dict.fromkeys(found)) if found else ()

    def _over_shared(
        self, interpreter: Interpreter, state: State, property_: typed.Property, predicate: Predicate
    ) -> tuple[Finding, ...]:
        key = (property_.id, state[0])
        found = self._cache.get(key)
        if found is None:
            cells = interpreter.shared_cells(state)
            found = self._of_shared.find(property_.id, cells, 0)
            if found is None:
                row = Row(cells, {})
                found = self._judge_row(interpreter, row, NO_VIEW, property_, predicate)
                self._of_shared.keep(property_.id, row.noted, found)
            self._cache[key] = found
        return found

    def _judge(
        self, interpreter: Interpreter, state: State, view: View, property_: typed.Property, predicate: Predicate
    ) -> tuple[Finding, ...]:
        """Judge an invariant-like property (or a cover) in a state."""
        return self._judge_row(interpreter, interpreter.shared_cells(state), view, property_, predicate)

    def _judge_row(
        self,
        interpreter: Interpreter,
        shared: Sequence[Cell],
        view: View,
        property_: typed.Property,
        predicate: Predicate,
    ) -> tuple[Finding, ...]:
        holds = predicate.holds(interpreter.world, shared, view, {})
        if holds is not property_.existential:
            return ()
        if property_.existential:
            detail = f"`{predicate.text}` holds"
        else:
            detail = predicate.why_false(interpreter.world, shared, view, {})
        return (Finding(property_.id, None, detail, property_.span),)

    def read_by(
        self, interpreter: Interpreter, states: tuple[State, State], outcome: Outcome | None, property_: typed.Property
    ) -> tuple[int, ...]:
        """The shared cells that a property reads of the last states of a run: if it is violated what
        the part reads that is false; of a count or an order its own memory.

        ``states``: the last one, and before it the one that the last step (``outcome``, if there was one) starts in.
        """
        for monitor in self.stateful_monitors:
            if monitor.declaration.id == property_.id:
                return (monitor.cell,)
        before, state = states
        view = interpreter.view(state)
        if outcome is not None:
            moved = outcome.move.process
            start = interpreter.process_state(before, moved).pc
            view = View(view.positions, view.held, moved, start, outcome.path)
        row = Row(interpreter.shared_cells(state), {})
        match property_.body:
            case typed.Invariant() | typed.Final():
                return self._predicates[property_.id].read_if_false(interpreter.world, row, view)
            case typed.StepInvariant() if outcome is not None:
                now = interpreter.view(before)
                next_ = (interpreter.shared_cells(state), view)
                row = Row(interpreter.shared_cells(before), {})
                view = View(now.positions, now.held, view.moved, view.start, view.path, next_)
                return self._predicates[property_.id].read_if_false(interpreter.world, row, view)
            case typed.Cover():
                self._predicates[property_.id].holds(interpreter.world, row, view, {})
                return tuple(cell for cell in row.noted if cell != REPLICA)
            case typed.StepInvariant() | typed.May() | typed.OfEvents() | typed.Obligation():
                return ()
            case _:
                assert_never(property_.body)

    def _claimed(self, kind: str, subject: str, detail: str, about: tuple[Subject, ...] = ()) -> list[Finding]:
        key = ObligationKey(kind, subject)
        return [Finding(property_, key, detail, None, about) for property_ in self.claims(key)]

    def _held_when_done(self, interpreter: Interpreter, instance: int, number: int) -> tuple[Finding, ...]:
        """``lock_held_at_end``: a process is done and holds a lock (bitlocks excepted)."""
        part = interpreter.process_part(number)
        done = part.pc == self._programs[instance].end
        return tuple(self._held(interpreter, instance, part.held, bitlocks=False)) if done else ()

    def _held(self, interpreter: Interpreter, instance: int, held: frozenset[int], bitlocks: bool) -> list[Finding]:
        found: list[Finding] = []
        for lock in sorted(held):
            info = self._layout.cells[lock // 2]
            assert isinstance(info.type, typed.LockType)
            if bitlocks or info.type.kind.facts.owned:
                detail = f"{interpreter.names[instance]} is finished and still holds {info.name}"
                found += self._claimed("lock_held_at_end", info.subject, detail, (interpreter.places[lock // 2],))
        return found

    def false_in_deadlock(self, interpreter: Interpreter, state: State) -> set[int]:
        """See ``Interpreter.false_in_deadlock``.

        A lock that is held there says nothing: in nearly every deadlock some lock is.
        """
        return {finding.property for finding in self._at_end(interpreter, state)}.difference(self._impossible)

    def _when_drained(self, interpreter: Interpreter, state: State) -> list[Finding]:
        found = self._at_end(interpreter, state)
        for instance, held in enumerate(interpreter.view(state).held):
            found += self._held(interpreter, instance, held, bitlocks=True)
        return found

    def _at_end(self, interpreter: Interpreter, state: State) -> list[Finding]:
        """What is wrong in a state that a run ends in: drained, or a deadlock."""
        found: list[Finding] = []
        view = interpreter.view(state)
        for property_ in self._properties:
            if isinstance(property_.body, typed.Final):
                found += self._judge(interpreter, state, view, property_, self._predicates[property_.id])
        shared = interpreter.shared_cells(state)
        for monitor in self.stateful_monitors:
            if isinstance(monitor, CountMonitor):
                found += monitor.judge(shared[monitor.cell])
        found += self._leaked(interpreter, state)
        return found

    def _leaked(self, interpreter: Interpreter, state: State) -> list[Finding]:
        found: list[Finding] = []
        for object_, slot in self.unreachable(interpreter, state):
            name = f"{object_}[{slot}]"
            detail = f"everything is finished, and nothing refers to {name} any more"
            found += self._claimed("leak", object_, detail, (Place(object_, slot),))
        return found

    def unreachable(self, interpreter: Interpreter, state: State) -> list[tuple[str, int]]:
        """Allocated objects that no live reference reaches: (object, slot)."""
        shared = interpreter.shared_cells(state)
        work: list[Reference] = []
        for number, info in enumerate(self._layout.cells):
            if info.slot is None:
                work += live_references(shared[number])
        for instance in range(len(self._programs)):
            part = interpreter.process_state(state, instance)
            for value in (*part.live, *part.stack):
                work += live_references(value)
        reached: set[tuple[str, int]] = set()
        while work:
            reference = work.pop()
            object_ = self._layout.objects[reference.object]
            slot = (reference.object, reference.slot)
            if slot in reached or not shared[object_.cell(reference.slot)]:
                continue
            reached.add(slot)
            for cell in object_.fields(reference.slot):
                work += live_references(shared[cell])
        return [
            (object_.name, slot_number)
            for object_ in self._layout.objects.values()
            for slot_number in range(object_.declaration.pool)
            if shared[object_.cell(slot_number)] and (object_.name, slot_number) not in reached
        ]

    # ---------------------------------------------------------------------------------------- may

    def mark(self, interpreter: Interpreter, state: State) -> int:
        """The marks of ``may`` properties in a state: those it has, and one wherever the condition holds."""
        if not self.has_marks:
            return 0
        new = {(p.id, key) for p in self._mays for key in self._keys_that_hold(interpreter, state, p)}
        return self._marks.number(self._marks.values[state[1]] | new)

    def _keys_that_hold(self, interpreter: Interpreter, state: State, property_: typed.Property) -> list[Cell]:
        predicate = self._predicates[property_.id]
        if not predicate.local:
            return self._find_keys(interpreter, state, property_, predicate, interpreter.view(state))
        memory = (property_.id, state[0])
        if memory not in self._keys:
            self._keys[memory] = self._find_keys(interpreter, state, property_, predicate, NO_VIEW)
        return self._keys[memory]

    def _find_keys(
        self, interpreter: Interpreter, state: State, property_: typed.Property, predicate: Predicate, view: View
    ) -> list[Cell]:
        assert isinstance(property_.body, typed.May)
        key, domain = property_.body.key, property_.body.domain
        shared, world = interpreter.shared_cells(state), interpreter.world
        if key is None or domain is None:
            return [None] if predicate.holds(world, shared, view, {}) else []
        return [
            address(value)
            for value in predicate.values(domain, world, shared)
            if predicate.holds(world, shared, view, {key.id: value})
        ]

    def _marked(self, state: State, property_: typed.Property) -> list[Cell]:
        marks = self._marks.values[state[1]]
        return sorted((key for number, key in marks if number == property_.id), key=repr)

    def _may_state(self, interpreter: Interpreter, state: State, property_: typed.Property) -> list[Finding]:
        predicate = self._then.get(property_.id)
        if predicate is None:
            return []
        assert isinstance(property_.body, typed.May)
        key, domain = property_.body.key, property_.body.domain
        shared = interpreter.shared_cells(state)
        view = NO_VIEW if predicate.local else interpreter.view(state)
        there = None if domain is None else {address(v) for v in predicate.values(domain, interpreter.world, shared)}
        for marked in self._marked(state, property_):
            if there is not None and marked not in there:
                continue
            value = marked
            if key is not None and isinstance(key.type, typed.RefType):
                value = self._reference(marked, key.type, shared)
            bound: Mapping[int, Cell] = {} if key is None else {key.id: value}
            if predicate.holds(interpreter.world, shared, view, bound):
                shown = "" if key is None else f" for {key.name} = {show(value, key.type)}"
                return [Finding(property_.id, None, f"`{predicate.text}` holds{shown}", property_.span)]
        return []

    def _reference(self, marked: Cell, type_: typed.RefType, shared: tuple[Cell, ...]) -> Cell:
        if marked == NULL:
            return NULL
        live = type_.typestable or bool(shared[self._layout.objects[marked[0]].cell(marked[1])])
        return decode_reference(1 + marked[1] + (0 if live else type_.pool), type_)

    # -------------------------------------------------------------------------------------- steps

    def step_findings(
        self, interpreter: Interpreter, state: State, outcome: Outcome, after: State | None
    ) -> tuple[Finding, ...]:
        """What a step violates or witnesses besides what happened inside it."""
        found: list[Finding] = []
        if outcome.events:
            for property_ in self._mays:
                found += self._may_event(state, outcome, property_)
        if after is None:
            return tuple(found)
        if self._local:
            known = self._by_outcome.get(outcome.number)
            if known is None:
                known = self._by_outcome[outcome.number] = tuple(
                    finding
                    for property_ in self._local
                    for finding in self._judge_move(interpreter, state, outcome, after, property_)
                )
            found += known
        if self._of_steps:
            found += self._judge_steps(interpreter, state, outcome, after, self._of_steps)
        return tuple(found)

    def _judge_move(
        self, interpreter: Interpreter, state: State, outcome: Outcome, after: State, property_: typed.Property
    ) -> tuple[Finding, ...]:
        """Judge a property that looks at the step and the shared state after it, remembered by what
        it reads of them.
        """
        moved = outcome.move.process
        start = interpreter.process_state(state, moved).pc
        key, cells = (property_.id, moved, start, outcome.path), interpreter.shared_cells(after)
        known = self._of_moves.find(key, cells, 0)
        if known is None:
            row = Row(cells, {})
            view = View((), (), moved, start, outcome.path)
            known = self._judge_row(interpreter, row, view, property_, self._predicates[property_.id])
            self._of_moves.keep(key, row.noted, known)
        return known

    def _judge_steps(
        self,
        interpreter: Interpreter,
        state: State,
        outcome: Outcome,
        after: State,
        properties: list[typed.Property],
    ) -> tuple[Finding, ...]:
        found: list[Finding] = []
        moved = outcome.move.process
        start = interpreter.process_state(state, moved).pc
        later = interpreter.view(after)
        here = View(later.positions, later.held, moved, start, outcome.path)
        for property_ in properties:
            predicate = self._predicates[property_.id]
            if isinstance(property_.body, typed.StepInvariant):
                if self._before[0] is not state:
                    self._before = state, interpreter.view(state)
                now = self._before[1]
                next_ = (interpreter.shared_cells(after), here)
                view = View(now.positions, now.held, moved, start, outcome.path, next_)
                found += self._judge(interpreter, state, view, property_, predicate)
            else:
                found += self._judge(interpreter, after, here, property_, predicate)
        return tuple(found)

    def _may_event(self, state: State, outcome: Outcome, property_: typed.Property) -> list[Finding]:
        """The event of a ``may`` occurs while its mark is set."""
        assert isinstance(property_.body, typed.May)
        key, then = property_.body.key, property_.body.then
        if not isinstance(then, typed.EventPattern):
            return []
        marked = self._marked(state, property_)
        for event in outcome.events:
            declaration = self._events[event.event]
            values = tuple(
                decode_reference(value, parameter.type) if isinstance(parameter.type, typed.RefType) else value
                for value, parameter in zip(event.arguments, declaration.parameters, strict=True)
            )
            bound = bind(then, event.event, values)
            if bound is None:
                continue
            # An event that does not name the key is one of every key.
            if marked if key is None or key.id not in bound else address(bound[key.id]) in marked:
                return [Finding(property_.id, None, f"{event.text} occurred", event.span)]
        return []


def _at_the_moment(
    predicate: Predicate,
) -> tuple[Callable[[Machine, dict[int, Cell]], bool], Callable[[Machine, dict[int, Cell]], str]]:
    """Evaluate in the middle of a step, and say why it is false: the shared cells and held locks of
    that very moment.
    """

    def view_of(machine: Machine) -> View:
        if machine.context is None:
            return NO_VIEW
        held = list(machine.context.held)
        held[machine.instance] = machine.held
        return View(machine.context.positions, tuple(held))

    def holds(machine: Machine, bound: dict[int, Cell]) -> bool:
        return predicate.holds(machine.world, machine.shared, view_of(machine), bound)

    def why(machine: Machine, bound: dict[int, Cell]) -> str:
        return predicate.why_false(machine.world, machine.shared, view_of(machine), bound)

    return holds, why


def _deadlock_detail(interpreter: Interpreter, state: State) -> str:
    """Who is blocked."""
    waiting = [name for instance, name in enumerate(interpreter.names) if not interpreter.finished(state, instance)]
    names = waiting[0] if len(waiting) == 1 else f"{', '.join(waiting[:-1])} and {waiting[-1]}"
    return f"no process can move: {names} {'waits' if len(waiting) == 1 else 'wait'} for ever"
