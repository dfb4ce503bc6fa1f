"""Where control can get to in one body: reachability over its points of control, conditions taken both ways.

The one analysis of that kind. Of the syntax tree it answers for messages (code that nothing leads
to, inlines that end without a result), of the typed tree for facts (which labels, calls and
obligations there are). Jumps go where they go: a loop that is entered in its middle has its head
reached from its end, and what follows it from its test. A constant operand of a condition leads one
way only, and nothing stands behind a call whose body never ends.
"""

from __future__ import annotations

from dataclasses import field
from typing import assert_never

from modelcheck.ground.records import dataclass
from modelcheck.language.resolve.completion import Completion
from modelcheck.language.syntax import ast
from modelcheck.model import typed


@dataclass(slots=True)
class _Points:
    """Points of control; ``ways[p]`` are those that control can get to from ``p``. ``place``: where a
    statement does what it does itself. ``completion``: what is known of the calls in a resolved
    body.

    Statements are known by their identity: two that are written alike are two.
    """

    ways: list[list[int]] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)
    loops: list[tuple[int, int]] = field(default_factory=list)  # (where `continue` goes, where `break` goes)
    place: dict[int, int] = field(default_factory=dict)
    returned: list[int] = field(default_factory=list)  # the points at which the body is left by a `return`
    completion: Completion = field(default_factory=lambda: Completion(lambda name: True))

    def point(self, *before: int) -> int:
        """Return a new point that control gets to from those given."""
        self.ways.append([])
        new = len(self.ways) - 1
        for source in before:
            self.ways[source].append(new)
        return new

    def label(self, name: str) -> int:
        """Return the point of a label."""
        if name not in self.labels:
            self.labels[name] = self.point()
        return self.labels[name]

    def jump(self, before: int, to: int) -> int:
        """Add a way; return a point behind it, which nothing leads to."""
        self.ways[before].append(to)
        return self.point()

    def reached(self, start: int) -> frozenset[int]:
        """Return the points that control can get to from ``start``."""
        seen = {start}
        stack = [start]
        while stack:
            for after in self.ways[stack.pop()]:
                if after not in seen:
                    seen.add(after)
                    stack.append(after)
        return frozenset(seen)


@dataclass(frozen=True, slots=True)
class Flow:
    """``falls_off``: whether control can get past the last statement of the body; ``ends``: there,
    or to a ``return``.
    """

    _reached: frozenset[int]
    falls_off: bool
    ends: bool

    def reaches(self, node: ast.Stmt | typed.Stmt) -> bool:
        """Whether ``node``, a statement of that very tree, can do something: of an ``if`` or a
        loop, whether its condition can be tested.
        """
        return id(node) in self._reached


def _flow(points: _Points, start: int, end: int) -> Flow:
    reached = points.reached(start)
    placed = frozenset(node for node, point in points.place.items() if point in reached)
    return Flow(placed, end in reached, end in reached or not reached.isdisjoint(points.returned))


def of_syntax(body: ast.Block) -> Flow:
    """Return the flow of a body as written: nothing is known of conditions, unless they are
    ``true`` or ``false`` literally.
    """
    points = _Points()
    start = points.point()
    return _flow(points, start, _written(points, body, start))


def of_typed(body: typed.Stmt, completion: Completion) -> Flow:
    """Return the flow of a resolved body: branches that are never taken are gone from it already."""
    points = _Points(completion=completion)
    start = points.point()
    return _flow(points, start, _resolved(points, body, start))


def _loop(points: _Points, before: int, *, test_first: bool, again: bool, ends: bool) -> tuple[int, int, int]:
    """Make the points of a loop: (its head, its test, what is behind it).

    ``again``, ``ends``: how the test can turn out.
    """
    test, head, after = points.point(), points.point(), points.point()
    points.ways[before].append(test if test_first else head)
    if again:
        points.ways[test].append(head)
    if ends:
        points.ways[test].append(after)
    points.loops.append((test, after))
    return head, test, after


