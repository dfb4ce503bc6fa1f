"""Traces as sequence diagrams in SVG: a lifeline for each thread that moves, a box for each step, time downwards.

The picture needs nothing from elsewhere, and follows the reader's light or dark setting.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import field
from xml.sax.saxutils import escape, quoteattr

from modelcheck.checking.causes import needed_steps
from modelcheck.ground.records import dataclass
from modelcheck.report.narrate.details import finding_text
from modelcheck.report.narrate.lines import Line, Narrator
from modelcheck.report.narrate.value_texts import named_values, position_text
from modelcheck.report.races.endings import order_lines
from modelcheck.report.words import headline, holding, place, reached, standing, xml_text
from modelcheck.result.trace import Trace, TraceStep

#: Of a 12 px monospace font; boxes are measured with it.
_CHARACTER, _LINE = 7.3, 16
_GUTTER, _GAP, _PAD, _BETWEEN = 46, 16, 8, 8
#: Characters in a line of a box.
_ROOM = {1: 72, 2: 44, 3: 36}
_LEAST = 30
#: The names of the threads stand above the boxes again when so much has been drawn since: some of
#: them are always in view.
_SCREEN = 560

STYLE = """\
svg.mc-seq { --paper: #ffffff; --ink: #1f2328; --faint: #59636e; --rule: #c4ccd4; --box: #f3f6f9; --news: #0a5a9c; --bad: #b3261e;
  --bad-box: #fdecea; --good: #14662e; --good-box: #e6f4ea; }
@media (prefers-color-scheme: dark) { svg.mc-seq { --paper: #15191e; --ink: #e3e8ee; --faint: #9aa6b2; --rule: #46515c; --box: #212830;
  --news: #82bdf5; --bad: #ff9c92; --bad-box: #43201e; --good: #86d99d; --good-box: #1a3524; } }
"""
#: Rules that a page shares, whatever colours it has.
RULES = """\
.mc-seq { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.mc-seq text { fill: var(--ink); white-space: pre; } .mc-seq .paper { fill: var(--paper); } .mc-seq .life { stroke: var(--rule); stroke-dasharray: 3 4; }
.mc-seq .box, .mc-seq .head { rx: 4px; } .mc-seq .box { fill: var(--box); stroke: var(--rule); } .mc-seq .head { fill: var(--paper); stroke: var(--ink); } .mc-seq .name { font-weight: bold; text-anchor: middle; }
.mc-seq .faint { fill: var(--faint); } .mc-seq .news { fill: var(--news); } .mc-seq .number { fill: var(--faint); text-anchor: end; }
.mc-seq .bad .box { fill: var(--bad-box); stroke: var(--bad); stroke-width: 2; } .mc-seq .bad .found { fill: var(--bad); font-weight: bold; }
.mc-seq .mark { fill: var(--ink); } .mc-seq .minor text { fill: var(--faint); } .mc-seq .minor .box { fill: var(--paper); stroke-dasharray: 2 3; }
.mc-seq .good .box { fill: var(--good-box); stroke: var(--good); stroke-width: 2; } .mc-seq .good .found { fill: var(--good); font-weight: bold; }
"""


@dataclass(slots=True)
class _Canvas:
    """What is drawn so far; ``y`` is where the next thing goes.

    ``again``: the names of the threads are repeated; ``named``: where they stand last.
    """

    offsets: dict[str, float]
    room: int
    width: float
    y: float = 0.0
    again: bool = True
    named: float = 0.0
    parts: list[str] = field(default_factory=list)

    @property
    def column(self) -> float:
        return self.room * _CHARACTER + 2 * _PAD


def svg(trace: Trace, standalone: bool = True) -> str:
    """Return the diagram.

    ``standalone``: with its style, colours for light and dark, and names of threads; else the page
    has them (``STYLE``, ``RULES``, ``heads``).
    """
    canvas = _canvas(trace, again=standalone)
    offsets, column, width = canvas.offsets, canvas.column, canvas.width
    title = f"{headline(trace)}: {trace.variant}, {trace.scenario}"
    if standalone:
        _heading(canvas, trace, title)
    top = canvas.y - (0 if standalone else 26)
    if standalone:
        _heads(canvas)
    elif not trace.steps:
        _values(canvas, trace)
    drawn = len(canvas.parts)
    _steps(canvas, trace)
    lines = [
        f'<line class="life" x1="{offset + column / 2:g}" x2="{offset + column / 2:g}" y1="{top + 26:g}" y2="{canvas.y:g}"/>'
        for offset in offsets.values()
    ]
    canvas.parts[drawn:drawn] = lines
    _ending(canvas, trace)
    style = f"<style>{escape(STYLE + RULES)}</style>" if standalone else ""
    paper = f'<rect class="paper" width="{width:g}" height="{canvas.y:g}"/>' if standalone else ""
    size = f'width="{width:g}" height="{canvas.y:g}" viewBox="0 0 {width:g} {canvas.y:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="mc-seq" role="img" aria-label={quoteattr(xml_text(title))} {size}>'
    return head + style + paper + "\n" + "\n".join(canvas.parts) + "\n</svg>\n"


def _canvas(trace: Trace, again: bool) -> _Canvas:
    moving = {step.process for step in trace.steps}
    threads = [process for process in trace.processes if process in moving]
    room = _ROOM.get(len(threads), _LEAST) if threads else 72
    column = room * _CHARACTER + 2 * _PAD
    offsets = {process: _GUTTER + number * (column + _GAP) for number, process in enumerate(threads)}
    return _Canvas(offsets, room, _GUTTER + max(len(threads), 1) * (column + _GAP), again=again)


def _heading(canvas: _Canvas, trace: Trace, title: str) -> None:
    canvas.y = 10
    if not trace.steps:
        _values(canvas, trace)
    wide = int((canvas.width - 2 * _PAD) / _CHARACTER)
    for line in textwrap.wrap(title, wide):
        _write(canvas, _PAD, line, "")
    _write(canvas, _PAD, trace.spec, "faint")
    canvas.y += 8


def _values(canvas: _Canvas, trace: Trace) -> None:
    for name, value in named_values(trace.initial):
        _write(canvas, _PAD, f"{name} = {value}", "")


def heads(trace: Trace) -> str:
    """The names of the threads alone, as they stand above the diagram: for a page that keeps them in view."""
    canvas = _canvas(trace, again=False)
    _heads(canvas)
    size = f'width="{canvas.width:g}" height="{canvas.y:g}" viewBox="0 0 {canvas.width:g} {canvas.y:g}"'
    paper = f'<rect class="paper" width="{canvas.width:g}" height="{canvas.y:g}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" class="mc-seq" aria-hidden="true" {size}>{paper}{"".join(canvas.parts)}</svg>\n'


def _heads(canvas: _Canvas) -> None:
    canvas.named = canvas.y
    for process, offset in canvas.offsets.items():
        name = textwrap.shorten(process, canvas.room, placeholder="...")
        canvas.parts.append(
            f'<rect class="head" x="{offset:g}" y="{canvas.y:g}" width="{canvas.column:g}" height="26" />'
            f'<text class="name" x="{offset + canvas.column / 2:g}" y="{canvas.y + 17:g}">{_escaped(name)}</text>'
        )
    canvas.y += 26 + _BETWEEN if canvas.offsets else 0


def _steps(canvas: _Canvas, trace: Trace) -> None:
    narrator = Narrator(trace)
    frames: dict[str, tuple[str, ...]] = {}
    needed = needed_steps(trace)
    for step in trace.steps:
        line = narrator.line(step)
        inside = tuple(call.inline for call in step.calls)
        call = f"in {inside[-1]}()" if inside and frames.get(step.process) != inside else ""
        frames[step.process] = inside
        marks = [] if not line.findings else ["good" if reached(trace) else "bad"]
        if trace.orders is not None and (step.number in needed or _is_minor(step, line)):
            marks.append("needed" if step.number in needed else "minor")
        if canvas.again and canvas.y - canvas.named > _SCREEN:
            _heads(canvas)
        _box(canvas, step, line, call, marks)


def _is_minor(step: TraceStep, line: Line) -> bool:
    """Whether a step changes nothing that others see, shows nothing, and no order depends on it."""
    return not (step.events or line.findings or any(change.place.process is None for change in step.changes))


def _box(canvas: _Canvas, step: TraceStep, line: Line, call: str, marks: Sequence[str]) -> None:
    rows: list[tuple[str, str]] = [(call, "faint")] if call else []
    rows += [(text, "") for text in _folded(line.text, canvas.room)]
    rows += [(text, "news") for fact in line.facts for text in _folded(fact.text, canvas.room, "  ")]
    rows += [(text, "faint") for event in line.events for text in _folded(event, canvas.room, "* ")]
    rows += [(text, "found") for finding in line.findings for text in _folded(finding, canvas.room)]
    offset, height = canvas.offsets[step.process], len(rows) * _LINE + _PAD
    title = f"step {step.number}: {step.process} at {position_text(step.position)}"
    if canvas.again:  # a page that has the names of the threads shows the line itself
        title += f", {place(step.span)}"
    parts = [
        f'<g class="{" ".join(["step", *marks])}" data-step="{step.number}"><title>{_escaped(title)}</title>',
        f'<text class="number" x="{_GUTTER - 8}" y="{canvas.y + _LINE:g}">{step.span.line}</text>',
        f'<rect class="box" x="{offset:g}" y="{canvas.y:g}" width="{canvas.column:g}" height="{height:g}" />',
    ]
    if "needed" in marks:
        parts.append(f'<rect class="mark" x="{offset:g}" y="{canvas.y:g}" width="4" height="{height:g}" rx="2"/>')
    for number, (text, kind) in enumerate(rows):
        parts.append(_text(offset + _PAD, canvas.y + _LINE * (number + 1) - 1, text, kind))
    canvas.parts.append("".join([*parts, "</g>"]))
    canvas.y += height + _BETWEEN


def _ending(canvas: _Canvas, trace: Trace) -> None:
    canvas.y += 6
    told = [finding_text(trace.finding)] if not trace.steps else []
    told += [holding(held, trace) for held in trace.held]
    told += [standing(end) for end in trace.ends if end.status == "blocked"]
    orders = order_lines(trace)
    if orders:
        legend = "" if trace.orders is None else " (steps with a thick edge; pale ones change nothing that others see)"
        told += [f"The order that matters{legend}:"]
        told += [f"    {order}" for order in orders]
    wide = int((canvas.width - 2 * _PAD) / _CHARACTER)
    for sentence in told:
        for line in textwrap.wrap(sentence, wide, subsequent_indent=" " * (len(sentence) - len(sentence.lstrip()) + 2)):
            _write(canvas, _PAD, line, "")
    canvas.y += 8


def _folded(text: str, room: int, indent: str = "") -> list[str]:
    # A word longer than the box is cut: it would run over the neighbour.
    following = " " * len(indent) or "  "
    return textwrap.wrap(text, room, initial_indent=indent, subsequent_indent=following, break_on_hyphens=False)


def _write(canvas: _Canvas, x: float, text: str, kind: str) -> None:
    canvas.y += _LINE
    canvas.parts.append(_text(x, canvas.y - 4, text, kind))


def _text(x: float, y: float, text: str, kind: str) -> str:
    style = f' class="{kind}"' if kind else ""
    return f'<text{style} x="{x:g}" y="{y:g}">{_escaped(text)}</text>'


def _escaped(text: str) -> str:
    return escape(xml_text(text))
