"""Expressions: names looked up, types checked, constants folded."""

from __future__ import annotations

from typing import NoReturn, assert_never

from modelcheck.diagnostics import Fix, Note
from modelcheck.resolve import calls, fold, typed
from modelcheck.resolve.compatibility import (
    BOOL,
    FINITE_LIMIT,
    INT,
    NULL,
    describe,
    is_number,
    is_scalar,
    value_type,
    values,
)
from modelcheck.resolve.conversion import article, as_condition, coerce, mismatch, span_of_name, static_range
from modelcheck.resolve.scope import Context, Site, UnresolvedError, rename, suggestion
from modelcheck.source import Span
from modelcheck.syntax import ast

_ARITHMETIC = frozenset(["*", "/", "%", "+", "-"])
_SHIFTS = frozenset(("<<", ">>"))
_BITS = frozenset(["&", "^", "|"])
_ORDER = frozenset(["<", "<=", ">", ">="])
_EQUALITY = frozenset(("==", "!="))
_LOGICAL = frozenset(("&&", "||", "=>"))


def expression(context: Context, node: ast.Expr, expected: typed.Type | None = None) -> typed.Expr:
    """Return the typed expression; ``expected`` is what the surroundings want, a help for literals, not a demand.

    Raises ``UnresolvedError`` after reporting.
    """
    match node:
        case ast.Name() | ast.Member() | ast.Index():
            found = designator(context, node, expected)
            return load(context, found, node.span) if isinstance(found, typed.Place) else found
        case ast.IntLit(number):
            return typed.Constant(number, INT, node.span)
        case ast.BoolLit(truth):
            return typed.Constant(truth, BOOL, node.span)
        case ast.NullLit():
            return typed.Constant(0, NULL, node.span)
        case ast.NoneLit():
            return typed.Constant(None, NULL, node.span)
        case ast.Call():
            return calls.call(context, node, expected)
        case ast.MethodCall():
            return calls.method(context, node)
        case ast.Binary():
            return _binary(context, node)
        case ast.Unary():
            return _unary(context, node, expected)
        case ast.Conditional():
            return _conditional(context, node, expected)
        case ast.New():
            return _new(context, node)
        case ast.SetLit():
            return _set_literal(context, node, expected)
        case ast.CondLoad():
            return calls.cond_load(context, node.place, node.condition, node.span)
        case ast.Cast():
            return cast(context, context.table.type(node.target), node.operand, node.span)
        case ast.Quantifier():
            return _quantifier(context, node)
        case ast.Prime():
            return _primed(context, node)
        case ast.LabelPredicate():
            return _label_predicate(context, node)
        case ast.AddressOf():
            context.fail("MC222", "`&` only makes sense in front of an argument that is passed by reference", node.span)
        case ast.UninitLit():
            context.fail("MC221", "`uninit` can only be a declared initial value", node.span)
        case ast.Wildcard():
            context.fail("MC220", "`_` can only stand in an event pattern", node.span)
        case ast.RangeExpr():
            context.fail("MC219", "a range is not a value; it can stand after `in`", node.span)
        case ast.May():
            context.fail("MC130", "`may` can only stand in a `may` property", node.span)
        case _:
            assert_never(node)


def value(context: Context, node: ast.Expr, expected: typed.Type, purpose: str) -> typed.Expr:
    """Return the expression as a value of type ``expected``."""
    return coerce(context, expression(context, node, value_type(expected)), expected, node, purpose)


def scalar(context: Context, node: ast.Expr, expected: typed.Type | None = None) -> typed.Expr:
    """Return an expression that yields some value."""
    found = expression(context, node, expected)
    if isinstance(found.type, typed.VoidType):
        context.fail("MC223", "this call yields nothing; it cannot be used as a value", node.span)
    return found


def condition(context: Context, node: ast.Expr) -> typed.Expr:
    """Return the expression as a condition."""
    return as_condition(context, expression(context, node, BOOL), node)


