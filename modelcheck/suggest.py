"""Suggestions for misspelt names: the nearest of the names that would have been right."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most like ``name``, or None if none is like it at all."""
    unique = sorted(set(candidates))
    folded = name.casefold()
    same = [candidate for candidate in unique if candidate.casefold() == folded]
    if same:
        return same[0]
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
