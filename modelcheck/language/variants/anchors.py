"""Edits at labels: finding the labelled statement and changing the list it stands in."""

from __future__ import annotations

from collections.abc import Callable

from modelcheck.ground.records import dataclass
from modelcheck.language.syntax import ast
from modelcheck.language.variants.bodies import Statements, labels_in, lists_in, peel, rewrite, with_labels

START, END = "_start", "_end"


@dataclass(frozen=True, slots=True)
class AnchorProblem:
    """Why an anchor cannot be used: ``missing`` (the label), ``repeated`` (the label), ``order``,
    ``blocks`` or ``place``.
    """

    kind: str
    label: str


def check(body: ast.Block, first: str, last: str | None) -> AnchorProblem | None:
    """Say what is wrong with an anchor ``first`` or ``first..last`` in this body; None if it is fine."""
    present = list(labels_in(body.statements))
    for label in (first, last):
        if label is None or label in (START, END):
            continue
        if label not in present:
            return AnchorProblem("missing", label)
        if present.count(label) > 1:
            return AnchorProblem("repeated", label)
    if last is not None:
        if first == END or last == START:
            return AnchorProblem("order", first)
        bounds = [_bounds(statements, first, last, body) for statements in lists_in(body)]
        found = [pair for pair in bounds if pair is not None]
        if not found:
            return AnchorProblem("blocks", last)
        if found[0][0] > found[0][1]:
            return AnchorProblem("order", first)
    return None


def covered_labels(body: ast.Block, first: str, last: str | None) -> tuple[str, ...]:
    """Labels on and inside the statement or range (the anchor must have passed ``check``)."""
    for statements in lists_in(body):
        bounds = _bounds(statements, first, last if last is not None else first, body)
        if bounds is not None:
            return tuple(labels_in(statements[bounds[0] : bounds[1] + 1]))
    return ()


def own_labels(body: ast.Block, label: str) -> tuple[str, ...]:
    """All labels of the statement that has ``label``; none for ``_start`` and ``_end``."""
    for statements in lists_in(body):
        index = _index(statements, label)
        if index is not None:
            return peel(statements[index]).labels
    return ()


def siblings(body: ast.Block, label: str) -> Statements:
    """The statements of the block that the statement with ``label`` stands in, from that one on."""
    for statements in lists_in(body):
        index = _index(statements, label)
        if index is not None:
            return statements[index:]
    return ()


def follows_a_jump(body: ast.Block, label: str) -> bool:
    """Whether code inserted after the labelled statement (or at the end) comes after a jump, so
    that control never gets there.
    """
    for statements in lists_in(body):
        if label == END:
            return bool(statements) and isinstance(peel(statements[-1]).statement, _JUMPS)
        for statement in statements:
            peeled = peel(statement)
            if label in peeled.labels:
                return isinstance(peeled.statement, _JUMPS)
    return False


_JUMPS = (ast.Goto, ast.Break, ast.Continue, ast.Return)


def insert_before(body: ast.Block, label: str, new: Statements) -> ast.Block:
    """Insert between the previous statement and the label."""
    if label == START:
        return _at_start(body, new)
    if label == END:
        return _at_end(body, new)

    def edit(element: ast.Stmt) -> Statements:
        peeled = peel(element)
        cut = peeled.labels.index(label)
        outer, inner = peeled.labels[:cut], peeled.labels[cut:]
        # In `a: L: s` the code goes between a and L, so a moves to it.
        moved = (with_labels(outer, new[0]), *new[1:]) if outer else new
        return (*moved, with_labels(inner, peeled.statement))

    return _edit_element(body, label, edit) if new else body


def insert_after(body: ast.Block, label: str, new: Statements) -> ast.Block:
    """Insert directly after the labelled statement."""
    if label == START:
        return _at_start(body, new)
    if label == END:
        return _at_end(body, new)
    return _edit_element(body, label, lambda element: (element, *new))


def replace_range(body: ast.Block, first: str, last: str | None, new: Statements) -> ast.Block:
    """Replace the statement(s); the labels of the first one stay, on the first new statement or on an empty one."""

    def edit(statements: Statements) -> Statements | None:
        bounds = _bounds(statements, first, last if last is not None else first, body)
        if bounds is None:
            return None
        low, high = bounds
        labels = peel(statements[low]).labels
        rest = new if new or not labels else (ast.Empty(statements[low].span),)
        labelled = (with_labels(labels, rest[0]), *rest[1:]) if rest else ()
        return (*statements[:low], *labelled, *statements[high + 1 :])

    return rewrite(body, edit)


def _bounds(statements: Statements, first: str, last: str, body: ast.Block) -> tuple[int, int] | None:
    """Indices of the range in this list, or None if its ends are not both here.

    ``_start``/``_end`` are ends of the outermost list.
    """
    outermost = statements is body.statements
    low = _start_index(statements) if first == START and outermost else _index(statements, first)
    high = len(statements) - 1 if last == END and outermost else _index(statements, last)
    return None if low is None or high is None else (low, high)


def _index(statements: Statements, label: str) -> int | None:
    for index, statement in enumerate(statements):
        if label in peel(statement).labels:
            return index
    return None


def _start_index(statements: Statements) -> int:
    """Where code begins: after the declarations without a value that open the body, so that inserted code sees them."""
    for index, statement in enumerate(statements):
        if not (isinstance(statement, ast.LocalDecl) and statement.value is None):
            return index
    return len(statements)


def _at_start(body: ast.Block, new: Statements) -> ast.Block:
    index = _start_index(body.statements)
    return ast.Block((*body.statements[:index], *new, *body.statements[index:]), body.span)


def _at_end(body: ast.Block, new: Statements) -> ast.Block:
    return ast.Block((*body.statements, *new), body.span)


def _edit_element(body: ast.Block, label: str, edit: Callable[[ast.Stmt], Statements]) -> ast.Block:
    def edit_list(statements: Statements) -> Statements | None:
        index = _index(statements, label)
        if index is None:
            return None
        return (*statements[:index], *edit(statements[index]), *statements[index + 1 :])

    return rewrite(body, edit_list)
