"""Local cycles in an expanded graph."""

from __future__ import annotations

from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.semantics.elaborate.graphs.graph import Graph


def refuse_local_cycles(graph: Graph, exempt: set[int]) -> None:
    """Raise ``SpecError`` if control can go round without a step. The counting of a ``for`` is no such cycle."""
    inner = {n for n in graph.order if not graph.nodes[n].step and n not in exempt}
    incoming = dict.fromkeys(inner, 0)
    for n in inner:
        for successor in graph.nodes[n].next:
            if successor in incoming:
                incoming[successor] += 1
    ready = [n for n, count in incoming.items() if count == 0]
    done = 0
    while ready:
        n = ready.pop()
        done += 1
        del incoming[n]
        for successor in graph.nodes[n].next:
            if successor in incoming:
                incoming[successor] -= 1
                if incoming[successor] == 0:
                    ready.append(successor)
    if incoming:
        first = min(incoming)
        message = "control can go round here without a step"
        raise SpecError((Diagnostic("MC552", Severity.ERROR, message, graph.nodes[first].span),))
