"""Among the shortest runs that violate a property, the one that is easiest to read.

A dynamic programme over the layered graph of shortest ways: first backwards, to know the states from which the violation is still reached in
time; then forwards, level by level, with the cost of the best way to each of them. Cost, in this order: context switches, threads that take
part, objects that are written, choices that are not the first possible one. Among equals the thread that was declared first runs on for as long as it can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from modelcheck.evidence.shrink.layers import Layers, Way
from modelcheck.evidence.trace import Move, Schedule
from modelcheck.ir.system import Form, Step, SystemProperty

#: Ways kept for one level; of more, the cheapest are kept, and the result is a short run with few switches, if not the best.
LABELS = 20_000


@dataclass(frozen=True, slots=True)
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


def easiest(layers: Layers, prop: SystemProperty, schedule: Schedule) -> Schedule:
    """Return a run of the same length as ``schedule``, a shortest one that violates (existential: witnesses) ``prop``, with the least cost.

    Raises ``TooLarge`` if the layers do not reach that far.
    """
    length = len(schedule)
    ends = Ends(layers, prop, _end_of(layers, schedule) if prop.form is Form.STUCK else None)
    alive = _alive(layers, ends, length)
    slots = _Slots(layers)
    labels = [_Label(layers.machine.initial, -1, 0, 0, 0, 0, None, None)]
    for depth in range(length):
        last = depth + 1 == length
        best: dict[tuple[int | None, int, int, int], _Label] = {}
        for label in labels:
            for way in layers.ways(label.state):
                if last:
                    if not (ends.step(way) or (way.target is not None and ends.state(way.target))):
                        continue
                elif way.target is None or way.target not in alive[depth + 1]:
                    continue
                _offer(best, label, way, slots)
        labels = _cheapest(best.values())
    return min(labels, key=lambda label: label.cost).schedule() if labels else schedule


def _offer(best: dict[tuple[int | None, int, int, int], _Label], label: _Label, way: Way, slots: _Slots) -> None:
    process = way.move.process
    threads, objects = label.threads | 1 << process, label.objects | slots.written(way.step)
    made = _Label(
        -1 if way.target is None else way.target,
        process,
        threads,
        objects,
        label.switches + (label.last not in (-1, process)),
        label.choices + sum(way.move.choices),
        way.move,
        label,
    )
    key = (way.target, process, threads, objects)
    known = best.get(key)
    # Ways are offered in lexicographic order of their moves, so of two with the same cost the first one stays.
    if known is None or (made.switches, made.choices) < (known.switches, known.choices):
        best[key] = made


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
    layers.level(length - 1)
    for state in layers.level(length - 1):
        if any(ends.step(way) or (way.target is not None and ends.state(way.target)) for way in layers.ways(state)):
            alive[length - 1].add(state)
    for depth in range(length - 2, -1, -1):
        following = alive[depth + 1]
        alive[depth] = {
            state for state in layers.level(depth) if any(way.target in following for way in layers.ways(state))
        }
    return alive


def _end_of(layers: Layers, schedule: Schedule) -> int:
    state = layers.machine.initial
    for move in schedule:
        state = next(way.target for way in layers.ways(state) if way.move == move and way.target is not None)
    return state


class Ends:
    """Which steps and states violate (witness) a property. ``only``: no other state does."""

    def __init__(self, layers: Layers, prop: SystemProperty, only: int | None) -> None:
        self._layers = layers
        self._property = prop
        self._only = only
        self._conditions: list[Callable[[int], bool]] = [
            layers.machine.predicate(state.condition) for state in prop.states
        ]
        self._drained = layers.machine.predicate(layers.system.drained)
        self._known: dict[int, bool] = {}

    def step(self, way: Way) -> bool:
        return self._property.id in way.raised

    def state(self, state: int) -> bool:
        found = self._known.get(state)
        if found is None:
            found = self._known[state] = self._state(state)
        return found

    def _state(self, state: int) -> bool:
        if self._property.form is Form.STUCK:
            return state == self._only
        if self._property.form is Form.DEADLOCK:
            return not self._drained(state) and next(self._layers.ways(state), None) is None
        return any(condition(state) for condition in self._conditions)


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
