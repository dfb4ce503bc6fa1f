"""Spacer: invariants that no template was written for, read back as terms, and nothing believed
without the second solver.
"""

from __future__ import annotations

import pytest

from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.evaluate import evaluate
from modelcheck.ir.passes.fixed import without_counters
from modelcheck.ir.terms import INT, Op, Term, TermFactory, post_order
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.result.reasons.proofs import SpacerSaid
from modelcheck.semantics.elaborate import elaborate
from modelcheck.solver.certificates.reading import read_term
from modelcheck.solver.certificates.sexpressions import read_all
from modelcheck.solver.smtlib import term_text
from modelcheck.solver.spacer import clauses, search

LADDER = """
model ladder;
shared x : int = 0;
shared y : int = 0;
process p { loop quiescent { atomic { if (x < 5) { x = x + 1; } else { x = 0; y = y + x; } } } }
invariant natural : x >= 0 && x <= 5;
invariant small   : x <= 3;
scenario one { run p; }
"""


def target(text: str, name: str) -> tuple[CounterSystem, Term]:
    system = elaborate(pipeline.Loaded(parse_text(text, "test.mc")).edited().resolved().model)
    (id,) = (p.id for p in system.properties if p.name == name)
    proved = without_counters(system)
    return proved, proved.terms.or_(*proved.violations(id))


def test_an_invariant_is_found_and_read() -> None:
    system, fails = target(LADDER, "natural")
    found = search(system, (), fails, 20)
    assert found.invariant is not None, found.reason
    values = {v.id: v.initial for v in system.variables}
    for _ in range(20):
        assert evaluate(found.invariant, values)
        step = next(s for s in system.steps if not s.fault and evaluate(s.guard, values))
        values.update([(id, evaluate(value, values)) for id, value in step.updates])


def test_a_violation_is_no_invariant() -> None:
    system, fails = target(LADDER, "small")
    found = search(system, (), fails, 20)
    assert found.invariant is None
    assert found.reason is SpacerSaid.VIOLATION


def test_time_runs_out() -> None:
    system, fails = target(LADDER, "natural")
    found = search(system, (), fails, 0.001)
    assert found.invariant is None
    assert found.reason


def test_lemmas_are_handed_over() -> None:
    system, fails = target(LADDER, "natural")
    y = next(v for v in system.variables if v.name == "y")
    lemma = system.terms.le(system.terms.integer(0), system.terms.variable(y.id, INT))
    assert sum("(<= 0 x" in line for line in clauses(system, (lemma,), fails)) >= 2


@pytest.mark.parametrize("divisor", [2, 3, 7])
def test_divisions_by_constants_are_read_back(divisor: int) -> None:
    terms = TermFactory()
    x, y = terms.variable(0, INT), terms.variable(1, INT)
    both = terms.add(x, y)
    number = terms.integer(divisor)
    term = terms.le(terms.div(both, number), terms.mod(terms.sub(x, both), number))
    (text,) = read_all(term_text(term, {0: "x", 1: "y"}))
    assert read_term(text, {"x": x, "y": y}, terms) is term
    assert any(node.op is Op.MOD for node in post_order((term,)))


@pytest.mark.parametrize(
    ("text", "same"), [("(>= x 1)", "(<= 1 x)"), ("(> x y)", "(< y x)"), ("(=> (< x 1) (< y 1))", None)]
)
def test_orders_the_other_way_round(text: str, same: str | None) -> None:
    terms = TermFactory()
    names = {"x": terms.variable(0, INT), "y": terms.variable(1, INT)}
    (expression,) = read_all(text)
    term = read_term(expression, names, terms)
    if same is None:
        assert term is terms.implies(terms.lt(names["x"], terms.integer(1)), terms.lt(names["y"], terms.integer(1)))
    else:
        (other,) = read_all(same)
        assert term is read_term(other, names, terms)
