"""Local cycles: loops and backward jumps that can go round without a step.

For each body a graph whose edges are the ways from one point of control to the next that take no
step; conditions are taken both ways. A cycle in it is an error: the process would never come to its
next step. ``for`` loops end by themselves and have no back edge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import assert_never

from modelcheck.ground.diagnostics import DiagnosticBag, Note
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.resolve.instance import Function
from modelcheck.model import typed


@dataclass(slots=True)
class _Graph:
    """Points of control of one body; ``edges`` are the ways between them without a step."""

    edges: list[list[int]] = field(default_factory=list)
    heads: dict[int, Span] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    loops: list[tuple[int, int]] = field(default_factory=list)  # (where `continue` goes, where `break` goes)

    def point(self) -> int:
        """Return a new point that nothing leads to yet."""
        self.edges.append([])
        return len(self.edges) - 1

    def label(self, name: str) -> int:
        """Return the point of a label."""
        if name not in self.labels:
            self.labels[name] = self.point()
        return self.labels[name]


class LocalCycles:
    """Checks all bodies of an instance; inlines once for each way their ``&`` parameters are bound
    (shared or local).
    """

    def __init__(self, functions: Mapping[str, Function], bag: DiagnosticBag) -> None:
        self.functions = functions
        self.bag = bag
        self._passable: dict[tuple[str, tuple[bool, ...]], bool] = {}

    def check(self, body: typed.Block) -> None:
        """Report the local cycles of a process body and of the inlines it calls."""
        _Body(self, {}).run(body)

    def passable(self, name: str, bound: tuple[bool, ...]) -> bool:
        """Whether a call of ``name`` can return without a step; ``bound`` says which ``&`` arguments are shared."""
        key = (name, bound)
        if key not in self._passable:
            self._passable[key] = False
            function = self.functions[name]
            references = [p.id for p in function.parameters if isinstance(p, typed.RefParam)]
            shared = dict(zip(references, bound, strict=True))
            self._passable[key] = _Body(self, shared).run(function.body)
        return self._passable[key]


class _Body:
    def __init__(self, owner: LocalCycles, shared: dict[int, bool]) -> None:
        self.owner = owner
        self.shared = shared
        self.graph = _Graph()
        self.end = self.graph.point()

    def run(self, body: typed.Block) -> bool:
        """Build the graph, report its cycles, and return whether the end can be reached without a step."""
        start = self.graph.point()
        last = self.statement(body, start)
        self.edge(last, self.end, True)
        self._report()
        seen = {start}
        stack = [start]
        while stack:
            for after in self.graph.edges[stack.pop()]:
                if after not in seen:
                    seen.add(after)
                    stack.append(after)
        return self.end in seen

    def edge(self, before: int, after: int, free: bool) -> None:
        """Add the way from ``before`` to ``after`` if it is free of steps."""
        if free:
            self.graph.edges[before].append(after)

    def _report(self) -> None:
        edges = self.graph.edges
        state = [0] * len(edges)
        for root in range(len(edges)):
            if state[root]:
                continue
            path = [root]
            pending = [iter(edges[root])]
            state[root] = 1
            while pending:
                after = next(pending[-1], None)
                if after is None:
                    state[path.pop()] = 2
                    pending.pop()
                elif state[after] == 0:
                    state[after] = 1
                    path.append(after)
                    pending.append(iter(edges[after]))
                elif state[after] == 1:
                    self._cycle(path[path.index(after) :])

    def _cycle(self, points: list[int]) -> None:
        spans = [self.graph.heads[p] for p in points if p in self.graph.heads]
        if spans:
            note = Note(
                "wait with `when (…);`, or access something shared in the loop; `for` loops over a domain are fine"
            )
            message = "this can go round for ever without a step: nothing else could run meanwhile"
            self.owner.bag.error("MC401", message, min(spans, key=lambda s: s.start), [note])

    # --------------------------------------------------------------------------------- statements

    def statement(self, node: typed.Stmt, before: int) -> int:
        """Add ``node``, entered at ``before``; return the point behind it."""
        graph = self.graph
        match node:
            case typed.Block(_, statements):
                for part in statements:
                    before = self.statement(part, before)
                return before
            case typed.Labelled(label, inner):
                point = graph.label(label)
                graph.heads.setdefault(point, node.span.first_line)
                self.edge(before, point, True)
                return self.statement(inner, point)
            case typed.If(condition, then, otherwise):
                after = graph.point()
                branch = graph.point()
                self.edge(before, branch, self.can_be(condition, True))
                self.edge(self.statement(then, branch), after, True)
                other = graph.point()
                self.edge(before, other, self.can_be(condition, False))
                last = other if otherwise is None else self.statement(otherwise, other)
                self.edge(last, after, True)
                return after
            case typed.Loop():
                return self._loop(node, before)
            case typed.For(_, _, body):
                after = graph.point()
                graph.loops.append((after, after))
                last = self.statement(body, before)
                graph.loops.pop()
                self.edge(last, after, True)
                return after
            case typed.Goto(label):
                self.edge(before, graph.label(label), True)
                return graph.point()
            case typed.Break():
                if graph.loops:
                    self.edge(before, graph.loops[-1][1], True)
                return graph.point()
            case typed.Continue():
                if graph.loops:
                    self.edge(before, graph.loops[-1][0], True)
                return graph.point()
            case typed.Return(value):
                self.edge(before, self.end, value is None or self.free(value))
                return graph.point()
            case typed.When(branches):
                after = graph.point()
                for branch_node in branches:
                    inside = graph.point()
                    last = inside if branch_node.body is None else self.statement(branch_node.body, inside)
                    self.edge(last, after, True)
                return after
            case typed.Choose(blocks):
                after = graph.point()
                for block in blocks:
                    self.edge(self.statement(block, graph.point()), after, True)
                return after
            case typed.Atomic() | typed.Pick() | typed.Emit() | typed.Free() | typed.Touch():
                return graph.point()
            case typed.Assign() | typed.CompoundAssign() | typed.Evaluate() | typed.Assert() | typed.Empty():
                after = graph.point()
                self.edge(before, after, self._simple(node))
                return after
            case _:
                assert_never(node)

    def _loop(self, node: typed.Loop, before: int) -> int:
        graph = self.graph
        head, after, test = graph.point(), graph.point(), graph.point()
        graph.heads[head] = node.span.first_line
        condition = node.condition
        if condition is None or not node.test_first:
            self.edge(before, head, True)
        else:
            self.edge(before, test, True)
        graph.loops.append((test, after))
        self.edge(self.statement(node.body, head), test, True)
        graph.loops.pop()
        self.edge(test, head, condition is None or self.can_be(condition, True))
        self.edge(test, after, condition is not None and self.can_be(condition, False))
        return after

    def _simple(self, node: typed.Stmt) -> bool:
        """Whether a statement without control flow takes no step."""
        match node:
            case typed.Assign(target, value):
                return self.free(value) and self._place_free(target) and not self._is_shared(target)
            case typed.CompoundAssign(target, _, value):
                return self.free(value) and self._place_free(target) and not self._is_shared(target)
            case typed.Evaluate(expression):
                return self.free(expression)
            case typed.Assert(_, condition, reads_shared):
                return not reads_shared and self.free(condition)
            case (
                typed.Nesting()
                | typed.Jump()
                | typed.Pick()
                | typed.Emit()
                | typed.Free()
                | typed.Touch()
                | typed.Empty()
            ):
                return True
            case _:
                assert_never(node)

    # -------------------------------------------------------------------------------- expressions

    def _is_shared(self, place: typed.Place) -> bool:
        if isinstance(place.root, typed.RefParamRoot):
            return self.shared.get(place.root.parameter, True)
        return place.shared

    def _place_free(self, place: typed.Place) -> bool:
        """Whether working out which location ``place`` is takes no step."""
        if isinstance(place.root, typed.FieldRoot) and not self.free(place.root.reference):
            return False
        return all(self.free(s.index) for s in place.selectors if isinstance(s, typed.IndexSelector))

    def can_be(self, node: typed.Expr, value: bool) -> bool:
        """Whether a condition can turn out as ``value`` without a step."""
        match node:
            case typed.Constant(known):
                return bool(known) is value
            case typed.Unary("!", operand):
                return self.can_be(operand, not value)
            case typed.Logical(operator, left, right):
                # The left side that decides alone, and what the whole is then: `||` and `=>` become true, `&&` false.
                deciding = operator == "||"
                alone = self.can_be(left, deciding) and value is (operator != "&&")
                return alone or (self.can_be(left, not deciding) and self.can_be(right, value))
            case typed.Conditional(condition, then, otherwise):
                return (self.can_be(condition, True) and self.can_be(then, value)) or (
                    self.can_be(condition, False) and self.can_be(otherwise, value)
                )
            case (
                typed.Terminal()
                | typed.Access()
                | typed.Operator()
                | typed.CallExpr()
                | typed.Operation()
                | typed.Quantifier()
                | typed.OfProperties()
                | typed.Census()
            ):
                return self.free(node)
            case _:
                assert_never(node)

    def free(self, node: typed.Expr) -> bool:
        """Whether ``node`` can be evaluated without a step."""
        match node:
            case typed.Constant() | typed.LocalRead() | typed.SelfRead() | typed.CountProcesses():
                return True
            case typed.Load(place):
                return self._place_free(place) and not self._is_shared(place)
            case typed.Ask(question, place):
                return question is typed.LockQuestion.HELD and self._place_free(place)
            case typed.Logical():
                return self.can_be(node, True) or self.can_be(node, False)
            case typed.Conditional(condition, then, otherwise):
                return (self.can_be(condition, True) and self.free(then)) or (
                    self.can_be(condition, False) and self.free(otherwise)
                )
            case typed.Unary(_, operand) | typed.Cast(operand) | typed.OptSome(operand) | typed.OptGet(operand):
                return self.free(operand)
            case typed.SetSize(operand) | typed.Primed(operand) | typed.NextAllocated(_, operand):
                return self.free(operand)
            case typed.Binary(_, left, right):
                return self.free(left) and self.free(right)
            case typed.SetLiteral(elements):
                return all(self.free(element) for element in elements)
            case typed.CallExpr(inline, arguments):
                return self._call(inline, arguments)
            case typed.AtomicOp() | typed.LockOp() | typed.New() | typed.CondLoad():
                return False
            case typed.Quantifier() | typed.AtLabel() | typed.AfterLabel() | typed.CountAt() | typed.Done():
                return True
            case typed.CountAllocated():
                return True
            case _:
                assert_never(node)

    def _call(self, inline: str, arguments: tuple[typed.Expr | typed.Place, ...]) -> bool:
        free = True
        bound: list[bool] = []
        for argument in arguments:
            if isinstance(argument, typed.Place):
                free = free and self._place_free(argument)
                bound.append(self._is_shared(argument))
            else:
                free = self.free(argument) and free
        return self.owner.passable(inline, tuple(bound)) and free
