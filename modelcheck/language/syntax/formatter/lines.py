"""Lines of formatted text: indents, outdented labels, aligned columns, wrapped lines, trailing comments.

The printer appends lines and comments in the order of the source; ``Page.text`` lays them out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.syntax.ast import Comment
from modelcheck.language.syntax.formatter.expressions import BREAK

#: Longer lines are wrapped where they can be.
MAX_WIDTH = 120
_HANG = 8
_LABEL_MARGIN = " "


@dataclass(frozen=True, slots=True)
class Line:
    """One line of output.

    ``cells`` are its columns: neighbouring lines of the same ``table`` have them aligned. ``comment`` trails behind; in
    the source it stood at ``comment_column``, behind the code ``comment_code``.
    """

    indent: int
    cells: tuple[str, ...]
    table: str = ""
    label: str = ""
    comment: str = ""
    comment_column: int = 0
    comment_code: str = ""
    blank_before: bool = False
    is_comment: bool = False

    @property
    def text(self) -> str:
        """The line without alignment and trailing comment."""
        return self.front + " ".join(self.cells)

    @property
    def front(self) -> str:
        """The indent, with the label in it."""
        if not self.label:
            return " " * self.indent
        label = f"{_LABEL_MARGIN if self.indent else ''}{self.label}:"
        return label.ljust(self.indent) if len(label) < self.indent else f"{label} "


class Page:
    """Collects lines; comments and blank lines of the source come along as far as spans tell where they stood."""

    def __init__(self, comments: Sequence[Comment] = ()) -> None:
        self._lines: list[Line] = []
        self._comments = tuple(sorted(comments, key=lambda comment: comment.span.start))
        self._next = 0
        self._last: Span | None = None
        self._block_start = True

    def has_comments(self, span: Span) -> bool:
        """Tell whether comments that are still to be printed stand inside the span."""
        return any(
            comment.span.source is span.source and span.start <= comment.span.start < span.end
            for comment in self._comments[self._next :]
        )

    def add(
        self,
        indent: int,
        cells: Sequence[str] | str,
        span: Span,
        *,
        end: int | None = None,
        table: str = "",
        label: str = "",
    ) -> None:
        """Append a line for what stands at ``span``; the comments before it come first.

        ``end`` is where the part of the span ends that this line shows (a header shows up to its brace).
        """
        self.comments_before(span, span.start, indent)
        text = (cells,) if isinstance(cells, str) else tuple(cells)
        self._append(Line(indent, text, table, label, blank_before=self._blank_before(span)))
        self._last = span if end is None else Span(span.source, span.start, end)

    def join(self, indent: int, text: str, span: Span, end: int) -> None:
        """Append a line that goes on with what the last lines began (``} else {``); no comment comes between."""
        self._block_start = True
        self._append(Line(indent, (text,)))
        self._last = Span(span.source, min(span.start, end), end)

    def open_block(self) -> None:
        """Say that the last line opened a block: no blank line follows it."""
        self._block_start = True

    def close_block(self, indent: int, text: str, span: Span, *, inner: int) -> None:
        """Append the line that ends the block at ``span``, its last comments before it (indented by ``inner``)."""
        self.comments_before(span, span.end - 1, inner)
        self._append(Line(indent, (text,)))
        self._last = span
        self._block_start = False

    def comments_before(self, span: Span, offset: int, indent: int) -> None:
        """Append the comments that stand before ``offset`` in the source of ``span``."""
        while self._next < len(self._comments):
            comment = self._comments[self._next]
            if comment.span.source is not span.source or comment.span.start >= offset:
                return
            self._next += 1
            self._comment(comment, indent)

    def finish(self) -> None:
        """Append all comments that are left."""
        for comment in self._comments[self._next :]:
            self._comment(comment, 0)
        self._next = len(self._comments)

    def _comment(self, comment: Comment, indent: int) -> None:
        previous = self._lines[-1] if self._lines else None
        trails = (
            not comment.own_line
            and previous is not None
            and not previous.is_comment
            and not previous.comment.startswith("//")
            and "\n" not in comment.text
        )
        if trails and previous is not None:
            joined = f"{previous.comment} {comment.text}" if previous.comment else comment.text
            line = replace(previous, comment=joined)
            if not previous.comment:
                line = replace(line, comment_column=_column(comment), comment_code=_code_before(comment))
            self._lines[-1] = line
            if self._last is not None and comment.span.end > self._last.end:
                self._last = comment.span
            return
        text = _reindented(comment, indent)
        self._append(Line(indent, (text,), is_comment=True, blank_before=self._blank_before(comment.span)))
        self._last = comment.span

    def _append(self, line: Line) -> None:
        if self._block_start or not self._lines:
            line = replace(line, blank_before=False)
        self._block_start = False
        self._lines.append(line)

    def _blank_before(self, span: Span) -> bool:
        last = self._last
        if last is None or last.source is not span.source or span.start < last.end:
            return False
        return re.search(r"\n[ \t\r\f\v]*\n", span.source.text[last.end : span.start]) is not None

    @property
    def length(self) -> int:
        """The number of lines so far."""
        return len(self._lines)

    def blank_at(self, position: int) -> None:
        """Make the line number ``position`` start after a blank one."""
        if 0 < position < len(self._lines):
            self._lines[position] = replace(self._lines[position], blank_before=True)

    def text(self) -> str:
        """Return everything as text that ends with a line end."""
        out: list[str] = []
        for run in _tables(self._lines):
            out += _aligned(run)
        return _with_comments(self._lines, out)


def _tables(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Cut the lines into runs that share their columns."""
    run: list[Line] = []
    for line in lines:
        if run and not (line.table and line.table == run[-1].table and not line.blank_before):
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _aligned(run: Sequence[Line]) -> list[str]:
    """Return the code of the lines of one table, with their cells in columns."""
    if run[0].is_comment:
        return [line.text for line in run]
    widths = [
        max(len(line.cells[column]) for line in run if len(line.cells) > column + 1)
        for column in range(max(len(line.cells) for line in run) - 1)
    ]
    out = []
    for line in run:
        columns = "".join(cell.ljust(width) + " " for cell, width in zip(line.cells[:-1], widths, strict=False))
        hang = len(line.front + columns) + 2 if columns else line.indent + _HANG
        out.append(
            _wrapped(line.front, columns + line.cells[-1], hang if hang < MAX_WIDTH // 2 else line.indent + _HANG)
        )
    return out


def _wrapped(front: str, code: str, hang: int) -> str:
    """Return ``front`` and ``code`` as one line, or as several if they are too long and can be broken.

    Further lines are indented by ``hang``. A line ends outside of brackets rather than inside.
    """
    flat = front + code.replace(BREAK, "")
    if len(flat) <= MAX_WIDTH or BREAK not in code:
        return flat
    pieces = code.split(BREAK)
    depths = [0]
    for piece in pieces:
        depths.append(depths[-1] + sum((char in "([{") - (char in ")]}") for char in piece))
    lines: list[str] = []
    start, current = 0, front
    while len(current + "".join(pieces[start:])) > MAX_WIDTH:
        width = len(current)
        candidates: list[tuple[int, int, int]] = []
        for end in range(start + 1, len(pieces)):
            width += len(pieces[end - 1])
            if width - 1 > MAX_WIDTH and candidates:
                break
            candidates.append((int(width < MAX_WIDTH // 2), depths[end], -end))
        if not candidates:
            break
        end = -min(candidates)[2]
        lines.append((current + "".join(pieces[start:end])).rstrip())
        start, current = end, " " * hang
    lines.append((current + "".join(pieces[start:])).rstrip())
    return "\n".join(lines)


def _with_comments(lines: Sequence[Line], codes: Sequence[str]) -> str:
    """Put blank lines and trailing comments in.

    Comments of neighbouring lines are aligned: at the column that the user chose, if the code is the same and leaves it
    free.
    """
    groups: list[list[tuple[Line, str]]] = []
    for line, code in zip(lines, codes, strict=True):
        last = groups[-1][-1] if groups else None
        if last and last[0].comment and line.comment and not line.blank_before and not last[1].endswith("{"):
            groups[-1].append((line, code))
        else:
            groups.append([(line, code)])
    out: list[str] = []
    for group in groups:
        least = max(_last_width(code) for _, code in group) + 2
        chosen = [
            line.comment_column
            for line, code in group
            if line.comment_column >= least and _squeezed(code.rsplit("\n", 1)[-1]) == line.comment_code
        ]
        column = min(chosen, default=least)
        for line, code in group:
            if line.blank_before:
                out.append("")
            comment = " " * (column - _last_width(code)) + line.comment if line.comment else ""
            out.append((code + comment).rstrip())
    return "\n".join(out) + "\n" if out else ""


def _last_width(code: str) -> int:
    return len(code.rsplit("\n", 1)[-1])


def _reindented(comment: Comment, indent: int) -> str:
    """Return the text of a comment; the further lines of a long one move as far as its first."""
    first, *rest = comment.text.split("\n")
    if not rest:
        return first
    column = _column(comment)
    lines = [first]
    for line in rest:
        expanded = line.expandtabs(8).rstrip()
        body = expanded.lstrip()
        depth = len(expanded) - len(body)
        lines.append(" " * max(depth - column + indent, 0) + body if body else "")
    return "\n".join(lines)


def _column(comment: Comment) -> int:
    """Return the column (from 0) at which a comment starts in the source, tabs expanded."""
    return len(comment.span.source.line(comment.span.line)[: comment.span.column - 1].expandtabs(8))


def _code_before(comment: Comment) -> str:
    """Return the code in front of a comment on its line, without its white space."""
    return _squeezed(comment.span.source.line(comment.span.line)[: comment.span.column - 1])


def _squeezed(code: str) -> str:
    return "".join(code.split())
