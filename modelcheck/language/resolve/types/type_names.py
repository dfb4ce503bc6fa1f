"""From written types to types."""

from __future__ import annotations

from typing import assert_never

from modelcheck.ground.diagnostics import Fix
from modelcheck.ground.source import Span
from modelcheck.ground.suggest import did_you_mean, rename
from modelcheck.language.resolve.code import domains, expressions
from modelcheck.language.resolve.names.scope import Context
from modelcheck.language.resolve.types.compatibility import BOOL, FINITE_LIMIT, INT, describe, size, values
from modelcheck.language.syntax import ast
from modelcheck.model import typed

#: Elements of one array (all dimensions).
ARRAY_LIMIT = 4096
MAX_WIDTH = 64
_LOCKS = {kind.value: kind for kind in typed.LockKind}
_WORDS = ("bool", "int", "atomic", "refcount", *(word for word, kind in _LOCKS.items() if kind.written))


def resolve_type(context: Context, node: ast.TypeNode | ast.Expr) -> typed.Type:
    """Return the type that ``node`` names. ``context`` is one in which only constants are known.

    Raises ``UnresolvedError`` after reporting.
    """
    match node:
        case ast.NamedType(name) | ast.Name(name):
            return _named(context, name, node.span)
        case ast.RangeTypeNode(low, high):
            bounds = integer(context, low), integer(context, high)
            if bounds[0] > bounds[1]:
                context.fail("MC224", f"the range {bounds[0]}..{bounds[1]} is empty", node.span)
            return typed.RangeType(*bounds)
        case ast.AtomicRangeNode(name, low, high):
            bounds = integer(context, low), integer(context, high)
            if bounds[0] > bounds[1]:
                context.fail("MC224", f"the range {bounds[0]}..{bounds[1]} is empty", node.span)
            return typed.AtomicType(*bounds, refcount=name == "refcount")
        case ast.AtomicWordNode(word):
            found = resolve_type(context, word)
            if not isinstance(found, typed.BvType):
                forms = "`atomic`, `atomic lo..hi`, `atomic bv<n>`, or `atomic` with the name of a `bits` declaration"
                message = f"an atomic holds a number or a bit-vector ({forms}), but this is {describe(found)}"
                context.fail("MC104", message, word.span)
            return typed.AtomicType(0, (1 << found.width) - 1, False, found)
        case ast.BvTypeNode(width):
            bits = integer(context, width)
            if not 1 <= bits <= MAX_WIDTH:
                context.fail("MC212", f"a bit-vector has 1 to {MAX_WIDTH} bits, not {bits}", node.span)
            return typed.BvType(bits)
        case ast.RefTypeNode(target):
            if not isinstance(context.table.type_name(target), ast.ObjectDecl):
                _not_a(context, "object", target, ast.ObjectDecl, node.span)
            _note(context, target, node.span)
            return context.table.reference(target)
        case ast.ProcTypeNode(process):
            if not isinstance(context.table.type_name(process), ast.ProcessDecl):
                _not_a(context, "process", process, ast.ProcessDecl, node.span)
            _note(context, process, node.span)
            return context.table.process_type(process)
        case ast.OptTypeNode(element):
            inner = resolve_type(context, element)
            allowed = typed.BoolType | typed.IntType | typed.RangeType | typed.BvType | typed.EnumType | typed.ProcType
            if isinstance(inner, typed.RefType):
                context.fail("MC210", f"{describe(inner)} can be null already; leave out `opt`", node.span)
            if not isinstance(inner, allowed):
                context.fail("MC210", f"there is no `opt` of {describe(inner)}", node.span)
            return typed.OptType(inner)
        case ast.SetTypeNode(element):
            inner = resolve_type(context, element)
            domains.check_set_element(context, inner, node.span)
            return typed.SetType(inner)
        case ast.ArrayTypeNode(element, index):
            over = context.table.index_type(index)
            array = typed.ArrayType(over, resolve_type(context, element))
            if size(array) > ARRAY_LIMIT:
                context.fail("MC212", f"this array is too large (at most {ARRAY_LIMIT} elements)", node.span)
            return array
        case (
            ast.Literal()
            | ast.Member()
            | ast.Index()
            | ast.Calling()
            | ast.AddressOf()
            | ast.Operator()
            | ast.New()
            | ast.CondLoad()
            | ast.OfProperties()
        ):
            context.fail("MC104", "a type is needed here", node.span)
        case _:
            assert_never(node)


