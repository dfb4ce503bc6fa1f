"""Whether a mutant differs from the original only in steps that nobody sees.

A step is *unseen* if it changes nothing that everybody can see (``alike``), no event occurs in it, it
violates or witnesses nothing, and touches no object: loads, tests, what only locals get. Two systems
are the same but for such steps if their initial states are branching bisimilar (R. van Glabbeek, W.
Weijland, "Branching time and abstraction in bisimulation semantics", J. ACM 43(3), 1996): whatever
everybody can see, in every order in which it can come, and everything that is still possible
afterwards. It is decided by refining a partition of all reachable states by signatures (S. Blom, S.
Orzan, "A distributed algorithm for strong bisimulation reduction of state spaces", 2005).

Circles of unseen steps count for nothing. That everything has come to rest, or that nothing can move
any more although it has not, is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from modelcheck.engines.explicit.machine import Option
from modelcheck.ground.records import dataclass
from modelcheck.ir.layout import FieldOverflow
from modelcheck.ir.system import Step, System, VariableKind
from modelcheck.studies.mutate.alike import Side, TooManyError, sides

#: States of both systems together that are looked at before the question is given up.
MOST_STATES = 60_000
#: The state after a fault.
_FAULT = -1
#: Labels besides those of steps that are seen: a step that nobody sees, that everything has come to
#: rest, that nothing can move although it has not.
_UNSEEN, _REST, _DEAD = -1, -2, -3


def differs_in_unseen_steps_only(original: System, mutant: System, limit: int = MOST_STATES) -> bool:
    """Decide it. Raises ``TooManyError`` if there are more than ``limit`` states, or numbers that grow for ever."""
    if original.initial_fault or mutant.initial_fault:
        return False
    graph = _Graph()
    try:
        first, second = (graph.explore(side, limit) for side in sides(original, mutant))
    except FieldOverflow:
        raise TooManyError from None
    return _same(graph, first, second)


@dataclass(slots=True)
class _Graph:
    """The states of both systems. ``seen``: a number for what everybody can see of each; ``visible``:
    (number of what is seen of a step, state after it); ``unseen``: states after steps that nobody sees.
    """

    seen: list[int] = field(default_factory=list)
    visible: list[list[tuple[int, int]]] = field(default_factory=list)
    unseen: list[list[int]] = field(default_factory=list)
    _observations: dict[object, int] = field(default_factory=dict)
    _labels: dict[object, int] = field(default_factory=dict)

    def explore(self, side: Side, limit: int) -> int:
        """Add the reachable states of one system; return the first of them."""
        machine = side.machine
        numbers: dict[int, int] = {}
        waiting: list[int] = []
        expanded: list[tuple[int, list[Option]]] = []

        def number(state: int) -> int:
            known = numbers.get(state)
            if known is None:
                known = numbers[state] = len(self.seen)
                options = machine.options(state)
                what = side.values(state)
                self.seen.append(self._observations.setdefault(what, len(self._observations)))
                # To stay here is something to see: it is enough if steps that nobody sees lead to such a state.
                stays = (_REST,) if side.drained(state) else () if options else (_DEAD,)
                self.visible.append([(label, _FAULT) for label in stays])
                self.unseen.append([])
                waiting.append(state)
                expanded.append((state, options))
                if len(self.seen) > limit:
                    raise TooManyError
            return known

        start = number(machine.initial)
        position = 0
        while position < len(expanded):
            state, options = expanded[position]
            here = numbers[state]
            position += 1
            for option in options:
                events, raised = side.events(option, state), side.properties(option.raised)
                objects = touched(side.system, option.step)
                target = _FAULT if option.delta is None else number(state + option.delta)
                plain = not events and not raised and not objects
                if plain and target != _FAULT and self.seen[target] == self.seen[here]:
                    self.unseen[here].append(target)
                else:
                    label = (option.move.process, events, raised, objects)
                    self.visible[here].append((self._labels.setdefault(label, len(self._labels)), target))
        return start


def touched(system: System, step: Step) -> tuple[str, ...]:
    """The objects that a step touches as a whole, and neither makes nor frees."""
    if not step.accesses:
        return ()
    kinds = system.variables
    return tuple(
        access.location
        for access in step.accesses
        if access.variables and all(kinds[id].kind is VariableKind.ALLOCATED for id in access.variables)
    )


def _same(graph: _Graph, first: int, second: int) -> bool:
    component, order = _components(graph.unseen)
    visible: list[set[tuple[int, int]]] = [set() for _ in order]
    unseen: list[set[int]] = [set() for _ in order]
    blocks = [0] * len(order)
    for state, own in enumerate(component):
        blocks[own] = graph.seen[state]
        visible[own].update((label, _FAULT if to == _FAULT else component[to]) for label, to in graph.visible[state])
        unseen[own].update(component[to] for to in graph.unseen[state] if component[to] != own)
    count = len(set(blocks))
    while True:
        signatures: list[frozenset[tuple[int, int]]] = []
        known: dict[tuple[int, frozenset[tuple[int, int]]], int] = {}
        refined: list[int] = []
        # Components come after those that unseen steps lead to.
        for own in order:
            signature = {(label, _FAULT if to == _FAULT else blocks[to]) for label, to in visible[own]}
            for to in unseen[own]:
                if blocks[to] == blocks[own]:
                    signature |= signatures[to]
                else:
                    signature.add((_UNSEEN, blocks[to]))
            signatures.append(frozenset(signature))
            refined.append(known.setdefault((blocks[own], signatures[-1]), len(known)))
        blocks = refined
        if blocks[component[first]] != blocks[component[second]]:
            return False
        if len(known) == count:
            return True
        count = len(known)


def _components(edges: Sequence[Sequence[int]]) -> tuple[list[int], range]:
    """Strongly connected components (Tarjan, 1972), numbered after those that they lead to: the one
    of each node, and all of them in order.
    """
    component = [-1] * len(edges)
    index = [-1] * len(edges)
    low = [0] * len(edges)
    stack: list[int] = []
    visited = found = 0
    for root in range(len(edges)):
        if index[root] != -1:
            continue
        work = [(root, 0)]
        while work:
            node, begin = work.pop()
            if index[node] == -1:
                index[node] = low[node] = visited
                visited += 1
                stack.append(node)
            for position in range(begin, len(edges[node])):
                to = edges[node][position]
                if index[to] == -1:
                    work += [(node, position), (to, 0)]
                    break
                if component[to] == -1:
                    low[node] = min(low[node], low[to])
            else:
                if low[node] == index[node]:
                    while component[node] == -1:
                        component[stack.pop()] = found
                    found += 1
    return component, range(found)
