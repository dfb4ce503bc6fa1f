"""The race in columns: one column per thread that takes part, time downwards, the way kernel changelogs show races.

Only one thread moves at a time, so a line belongs to one column and may run on to the right edge. Steps that a thread takes in one call with
nobody in between share a line where they fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelcheck.evidence.trace import Finding, Trace, TraceStep
from modelcheck.report.steps import Line, Narrator
from modelcheck.report.words import ascii_only, headline, holding, listing, reached, standing, wrapped

#: The kernel's limit for changelogs.
WIDTH = 75
#: The least a column may have to itself before columns start to overlap more.
_COLUMN = 40
#: By how much a column may be wider than its share, for the sake of its name.
_STRETCH = 3


@dataclass(frozen=True, slots=True)
class _Layout:
    gutter: int
    offsets: dict[str, int]
    width: int

    def room(self, process: str) -> int:
        return self.width - self.gutter - self.offsets[process]

    def line(self, process: str, text: str, number: int | None = None) -> str:
        margin = "" if number is None else str(number)
        return f"{margin:>{self.gutter - 2}}  {' ' * self.offsets[process]}{text}".rstrip()


def race_in_columns(trace: Trace, width: int = WIDTH) -> str:
    """Draw a trace, at most ``width`` characters wide (words that are longer than their column excepted), ASCII only."""
    lines = [f"{headline(trace)}:", *_about(trace, width), ""]
    if trace.steps:
        layout = _layout(trace, width)
        lines += _header(layout)
        lines += _body(trace, layout)
        lines.append("")
    else:
        lines += [line for name, value in trace.initial for line in wrapped(f"{name} = {value}", width, "  ", "      ")]
        lines.append("")
    lines += _ending(trace, width)
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


def _body(trace: Trace, layout: _Layout) -> list[str]:
    narrator = Narrator(trace)
    told = [(step, narrator.line(step)) for step in trace.steps]
    lines: list[str] = []
    last_frames: dict[str, tuple[str, ...]] = {}
    index = 0
    while index < len(told):
        step = told[index][0]
        frames = _frames(step)
        if frames and last_frames.get(step.process) != frames:
            lines.append(layout.line(step.process, f"{frames[-1]}():"))
        last_frames[step.process] = frames
        count, text = _fold(told, index, layout)
        lines += _step_lines(told[index : index + count], text, layout, "=> " if reached(trace) else "!! ")
        index += count
    return lines


def _frames(step: TraceStep) -> tuple[str, ...]:
    return tuple(name for name, _, _ in step.frames)


def _fold(told: Sequence[tuple[TraceStep, Line]], start: int, layout: _Layout) -> tuple[int, str]:
    """How many steps from ``start`` on share a line, and what it says."""
    first, line = told[start]
    room = layout.room(first.process) - _indent(first)
    text = line.whole
    count = 1
    for step, next_line in told[start + 1 :]:
        if step.process != first.process or _frames(step) != _frames(first):
            break
        last = told[start + count - 1][1]
        if last.findings or last.events:
            break
        longer = f"{text}; {next_line.whole}"
        if len(longer) > room:
            break
        text = longer
        count += 1
    return count, text


def _indent(step: TraceStep) -> int:
    return 2 if step.frames else 0


def _step_lines(told: Sequence[tuple[TraceStep, Line]], text: str, layout: _Layout, mark: str) -> list[str]:
    first, last = told[0], told[-1]
    process = first[0].process
    indent = " " * _indent(first[0])
    room = layout.room(process)
    parts = [indent + text]
    if len(parts[0]) > room:
        # Too long for one line, so it is one step: its facts go below it, none of them cut if that can be.
        parts = wrapped(first[1].text, room, indent, indent + "    ")
        parts += _packed(first[1].facts, room, indent + "    ")
    for event in last[1].events:
        parts += wrapped(event, room, indent + "* ", indent + "    ")
    for finding in last[1].findings:
        parts += wrapped(finding, room, indent + mark, indent + "   ")
    return [
        layout.line(process, part, first[0].span.line if number == 0 else None) for number, part in enumerate(parts)
    ]


def _packed(facts: Sequence[str], room: int, indent: str) -> list[str]:
    lines: list[str] = []
    for fact in facts:
        if lines and len(lines[-1]) + len(fact) + 2 <= room:
            lines[-1] += f", {fact}"
        else:
            lines += wrapped(fact, room, indent, indent + "  ")
    return lines


def _ending(trace: Trace, width: int) -> list[str]:
    found: Finding = trace.finding
    word = "Reached" if reached(trace) else "Violated"
    where = f" at line {found.span.line}" if found.span is not None and not reached(trace) else ""
    lines = wrapped(found.detail, width, f"{word}{where}: ", "    ")
    if trace.steps and trace.steps[-1].faulted:
        lines += wrapped("The step cannot be completed: this run ends here.", width, "  ")
    lines += [line for held in trace.held for line in wrapped(holding(held, trace), width, "  ", "      ")]
    blocked = [end for end in trace.ends if end.status == "blocked"]
    lines += [line for end in blocked for line in wrapped(standing(end), width, "  ", "      ")]
    finished = [end.process for end in trace.ends if end.status in ("done", "resting")]
    if finished and found.key is not None and found.key.kind in ("deadlock", "stuck"):
        verb = "has" if len(finished) == 1 else "have"
        lines += wrapped(f"{listing(finished)} {verb} nothing left to do", width, "  ", "      ")
    return lines
