"""Which declared bounds of integer variables may be relied on: those that every step provably preserves.

``Variable.low`` and ``high`` are claims of the elaborator. The finite encoding cuts domains to them, which would hide violations
if a claim were wrong; so they are proved first: a bound is kept if it holds initially and each step that is
enabled in a state within the kept bounds leads to a state within them. Bounds that fail are dropped until the rest is inductive.
"""

from __future__ import annotations

from collections.abc import Iterable

from modelcheck.ir.system import Step, System
from modelcheck.ir.terms import Op, Term, variables_of
from modelcheck.smt.domains import Domain, DomainEvaluator, interval, of_values
from modelcheck.smt.encode import Encoder, Names, Unencodable, no_literal, variable
from modelcheck.smt.solver import Deadline, Outcome, Solver

Bounds = dict[int, tuple[int | None, int | None]]


def preserved_bounds(system: System, deadline: Deadline) -> Bounds:
    """Return, for each variable with a provable bound, (low, high).

    A bound that cannot be proved before the deadline is left out.
    """
    bounds: Bounds = {}
    for v in system.variables:
        low = v.low if v.low is not None and v.low <= v.initial else None
        high = v.high if v.high is not None and v.initial <= v.high else None
        if low is not None or high is not None:
            bounds[v.id] = (low, high)
    while True:
        dropped = False
        evaluator = DomainEvaluator({id: interval(low, high) for id, (low, high) in bounds.items()})
        for step in system.steps:
            for id, update in step.updates:
                low, high = bounds.get(id, (None, None))
                if low is None and high is None:
                    continue
                found = evaluator(update)
                safe_low = low is None or (found.low is not None and found.low >= low)
                safe_high = high is None or (found.high is not None and found.high <= high)
                if not safe_low or not safe_high:
                    safe_low = safe_low or _preserved(system, step, update, bounds, deadline, low=low)
                    safe_high = safe_high or _preserved(system, step, update, bounds, deadline, high=high)
                    if not safe_low or not safe_high:
                        bounds[id] = (low if safe_low else None, high if safe_high else None)
                        dropped = True
        if not dropped:
            return bounds


def _preserved(
    system: System,
    step: Step,
    update: Term,
    bounds: Bounds,
    deadline: Deadline,
    *,
    low: int | None = None,
    high: int | None = None,
) -> bool:
    """Whether the guard and the bounds imply that ``update`` is not below ``low`` (above ``high``).

    First by looking at the conjuncts of the guard that compare one variable with constants, then by z3.
    """
    refined = DomainEvaluator(_refined(step, bounds))
    found = refined(update)
    if low is not None and found.low is not None and found.low >= low:
        return True
    if high is not None and found.high is not None and found.high <= high:
        return True
    return _proved(system, step, update, bounds, deadline, low=low, high=high)


def _refined(step: Step, bounds: Bounds) -> dict[int, Domain]:
    """The bounds, cut by the guard's own comparisons with constants."""
    domains = {id: interval(low, high) for id, (low, high) in bounds.items()}
    for part in _conjuncts(step.guard):
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


def _conjuncts(term: Term) -> Iterable[Term]:
    return term.args if term.op is Op.AND else (term,)


def _payload(term: Term) -> int:
    assert term.payload is not None
    return int(term.payload)


def _proved(
    system: System,
    step: Step,
    update: Term,
    bounds: Bounds,
    deadline: Deadline,
    *,
    low: int | None,
    high: int | None,
) -> bool:
    solver = Solver("")
    b = solver.builder
    evaluator = DomainEvaluator({})
    free = Domain(None, None)
    expressions = {
        id: variable(b, f"v{id}", system.variables[id].sort, free, finite=False)
        for id in variables_of((step.guard, update))
    }
    encoder = Encoder(b, evaluator, Names(expressions.__getitem__, no_literal), finite=False)
    terms = system.terms
    try:
        solver.add(encoder(step.guard))
        for id in expressions:
            least, most = bounds.get(id, (None, None))
            v = terms.variable(id, system.variables[id].sort)
            if least is not None:
                solver.add(encoder(terms.le(terms.integer(least), v)))
            if most is not None:
                solver.add(encoder(terms.le(v, terms.integer(most))))
        if low is not None:
            solver.add(encoder(terms.lt(update, terms.integer(low))))
        if high is not None:
            solver.add(encoder(terms.lt(terms.integer(high), update)))
    except Unencodable:
        return False
    return solver.check((), deadline) is Outcome.UNSAT
