"""Expressions and types as text, with as few parentheses as precedence allows.

Beyond what precedence needs, parentheses stand where C compilers ask for them: around ``&&`` inside ``||``, and around
arithmetic inside shifts and bit operations. ``BREAK`` marks where a line that is too long may be broken.
"""

from __future__ import annotations

import re
from typing import assert_never

from modelcheck.language.syntax import ast
from modelcheck.language.syntax.operators import (
    CONDITIONAL_LEVEL,
    MAY_LEVEL,
    PLACE_LEVEL,
    PRECEDENCE,
    RIGHT_ASSOCIATIVE,
    UNARY_LEVEL,
)

#: A place where a line may be broken (the space before it goes). Never part of what the callers outside get, and no
#: character of a source either.
BREAK = "\0"

_ARITHMETIC = frozenset(["+", "-", "*", "/", "%"])
_BITWISE = frozenset(["<<", ">>", "&", "^", "|"])
_BREAK_AFTER = frozenset(["&&", "||", "=>", "+", "-"])


def unparse_expression(expression: ast.Expr) -> str:
    """Return the expression as the user would write it."""
    return expression_text(expression).replace(BREAK, "")


def unparse_type(node: ast.TypeNode) -> str:
    """Return the type as the user would write it."""
    return type_text(node).replace(BREAK, "")


def expression_text(expression: ast.Expr, level: int = MAY_LEVEL, tail: bool = True) -> str:
    """Return the expression as an operand that must bind at least as tightly as ``level``.

    ``tail``: what follows ends the expression, so that a quantifier, which reaches as far right as it can, is safe.
    """
    text, own = _text(expression, tail)
    if own >= level:
        return text
    return f"({_text(expression, True)[0]})"


def _text(expression: ast.Expr, tail: bool) -> tuple[str, int]:
    """Return the text without parentheses around it, and how tightly that binds."""
    match expression:
        case ast.IntLit():
            return _integer(expression), UNARY_LEVEL
        case ast.BoolLit(value):
            return "true" if value else "false", UNARY_LEVEL
        case ast.NullLit():
            # As the user writes it.
            return "NULL" if expression.span.text == "NULL" else "null", UNARY_LEVEL
        case ast.NoneLit():
            return "none", UNARY_LEVEL
        case ast.UninitLit():
            return "uninit", UNARY_LEVEL
        case ast.Wildcard():
            return "_", UNARY_LEVEL
        case ast.Name(name):
            return name, PLACE_LEVEL
        case ast.Member(base, field, arrow):
            return f"{_place(base)}{'->' if arrow else '.'}{field}", PLACE_LEVEL
        case ast.Index(base, index):
            return f"{_place(base)}[{expression_text(index)}]", PLACE_LEVEL
        case ast.Call(name, arguments):
            return f"{name}({arguments_text(arguments)})", UNARY_LEVEL if name == "new" else PLACE_LEVEL
        case ast.MethodCall(base, method, arguments):
            return f"{_place(base)}.{method}({arguments_text(arguments)})", PLACE_LEVEL
        case ast.Prime(operand):
            return f"{_place(operand)}'", PLACE_LEVEL
        case ast.AddressOf(operand):
            return _prefixed("&", operand, tail), UNARY_LEVEL
        case ast.Unary(operator, operand):
            return _prefixed(operator, operand, tail), UNARY_LEVEL
        case ast.Binary(operator, left, right):
            return _binary(operator, left, right, tail), PRECEDENCE[operator]
        case ast.RangeExpr(low, high):
            level = PRECEDENCE[".."]
            low_text = _tight(expression_text(low, level, tail=False))
            return f"{low_text}..{_tight(expression_text(high, level + 1, tail))}", level
        case ast.Conditional(condition, then, otherwise):
            start = expression_text(condition, CONDITIONAL_LEVEL + 1, tail=False)
            end = expression_text(otherwise, CONDITIONAL_LEVEL, tail)
            return f"{start} ? {BREAK}{expression_text(then)} : {BREAK}{end}", CONDITIONAL_LEVEL
        case ast.May(condition, event):
            start = expression_text(condition, CONDITIONAL_LEVEL, tail=False)
            return f"{start} may {BREAK}{expression_text(event, CONDITIONAL_LEVEL, tail)}", MAY_LEVEL
        case ast.Quantifier(kind, variable, domain, body):
            text = f"{kind.value} {variable} in {domain_text(domain)} : {BREAK}{expression_text(body)}"
            return text, UNARY_LEVEL if tail else 0
        case ast.New(target, inits, may_fail):
            word = "try_new" if may_fail else "new"
            return f"{word} {target} {{{fields_text(inits)} }}" if inits else f"{word} {target}", UNARY_LEVEL
        case ast.SetLit(elements):
            return f"{{{arguments_text(elements)}}}", UNARY_LEVEL
        case ast.CondLoad(place, condition):
            return f"cond_load({expression_text(place)}, {BREAK}{expression_text(condition)})", UNARY_LEVEL
        case ast.Cast(target, operand):
            level = PLACE_LEVEL if isinstance(target, ast.NamedType) else UNARY_LEVEL
            return f"{type_text(target)}({expression_text(operand)})", level
        case ast.LabelPredicate(question, labels):
            return f"{question.value}({', '.join(label_path_text(label) for label in labels)})", UNARY_LEVEL
        case _:
            assert_never(expression)


