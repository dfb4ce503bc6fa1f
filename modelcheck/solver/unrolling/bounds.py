"""Which declared bounds of integer variables may be relied on: those that every step provably preserves.

``Variable.low`` and ``high`` are claims of the elaborator. The finite encoding cuts domains to
them, which would hide violations if a claim were wrong; so they are proved first: a bound is kept
if it holds initially and each step that is enabled in a state within the kept bounds leads to a
state within them. Bounds that fail are dropped until the rest is inductive.
"""

from __future__ import annotations

import time

from modelcheck.ir.system import Step, System
from modelcheck.ir.terms import Op, Term, conjuncts, variables_of
from modelcheck.solver.domains import Domain, DomainEvaluator, interval, of_values
from modelcheck.solver.encode import Unencodable, integer_encoder
from modelcheck.solver.solver import Deadline, Outcome, Solver

#: Seconds for one proof, and for all of them: a bound that takes longer is not worth it.
MOMENT, TOTAL = 0.25, 5.0

Bounds = dict[int, tuple[int | None, int | None]]


def preserved_bounds(system: System, deadline: Deadline) -> Bounds:
    """Return, for each variable with a provable bound, (low, high).

    A bound that cannot be proved in a moment is left out.
    """
    bounds: Bounds = {}
    for v in system.variables:
        low = v.low if v.low is not None and v.low <= v.initial else None
        high = v.high if v.high is not None and v.initial <= v.high else None
        if low is not None or high is not None:
            bounds[v.id] = (low, high)
    prover: _Prover | None = None
    while True:
        dropped = False
        evaluator = DomainEvaluator({id: interval(low, high) for id, (low, high) in bounds.items()})
        for step in system.steps:
            refined: DomainEvaluator | None = None
            for id, update in step.updates:
                low, high = bounds.get(id, (None, None))
                if _within(evaluator(update), low, high):
                    continue
                if refined is None:
                    refined = DomainEvaluator(_refined(step, bounds))
                if _within(refined(update), low, high):
                    continue
                if prover is None:
                    prover = _Prover(system, deadline)
                kept_low = low if low is not None and prover.proves(step, update, bounds, low=low) else None
                kept_high = high if high is not None and prover.proves(step, update, bounds, high=high) else None
                if (kept_low, kept_high) != (low, high):
                    bounds[id] = (kept_low, kept_high)
                    dropped = True
                    refined = None
        if not dropped:
            return bounds


def _within(domain: Domain, low: int | None, high: int | None) -> bool:
    return (low is None or (domain.low is not None and domain.low >= low)) and (
        high is None or (domain.high is not None and domain.high <= high)
    )


def _refined(step: Step, bounds: Bounds) -> dict[int, Domain]:
    """The bounds, cut by the guard's own comparisons with constants."""
    domains = {id: interval(low, high) for id, (low, high) in bounds.items()}
    for part in conjuncts(step.guard):
        negated = part.op is Op.NOT
        atom = part.args[0] if negated else part
        if atom.op not in (Op.EQ, Op.LT, Op.LE):
            continue
        left, right = atom.args
        if left.op is Op.VAR and right.op is Op.CONST:
            id, value = _payload(left), _payload(right)
            old = domains.get(id)
            if old is None:
                continue
            if atom.op is Op.EQ:
                if not negated:
                    domains[id] = of_values((value,))
                elif old.low == value:
                    domains[id] = old.meet(value + 1, None) or old
                elif old.high == value:
                    domains[id] = old.meet(None, value - 1) or old
                continue
            limit = value - 1 if atom.op is Op.LT else value
            domains[id] = (old.meet(limit + 1, None) if negated else old.meet(None, limit)) or old
        elif left.op is Op.CONST and right.op is Op.VAR and atom.op is not Op.EQ:
            id, value = _payload(right), _payload(left)
            old = domains.get(id)
            if old is None:
                continue
            limit = value + 1 if atom.op is Op.LT else value
            domains[id] = (old.meet(None, limit - 1) if negated else old.meet(limit, None)) or old
    return domains


def _payload(term: Term) -> int:
    assert term.payload is not None
    return int(term.payload)


class _Prover:
    """Proves single bounds with z3's integers."""

    def __init__(self, system: System, deadline: Deadline) -> None:
        self._terms = system.terms
        self._deadline = deadline
        self._spent = 0.0
        self._solver = Solver("")
        self._sorts = {v.id: v.sort for v in system.variables}
        _, self._encoder = integer_encoder(self._solver.builder, system.variables)

    def proves(
        self, step: Step, update: Term, bounds: Bounds, *, low: int | None = None, high: int | None = None
    ) -> bool:
        """Whether the step's guard and the bounds imply that ``update`` is not below ``low`` (not above ``high``)."""
        terms = self._terms
        parts = [step.guard]
        for id in sorted(variables_of((step.guard, update))):
            least, most = bounds.get(id, (None, None))
            v = terms.variable(id, self._sorts[id])
            if least is not None:
                parts.append(terms.le(terms.integer(least), v))
            if most is not None:
                parts.append(terms.le(v, terms.integer(most)))
        if low is not None:
            parts.append(terms.lt(update, terms.integer(low)))
        if high is not None:
            parts.append(terms.lt(terms.integer(high), update))
        if self._spent > TOTAL:
            return False
        started = time.monotonic()
        with self._solver.scope():
            try:
                for part in parts:
                    self._solver.add(self._encoder(part))
            except Unencodable:
                return False
            moment = Deadline(min(self._deadline.at, started + MOMENT), self._deadline.interrupted)
            outcome = self._solver.check((), moment)
        self._spent += time.monotonic() - started
        return outcome is Outcome.UNSAT
