"""What stands in the text of a spec and its variants: labels, branches, who runs, which params scenarios set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from modelcheck.ground.source import Span
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.trees import below


def every_scenario_sets(spec: ast.Spec, param: str) -> bool:
    """Whether each scenario of a spec and its variants, or one that it inherits from, gives a param a value."""
    edited = [
        e.item
        for v in spec.items
        if isinstance(v, ast.VariantDecl)
        for e in v.edits
        if isinstance(e, ast.AddEdit | ast.OverrideEdit)
    ]
    scenarios = [item for item in (*spec.items, *edited) if isinstance(item, ast.ScenarioDecl)]
    sets = {s.name for s in scenarios if any(isinstance(c, ast.SetParam) and c.name == param for c in s.clauses)}
    if any(
        s.name in sets and not any(isinstance(c, ast.SetParam) and c.name == param for c in s.clauses)
        for s in scenarios
    ):
        return False  # a variant's scenario of that name does not
    parents = {s.name: s.parents for s in scenarios}

    def given(name: str) -> bool:
        return name in sets or any(given(parent) for parent in parents.get(name, ()))

    return bool(scenarios) and all(given(s.name) for s in scenarios)


def branches(body: ast.Block) -> Iterator[tuple[ast.Stmt, Span]]:
    """What stands behind a condition or domain, with it."""
    for node in below(body):
        if isinstance(node, ast.If):
            yield node.then, node.condition.span
            if node.otherwise is not None:
                yield node.otherwise, node.condition.span
        elif isinstance(node, ast.For):
            yield node.body, node.domain.span
        elif isinstance(node, ast.While):
            yield node.body, node.condition.span


def does_something(node: ast.Stmt) -> bool:
    """Whether there is more in a body than declarations and labels."""
    match node:
        case ast.Block(statements=statements):
            return any(does_something(s) for s in statements)
        case ast.Labelled(statement=statement):
            return does_something(statement)
        case ast.Jump() | ast.Simple() | ast.If() | ast.While() | ast.DoWhile() | ast.Loop() | ast.For():
            return isinstance(node, ast.Assign | ast.CompoundAssign | ast.Emit | ast.Goto | ast.Return)
        case ast.When():
            return True
        case ast.Atomic() | ast.Choose():
            return False
        case _:
            assert_never(node)


def run_by(spec: ast.Spec, scenarios: Sequence[str]) -> frozenset[str]:
    """The processes that these scenarios (or those that they inherit from) run."""
    known = {item.name: item for item in spec.items if isinstance(item, ast.ScenarioDecl)}
    waiting, seen, found = list(scenarios), set[str](), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in known:
            continue
        seen.add(name)
        waiting += known[name].parents
        for clause in known[name].clauses:
            if isinstance(clause, ast.RunClause):
                found.update(entry.process for entry in clause.entries)
    return frozenset(found)


def labelled(spec: ast.Spec, label: str) -> list[tuple[str, Span]]:
    """Return the statements with a label, each with the process or inline that it is in."""
    return [(owner, s.span) for owner, s in labelled_in(spec) if s.label == label]


def labels_of(spec: ast.Spec) -> list[tuple[str, str]]:
    """Return the labels of a spec and its variants, each with its process or inline (an empty name inside an edit)."""
    return [(owner, s.label) for owner, s in labelled_in(spec)]


def labelled_in(spec: ast.Spec) -> Iterator[tuple[str, ast.Labelled]]:
    for item in spec.items:
        if isinstance(item, ast.VariantDecl):
            for edit in item.edits:
                anchor = getattr(edit, "anchor", None)
                owner = (
                    anchor.owner if isinstance(anchor, ast.Anchor) else getattr(getattr(edit, "item", None), "name", "")
                )
                yield from ((owner, s) for s in labelled_below(edit))
        else:
            yield from ((getattr(item, "name", ""), s) for s in labelled_below(item))


def labelled_below(node: object) -> Iterator[ast.Labelled]:
    return (part for part in below(node) if isinstance(part, ast.Labelled))
