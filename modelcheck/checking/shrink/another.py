"""A genuinely different race: the shortest run that violates a property and lacks, of each race that
is known, an essential order or a key step.

The System is explored breadth-first together with a little memory: which steps of the known races
have been seen, and which of their orders. Steps are known by the class of their process and their
place in the text, so the parts of replicas may not be swapped to make a race look new.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from modelcheck.checking.causes import key_steps, order_that_matters
from modelcheck.checking.shrink.effort import TooLarge
from modelcheck.checking.shrink.layers import Layers
from modelcheck.checking.shrink.orders import essential_orders
from modelcheck.checking.shrink.reorder import fewer_switches
from modelcheck.checking.shrink.shortest import Ends
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.ir.system import Form, Step, System
from modelcheck.result.trace import Move, Schedule, Trace
from modelcheck.semantics.interpreter.interpreter import Interpreter

#: Pairs of a state and a memory that are looked at.
LIMIT = 500_000
#: Runs looked at that turn out to be a known race after all.
CANDIDATES = 200

#: What a step is known by: the class of its process, the calls it is in, its place in the text.
Kind = tuple[str, tuple[Span, ...], Span]
#: What has been seen, as bits.
Memory = int


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A known race. ``firsts``: kind -> bits of the orders that it comes first in; ``seconds``: (bit
    of the first step, bit of the order) for each order that it comes second in; ``keys``: kind ->
    bit. ``all``: what has been seen when the race is there."""

    firsts: dict[Kind, int]
    seconds: dict[Kind, tuple[tuple[int, int], ...]]
    keys: dict[Kind, int]
    all: int

    def after(self, memory: Memory, kind: Kind) -> Memory:
        """What has been seen after a step of that kind."""
        for first, order in self.seconds.get(kind, ()):
            if memory & first:
                memory |= order
        return memory | self.firsts.get(kind, 0) | self.keys.get(kind, 0)


def another_race(
    system: System, interpreter: Interpreter, property_: int, known: Sequence[Trace], limit: int = LIMIT
) -> Trace | None:
    """Return a race that is none of the ``known`` ones (traces with their orders), or None if there is no other.

    ``property_``: the id of the property that all of them violate. Raises ``TooLarge`` if that was
    not decided by looking at ``limit`` states, and for properties about all that lies ahead
    (stuck).
    """
    prop = next(prop for prop in system.properties if prop.id == property_)
    if any(trace.orders is None for trace in known):
        raise TooLarge
    layers = Layers(system, limit)
    kinds = _Kinds(system)
    patterns = _patterns(layers, kinds, known)
    seen = [_essence(layers, kinds, trace) for trace in known]
    for number, schedule in enumerate(_others(layers, kinds, Ends(layers, prop, None), patterns, limit)):
        if number == CANDIDATES:
            raise TooLarge
        shrunk = fewer_switches(interpreter, schedule, property_)
        orders = essential_orders(layers, interpreter, shrunk, property_)
        numbered = tuple((first + 1, second + 1) for first, second in orders)
        trace = replace(interpreter.replay(shrunk, property_), orders=numbered)
        if _essence(layers, kinds, trace) not in seen:
            return trace
    if Form.STUCK in prop.forms:
        raise TooLarge
    return None


class _Kinds:
    def __init__(self, system: System) -> None:
        self._system = system
        self._known: dict[int, Kind] = {}

    def of(self, step: Step) -> Kind:
        found = self._known.get(step.id)
        if found is None:
            process = self._system.processes[step.process]
            frames = process.locations[step.source].frames
            found = (process.process, tuple(frame.call_span for frame in frames), step.span)
            self._known[step.id] = found
        return found


def _steps(layers: Layers, schedule: Schedule) -> Iterator[Step]:
    state = layers.machine.initial
    for move in schedule:
        way = next(way for way in layers.ways(state) if way.move == move)
        yield way.step
        if way.target is not None:
            state = way.target


def _essence(layers: Layers, kinds: _Kinds, trace: Trace) -> tuple[frozenset[Kind], frozenset[tuple[Kind, Kind]]]:
    """The key steps and the orders of a race."""
    steps = [kinds.of(step) for step in _steps(layers, trace.schedule)]
    keys = frozenset(steps[number - 1] for number in key_steps(trace))
    return keys, frozenset((steps[first - 1], steps[second - 1]) for first, second in order_that_matters(trace))


def _patterns(layers: Layers, kinds: _Kinds, known: Sequence[Trace]) -> list[_Pattern]:
    patterns: list[_Pattern] = []
    bit = 1
    for trace in known:
        keys, orders = _essence(layers, kinds, trace)
        firsts: dict[Kind, int] = {}
        seconds: dict[Kind, tuple[tuple[int, int], ...]] = {}
        key_bits: dict[Kind, int] = {}
        everything = 0
        # Sorted by position, so that the search is the same on every run.
        for first, second in sorted(orders, key=_rank_pair):
            firsts[first] = firsts.get(first, 0) | bit
            seconds[second] = (*seconds.get(second, ()), (bit, bit << 1))
            everything |= bit | bit << 1
            bit <<= 2
        for kind in sorted(keys, key=_rank):
            key_bits[kind] = bit
            everything |= bit
            bit <<= 1
        patterns.append(_Pattern(firsts, seconds, key_bits, everything))
    return patterns


def _rank(kind: Kind) -> tuple[str, list[tuple[str, int]], str, int]:
    process, calls, span = kind
    return (process, [(call.source.path, call.start) for call in calls], span.source.path, span.start)


def _rank_pair(pair: tuple[Kind, Kind]) -> tuple[object, ...]:
    return (*_rank(pair[0]), *_rank(pair[1]))


def _others(layers: Layers, kinds: _Kinds, ends: Ends, patterns: Sequence[_Pattern], limit: int) -> Iterator[Schedule]:
    """Yield runs up to their first violation that are none of the patterns, shortest first. Raises ``TooLarge``."""
    start = (layers.machine.initial, 0)
    order = [start]
    parents: dict[tuple[int, Memory], tuple[tuple[int, Memory], Move] | None] = {start: None}
    for node in order:
        state, memory = node
        for way in layers.ways(state):
            after = memory
            kind = kinds.of(way.step)
            for pattern in patterns:
                after = pattern.after(after, kind)
            if ends.way(way):
                if all(after & pattern.all != pattern.all for pattern in patterns):
                    yield (*_schedule(parents, node), way.move)
                continue
            if way.target is None or (way.target, after) in parents:
                continue
            if len(order) == limit:
                raise TooLarge
            parents[way.target, after] = (node, way.move)
            order.append((way.target, after))


def _schedule(
    parents: dict[tuple[int, Memory], tuple[tuple[int, Memory], Move] | None], node: tuple[int, Memory]
) -> Schedule:
    moves: list[Move] = []
    step = parents[node]
    while step is not None:
        moves.append(step[1])
        step = parents[step[0]]
    return tuple(reversed(moves))
