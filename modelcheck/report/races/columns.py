"""The race in columns: one column per thread that takes part, time downwards, the way kernel changelogs show races.

Only one thread moves at a time, so a line belongs to one column and may run on to the right edge.
What a thread does with nobody in between shares a line where it fits; ``calls`` says what is told
at all.
"""

from __future__ import annotations

from collections.abc import Sequence

from modelcheck.ground.records import dataclass
from modelcheck.report.narrate.value_texts import named_values
from modelcheck.report.races.calls import every_step, waiting
from modelcheck.report.races.endings import delay_lines, ending
from modelcheck.report.races.numbering import NUMBERED, Numbering
from modelcheck.report.races.pieces import Piece
from modelcheck.report.races.selection import told
from modelcheck.report.words import ascii_only, headline, reached, wrapped
from modelcheck.result.trace import Trace

#: The kernel's limit for changelogs.
WIDTH = 75
#: Columns that are longer than this are told with less detail.
HEIGHT = 30
#: The least a column may have to itself before columns start to overlap more.
_COLUMN = 47
#: By how much a column may be wider than its share, for the sake of its name.
_STRETCH = 3
#: By how much a call's steps are indented.
_INDENT = 2


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the columns are: ``offsets`` from the gutter, by thread."""

    gutter: int
    offsets: dict[str, int]
    width: int

    def room(self, process: str) -> int:
        return self.width - self.gutter - self.offsets.get(process, 0)

    def line(self, process: str, text: str, number: int | None = None) -> str:
        margin = "" if number is None or self.gutter == _INDENT else str(number)
        # What is too long for its column starts further left: only one thread moves at a time.
        offset = max(0, min(self.offsets.get(process, 0), self.width - self.gutter - len(text)))
        return f"{margin:>{self.gutter - 2}}  {' ' * offset}{text}".rstrip()


def race_in_columns(
    trace: Trace,
    width: int = WIDTH,
    steps: bool = False,
    delays: bool = False,
    numbering: Numbering = NUMBERED,
) -> str:
    """Draw a trace, at most ``width`` characters wide (words that are longer than a line excepted), ASCII only.

    ``steps``: every step, however many there are; ``delays``: say where delays would reproduce it.
    What is told is cut down to what matters most until it is no longer than ``HEIGHT`` lines; if
    that leaves twice as much, to how it begins and ends.
    """
    lines = [f"{headline(trace)}:", *_about(trace, width), ""]
    below = ending(trace, width, numbering)
    if trace.steps:
        lines += _drawing(trace, width, steps, numbering)
        lines.append("")
    else:
        lines += [
            line
            for name, value in named_values(trace.initial)
            for line in wrapped(f"{name} = {value}", width, "  ", "      ")
        ]
        lines.append("")
    lines += below
    if delays:
        lines += ["", "Delays that make it likely:"]
        suggested = delay_lines(trace, numbering) or ["none: no order between the threads matters"]
        lines += [line for delay in suggested for line in wrapped(delay, width, "  ", "      ")]
    return ascii_only("\n".join(line.rstrip() for line in lines)) + "\n"


def _drawing(trace: Trace, width: int, steps: bool, numbering: Numbering) -> list[str]:
    """The columns with their header."""
    pieces = [*every_step(trace), *waiting(trace)] if steps else pieces_told(trace, width, numbering)
    layout = _layout(trace, pieces, width, numbering)
    return [*_header(layout), *_body(pieces, layout, _mark(trace))]


def _mark(trace: Trace) -> str:
    return "=> " if reached(trace) else "!! "


def pieces_told(trace: Trace, width: int, numbering: Numbering = NUMBERED) -> list[Piece]:
    """What is told of a race if not every step is asked for."""
    return told(trace, lambda pieces: len(columns_of(trace, pieces, width, numbering)), HEIGHT, numbering)


def columns_of(trace: Trace, pieces: Sequence[Piece], width: int, numbering: Numbering = NUMBERED) -> list[str]:
    """The lines below the header of the columns."""
    return _body(pieces, _layout(trace, pieces, width, numbering), _mark(trace))


def _about(trace: Trace, width: int) -> list[str]:
    names = [f"variant {trace.variant}", f"scenario {trace.scenario}", trace.spec]
    return wrapped(", ".join(name for name in names if name), width, "  ")


def _layout(trace: Trace, pieces: Sequence[Piece], width: int, numbering: Numbering) -> _Layout:
    """A column for each thread of which something is shown."""
    moving = {piece.process for piece in pieces if piece.steps} | {
        step.process for piece in pieces for step in piece.steps
    }
    threads = [process for process in trace.processes if process in moving]
    last = max((step.span.line for step in trace.steps), default=0)
    gutter = max(4, len(str(last))) + 2 if numbering.shown else _INDENT
    room = width - gutter
    if len(threads) <= 1:
        return _Layout(gutter, dict.fromkeys(threads, 0), width)
    stride = min(room // 2 + 1, (room - _COLUMN) // (len(threads) - 1))
    offsets, offset = {}, 0
    for process in threads:
        offsets[process] = offset
        # A little more where the name would not fit above its column otherwise.
        offset += max(stride, len(process) + 1) if len(process) <= stride + _STRETCH else stride
    return _Layout(gutter, offsets, width)


def _header(layout: _Layout) -> list[str]:
    """Names above rules; names that are too long for their column go on lines of their own."""
    rows: list[str] = []
    for process, offset in layout.offsets.items():
        start = layout.gutter + offset
        # A blank between two names, or the next name starts a new row.
        if rows and len(rows[-1]) < start:
            rows[-1] = rows[-1].ljust(start) + process
        else:
            rows.append(" " * start + process)
    if not rows:
        return []
    if layout.gutter > _INDENT:
        rows[0] = "line".rjust(layout.gutter - 2) + rows[0][layout.gutter - 2 :]
    rule = ""
    offsets = [*layout.offsets.values(), layout.width - layout.gutter + 1]
    for index, process in enumerate(layout.offsets):
        length = min(len(process), offsets[index + 1] - offsets[index] - 1)
        rule = rule.ljust(layout.gutter + offsets[index]) + "-" * length
    return [*rows, rule]


def _body(pieces: Sequence[Piece], layout: _Layout, mark: str) -> list[str]:
    lines: list[str] = []
    index = 0
    while index < len(pieces):
        count, text = _together(pieces, index, layout)
        lines += _drawn(pieces[index], pieces[index + count - 1], text, layout, mark)
        index += count
    return lines


def _whole(piece: Piece) -> str:
    return f"{piece.text} [{', '.join(piece.facts)}]" if piece.facts else piece.text


def _together(pieces: Sequence[Piece], start: int, layout: _Layout) -> tuple[int, str]:
    """How many pieces from ``start`` on share a line, and what it says."""
    first = pieces[start]
    room = layout.room(first.process) - _INDENT * first.depth
    text = _whole(first)
    count = 1
    for number in range(start + 1, len(pieces)):
        piece = pieces[number]
        longer = f"{text}; {_whole(piece)}"
        apart = piece.process != first.process or piece.depth != first.depth or not piece.steps or piece.begins
        if apart or pieces[number - 1].alone or len(longer) > room:
            break
        text = longer
        count += 1
    return count, text


def _drawn(first: Piece, last: Piece, text: str, layout: _Layout, mark: str) -> list[str]:
    indent = " " * _INDENT * first.depth
    room = layout.room(first.process)
    parts = [indent + text]
    if len(parts[0]) > room:
        # Too long for one line, so it is one piece: its facts go on below it, none of them cut if that can be.
        parts = wrapped(first.text, room, indent, indent + "    ")
        parts = _packed(parts, first.facts, room, indent + "    ")
    for finding in last.marks:
        parts += wrapped(finding, room, indent + mark, indent + "   ")
    return [layout.line(first.process, part, first.line if number == 0 else None) for number, part in enumerate(parts)]


def _packed(lines: Sequence[str], facts: Sequence[str], room: int, indent: str) -> list[str]:
    """Add the facts of a piece, in brackets, on as many lines as they take."""
    packed = list(lines)
    for number, fact in enumerate(facts):
        text = f"{'[' if number == 0 else ''}{fact}{']' if number == len(facts) - 1 else ','}"
        if len(packed[-1]) + len(text) + 1 <= room:
            packed[-1] += f" {text}"
        else:
            packed += wrapped(text, room, indent, indent + " ")
    return packed
