"""Where the parser stopped, and what was found out about it: the terms in which syntax errors are explained."""

from __future__ import annotations

from collections.abc import Sequence

from modelcheck.ground.diagnostics import Diagnostic, Fix, Note, Severity
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.syntax.parser.brackets import Brackets
from modelcheck.language.syntax.parser.lexer import Lexeme, Scanner


@dataclass(frozen=True, slots=True)
class Place:
    """Where the parser stopped: before ``lexemes[position]``, read as ``found``; it would have taken ``accepts``."""

    lexemes: Sequence[Lexeme]
    position: int
    found: Lexeme
    accepts: frozenset[str]
    brackets: Brackets
    scanner: Scanner

    def at(self, offset: int) -> Lexeme | None:
        """Return the lexeme ``offset`` places from the one found."""
        position = self.position + offset
        return self.lexemes[position] if 0 <= position < len(self.lexemes) else None

    def text(self, offset: int) -> str:
        """Return the text of the lexeme ``offset`` places from the one found, or nothing."""
        lexeme = self.at(offset)
        return lexeme.text if lexeme is not None else ""

    @property
    def opener(self) -> Lexeme | None:
        """The innermost bracket open here."""
        if self.position < len(self.brackets.opener):
            position = self.brackets.opener[self.position]
            return self.lexemes[position] if position >= 0 else None
        return None

    @property
    def statement_start(self) -> int:
        """The position of the lexeme with which the statement (or declaration) around here starts."""
        level = self._depth(self.position)
        position = self.position - 1
        while position >= 0:
            ends_a_list = self.lexemes[position].text in ("{", "}", ";")
            if ends_a_list and self._depth(position) - (self.lexemes[position].text == "}") <= level:
                break
            position -= 1
        return position + 1

    def _depth(self, position: int) -> int:
        depths = self.brackets.depth
        return depths[position] if position < len(depths) else 0


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic, and the terminals to go on with in place of the ``skip`` lexemes at the error (None: no idea)."""

    diagnostic: Diagnostic
    instead: tuple[str, ...] | None = None
    skip: int = 0


def finding(
    code: str,
    message: str,
    span: Span,
    notes: Sequence[Note | str] = (),
    fixes: Sequence[Fix] = (),
    instead: tuple[str, ...] | None = None,
    skip: int = 0,
) -> Finding:
    """Make the finding for one error."""
    all_notes = tuple(note if isinstance(note, Note) else Note(note) for note in notes)
    return Finding(Diagnostic(code, Severity.ERROR, message, span, all_notes, tuple(fixes)), instead, skip)


def in_front(lexeme: Lexeme) -> Span:
    """Return the empty span in front of a lexeme."""
    return Span(lexeme.span.source, lexeme.span.start, lexeme.span.start)


def behind(lexeme: Lexeme) -> Span:
    """Return the empty span behind a lexeme."""
    return Span(lexeme.span.source, lexeme.span.end, lexeme.span.end)


def write_instead(span: Span, replacement: str) -> Fix:
    """Return the fix that puts ``replacement`` in the place of ``span``."""
    return Fix(f"write `{replacement}`", span, replacement)