def resolve_index(context: Context, node: ast.TypeNode | ast.Expr) -> typed.Type:
    """Return the index type of an array: an enum, a process class, bool, ``lo..hi``, or ``n`` for ``0..n-1``."""
    match node:
        case ast.RangeTypeNode():
            return _limited(context, resolve_type(context, node), node.span)
        case ast.RangeExpr(low, high):
            return _limited(context, resolve_type(context, ast.RangeTypeNode(low, high, node.span)), node.span)
        case ast.NamedType(name) | ast.Name(name):
            declared = context.table.type_name(name)
            if declared is not None:
                _note(context, name, node.span)
            if isinstance(declared, ast.EnumDecl):
                return context.table.enum(name)
            if isinstance(declared, ast.ProcessDecl):
                return context.table.process_type(name)
            if name == "bool":
                return BOOL
            if declared is not None:
                context.fail("MC219", f"an array cannot be indexed by `{name}`", node.span)
            node = ast.Name(name, node.span)
        case ast.ProcTypeNode():
            return resolve_type(context, node)
        case (
            ast.AtomicRangeNode()
            | ast.AtomicWordNode()
            | ast.BvTypeNode()
            | ast.RefTypeNode()
            | ast.OptTypeNode()
            | ast.SetTypeNode()
            | ast.ArrayTypeNode()
        ):
            context.fail("MC219", "an array is indexed by an enum, a process class, bool or a range", node.span)
        case (
            ast.Literal()
            | ast.Member()
            | ast.Index()
            | ast.Calling()
            | ast.AddressOf()
            | ast.Unary()
            | ast.Binary()
            | ast.Conditional()
            | ast.New()
            | ast.SetLit()
            | ast.CondLoad()
            | ast.Cast()
            | ast.OfProperties()
        ):
            pass
        case _:
            assert_never(node)
    count = integer(context, node)
    if not 1 <= count <= ARRAY_LIMIT:
        context.fail("MC212", f"an array has 1 to {ARRAY_LIMIT} elements, not {count}", node.span)
    return typed.RangeType(0, count - 1)


def _limited(context: Context, type: typed.Type, span: Span) -> typed.Type:
    if len(values(type) or ()) > ARRAY_LIMIT:
        context.fail("MC212", f"this array is too large (at most {ARRAY_LIMIT} elements)", span)
    return type


def integer(context: Context, node: ast.Expr) -> int:
    """Return the value of a constant number."""
    found = expressions.value(context, node, INT, "a number")
    if isinstance(found, typed.Constant) and isinstance(found.value, int):
        return found.value
    context.fail("MC205", "a constant is needed here", node.span)


def _named(context: Context, name: str, span: Span) -> typed.Type:
    match name:
        case "bool":
            return BOOL
        case "int":
            return INT
        case "atomic" | "refcount":
            return typed.AtomicType(0, None, name == "refcount")
        case _ if name in _LOCKS:
            return typed.LockType(_LOCKS[name])
        case _:
            pass
    declared = context.table.type_name(name)
    if declared is not None:
        _note(context, name, span)
    match declared:
        case ast.EnumDecl():
            return context.table.enum(name)
        case ast.BitsDecl():
            return context.table.word(name)
        case ast.StructDecl():
            return context.table.struct(name)
        case ast.ObjectDecl():
            fix = (Fix("a reference to it", span, f"ref {name}"),) if span.text == name else ()
            context.fail(
                "MC104", f"`{name}` is an object; variables hold references to it: `ref {name}`", span, (), fix
            )
        case ast.ProcessDecl():
            fix = (Fix("the identity of one", span, f"proc {name}"),) if span.text == name else ()
            context.fail("MC104", f"`{name}` is a process; its identities have type `proc {name}`", span, (), fix)
        case None:
            candidates = [*_WORDS, *context.table.type_names()]
            message = f"unknown type `{name}`{did_you_mean(name, candidates)}"
            context.fail("MC104", message, span, (), rename(name, candidates, span))
        case _:
            assert_never(declared)


def _note(context: Context, name: str, span: Span) -> None:
    """Note where the name of a type stands, for editors."""
    if context.table.uses is not None:
        context.table.uses.use_type(name, span)


def _not_a(context: Context, what: str, name: str, kind: type[object], span: Span) -> None:
    candidates = [n for n in context.table.type_names() if isinstance(context.table.type_name(n), kind)]
    context.fail_missing("MC104", f"there is no {what} `{name}`", name, candidates, span)


__all__ = ["FINITE_LIMIT", "integer", "resolve_index", "resolve_type"]
