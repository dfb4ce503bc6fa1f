"""Candidate lemmas on their way: handed out once, weakened by counterexamples, and taken back."""

from __future__ import annotations

from modelcheck.engines.induction.guesses.affine import Matrix
from modelcheck.engines.induction.guesses.candidates import guess
from modelcheck.engines.induction.guesses.pool import Pool
from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.evaluate import evaluate
from tests.engines.test_candidates import random_states, state_of, turnstile


def filled() -> tuple[CounterSystem, Matrix, Pool]:
    counted, table, _ = turnstile()
    found = guess(counted, table, 0)
    assert found.linear
    assert found.plain
    assert found.seen is not None
    return counted, table, Pool(counted, found)


def test_what_is_handed_out_is_false_in_the_state_and_true_in_the_samples() -> None:
    counted, table, pool = filled()
    samples = [state_of(counted, row) for row in table]
    handed = 0
    for state in random_states(counted, table, 40):
        terms = [*pool.plain(state), *(term for term, _ in pool.equations(state)), *pool.clauses(state)]
        terms += pool.unseen(state, frozenset(), 3)
        handed += len(terms)
        for term in terms:
            assert not evaluate(term, state)
            assert all(evaluate(term, sample) for sample in samples)
    assert handed > 20


def test_a_candidate_is_handed_out_once_unless_it_is_taken_back() -> None:
    counted, table, pool = filled()
    state = next(s for s in random_states(counted, table, 100) if list(filled()[2].equations(s)))
    before = pool.remaining()
    first = list(pool.equations(state))
    assert first
    assert list(pool.equations(state)) == []
    pool.put_back(first[0][1])
    assert list(pool.equations(state)) == first[:1]
    pool.restore(before)
    assert list(pool.equations(state)) == first


def test_weaker_candidates_hold_in_the_new_states_too() -> None:
    counted, table, pool = filled()
    states = random_states(counted, table, 200)
    new = next(s for s in states if list(filled()[2].equations(s)))
    taken = dict(enumerate(equation for _, equation in pool.equations(new)))
    gone = pool.weaken(pool.row(new), taken)
    # Equations that are false in a state are in no affine space that contains it.
    assert gone == set(taken)
    for candidates in (pool.plain(new), list(pool.equations(new)), pool.unseen(new, frozenset(), 3)):
        assert candidates == []
    # What is left of the equations still says something about other states.
    assert any(list(pool.equations(state)) for state in states)
