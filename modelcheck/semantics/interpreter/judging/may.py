"""Properties of the form ``condition may event``: a mark is set where the condition holds, and the
event (or what is to hold) is looked for while it is set (docs/semantics.md, section 6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from modelcheck.model import typed
from modelcheck.result.details import ConditionHolds, EventOccurs
from modelcheck.result.trace import Finding
from modelcheck.semantics.interpreter.judging.monitors import bind
from modelcheck.semantics.interpreter.judging.properties import NO_VIEW, Predicate
from modelcheck.semantics.interpreter.machine.layout import Layout
from modelcheck.semantics.interpreter.machine.machine import View
from modelcheck.semantics.interpreter.machine.states import Interned, Outcome, State
from modelcheck.semantics.interpreter.machine.values import NULL, Cell, address, decode_reference, show

if TYPE_CHECKING:
    from modelcheck.semantics.interpreter.interpreter import Interpreter

#: A mark: (property, address of the key's value, or None without a key)
Mark: TypeAlias = tuple[int, Cell]

#: Makes the predicate of an expression of a property, with variables that are bound from outside.
MakePredicate: TypeAlias = Callable[[typed.Property, typed.Expr, tuple[typed.Local, ...]], Predicate]


class MayProperties:
    """The ``may`` properties among those of a model that apply, and which marks states have."""

    def __init__(
        self,
        properties: Iterable[typed.Property],
        layout: Layout,
        events: Mapping[int, typed.Event],
        predicate: MakePredicate,
    ) -> None:
        self._layout = layout
        self._events = events
        self.properties: list[typed.Property] = []
        self._conditions: dict[int, Predicate] = {}
        self._then: dict[int, Predicate] = {}
        for property_ in properties:
            if isinstance(property_.body, typed.May):
                key, then = property_.body.key, property_.body.then
                bound = () if key is None else (key,)
                self.properties.append(property_)
                self._conditions[property_.id] = predicate(property_, property_.body.condition, bound)
                if not isinstance(then, typed.EventPattern):
                    self._then[property_.id] = predicate(property_, then, bound)
        self._marks: Interned[frozenset[Mark]] = Interned()
        self._marks.number(frozenset())

    def mark(self, interpreter: Interpreter, state: State) -> int:
        """The marks in a state: those it has, and one wherever a condition holds."""
        new = {(p.id, key) for p in self.properties for key in self._keys_that_hold(interpreter, state, p)}
        return self._marks.number(self._marks.values[state[1]] | new)

    def _keys_that_hold(self, interpreter: Interpreter, state: State, property_: typed.Property) -> list[Cell]:
        predicate = self._conditions[property_.id]
        view = NO_VIEW if predicate.local else interpreter.view(state)
        return self._find_keys(interpreter, state, property_, predicate, view)

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

    def of_state(self, interpreter: Interpreter, state: State) -> list[Finding]:
        """What is witnessed in a state: what is to hold, holds while its mark is set."""
        return [finding for property_ in self.properties for finding in self._of_state(interpreter, state, property_)]

    def _of_state(self, interpreter: Interpreter, state: State, property_: typed.Property) -> list[Finding]:
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
                shown = () if key is None else ((key.name, show(value, key.type)),)
                return [Finding(property_.id, None, ConditionHolds(predicate.text, shown), property_.span)]
        return []

    def _reference(self, marked: Cell, type_: typed.RefType, shared: tuple[Cell, ...]) -> Cell:
        if marked == NULL:
            return NULL
        live = type_.typestable or bool(shared[self._layout.objects[marked[0]].cell(marked[1])])
        return decode_reference(1 + marked[1] + (0 if live else type_.pool), type_)

    def of_step(self, state: State, outcome: Outcome) -> list[Finding]:
        """What is witnessed by a step from a state: an event occurs while its mark is set."""
        if not outcome.events:
            return []
        return [finding for property_ in self.properties for finding in self._of_step(state, outcome, property_)]

    def _of_step(self, state: State, outcome: Outcome, property_: typed.Property) -> list[Finding]:
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
                return [Finding(property_.id, None, EventOccurs(event.text), event.span)]
        return []
