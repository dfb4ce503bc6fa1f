"""Colour, where it is wanted: a terminal, and ``NO_COLOR`` not set. Reports are built plain and styled in place."""

from __future__ import annotations

import os
from enum import Enum
from typing import TextIO

from modelcheck.ground.records import dataclass


class Tone(Enum):
    """What a piece of text means; the value is its ANSI code."""

    GOOD = "32"
    BAD = "31"
    OPEN = "33"
    SURPRISE = "1;35"
    STRONG = "1"
    FAINT = "2"


@dataclass(frozen=True, slots=True)
class Style:
    colour: bool = False

    def __call__(self, text: str, tone: Tone | None) -> str:
        """Return ``text``, coloured if colours are on."""
        if not self.colour or tone is None or not text:
            return text
        return f"\x1b[{tone.value}m{text}\x1b[0m"


PLAIN = Style()


def style_for(stream: TextIO) -> Style:
    """Colours for a terminal that wants them, else none."""
    wanted = stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    return Style(colour=wanted)