def _written(points: _Points, node: ast.Stmt, before: int) -> int:
    """Add a statement that is entered at ``before``; return the point behind it."""
    points.place[id(node)] = before
    match node:
        case ast.Block(statements):
            for part in statements:
                before = _written(points, part, before)
            return before
        case ast.Labelled(label, statement):
            here = points.label(label)
            points.ways[before].append(here)
            points.place[id(node)] = here
            return _written(points, statement, here)
        case ast.If(_, then, otherwise):
            behind = _written(points, then, points.point(before))
            other = points.point(before)
            return points.point(behind, other if otherwise is None else _written(points, otherwise, other))
        case ast.While(condition, body):
            head, test, after = _loop(
                points, before, test_first=True, again=not _is(condition, False), ends=not _is(condition, True)
            )
        case ast.DoWhile(body, condition):
            head, test, after = _loop(
                points, before, test_first=False, again=not _is(condition, False), ends=not _is(condition, True)
            )
        case ast.Loop(body):
            head, test, after = _loop(points, before, test_first=True, again=True, ends=False)
        case ast.For(_, _, body):
            head, test, after = _loop(points, before, test_first=True, again=True, ends=True)
        case ast.Goto(label):
            return points.jump(before, points.label(label))
        case ast.Break() | ast.Continue():
            return _leave(points, before, isinstance(node, ast.Break))
        case ast.Return():
            points.returned.append(before)
            return points.point()
        case ast.When(branches):
            ends = [points.point(before) for _ in branches]
            for number, branch in enumerate(branches):
                if branch.body is not None:
                    ends[number] = _written(points, branch.body, ends[number])
            return points.point(*ends)
        case ast.Atomic(_, block):
            return _written(points, block, before)
        case ast.Choose(blocks):
            return points.point(*[_written(points, block, points.point(before)) for block in blocks])
        case ast.Simple():
            return before
        case _:
            assert_never(node)
    points.place[id(node)] = test
    points.ways[_written(points, body, head)].append(test)
    points.loops.pop()
    return after


def _resolved(points: _Points, node: typed.Stmt, before: int) -> int:
    """As ``_written``, for the typed tree."""
    points.place[id(node)] = before
    match node:
        case typed.Block(_, statements):
            for part in statements:
                before = _resolved(points, part, before)
            return before
        case typed.Labelled(label, statement):
            here = points.label(label)
            points.ways[before].append(here)
            points.place[id(node)] = here
            return _resolved(points, statement, here)
        case typed.If(condition, then, otherwise):
            outcomes = points.completion.outcomes(condition)
            behind = _resolved(points, then, points.point(*[before] * (True in outcomes)))
            other = points.point(*[before] * (False in outcomes))
            return points.point(behind, other if otherwise is None else _resolved(points, otherwise, other))
        case typed.Loop(condition, test_first, _, body):
            outcomes = frozenset({True}) if condition is None else points.completion.outcomes(condition)
            first = test_first or condition is None
            head, test, after = _loop(points, before, test_first=first, again=True in outcomes, ends=False in outcomes)
        case typed.For(_, domain, body):
            # The test comes after the body, unless there may be no value at all.
            head, test, after = _loop(points, before, test_first=_may_be_empty(domain), again=True, ends=True)
            points.ways[_resolved(points, body, head)].append(test)
            points.loops.pop()
            points.place[id(node)] = points.point(before, test)
            return after
        case typed.Goto(label):
            return points.jump(before, points.label(label))
        case typed.Break() | typed.Continue():
            return _leave(points, before, isinstance(node, typed.Break))
        case typed.Return(value):
            if value is None or points.completion.completes(value):
                points.returned.append(before)
            return points.point()
        case typed.When(branches):
            ends = [points.point(before) for _ in branches]
            for number, branch in enumerate(branches):
                if branch.body is not None:
                    ends[number] = _resolved(points, branch.body, ends[number])
            return points.point(*ends)
        case typed.Atomic(_, block):
            return _resolved(points, block, before)
        case typed.Choose(blocks):
            return points.point(*[_resolved(points, block, points.point(before)) for block in blocks])
        case typed.Simple():
            return before if points.completion.statement(node) else points.point()
        case _:
            assert_never(node)
    points.place[id(node)] = test
    points.ways[_resolved(points, body, head)].append(test)
    points.loops.pop()
    return after


def _leave(points: _Points, before: int, leaves: bool) -> int:
    """A ``break`` (``leaves``) or ``continue``; outside of a loop, which is an error, it leads nowhere."""
    if not points.loops:
        return points.point()
    again, after = points.loops[-1]
    return points.jump(before, after if leaves else again)


def _may_be_empty(domain: typed.Domain) -> bool:
    match domain:
        case typed.RangeDomain(low, high):
            return low > high
        case typed.ProcDomain(_, size):
            return not size
        case typed.EnumDomain() | typed.BoolDomain():
            return False
        case typed.PoolDomain() | typed.SetDomain():
            return True
        case _:
            assert_never(domain)


def _is(condition: ast.Expr, value: bool) -> bool:
    return isinstance(condition, ast.BoolLit) and condition.value is value
