"""Places: what a name, member or index denotes, and reading it."""

from __future__ import annotations

from typing import NoReturn, assert_never

from modelcheck.ground.diagnostics import Fix
from modelcheck.ground.source import Span
from modelcheck.ground.suggest import did_you_mean, existing, name_in, rename
from modelcheck.language.resolve.code import expressions
from modelcheck.language.resolve.names.scope import Context, Site, UnresolvedError
from modelcheck.language.resolve.names.unknown_names import unknown_name
from modelcheck.language.resolve.types.compatibility import INT, describe, is_scalar, one_number_meant, value_type
from modelcheck.language.resolve.types.conversion import article
from modelcheck.language.syntax import ast
from modelcheck.model import typed


def designator(context: Context, node: ast.Expr, expected: typed.Type | None = None) -> typed.Place | typed.Expr:
    """Return the place that ``node`` names, or, if it names none, its value."""
    match node:
        case ast.Name():
            return _name(context, node, expected)
        case ast.Member():
            return _member(context, node)
        case ast.Index():
            return _index(context, node)
        case ast.AddressOf(operand):
            return designator(context, operand, expected)
        case ast.Literal() | ast.Calling() | ast.Operator() | ast.New() | ast.CondLoad() | ast.OfProperties():
            return expressions.expression(context, node, expected)
        case _:
            assert_never(node)


def place(context: Context, node: ast.Expr, purpose: str) -> typed.Place:
    """Return the place that ``node`` names; ``purpose`` says in messages what needs one."""
    found = designator(context, node)
    if isinstance(found, typed.Place):
        return found
    if isinstance(node, ast.Name) and isinstance(found, typed.Constant):
        context.fail("MC206", f"`{node.name}` is a constant; {purpose} needs a variable", node.span)
    context.fail("MC206", f"{purpose} needs a variable, field or element", node.span)


def load(context: Context, place: typed.Place, span: Span) -> typed.Expr:
    """Return the expression that reads ``place``."""
    type = place.type
    if isinstance(place.root, typed.LocalRoot) and not place.selectors and is_scalar(type):
        return typed.LocalRead(place.root.local, type, span)
    if is_scalar(type) or isinstance(type, typed.AtomicType):
        return typed.Load(place, value_type(type), span)
    if isinstance(type, typed.LockType):
        ask = "`locked(l)` or `held(l)`" if type.kind.facts.held else "`completed(c)`"
        context.fail("MC209", f"a {type.kind.value} is not a value; ask {ask}", span)
    what = "an array" if isinstance(type, typed.ArrayType) else f"a struct ({describe(type)})"
    part = "elements" if isinstance(type, typed.ArrayType) else "fields"
    context.fail("MC209", f"{what} is not a value; use its {part}", span, one_number_meant(place.type))


def _name(context: Context, node: ast.Name, expected: typed.Type | None) -> typed.Place | typed.Expr:
    name = node.name
    found, symbol = context.lookup(name)
    if found:
        if symbol is None:
            raise UnresolvedError
        context.use_local(symbol, node.span)
        if isinstance(symbol, typed.RefParam):
            return typed.Place(typed.RefParamRoot(symbol.id), (), symbol.type, False, node.span)
        return typed.Place(typed.LocalRoot(symbol.id), (), symbol.type, False, node.span)
    table = context.table
    shared = table.shared(name)
    if shared is not None:
        if table.uses is not None:
            table.uses.use_shared(name, node.span)
        if context.site is Site.CONSTANT:
            context.fail("MC205", f"`{name}` is a shared variable; a constant is needed here", node.span)
        return typed.Place(typed.SharedRoot(shared.id), (), shared.type, True, node.span)
    constant = table.constant(name, node.span)
    if constant is not None:
        if table.uses is not None:
            table.uses.use_constant(name, node.span)
        return constant
    bit = table.bit(name)
    if bit is not None:
        number, word = bit
        if table.uses is not None and word.bits is not None:
            table.uses.use_literal(name, word.bits.name, node.span)
        return typed.Constant(1 << number, word, node.span)
    enums = table.literal(name)
    if enums:
        return _literal(context, node, list(enums), expected)
    if name == "self":
        return _self(context, node)
    unknown_name(context, node)


def _literal(context: Context, node: ast.Name, names: list[str], expected: typed.Type | None) -> typed.Constant:
    if isinstance(expected, typed.OptType | typed.SetType):
        expected = expected.element
    if len(names) > 1 and isinstance(expected, typed.EnumType) and expected.name in names:
        names = [expected.name]
    if len(names) > 1:
        options = " or ".join(f"`{enum}.{node.name}`" for enum in names)
        context.fail("MC109", f"`{node.name}` is a literal of several enums: write {options}", node.span)
    enum = context.table.enum(names[0])
    if context.table.uses is not None:
        context.table.uses.use_literal(node.name, enum.name, node.span)
    return typed.Constant(enum.literals.index(node.name), enum, node.span)


