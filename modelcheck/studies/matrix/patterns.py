"""Names on the command line: plain ones, and patterns that stand for all names they match (``*``, ``?``, ``[abc]``)."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from modelcheck.language import pipeline, variants
from modelcheck.language.syntax import ast


def is_pattern(name: str) -> bool:
    """Whether a name stands for those that it matches."""
    return any(letter in name for letter in "*?[")


def expand(names: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """Return the names with patterns replaced by what they match among ``known``, in its order, each once.

    Plain names, and patterns that match nothing, stay: whoever looks them up says what is wrong.
    """
    candidates = list(known)
    found: dict[str, None] = {}
    for name in names:
        matches = [one for one in candidates if fnmatchcase(one, name)] if is_pattern(name) else []
        found.update(dict.fromkeys(matches or [name]))
    return tuple(found)


def designs(spec: ast.Spec, name: str | None) -> tuple[str, ...]:
    """Return the designs that a name or a pattern stands for; None is the base.

    Raises ``SpecError`` (MC301) if there are none.
    """
    found = expand((name or variants.BASE,), [row.name for row in variants.names(spec)])
    for one in found:
        pipeline.Loaded(spec).check_variant(one)
    return found
