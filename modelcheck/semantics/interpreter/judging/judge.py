"""Which properties a state or a step violates (docs/semantics.md, sections 6 and 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, assert_never

from modelcheck.model import typed
from modelcheck.model.properties import of_every_state
from modelcheck.model.typed import ObligationKey
from modelcheck.result.details import ConditionFails, ConditionHolds, Detail
from modelcheck.result.trace import Finding
from modelcheck.semantics.interpreter.compiler.code import Program
from modelcheck.semantics.interpreter.compiler.programs import label_extents, label_steps, new_builder
from modelcheck.semantics.interpreter.judging import ends
from modelcheck.semantics.interpreter.judging.may import MayProperties
from modelcheck.semantics.interpreter.judging.monitors import CountMonitor, Monitor, OnlyIfMonitor, OrderMonitor
from modelcheck.semantics.interpreter.judging.properties import NO_VIEW, Predicate, looks_at_processes, mentions
from modelcheck.semantics.interpreter.machine.layout import Layout
from modelcheck.semantics.interpreter.machine.machine import Machine, View
from modelcheck.semantics.interpreter.machine.rows import REPLICA, Row
from modelcheck.semantics.interpreter.machine.states import Outcome, State
from modelcheck.semantics.interpreter.machine.values import Cell

if TYPE_CHECKING:
    from modelcheck.semantics.interpreter.interpreter import Interpreter


class Judge:
    """Judges the applicable properties of a model."""

    def __init__(
        self,
        model: typed.Model,
        layout: Layout,
        programs: tuple[Program, ...],
        may: type[MayProperties] = MayProperties,
    ) -> None:
        self._model = model
        self._layout = layout
        self._programs = programs
        self._inlines = {inline.name: inline for inline in model.inlines}
        self._events = {event.id: event for event in model.events}
        self._claims: dict[ObligationKey, tuple[int, ...]] = {}
        self._impossible = (model.impossible,)
        self._switches = any(program.off is not None for program in programs)
        #: the events that properties miss which therefore do not apply
        self.absent_events = frozenset(p.absent for p in model.properties if isinstance(p.absent, int))
        self.predicates: dict[int, Predicate] = {}
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
        #: those that are said of each state, and of each step
        self.of_states = [p for p in properties if of_every_state(p.body) and not self._has_after(p.body)]
        self.of_steps = [p for p in properties if isinstance(p.body, typed.StepInvariant) or self._has_after(p.body)]
        self.may = may(properties, layout, self._events, self._predicate)
        self.has_marks = bool(self.may.properties)
        self.judges_steps = bool(self.of_steps or self.has_marks)

    def claims(self, key: ObligationKey) -> tuple[int, ...]:
        """The properties that an obligation belongs to; one that no property claims was said to be
        impossible, and is judged all the same.
        """
        return self._claims.get(key, self._impossible)

    def claims_of_kind(self, kind: str) -> tuple[int, ...]:
        """The properties that any obligation of a kind belongs to."""
        return tuple(property_ for key, owners in self._claims.items() if key.kind == kind for property_ in owners)

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
            case typed.May():
                pass  # (`MayProperties`)
            case (
                typed.Invariant(expression)
                | typed.StepInvariant(expression)
                | typed.Final(expression)
                | typed.Cover(expression)
            ):
                self.predicates[property_.id] = self._predicate(property_, expression, ())
            case _:
                assert_never(property_.body)

    def _ends(self, process: str) -> dict[int, int]:
        """By instance of a class the position at which it is done."""
        return {instance: program.end for instance, program in enumerate(self._programs) if program.name == process}

    def _predicate(
        self, property_: typed.Property, expression: typed.Expr, bound: tuple[typed.Local, ...]
    ) -> Predicate:
        builder = new_builder(self._model, self._layout, property_.name)
        builder.label_sets = lambda label: tuple(label_steps(program, label) for program in self._programs)
        builder.ends = self._ends
        builder.label_ranges = lambda label: tuple(label_extents(program, label) for program in self._programs)
        return Predicate(expression, builder, bound, not looks_at_processes(expression, self._inlines))

    # ------------------------------------------------------------------------------------- states

    def state_findings(self, interpreter: Interpreter, state: State) -> tuple[Finding, ...]:
        """See ``Interpreter.state_findings``."""
        found = self._of_states(interpreter, state)
        if self.has_marks:
            found += self.may.of_state(interpreter, state)
        found += self._held_when_done(interpreter, state)
        found += interpreter.guards.of_state(state)
        drained = interpreter.drained(state)
        if self._switches:
            found += ends.left_off(interpreter, state, drained)
        if drained:
            found += self._at_end(interpreter, state)
            found += ends.held_when_drained(interpreter, state)
        elif not interpreter.can_move(state):
            found += ends.deadlock_findings(interpreter, state)
        return tuple(dict.fromkeys(found)) if found else ()

    def _of_states(self, interpreter: Interpreter, state: State) -> list[Finding]:
        """What is said of every state: invariants, and what is to be reached."""
        view = interpreter.view(state)
        return [finding for property_ in self.of_states for finding in self._judge(interpreter, state, view, property_)]

    def _held_when_done(self, interpreter: Interpreter, state: State) -> list[Finding]:
        """Locks that processes hold which are done."""
        return [
            finding
            for instance, number in enumerate(state[2:])
            for finding in ends.held_when_done(interpreter, instance, number)
        ]

    def _judge(
        self, interpreter: Interpreter, state: State, view: View, property_: typed.Property
    ) -> tuple[Finding, ...]:
        """Judge an invariant-like property (or a cover) in a state."""
        return self._judge_cells(interpreter, interpreter.shared_cells(state), view, property_)

    def _judge_cells(
        self, interpreter: Interpreter, shared: Sequence[Cell], view: View, property_: typed.Property
    ) -> tuple[Finding, ...]:
        predicate = self.predicates[property_.id]
        holds = predicate.holds(interpreter.world, shared, view, {})
        if holds is not property_.existential:
            return ()
        if property_.existential:
            detail: Detail = ConditionHolds(predicate.text)
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
                return self.predicates[property_.id].read_if_false(interpreter.world, row, view)
            case typed.StepInvariant() if outcome is not None:
                now = interpreter.view(before)
                next_ = (interpreter.shared_cells(state), view)
                row = Row(interpreter.shared_cells(before), {})
                view = View(now.positions, now.held, view.moved, view.start, view.path, next_)
                return self.predicates[property_.id].read_if_false(interpreter.world, row, view)
            case typed.Cover():
                self.predicates[property_.id].holds(interpreter.world, row, view, {})
                return tuple(cell for cell in row.noted if cell != REPLICA)
            case typed.StepInvariant() | typed.May() | typed.OfEvents() | typed.Obligation():
                return ()
            case _:
                assert_never(property_.body)

    def false_in_deadlock(self, interpreter: Interpreter, state: State) -> set[int]:
        """See ``Interpreter.false_in_deadlock``.

        A lock that is held there says nothing: in nearly every deadlock some lock is.
        """
        return {finding.property for finding in self._at_end(interpreter, state)}.difference(self._impossible)

    def _at_end(self, interpreter: Interpreter, state: State) -> list[Finding]:
        """What is wrong in a state that a run ends in: drained, or a deadlock."""
        found: list[Finding] = []
        view = interpreter.view(state)
        for property_ in self._properties:
            if isinstance(property_.body, typed.Final):
                found += self._judge(interpreter, state, view, property_)
        shared = interpreter.shared_cells(state)
        for monitor in self.stateful_monitors:
            if isinstance(monitor, CountMonitor):
                found += monitor.judge(shared[monitor.cell])
        found += ends.leaked(interpreter, state)
        return found

    # -------------------------------------------------------------------------------------- steps

    def step_findings(
        self, interpreter: Interpreter, state: State, outcome: Outcome, after: State | None
    ) -> tuple[Finding, ...]:
        """What a step violates or witnesses besides what happened inside it. ``after``: None if it faults."""
        found = self.may.of_step(state, outcome)
        if after is not None:
            found += self._of_step(interpreter, state, outcome, after)
        return tuple(found)

    def _of_step(self, interpreter: Interpreter, state: State, outcome: Outcome, after: State) -> list[Finding]:
        """What is said of every step, and of where it led."""
        return self._judge_steps(interpreter, state, outcome, after, self.of_steps)

    def _judge_steps(
        self,
        interpreter: Interpreter,
        state: State,
        outcome: Outcome,
        after: State,
        properties: Iterable[typed.Property],
    ) -> list[Finding]:
        found: list[Finding] = []
        moved = outcome.move.process
        start = interpreter.process_state(state, moved).pc
        later = interpreter.view(after)
        here = View(later.positions, later.held, moved, start, outcome.path)
        for property_ in properties:
            if isinstance(property_.body, typed.StepInvariant):
                now = self._before(interpreter, state)
                next_ = (interpreter.shared_cells(after), here)
                view = View(now.positions, now.held, moved, start, outcome.path, next_)
                found += self._judge(interpreter, state, view, property_)
            else:
                found += self._judge(interpreter, after, here, property_)
        return found

    def _before(self, interpreter: Interpreter, state: State) -> View:
        """Where the processes stand before a step."""
        return interpreter.view(state)


def _at_the_moment(
    predicate: Predicate,
) -> tuple[Callable[[Machine, dict[int, Cell]], bool], Callable[[Machine, dict[int, Cell]], ConditionFails]]:
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

    def why(machine: Machine, bound: dict[int, Cell]) -> ConditionFails:
        return predicate.why_false(machine.world, machine.shared, view_of(machine), bound)

    return holds, why
