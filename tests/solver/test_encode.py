"""Both encodings mean what the terms mean, for random terms and values."""

from __future__ import annotations

import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcheck.ir.terms import BOOL, INT, Sort, TermFactory
from modelcheck.report.reasons.proofs import inexpressible_words
from modelcheck.solver.builder import Builder
from modelcheck.solver.domains import Domain, DomainEvaluator, interval, of_values
from modelcheck.solver.encode import Encoder, Names, Unencodable, constant, no_literal, number, shape_of, variable
from tests.solver.random_terms import BV, VARIABLES, assignments, evaluate, terms
from tests.telling import tells


def encoded_value(
    builder: Builder, factory: TermFactory, sort: Sort, data: st.DataObject, *, finite: bool, narrow: bool
) -> None:
    """Draw a term and values; check that the encoded term has the value of the term."""
    term = data.draw(terms(factory, sort))
    values = data.draw(assignments)
    # narrow: some variables have one value, others a few; wide: their whole ranges
    domains: dict[int, Domain] = {v.id: interval(v.low, v.high) for v in VARIABLES}
    if narrow:
        for v in VARIABLES:
            extra = data.draw(st.lists(st.integers(v.low, v.high), max_size=2))
            domains[v.id] = of_values([values[v.id], *extra])
    expressions = {v.id: variable(builder, f"v{v.id}", v.sort, domains[v.id], finite=finite) for v in VARIABLES}
    evaluator = DomainEvaluator(domains)
    encoder = Encoder(builder, evaluator, Names(expressions.__getitem__, no_literal), finite=finite)
    expected = evaluate(term, values)
    assert expected in evaluator(term)
    try:
        encoded = encoder(term)
    except Unencodable:
        return
    substitution = [
        (expressions[v.id], constant(builder, values[v.id], v.sort, domains[v.id], finite=finite)) for v in VARIABLES
    ]
    result = z3.simplify(z3.substitute(encoded, *substitution))
    assert number(result, sort, evaluator(term), finite=finite) == expected


@settings(max_examples=150, deadline=None, derandomize=True)
@given(data=st.data(), sort=st.sampled_from((BOOL, INT, BV)), finite=st.booleans(), narrow=st.booleans())
def test_random_terms(data: st.DataObject, sort: Sort, finite: bool, narrow: bool) -> None:
    encoded_value(Builder(z3.main_ctx()), TermFactory(), sort, data, finite=finite, narrow=narrow)


def test_shapes_hold_their_bounds() -> None:
    for low, high in ((0, 1), (0, 8), (5, 7), (-1, 0), (-8, 7), (-9, 3), (-3, 8)):
        shape = shape_of(interval(low, high))
        least = -(1 << (shape.width - 1)) if shape.signed else 0
        most = (1 << (shape.width - int(shape.signed))) - 1
        assert least <= low
        assert high <= most
        narrower = shape.width - 1
        too_small = -(1 << max(narrower - 1, 0)) > low or (1 << max(narrower - int(shape.signed), 0)) - 1 < high
        assert too_small or narrower == 0


def test_an_unbounded_integer_has_no_finite_encoding() -> None:
    factory = TermFactory()
    builder = Builder(z3.main_ctx())
    names = Names(lambda id: builder.int_variable(f"v{id}"), no_literal)
    term = factory.lt(factory.variable(0, INT), factory.integer(3))
    with tells(Unencodable, inexpressible_words, "no bound"):
        Encoder(builder, DomainEvaluator({}), names, finite=True)(term)
    assert str(Encoder(builder, DomainEvaluator({}), names, finite=False)(term)) == "v0 < 3"
