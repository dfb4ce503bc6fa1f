"""Small pieces of text that several reports share."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

from modelcheck.ground.source import Span
from modelcheck.report.races.numbering import NUMBERED, Numbering

if TYPE_CHECKING:
    # Commands that print no trace need nothing of what one is made of.
    from modelcheck.result.trace import HeldLock, ProcessEnd, Trace

#: A number of more bits has at least so many digits, and is told by so many at either end.
_LONG_BITS, _LONG, _SHOWN = 128, 39, 12
_LONG_NUMBER = re.compile(rf"(?<![\w.])\d{{{_LONG},}}(?!\w)")


def plural(number: int, word: str, words: str | None = None) -> str:
    """``1 step``, ``2 steps``, ``1,234 states``; ``words`` is the plural where an s does not do."""
    return f"{number:,} {word if number == 1 else words or word + 's'}"


def listing(words: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    items = list(words)
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1] if items else ""


def duration(seconds: float) -> str:
    """``0.03 s``, ``12 s``, ``3 min 20 s``."""
    if seconds < 10:
        return f"{seconds:.2g} s" if seconds >= 0.01 else "0.01 s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def ascii_only(text: str) -> str:
    """Changelogs are ASCII: whatever is not becomes ``?``."""
    return text.encode("ascii", "replace").decode("ascii")


def xml_text(text: str) -> str:
    """What XML 1.0 cannot hold, not even escaped, becomes ``?``."""
    return re.sub("[\u202a-\u202e\u2066-\u2069]|[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", text)


def shortened(text: str) -> str:
    """Replace the numbers of more than 128 bits in a text by how they begin and end:
    ``1000000049...000823543543 (64 digits)``.
    """
    return _LONG_NUMBER.sub(_shortened, text)


def _shortened(number: re.Match[str]) -> str:
    digits = number[0]
    if int(digits[:_LONG]).bit_length() <= _LONG_BITS and len(digits) == _LONG:
        return digits
    return f"{digits[:_SHOWN]}...{digits[-_SHOWN:]} ({len(digits)} digits)"


def wrapped(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    """Wrap ``text``; ``first`` opens the first line, ``rest`` (default: as many blanks) the others.

    Words are never cut, but very large numbers are ``shortened``.
    """
    following = " " * len(first) if rest is None else rest
    return textwrap.wrap(
        shortened(text),
        max(width, 20),
        initial_indent=first,
        subsequent_indent=following,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first.rstrip()]


def place(span: Span | None) -> str:
    """``page.mc:12``"""
    return "" if span is None else f"{span.source.path}:{span.line}"


def holding(held: HeldLock, trace: Trace, numbering: Numbering = NUMBERED) -> str:
    """One sentence about a lock that is held at the end."""
    from modelcheck.report.narrate.value_texts import place_text

    mode = {"": "holds", "read": "holds for reading", "write": "holds for writing"}.get(held.mode, "holds")
    since = next((step for step in trace.steps if step.number == held.since), None)
    taken = f", taken{numbering.at(since.span)}" if since is not None and numbering.shown else ""
    return f"{held.process} {mode} {place_text(held.lock)}{taken}"


def standing(end: ProcessEnd, numbering: Numbering = NUMBERED) -> str:
    """One sentence about where a process stands at the end."""
    from modelcheck.report.narrate.operations import awaited_text

    where = numbering.at(end.span)
    label = end.position.label if end.position is not None else ""
    at = f"{where} ({label})" if label else where
    match end.status:
        case "blocked":
            return f"{end.process} waits{at} for {awaited_text(end)}"
        case "done":
            return f"{end.process} has finished"
        case "resting":
            return f"{end.process} rests at the head of its loop"
        case _:
            return f"{end.process} could go on{at}"


def reached(trace: Trace) -> bool:
    """Whether the trace is the witness of an existential property, and not a violation."""
    return trace.kind in ("cover", "may")


def headline(trace: Trace) -> str:
    """What the trace shows, in one sentence."""
    steps = plural(len(trace.steps), "step")
    if not trace.property_name:
        return f"a walk of {steps}"
    if reached(trace):
        return f"{trace.property_name} is reached in {steps}"
    if not trace.steps:
        return f"{trace.property_name} is violated in the initial state"
    return f"{trace.property_name} is violated in {steps}"
