"""Making the nodes of a control-flow graph in program order, with joins patched as they become known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.ir.system import Frame
from modelcheck.model import typed
from modelcheck.semantics.elaborate.graphs.graph import (
    Compute,
    Graph,
    GraphLocal,
    LabelOccurrence,
    Node,
    Nothing,
    Operation,
    PureCall,
    Site,
    Waiting,
)

#: An edge without a head yet: (node, index of the successor).
Edge = tuple[int, int]


@dataclass(slots=True)
class Join:
    """A point that edges lead to. Edges wait in ``pending`` until the node is made."""

    node: int | None = None
    pending: list[Edge] = field(default_factory=list)


@dataclass(slots=True)
class _Draft:
    operation: Operation
    next: list[int]
    step: bool
    site: Site
    span: Span
    waits: bool


class Emitter:
    """Collects nodes. ``here``: the open edges that the next node closes (none: the code is unreachable).

    ``captured_ids``: the declared locals that a call or an exchange may change while an operand waits;
    ``captured``: the same as graph locals. ``guarding``: what is made now is part of the guard of a step.
    """

    def __init__(self, captured_ids: frozenset[int]) -> None:
        self.captured_ids = captured_ids
        self.captured: set[int] = set()
        self.here: list[Edge] = []
        self.labels: tuple[int, ...] = ()
        self.frames: tuple[Frame, ...] = ()
        self.loops: frozenset[int] = frozenset()
        self.atomic = False
        self.guarding = False
        self.locals: list[GraphLocal] = []
        self.occurrences: list[LabelOccurrence] = []
        self.pure_calls: dict[str, PureCall] = {}
        self.exempt: set[int] = set()
        self.waiting: list[Waiting] = []
        self._drafts: list[_Draft] = []
        self._site: Site | None = None
        self._loops_made = 0

    # nodes

    def emit(self, operation: Operation, span: Span, step: bool = False, successors: int = 1) -> int:
        """Add a node after the open edges and return its id; its own edges are then open."""
        site = self._site
        if (
            site is None
            or site.labels is not self.labels
            or site.frames is not self.frames
            or site.loops is not self.loops
            or site.atomic is not self.atomic
        ):
            site = self._site = Site(self.labels, self.frames, self.loops, self.atomic)
        node = len(self._drafts)
        self._drafts.append(_Draft(operation, [-1] * successors, step and not self.atomic, site, span, self.guarding))
        for source, index in self.here:
            self._drafts[source].next[index] = node
        self.here = [(node, i) for i in range(successors)]
        return node

    def jump(self, join: Join) -> None:
        """Lead the open edges to a join; what follows is unreachable until a join is placed."""
        if join.node is None:
            join.pending.extend(self.here)
        else:
            for source, index in self.here:
                self._drafts[source].next[index] = join.node
        self.here = []

    def place(self, join: Join) -> None:
        """The join is here (only forward edges lead to it): no node is made."""
        self.here.extend(join.pending)
        join.pending = []

    def place_node(self, join: Join, operation: Operation, span: Span) -> int:
        """The join is a node of its own, so that later code can lead back to it."""
        self.place(join)
        join.node = self.emit(operation, span)
        return join.node

    # contexts

    def new_loop(self) -> int:
        self._loops_made += 1
        return self._loops_made

    def new_local(
        self, name: str, type: typed.Type, owner: str, *, temporary: bool = False, bound: bool = False
    ) -> int:
        index = len(self.locals)
        self.locals.append(GraphLocal(index, name, type, owner, temporary, bound))
        return index

    def compute_temporary(self, value: typed.Expr, step: bool, span: Span) -> typed.Expr:
        """Evaluate into a new temporary and return the operand that reads it."""
        owner = self.frames[-1].inline if self.frames else ""
        index = self.new_local("operand", value.type, owner, temporary=True)
        self.emit(Compute(index, value), span, step)
        return typed.LocalRead(~index, value.type, span)

    def position(self) -> int:
        """The number of the next node."""
        return len(self._drafts)

    def waited(self, values: Iterable[typed.Expr], first: int) -> None:
        """These operands have kept their values since node ``first``."""
        end = len(self._drafts)
        if first < end:
            self.waiting.extend(
                Waiting(~value.local, first, end)
                for value in values
                if isinstance(value, typed.LocalRead) and value.local < 0
            )

    def finish(self, entry: int, end: int) -> Graph:
        """Freeze the graph. Every reachable edge must have been closed."""
        nodes = tuple(
            Node(i, d.operation, tuple(d.next), d.step, d.site, d.span, d.waits) for i, d in enumerate(self._drafts)
        )
        order: list[int] = []
        seen = {entry}
        stack = [entry]
        while stack:
            current = stack.pop()
            order.append(current)
            for successor in reversed(nodes[current].next):
                assert successor >= 0, (nodes[current], "open edge")
                if successor not in seen:
                    seen.add(successor)
                    stack.append(successor)
        return Graph(
            nodes,
            entry,
            end,
            tuple(self.locals),
            tuple(self.occurrences),
            self.pure_calls,
            tuple(order),
            tuple(self.waiting),
        )

    def skip(self, span: Span) -> int:
        return self.emit(Nothing(), span)
