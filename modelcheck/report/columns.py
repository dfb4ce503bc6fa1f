"""The race in columns: one column per thread that takes part, time downwards, the way kernel changelogs show races.

Only one thread moves at a time, so a line belongs to one column and may run on to the right edge. What a thread does with nobody in between shares a
line where it fits; ``calls`` says what is told at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from modelcheck.ground.records import dataclass
from modelcheck.report.calls import Piece, every_step, folded, trimmed
from modelcheck.report.endings import delay_lines, ending
from modelcheck.report.narrate.values import named_values
from modelcheck.report.words import ascii_only, headline, plural, reached, wrapped
from modelcheck.result.trace import Trace

#: The kernel's limit for changelogs.
WIDTH = 75
#: A race that is longer than this is told with less detail.
HEIGHT = 30
#: The least a column may have to itself before columns start to overlap more.
_COLUMN = 47
#: By how much a column may be wider than its share, for the sake of its name.
_STRETCH = 3
#: By how much a call's steps are indented.
_INDENT = 2
#: How much to tell, from all to the least: the weight of what is told, and the lines that the facts of one piece may take below it.
_DETAIL = ((0, 4), (0, 2), (0, 1), (1, 1), (2, 1), (3, 1), (3, 0), (4, 0))
#: Of a run of more steps than this only so many are looked at, half of them at its beginning: nobody reads more, and it takes long.
LOOKED_AT = 4_000
#: Of a run that never fits, the first part: one of so many lines.
_BEGINNING = 3


@dataclass(frozen=True, slots=True)
class _Layout:
    """``more``: lines that the facts of one piece may take below it."""

    gutter: int
    offsets: dict[str, int]
    width: int
    more: int = 2

    def room(self, process: str) -> int:
        return self.width - self.gutter - self.offsets[process]

    def line(self, process: str, text: str, number: int | None = None) -> str:
        margin = "" if number is None else str(number)
        # What is too long for its column starts further left: only one thread moves at a time.
        offset = max(0, min(self.offsets[process], self.width - self.gutter - len(text)))
        return f"{margin:>{self.gutter - 2}}  {' ' * offset}{text}".rstrip()


def race_in_columns(trace: Trace, width: int = WIDTH, steps: bool = False, delays: bool = False) -> str:
    """Draw a trace, at most ``width`` characters wide (words that are longer than a line excepted), ASCII only.

    ``steps``: every step, and not call by call; ``delays``: say where delays would reproduce it. What is told call by call is cut down to what matters
    most until it is no longer than ``HEIGHT`` lines; if that leaves nothing, or twice as much, to how it begins and ends.
    """
    lines = [f"{headline(trace)}:", *_about(trace, width), ""]
    below = ending(trace, width)
    if trace.steps:
        layout = _layout(trace, width)
        lines += _header(layout)
        room = HEIGHT - len(lines) - len(below) - 1
        lines += _every_step(trace, layout) if steps else _told(trace, layout, room)
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
        told = delay_lines(trace) or ["none: no order between the threads matters"]
        lines += [line for delay in told for line in wrapped(delay, width, "  ", "      ")]
    return ascii_only("\n".join(line.rstrip() for line in lines)) + "\n"


def _about(trace: Trace, width: int) -> list[str]:
    names = [f"variant {trace.variant}", f"scenario {trace.scenario}", trace.spec]
    return wrapped(", ".join(name for name in names if name), width, "  ")


def _layout(trace: Trace, width: int) -> _Layout:
    moving = {step.process for step in trace.steps}
    threads = [process for process in trace.processes if process in moving]
    last = max(step.span.line for step in trace.steps)
    gutter = max(4, len(str(last))) + 2
    room = width - gutter
    if len(threads) == 1:
        return _Layout(gutter, {threads[0]: 0}, width)
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
    rows[0] = "line".rjust(layout.gutter - 2) + rows[0][layout.gutter - 2 :]
    rule = ""
    offsets = [*layout.offsets.values(), layout.width - layout.gutter + 1]
    for index, process in enumerate(layout.offsets):
        length = min(len(process), offsets[index + 1] - offsets[index] - 1)
        rule = rule.ljust(layout.gutter + offsets[index]) + "-" * length
    return [*rows, rule]


def _every_step(trace: Trace, layout: _Layout) -> list[str]:
    return _body(every_step(trace), replace(layout, more=HEIGHT), _mark(trace))


def _mark(trace: Trace) -> str:
    return "=> " if reached(trace) else "!! "


def _told(trace: Trace, layout: _Layout, room: int) -> list[str]:
    """Call by call, with as much as fits into ``room`` lines."""
    if len(trace.steps) > LOOKED_AT:
        return _told_of_ends(trace, layout, room)
    pieces = folded(trace)
    for weight, more in _DETAIL:
        kept = trimmed(pieces, weight)
        left_out = sum(len(piece.steps) for piece in pieces) - sum(len(piece.steps) for piece in kept)
        lines = _body(kept, replace(layout, more=more), _mark(trace))
        if left_out:
            told = f"({plural(left_out, 'step')} of less weight left out: --steps shows all)"
            lines += wrapped(told, layout.width, " " * layout.gutter)
        if kept and len(lines) <= room:
            return lines
    if kept and len(lines) <= room + HEIGHT:
        # Nothing but what the race is about: better too long than with a gap.
        return lines
    return _ends(kept or pieces, replace(layout, more=1), _mark(trace), room)


def _told_of_ends(trace: Trace, layout: _Layout, room: int) -> list[str]:
    """How a very long run begins and ends, in ``room`` lines."""
    first, last = trace.steps[: LOOKED_AT // 2], trace.steps[-LOOKED_AT // 2 :]
    # The numbers of steps are places in the whole run.
    parts = [folded(replace(trace, steps=steps, orders=None, lost=None)) for steps in (first, last)]
    between = len(trace.steps) - len(first) - len(last)
    return _ends([*parts[0], *parts[1]], replace(layout, more=1), _mark(trace), room, between)


def _ends(pieces: Sequence[Piece], layout: _Layout, mark: str, room: int, between: int = 0) -> list[str]:
    """How a run begins that does not fit whatever is left out of it (a loop that turns often), and how it ends, in ``room`` lines. ``between``: so many steps in its middle are in no piece."""
    last = len(pieces) - 1
    while last > 0 and len(_body(pieces[last - 1 :], layout, mark)) <= room - room // _BEGINNING - 1:
        last -= 1
    first = 0
    while first < last and len(_body(pieces[: first + 1], layout, mark)) <= room // _BEGINNING:
        first += 1
    left_out = between + sum(len(piece.steps) for piece in pieces[first:last])
    told = f"({plural(left_out, 'step')} left out here: --steps shows all)"
    gap = wrapped(told, layout.width, " " * layout.gutter) if left_out else []
    return [*_body(pieces[:first], layout, mark), *gap, *_body(pieces[last:], layout, mark)]


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
        apart = piece.process != first.process or piece.depth != first.depth or not piece.steps
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
        parts = _packed(parts, first.facts, room, indent + "    ", layout.more)
    for told in last.marks:
        parts += wrapped(told, room, indent + mark, indent + "   ")
    return [layout.line(first.process, part, first.line if number == 0 else None) for number, part in enumerate(parts)]


def _packed(lines: Sequence[str], facts: Sequence[str], room: int, indent: str, more: int) -> list[str]:
    """Add the facts of a piece, in brackets: as many as fit on ``more`` more lines."""
    packed = list(lines)
    for number, fact in enumerate(facts):
        told = f"{'[' if number == 0 else ''}{fact}{']' if number == len(facts) - 1 else ','}"
        # Room for the mark that something is left out, unless this is the last one.
        if len(packed[-1]) + len(told) + (1 if number == len(facts) - 1 else 6) <= room:
            packed[-1] += f" {told}"
        elif len(packed) < len(lines) + more:
            packed += wrapped(told, room, indent, indent + " ")
        else:
            packed[-1] += " [...]" if number == 0 else " ...]"
            break
    return packed
