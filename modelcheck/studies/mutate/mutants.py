"""The mutants of a design: each a value, with a number, a name that stays, and the edit that makes it."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language import pipeline, variants
from modelcheck.language.syntax import ast
from modelcheck.language.variants.items import name_of
from modelcheck.studies.mutate.operators import OPERATORS, drafts
from modelcheck.studies.mutate.operators.operator import Draft
from modelcheck.studies.mutate.spell import spelled
from modelcheck.studies.mutate.tree import Splice, mapped_body, spliced


@dataclass(frozen=True, slots=True)
class Mutant:
    """``number`` counts from 1, in the order of the text; ``name`` is one that a variant can have.

    ``place``: the statement that it is about, in the text that wrote it; ``says``: what the code
    does then, as half a sentence; ``edits``: the same, for a variant of the design.
    """

    number: int
    name: str
    operator: str
    owner: str
    place: Span
    says: str
    edits: tuple[ast.Edit, ...]


def mutants_of(design: pipeline.Edited) -> tuple[Mutant, ...]:
    """Return the mutants of a design, in the order of the text."""
    return mutants(design.spec.items, variants.labels_of_several(design.loaded.spec, design.variant))


def mutants(items: tuple[ast.Item, ...], unfit: frozenset[tuple[str, str]] = frozenset()) -> tuple[Mutant, ...]:
    """Return the mutants of the items of a design. ``unfit``: (owner, label) at which no edit is to be made."""
    order = {operator.name: number for number, operator in enumerate(OPERATORS)}
    position = {name: number for number, name in enumerate(dict.fromkeys(item.span.source.path for item in items))}
    found = sorted(
        _distinct(items),
        key=lambda draft: (position.get(draft.place.source.path, -1), draft.place.start, order[draft.operator]),
    )
    used: dict[str, int] = {}
    made: list[Mutant] = []
    for draft in found:
        edits = spelled(items, draft.splices, unfit)
        stem = "_".join(part for part in (draft.operator, draft.owner, draft.label or draft.tag) if part)
        used[stem] = used.get(stem, 0) + 1
        name = stem if used[stem] == 1 else f"{stem}_{used[stem]}"
        made.append(Mutant(len(made) + 1, name, draft.operator, draft.owner, draft.place, draft.says, edits))
    return tuple(made)


def mutated(items: tuple[ast.Item, ...], splices: tuple[Splice, ...]) -> tuple[ast.Item, ...]:
    """Return the items with splices made, one after the other."""
    for splice in splices:
        items = mapped_body(items, splice.owner, lambda body, one=splice: spliced(body, one))  # type: ignore[misc]
    return items


def _distinct(items: tuple[ast.Item, ...]) -> Iterator[Draft]:
    """Of mutants that come to the same text the first; none that is the original."""
    seen: set[tuple[tuple[str, ast.Item], ...]] = set()
    for draft in drafts(items):
        after = mutated(items, draft.splices)
        changed = tuple(
            (name_of(new), new) for new, old in zip(after, items, strict=True) if new is not old and new != old
        )
        if changed and changed not in seen:
            seen.add(changed)
            yield draft
