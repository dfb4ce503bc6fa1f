"""The guard against an encoding that is wrong in the same way for both solvers: the certificate's own
formulas, evaluated on steps that really happen.

In each observed state the invariant has to be true, no property that is proved may be violated, and
the step formulas have to give exactly the successors that were observed. No observed state violates
a proved property; so that a condition which is never true is noticed, the conditions of properties
are evaluated in states with arbitrary values, too, and compared with those of the elaborated
system. There is no solver in here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from modelcheck.engines.induction.certificates.arbitrary import arbitrary_states
from modelcheck.engines.induction.certificates.observed import Disagreement, Observed, Values
from modelcheck.engines.induction.subject import Subject
from modelcheck.result.reasons.proofs import (
    CountedStatesLeft,
    FoundViolated,
    InvariantFalse,
    NotDefined,
    NotEvaluable,
    OtherSuccessors,
    OtherViolations,
    ViolatedByFormulas,
)
from modelcheck.solver.certificates.certificate import (
    Script,
    escape_name,
    guard_name,
    names_of,
    next_name,
    violated_name,
)
from modelcheck.solver.certificates.evaluator import Definitions, Value
from modelcheck.solver.certificates.sexpressions import Unreadable, read_all


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
    except Unreadable as error:
        raise Disagreement(NotEvaluable(str(error))) from None
    except KeyError as missing:
        raise Disagreement(NotDefined(str(missing.args[0]))) from None


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
        for one in observed:
            wrong = self.proved & one.violated
            if wrong:
                raise Disagreement(FoundViolated(one.by, min(wrong), one.instances))
        states = [one.state for one in observed]
        environment = self._environment(states)
        for number in _rows(np.logical_not(self._values("invariant", environment, len(states)))):
            raise Disagreement(InvariantFalse(observed[number].instances))
        for name, violated in zip(self.named, self.violated, strict=True):
            for number in _rows(self._values(violated, environment, len(states))):
                raise Disagreement(ViolatedByFormulas(name, observed[number].instances))
        covered, successors = self._successors(states)
        for one, after in zip(observed, successors, strict=True):
            if after != one.after:
                raise Disagreement(
                    OtherSuccessors(one.instances, len(after), len(after & one.after), len(one.after), one.by)
                )
        return covered

    def check_conditions(self) -> None:
        """Compare what the formulas say about properties with the elaborated system, in states with
        arbitrary values.
        """
        judged = tuple(arbitrary_states(self.subject))
        environment = self._environment([state for state, _ in judged])
        for name, formula in zip(self.named, self.violated, strict=True):
            expected = np.array([name in violated for _, violated in judged], dtype=bool)
            if (self._values(formula, environment, len(judged)) != expected).any():
                raise Disagreement(OtherViolations(name))

    def _environment(self, states: Sequence[Values]) -> Mapping[str, Value]:
        """The values of each variable in these states, one below the other."""
        columns = np.array(states, dtype=object).reshape(len(states), len(self.symbols))
        return dict(zip(self.symbols, columns.T, strict=True))

    def _values(self, name: str, environment: Mapping[str, Value], many: int) -> npt.NDArray[np.bool_]:
        """Where something is true."""
        return np.broadcast_to(np.asarray(self.definitions.value(name, environment), dtype=bool), (many,))

    def _successors(self, states: Sequence[Values]) -> tuple[frozenset[int], list[set[Values]]]:
        """The steps that are possible in some of these states, and the successors of each."""
        covered: set[int] = set()
        after: list[set[Values]] = [set() for _ in states]
        everywhere = self._environment(states)
        for number, step in enumerate(self.counted.steps):
            guarded, escape = self.asked[number]
            here = _rows(self._values(guarded, everywhere, len(states)))
            if not here:
                continue
            covered.add(number)
            environment = self._environment([states[row] for row in here])
            if escape is not None and self._values(escape, environment, len(here)).any():
                raise Disagreement(CountedStatesLeft(number))
            if step.fault:
                continue
            changed = [
                (position, np.broadcast_to(self.definitions.value(name, environment), (len(here),)).tolist())
                for position, name in self.updates[number]
            ]
            for place, row in enumerate(here):
                target = list(states[row])
                for position, values in changed:
                    target[position] = values[place]
                after[row].add(tuple(target))
        return frozenset(covered), after


def _rows(truth: npt.NDArray[np.bool_]) -> list[int]:
    found: list[int] = np.flatnonzero(truth).tolist()
    return found
