"""Where conditions that are judged within steps say something: steps note it as raises that are
none, and those are taken out again.
"""

from __future__ import annotations

from modelcheck.ir.system import Raise
from modelcheck.ir.terms import Term
from modelcheck.model import typed
from modelcheck.semantics.elaborate.execution.path import Execution, Path
from modelcheck.semantics.elaborate.graphs.graph import PureCall
from modelcheck.semantics.elaborate.properties.antecedents import Antecedents, Part

#: As a raise of the property of this number and more, steps say where what they judge says
#: something (taken out again when the system is made).
NOTED = 1 << 24


class Notes:
    """``noted``: the parts that are judged within steps, with their properties."""

    def __init__(self) -> None:
        self.noted: list[tuple[int, Part]] = []
        self._known: dict[tuple[int, int], tuple[object, object, tuple[int, ...]]] = {}

    def parts_of(self, property: int, condition: typed.Expr, calls: dict[str, PureCall]) -> tuple[int, ...]:
        """The numbers of the parts of a condition that a property judges."""
        key = (property, id(condition))
        known = self._known.get(key)
        if known is None:
            parts = Antecedents(calls).of(condition)
            first = len(self.noted)
            self.noted += [(property, part) for part in parts]
            # What is kept alive is nobody else under the same identity.
            known = self._known[key] = (condition, calls, tuple(range(first, len(self.noted))))
        return known[2]

    def note(self, ex: Execution, path: Path, number: int, condition: Term) -> None:
        """Note that a part says something where ``condition`` holds, in the step being made."""
        part = self.noted[number][1]
        ex.add_raise(path, Raise(NOTED + number, ex.simplify(path, condition), None, part.span))
