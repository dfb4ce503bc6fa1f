"""The guard against an encoding that is wrong in the same way for both solvers: the certificate's own formulas, evaluated on steps that really happen.

In each observed state the invariant has to be true, no property that is proved may be violated, and the step formulas have to
give exactly the successors that were observed. No observed state violates a proved property; so that a condition which is never true is noticed,
the conditions of properties are evaluated in states with arbitrary values, too, and compared with those of the elaborated system. There is no solver in here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modelcheck.engines.induction.arbitrary import arbitrary_states
from modelcheck.engines.induction.observed import Disagreement, Observed, Values
from modelcheck.engines.induction.subject import Subject
from modelcheck.smt.certificate import Script, escape_name, guard_name, names_of, next_name, violated_name
from modelcheck.smt.evaluator import Definitions, Value
from modelcheck.smt.sexpressions import Unreadable, read_all


def guard(
    subject: Subject, made: Sequence[Script], proved: Sequence[str], observed: Sequence[Observed]
) -> frozenset[int]:
    """Hold the scripts against what was observed; return the steps that were possible somewhere.

    Raises ``Disagreement`` at the first difference.
    """
    try:
        checking = _Guard(subject, made, proved)
        covered = checking.check(observed)
        checking.check_conditions()
        return covered
    except Unreadable as reason:
        raise Disagreement(f"the certificate cannot be evaluated: {reason}") from None


class _Guard:
    def __init__(self, subject: Subject, made: Sequence[Script], proved: Sequence[str]) -> None:
        self.subject = subject
        self.counted = subject.counted
        self.named = tuple(proved)
        self.proved = frozenset(proved)
        self.definitions = Definitions()
        for script in made:
            self.definitions.add(read_all(script.text))
        symbols = names_of(self.counted)
        self.symbols = list(symbols.values())
        self.position = {v.id: i for i, v in enumerate(self.counted.variables)}
        self.updates = [
            [(self.position[id], next_name(number, symbols[id])) for id, _ in step.updates]
            for number, step in enumerate(self.counted.steps)
        ]
        defined = self.definitions.names()
        #: (guard, escape or None) by step; names are made once, they are asked for often.
        self.asked = [
            (guard_name(number), escape_name(number) if escape_name(number) in defined else None)
            for number in range(len(self.counted.steps))
        ]
        self.violated = [violated_name(name) for name in proved]

    def check(self, observed: Sequence[Observed]) -> frozenset[int]:
        covered: set[int] = set()
        for one in observed:
            where = "in a reachable state" + ("" if one.instances is None else f" of {one.instances} instances")
            wrong = self.proved & one.violated
            if wrong:
                raise Disagreement(f"{one.by} finds {min(wrong)} violated {where}")
            environment = self._environment(one.state)
            if not self.definitions.value("invariant", environment):
                raise Disagreement(f"the invariant is false {where}")
            for name, violated in zip(self.named, self.violated, strict=True):
                if self.definitions.value(violated, environment):
                    raise Disagreement(f"{name} is violated {where}, by the formulas of the certificate")
            possible, after = self._successors(environment, one.state)
            covered |= possible
            if after != one.after:
                raise Disagreement(
                    f"{where} the formulas give {len(after)} successors, {len(after & one.after)} of them those {len(one.after)} "
                    f"that {one.by} gives"
                )
        return frozenset(covered)

    def check_conditions(self) -> None:
        """Compare what the formulas say about properties with the elaborated system, in states with arbitrary values."""
        for state, violated in arbitrary_states(self.subject):
            environment = self._environment(state)
            for name, formula in zip(self.named, self.violated, strict=True):
                if self.definitions.value(formula, environment) != (name in violated):
                    raise Disagreement(f"the formulas and the elaborated system disagree about when {name} is violated")

    def _environment(self, state: Values) -> Mapping[str, Value]:
        return dict(zip(self.symbols, state, strict=True))

    def _successors(self, environment: Mapping[str, Value], state: Values) -> tuple[set[int], frozenset[Values]]:
        possible: set[int] = set()
        after: set[Values] = set()
        value = self.definitions.value
        for number, step in enumerate(self.counted.steps):
            guarded, escape = self.asked[number]
            if not value(guarded, environment):
                continue
            possible.add(number)
            if escape is not None and value(escape, environment):
                raise Disagreement(f"the formulas of step {number} leave the counted states in a reachable state")
            if step.fault:
                continue
            target = list(state)
            for position, name in self.updates[number]:
                target[position] = value(name, environment)
            after.add(tuple(target))
        return possible, frozenset(after)
