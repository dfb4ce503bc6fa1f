"""Places in a spec, compared across processes: spans of different copies of one text."""

from __future__ import annotations

from modelcheck.ground.source import Span

Key = tuple[str, int, int]


def key_of(span: Span) -> Key:
    return (span.source.path, span.start, span.end)


def is_inside(span: Span, around: Span) -> bool:
    return span.source.path == around.source.path and around.start <= span.start and span.end <= around.end
