"""Source files and spans: where in which file a thing was written."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import field

from modelcheck.ground.records import dataclass


def _line_starts(text: str) -> tuple[int, ...]:
    starts = [0]
    position = text.find("\n")
    while position != -1:
        starts.append(position + 1)
        position = text.find("\n", position + 1)
    return tuple(starts)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One source file: the path as the user knows it, and its decoded text.

    Compared by identity: two loads of the same file are two sources.
    """

    path: str
    text: str
    _starts: tuple[int, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_starts", _line_starts(self.text))

    def position(self, offset: int) -> tuple[int, int]:
        """Return (line, column), both counted from 1, of a character offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Return the text of line ``number`` (from 1) without its line end."""
        start = self._starts[number - 1]
        end = self._starts[number] - 1 if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r")


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters of one source."""

    source: Source
    start: int
    end: int

    @property
    def line(self) -> int:
        """The line (from 1) on which the span starts."""
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        """The column (from 1) at which the span starts."""
        return self.source.position(self.start)[1]

    @property
    def text(self) -> str:
        """The characters of the span."""
        return self.source.text[self.start : self.end]

    @property
    def first_line(self) -> Span:
        """The part of the span on its first line: enough to show where a statement stands."""
        line = self.text.split("\n", 1)[0].rstrip()
        return Span(self.source, self.start, self.start + max(1, len(line)))

    def to(self, other: Span) -> Span:
        """Return the span from the start of this one to the end of ``other`` (same source)."""
        if other.source is not self.source:
            return self
        return Span(self.source, self.start, max(self.end, other.end))

    def __str__(self) -> str:
        line, column = self.source.position(self.start)
        return f"{self.source.path}:{line}:{column}"


#: The source of nodes that no file holds (built-in items, code that a test made by hand).
BUILT_IN = Source("<built-in>", "")
NOWHERE = Span(BUILT_IN, 0, 0)
