"""The candidate lemmas of one search for an invariant, and what becomes of them as counterexamples come in.

A candidate leaves the pool when it is handed out; what turns out not to hold in a state that may be
reachable is dropped, or weakened if it is an equation (Karr, 1976). Clauses are also made on the
spot, of what the samples say about a counterexample (``seen``). No solver's types in here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from modelcheck.engines.explicit.compile import compile_values
from modelcheck.engines.induction.guesses.affine import Linear, Matrix, join_all, linear_term
from modelcheck.engines.induction.guesses.candidates import Guess, clause_term
from modelcheck.engines.induction.samples.vectors import Columns
from modelcheck.ground.records import dataclass
from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.evaluate import Values, evaluate_all
from modelcheck.ir.terms import Term


@dataclass(frozen=True, slots=True)
class Remaining:
    """What a pool held at some moment."""

    plain: dict[Term, None]
    linear: tuple[Linear, ...]
    clauses: npt.NDArray[np.bool_]


class Pool:
    """Candidates that were not handed out yet."""

    def __init__(self, system: CounterSystem, guess: Guess) -> None:
        self._system = system
        self._guess = guess
        self._seen = None if guess.seen is None else guess.seen.copy()
        self._facts = compile_values([f.term for f in guess.facts] if guess.clauses else [])
        self._features = compile_values(guess.features)
        widest = max((len(c.facts) for c in guess.clauses), default=2)
        padded = [(*c.facts, *([c.facts[-1]] * (widest - len(c.facts)))) for c in guess.clauses]
        self._clauses = np.array(padded, dtype=np.int64).reshape(len(padded), widest)
        self._clause_left = np.ones(len(padded), dtype=bool)
        self._linear = sorted(guess.linear, key=_length)
        self._plain = dict.fromkeys(guess.plain)

    # handing out: what excludes a state

    def plain(self, state: Values) -> list[Term]:
        """Hand out the guessed formulas that are false in a state."""
        terms = list(self._plain)
        wrong = [t for t, holds in zip(terms, evaluate_all(terms, state), strict=True) if not holds]
        for term in wrong:
            del self._plain[term]
        return wrong

    def equations(self, state: Values) -> Iterator[tuple[Term, Linear]]:
        """Hand out the equations that are false in a state, short ones first.

        The pool may be weakened between two of them.
        """
        point = self._features(state)
        for equation in list(self._linear):
            if equation in self._linear and _value(equation, point):
                self._linear.remove(equation)
                yield linear_term(self._system, self._guess.features, equation), equation

    def clauses(self, state: Values) -> Iterator[Term]:
        """Hand out the guessed clauses that are false in a state."""
        if not len(self._clauses):
            return
        truth = np.array(self._facts(state), dtype=bool)
        for i in np.flatnonzero(self._clause_left & truth[self._clauses].all(axis=1)):
            self._clause_left[i] = False
            yield clause_term(self._system, self._guess.facts, self._guess.clauses[i])

    def unseen(self, state: Values, focus: frozenset[int], most: int) -> list[Term]:
        """Make at most ``most`` clauses that are false in a state and true in all samples, about
        the variables ``focus`` if possible.
        """
        if self._seen is None:
            return []
        return [self._seen.term(cube) for cube in self._seen.exclude(self._seen.classes(state), focus, most)]

    # taking back

    def put_back(self, equation: Linear) -> None:
        """Take back an equation that was handed out; it is weakened next."""
        self._linear.append(equation)

    def weaken(self, rows: Matrix, taken: Mapping[int, Linear]) -> set[int]:
        """Weaken what is left so that it holds in more states (one row each); return those of the
        equations ``taken`` that the least affine space with these states in it does not have any
        more.
        """
        evaluate = Columns({v.id: rows[:, i] for i, v in enumerate(self._system.variables)}, len(rows))
        if self._seen is not None:
            self._seen.add(rows)
        self._plain = {t: None for t in self._plain if evaluate(t).all()}
        everything = kept = [*taken.values(), *self._linear]
        if kept:
            kept = join_all(kept, np.stack([evaluate(f) for f in self._guess.features], axis=1))
        if kept is everything:
            return set()
        still, held = set(kept), set(taken.values())
        self._linear = sorted((e for e in kept if e not in held), key=_length)
        return {i for i, e in taken.items() if e not in still}

    def row(self, state: Values) -> Matrix:
        """A state as a sample."""
        return np.array([[int(state[v.id]) for v in self._system.variables]], dtype=np.int64)

    def around(self, state: Values) -> Matrix:
        """A state, and some that are reachable from it if it is: one row each."""
        row = self.row(state)
        return row if self._guess.around is None else np.concatenate([row, self._guess.around(state)])

    # going back

    def remaining(self) -> Remaining:
        """Return what is left, for ``restore``. (What samples show is not part of it: that only grows.)"""
        return Remaining(dict(self._plain), tuple(self._linear), self._clause_left.copy())

    def restore(self, remaining: Remaining) -> None:
        """Have again what was left at some moment."""
        self._plain, self._linear = dict(remaining.plain), list(remaining.linear)
        self._clause_left = remaining.clauses.copy()


def _length(equation: Linear) -> int:
    return len(equation.coefficients)


def _value(equation: Linear, point: Sequence[int]) -> int:
    return equation.constant + sum(c * point[i] for i, c in equation.coefficients)
