"""The SMT-LIB text of random terms and systems, read back by z3."""

from __future__ import annotations

from dataclasses import replace

import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcheck.ir.terms import BOOL, INT, Sort, TermFactory
from modelcheck.solver.builder import Builder
from modelcheck.solver.domains import Domain, DomainEvaluator, interval
from modelcheck.solver.encode import Encoder, Names, Unencodable, constant, no_literal, number, variable
from modelcheck.solver.smtlib import constant_text, sort_text, symbol, system_text, term_text
from tests.engines.systems import RandomSystem, peterson
from tests.solver.random_terms import BV, VARIABLES, assignments, evaluate, terms

NAMES = {v.id: symbol(f"Page[{v.id}].count") for v in VARIABLES}
DOMAINS: dict[int, Domain] = {v.id: interval(v.low, v.high) for v in VARIABLES}
FREE = Domain(None, None)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(data=st.data(), sort=st.sampled_from((BOOL, INT, BV)))
def test_text_of_random_terms(data: st.DataObject, sort: Sort) -> None:
    factory = TermFactory()
    term = data.draw(terms(factory, sort))
    values = data.draw(assignments)
    try:
        text = term_text(term, NAMES, DOMAINS)
    except Unencodable:
        return
    builder = Builder(z3.main_ctx())
    expressions = {v.id: variable(builder, f"Page[{v.id}].count", v.sort, FREE, finite=False) for v in VARIABLES}
    declared = "".join(f"(declare-fun {NAMES[v.id]} () {sort_text(v.sort)})" for v in VARIABLES)
    parsed = z3.parse_smt2_string(f"{declared}(declare-fun result () {sort_text(sort)})(assert (= result {text}))")[0]
    expected = evaluate(term, values)
    substitution = [(expressions[v.id], constant(builder, values[v.id], v.sort, FREE, finite=False)) for v in VARIABLES]
    result = variable(builder, "result", sort, FREE, finite=False)
    claim = constant(builder, expected, sort, FREE, finite=False)
    assert z3.is_true(z3.simplify(z3.substitute(parsed, *substitution, (result, claim))))
    # and the direct encoding says the same of these values
    direct = Encoder(builder, DomainEvaluator(DOMAINS), Names(expressions.__getitem__, no_literal), finite=False)(term)
    assert number(z3.simplify(z3.substitute(direct, *substitution)), sort, FREE, finite=False) == expected


def test_symbols() -> None:
    assert symbol("count") == "count"
    assert symbol("Page[0].count") == "|Page[0].count|"
    assert symbol("x'") == "|x'|"
    assert symbol("let") == "let~"
    assert symbol("select") != "select"
    assert symbol("x'") not in (symbol("x"), "x")
    assert symbol("0x") == "|0x|"
    assert constant_text(-3, INT) == "(- 3)"


def test_shared_parts_are_written_once() -> None:
    factory = TermFactory()
    term = factory.variable(2, INT)
    for _ in range(40):
        term = factory.add(term, term)
    assert len(term_text(term, NAMES)) < 2000


def check(text: str, *asserted: str) -> z3.CheckSatResult:
    solver = z3.Solver()
    solver.from_string(text + "".join(f"(assert {a})" for a in asserted))
    return solver.check()


def test_the_text_of_a_system_is_its_transition_relation() -> None:
    text = system_text(peterson())
    assert check(text, "|initial state|") == z3.sat
    assert check(text, "|initial state|", "|some step|") == z3.sat
    # after one step of the first process it wants to enter
    assert check(text, "|initial state|", "|step 0|", "(not |want[0]'|)") == z3.unsat
    assert check(text, "|initial state|", "|violated mutex|") == z3.unsat
    # both in the critical section is a state of the text, though not a reachable one
    assert check(text, "|violated mutex|") == z3.sat
    # an invariant of the protocol is inductive: a process beyond its first location wants to enter
    invariant = "(and {} {})".format(
        *(f"(= |want[{i}]{{0}}| (and (<= 1 |p{i}.pc{{0}}|) (<= |p{i}.pc{{0}}| 3)))" for i in range(2))
    )
    bounds = "(<= 0 p0.pc 4)(<= 0 p1.pc 4)"
    now, after = invariant.format(""), invariant.format("'")
    assert check(text, "|initial state|", f"(not {now})") == z3.unsat
    assert check(text, now, f"(and {bounds})", "|some step|", f"(not {after})") == z3.unsat
    assert check(text, now, f"(and {bounds})", "|some step|") == z3.sat


def test_variables_of_one_name_are_told_apart() -> None:
    system = peterson()
    alike = replace(system, variables=tuple(replace(v, name="x") for v in system.variables))
    text = system_text(alike)
    assert "(declare-fun x () Bool)" in text
    assert "(declare-fun |x 1| () Bool)" in text
    assert check(text, "|initial state|", "|some step|") == z3.sat


def test_texts_of_random_systems_parse() -> None:
    for seed in range(10):
        assert check(system_text(RandomSystem(seed).make()), "|initial state|") == z3.sat
