"""Which locals share state variables: those that are never alive at the same location (Chaitin's colouring, greedy)."""

from __future__ import annotations

from collections.abc import Iterable

from modelcheck.model import typed
from modelcheck.semantics.elaborate.graphs.graph import Compute, Graph
from modelcheck.semantics.elaborate.graphs.liveness import Liveness, members


def colour_locals(
    graph: Graph, liveness: Liveness, boundaries: Iterable[int]
) -> tuple[list[tuple[tuple[int, ...], bool]], dict[int, int]]:
    """Colour the locals that are live before some node of ``boundaries``.

    Returns for each colour (its users, whether they need assigned bits), and the colour of each local.
    """
    conflicts: dict[int, int] = {}
    for n in boundaries:
        mask = liveness.live[n]
        for local in members(mask):
            conflicts[local] = conflicts.get(local, 0) | mask
    partners = _copied(graph)
    colours: list[tuple[list[int], int, bool]] = []
    colour_of: dict[int, int] = {}
    for local in sorted(conflicts):
        type = graph.locals[local].type
        bits = bool(liveness.may_be_unassigned >> local & 1)
        possible = [
            i
            for i, (users, mask, with_bits) in enumerate(colours)
            if with_bits == bits and graph.locals[users[0]].type == type and not mask & conflicts[local]
        ]
        # A copy between two locals of one colour is no change of the state.
        possible.sort(key=lambda i: not partners.get(local, set()).intersection(colours[i][0]))
        if possible:
            users, mask, with_bits = colours[possible[0]]
            users.append(local)
            colours[possible[0]] = (users, mask | 1 << local, with_bits)
            colour_of[local] = possible[0]
        else:
            colour_of[local] = len(colours)
            colours.append(([local], 1 << local, bits))
    return [(tuple(users), bits) for users, _, bits in colours], colour_of


def _copied(graph: Graph) -> dict[int, set[int]]:
    """For each local those that are copied to or from it."""
    found: dict[int, set[int]] = {}
    for n in graph.order:
        match graph.nodes[n].operation:
            case Compute(int() as target, typed.LocalRead(local)):
                source = local if local >= 0 else ~local
                found.setdefault(target, set()).add(source)
                found.setdefault(source, set()).add(target)
            case _:
                pass
    return found
