"""Names that do not exist: where exactly they stand, which one was probably meant, and the fix-it that writes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from modelcheck.diagnostics import Fix
from modelcheck.source import Span
from modelcheck.suggest import closest, did_you_mean

#: Words that stand where names of values could.
VALUE_WORDS = ("true", "false", "null", "none")


def suggestion(name: str, candidates: Iterable[str]) -> str:
    """Return ``"; did you mean `x`?"``, or nothing if no candidate is close."""
    return did_you_mean(name, candidates)


def existing(names: Sequence[str]) -> str:
    """Return ``"; it has `x`, `y`"`` (the first few): for a name that is like none of those that there are."""
    if not names:
        return ""
    shown = ", ".join(f"`{name}`" for name in names[:8])
    return f"; it has {shown}{', …' if len(names) > 8 else ''}"


def rename(name: str, candidates: Iterable[str], span: Span) -> tuple[Fix, ...]:
    """Return the fix that goes with ``suggestion``; ``span`` must be that of the name alone."""
    close = closest(name, candidates)
    if close is None or span.text != name:
        return ()
    return (Fix(f"write `{close}`", span, close),)


def name_in(span: Span, name: str, behind: Span | None = None) -> Span:
    """Return where ``name`` first stands as a word in ``span``, or in what is left of it ``behind`` a part of it.

    ``span`` itself if the text does not show the name (a kernel spelling, code that a test made by hand).
    """
    start = span.start if behind is None or behind.source is not span.source else max(span.start, behind.end)
    found = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)").search(span.source.text, start, span.end)
    return span if found is None else Span(span.source, found.start(), found.end())
