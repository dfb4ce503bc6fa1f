"""Diagnostics as text, the way compilers print them.

::

    specs/page.mc:12:9: error[MC021]: expected `;` after `p = m->slot`
       12 |     p = m->slot
          |                ^
          = fix: insert `;`

A line too long for the width is clipped around its span, tabs are expanded, and what no terminal should be sent
(control characters, direction overrides) is escaped.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from modelcheck.ground.diagnostics import Diagnostic, Fix, Note, Severity
from modelcheck.ground.printable import escaped, is_printable
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import BUILT_IN, Span
from modelcheck.report.reasons.notes import note_text

_TAB = 8
_GUTTER = 6
#: A span of more lines than this is shown by its first and last.
_MAX_LINES = 4

_RESET = "\x1b[0m"
_BOLD = "\x1b[1m"
_DIM = "\x1b[2m"
_COLOURS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.HINT: "\x1b[1;36m"}


@dataclass(frozen=True, slots=True)
class _Style:
    """How to print: the width to keep to, and whether to colour."""

    width: int
    colour: bool

    def paint(self, code: str, text: str) -> str:
        return f"{code}{text}{_RESET}" if self.colour and text else text


def render_diagnostics(diagnostics: Iterable[Diagnostic], *, colour: bool = False, width: int = 80) -> str:
    """Return all diagnostics as text, one blank line between any two, with a line end at the end (if there are any)."""
    return "\n".join(render_diagnostic(diagnostic, colour=colour, width=width) for diagnostic in diagnostics)


def render_diagnostic(diagnostic: Diagnostic, *, colour: bool = False, width: int = 80) -> str:
    """Return one diagnostic as text that ends with a line end. The message is not wrapped: editors parse that line."""
    style = _Style(max(width, 40), colour)
    severity = style.paint(_COLOURS[diagnostic.severity], f"{diagnostic.severity.value}[{diagnostic.code}]")
    place = f"{escape(str(diagnostic.span))}: " if _shown(diagnostic.span) else "modelcheck: "
    lines = [f"{style.paint(_BOLD, place)}{severity}: {style.paint(_BOLD, escape(diagnostic.message))}"]
    if diagnostic.span is not None and _shown(diagnostic.span):
        lines += _excerpt(diagnostic.span, _COLOURS[diagnostic.severity], style)
    for note in diagnostic.notes:
        lines += _note(note, diagnostic.span, style)
    for fix in diagnostic.fixes:
        lines += _fix(fix, style)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """Return "2 errors, 1 warning" (hints are not counted), or nothing."""
    parts = []
    for severity in (Severity.ERROR, Severity.WARNING):
        number = sum(diagnostic.severity is severity for diagnostic in diagnostics)
        if number:
            parts.append(f"{number} {severity.value}{'s' if number > 1 else ''}")
    return ", ".join(parts)


def escape(text: str) -> str:
    """Replace what a terminal would act on or not show by its code: ``\\x1b``, ``\\u202e``."""
    return "".join(character if is_printable(character) else escaped(character) for character in text)


def _shown(span: Span | None) -> bool:
    """Tell whether there is a file to point into."""
    return span is not None and span.source is not BUILT_IN


# --------------------------------------------------------------------------------------- excerpts


def _excerpt(span: Span, colour: str, style: _Style) -> list[str]:
    """Return the source lines of a span, each underlined where the span covers it."""
    first, start_column = span.source.position(span.start)
    last, end_column = span.source.position(max(span.end, span.start))
    if last > first and end_column == 1:
        last -= 1
        end_column = len(span.source.line(last)) + 1
    numbers = list(range(first, last + 1))
    skipped = len(numbers) > _MAX_LINES
    if skipped:
        numbers = [first, first + 1, last]
    lines: list[str] = []
    for number in numbers:
        text = span.source.line(number)
        start = start_column - 1 if number == first else len(text) - len(text.lstrip())
        end = end_column - 1 if number == last else len(text.rstrip())
        if skipped and number == last:
            lines.append(style.paint(_DIM, f"{'...':>{_GUTTER}} |"))
        if not text.strip() and number not in (first, last):
            continue
        lines += _source_line(number, text, start, end, colour, style)
    return lines


def _source_line(number: int, text: str, start: int, end: int, colour: str, style: _Style) -> list[str]:
    """Return one source line and its underline; ``start`` and ``end`` count characters of ``text``."""
    shown, columns = _display(text)
    left = columns[min(start, len(text))]
    right = max(columns[min(max(end, start), len(text))], left + 1)
    room = style.width - _GUTTER - 3
    shown, left, right = _clip(shown, left, right, room)
    mark = "^" + "~" * (right - left - 1)
    gutter = style.paint(_DIM, f"{number:>{_GUTTER}} |")
    empty = style.paint(_DIM, f"{'':>{_GUTTER}} |")
    return [f"{gutter} {shown}", f"{empty} {' ' * left}{style.paint(colour, mark)}"]


def _display(text: str) -> tuple[str, list[int]]:
    """Return the line as it is shown, and for each character (and the end) the column at which it is shown."""
    pieces: list[str] = []
    columns: list[int] = []
    column = 0
    for character in text:
        columns.append(column)
        if character == "\t":
            piece = " " * (_TAB - column % _TAB)
            width = len(piece)
        elif is_printable(character):
            piece = character
            width = _cells(character)
        else:
            piece = escaped(character)
            width = len(piece)
        pieces.append(piece)
        column += width
    columns.append(column)
    return "".join(pieces), columns


def _cells(character: str) -> int:
    """Return how many columns of a terminal a character takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _clip(shown: str, left: int, right: int, room: int) -> tuple[str, int, int]:
    """Return the part of a long line around the span ``left..right``, with ``...`` where something was left out.

    Works in columns of the terminal; a wide character on the edge gives way to a space.
    """
    total = max(sum(map(_cells, shown)), right)  # a caret may stand behind the text
    if total <= room:
        return shown, left, right
    begin = max(0, min(left - room // 3, total - room))
    if right - left < room and right - begin > room - 3:
        begin = min(right - room + 3, left - 3)
    begin = max(begin, 0)
    ahead = "..." if begin > 0 else ""
    behind = "..." if begin + room < total else ""
    body = _columns(shown, begin + len(ahead), begin + room - len(behind))
    new_left = max(left - begin, len(ahead))
    new_right = max(min(right - begin, room - len(behind)), new_left + 1)
    return f"{ahead}{body}{behind}", new_left, new_right


def _columns(shown: str, begin: int, end: int) -> str:
    """Return what stands in the columns ``begin..end``."""
    pieces: list[str] = []
    column = 0
    for character in shown:
        width = _cells(character)
        if column >= begin and column + width <= end:
            pieces.append(character)
        elif column + width > begin and column < end:
            pieces.append(" " * (min(column + width, end) - max(column, begin)))
        column += width
    return "".join(pieces)


# ---------------------------------------------------------------------------------- notes and fixes


def _note(note: Note, main: Span | None, style: _Style) -> list[str]:
    if note.span is None or not _shown(note.span):
        return _wrapped("note: ", escape(note_text(note)), style)
    same_file = main is not None and main.source is note.span.source
    place = f"line {note.span.line}" if same_file else escape(str(note.span))
    remark = _wrapped("note: ", f"{place}: {escape(note_text(note))}", style)
    return [*remark, *_excerpt(note.span, _COLOURS[Severity.HINT], style)]


def _fix(fix: Fix, style: _Style) -> list[str]:
    return _wrapped("fix: ", escape(fix.message), style)


def _wrapped(label: str, message: str, style: _Style) -> list[str]:
    """Return a remark, wrapped at the width of the page."""
    indent = f"{'':>{_GUTTER}} = "
    room = style.width - len(indent) - len(label)
    lines: list[str] = []
    current = ""
    for word in message.split(" "):
        if current and len(current) + 1 + len(word) > room:
            lines.append(current)
            current = word
        else:
            current = f"{current} {word}" if current else word
    lines.append(current)
    first = f"{indent}{style.paint(_BOLD, label.rstrip())} {lines[0]}"
    return [first, *(f"{' ' * (len(indent) + len(label))}{line}" for line in lines[1:])]
