"""The operators, a module for each family, and the mutants that they make of a design."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.language.syntax import ast
from modelcheck.studies.mutate.operators import atomics, counts, errors, guards, locks, order, steps
from modelcheck.studies.mutate.operators.operator import Draft, Operator, bodies

#: Every operator, in the order in which they are told.
OPERATORS: tuple[Operator, ...] = (
    *locks.OPERATORS,
    *steps.OPERATORS,
    *order.OPERATORS,
    *atomics.OPERATORS,
    *guards.OPERATORS,
    *counts.OPERATORS,
    *errors.OPERATORS,
)


def drafts(items: tuple[ast.Item, ...]) -> Iterator[Draft]:
    """Return the mutants of the items of a design. Of those that come to the same the first one is meant."""
    code = bodies(items)
    yield from locks.unlocked(code)
    for body in code:
        for make in (
            steps.forgotten,
            steps.hurried,
            steps.repeated,
            order.swapped,
            atomics.split,
            atomics.weakened,
            guards.untested,
            guards.unwaited,
            guards.shortened,
            counts.off_by_one,
            errors.misled,
        ):
            yield from make(body)
