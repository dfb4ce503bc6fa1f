"""Expressions over collections of values: sets, domains, quantifiers, allocation; and those that
only properties have.
"""

from __future__ import annotations

from typing import assert_never

from modelcheck.ground.diagnostics import Note
from modelcheck.ground.source import Span
from modelcheck.ground.suggest import did_you_mean, missing, rename
from modelcheck.language.resolve.code import expressions, fold
from modelcheck.language.resolve.names.scope import Context, Site
from modelcheck.language.resolve.types.compatibility import (
    BOOL,
    FINITE_LIMIT,
    INT,
    describe,
    is_number,
    is_scalar,
    values,
)
from modelcheck.language.resolve.types.conversion import article, coerce, static_range
from modelcheck.language.syntax import ast
from modelcheck.model import typed


def set_literal(context: Context, node: ast.SetLit, expected: typed.Type | None) -> typed.Expr:
    """Resolve ``{a, b}``; the type ``expected`` gives that of the elements, else the elements do."""
    element = expected.element if isinstance(expected, typed.SetType) else None
    if element is None and not node.elements:
        context.fail("MC210", "the element type of `{}` is not known here; compare it with a set variable", node.span)
    found = [expressions.scalar(context, e, element) for e in node.elements]
    if element is None or (is_number(element) and not isinstance(element, typed.RangeType)):
        element = found[0].type if found else element
        assert element is not None
        if is_number(element):
            element = _hull(found) or INT
    elements = []
    for item, part in zip(found, node.elements, strict=True):
        fitted = coerce(context, item, element, part, "an element of the set")
        static_range(context, fitted, element, part, "an element of the set")
        elements.append(fitted)
    check_set_element(context, element, node.span)
    type = typed.SetType(element)
    if all(isinstance(e, typed.Constant) for e in elements):
        numbers = [e.value for e in elements if isinstance(e, typed.Constant) and isinstance(e.value, int)]
        return typed.Constant(frozenset(numbers), type, node.span)
    return typed.SetLiteral(tuple(elements), type, node.span)


def _hull(found: list[typed.Expr]) -> typed.RangeType | None:
    """Return the smallest range that holds all numbers of a set literal, None if one has no bounds."""
    lows: list[int] = []
    highs: list[int] = []
    for item in found:
        if isinstance(item, typed.Constant) and isinstance(item.value, int):
            lows.append(item.value)
            highs.append(item.value)
        elif isinstance(item.type, typed.RangeType):
            lows.append(item.type.low)
            highs.append(item.type.high)
        else:
            return None
    return typed.RangeType(min(lows), max(highs))


def check_set_element(context: Context, element: typed.Type, span: Span) -> None:
    """Report an element type that a set cannot have."""
    if isinstance(element, typed.RefType) and not element.typestable:
        note = [Note("free() would have to change the set: use a field of the object, or an array, instead")]
        context.fail("MC210", f"a set of {describe(element)} is not possible", span, note)
    finite = values(element)
    if finite is None:
        context.fail("MC210", f"the elements of a set must have a finite scalar type, not {describe(element)}", span)
    if len(finite) > FINITE_LIMIT:
        context.fail("MC212", f"a set over {describe(element)} is too large (at most {FINITE_LIMIT} elements)", span)


def new(context: Context, node: ast.New) -> typed.Expr:
    """Resolve an allocation; initialisers that are wrong are reported and left out."""
    if context.site in (Site.CONSTANT, Site.PROPERTY, Site.REQUIRES):
        context.fail("MC404", f"nothing can be allocated in {context.site.value}", node.span)
    type = context.table.reference(node.target) if _is_object(context, node) else None
    assert type is not None
    fields = context.table.object_fields(node.target)
    uses = context.table.uses
    if uses is not None:
        uses.use_type(node.target, node.span)
    inits: list[tuple[str, typed.Expr]] = []
    seen: set[str] = set()
    for init in node.inits:
        if init.field not in fields:
            message = f"object `{node.target}` has no `{init.field}`"
            context.bag.add(missing("MC105", message, init.field, fields, init.span))
            continue
        if init.field in seen:
            context.bag.error("MC102", f"`{init.field}` is initialised twice", init.span)
            continue
        seen.add(init.field)
        if uses is not None:
            uses.use_field(init.field, node.target, init.span)
        target = fields[init.field]
        if not is_scalar(target) and not isinstance(target, typed.AtomicType):
            message = f"`{init.field}` is {article(target)}: it has no initial value here"
            context.bag.error("MC221", message, init.span)
            continue
        inits.append((init.field, expressions.value(context, init.value, target, f"`{init.field}`")))
    return typed.New(node.target, tuple(inits), node.may_fail, type, node.span)


