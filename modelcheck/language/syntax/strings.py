"""String literals: between what stands in the file and what it means."""

from __future__ import annotations

import re

_MEANINGS = {"n": "\n", "t": "\t"}
_SPELLINGS = {"\n": "\\n", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def string_value(literal: str) -> str:
    """Return the characters that a literal (quotes included) stands for; an unknown escape means its character."""
    return re.sub(r"\\(.)", lambda match: _MEANINGS.get(match[1], match[1]), literal[1:-1])


def string_literal(value: str) -> str:
    """Return the literal, quotes included, that stands for ``value``."""
    return '"' + "".join(_SPELLINGS.get(character, character) for character in value) + '"'