# ------------------------------------------------------------------------------------------ places


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
        case _:
            return expression(context, node, expected)


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
        completion = type.kind is typed.LockKind.COMPLETION
        ask = "`completed(c)`" if completion else "`locked(l)` or `held(l)`"
        context.fail("MC209", f"a {type.kind.value} is not a value; ask {ask}", span)
    what = "an array" if isinstance(type, typed.ArrayType) else f"a struct ({describe(type)})"
    part = "elements" if isinstance(type, typed.ArrayType) else "fields"
    context.fail("MC209", f"{what} is not a value; use its {part}", span)


def _name(context: Context, node: ast.Name, expected: typed.Type | None) -> typed.Place | typed.Expr:
    name = node.name
    found, symbol = context.lookup(name)
    if found:
        if symbol is None:
            raise UnresolvedError
        if isinstance(symbol, typed.RefParam):
            return typed.Place(typed.RefParamRoot(symbol.id), (), symbol.type, False, node.span)
        return typed.Place(typed.LocalRoot(symbol.id), (), symbol.type, False, node.span)
    table = context.table
    shared = table.shared(name)
    if shared is not None:
        if context.site is Site.CONSTANT:
            context.fail("MC205", f"`{name}` is a shared variable; a constant is needed here", node.span)
        return typed.Place(typed.SharedRoot(shared.id), (), shared.type, True, node.span)
    constant = table.constant(name, node.span)
    if constant is not None:
        return constant
    enums = table.literal(name)
    if enums:
        return _literal(context, node, list(enums), expected)
    if name == "self":
        return _self(context, node)
    _unknown_name(context, node)


def _literal(context: Context, node: ast.Name, names: list[str], expected: typed.Type | None) -> typed.Constant:
    if isinstance(expected, typed.OptType | typed.SetType):
        expected = expected.element
    if len(names) > 1 and isinstance(expected, typed.EnumType) and expected.name in names:
        names = [expected.name]
    if len(names) > 1:
        options = " or ".join(f"`{enum}.{node.name}`" for enum in names)
        context.fail("MC109", f"`{node.name}` is a literal of several enums: write {options}", node.span)
    enum = context.table.enum(names[0])
    return typed.Constant(enum.literals.index(node.name), enum, node.span)


def _self(context: Context, node: ast.Name) -> typed.Expr:
    if context.self_type is None:
        if context.unused:
            raise UnresolvedError
        where = context.site.value if context.site is not Site.CODE else "this inline: no process calls it"
        context.fail("MC121", f"there is no `self` in {where}", node.span)
    context.uses_self.append(node.span)
    return typed.SelfRead(context.self_type, node.span)


def _unknown_name(context: Context, node: ast.Name) -> NoReturn:
    table = context.table
    declared = table.type_name(node.name)
    if declared is not None:
        context.fail("MC101", f"`{node.name}` is a type, not a value", node.span)
    if node.name in table.function_names():
        context.fail("MC101", f"`{node.name}` is a function; call it: `{node.name}(…)`", node.span)
    if node.name == "VAL":
        context.fail("MC101", "`VAL` only means something in the condition of `cond_load`", node.span)
    candidates = [*context.local_names(), *table.value_names()]
    context.fail(
        "MC101",
        f"unknown name `{node.name}`{suggestion(node.name, candidates)}",
        node.span,
        (),
        rename(node.name, candidates, node.span),
    )


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
    return typed.Constant(enum.literals.index(node.field), enum, node.span)


def field_place(
    context: Context, reference: typed.Expr, type: typed.RefType, field: str, node: ast.Member | ast.New
) -> typed.Place:
    """Return the place of ``field`` of the object that ``reference`` points to."""
    fields = context.table.object_fields(type.target)
    if field not in fields:
        assert isinstance(node, ast.Member)
        _unknown_field(context, node, f"object `{type.target}`", list(fields))
    root = typed.FieldRoot(reference, type.target, field)
    return typed.Place(root, (), fields[field], True, node.span)


def _unknown_field(context: Context, node: ast.Member, owner: str, names: list[str]) -> NoReturn:
    span = span_of_name(node, node.field)
    hint = suggestion(node.field, names)
    if not hint and names:
        hint = "; it has " + ", ".join(f"`{name}`" for name in names[:8])
    context.fail("MC105", f"{owner} has no `{node.field}`{hint}", span, (), rename(node.field, names, span))


