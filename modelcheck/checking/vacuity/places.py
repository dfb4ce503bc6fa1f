"""The places of a model's program, and which of them nothing that was executed is in."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import assert_never

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model import typed
from modelcheck.model.trees import below


class PlaceKind(Enum):
    STATEMENT = "statement"
    BRANCH = "branch"  # of ``if``, ``choose``, a loop: its body
    GUARD = "guard"  # waits until a condition holds
    PROVIDED = "provided"  # a process that runs only while a condition holds


@dataclass(frozen=True, slots=True)
class Place:
    """A statement, or a branch. ``owner``: the process or inline. ``block`` and ``index``: where it
    stands among its neighbours. ``labels``: its own, and those around and inside it. ``condition``:
    what has to hold for it, as far as that is written down."""

    kind: PlaceKind
    owner: str
    span: Span
    block: Span
    index: int
    labels: tuple[str, ...]
    condition: Span | None = None


class Passed:
    """Places that executed code was at."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._files: dict[str, list[tuple[int, int]]] = {}
        for span in spans:
            self._files.setdefault(span.source.path, []).append((span.start, span.end))
        for found in self._files.values():
            found.sort()

    def inside(self, span: Span) -> bool:
        """Whether executed code was at some place inside this one."""
        found = self._files.get(span.source.path, [])
        for index in range(bisect_left(found, (span.start, 0)), len(found)):
            start, end = found[index]
            if start >= span.end:
                return False
            if end <= span.end:
                return True
        return False


@dataclass(frozen=True, slots=True)
class Program:
    """``places``: outer ones before what is inside them; ``processes``: the names of those that
    run; ``calls``: for each inline the places that call it.
    """

    places: tuple[Place, ...]
    processes: frozenset[str]
    calls: Mapping[str, tuple[Span, ...]]


def program_of(model: typed.Model) -> Program:
    """Return the places of the processes that run and of the inlines that they can call."""
    found: list[Place] = []
    calls: dict[str, list[Span]] = {}
    waiting: list[str] = []

    def walk(owner: str, body: typed.Block) -> list[Place]:
        walked = _Walk(owner)
        walked.block(body, ())
        for name, span in walked.calls:
            if name not in calls:
                waiting.append(name)
            calls.setdefault(name, []).append(span)
        return walked.places

    processes = [process for process in model.processes if process.count != 0]
    for process in processes:
        places = walk(process.name, process.body)
        if process.provided is not None and places:
            first = places[0]
            condition = process.provided.span
            places[0] = Place(PlaceKind.PROVIDED, first.owner, first.span, first.block, 0, first.labels, condition)
        found += places
    bodies = {inline.name: inline.body for inline in model.inlines}
    while waiting:
        name = waiting.pop()
        found += walk(name, bodies[name])
    return Program(tuple(found), frozenset(p.name for p in processes), {name: tuple(x) for name, x in calls.items()})


def never_passed(program: Program, passed: Passed) -> list[Place]:
    """Return the places that no executed code was in. Of an inline that was never entered, nothing
    (its calls are never passed), unless it was called and its first statement never got through."""
    entered = {place.owner for place in program.places if passed.inside(place.span)} | program.processes
    called = {name for name, spans in program.calls.items() if any(passed.inside(span) for span in spans)}
    found: list[Place] = []
    stopped: set[str] = set()
    for place in program.places:
        if passed.inside(place.span):
            continue
        if place.owner not in entered:
            if place.owner not in called or place.owner in stopped:
                continue
            stopped.add(place.owner)
        found.append(place)
    return found