def _is_object(context: Context, node: ast.New) -> bool:
    declared = context.table.type_name(node.target)
    if isinstance(declared, ast.ObjectDecl):
        return True
    what = "is not an object" if declared is not None else "is unknown"
    context.fail("MC104", f"`new` needs an object; `{node.target}` {what}", node.span)


def domain(context: Context, node: ast.Expr) -> tuple[typed.Domain, typed.Type]:
    """Return what ``for``, ``pick`` or a quantifier ranges over, and the type of the variable."""
    if isinstance(node, ast.RangeExpr):
        low, high = _bound(context, node.low), _bound(context, node.high)
        if high - low >= FINITE_LIMIT:
            context.fail("MC212", f"the range {low}..{high} is too large (at most {FINITE_LIMIT} values)", node.span)
        return typed.RangeDomain(low, high), typed.RangeType(low, max(low, high))
    if isinstance(node, ast.Name) and not context.lookup(node.name)[0]:
        if node.name == "bool":
            return typed.BoolDomain(), BOOL
        declared = context.table.type_name(node.name)
        if declared is not None and context.table.uses is not None:
            context.table.uses.use_type(node.name, node.span)
        if isinstance(declared, ast.EnumDecl):
            enum = context.table.enum(node.name)
            return typed.EnumDomain(enum), enum
        if isinstance(declared, ast.ObjectDecl):
            return typed.PoolDomain(node.name), context.table.reference(node.name)
        if isinstance(declared, ast.ProcessDecl):
            type = context.table.process_type(node.name)
            context.classes.append(node.name)
            if isinstance(type, typed.EnumType):
                return typed.EnumDomain(type), type
            assert isinstance(type, typed.ProcType)
            return typed.ProcDomain(node.name, type.size), type
        if isinstance(declared, ast.StructDecl):
            context.fail("MC219", f"`{node.name}` is a struct; one cannot range over it", node.span)
    found = expressions.scalar(context, node)
    if isinstance(found.type, typed.SetType):
        return typed.SetDomain(found), found.type.element
    context.fail(
        "MC219",
        "one can range over `lo..hi`, an enum, bool, an object, a process class or a set, not over"
        f" {article(found.type)}",
        node.span,
    )


def _bound(context: Context, node: ast.Expr) -> int:
    found = expressions.value(context, node, INT, "a bound")
    if isinstance(found, typed.Constant) and isinstance(found.value, int):
        return found.value
    context.fail("MC205", "the bounds of a range must be constants; use `where` (or `if`) for others", node.span)


def quantifier(context: Context, node: ast.Quantifier) -> typed.Expr:
    """Resolve ``forall`` and ``exists``; what is the same for every value is a constant."""
    if context.site is Site.CONSTANT:
        context.fail("MC205", "a quantifier is not a constant", node.span)
    over, type = domain(context, node.domain)
    variable = context.table.new_local(node.variable, type, context.owner, node.span)
    context.fixed.add(variable.id)
    with context.scope(), context.purely():
        context.declare(node.variable, variable, node.span)
        body = expressions.condition(context, node.body)
    forall = node.kind is ast.QuantifierKind.FORALL
    if fold.truth(body) is forall or (isinstance(over, typed.RangeDomain) and over.low > over.high):
        return typed.Constant(forall, BOOL, node.span)
    return typed.Quantifier(forall, variable, over, body, BOOL, node.span)


