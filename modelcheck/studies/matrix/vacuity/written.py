"""What stands in the text of a spec and its variants: labels, branches, who runs, which params scenarios set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from modelcheck.ground.source import Span
from modelcheck.language.syntax import ast


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


def branches(node: object) -> Iterator[tuple[ast.Stmt, Span]]:
    """What stands behind a condition or domain, with it; nothing that is inside another one's."""
    match node:
        case ast.If(condition, then, otherwise):
            yield then, condition.span
            yield from branches(then)
            if otherwise is not None:
                yield otherwise, condition.span
                yield from branches(otherwise)
        case ast.For(domain=domain, body=body):
            yield body, domain.span
            yield from branches(body)
        case ast.While(condition=condition, body=body):
            yield body, condition.span
            yield from branches(body)
        case _:
            for name in getattr(type(node), "__slots__", ()):
                value = getattr(node, name)
                for part in value if isinstance(value, tuple) else (value,):
                    if type(part).__module__ == ast.__name__:
                        yield from branches(part)


def does_something(node: ast.Stmt) -> bool:
    """Whether there is more in a body than declarations and labels."""
    match node:
        case ast.Block(statements=statements):
            return any(does_something(s) for s in statements)
        case ast.Labelled(statement=statement):
            return does_something(statement)
        case _:
            return isinstance(node, ast.Assign | ast.CompoundAssign | ast.Emit | ast.Goto | ast.When | ast.Return)


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
    if isinstance(node, ast.Labelled):
        yield node
    for name in getattr(type(node), "__slots__", ()):
        value = getattr(node, name)
        for part in value if isinstance(value, tuple) else (value,):
            if type(part).__module__ == ast.__name__:
                yield from labelled_below(part)
