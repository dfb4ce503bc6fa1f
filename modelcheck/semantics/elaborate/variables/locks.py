"""Which locks a graph can take, which atomics it can freeze: by subject (``Object.field`` or ``variable``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from modelcheck.model import typed
from modelcheck.model.trees import below
from modelcheck.semantics.elaborate.graphs.graph import Graph
from modelcheck.semantics.elaborate.graphs.liveness import expressions_of

WRITE, READ = "write", "read"

_TAKES = {
    typed.LockOperator.LOCK: WRITE,
    typed.LockOperator.TRYLOCK: WRITE,
    typed.LockOperator.READ_LOCK: READ,
    typed.LockOperator.READ_TRYLOCK: READ,
    typed.LockOperator.DOWNGRADE: READ,
}


def _everything(graph: Graph) -> Iterator[object]:
    for n in graph.order:
        for e in expressions_of(graph.nodes[n].operation):
            yield from below(e)
    for call in graph.pure_calls.values():
        yield from below(call.body)


def _key(place: typed.Place, shared: dict[int, str]) -> str:
    match place.root:
        case typed.FieldRoot(_, object, field):
            return f"{object}.{field}"
        case typed.SharedRoot(var):
            return shared[var]
        case typed.LocalRoot() | typed.RefParamRoot():
            return ""
        case _:
            assert_never(place.root)


def taken_locks(graph: Graph, shared: dict[int, str]) -> frozenset[tuple[str, str]]:
    """(subject, mode) of every lock the graph may come to hold. ``shared``: names of shared variables by id."""
    return frozenset(
        (_key(e.place, shared), _TAKES[e.operator])
        for e in _everything(graph)
        if isinstance(e, typed.LockOp) and e.operator in _TAKES
    )


def frozen_places(graph: Graph, shared: dict[int, str]) -> frozenset[str]:
    """The subjects of the atomics that the graph may freeze."""
    return frozenset(
        _key(e.place, shared) for e in _everything(graph) if isinstance(e, typed.AtomicOp) and e.operator == "freeze"
    )
