"""Among the shortest runs that violate a property, the one that is easiest to read.

A dynamic programme over the layered graph of shortest ways: first backwards, to know the states
from which the violation is still reached in time; then forwards, level by level, with the cost of
the best way to each of them. Cost, in this order: context switches, threads that take part, objects
that are written, choices that are not the first possible one. Among equals the thread that was
declared first runs on for as long as it can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from modelcheck.checking.shrink.effort import Effort
from modelcheck.checking.shrink.layers import Layers, Way
from modelcheck.ground.records import dataclass
from modelcheck.ir.system import Form, Step, SystemProperty
from modelcheck.ir.terms import variables_of
from modelcheck.result.trace import Move, Schedule

#: Ways kept for one level; of more, the cheapest are kept, and the result is a short run with few
#: switches, if not the best.
LABELS = 20_000
#: So many ways are weighed in the time of one step of the interpreter.
_WAYS_PER_STEP = 5


#: A step that goes on from a state: its target (-1: none), the move, the objects that are written
#: as bits, the sum of the choices.
_Going: TypeAlias = tuple[int, Move, int, int]


@dataclass(slots=True)
class _Label:
    """A way to a state. ``threads`` and ``objects``: sets as bits; ``before``: the way up to the last step."""

    state: int
    last: int
    threads: int
    objects: int
    switches: int
    choices: int
    move: Move | None
    before: _Label | None

    @property
    def cost(self) -> tuple[int, int, int, int]:
        return (self.switches, self.threads.bit_count(), self.objects.bit_count(), self.choices)

    def schedule(self) -> Schedule:
        moves: list[Move] = []
        label: _Label | None = self
        while label is not None and label.move is not None:
            moves.append(label.move)
            label = label.before
        return tuple(reversed(moves))


def easiest(layers: Layers, prop: SystemProperty, schedule: Schedule, effort: Effort | None = None) -> Schedule:
    """Return a run of the same length as ``schedule``, a shortest one that violates (existential:
    witnesses) ``prop``, with the least cost.

    Raises ``TooLarge`` if the layers do not reach that far, or ``effort`` (the usual one, if
    nothing is said) does not.
    """
    effort = effort or Effort()
    length = len(schedule)
    ends = Ends(layers, prop, None)
    if Form.STUCK in prop.forms and not ends.end(schedule):
        ends = Ends(layers, prop, _end_of(layers, schedule))
    alive = _alive(layers, ends, length)
    slots = _Slots(layers)
    labels = [_Label(layers.machine.initial, -1, 0, 0, 0, 0, None, None)]
    for depth in range(length):
        last = depth + 1 == length
        effort.spend(1 + len(labels) // _WAYS_PER_STEP)
        steps: dict[int, list[_Going]] = {}
        best: dict[tuple[int | None, int, int, int], _Label] = {}
        for label in labels:
            going = steps.get(label.state)
            if going is None:
                ways = layers.ways(label.state)
                going = steps[label.state] = [
                    (-1 if way.target is None else way.target, way.move, slots.written(way.step), sum(way.move.choices))
                    for way in ways
                    if (ends.way(way) if last else way.target in alive[depth + 1])
                ]
            for step in going:
                _offer(best, label, step)
        labels = _cheapest(best.values())
    return min(labels, key=lambda label: label.cost).schedule() if labels else schedule


def _offer(best: dict[tuple[int | None, int, int, int], _Label], label: _Label, step: _Going) -> None:
    target, move, written, choices = step
    process = move.process
    threads, objects = label.threads | 1 << process, label.objects | written
    switches, choices = label.switches + (label.last not in (-1, process)), label.choices + choices
    key = (target, process, threads, objects)
    known = best.get(key)
    # Ways are offered in lexicographic order of their moves, so of two with the same cost the first one stays.
    if known is None or (switches, choices) < (known.switches, known.choices):
        best[key] = _Label(target, process, threads, objects, switches, choices, move, label)


def _cheapest(labels: Iterable[_Label]) -> list[_Label]:
    found = list(labels)
    if len(found) <= LABELS:
        return found
    order = sorted(range(len(found)), key=lambda number: (found[number].cost, number))
    return [found[number] for number in sorted(order[:LABELS])]


def _alive(layers: Layers, ends: Ends, length: int) -> list[set[int]]:
    """For each depth the states from which the violation is reached when the run has ``length`` steps."""
    alive: list[set[int]] = [set() for _ in range(length + 1)]
    if length == 0:
        return alive
    alive[length - 1] = {state for state in layers.level(length - 1) if ends.follow(state)}
    for depth in range(length - 2, -1, -1):
        alive[depth] = {before for state in alive[depth + 1] for before in layers.before(state)}
    return alive


def _end_of(layers: Layers, schedule: Schedule) -> int:
    state = layers.machine.initial
    for move in schedule:
        state = next(way.target for way in layers.ways(state) if way.move == move and way.target is not None)
    return state


class Ends:
    """Which steps and states violate (witness) a property.

    ``only``: a state that does since it is stuck; of others that is not asked.
    """

    def __init__(self, layers: Layers, prop: SystemProperty, only: int | None) -> None:
        self._layers = layers
        self._property = prop
        self._only = only
        self._conditions: list[Callable[[int], bool]] = [
            layers.machine.predicate(state.condition) for state in prop.states
        ]
        self._drained = layers.machine.predicate(layers.system.drained)
        #: of the states that a step leads to, nothing has to be asked
        self._never = not self._conditions and only is None and Form.DEADLOCK not in prop.forms
        self._mask = layers.machine.layout.mask(variables_of([state.condition for state in prop.states]))
        self._known: dict[int, bool] = {}

    def step(self, way: Way) -> bool:
        return self._property.id in way.raised

    def way(self, way: Way) -> bool:
        """Whether a step or the state after it violates the property."""
        return self.step(way) or (way.target is not None and self.state(way.target))

    def end(self, schedule: Schedule) -> bool:
        """Whether the last step of a run, or its last state, violates the property.

        Raises ``TooLarge`` if the layers do not reach that far.
        """
        if not schedule and any(r.property == self._property.id for r in self._layers.system.initial_raises):
            return True
        state, last = self._layers.machine.initial, None
        for move in schedule:
            last = next(way for way in self._layers.ways(state) if way.move == move)
            state = state if last.target is None else last.target
        return self.state(state) if last is None else self.way(last)

    def follow(self, state: int) -> bool:
        """Whether some step from here violates the property, or leads to a state that does."""
        property_, never = self._property.id, self._never
        for _, _, delta, raised, _ in self._layers.options(state):
            if (raised and property_ in raised) or (not never and delta is not None and self.state(state + delta)):
                return True
        return False

    def state(self, state: int) -> bool:
        if self._never:
            return False
        if state == self._only:
            return True
        if Form.DEADLOCK in self._property.forms and not self._layers.options(state) and not self._drained(state):
            return True
        key = state & self._mask
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = any(condition(state) for condition in self._conditions)
        return found


class _Slots:
    """Which objects a step writes to, as bits."""

    def __init__(self, layers: Layers) -> None:
        slots = sorted({variable.slot for variable in layers.system.variables if variable.slot is not None})
        numbers = {slot: number for number, slot in enumerate(slots)}
        self._bits = {v.id: 1 << numbers[v.slot] for v in layers.system.variables if v.slot is not None}
        self._known: dict[int, int] = {}

    def written(self, step: Step) -> int:
        found = self._known.get(step.id)
        if found is None:
            found = 0
            for variable, _ in step.updates:
                found |= self._bits.get(variable, 0)
            self._known[step.id] = found
        return found
