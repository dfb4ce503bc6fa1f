"""Names that stand outside of code: of variants and groups, in expectations, in what is allowed, and in
edits.

Each design tells of its own clauses: the base of those at top level, a variant of those that it
has, and of the edits that made it (those that it inherits, too). What an edit names is what it
meant when it was made. Parents of variants and members of groups are told in every design.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from modelcheck.ground.diagnostics import DiagnosticBag
from modelcheck.ground.source import Span
from modelcheck.ground.suggest import name_in
from modelcheck.language.resolve.names.declarations import Declarations
from modelcheck.language.resolve.names.kinds import Found, NameKind, constant_kind, function_kind, type_kind
from modelcheck.language.resolve.names.labels import statements_of
from modelcheck.language.syntax import ast
from modelcheck.language.variants.lineage import declared, lineage


def clause_names(spec: ast.Spec) -> Iterator[Found]:
    """What clauses declare that takes no part in a model: kind, owner, name, place of the name."""
    for item in spec.items:
        if isinstance(item, ast.VariantDecl):
            yield NameKind.VARIANT, "", item.name, name_in(item.span, item.name)
        elif isinstance(item, ast.GroupDecl):
            yield NameKind.GROUP, "", item.name, name_in(item.span, item.name)


def mentions(spec: ast.Spec, variant: str, declarations: Declarations) -> Iterator[Found]:
    """What the clauses of a design name: kind, owner, name, place. ``spec``: with the edits of the variant."""
    known = declared(spec)
    mentioned = _Mentions(declarations, {item.name for item in spec.items if isinstance(item, ast.GroupDecl)})
    for item in spec.items:
        if isinstance(item, ast.GroupDecl):
            yield from mentioned.scenarios(item.members, item.span, name_in(item.span, item.name))
        elif isinstance(item, ast.VariantDecl):
            for parent, place in _places(item.parents, item.span, name_in(item.span, item.name)):
                yield NameKind.VARIANT, "", parent, place
    if variant in known:
        own = known[variant]
        yield from mentioned.expectations((*own.expects, *own.allows))
        for member in lineage(own, known, DiagnosticBag()).order:
            for edit in member.edits:
                yield from mentioned.edit(edit)
    else:
        kinds = (ast.ExpectDecl, ast.ExpectSafeDecl, ast.AllowDecl)
        yield from mentioned.expectations(item for item in spec.items if isinstance(item, kinds))


def labels_written(spec: ast.Spec, variant: str) -> dict[tuple[str, str], Span]:
    """Where labels are written that the edits of a variant leave: by the body and the name of the label.

    A statement that an edit put behind a label does not show it. ``spec``: as loaded.
    """
    known = declared(spec)
    items = list(spec.items)
    if variant in known:
        for member in lineage(known[variant], known, DiagnosticBag()).order:
            items += [edit.item for edit in member.edits if isinstance(edit, ast.AddEdit | ast.OverrideEdit)]
    found: dict[tuple[str, str], Span] = {}
    for item in items:
        if isinstance(item, ast.ProcessDecl | ast.InlineDecl | ast.CallbackDecl):
            for node in statements_of(item.body):
                if isinstance(node, ast.Labelled):
                    found[item.name, node.label] = name_in(node.span, node.label)
    return found


class _Mentions:
    """Finds names in the clauses of one design. ``groups``: the names of groups."""

    def __init__(self, declarations: Declarations, groups: set[str]) -> None:
        self._declarations = declarations
        self._groups = groups

    def expectations(self, lines: Iterable[ast.ExpectDecl | ast.ExpectSafeDecl | ast.AllowDecl]) -> Iterator[Found]:
        for line in lines:
            match line:
                case ast.ExpectDecl(_, entry, exceptions):
                    for one in (entry, *exceptions):
                        yield from self._entry(one)
                case ast.ExpectSafeDecl(unknowns, values, exceptions):
                    for name, place in _places(unknowns, line.span):
                        yield NameKind.UNKNOWN, "", name, place
                    yield from self._values(unknowns, values)
                    for one in exceptions:
                        yield from self._entry(one)
                case ast.AllowDecl(allowed, owner, name):
                    if allowed is ast.Allowed.UNREACHED:
                        yield from self._labels(owner, (name,), line.span)
                    elif name in self._declarations.properties:
                        yield NameKind.PROPERTY, "", name, line.span
                    else:
                        yield from self.scenarios((name,), line.span)
                case _:
                    assert_never(line)

    def edit(self, edit: ast.Edit) -> Iterator[Found]:
        match edit:
            case ast.InsertEdit(anchor=anchor) | ast.ReplaceEdit(anchor) | ast.DeleteEdit(anchor):
                last = () if anchor.last_label is None else (anchor.last_label,)
                yield from self._labels(anchor.owner, (anchor.label, *last), anchor.span, anchor.path)
            case ast.ReplaceTextEdit(owner):
                if owner is not None:
                    yield from self._labels(owner, (), edit.span)
            case ast.SetEdit(target):
                yield from self.target(target, edit.span)
            case ast.SetParam(name):
                yield from self.target((name,), edit.span)
            case ast.OverrideEdit() | ast.AddEdit():
                pass  # (what they write is declared in the design)
            case _:
                assert_never(edit)

    def target(self, path: tuple[str, ...], span: Span) -> Iterator[Found]:
        """What gets another value: ``x``, ``Page.count``, a param or unknown."""
        first, *rest = path
        known = self._declarations
        if first in known.constants:
            yield constant_kind(known.constants[first]), "", first, span
        elif first in known.shared:
            yield NameKind.SHARED, "", first, span
        elif first in known.types:
            place = name_in(span, first)
            yield type_kind(known.types[first]), "", first, place
            for field in rest[:1]:
                yield NameKind.FIELD, first, field, name_in(span, field, place)

    def scenarios(self, names: Iterable[str], span: Span, behind: Span | None = None) -> Iterator[Found]:
        """Names of scenarios and groups."""
        for name, place in _places(names, span, behind):
            yield NameKind.GROUP if name in self._groups else NameKind.SCENARIO, "", name, place

    def _entry(self, entry: ast.ExpectEntry) -> Iterator[Found]:
        behind: Span | None = None
        for name, place in _places(entry.properties, entry.span):
            yield NameKind.PROPERTY, "", name, place
            behind = place
        yield from self.scenarios(entry.scenarios, entry.span, behind)

    def _values(self, unknowns: tuple[str, ...], values: tuple[ast.Expr, ...]) -> Iterator[Found]:
        """Literals among the values of unknowns, one unknown or one after the other."""
        for value in values:
            parts = value.elements if isinstance(value, ast.SetLit) else (value,)
            for name, part in zip(unknowns, parts, strict=False):
                constant = self._declarations.constants.get(name)
                if isinstance(part, ast.Name) and constant is not None and isinstance(constant.type, ast.NamedType):
                    yield NameKind.LITERAL, constant.type.name, part.name, part.span

    def _labels(
        self, owner: str | None, labels: Iterable[str], span: Span, path: tuple[str, ...] = ()
    ) -> Iterator[Found]:
        """The labels of a body, and the names in front of them: of the body, and the ``path`` to it."""
        known, behind, outer = self._declarations, None, ""
        for name, place in _places((*path, owner) if owner is not None else (), span):
            if name in known.processes:
                yield NameKind.PROCESS, "", name, place
            elif name in known.functions:
                yield function_kind(known.functions[name]), "", name, place
            else:
                yield NameKind.LABEL, outer, name, place
            behind, outer = place, name
        for name, place in _places(labels, span, behind):
            bodies = [owner] if owner is not None else [*known.processes, *known.functions]
            yield from ((NameKind.LABEL, body, name, place) for body in bodies)


def _places(names: Iterable[str], span: Span, behind: Span | None = None) -> Iterator[tuple[str, Span]]:
    """Names that stand in a span, one behind the other."""
    for name in names:
        place = name_in(span, name, behind)
        if place.text == name:
            behind = place
        yield name, place