def _index(context: Context, node: ast.Index) -> typed.Place:
    base = designator(context, node.base)
    type = base.type
    if not isinstance(base, typed.Place) or not isinstance(type, typed.ArrayType):
        context.fail("MC208", f"only arrays can be indexed; this is {article(type)}", node.base.span)
    if isinstance(type.index, typed.RangeType):
        index = value(context, node.index, INT, "the index")
        if isinstance(index, typed.Constant) and isinstance(index.value, int):
            low, high = type.index.low, type.index.high
            literal = isinstance(node.index, ast.IntLit)
            if literal and not low <= index.value <= high:
                context.fail("MC204", f"index {index.value} is outside {describe(type.index)}", node.index.span)
    else:
        index = value(context, node.index, type.index, "the index")
    selectors = (*base.selectors, typed.IndexSelector(index))
    return typed.Place(base.root, selectors, type.element, base.shared, node.span)


# --------------------------------------------------------------------------------------- operators


def _needs_context(context: Context, node: ast.Expr) -> bool:
    """Whether the type of ``node`` comes from what it is compared with."""
    if isinstance(node, ast.Name):
        return len(context.table.literal(node.name)) > 1
    return isinstance(node, ast.NullLit | ast.NoneLit | ast.SetLit) or (
        isinstance(node, ast.Call) and node.name == "some"
    )


def operands(context: Context, node: ast.Binary) -> tuple[typed.Expr, typed.Expr]:
    """Return both sides of a strict operator, literals adapted to the other side."""
    if _needs_context(context, node.left):
        right = scalar(context, node.right)
        left = scalar(context, node.left, right.type)
    else:
        left = scalar(context, node.left)
        right = scalar(context, node.right, left.type)
    if left.type == right.type or (is_number(left.type) and is_number(right.type)):
        return left, right
    if isinstance(left, typed.Constant | typed.SetLiteral) and not isinstance(right.type, typed.NullType):
        adaptable = isinstance(left.type, typed.NullType | typed.SetType)
        if adaptable or (is_number(left.type) and isinstance(right.type, typed.BvType)):
            return coerce(context, left, right.type, node.left, "the right side"), right
    return left, coerce(context, right, left.type, node.right, "the left side")


def _binary(context: Context, node: ast.Binary) -> typed.Expr:
    operator = node.operator
    if operator in _LOGICAL:
        left = condition(context, node.left)
        right = condition(context, node.right)
        return fold.logical(operator, left, right, node.span)
    if operator == "in":
        return _membership(context, node)
    if operator in _SHIFTS:
        left = scalar(context, node.left)
        right = scalar(context, node.right, left.type)
        if isinstance(left.type, typed.BvType):
            right = coerce(context, right, left.type, node.right, "the left side")
    else:
        left, right = operands(context, node)
    return fold.binary(operator, left, right, result_type(context, operator, left, right, node.span), node.span)


def result_type(context: Context, operator: str, left: typed.Expr, right: typed.Expr, span: Span) -> typed.Type:
    """Return the type of ``left operator right`` (operands of one type, or both numbers); reports an unfit operator."""
    type = left.type
    constant = isinstance(left, typed.Constant) and isinstance(right, typed.Constant)
    if operator in _EQUALITY:
        return BOOL
    if operator in _ORDER:
        if is_number(type) or isinstance(type, typed.BvType) or (operator == "<=" and isinstance(type, typed.SetType)):
            return BOOL
        note = [Note("identities and references can only be compared with `==` and `!=`")]
        context.fail("MC208", f"`{operator}` does not apply to {describe(type)}", span, note)
    if operator in _ARITHMETIC:
        if is_number(type):
            return INT
        if isinstance(type, typed.BvType) or (operator == "-" and isinstance(type, typed.SetType)):
            return type
    elif operator in _BITS:
        if isinstance(type, typed.BvType) or (operator in "&|" and isinstance(type, typed.SetType)):
            return type
        if is_number(type) and constant:
            return INT
    elif isinstance(type, typed.BvType) or (is_number(type) and is_number(right.type) and constant):
        return type if isinstance(type, typed.BvType) else INT
    notes = []
    if isinstance(type, typed.BoolType) and operator in _BITS:
        other = {"&": "&&", "|": "||", "^": "!="}[operator]
        notes.append(Note(f"for bools write `{other}`"))
    elif is_number(type):
        notes.append(Note("bits are those of `bv<n>`; int and ranges are mathematical numbers"))
    context.fail("MC208", f"`{operator}` does not apply to {describe(type)}", span, notes)


