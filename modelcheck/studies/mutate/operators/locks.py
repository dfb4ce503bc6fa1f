"""A lock that is not there: all of its operations in a body, or in two inlines that belong together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from modelcheck.language.syntax import ast
from modelcheck.language.syntax.formatter.unparse import unparse_expression
from modelcheck.language.variants.bodies import peel
from modelcheck.studies.mutate.operators.operator import Body, Draft, Operator, words
from modelcheck.studies.mutate.roles import Role
from modelcheck.studies.mutate.tree import Listed, Splice, emptied

FAMILY = "locks"

OPERATORS = (
    Operator(
        "no_lock",
        FAMILY,
        "does without a lock: takes it nowhere, drops it nowhere",
        "a section that needs a lock after all",
    ),
)

#: A lock operation: its list, its index there.
_At = tuple[Body, Listed, int]


def unlocked(bodies: Sequence[Body]) -> Iterator[Draft]:
    """Each lock, left out together with all its unlocks in the body (or in the inline that belongs to it)."""
    takes: dict[str, list[_At]] = {}
    drops: dict[str, list[_At]] = {}
    for body in bodies:
        for listed, index, statement in body.elements():
            if isinstance(statement, ast.ExprStmt):
                found = body.roles.lock_in(statement.expression)
                if found is not None and found[0] in (Role.LOCK, Role.UNLOCK):
                    side = takes if found[0] is Role.LOCK else drops
                    side.setdefault(unparse_expression(found[1]), []).append((body, listed, index))
    for lock, places in takes.items():
        for place in places:
            releases = [other for other in drops.get(lock, ()) if other[0] is place[0]]
            if not releases and len(places) == 1 and len({id(other[0]) for other in drops.get(lock, ())}) == 1:
                releases = drops[lock]
            same_body = [other for other in places if other[0] is place[0]]
            if releases and same_body[0] is place:
                yield _without(lock, same_body, releases)


def _without(lock: str, takes: Sequence[_At], drops: Sequence[_At]) -> Draft:
    body, listed, index = takes[0]
    element = listed.statements[index]
    labels = peel(element).labels
    # From the last to the first, so that indices stay what they are.
    places = sorted([*takes, *drops], key=lambda at: (at[1].number, at[2]), reverse=True)
    splices = tuple(
        Splice(other.owner.name, list_.number, at, at + 1, emptied(list_.statements[at])) for other, list_, at in places
    )
    place = peel(element).statement.span
    label = labels[-1] if labels else ""
    return Draft("no_lock", body.owner.name, place, label, f"does without the lock {lock}", words(lock), splices)
