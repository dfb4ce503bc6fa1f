"""Who tells the kinds of tree nodes apart names them all: a new kind is a type error there
(``assert_never``), not a silent default.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import modelcheck

ROOT = Path(modelcheck.__file__).parent

#: What holds the trees, and what stands for them in patterns.
TREES = {
    "modelcheck.model": ("typed", "types", "locks", "expressions", "statements", "properties", "model"),
    "modelcheck.language.syntax": ("ast",),
    "modelcheck.language.syntax.ast": ("types", "expressions", "statements", "declarations", "properties", "variants"),
}

#: The defaults that may be silent, each with a reason beside it in the code.
SILENT = {"language/syntax/parser/build_items.py: member"}


def tree_names(tree: ast.Module) -> set[str]:
    """How a module calls the modules of the trees, and the kinds of nodes that it imports by name."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in TREES:
            found |= {alias.asname or alias.name for alias in node.names if alias.name in TREES[node.module]}
        elif isinstance(node, ast.ImportFrom) and any(node.module == f"{p}.{m}" for p, ms in TREES.items() for m in ms):
            found |= {alias.asname or alias.name for alias in node.names}
    return found


def kinds(pattern: ast.pattern) -> Iterator[str]:
    """The names that a pattern of a case begins with, one for each alternative."""
    match pattern:
        case ast.MatchOr(patterns):
            for part in patterns:
                yield from kinds(part)
        case ast.MatchClass(cls):
            yield ast.unparse(cls).split(".")[0]
        case ast.MatchValue(value):
            yield ast.unparse(value).split(".")[0]
        case ast.MatchAs(ast.pattern() as inner):
            yield from kinds(inner)
        case _:
            return


def is_silent(case: ast.match_case) -> bool:
    """Whether a case takes whatever is left, and neither fails nor has the type checker see that nothing is left."""
    if not isinstance(case.pattern, ast.MatchAs) or case.pattern.pattern is not None or case.guard is not None:
        return False
    last = case.body[-1]
    return not isinstance(last, ast.Raise) and "assert_never" not in ast.unparse(last)


def silent_defaults() -> Iterator[str]:
    for path in sorted(ROOT.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = tree_names(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Match) and is_silent(node.cases[-1]):
                told_apart = {name for case in node.cases for name in kinds(case.pattern)}
                if told_apart & names:
                    yield f"{path.relative_to(ROOT)}: {ast.unparse(node.subject)}"


def test_no_match_over_tree_nodes_ends_in_a_silent_default() -> None:
    assert sorted(silent_defaults()) == sorted(SILENT)
