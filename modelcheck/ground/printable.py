"""Text that a terminal only shows: what it would act on, or not show at all, is replaced by its code."""

from __future__ import annotations

import json
import re
import unicodedata

#: Characters that may be none of those that only show; the exact answer is ``is_printable``.
_SUSPICIOUS = re.compile(r"[^\t\n -~\u00a1-\u00ac\u00ae-\u024f\u2010-\u2027\u2190-\u22ff\u2500-\u25ff]")
#: What our own styles are written with.
_COLOUR = re.compile(r"(\x1b\[[0-9;]*m)")


def is_printable(character: str) -> bool:
    """Whether a terminal shows the character and does nothing else."""
    # Not `isprintable` alone: it calls the no-break space and its kin unprintable, which is right here, too.
    return character.isprintable() and unicodedata.category(character) not in ("Cf", "Co", "Cn")


def escaped(character: str) -> str:
    """Return the code of a character: ``\\x1b``, ``\\u202e``."""
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def printable(text: str) -> str:
    """Return the text with every character that is not printable as its code; ends of lines and tabs stay."""
    if _SUSPICIOUS.search(text) is None:
        return text
    return "".join(
        character if character in "\n\t" or is_printable(character) else escaped(character) for character in text
    )


def printable_in_colour(text: str) -> str:
    """Return the text as ``printable`` does, with the codes for colours as they are."""
    return "".join(part if number % 2 else printable(part) for number, part in enumerate(_COLOUR.split(text)))


def printable_json(text: str) -> str:
    """Return a JSON text that means the same, with every character that is not printable as an escape."""
    if _SUSPICIOUS.search(text) is None:
        return text
    return "".join(
        character if character in "\n\t" or is_printable(character) else json.dumps(character)[1:-1]
        for character in text
    )
