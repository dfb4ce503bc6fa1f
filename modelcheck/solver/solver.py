"""One z3 solver, kept safe: its own context, fixed seeds, a deadline, and a way to stop it.

A context of its own means that two runs in two threads share nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum

import z3

from modelcheck.ground.records import dataclass
from modelcheck.result.reasons.lengths import Silence, SolverSaid
from modelcheck.result.reasons.stops import Stop
from modelcheck.solver.builder import Bool, Builder
from modelcheck.solver.interruption import never, watched

SEED = 1
#: z3's word for no time limit.
_NO_LIMIT = 4294967295


class Outcome(Enum):
    SAT = "sat"
    UNSAT = "unsat"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Deadline:
    """When to stop: at ``at`` (of ``time.monotonic``), or as soon as ``interrupted`` says so."""

    at: float
    interrupted: Callable[[], bool]

    @property
    def remaining(self) -> float:
        return self.at - time.monotonic()

    def passed(self) -> Stop | None:
        """Why to stop now; None if there is no reason to."""
        if self.interrupted():
            return Stop.INTERRUPTED
        return Stop.TIME if self.remaining <= 0 else None


def unknown(said: str) -> Silence:
    """Why z3 gave no answer, from its own words for it."""
    return Stop.TIME if said in ("timeout", "canceled") else SolverSaid("z3", said)


def deadline_in(seconds: float, interrupted: Callable[[], bool] | None = None) -> Deadline:
    """The deadline so many seconds from now."""
    return Deadline(time.monotonic() + seconds, interrupted or never)


class Solver:
    """An incremental z3 solver for one logic (``QF_BV``, ``QF_FD``, ``QF_LIA``; "" for z3's general solver)."""

    def __init__(self, logic: str) -> None:
        self.logic = logic
        self.context = z3.Context()
        self.builder = Builder(self.context)
        self._solver = z3.SolverFor(logic, ctx=self.context) if logic else z3.Solver(ctx=self.context)
        self._solver.set("random_seed", SEED)
        self._solver.set("ctrl_c", False)
        self._impossible = self.builder.bool_variable("impossible")
        self._solver.add(self.builder.not_(self._impossible))
        self.reason: Silence | None = None
        self.checks = 0

    def add(self, constraint: Bool) -> None:
        self._solver.add(constraint)

    @contextmanager
    def scope(self) -> Iterator[None]:
        """What is added inside is forgotten at the end."""
        self._solver.push()
        try:
            yield
        finally:
            self._solver.pop()

    def check(self, assumptions: Sequence[Bool], deadline: Deadline) -> Outcome:
        """Return whether the constraints are satisfiable under the assumptions.

        ``UNKNOWN`` leaves the cause in ``reason``. Raises ``KeyboardInterrupt`` on Ctrl-C.
        """
        self.reason = deadline.passed()
        if self.reason is not None:
            return Outcome.UNKNOWN
        self.checks += 1
        try:
            with watched(self.context, deadline.interrupted):
                if not self._take_in(assumptions):
                    self.reason = deadline.passed() or self.reason
                    return Outcome.UNKNOWN
                self._solver.set("timeout", max(int(deadline.remaining * 1000), 1))
                result = self._solver.check(*assumptions)
        except z3.Z3Exception as error:
            self.reason = deadline.passed() or SolverSaid("z3", str(error))
            return Outcome.UNKNOWN
        if result == z3.sat:
            return Outcome.SAT
        if result == z3.unsat:
            return Outcome.UNSAT
        self.reason = deadline.passed() or unknown(self._solver.reason_unknown())
        return Outcome.UNKNOWN

    def _take_in(self, assumptions: Sequence[Bool]) -> bool:
        """Have z3 translate what was added, without a deadline; False if it could not.

        z3 that is interrupted while it translates into clauses keeps what it had of a formula and
        leaves the rest out: later answers may then be wrongly *sat*. While it searches it may be
        interrupted. An impossible assumption ends the search as soon as the translation is done.
        """
        self._solver.set("timeout", _NO_LIMIT)
        if self._solver.check(*assumptions, self._impossible) == z3.unsat:
            return True
        self.reason = SolverSaid("z3", self._solver.reason_unknown())
        return False

    def model(self) -> Callable[[Bool], bool]:
        """After ``SAT``: a function that says whether a boolean expression is true in the model."""
        model = self._solver.model()

        def holds(expression: Bool) -> bool:
            return bool(z3.is_true(model.eval(expression, model_completion=True)))

        return holds

    def statistics(self) -> dict[str, float]:
        """z3's counters, for measurements."""
        found = self._solver.statistics()
        return {key: found.get_key_value(key) for key in found.keys()}  # noqa: SIM118
