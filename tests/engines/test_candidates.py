"""Guessed lemmas: what samples exclude, what steps obviously preserve, sums that samples have in common."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from modelcheck.checking.semantics import SEMANTICS
from modelcheck.engines.induction.effect import Effect
from modelcheck.engines.induction.guesses.affine import PRIME, Linear, Matrix, hull, join, linear_term
from modelcheck.engines.induction.guesses.candidates import Guess, guess
from modelcheck.engines.induction.guesses.conditional import equal_where
from modelcheck.engines.induction.guesses.exclusions import Seen
from modelcheck.engines.induction.guesses.numeric import distinct_rows, orthogonal
from modelcheck.engines.induction.guesses.sums import at_least, without_equation
from modelcheck.engines.induction.samples.compiled import visited
from modelcheck.engines.induction.samples.samples import Sampler
from modelcheck.engines.induction.samples.vectors import Columns
from modelcheck.engines.induction.samples.view import View
from modelcheck.engines.induction.subject import Countable, count, countable
from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.evaluate import evaluate, evaluate_all
from modelcheck.ir.terms import BoolSort
from modelcheck.ir.uncountable import NotCountable
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from modelcheck.report.reasons.proofs import uncountable_words
from tests.telling import tells

TURNSTILE = """
model turnstile;
enum Light { red, green, dark }
shared light  : Light = red;
shared inside : int = 0;
shared fees   : int = 0;
mutex door;
process guest {
      lock(door);
 ent: atomic { inside = inside + 1; light = green; }
      unlock(door);
 pay: fees = fees + 2;
      lock(door);
 out: atomic { inside = inside - 1; if (inside == 0) { light = red; } }
      unlock(door);
}
process guard { lock(door); off: light = dark; on: atomic { light = inside == 0 ? red : green; } unlock(door); }
scenario any { run guest[*], guard; }
"""


def countable_of(text: str) -> Countable:
    spec = parse_text(text, "turnstile.mc")

    def sized(counts: Mapping[str, int] | None) -> typed.Model:
        return pipeline.Loaded(spec).edited().resolved("any", counts).model

    return countable(sized(None), sized, SEMANTICS)


def turnstile() -> tuple[CounterSystem, Matrix, View]:
    known = countable_of(TURNSTILE)
    sampler = Sampler(known.replicas, known.growth)
    samples = sampler.sample((0, 1, 2, 3), (1000, 1000, 1000, 1000), 60)
    assert samples.complete == [0, 1, 2, 3]
    counted = count(known.model_of(2), known, [sampler.local_values(x) for x in samples.locals]).counted
    view = View(counted, sampler, samples)
    return counted, view.table(samples.rows), view


def state_of(counted: CounterSystem, row: Matrix) -> dict[int, bool | int]:
    return {
        v.id: bool(x) if isinstance(v.initial, bool) else int(x)
        for v, x in zip(counted.variables, row.tolist(), strict=True)
    }


def random_states(counted: CounterSystem, table: Matrix, many: int) -> list[dict[int, bool | int]]:
    """Samples in which a few variables have the value that they have in another sample."""
    chance = np.random.default_rng(7)
    mixed = table[chance.integers(len(table), size=many)]
    other = table[chance.integers(len(table), size=many)]
    swapped = chance.random(mixed.shape) < 0.15
    return [state_of(counted, row) for row in np.where(swapped, other, mixed)]


def test_rows_are_told_apart() -> None:
    chance = np.random.default_rng(3)
    table = chance.integers(-2, 3, (10_000, 7))
    assert distinct_rows(table).tolist() == [list(row) for row in dict.fromkeys(map(tuple, table.tolist()))]
    assert len(distinct_rows(np.zeros((0, 4), dtype=np.int64))) == 0


def test_large_numbers_are_multiplied_exactly() -> None:
    vectors = np.array([[1, -1, 0], [1, 1, -2]])
    small = np.array([[3, 3, 3], [3, 3, 4], [0, 0, 0]])
    assert orthogonal(small, vectors).tolist() == [True, False, True]
    assert orthogonal(small + 2**54, vectors).tolist() == [True, False, True]


def test_clauses_exclude_the_state_and_no_sample() -> None:
    counted, table, _ = turnstile()
    seen = Seen(counted, table)
    evaluate_samples = Columns({v.id: table[:, i] for i, v in enumerate(counted.variables)}, len(table))
    widths = set()
    for state in random_states(counted, table, 300):
        for cube in seen.exclude(seen.classes(state), (), 3):
            term = seen.term(cube)
            assert not evaluate(term, state)
            assert evaluate_samples(term).all()
            widths.add(len(cube.sides))
    assert widths == {2}


def test_what_was_added_is_not_excluded() -> None:
    counted, table, _ = turnstile()
    seen = Seen(counted, table)
    widths = set()
    excluded = 0
    for state in random_states(counted, table, 300):
        found = seen.exclude(seen.classes(state), (), 1)
        if found:
            excluded += 1
            widths.add(len(found[0].sides))
            assert not evaluate(seen.term(found[0]), state)
            seen.add(np.array([[int(state[v.id]) for v in counted.variables]]))
            assert not any(evaluate(seen.term(c), state) is False for c in seen.exclude(seen.classes(state), (), 1))
    assert excluded > 20
    assert {2, 3} <= widths


def test_what_a_step_obviously_keeps_it_keeps() -> None:
    counted, table, _ = turnstile()
    guesses: Guess = guess(counted, table, 2)
    equations = [linear_term(counted, guesses.features, e) for e in guesses.linear]
    chance = random.Random(3)
    clauses = [
        counted.terms.or_(*(counted.terms.not_(guesses.facts[i].term) for i in c.facts))
        for c in chance.sample(guesses.clauses, min(120, len(guesses.clauses)))
    ]
    lemmas = [*guesses.plain, *equations, *clauses]
    states = random_states(counted, table, 400)
    kept = tried = 0
    for step in counted.steps:
        effect, changed = Effect(step), frozenset(id for id, _ in step.updates)
        obvious = [x for x in lemmas if effect.keeps(x, changed)]
        kept += len(obvious)
        for state in states:
            if not evaluate(step.guard, state):
                continue
            after = dict(state)
            after.update((id, evaluate(value, state)) for id, value in step.updates)
            for lemma, before, afterwards in zip(
                obvious, evaluate_all(obvious, state), evaluate_all(obvious, after), strict=True
            ):
                tried += bool(before)
                assert afterwards or not before, (step.name, lemma)
    assert kept > 500
    assert tried > 5000


def test_sums_hold_in_all_samples_and_in_what_joins_them() -> None:
    counted, table, _ = turnstile()
    guesses = guess(counted, table, 0)
    values = Columns({v.id: table[:, i] for i, v in enumerate(counted.variables)}, len(table))
    points = np.stack([values(f) for f in guesses.features], axis=1)
    assert guesses.linear
    for e in guesses.linear:
        assert not (
            points[:, [i for i, _ in e.coefficients]] @ np.array([c for _, c in e.coefficients]) + e.constant
        ).any()
    point = [7 * i % 5 for i in range(len(guesses.features))]
    joined = join(list(guesses.linear), point)
    assert len(joined) == len(guesses.linear) - 1
    for e in joined:
        assert not sum(c * point[i] for i, c in e.coefficients) + e.constant
        assert not (
            points[:, [i for i, _ in e.coefficients]] @ np.array([c for _, c in e.coefficients]) + e.constant
        ).any()


def test_states_are_told_in_the_counted_variables_and_back() -> None:
    counted, table, view = turnstile()
    for row, numbers in zip(view.samples.rows, table, strict=True):
        state = view.values(row)
        assert state == state_of(counted, numbers)
        assert view.packed(state) == (row[1], tuple(sorted(row[2])))


@pytest.mark.parametrize("limit", [1, 40])
def test_states_around_one_are_reachable_from_it(limit: int) -> None:
    counted, table, view = turnstile()
    reachable = {tuple(row) for row in table.tolist()}
    for number in range(0, len(table), 25):
        found = view.around(state_of(counted, table[number]), limit)
        assert len(found) >= min(limit, 1)
        assert {tuple(row) for row in found.tolist()} <= reachable


def test_a_number_without_an_equation_is_at_least_a_sum_of_what_it_never_falls_below() -> None:
    system, _, _ = turnstile()
    terms = system.terms
    one, two, three, number = (terms.variable(v.id, v.sort) for v in system.variables[-4:])
    empty = terms.eq(one, terms.integer(0))
    features = [one, two, three, empty, number]
    values = np.array([[0, 0, 0, 1, 1], [1, 2, 0, 0, 3], [1, 0, 1, 0, 1], [0, 0, 1, 1, 4]], dtype=np.int64)
    columns = list(values.T)
    counted = replace(system, counters=tuple(v.id for v in system.variables[-4:-1]), total=None)
    assert without_equation(counted, features, columns, set()) == (4,)
    (found,) = at_least(counted, features, columns, (4,))
    # `three` does not fit beside `one` in the third sample.
    assert found is terms.le(
        terms.add(terms.add(one, two), terms.ite(empty, terms.integer(1), terms.integer(0))), number
    )
    assert without_equation(counted, features, columns, {4}) == ()
    assert without_equation(counted, features, [column[:0] for column in columns], set()) == ()


def test_a_number_without_an_equation_is_equal_to_a_sum_where_a_condition_holds() -> None:
    system, _, _ = turnstile()
    terms = system.terms
    one, two, fresh, number = (terms.variable(v.id, v.sort) for v in system.variables[-4:])
    clean = terms.eq(fresh, terms.integer(1))
    # Where it is fresh, the number is that of those at `one` and twice those at `two`; elsewhere
    # somebody has forgotten some.
    values = np.array(
        [
            [0, 0, 1, 0],
            [1, 0, 1, 1],
            [0, 1, 1, 2],
            [2, 1, 1, 4],
            [1, 0, 0, 3],
            [0, 1, 0, 2],
            [1, 1, 0, 7],
            [2, 0, 0, 1],
        ],
        dtype=np.int64,
    )
    counted = replace(system, counters=tuple(v.id for v in system.variables[-4:-2]), total=None)
    conditions = [
        (clean, values[:, 2]),
        (terms.not_(clean), 1 - values[:, 2]),
        (terms.le(one, number), np.ones(8, np.int64)),
    ]
    found = list(equal_where(counted, [one, two, number], list(values[:, [0, 1, 3]].T), (2,), conditions))
    equation = terms.eq(number, terms.add(one, terms.mul(terms.integer(2), two)))
    reachable = [{v.id: int(x) for v, x in zip(system.variables[-4:], row, strict=True)} for row in values.tolist()]
    assert len(found) == 1
    for state in [*reachable, *({**row, number.payload: 9} for row in reachable)]:
        assert evaluate(found[0], state) == (not evaluate(clean, state) or evaluate(equation, state))


def test_what_no_sample_shows_by_itself_is_excluded_whatever_a_condition_says() -> None:
    system, table, _ = turnstile()
    conditions = [i for i, v in enumerate(system.variables) if isinstance(v.sort, BoolSort)]
    never, other = conditions[:2]
    samples = table.copy()
    samples[:, never] = 0
    samples[:, other] = np.arange(len(samples)) % 2
    seen = Seen(system, samples)
    state = state_of(system, samples[0])
    state[system.variables[never].id] = True
    cubes = seen.exclude(seen.classes(state), [system.variables[never].id], 3)
    assert cubes
    for cube in cubes:
        clause = seen.term(cube)
        assert not evaluate(clause, state)
        assert all(evaluate(clause, state_of(system, row)) for row in samples[:50])


def test_numbers_as_large_as_the_prime_end_the_search_for_equations() -> None:
    assert list(hull(np.array([[0, 3], [PRIME, 3], [2 * PRIME, 3]], dtype=np.int64))) == [Linear(((1, 1),), -3)]
    assert list(hull(np.array([[0], [PRIME]], dtype=np.int64))) == []
    assert list(hull(np.array([[5], [PRIME - 1]], dtype=np.int64))) == []


@pytest.mark.parametrize("n", [2, 3])
def test_compiled_exploration_samples_the_same_states(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelcheck.engines.induction.samples.samples.MANY", 0)
    known = countable_of(TURNSTILE)
    sampler = Sampler(known.replicas, known.growth)
    plain = sampler.sample((0, n), (1000, 1000), 60)
    fast = sampler.sample((0, n), (1000, 1000), 60, lambda n, most, end: visited(known, sampler, n, most, end), 10_000)
    assert plain.complete == fast.complete == [0, n]
    assert fast.blocks
    assert not plain.blocks
    found = []
    for samples in (plain, fast):
        assert len(samples) == len(plain)
        counted = count(known.model_of(2), known, [sampler.local_values(x) for x in samples.locals]).counted
        view = View(counted, sampler, samples)
        rows = [sampler.row(samples, i) for i in range(len(samples))]
        assert view.table(rows).tolist() == view.everything().tolist()
        names = [v.name for v in counted.variables]
        found.append({frozenset(zip(names, row, strict=True)) for row in view.everything().tolist()})
    assert found[0] == found[1]


def test_compiled_exploration_stops_at_its_limit() -> None:
    known = countable_of(TURNSTILE)
    sampler = Sampler(known.replicas, known.growth)
    everything = visited(known, sampler, 3, 10_000, time.monotonic() + 60)
    some = visited(known, sampler, 3, 20, time.monotonic() + 60)
    assert everything is not None
    assert some is not None
    assert everything[1]
    assert not some[1]
    assert 20 <= len(some[0]) < len(everything[0])


def test_numbers_without_bound_are_noticed() -> None:
    text = "model m; shared n : int = 0; process p { atomic { n = n + 100; } } scenario any { run p[*]; }"
    known = countable_of(text)
    sampler = Sampler(known.replicas, known.growth)
    with tells(NotCountable, uncountable_words, "grows"):
        visited(known, sampler, 3, 10_000, time.monotonic() + 60)


def test_facts_occur_together_where_some_row_shows_both() -> None:
    counted, table, _ = turnstile()
    seen = Seen(counted, table)
    classes = [seen.classes(state_of(counted, row)) for row in table]
    facts = [(a, c) for a, axis in enumerate(seen.axes) for c in range(len(axis.values))]
    for i, (a, c) in enumerate(facts):
        for j, (b, d) in enumerate(facts):
            assert seen._together[i, j] == any(row[a] == c and row[b] == d for row in classes)


def test_many_rows_have_the_same_equations_as_those_that_differ() -> None:
    chance = np.random.default_rng(5)
    some = chance.integers(0, 4, (300, 3))
    table = np.column_stack([some, some[:, 0] + 2 * some[:, 1] - 3, some.sum(axis=1)])
    expected = list(hull(table))
    assert len(expected) == 2
    many = np.asfortranarray(table[chance.integers(0, len(table), 30_000)].astype(np.int16))
    many[:300] = table
    points = np.concatenate([np.ones((len(table), 1)), table], axis=1)
    for e in hull(many):
        vector = np.zeros(6)
        vector[[0, *(1 + i for i, _ in e.coefficients)]] = [e.constant, *(c for _, c in e.coefficients)]
        assert not (points @ vector).any()
    assert len(list(hull(many))) == 2
    assert distinct_rows(many).tolist() == distinct_rows(np.ascontiguousarray(many)).tolist()


def test_what_looks_most_like_a_state_is_found_among_many_rows() -> None:
    counted, table, _ = turnstile()
    seen = Seen(counted, table)
    rows = [seen.classes(state_of(counted, row)) for row in table]
    axes = np.arange(len(seen.axes))
    for state in random_states(counted, table, 20):
        here = seen.classes(state)
        if -1 in here:
            continue
        alike = {frozenset(a for a in axes.tolist() if row[a] == here[a]) for row in rows}
        largest = {one for one in alike if one and not any(one < other for other in alike)}
        found = [frozenset(np.flatnonzero(row).tolist()) for row in seen._likeness(np.array(here), axes)]
        assert {one for one in found if one} == largest
        assert [len(one) for one in found] == sorted((len(one) for one in found), reverse=True)
