"""Which places of the program a way through a step goes through: asked afterwards by whoever wants
to know what was never executed.
"""

from __future__ import annotations

from modelcheck.ground.source import Span
from modelcheck.semantics.elaborate.execution.path import Trail
from modelcheck.semantics.elaborate.graphs.graph import Graph


class Passages:
    """Numbers the places of nodes.

    Where a node stands in an expanded call, the places of the calls are passed with it.
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, int, int], int] = {}
        self._spans: list[Span] = []
        self._nodes: dict[tuple[int, int], tuple[int, ...]] = {}
        self._graphs: dict[int, Graph] = {}  # kept alive, so that no other graph gets the identity of one

    @property
    def places(self) -> tuple[Span, ...]:
        """The places by number."""
        return tuple(self._spans)

    def of(self, graph: Graph, trail: Trail) -> tuple[int, ...]:
        """Return the numbers of the places that a trail went through, each once."""
        found: dict[int, None] = {}
        while trail is not None:
            trail, node = trail
            found.update(dict.fromkeys(self._of_node(graph, node)))
        return tuple(found)

    def _of_node(self, graph: Graph, number: int) -> tuple[int, ...]:
        key = (id(graph), number)
        known = self._nodes.get(key)
        if known is None:
            self._graphs[id(graph)] = graph
            node = graph.nodes[number]
            spans = [node.span, *(frame.call_span for frame in node.site.frames)]
            known = self._nodes[key] = tuple(self._number(span) for span in spans)
        return known

    def _number(self, span: Span) -> int:
        key = (span.source.path, span.start, span.end)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._spans)
            self._spans.append(span)
        return number
