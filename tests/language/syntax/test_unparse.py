"""The formatter: what it prints parses to the same tree and is printed the same again."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelcheck.language.syntax import ast
from modelcheck.language.syntax.formatter.unparse import (
    unparse,
    unparse_expression,
    unparse_item,
    unparse_statement,
    unparse_type,
)
from modelcheck.language.syntax.parse import parse_text
from tests.language.syntax.strategies import expressions, items, specs, statements, types

SLOW = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def expression_of(text: str) -> ast.Expr:
    item = parse_text(f"invariant i : {text};", "x.mc").items[0]
    assert isinstance(item, ast.PropertyDecl)
    return item.expression


def statements_of(text: str) -> tuple[ast.Stmt, ...]:
    item = parse_text(f"process p {{ {text} }}", "x.mc").items[0]
    assert isinstance(item, ast.ProcessDecl)
    return item.body.statements


@SLOW
@given(expressions())
def test_expressions_round_trip(expression: ast.Expr) -> None:
    assert expression_of(unparse_expression(expression)) == expression


@SLOW
@given(types(3))
def test_types_round_trip(node: ast.TypeNode) -> None:
    item = parse_text(f"shared x : {unparse_type(node)};", "x.mc").items[0]
    assert isinstance(item, ast.SharedDecl)
    assert item.type == node


@SLOW
@given(statements(3))
def test_statements_round_trip(statement: ast.Stmt) -> None:
    assert statements_of(unparse_statement(statement)) == (statement,)


@SLOW
@given(items())
def test_items_round_trip(item: ast.Item) -> None:
    assert parse_text(unparse_item(item), "x.mc").items == (item,)


@SLOW
@given(specs())
def test_specs_round_trip_and_stay(spec: ast.Spec) -> None:
    text = unparse(spec)
    again = parse_text(text, "x.mc")
    assert again == spec
    stable = unparse(again)
    assert parse_text(stable, "x.mc") == spec
    assert unparse(parse_text(stable, "x.mc")) == stable


_COMMENTS = ["/* a */", "// b\n", "\n// c\n", "\n\n", "\n", " ", "/* d\n   e */", "/* f */ // g\n"]


@SLOW
@given(specs(), st.data())
def test_comments_survive_wherever_they_stand(spec: ast.Spec, data: st.DataObject) -> None:
    lexemes = re.findall(r'"(?:[^"\\\n]|\\.)*"|\w+|>>=|<<=|[-+*/%&^|<>=!]=|[|&+<>-]{2}|->|=>|::|\.\.|\S', unparse(spec))
    gaps = data.draw(st.lists(st.sampled_from(_COMMENTS), min_size=len(lexemes), max_size=len(lexemes)))
    text = " ".join(part for pair in zip(lexemes, gaps, strict=True) for part in pair)
    wild = parse_text(text, "x.mc")
    assert wild == spec
    formatted = unparse(wild)
    again = parse_text(formatted, "x.mc")
    assert again == spec
    assert sorted(w for c in again.comments for w in c.text.split()) == sorted(
        w for c in wild.comments for w in c.text.split()
    )
    stable = unparse(again)
    assert unparse(parse_text(stable, "x.mc")) == stable


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("((a)) + (b * c)", "a + b * c"),
        ("(a + b) * c", "(a + b) * c"),
        ("a - (b - c)", "a - (b - c)"),
        ("a => b => c", "a => b => c"),
        ("(a => b) => c", "(a => b) => c"),
        ("(seq & 1) == 0", "(seq & 1) == 0"),
        ("a && b || c", "(a && b) || c"),
        ("a || b && c", "a || (b && c)"),
        ("a => b ? c : d", "a => b ? c : d"),
        ("- -x", "- -x"),
        ("0xFf + 10", "0xFf + 10"),
        ("(forall x in D : p) && q", "(forall x in D : p) && q"),
        ("q && (forall x in D : p)", "q && forall x in D : p"),
        ("x in 0..n-1 && y", "x in 0..n-1 && y"),
        ("(p)->count.inc() == (a[0])'", "p->count.inc() == a[0]'"),
    ],
)
def test_parentheses(text: str, printed: str) -> None:
    assert unparse_expression(expression_of(text)) == printed


def test_steps_stay_as_written() -> None:
    text = "x++; x--; x += 1; x -= 1; x += 2;"
    assert " ".join(unparse_statement(s) for s in statements_of(text)) == text
