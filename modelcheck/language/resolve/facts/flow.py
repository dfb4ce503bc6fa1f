"""Where control can get to in one body: reachability over its points of control, conditions taken both ways.

The one analysis of that kind. Of the syntax tree it answers for messages (code that nothing leads
to, inlines that end without a result), of the typed tree for facts (which labels, calls and
obligations there are). Each tree says which shape its statements have; the points are made from
the shapes. Jumps go where they go: a loop that is entered in its middle has its head reached from
its end, and what follows it from its test. A constant operand of a condition leads one way only,
and nothing stands behind a call whose body never ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Generic, TypeAlias, TypeVar, assert_never

from modelcheck.ground.records import dataclass
from modelcheck.language.resolve.completion import Completion
from modelcheck.language.syntax import ast
from modelcheck.model import typed

#: A statement of one of the trees.
S = TypeVar("S", ast.Stmt, typed.Stmt)


@dataclass(frozen=True, slots=True)
class _Sequence(Generic[S]):
    """One after the other."""

    parts: tuple[S, ...]


@dataclass(frozen=True, slots=True)
class _Mark(Generic[S]):
    """A label in front of a statement."""

    label: str
    statement: S


@dataclass(frozen=True, slots=True)
class _Fork(Generic[S]):
    """One of several ways, which meet again: (whether it can be taken, what is done there)."""

    ways: tuple[tuple[bool, S | None], ...]


@dataclass(frozen=True, slots=True)
class _Cycle(Generic[S]):
    """A loop. ``again``, ``ends``: how its test can turn out. ``entered``: what it does itself it also
    does on the way in, when the test comes after the body.
    """

    body: S
    test_first: bool
    again: bool = True
    ends: bool = True
    entered: bool = False


@dataclass(frozen=True, slots=True)
class _Plain:
    """``passes``: whether control gets past it."""

    passes: bool = True


@dataclass(frozen=True, slots=True)
class _Goto:
    label: str


@dataclass(frozen=True, slots=True)
class _Leave:
    """Ends a loop, or (``again``) one round of it."""

    again: bool


@dataclass(frozen=True, slots=True)
class _Return:
    """``passes``: whether control gets past its value."""

    passes: bool = True


#: What most statements are.
_PASSES, _STAYS = _Plain(), _Plain(passes=False)

_Shape: TypeAlias = _Sequence[S] | _Mark[S] | _Fork[S] | _Cycle[S] | _Plain | _Goto | _Leave | _Return


@dataclass(slots=True)
class _Points:
    """Points of control; ``ways[p]`` are those that control can get to from ``p``. ``place``: where a
    statement does what it does itself.

    Statements are known by their identity: two that are written alike are two.
    """

    ways: list[list[int]] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)
    loops: list[tuple[int, int]] = field(default_factory=list)  # (where `continue` goes, where `break` goes)
    place: dict[int, int] = field(default_factory=dict)
    returned: list[int] = field(default_factory=list)  # the points at which the body is left by a `return`

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


def of_syntax(body: ast.Block) -> Flow:
    """Return the flow of a body as written: nothing is known of conditions, unless they are
    ``true`` or ``false`` literally.
    """
    return _flow(body, _written)


def of_typed(body: typed.Stmt, completion: Completion) -> Flow:
    """Return the flow of a resolved body: branches that are never taken are gone from it already."""
    return _flow(body, lambda node: _resolved(node, completion))


def _flow(body: S, shape: Callable[[S], _Shape[S]]) -> Flow:
    points = _Points()
    start = points.point()
    end = _add(points, body, start, shape)
    reached = points.reached(start)
    placed = frozenset(node for node, point in points.place.items() if point in reached)
    return Flow(placed, end in reached, end in reached or not reached.isdisjoint(points.returned))


def _add(points: _Points, node: S, before: int, shape: Callable[[S], _Shape[S]]) -> int:
    """Add a statement that is entered at ``before``; return the point behind it."""
    points.place[id(node)] = before
    found = shape(node)
    match found:
        case _Plain(passes):
            return before if passes else points.point()
        case _Sequence(parts):
            for part in parts:
                before = _add(points, part, before, shape)
            return before
        case _Mark(label, statement):
            here = points.label(label)
            points.ways[before].append(here)
            points.place[id(node)] = here
            return _add(points, statement, here, shape)
        case _Fork(ways):
            ends = [points.point(*[before] * taken) for taken, _ in ways]
            for number, (_, inner) in enumerate(ways):
                if inner is not None:
                    ends[number] = _add(points, inner, ends[number], shape)
            return points.point(*ends)
        case _Cycle():
            return _add_cycle(points, node, found, before, shape)
        case _Goto(label):
            return points.jump(before, points.label(label))
        case _Leave(again):
            if not points.loops:  # an error, told elsewhere: it leads nowhere
                return points.point()
            test, after = points.loops[-1]
            return points.jump(before, test if again else after)
        case _Return(passes):
            if passes:
                points.returned.append(before)
            return points.point()
        case _:
            assert_never(found)


def _add_cycle(points: _Points, node: S, cycle: _Cycle[S], before: int, shape: Callable[[S], _Shape[S]]) -> int:
    test, head, after = points.point(), points.point(), points.point()
    points.ways[before].append(test if cycle.test_first else head)
    if cycle.again:
        points.ways[test].append(head)
    if cycle.ends:
        points.ways[test].append(after)
    points.loops.append((test, after))
    points.ways[_add(points, cycle.body, head, shape)].append(test)
    points.loops.pop()
    points.place[id(node)] = points.point(before, test) if cycle.entered else test
    return after


def _written(node: ast.Stmt) -> _Shape[ast.Stmt]:
    """The shape of a statement as written."""
    match node:
        case ast.Simple():
            return _PASSES
        case ast.Block(statements):
            return _Sequence(statements)
        case ast.Labelled(label, statement):
            return _Mark(label, statement)
        case ast.If(_, then, otherwise):
            return _Fork(((True, then), (True, otherwise)))
        case ast.While(condition, body):
            return _Cycle(body, True, not _is(condition, False), not _is(condition, True))
        case ast.DoWhile(body, condition):
            return _Cycle(body, False, not _is(condition, False), not _is(condition, True))
        case ast.Loop(body):
            return _Cycle(body, True, ends=False)
        case ast.For(_, _, body):
            return _Cycle(body, True)
        case ast.Goto(label):
            return _Goto(label)
        case ast.Break() | ast.Continue():
            return _Leave(isinstance(node, ast.Continue))
        case ast.Return():
            return _Return()
        case ast.When(branches):
            return _Fork(tuple((True, branch.body) for branch in branches))
        case ast.Atomic(_, block):
            return _Sequence((block,))
        case ast.Choose(blocks):
            return _Fork(tuple((True, block) for block in blocks))
        case _:
            assert_never(node)


def _resolved(node: typed.Stmt, completion: Completion) -> _Shape[typed.Stmt]:
    """The shape of a resolved statement. ``completion``: what is known of the calls in it."""
    match node:
        case typed.Simple():
            return _PASSES if completion.statement(node) else _STAYS
        case typed.Block(_, statements):
            return _Sequence(statements)
        case typed.Labelled(label, statement):
            return _Mark(label, statement)
        case typed.If(condition, then, otherwise):
            outcomes = completion.outcomes(condition)
            return _Fork(((True in outcomes, then), (False in outcomes, otherwise)))
        case typed.Loop(condition, test_first, _, body):
            if condition is None:
                return _Cycle(body, True, ends=False)
            outcomes = completion.outcomes(condition)
            return _Cycle(body, test_first, True in outcomes, False in outcomes)
        case typed.For(_, domain, body):
            # The test comes after the body, unless there may be no value at all.
            return _Cycle(body, _may_be_empty(domain), entered=True)
        case typed.Goto(label):
            return _Goto(label)
        case typed.Break() | typed.Continue():
            return _Leave(isinstance(node, typed.Continue))
        case typed.Return(value):
            return _Return(value is None or completion.completes(value))
        case typed.When(branches):
            return _Fork(tuple((True, branch.body) for branch in branches))
        case typed.Atomic(_, block):
            return _Sequence((block,))
        case typed.Choose(blocks):
            return _Fork(tuple((True, block) for block in blocks))
        case _:
            assert_never(node)


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
    return isinstance(condition, ast.BoolLit | ast.IntLit) and bool(condition.value) is value
