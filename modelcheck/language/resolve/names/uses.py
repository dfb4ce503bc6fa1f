"""Where each name is declared and where it is used, as data: for editors, which ask what stands at a
place, where that is declared, and where else it occurs.

Nothing is written down unless somebody asks (``resolve.names_of``). What is used is noted by
whoever looks a name up, so a use is what resolution took it for; what is declared, and the uses in
what is not resolved as code (scenarios, obligations), is read off the declarations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import assert_never

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.ground.suggest import name_in
from modelcheck.language.resolve.names.declarations import Declarations
from modelcheck.language.resolve.names.kinds import Found, NameKind, constant_kind, function_kind, type_kind
from modelcheck.language.resolve.names.labels import statements_of
from modelcheck.language.resolve.names.mentions import clause_names, labels_written, mentions
from modelcheck.language.resolve.names.quoted import Quoted
from modelcheck.language.syntax import ast
from modelcheck.model.obligations import OBLIGATIONS, About


@dataclass(frozen=True, slots=True)
class Name:
    """A name and its places. ``owner``: the body of a local or label, the type of a field or literal;
    empty for what is known everywhere.

    ``declared``: the name itself, where it is declared; ``uses``: in the order of the text, the
    declaration not among them.
    """

    kind: NameKind
    name: str
    owner: str
    declared: Span
    uses: tuple[Span, ...] = ()

    @property
    def places(self) -> tuple[Span, ...]:
        """Every place where the name stands: what has to change if it is called something else."""
        return (self.declared, *self.uses)


#: A place by file and offsets.
_Place = tuple[str, int, int]


class Uses:
    """Takes down names while a spec is resolved, perhaps more than once (for several scenarios)."""

    def __init__(self, declarations: Declarations, spec: ast.Spec, variant: str, loaded: ast.Spec) -> None:
        """``spec``: with the edits of the variant; ``loaded``: without."""
        self._declarations = declarations
        self._names: dict[tuple[object, ...], Name] = {}
        self._uses: dict[tuple[object, ...], dict[_Place, Span]] = {}
        self._quoted = Quoted(spec)
        for kind, owner, name, span in (*_declared(declarations, labels_written(loaded, variant)), *clause_names(spec)):
            self._declare((kind, owner, name), Name(kind, name, owner, span))
        for kind, owner, name, span in (*_used_outside_code(declarations), *mentions(spec, variant, declarations)):
            self.use(kind, name, span, owner)

    def local(self, name: str, owner: str, span: Span) -> None:
        """A local, parameter, loop variable or key is declared in ``span``, by which it is known."""
        self._declare(_local(name, span), Name(NameKind.LOCAL, name, owner, name_in(span, name)))

    def use_local(self, name: str, declared: Span, span: Span) -> None:
        """One that is declared in ``declared`` is used in ``span``."""
        self._use(_local(name, declared), name, span)

    def use(self, kind: NameKind, name: str, span: Span, owner: str = "", behind: Span | None = None) -> None:
        """A name is used in ``span`` (``behind`` a part of it)."""
        self._use((kind, owner, name), name, span, behind)

    def use_constant(self, name: str, span: Span) -> None:
        """A param or unknown is used."""
        self.use(constant_kind(self._declarations.constants[name]), name, span)

    def use_type(self, name: str, span: Span, behind: Span | None = None) -> None:
        """The name of an enum, struct, object or process is used."""
        self.use(type_kind(self._declarations.types[name]), name, span, behind=behind)

    def use_function(self, name: str, span: Span, behind: Span | None = None) -> None:
        """The name of an inline or callback is used."""
        self.use(function_kind(self._declarations.functions[name]), name, span, behind=behind)

    def use_shared(self, name: str, span: Span) -> None:
        """A shared variable is used."""
        self.use(NameKind.SHARED, name, span)

    def use_event(self, name: str, span: Span) -> None:
        """A declared event is used."""
        self.use(NameKind.EVENT, name, span)

    def use_literal(self, name: str, enum: str, span: Span, behind: Span | None = None) -> None:
        """A literal of an enum is used."""
        self.use(NameKind.LITERAL, name, span, enum, behind)

    def use_field(self, name: str, type: str, span: Span, behind: Span | None = None) -> None:
        """A field of a struct or object is used."""
        self.use(NameKind.FIELD, name, span, type, behind)

    def use_label(self, name: str, owner: str, span: Span, behind: Span | None = None) -> None:
        """A label of a body is used."""
        self.use(NameKind.LABEL, name, span, owner, behind)

    def names(self) -> tuple[Name, ...]:
        """Return all names that are declared, in the order of the texts."""
        found = []
        for key, name in self._names.items():
            used = self._uses.get(key, {})
            spans = (used[place] for place in sorted(used) if place != _place(name.declared))
            found.append(replace(name, uses=tuple(spans)))
        return tuple(sorted(found, key=lambda name: (*_place(name.declared), name.kind.value, name.owner)))

    def _declare(self, key: tuple[object, ...], name: Name) -> None:
        # What a variant has made up, or a kernel spelling has, stands nowhere.
        if name.declared.text == name.name:
            self._names.setdefault(key, name)
            self._use_quoted(key, name.declared)

    def _use(self, key: tuple[object, ...], name: str, span: Span, behind: Span | None = None) -> None:
        where = name_in(span, name, behind)
        if where.text == name:
            self._uses.setdefault(key, {})[_place(where)] = where
            self._use_quoted(key, where)

    def _use_quoted(self, key: tuple[object, ...], place: Span) -> None:
        for copy in self._quoted.copies(place):
            self._uses.setdefault(key, {})[_place(copy)] = copy


def name_at(names: Iterable[Name], path: str, offset: int) -> Name | None:
    """Return the name that stands at (or ends at) a place in a file; None if none does."""
    for name in names:
        for span in name.places:
            if span.source.path == path and span.start <= offset <= span.end:
                return name
    return None


def _place(span: Span) -> _Place:
    return span.source.path, span.start, span.end


def _local(name: str, span: Span) -> tuple[object, ...]:
    return (NameKind.LOCAL, name, *_place(span))


def _declared(declarations: Declarations, written: Mapping[tuple[str, str], Span]) -> Iterator[Found]:
    """Everything that is declared but locals: kind, owner, name, place of the name.

    ``written``: where labels are that an edit has put before another statement.
    """
    for name, constant in declarations.constants.items():
        yield constant_kind(constant), "", name, name_in(constant.span, name)
    for name, shared in declarations.shared.items():
        yield NameKind.SHARED, "", name, name_in(shared.span, name)
    for name, declared in declarations.types.items():
        where = name_in(declared.span, name)
        yield type_kind(declared), "", name, where
        match declared:
            case ast.EnumDecl(literals=literals):
                behind = where
                for literal in literals:
                    behind = name_in(declared.span, literal, behind)
                    yield NameKind.LITERAL, name, literal, behind
            case ast.BitsDecl(bits=bits):
                for bit in bits:
                    yield NameKind.LITERAL, name, bit.name, name_in(bit.span, bit.name)
            case ast.StructDecl(fields=fields) | ast.ObjectDecl(fields=fields):
                for field in fields:
                    yield NameKind.FIELD, name, field.name, name_in(field.span, field.name)
            case ast.ProcessDecl():
                pass
    for name, event in declarations.events.items():
        yield NameKind.EVENT, "", name, name_in(event.span, name)
        for parameter in event.parameters:
            yield NameKind.PARAMETER, name, parameter.name, name_in(parameter.span, parameter.name)
    for name, function in declarations.functions.items():
        yield function_kind(function), "", name, name_in(function.span, name)
    for name, prop in declarations.properties.items():
        yield NameKind.PROPERTY, "", name, name_in(prop.span, name)
    for name, init in declarations.inits.items():
        yield NameKind.INIT, "", name, name_in(init.span, name)
    for name, scenario in declarations.scenarios.items():
        yield NameKind.SCENARIO, "", name, name_in(scenario.span, name)
    for owner, body in _bodies(declarations):
        for node in statements_of(body):
            if isinstance(node, ast.Labelled):
                place = name_in(node.span, node.label)
                shown = place.text == node.label
                yield NameKind.LABEL, owner, node.label, place if shown else written.get((owner, node.label), place)
            elif isinstance(node, ast.Assert) and node.name is not None and node.obligation == "assertion":
                yield NameKind.ASSERT, "", node.name, name_in(node.span, node.name)


def _used_outside_code(declarations: Declarations) -> Iterator[Found]:
    """The uses in gotos, scenarios and obligations: kind, owner, name, place."""
    for owner, body in _bodies(declarations):
        for node in statements_of(body):
            if isinstance(node, ast.Goto):
                yield NameKind.LABEL, owner, node.label, node.span
            elif isinstance(node, ast.Assert) and node.name is not None and node.obligation == "assertion":
                # (Several may have one name: the first declares it.)
                yield NameKind.ASSERT, "", node.name, name_in(node.span, node.name)
    for scenario in declarations.scenarios.values():
        behind = name_in(scenario.span, scenario.name)
        for parent in scenario.parents:
            behind = name_in(scenario.span, parent, behind)
            yield NameKind.SCENARIO, "", parent, behind
        for clause in scenario.clauses:
            match clause:
                case ast.RunClause(entries):
                    yield from ((NameKind.PROCESS, "", entry.process, entry.span) for entry in entries)
                case ast.InitClause(names):
                    yield from ((NameKind.INIT, "", name, clause.span) for name in names)
                case ast.SetParam(name) if name in declarations.constants:
                    yield constant_kind(declarations.constants[name]), "", name, clause.span
                case ast.SetParam() | ast.SlowClause():
                    pass  # (names nothing)
                case _:
                    assert_never(clause)
    for prop in declarations.properties.values():
        if isinstance(prop, ast.ObligationDecl):
            for target in prop.targets:
                for path in target.subjects:
                    if target.kind in OBLIGATIONS and OBLIGATIONS[target.kind].about is About.ASSERTION:
                        yield NameKind.ASSERT, "", path[0], target.span
                    else:
                        yield from _subject(declarations, path, target.span)


def _subject(declarations: Declarations, path: tuple[str, ...], span: Span) -> Iterator[Found]:
    """What an obligation is about: ``Page``, ``Page.count``, ``x``, ``reader``."""
    first, *rest = path
    if first in declarations.types:
        yield type_kind(declarations.types[first]), "", first, span
        if rest and isinstance(declarations.types[first], ast.StructDecl | ast.ObjectDecl):
            yield NameKind.FIELD, first, rest[0], name_in(span, rest[0], name_in(span, first))
    elif first in declarations.shared:
        yield NameKind.SHARED, "", first, span
    elif first in declarations.functions:
        yield function_kind(declarations.functions[first]), "", first, span


def _bodies(declarations: Declarations) -> Iterator[tuple[str, ast.Block]]:
    for item in (*declarations.processes.values(), *declarations.functions.values()):
        yield item.name, item.body
