"""Simultaneous updates as a sequence of assignments."""

from __future__ import annotations

from collections.abc import Sequence

from modelcheck.ground.records import dataclass
from modelcheck.ir.terms import Term, variables_of


@dataclass(frozen=True, slots=True)
class Sequenced:
    """``saved``: variables whose old values must be kept first; ``updates``: then these in order,
    reading the old values of saved ones.
    """

    saved: tuple[int, ...]
    updates: tuple[tuple[int, Term], ...]


def sequence(updates: Sequence[tuple[int, Term]]) -> Sequenced:
    """Order the updates so that as few old values as possible must be saved: a variable is assigned
    after what reads it.
    """
    remaining = dict(updates)
    reads = {variable: variables_of((term,)) for variable, term in updates}
    saved: list[int] = []
    ordered: list[tuple[int, Term]] = []
    while remaining:
        free = [v for v in remaining if not any(v in reads[o] for o in remaining if o != v)]
        if free:
            ordered += [(v, remaining.pop(v)) for v in free[:1]]
        else:
            victim = next(iter(remaining))
            saved.append(victim)
            reads = {v: r - {victim} for v, r in reads.items()}
    return Sequenced(tuple(saved), tuple(ordered))
