"""The shape of an explanation."""

from __future__ import annotations

from modelcheck.ground.records import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    """``text`` is plain text (at most 80 columns) that ends with a wrong and a corrected example."""

    code: str
    title: str
    text: str