def _membership(context: Context, node: ast.Binary) -> typed.Expr:
    left = scalar(context, node.left)
    if isinstance(node.right, ast.RangeExpr):
        context.fail("MC219", "`in` needs a set here; compare with `<=` for a range", node.right.span)
    right = scalar(context, node.right, typed.SetType(left.type))
    if not isinstance(right.type, typed.SetType):
        context.fail("MC208", f"`in` needs a set on its right side; this is {article(right.type)}", node.right.span)
    if not (is_number(left.type) and is_number(right.type.element)):
        left = coerce(context, left, right.type.element, node.left, "an element of the set")
    return fold.binary("in", left, right, BOOL, node.span)


def _unary(context: Context, node: ast.Unary, expected: typed.Type | None) -> typed.Expr:
    if node.operator == "!":
        return fold.unary("!", condition(context, node.operand), BOOL, node.span)
    operand = scalar(context, node.operand, expected)
    type = operand.type
    if isinstance(type, typed.BvType):
        return fold.unary(node.operator, operand, type, node.span)
    if node.operator == "-" and is_number(type):
        return fold.unary("-", operand, INT, node.span)
    if node.operator == "~" and isinstance(expected, typed.BvType) and isinstance(operand, typed.Constant):
        return fold.unary("~", coerce(context, operand, expected, node.operand, "this"), expected, node.span)
    context.fail("MC208", f"`{node.operator}` does not apply to {describe(type)}", node.span)


def _conditional(context: Context, node: ast.Conditional, expected: typed.Type | None) -> typed.Expr:
    test = condition(context, node.condition)
    if _needs_context(context, node.then) and expected is None:
        otherwise = scalar(context, node.otherwise)
        then = scalar(context, node.then, otherwise.type)
    else:
        then = scalar(context, node.then, expected)
        otherwise = scalar(context, node.otherwise, expected or then.type)
    type = then.type
    if is_number(type) and is_number(otherwise.type):
        type = type if type == otherwise.type else INT
    elif isinstance(type, typed.NullType) and not isinstance(otherwise.type, typed.NullType):
        then = coerce(context, then, otherwise.type, node.then, "the other branch")
        type = otherwise.type
    elif type != otherwise.type:
        if isinstance(then, typed.Constant) and isinstance(otherwise.type, typed.BvType):
            then = coerce(context, then, otherwise.type, node.then, "the other branch")
            type = otherwise.type
        else:
            otherwise = coerce(context, otherwise, type, node.otherwise, "the other branch")
    return fold.conditional(test, then, otherwise, type, node.span)


def cast(context: Context, type: typed.Type, operand: ast.Expr, span: Span) -> typed.Expr:
    """Return ``bv<n>(e)`` or ``int(e)``."""
    found = scalar(context, operand)
    if isinstance(type, typed.BvType) and (is_number(found.type) or isinstance(found.type, typed.BvType)):
        if isinstance(found, typed.Constant) and isinstance(found.value, int):
            return typed.Constant(found.value % (1 << type.width), type, span)
        return typed.Cast(found, type, span)
    if isinstance(type, typed.IntType) and (is_number(found.type) or isinstance(found.type, typed.BvType)):
        if isinstance(found, typed.Constant):
            return typed.Constant(found.value, INT, span)
        return found if is_number(found.type) else typed.Cast(found, INT, span)
    context.fail("MC213", f"there is no conversion from {describe(found.type)} to {describe(type)}", span)


# ------------------------------------------------------------------------------- sets, allocation


def _set_literal(context: Context, node: ast.SetLit, expected: typed.Type | None) -> typed.Expr:
    element = expected.element if isinstance(expected, typed.SetType) else None
    if element is None and not node.elements:
        context.fail("MC210", "the element type of `{}` is not known here; compare it with a set variable", node.span)
    found = [scalar(context, e, element) for e in node.elements]
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


