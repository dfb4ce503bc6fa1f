"""Labels named in properties: ``reclaim::del``, ``reclaim::remove_mapping/frz``,
``remove_mapping::frz``, ``reader[0]::use``.
"""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.ground.diagnostics import Note
from modelcheck.ground.suggest import did_you_mean, name_in, rename
from modelcheck.language.resolve.code import expressions
from modelcheck.language.resolve.names import labels
from modelcheck.language.resolve.names.declarations import Declarations
from modelcheck.language.resolve.names.scope import Context
from modelcheck.language.resolve.types.compatibility import describe, is_number
from modelcheck.language.resolve.types.conversion import coerce
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.trees import below
from modelcheck.model import typed


def resolve_label(
    declarations: Declarations, node: ast.LabelPath, context: Context, variant: str | None = None
) -> typed.LabelRef:
    """Return the label that ``node`` names. It must exist in the spec, though not in this scenario.

    The code of a ``variant`` (None: the base) may lack a label that a property of the base names:
    then nobody ever gets there, which is worth a hint. Raises ``UnresolvedError`` after reporting.
    """
    process = declarations.processes.get(node.owner)
    if process is None and node.owner not in declarations.functions:
        candidates = [*declarations.processes, *declarations.functions]
        message = f"there is no process or inline `{node.owner}`"
        context.fail_missing("MC112", message, node.owner, candidates, node.span)
    replica = None
    if node.replica is not None:
        if process is None:
            context.fail("MC119", f"`{node.owner}` is an inline: it has no instances", node.span)
        replica = instance(context, node.owner, node.replica)
    inline = _innermost(declarations, node, context, process is not None)
    _note_uses(declarations, node, context, inline)
    owner = node.owner if inline is None else inline
    body = process.body if inline is None and process is not None else declarations.functions[owner].body
    known = list(_labels(body))
    if node.label not in known:
        if variant is None:
            _missing(declarations, node, context, owner, known)
        message = f"`{owner}` has no label `{node.label}` in variant `{variant}`: what names it does not apply there"
        context.bag.hint("MC119", message, node.span)
    return typed.LabelRef(
        node.owner if process is not None else None, replica, node.path, inline, node.label, node.span
    )


def _note_uses(declarations: Declarations, node: ast.LabelPath, context: Context, inline: str | None) -> None:
    """Note where the parts of a label path stand, for editors."""
    uses = context.table.uses
    if uses is None:
        return
    behind = name_in(node.span, node.owner)
    note = uses.use_type if node.owner in declarations.processes else uses.use_function
    note(node.owner, node.span)
    owner = node.owner
    for part in node.path:
        if part in declarations.functions:
            uses.use_function(part, node.span, behind)
            owner = part
        else:
            uses.use_label(part, owner, node.span, behind)
        behind = name_in(node.span, part, behind)
    uses.use_label(node.label, node.owner if inline is None else inline, node.span, behind)


def instance(context: Context, process: str, node: ast.Expr) -> typed.Expr:
    """Return the instance of a class that a property names: an identity of the class, or a constant instance number."""
    type = context.table.process_type(process)
    found = expressions.scalar(context, node, type)
    if isinstance(found, typed.Constant) and is_number(found.type) and isinstance(type, typed.ProcType):
        assert isinstance(found.value, int)
        if not 0 <= found.value < type.size and context.table.process_count(process):
            message = f"this scenario runs {type.size} of `{process}`: there is no number {found.value}"
            context.fail("MC204", message, node.span)
        return typed.Constant(found.value, type, node.span)
    return coerce(context, found, type, node, f"an instance of `{process}` ({describe(type)})")


def _innermost(declarations: Declarations, node: ast.LabelPath, context: Context, process: bool) -> str | None:
    """Return the inline whose body holds the label, None for the process itself."""
    if not node.path:
        return None if process else node.owner
    for part in node.path:
        if part not in declarations.functions and not any(part in _labels(body) for body in _bodies(declarations)):
            message = f"`{part}` is neither an inline nor a label of a call"
            behind = name_in(node.span, node.owner)
            context.fail_missing("MC119", message, part, declarations.functions, node.span, behind)
    last = node.path[-1]
    if last in declarations.functions:
        return last
    called = {name for body in _bodies(declarations) for name in _called_at(body, last)}
    holders = [
        name
        for name in declarations.functions
        if name in called and node.label in _labels(declarations.functions[name].body)
    ]
    if len(holders) == 1:
        return holders[0]
    if not holders:
        context.fail("MC119", f"no inline called at `{last}` has a label `{node.label}`", node.span)
    options = ", ".join(f"`{last}/{name}/{node.label}`" for name in holders)
    context.fail("MC119", f"several inlines called at `{last}` have a label `{node.label}`: {options}", node.span)


def _missing(declarations: Declarations, node: ast.LabelPath, context: Context, owner: str, known: list[str]) -> None:
    elsewhere = [name for name, f in declarations.functions.items() if node.label in _labels(f.body)]
    notes = []
    if elsewhere:
        notes.append(Note(f"`{elsewhere[0]}` has one: write `{node.owner}::{elsewhere[0]}/{node.label}`"))
    elif node.label in declarations.processes:
        notes.append(Note("a process is no label"))
    message = f"`{owner}` has no label `{node.label}`{did_you_mean(node.label, known)}"
    where = node.span
    for index, part in enumerate((node.owner, *node.path, node.label)):
        where = name_in(node.span, part, behind=where if index else None)
    context.fail("MC119", message, where, notes, () if notes else rename(node.label, known, where))


def _bodies(declarations: Declarations) -> Iterator[ast.Block]:
    for process in declarations.processes.values():
        yield process.body
    for function in declarations.functions.values():
        yield function.body


def _labels(body: ast.Block) -> Iterator[str]:
    return (node.label for node in labels.statements_of(body) if isinstance(node, ast.Labelled))


def _called_at(body: ast.Block, label: str) -> set[str]:
    """Return the names called by the statement labelled ``label`` itself (not by those inside it)."""
    found: set[str] = set()
    for node in labels.statements_of(body):
        if isinstance(node, ast.Labelled) and node.label == label:
            inner = set(map(id, labels.children(node.statement)))
            found |= called_names(node.statement, inner)
    return found


def called_names(node: object, skip: set[int]) -> set[str]:
    """Return all names that are called anywhere below a node, except below those with an id in ``skip``."""
    return {part.name for part in below(node, without=skip) if isinstance(part, ast.Call)}
