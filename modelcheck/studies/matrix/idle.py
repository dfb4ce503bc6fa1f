"""What a spec says and no scenario uses: a green cell says nothing about code that never runs."""

from __future__ import annotations

from modelcheck.ground.diagnostics import DiagnosticBag
from modelcheck.language.syntax import ast


def edited_items(spec: ast.Spec, *kinds: type[ast.AddEdit] | type[ast.OverrideEdit]) -> tuple[ast.Item, ...]:
    """Return the items that edits of these kinds bring in, of all variants."""
    edits = (edit for item in spec.items if isinstance(item, ast.VariantDecl) for edit in item.edits)
    return tuple(edit.item for edit in edits if isinstance(edit, kinds))


def report_idle(spec: ast.Spec, bag: DiagnosticBag) -> None:
    """Warn (MC129) about processes that no scenario runs and init blocks that none begins with, with
    or without variants.

    Only what the file itself declares: of an imported one nobody has to use everything. A spec
    without scenarios runs all there is.
    """
    items = [*spec.items, *edited_items(spec, ast.AddEdit, ast.OverrideEdit)]
    clauses = [clause for item in items if isinstance(item, ast.ScenarioDecl) for clause in item.clauses]
    if not any(isinstance(item, ast.ScenarioDecl) for item in items):
        return
    run = {entry.process for clause in clauses if isinstance(clause, ast.RunClause) for entry in clause.entries}
    begun = {name for clause in clauses if isinstance(clause, ast.InitClause) for name in clause.names}
    for item in items:
        if item.span.source.path != spec.span.source.path:
            continue
        if isinstance(item, ast.ProcessDecl) and not item.server and item.name not in run:
            message = f"no scenario runs `{item.name}`: nothing that is found says anything about it"
            bag.warning("MC129", message, item.span)
        elif isinstance(item, ast.InitDecl) and item.name not in begun:
            message = f"no scenario begins with `{item.name}`: `init {item.name};` in a scenario does"
            bag.warning("MC129", message, item.span)
