"""Names that do not exist: where exactly they stand, the nearest of those that would have been
right, and the fix-it that writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from modelcheck.ground.diagnostics import Diagnostic, Fix, Note, Severity
from modelcheck.ground.source import Span


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most like ``name``, or None if none is like it at all."""
    unique = sorted(set(candidates))
    folded = name.casefold()
    same = [candidate for candidate in unique if candidate.casefold() == folded]
    if same:
        return same[0]
    from difflib import get_close_matches

    # Of a name with two letters one may be wrong.
    matches = get_close_matches(name, unique, n=1, cutoff=0.65 if len(name) > 3 else 0.5)
    if matches:
        return matches[0]
    extended = [c for c in unique if len(folded) > 2 and (c.casefold().startswith(folded) or folded in c.casefold())]
    return extended[0] if len(extended) == 1 else None


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """Return ``; did you mean `x`?`` for the closest candidate, or an empty string."""
    match = closest(name, candidates)
    return f"; did you mean `{match}`?" if match is not None else ""


def existing(names: Sequence[str]) -> str:
    """Return ``"; it has `x`, `y`"`` (the first few): for a name that is like none of those that there are."""
    if not names:
        return ""
    shown = ", ".join(f"`{name}`" for name in names[:8])
    return f"; it has {shown}{', …' if len(names) > 8 else ''}"


def rename(name: str, candidates: Iterable[str], span: Span) -> tuple[Fix, ...]:
    """Return the fix that goes with ``did_you_mean``; none if ``span`` is more than the name alone."""
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


def missing(
    code: str,
    message: str,
    name: str,
    candidates: Iterable[str],
    span: Span,
    notes: Iterable[Note] = (),
    behind: Span | None = None,
) -> Diagnostic:
    """Return the error about a ``name`` in ``span`` (``behind`` a part of it) that does not exist,
    with what it could be instead.
    """
    known = list(candidates)
    where = name_in(span, name, behind)
    hint, fixes = did_you_mean(name, known), rename(name, known, where)
    return Diagnostic(code, Severity.ERROR, message + hint, where, tuple(notes), fixes)
