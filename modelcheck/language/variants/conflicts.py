"""What edits touch, and when two of them cannot both be meant.

An edit of a variant may change what its own parents did. Two parents that know nothing of each other and edit the
same place would give a result that depends on the order in which they are named: that is an error.
"""

from __future__ import annotations

from enum import Enum

from modelcheck.ground.diagnostics import DiagnosticBag, Note
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.variants.lineage import Lineage


class Side(Enum):
    BEFORE = "before"
    AFTER = "after"
    AT = "at"


@dataclass(frozen=True, slots=True)
class Touch:
    """``item``: the key of the item that is edited; ``point``: the label or field (None: the item as a whole)."""

    item: str
    point: str | None
    side: Side
    origin: str
    span: Span


def _clash(first: Touch, second: Touch) -> bool:
    if first.item != second.item:
        return False
    if first.point is None or second.point is None:
        return True
    # Code before a label and code after its statement do not meet.
    return first.point == second.point and {first.side, second.side} != {Side.BEFORE, Side.AFTER}


class Touches:
    """The places edited so far."""

    def __init__(self, lineage: Lineage, bag: DiagnosticBag) -> None:
        self._lineage = lineage
        self._bag = bag
        self._seen: list[Touch] = []

    def related(self, first: str, second: str) -> bool:
        """Whether one of two declarations inherits from the other (or they are the same)."""
        return self._lineage.related(first, second)

    def record(self, touch: Touch) -> bool:
        """Note an edited place. Reports MC307 and returns False if an unrelated parent edited it as well."""
        for earlier in self._seen:
            if _clash(earlier, touch) and not self._lineage.related(earlier.origin, touch.origin):
                place = touch.item if touch.point is None else f"{touch.item}::{touch.point}"
                self._bag.error(
                    "MC307",
                    f"`{earlier.origin}` and `{touch.origin}` both edit `{place}`; a variant that inherits from both is"
                    " ambiguous there",
                    touch.span,
                    [Note(f"`{earlier.origin}` edits it here", earlier.span)],
                )
                return False
        self._seen.append(touch)
        return True