def _new(context: Context, node: ast.New) -> typed.Expr:
    if context.site in (Site.CONSTANT, Site.PROPERTY, Site.REQUIRES):
        context.fail("MC404", f"nothing can be allocated in {context.site.value}", node.span)
    type = context.table.reference(node.target) if _is_object(context, node) else None
    assert type is not None
    fields = context.table.object_fields(node.target)
    inits: list[tuple[str, typed.Expr]] = []
    seen: set[str] = set()
    for init in node.inits:
        if init.field not in fields:
            names = list(fields)
            hint = suggestion(init.field, names)
            context.bag.error("MC105", f"object `{node.target}` has no `{init.field}`{hint}", init.span)
            continue
        if init.field in seen:
            context.bag.error("MC102", f"`{init.field}` is initialised twice", init.span)
            continue
        seen.add(init.field)
        target = fields[init.field]
        if not is_scalar(target) and not isinstance(target, typed.AtomicType):
            message = f"`{init.field}` is {article(target)}: it has no initial value here"
            context.bag.error("MC221", message, init.span)
            continue
        inits.append((init.field, value(context, init.value, target, f"`{init.field}`")))
    return typed.New(node.target, tuple(inits), node.may_fail, type, node.span)


def _is_object(context: Context, node: ast.New) -> bool:
    declared = context.table.type_name(node.target)
    if isinstance(declared, ast.ObjectDecl):
        return True
    what = "is not an object" if declared is not None else "is unknown"
    context.fail("MC104", f"`new` needs an object; `{node.target}` {what}", node.span)


# --------------------------------------------------------------------------- domains, quantifiers


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
    found = scalar(context, node)
    if isinstance(found.type, typed.SetType):
        return typed.SetDomain(found), found.type.element
    context.fail(
        "MC219",
        f"one can range over `lo..hi`, an enum, bool, an object, a process class or a set, not over {article(found.type)}",
        node.span,
    )


def _bound(context: Context, node: ast.Expr) -> int:
    found = value(context, node, INT, "a bound")
    if isinstance(found, typed.Constant) and isinstance(found.value, int):
        return found.value
    context.fail("MC205", "the bounds of a range must be constants; use `where` (or `if`) for others", node.span)


def _quantifier(context: Context, node: ast.Quantifier) -> typed.Expr:
    if context.site is Site.CONSTANT:
        context.fail("MC205", "a quantifier is not a constant", node.span)
    over, type = domain(context, node.domain)
    variable = context.table.new_local(node.variable, type, context.owner, node.span)
    context.fixed.add(variable.id)
    with context.scope(), context.purely():
        context.declare(node.variable, variable, node.span)
        body = condition(context, node.body)
    forall = node.kind is ast.QuantifierKind.FORALL
    if fold.truth(body) is forall or (isinstance(over, typed.RangeDomain) and over.low > over.high):
        return typed.Constant(forall, BOOL, node.span)
    return typed.Quantifier(forall, variable, over, body, BOOL, node.span)


# --------------------------------------------------------------------------- property expressions


def _primed(context: Context, node: ast.Prime) -> typed.Expr:
    if not context.allow_primed:
        context.fail(
            "MC130", "a primed expression (the value after the step) can only stand in a `step` property", node.span
        )
    if context.primed:
        context.fail("MC130", "primes do not nest", node.span)
    context.primed = True
    try:
        operand = scalar(context, node.operand)
    finally:
        context.primed = False
    if isinstance(operand, typed.Constant):
        return operand
    return typed.Primed(operand, operand.type, node.span)


def _label_predicate(context: Context, node: ast.LabelPredicate) -> typed.Expr:
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
                typed.AtLabel(label, BOOL, label.span)
                if node.question is ast.LabelQuestion.AT
                else typed.AfterLabel(label, BOOL, label.span)
                for label in labels
            ]
            found = parts[0]
            for part in parts[1:]:
                found = typed.Logical("||", found, part, BOOL, node.span)
            return found
        case _:
            assert_never(node.question)


__all__ = [
    "cast",
    "check_set_element",
    "condition",
    "designator",
    "domain",
    "expression",
    "load",
    "mismatch",
    "operands",
    "place",
    "result_type",
    "scalar",
    "value",
]