def _integer(literal: ast.IntLit) -> str:
    """Return the number in the base in which the user wrote it."""
    written = literal.span.text
    if re.fullmatch(r"0[xX][0-9a-fA-F]+", written) and int(written, 16) == literal.value:
        return written
    return str(literal.value)


def _place(base: ast.Expr) -> str:
    return expression_text(base, PLACE_LEVEL)


def _prefixed(operator: str, operand: ast.Expr, tail: bool) -> str:
    text = expression_text(operand, UNARY_LEVEL, tail)
    apart = " " if text[0] == operator and operator in "-&" else ""  # `--` and `&&` are other symbols
    return f"{operator}{apart}{text}"


def _binary(operator: str, left: ast.Expr, right: ast.Expr, tail: bool) -> str:
    level = PRECEDENCE[operator]
    right_associative = operator in RIGHT_ASSOCIATIVE
    left_text = _operand(operator, left, level + right_associative, tail=False)
    right_text = _operand(operator, right, level + (not right_associative), tail)
    soft = BREAK if operator in _BREAK_AFTER else ""
    return f"{left_text} {operator} {soft}{right_text}"


def _operand(operator: str, operand: ast.Expr, level: int, tail: bool) -> str:
    if isinstance(operand, ast.Binary) and _easily_misread(operator, operand.operator):
        return f"({expression_text(operand)})"
    return expression_text(operand, level, tail)


def _easily_misread(outer: str, inner: str) -> bool:
    return (outer == "||" and inner == "&&") or (
        outer in _BITWISE and inner != outer and (inner in _ARITHMETIC or inner in _BITWISE)
    )


def _tight(text: str) -> str:
    """Return simple arithmetic in a range without its spaces: ``0..n-1``."""
    if re.fullmatch(rf"\w+( [-+*/%] {BREAK}?\w+)+", text):
        return text.replace(" ", "").replace(BREAK, "")
    return text


def arguments_text(arguments: tuple[ast.Expr, ...]) -> str:
    """Return the arguments of a call, without its parentheses."""
    return f", {BREAK}".join(expression_text(argument) for argument in arguments)


def fields_text(inits: tuple[ast.FieldInit, ...]) -> str:
    """Return the fields of ``new T { … }``, a space before each."""
    return "".join(f" {BREAK}{init.field} = {expression_text(init.value)};" for init in inits)


def domain_text(domain: ast.Expr) -> str:
    """Return the domain of ``for``, ``pick`` or a quantifier."""
    return expression_text(domain, CONDITIONAL_LEVEL + 1, tail=False)