def _self(context: Context, node: ast.Name) -> typed.Expr:
    if context.self_type is None:
        if context.unused:
            raise UnresolvedError
        where = context.site.value if context.site is not Site.CODE else "this inline: no process calls it"
        context.fail("MC121", f"there is no `self` in {where}", node.span)
    context.uses_self.append(node.span)
    return typed.SelfRead(context.self_type, node.span)


def _member(context: Context, node: ast.Member) -> typed.Place | typed.Expr:
    qualified = _qualified_literal(context, node)
    if qualified is not None:
        return qualified
    base = designator(context, node.base)
    type = base.type
    if isinstance(type, typed.RefType):
        reference = load(context, base, node.base.span) if isinstance(base, typed.Place) else base
        return field_place(context, reference, type, node.field, node)
    if isinstance(type, typed.StructType):
        if not isinstance(base, typed.Place):
            context.fail("MC209", "a struct is not a value", node.base.span)
        field = next((f for f in type.fields if f.name == node.field), None)
        if field is None:
            _unknown_field(context, node, f"struct `{type.name}`", [f.name for f in type.fields])
        if node.arrow:
            arrow = Span(node.span.source, node.base.span.end, node.span.end - len(node.field))
            context.bag.error(
                "MC203",
                f"`->` needs a reference; this is a struct ({describe(type)})",
                node.span,
                (),
                (Fix("write `.`", arrow, "."),) if arrow.text.strip() == "->" else (),
            )
        _note_field(context, type.name, node.field, node.span, node.base.span)
        selectors = (*base.selectors, typed.FieldSelector(node.field))
        return typed.Place(base.root, selectors, field.type, base.shared, node.span)
    what = "nothing" if isinstance(type, typed.VoidType) else article(type)
    context.fail("MC105", f"{what} has no fields", node.span)


def _qualified_literal(context: Context, node: ast.Member) -> typed.Constant | None:
    base = node.base
    if not isinstance(base, ast.Name) or node.arrow or context.lookup(base.name)[0]:
        return None
    if context.table.is_shared(base.name):
        return None
    declared = context.table.type_name(base.name)
    if not isinstance(declared, ast.EnumDecl):
        return None
    enum = context.table.enum(base.name)
    if node.field not in enum.literals:
        _unknown_field(context, node, f"enum `{enum.name}`", list(enum.literals))
    if context.table.uses is not None:
        context.table.uses.use_type(enum.name, base.span)
        context.table.uses.use_literal(node.field, enum.name, node.span, behind=base.span)
    return typed.Constant(enum.literals.index(node.field), enum, node.span)


def field_place(
    context: Context, reference: typed.Expr, type: typed.RefType, field: str, node: ast.Member | ast.New
) -> typed.Place:
    """Return the place of ``field`` of the object that ``reference`` points to."""
    fields = context.table.object_fields(type.target)
    if field not in fields:
        assert isinstance(node, ast.Member)
        _unknown_field(context, node, f"object `{type.target}`", list(fields))
    if isinstance(node, ast.Member):
        _note_field(context, type.target, field, node.span, node.base.span)
    root = typed.FieldRoot(reference, type.target, field)
    return typed.Place(root, (), fields[field], True, node.span)


def _note_field(context: Context, owner: str, field: str, span: Span, behind: Span) -> None:
    if context.table.uses is not None:
        context.table.uses.use_field(field, owner, span, behind)


def _unknown_field(context: Context, node: ast.Member, owner: str, names: list[str]) -> NoReturn:
    span = name_in(node.span, node.field, behind=node.base.span)
    hint = did_you_mean(node.field, names) or existing(names)
    context.fail("MC105", f"{owner} has no `{node.field}`{hint}", span, (), rename(node.field, names, span))


def _index(context: Context, node: ast.Index) -> typed.Place:
    base = designator(context, node.base)
    type = base.type
    if not isinstance(base, typed.Place) or not isinstance(type, typed.ArrayType):
        context.fail("MC208", f"only arrays can be indexed; this is {article(type)}", node.base.span)
    if isinstance(type.index, typed.RangeType):
        index = expressions.value(context, node.index, INT, "the index")
        if isinstance(index, typed.Constant) and isinstance(index.value, int):
            low, high = type.index.low, type.index.high
            literal = isinstance(node.index, ast.IntLit)
            if literal and not low <= index.value <= high:
                context.fail("MC204", f"index {index.value} is outside {describe(type.index)}", node.index.span)
    else:
        index = expressions.value(context, node.index, type.index, "the index")
    selectors = (*base.selectors, typed.IndexSelector(index))
    return typed.Place(base.root, selectors, type.element, base.shared, node.span)
