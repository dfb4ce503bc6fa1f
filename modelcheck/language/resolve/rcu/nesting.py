"""How deep sections can nest: so many levels are kept of each part of a domain, and none where they do not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from modelcheck.language.syntax import ast
from modelcheck.language.syntax.trees import below

#: Deeper than this is not told apart: a loop that enters and does not leave.
DEEPEST = 8
_NOWHERE = -1


def deepest(
    roots: Iterable[ast.ProcessDecl],
    codes: Mapping[str, ast.InlineDecl | ast.CallbackDecl],
    changes: Mapping[str, int],
    asked: str = "",
) -> tuple[int, int]:
    """Return in how many sections at once a process can be, ``DEEPEST`` at most; and in how many where it calls
    ``asked``.

    ``changes``: the calls that enter one (1) and leave one (-1). Each condition is taken both ways.
    """
    walk = _Walk(codes, changes, asked)
    for root in roots:
        walk.code(root.name, root.body, 0)
    return walk.most, walk.there


class _Walk:
    """Follows the depth through code: at each place the greatest that it can have there."""

    def __init__(
        self, codes: Mapping[str, ast.InlineDecl | ast.CallbackDecl], changes: Mapping[str, int], asked: str
    ) -> None:
        self.codes, self.changes, self.asked = codes, changes, asked
        self.most = self.there = 0
        self._known: dict[tuple[str, int], int] = {}

    def code(self, name: str, body: ast.Block, depth: int) -> int:
        """The depth after a body that begins at ``depth``; -1 if it never ends."""
        key = (name, depth)
        if key not in self._known:
            self._known[key] = depth  # code that calls itself is refused elsewhere
            self._known[key] = _Body(self).run(body, depth)
        return self._known[key]

    def expression(self, node: object, depth: int) -> int:
        """The depth after the calls in an expression."""
        for part in below(node):
            if isinstance(part, ast.Call) and depth != _NOWHERE:
                callee = self.codes.get(part.name)
                if part.name == self.asked:
                    self.there = max(self.there, depth)
                if part.name in self.changes:
                    depth = min(max(depth + self.changes[part.name], 0), DEEPEST)
                    self.most = max(self.most, depth)
                elif callee is not None:
                    depth = self.code(part.name, callee.body, depth)
        return depth


class _Body:
    """One body at one depth."""

    def __init__(self, walk: _Walk) -> None:
        self.walk = walk
        self.labels: dict[str, int] = {}
        self.returned = _NOWHERE
        self.broken: list[int] = []
        self.continued: list[int] = []
        self.changed = True

    def run(self, body: ast.Block, depth: int) -> int:
        """The depth after the body. Backward jumps are followed until nothing changes."""
        while self.changed:
            self.changed = False
            end = self.statement(body, depth)
            self.returned = max(self.returned, end)
        return self.returned

    def statement(self, node: ast.Stmt, depth: int) -> int:
        """The depth after a statement that is reached at ``depth`` (-1: it is not)."""
        match node:
            case ast.Block(statements):
                for part in statements:
                    depth = self.statement(part, depth)
                return depth
            case ast.Labelled(label, statement):
                return self.statement(statement, max(depth, self.labels.get(label, _NOWHERE)))
            case ast.Goto(label):
                if depth > self.labels.get(label, _NOWHERE):
                    self.labels[label] = depth
                    self.changed = True
                return _NOWHERE
            case ast.Return(value):
                self.returned = max(self.returned, self.walk.expression(value, depth))
                return _NOWHERE
            case ast.Break() | ast.Continue():
                jumps = self.broken if isinstance(node, ast.Break) else self.continued
                if jumps:
                    jumps[-1] = max(jumps[-1], depth)
                return _NOWHERE
            case ast.If(condition, then, otherwise):
                depth = self.walk.expression(condition, depth)
                found = self.statement(then, depth)
                return max(found, depth if otherwise is None else self.statement(otherwise, depth))
            case ast.While(condition, body):
                return self._loop((condition,), body, depth)
            case ast.DoWhile(body, condition):
                return self._loop((condition,), body, depth)
            case ast.Loop(body):
                return self._loop((), body, depth, left=False)
            case ast.For(_, domain, body):
                return self._loop((domain,), body, depth)
            case ast.When(branches):
                return max(self._branch((b.guard,), b.body, depth) for b in branches)
            case ast.Atomic(guard, body):
                return self.statement(body, self.walk.expression(guard, depth))
            case ast.Choose(branches):
                return max(self.statement(branch, depth) for branch in branches)
            case (
                ast.LocalDecl()
                | ast.Assign()
                | ast.CompoundAssign()
                | ast.ExprStmt()
                | ast.PickStmt()
                | ast.Emit()
                | ast.Assert()
                | ast.Empty()
            ):
                return self.walk.expression(node, depth)
            case _:
                assert_never(node)

    def _branch(self, first: tuple[ast.Expr, ...], body: ast.Stmt | None, depth: int) -> int:
        depth = self.walk.expression(first, depth)
        return depth if body is None else self.statement(body, depth)

    def _loop(self, tested: tuple[ast.Expr, ...], body: ast.Stmt, depth: int, *, left: bool = True) -> int:
        """A loop is gone round until the depth at its head stays. ``left``: its condition may end it."""
        self.broken.append(_NOWHERE)
        self.continued.append(_NOWHERE)
        head = depth
        while True:
            end = self.statement(body, self.walk.expression(tested, head))
            after = max(end, self.continued[-1])
            if after <= head:
                break
            head = after
        self.continued.pop()
        ended = self.walk.expression(tested, head) if left else _NOWHERE
        return max(ended, self.broken.pop())
