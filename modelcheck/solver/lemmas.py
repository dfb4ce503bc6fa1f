"""Questions to z3 about a state in which lemmas hold, and about one step from there.

Each lemma has a literal that implies it. A question assumes the literals of all lemmas that count;
if no state is an answer, the unsatisfiable core says which of them excluded it (Eén and Sörensson,
BMC 2003).
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import z3

from modelcheck.ground.records import dataclass
from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.evaluate import Values, evaluate_all
from modelcheck.ir.terms import Term
from modelcheck.result.reasons.lengths import SolverSaid
from modelcheck.result.reasons.proofs import NotForSolvers, Undecidable
from modelcheck.result.reasons.stops import Stop
from modelcheck.solver.builder import Bool, Builder
from modelcheck.solver.encode import Unencodable, integer_encoder
from modelcheck.solver.values import Reader

SEED = 1


class Undecided(Exception):
    """The solver gave no answer, time ran out, or the counters do not suffice; ``why`` says which."""

    def __init__(self, why: Undecidable) -> None:
        self.why = why
        super().__init__(str(why))


@contextmanager
def undecided_where_z3_fails() -> Iterator[None]:
    """Whatever keeps z3 from working is told as ``Undecided``."""
    try:
        yield
    except Unencodable as error:
        raise Undecided(NotForSolvers(error.why)) from None
    except z3.Z3Exception as error:
        raise Undecided(SolverSaid("z3", str(error))) from None


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """A condition on states as z3 sees it.

    Who holds it keeps z3 from using its number again, and answers depend on numbers.
    """

    encoded: Bool


class LemmaSolver:
    """Answers until ``end`` (of ``time.monotonic``).

    Everything raises ``Undecided``, or what ``undecided_where_z3_fails`` makes that of.
    """

    def __init__(self, system: CounterSystem, seconds: float) -> None:
        self.end = time.monotonic() + seconds
        self.queries = 0
        self._terms = system.terms
        self._initial = dict(system.initial)
        self._context = z3.Context()
        self._builder = Builder(self._context)
        self._solver = self._new_solver()
        self._start = self._new_solver()
        variables, self._encode = integer_encoder(self._builder, system.variables)
        self._read = Reader(variables)
        self._start.add(self._encode.boolean(system.possible))
        self._literals: list[Bool] = []  # by lemma
        self._dropped: set[int] = set()
        self._number_of: dict[int, int] = {}  # of a lemma, by its literal's id
        self._assumptions: ctypes.Array[z3.Ast] | None = None

    def _new_solver(self) -> z3.Solver:
        solver = z3.Solver(ctx=self._context)
        solver.set("random_seed", SEED)
        solver.set("smt.arith.solver", 2)  # the simpler one: many small queries
        return solver

    def condition(self, term: Term) -> Condition:
        """Encode a boolean term."""
        return Condition(self._encode.boolean(term))

    def some_fails(self, conditions: Iterable[Condition]) -> Condition:
        """The condition that not all of these hold."""
        return Condition(self._builder.or_(self._builder.not_(condition.encoded) for condition in conditions))

    # the lemmas that count

    def take(self, term: Term) -> int:
        """Have one more lemma count; return its number, which for the first one is 0."""
        number = len(self._literals)
        literal = self._builder.bool_variable(f"lemma{number}")
        self._literals.append(literal)
        self._number_of[literal.get_id()] = number
        self._assumptions = None
        self._solver.add(self._builder.implies(literal, self._encode.boolean(term)))
        return number

    def drop(self, numbers: Iterable[int]) -> None:
        """Have these lemmas count no longer."""
        self._dropped.update(numbers)
        self._assumptions = None

    # questions

    def initial_state_without(self, term: Term) -> Values | None:
        """An initial state (with any number of replicas) in which a term is false; lemmas do not matter."""
        holds = self._encode.boolean(self._terms.substitute(term, self._initial))
        if holds is self._builder.true:
            return None
        found = self._ask(self._start, [self._builder.not_(holds)], (z3.Ast * 0)())
        if isinstance(found, frozenset):
            return None
        return dict(zip(self._initial, evaluate_all(list(self._initial.values()), found), strict=True))

    def state_with(self, *conditions: Condition) -> Values | frozenset[int]:
        """A state in which all lemmas and the conditions hold, or the lemmas that were needed to exclude one."""
        if any(condition.encoded is self._builder.false for condition in conditions):
            return frozenset()
        return self._ask(self._solver, [condition.encoded for condition in conditions], self._counting())

    def _counting(self) -> ctypes.Array[z3.Ast]:
        if self._assumptions is None:
            literals = [x.as_ast() for number, x in enumerate(self._literals) if number not in self._dropped]
            self._assumptions = (z3.Ast * len(literals))(*literals)
        return self._assumptions

    def _ask(
        self, solver: z3.Solver, constraints: Sequence[Bool], assumptions: ctypes.Array[z3.Ast]
    ) -> Values | frozenset[int]:
        remaining = self.end - time.monotonic()
        if remaining <= 0:
            raise Undecided(Stop.TIME)
        solver.set("timeout", max(int(remaining * 1000), 1))
        self.queries += 1
        solver.push()
        try:
            for constraint in constraints:
                solver.add(constraint)
            # z3.Solver.check looks at each assumption in Python, which takes longer than the search.
            result = z3.Z3_solver_check_assumptions(self._context.ref(), solver.solver, len(assumptions), assumptions)
            if result == z3.Z3_L_TRUE:
                return self._read(solver.model())
            if result == z3.Z3_L_FALSE:
                found = (self._number_of.get(x.get_id()) for x in solver.unsat_core())
                return frozenset(i for i in found if i is not None)
            reason = solver.reason_unknown()
        finally:
            solver.pop()
        if "keyboard" in reason:
            raise KeyboardInterrupt
        raise Undecided(Stop.TIME if self.end - time.monotonic() <= 0 else SolverSaid("z3", reason))
