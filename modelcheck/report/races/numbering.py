"""Whether reports say the lines of the spec: in a changelog nobody has it."""

from __future__ import annotations

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span


@dataclass(frozen=True, slots=True)
class Numbering:
    """``shown``: whether lines are said."""

    shown: bool = True

    def at(self, span: Span | None) -> str:
        """`` at line 12``, or nothing."""
        return f" at line {span.line}" if self.shown and span is not None else ""

    def of(self, process: str, span: Span | None) -> str:
        """Where a process is: ``reader:12``, or ``reader:``."""
        return f"{process}:{span.line}" if self.shown and span is not None else f"{process}:"

    def rounds(self, lines: list[int]) -> str:
        """From which line to which one a loop goes: `` (lines 9 to 12)``, or nothing."""
        if not lines or not self.shown:
            return ""
        return f" (line {lines[0]})" if len(lines) == 1 else f" (lines {lines[0]} to {lines[-1]})"


#: With lines.
NUMBERED = Numbering()