class _Walk:
    """Collects places in the order of the program, and the names of the inlines that are called.

    A place comes before what is inside it.
    """

    def __init__(self, owner: str) -> None:
        self.places: list[Place] = []
        self.calls: list[tuple[str, Span]] = []
        self._owner = owner

    def block(self, block: typed.Block, around: tuple[str, ...]) -> tuple[str, ...]:
        """Return the labels in the block."""
        inside: list[str] = []
        for index, statement in enumerate(block.statements):
            inside += self._statement(statement, block.span, index, around)
        return tuple(inside)

    def _add(
        self,
        kind: PlaceKind,
        span: Span,
        block: Span,
        index: int,
        labels: tuple[str, ...],
        condition: Span | None = None,
    ) -> int:
        self.places.append(Place(kind, self._owner, span, block, index, labels, condition))
        return len(self.places) - 1

    def _inside(self, number: int, labels: tuple[str, ...]) -> tuple[str, ...]:
        """Add labels that were found inside to a place; return them."""
        if labels:
            p = self.places[number]
            self.places[number] = Place(p.kind, p.owner, p.span, p.block, p.index, (*p.labels, *labels), p.condition)
        return labels

    def _statement(self, s: typed.Stmt, block: Span, index: int, around: tuple[str, ...]) -> tuple[str, ...]:
        labels: tuple[str, ...] = ()
        match s:
            case typed.Block():
                return self.block(s, around)
            case typed.Labelled(label, inner):
                return (label, *self._statement(inner, block, index, (*around, label)))
            case typed.Empty():
                return ()
            case typed.Evaluate(typed.Constant()):
                return ()
            case typed.If(condition, then, otherwise, span):
                self._called(condition)
                number = self._add(PlaceKind.STATEMENT, span, block, index, around)
                labels = self._branch(then, span, 0, around, condition.span)
                if otherwise is not None:
                    labels += self._branch(otherwise, span, 1, around, None)
                return self._inside(number, labels)
            case typed.Loop(condition, _, _, body, span):
                self._called(condition)
                number = self._add(PlaceKind.STATEMENT, span, block, index, around)
                tested = None if condition is None else condition.span
                return self._inside(number, self._branch(body, span, 0, around, tested))
            case typed.For(_, _, body, span):
                number = self._add(PlaceKind.STATEMENT, span, block, index, around)
                return self._inside(number, self._branch(body, span, 0, around, None))
            case typed.When(branches, span):
                guard = branches[0].guard.span if len(branches) == 1 else None
                number = self._add(PlaceKind.GUARD, span, block, index, around, guard)
                for position, branch in enumerate(branches):
                    self._called(branch.guard)
                    alternative = -1
                    if len(branches) > 1:
                        alternative = self._add(
                            PlaceKind.GUARD, branch.span, span, 2 * position, around, branch.guard.span
                        )
                    if branch.body is not None:
                        below = self._statement(branch.body, branch.span, 0, around)
                        labels += self._inside(alternative, below) if alternative >= 0 else below
                return self._inside(number, labels)
            case typed.Atomic(guard_expression, body, span):
                self._called(guard_expression)
                waits = guard_expression is not None or _waits(body)
                tested = None if guard_expression is None else guard_expression.span
                kind = PlaceKind.GUARD if waits else PlaceKind.STATEMENT
                number = self._add(kind, span, block, index, around, tested)
                return self._inside(number, self.block(body, around))
            case typed.Choose(branches, span):
                number = self._add(PlaceKind.STATEMENT, span, block, index, around)
                for position, chosen in enumerate(branches):
                    labels += self._branch(chosen, span, 2 * position, around, None)
                return self._inside(number, labels)
            case (
                typed.Assign(span=span)
                | typed.CompoundAssign(span=span)
                | typed.Evaluate(span=span)
                | typed.Goto(span=span)
                | typed.Break(span=span)
                | typed.Continue(span=span)
                | typed.Return(span=span)
                | typed.Pick(span=span)
                | typed.Emit(span=span)
                | typed.Assert(span=span)
                | typed.Free(span=span)
                | typed.Touch(span=span)
            ):
                self._called(s)
                self._add(PlaceKind.STATEMENT, span, block, index, around)
                return ()
            case _:
                assert_never(s)

    def _branch(
        self, body: typed.Stmt, statement: Span, index: int, around: tuple[str, ...], condition: Span | None
    ) -> tuple[str, ...]:
        """A body that may never be entered; an empty one has no place.

        Branches are no neighbours, so their indices are two apart.
        """
        if not any(True for _ in _code(body)):
            return ()
        number = self._add(PlaceKind.BRANCH, body.span, statement, 2 * index, around, condition)
        return self._inside(number, self._statement(body, body.span, 0, around))

    def _called(self, node: object) -> None:
        """Note which inlines an expression (or a statement without others inside) calls."""
        for part in below(node):
            if isinstance(part, typed.CallExpr):
                self.calls.append((part.inline, part.span))


def _code(s: typed.Stmt) -> Iterator[typed.Stmt]:
    """The statements that do something, if only a jump."""
    match s:
        case typed.Block(_, statements):
            for statement in statements:
                yield from _code(statement)
        case typed.Labelled(_, inner):
            yield from _code(inner)
        case typed.Empty() | typed.Evaluate(typed.Constant()):
            return
        case (
            typed.Assign()
            | typed.CompoundAssign()
            | typed.Evaluate()
            | typed.If()
            | typed.Loop()
            | typed.For()
            | typed.Jump()
            | typed.When()
            | typed.Atomic()
            | typed.Choose()
            | typed.Pick()
            | typed.Emit()
            | typed.Assert()
            | typed.Free()
            | typed.Touch()
        ):
            yield s
        case _:
            assert_never(s)


def _waits(body: typed.Block) -> bool:
    """Whether the first statement of an atomic block is one that waits."""
    first = next(_code(body), None)
    return isinstance(first, typed.When) or (isinstance(first, typed.Atomic) and first.guard is not None)
