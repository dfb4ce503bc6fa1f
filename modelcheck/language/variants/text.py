"""``replace { old } with { new }``: statements found by what they say instead of by a label."""

from __future__ import annotations

from modelcheck.language.syntax import ast
from modelcheck.language.variants.bodies import Statements, lists_in, peel, rewrite, with_labels


def _match_at(statements: Statements, index: int, old: Statements) -> bool:
    """Whether ``old`` stands at ``index``. Labels of the first statement may be left out in ``old``; they stay."""
    if index + len(old) > len(statements) or not old:
        return False
    first = statements[index]
    if first != old[0] and (isinstance(old[0], ast.Labelled) or peel(first).statement != old[0]):
        return False
    return all(statements[index + offset] == old[offset] for offset in range(1, len(old)))


def occurrences(body: ast.Block, old: Statements) -> list[Statements]:
    """Return the statements of every place in the body where ``old`` stands."""
    return [
        statements[index : index + len(old)]
        for statements in lists_in(body)
        for index in range(len(statements))
        if _match_at(statements, index, old)
    ]


def replace_text(body: ast.Block, old: Statements, new: Statements) -> ast.Block:
    """Replace the one occurrence of ``old``.

    Labels that ``old`` left out stay on the first new statement (or an empty one).
    """

    def edit(statements: Statements) -> Statements | None:
        for index in range(len(statements)):
            if _match_at(statements, index, old):
                first = statements[index]
                kept = () if isinstance(old[0], ast.Labelled) else peel(first).labels
                placed = new if new or not kept else (ast.Empty(first.span),)
                labelled = (with_labels(kept, placed[0]), *placed[1:]) if placed else ()
                return (*statements[:index], *labelled, *statements[index + len(old) :])
        return None

    return rewrite(body, edit)
