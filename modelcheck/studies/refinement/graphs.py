"""All runs of a model as a graph whose edges show at most one event."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import field

from modelcheck.ground.records import dataclass
from modelcheck.result.trace import Move, Schedule
from modelcheck.semantics.interpreter.interpreter import Interpreter
from modelcheck.semantics.interpreter.machine.states import State


class TooMuch(Exception):
    """The budget does not suffice: so many states of ``variant`` were reached."""

    def __init__(self, states: int, variant: str) -> None:
        self.states, self.variant = states, variant
        super().__init__(f"{variant}: {states}")


@dataclass(frozen=True, slots=True)
class Edge:
    """``event``: what is seen, empty for nothing.

    ``move``: the step that it belongs to, None for the second and later events of one step.
    """

    event: str
    target: int
    move: Move | None


@dataclass(slots=True)
class EventGraph:
    """``edges`` by node; node 0 is the initial state, and there is none if the initialisation faults."""

    edges: list[list[Edge]] = field(default_factory=list)

    def closure(self, nodes: frozenset[int]) -> frozenset[int]:
        """Return what can be reached without an event."""
        seen, work = set(nodes), list(nodes)
        while work:
            for edge in self.edges[work.pop()]:
                if not edge.event and edge.target not in seen:
                    seen.add(edge.target)
                    work.append(edge.target)
        return frozenset(seen)

    def after(self, nodes: frozenset[int]) -> dict[str, frozenset[int]]:
        """Return where each event leads that is possible in one of the nodes."""
        found: dict[str, set[int]] = {}
        for node in nodes:
            for edge in self.edges[node]:
                if edge.event:
                    found.setdefault(edge.event, set()).add(edge.target)
        return {event: frozenset(targets) for event, targets in found.items()}

    def schedule(self, events: Sequence[str]) -> Schedule:
        """Return a shortest schedule that shows exactly these events; there is one."""
        start = (0, 0)
        parents: dict[tuple[int, int], tuple[tuple[int, int], Move | None] | None] = {start: None}
        waiting = deque([start])
        while waiting:
            here = waiting.popleft()
            node, seen = here
            if seen == len(events):
                return _moves(parents, here)
            for edge in self.edges[node]:
                if edge.event and edge.event != events[seen]:
                    continue
                there = (edge.target, seen + bool(edge.event))
                if there not in parents:
                    parents[there] = (here, edge.move)
                    # What belongs to the same step takes no step.
                    (waiting.append if edge.move is not None else waiting.appendleft)(there)
        raise ValueError("no run shows these events")


def _moves(
    parents: dict[tuple[int, int], tuple[tuple[int, int], Move | None] | None], end: tuple[int, int]
) -> Schedule:
    moves: list[Move] = []
    link = parents[end]
    while link is not None:
        if link[1] is not None:
            moves.append(link[1])
        link = parents[link[0]]
    return tuple(reversed(moves))


def event_graph(
    interpreter: Interpreter,
    visible: frozenset[str],
    limit: int,
    deadline: float,
    clock: Callable[[], float] = time.monotonic,
) -> EventGraph:
    """Visit every state.

    ``visible``: names of the events that count (``removed``, ``return releasepage``). Raises
    ``TooMuch`` beyond ``limit`` states or the deadline.
    """
    graph = EventGraph()
    start = interpreter.initial().state
    if start is None:
        return graph
    names = {event.id: event.name for event in interpreter.model.events}
    numbers: dict[State, int] = {start: 0}
    graph.edges.append([])
    waiting = deque([start])
    ended: int | None = None
    while waiting:
        state = waiting.popleft()
        node = numbers[state]
        for move, target, _, occurrences, _ in interpreter.transitions(state):
            if target is None:
                if ended is None:
                    ended = len(graph.edges)
                    graph.edges.append([])
                number = ended
            elif target in numbers:
                number = numbers[target]
            else:
                number = numbers[target] = len(graph.edges)
                graph.edges.append([])
                waiting.append(target)
            events = [one.text for one in occurrences if names[one.event] in visible]
            _connect(graph, node, number, move, events)
        if len(numbers) > limit or clock() > deadline:
            raise TooMuch(len(numbers), interpreter.model.variant)
    return graph


def _connect(graph: EventGraph, node: int, target: int, move: Move, events: Sequence[str]) -> None:
    """An edge for each event of a step, through nodes in between."""
    step: Move | None = move
    for event in events[:-1]:
        between = len(graph.edges)
        graph.edges.append([])
        graph.edges[node].append(Edge(event, between, step))
        node, step = between, None
    graph.edges[node].append(Edge(events[-1] if events else "", target, step))
