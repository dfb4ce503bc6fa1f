"""S-expressions: SMT-LIB 2 text as nested tuples of words. No solver in here."""

from __future__ import annotations

import re
from typing import TypeAlias

#: A word as it stands in the text (``|a b|`` keeps its bars), or a list.
Sexpr: TypeAlias = "str | tuple[Sexpr, ...]"

_TOKEN = re.compile(r'\s+|;[^\n]*|(?P<word>[()]|\|[^|]*\||"(?:[^"]|"")*"|[^\s()|";]+)')


class Unreadable(Exception):
    """The text is not what it should be; the message says why, in words for a person."""


def read_all(text: str) -> tuple[Sexpr, ...]:
    """Read a whole text. Raises ``Unreadable``."""
    stack: list[list[Sexpr]] = [[]]
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise Unreadable(f"a name or a string has no end (character {position + 1})")
        position = match.end()
        word = match["word"]
        if word is None:
            continue
        if word == "(":
            stack.append([])
        elif word == ")":
            if len(stack) == 1:
                raise Unreadable(f"there is a `)` too many (character {position})")
            done = tuple(stack.pop())
            stack[-1].append(done)
        else:
            stack[-1].append(word)
    if len(stack) > 1:
        raise Unreadable("it ends in the middle: a `)` is missing")
    return tuple(stack[0])