def label_path_text(path: ast.LabelPath) -> str:
    """Return ``owner[replica]::call/…/label``."""
    replica = f"[{expression_text(path.replica)}]" if path.replica is not None else ""
    return f"{path.owner}{replica}::{'/'.join((*path.path, path.label))}"


# ------------------------------------------------------------------------------------------- types


def type_text(node: ast.TypeNode) -> str:
    """Return the type."""
    match node:
        case ast.NamedType(name):
            return name
        case ast.RangeTypeNode(low, high):
            return f"{bound_text(low)}..{bound_text(high)}"
        case ast.AtomicRangeNode(name, low, high):
            return f"{name} {bound_text(low)}..{bound_text(high)}"
        case ast.AtomicWordNode(word):
            return f"atomic {type_text(word)}"
        case ast.BvTypeNode(width):
            return f"bv<{bound_text(width)}>"
        case ast.RefTypeNode(target):
            return f"ref {target}"
        case ast.OptTypeNode(element):
            inner = type_text(element)
            return f"opt<{inner}>" if isinstance(element, ast.ArrayTypeNode) else f"opt {inner}"
        case ast.SetTypeNode(element):
            return f"set<{type_text(element)}>"
        case ast.ProcTypeNode(process):
            return f"proc {process}"
        case ast.ArrayTypeNode():
            element, indexes = split_array(node)
            return f"{type_text(element)}{indexes}"
        case _:
            assert_never(node)


def split_array(node: ast.TypeNode) -> tuple[ast.TypeNode, str]:
    """Return the type of the innermost elements, and the text of all indexes, outermost first."""
    indexes = ""
    while isinstance(node, ast.ArrayTypeNode):
        indexes += f"[{index_text(node.index)}]"
        node = node.element
    return node, indexes


def index_text(index: ast.TypeNode | ast.Expr) -> str:
    """Return what stands in the brackets of an array type or a process (the parser takes a lone name for a type)."""
    match index:
        case (
            ast.NamedType()
            | ast.RangeTypeNode()
            | ast.AtomicRangeNode()
            | ast.AtomicWordNode()
            | ast.BvTypeNode()
            | ast.RefTypeNode()
            | ast.OptTypeNode()
            | ast.SetTypeNode()
            | ast.ProcTypeNode()
            | ast.ArrayTypeNode()
        ):
            return type_text(index)
        case (
            ast.Literal()
            | ast.Location()
            | ast.Calling()
            | ast.AddressOf()
            | ast.Operator()
            | ast.New()
            | ast.CondLoad()
            | ast.OfProperties()
        ):
            return bound_text(index)
        case _:
            assert_never(index)


def bound_text(bound: ast.Expr) -> str:
    """Return a bound of a range, a width or a count: arithmetic, or anything in parentheses."""
    return _tight(expression_text(bound)) if _is_bound(bound) else f"({expression_text(bound)})"


def _is_bound(bound: ast.Expr) -> bool:
    match bound:
        case ast.IntLit() | ast.Name():
            return True
        case ast.Call(name):
            return name != "new"
        case ast.Cast(target):
            return isinstance(target, ast.NamedType)
        case ast.Unary("-", operand):
            return not isinstance(operand, ast.Binary) and _is_bound(operand)
        case ast.Binary(operator, left, right):
            return operator in _ARITHMETIC and _is_bound(left) and _is_bound(right)
        case (
            ast.BoolLit()
            | ast.NullLit()
            | ast.NoneLit()
            | ast.UninitLit()
            | ast.Wildcard()
            | ast.Member()
            | ast.Index()
            | ast.MethodCall()
            | ast.AddressOf()
            | ast.Unary()
            | ast.Conditional()
            | ast.RangeExpr()
            | ast.New()
            | ast.SetLit()
            | ast.CondLoad()
            | ast.OfProperties()
        ):
            return False
        case _:
            assert_never(bound)
