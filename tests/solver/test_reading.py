"""SMT-LIB text without a solver: its value, and the terms that it is read back as."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from modelcheck.ir.terms import BOOL, INT, Sort, TermFactory
from modelcheck.solver.certificates.evaluator import Definitions
from modelcheck.solver.certificates.reading import NoSuchVariable, read_term
from modelcheck.solver.certificates.sexpressions import Unreadable, read_all
from modelcheck.solver.encode import Unencodable
from modelcheck.solver.smtlib import sort_text, symbol, term_text
from tests.solver.random_terms import BV, VARIABLES, assignments, evaluate, terms

NAMES = {v.id: symbol(f"Page[{v.id}].count") for v in VARIABLES}
DECLARED = "".join(f"(declare-const {NAMES[v.id]} {sort_text(v.sort)})" for v in VARIABLES)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(data=st.data(), sort=st.sampled_from((BOOL, INT, BV)))
def test_random_text_has_the_value_of_its_term(data: st.DataObject, sort: Sort) -> None:
    factory = TermFactory()
    term = data.draw(terms(factory, sort))
    values = data.draw(assignments)
    try:
        text = term_text(term, NAMES)
    except Unencodable:
        assume(False)
    definitions = Definitions()
    definitions.add(read_all(f"{DECLARED}(define-fun result () {sort_text(sort)} {text})"))
    named = {NAMES[v.id]: bool(values[v.id]) if v.sort == BOOL else values[v.id] for v in VARIABLES}
    assert int(definitions.value("result", named)) == evaluate(term, values)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(data=st.data())
def test_random_text_is_read_back(data: st.DataObject) -> None:
    factory = TermFactory()
    term = data.draw(terms(factory, BOOL))
    try:
        text = term_text(term, NAMES)
    except Unencodable:
        assume(False)
    variables = {NAMES[v.id]: factory.variable(v.id, v.sort) for v in VARIABLES}
    again = read_term(read_all(text)[0], variables, factory)
    values = data.draw(assignments)
    assert evaluate(again, values) == evaluate(term, values)


def test_an_equality_keeps_its_order_whichever_side_was_known_first() -> None:
    variables = {"x": (0, INT), "y": (1, INT)}
    text = "(or (= (ite (= y 1) 1 0) x) (= x y))"
    for first in ("x", "y", "(ite (= y 1) 1 0)", "(= x y)", "(= y x)", "(= x (ite (= y 1) 1 0))"):
        factory = TermFactory()
        known = {name: factory.variable(id, sort) for name, (id, sort) in variables.items()}
        read_term(read_all(first)[0], known, factory)
        assert term_text(read_term(read_all(text)[0], known, factory), {0: "x", 1: "y"}) == text


def test_functions_and_nested_lets() -> None:
    definitions = Definitions()
    definitions.add(
        read_all(
            """; a comment with ) in it
            (declare-const |a b| Int)
            (define-fun twice ((x Int)) Int (* 2 x))
            (define-fun deep () Int (let ((x (twice |a b|))) (let ((x (+ x 1)) (y x)) (- x y))))
            (assert false)"""
        )
    )
    assert definitions.value("deep", {"|a b|": 5}) == 1
    assert definitions.names() == {"twice", "deep"}


@pytest.mark.parametrize(("text", "why"), [("(and true", "missing"), ("(and true))", "too many"), ("|a", "no end")])
def test_what_is_no_expression(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_all(text)


@pytest.mark.parametrize(
    "text",
    [
        "(define-fun f () Int x)",
        "(define-fun f () Int (+ 1 (unknown 2)))",
        "(define-fun f () Int 1)(define-fun f () Int 2)",
        "(define-fun f ((a Int)) Int a)(define-fun g () Int (f 1 2))",
        "(define-fun f () Int (let ((a)) a))",
    ],
)
def test_what_cannot_be_evaluated(text: str) -> None:
    definitions = Definitions()
    with pytest.raises(Unreadable):
        definitions.add(read_all(text))


@pytest.mark.parametrize(
    "text",
    [
        "(and a)",
        "(and a 1)",
        "(+ a 1)",
        "(< a a)",
        "(ite 1 a a)",
        "(ite a a 1)",
        "(forall ((x Int)) a)",
        "()",
        "(= a 1)",
        "(bvadd a a)",
    ],
)
def test_what_is_no_lemma(text: str) -> None:
    factory = TermFactory()
    with pytest.raises(Unreadable):
        read_term(read_all(text)[0], {"a": factory.variable(0, BOOL)}, factory)


def test_a_name_that_nothing_has_is_told_from_bad_text() -> None:
    with pytest.raises(NoSuchVariable, match="nobody"):
        read_term("nobody", {}, TermFactory())
