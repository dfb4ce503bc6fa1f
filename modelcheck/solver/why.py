"""Why an induction fails: a state that the lemmas allow, and a step from it that violates the property.

Nobody says that the state can be reached; the lemmas are just not strong enough to say that it
cannot. Of several such states one with few instances is chosen, and then one in which few values
differ from 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import z3

from modelcheck.ground.records import dataclass
from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.evaluate import Values
from modelcheck.ir.terms import INT, IntSort, Term
from modelcheck.solver.builder import Bool, Builder, Expr
from modelcheck.solver.encode import Unencodable, integer_encoder

SEED = 1
#: Numbers of instances that are tried before any number is.
FEW = (0, 1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Failure:
    """``before``: the state. ``step``: the number of the step from it; None if the state itself violates the property.

    ``after``: the state that the step leads to, which violates the property; None if the step itself does.
    """

    before: Values
    step: int | None
    after: Values | None


def why_open(system: CounterSystem, lemmas: Sequence[Term], property: int, seconds: float) -> Failure | None:
    """Find what keeps the lemmas from proving the property by induction; None if there is no answer
    in time (or nothing keeps them).
    """
    try:
        return _Search(system, lemmas, seconds).failure(property)
    except (Unencodable, z3.Z3Exception):
        return None


def _sensible(system: CounterSystem) -> Term:
    terms = system.terms
    parts: list[Term] = []
    total = terms.integer(0)
    for v in system.variables:
        if not isinstance(v.sort, IntSort):
            continue
        if v.low is not None:
            parts.append(terms.le(terms.integer(v.low), terms.variable(v.id, v.sort)))
        if v.high is not None:
            parts.append(terms.le(terms.variable(v.id, v.sort), terms.integer(v.high)))
        if v.id in system.counters:
            total = terms.add(total, terms.variable(v.id, v.sort))
    if system.total is not None:
        parts.append(terms.eq(terms.variable(system.total, INT), total))
    return terms.and_(*parts)


class _Search:
    def __init__(self, system: CounterSystem, lemmas: Sequence[Term], seconds: float) -> None:
        self.system = system
        self.terms = system.terms
        context = z3.Context()
        self.builder = Builder(context)
        self.solver = z3.Solver(ctx=context)
        self.solver.set("random_seed", SEED)
        self.solver.set("timeout", max(int(seconds * 1000 / 16), 1))
        self.variables, self.encode = integer_encoder(self.builder, system.variables)
        self.solver.add(self.encode.boolean(system.possible))
        for lemma in lemmas:
            self.solver.add(self.encode.boolean(lemma))

    def failure(self, property: int) -> Failure | None:
        """First among states that could be meant: as many instances in all as there are in the
        local states, nothing out of its range.
        """
        self.solver.push()
        try:
            self.solver.add(self.encode.boolean(_sensible(self.system)))
            found = self._failure(property)
        finally:
            self.solver.pop()
        return found or self._failure(property)

    def _failure(self, property: int) -> Failure | None:
        bad = self.system.bad[property]
        ways = list(self._ways(property, bad))
        self.solver.push()
        self.solver.add(self.encode.boolean(self.terms.not_(bad)))
        model = self._model([condition for _, _, condition in ways])
        self.solver.pop()
        if model is not None:
            for number, leads, condition in ways:
                if z3.is_true(model.eval(condition, model_completion=True)):
                    after = self._after(model, number) if leads else None
                    return Failure(self._values(model), number, after)
        model = self._model([self.encode.boolean(bad)])
        return None if model is None else Failure(self._values(model), None, None)

    def _ways(self, property: int, bad: Term) -> Iterator[tuple[int, bool, Bool]]:
        """Steps that violate the property: (number, whether it is the state after it that does, condition)."""
        terms = self.terms
        for number, step in enumerate(self.system.steps):
            raised = terms.or_(*(condition for prop, condition in step.raises if prop == property))
            if not raised.is_false:
                yield number, False, self.encode.boolean(terms.and_(step.guard, raised))
            if not step.fault:
                after = terms.substitute(bad, dict(step.updates))
                if after is not bad:
                    yield number, True, self.encode.boolean(terms.and_(step.guard, after))

    def _model(self, ways: Sequence[Bool]) -> z3.ModelRef | None:
        """A model in which one of the ways is possible, with few instances and small values if there is one."""
        self.solver.push()
        try:
            self.solver.add(self.builder.or_(ways))
            total = self.system.total
            for most in FEW if total is not None else ():
                assert total is not None
                bound = self.builder.int_le(self.variables[total], self.builder.integer(most))
                if self.solver.check(bound) == z3.sat:
                    return self._plain([bound])
            return self._plain([])
        finally:
            self.solver.pop()

    def _plain(self, bounds: list[Bool]) -> z3.ModelRef | None:
        """Put as many values to 0 (false) as can be."""
        if self.solver.check(*bounds) != z3.sat:
            return None
        model = self.solver.model()
        for v in self.system.variables:
            known = self.variables[v.id]
            zero = self.encode(self.terms.constant(0, v.sort))
            same = self.builder.eq(known, zero)
            if z3.is_true(model.eval(same, model_completion=True)):
                bounds.append(same)
            elif self.solver.check(*bounds, same) == z3.sat:
                bounds.append(same)
                model = self.solver.model()
        return model

    def _values(self, model: z3.ModelRef) -> Values:
        return {v.id: self._value(model, self.variables[v.id]) for v in self.system.variables}

    def _after(self, model: z3.ModelRef, step: int) -> Values:
        changed = {id: self._value(model, self.encode(value)) for id, value in self.system.steps[step].updates}
        return {**self._values(model), **changed}

    def _value(self, model: z3.ModelRef, expression: Expr) -> bool | int:
        value = model.eval(expression, model_completion=True)
        if isinstance(value, z3.BoolRef):
            return bool(z3.is_true(value))
        assert isinstance(value, z3.IntNumRef | z3.BitVecNumRef)
        return int(value.as_long())