def primed(context: Context, node: ast.Prime) -> typed.Expr:
    """Resolve the value of an expression after a step."""
    if not context.allow_primed:
        context.fail(
            "MC130", "a primed expression (the value after the step) can only stand in a `step` property", node.span
        )
    if context.primed:
        context.fail("MC130", "primes do not nest", node.span)
    context.primed = True
    try:
        operand = expressions.scalar(context, node.operand)
    finally:
        context.primed = False
    if isinstance(operand, typed.Constant):
        return operand
    return typed.Primed(operand, operand.type, node.span)


def done(context: Context, node: ast.Call) -> typed.Expr:
    """Resolve ``done(p)`` and ``done(p[i])``."""
    (argument,) = node.arguments if len(node.arguments) == 1 else (None,)
    index = argument.index if isinstance(argument, ast.Index) else None
    named = argument.base if isinstance(argument, ast.Index) else argument
    if not isinstance(named, ast.Name):
        message = "`done` takes a process, `done(p)` for all of its instances or `done(p[0])` for one"
        context.fail("MC112", message, node.span if named is None else named.span)
    table, name = context.table, named.name
    if not isinstance(table.type_name(name), ast.ProcessDecl):
        known = [other for other in table.type_names() if isinstance(table.type_name(other), ast.ProcessDecl)]
        message = f"`done` needs the name of a process{did_you_mean(name, known)}"
        context.fail("MC112", message, named.span, (), rename(name, known, named.span))
    if context.site is not Site.PROPERTY:
        context.fail("MC130", "`done` can only stand in a property", node.span)
    if table.uses is not None:
        table.uses.use_type(name, named.span)
    context.classes.append(name)
    replica = None if index is None else table.instance(name, index, context)
    return typed.Done(name, replica, BOOL, node.span)


def of_handler(context: Context, node: ast.Call) -> typed.Expr:
    """Resolve ``running(h)``, that a handler is active, and ``raised(h)``, that it is to come."""
    (named,) = node.arguments if len(node.arguments) == 1 else (None,)
    table, name = context.table, named.name if isinstance(named, ast.Name) else ""
    declared = table.type_name(name)
    if not isinstance(declared, ast.ProcessDecl) or declared.on is None or not declared.handler or named is None:
        message = f"`{node.name}` needs the name of a handler"
        context.fail("MC112", message, node.span if named is None else named.span)
    if context.site is not Site.PROPERTY:
        context.fail("MC130", f"`{node.name}` can only stand in a property", node.span)
    if node.name == "raised" and not declared.on.raised:
        context.fail("MC252", f"`{name}` has a guard of its own and is not raised", named.span)
    if table.uses is not None:
        table.uses.use_type(name, named.span)
    what = "active" if node.name == "running" else "raised"
    return expressions.expression(context, ast.Name(f"{name}.{what}", node.span))


def label_predicate(context: Context, node: ast.LabelPredicate) -> typed.Expr:
    """Resolve ``at``, ``after`` and ``nr_at``; several labels mean any of them."""
    word = node.question.value
    if context.site is not Site.PROPERTY:
        context.fail("MC130", f"`{word}` can only stand in a property", node.span)
    if node.question is ast.LabelQuestion.AFTER and not context.allow_after:
        message = "`after` speaks of a step; it can stand in `invariant` and `cover`"
        context.fail("MC130", message, node.span)
    labels = tuple(context.table.label(path, context) for path in node.labels)
    context.labels.extend(labels)
    match node.question:
        case ast.LabelQuestion.COUNT_AT:
            return typed.CountAt(labels, INT, node.span)
        case ast.LabelQuestion.AT | ast.LabelQuestion.AFTER:
            parts: list[typed.Expr] = [
                (
                    typed.AtLabel(label, BOOL, label.span)
                    if node.question is ast.LabelQuestion.AT
                    else typed.AfterLabel(label, BOOL, label.span)
                )
                for label in labels
            ]
            found = parts[0]
            for part in parts[1:]:
                found = typed.Logical("||", found, part, BOOL, node.span)
            return found
        case _:
            assert_never(node.question)
