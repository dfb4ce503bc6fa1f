"""Where a node stands in its file."""

from __future__ import annotations

from dataclasses import field

from modelcheck.ground.source import NOWHERE, Span


def span_field() -> Span:
    """The field of a node that says where it stands; it never takes part in comparison."""
    return field(default=NOWHERE, compare=False, repr=False)
