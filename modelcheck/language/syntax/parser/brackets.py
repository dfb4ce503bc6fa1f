"""Which bracket belongs to which, how deep they nest, and what is wrong with them, before anything is parsed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from modelcheck.ground.diagnostics import Diagnostic, Note, Severity
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.syntax.parser.lexer import Lexeme

#: Brackets nest no deeper than this: the phases behind the parser are recursive.
MAX_NESTING = 100

#: What is wrong with brackets behind so many faults is of no use to anybody.
MAX_FAULTS = 20

_CLOSERS = {"LPAR": ")", "LSQB": "]", "LBRACE": "}"}
_OPENERS = {")": "LPAR", "]": "LSQB", "}": "LBRACE"}

_LABEL = re.compile(r"\s*(?:\w+\s*:(?!:)\s*)?")

#: Words that, at the start of a line, begin a declaration and nothing else.
_DECLARATION_WORDS = """
    model import enum struct object inline callback process server scenario variant patch invariant cover shared event
    obligation
"""
_DECLARATIONS = frozenset(_DECLARATION_WORDS.split())


@dataclass(frozen=True, slots=True)
class Fault:
    """A bracket that does not match: at ``span``; that it does not match shows at offset ``shows``.

    ``confined``: behind that, the depth of brackets is known again.
    """

    diagnostic: Diagnostic
    span: Span
    shows: int
    confined: bool


@dataclass(frozen=True, slots=True)
class Brackets:
    """``depth[i]`` brackets are open before lexeme i, ``opener[i]`` is the innermost of them (-1: none).

    Once ``too_deep`` is known, the rest is left alone.
    """

    depth: tuple[int, ...]
    opener: tuple[int, ...]
    faults: tuple[Fault, ...]
    too_deep: Diagnostic | None


def match_brackets(lexemes: Sequence[Lexeme]) -> Brackets:
    """Match the brackets of a source."""
    depth: list[int] = []
    openers: list[int] = []
    faults: list[Fault] = []
    stack: list[int] = []
    suspects: list[tuple[int, int]] = []  # pairs of braces on lines that are indented differently
    intruder: tuple[int, tuple[int, ...]] | None = None  # a declaration inside braces, and what was open there
    too_deep: Diagnostic | None = None
    for position, lexeme in enumerate(lexemes):
        depth.append(len(stack))
        openers.append(stack[-1] if stack else -1)
        if lexeme.type in _CLOSERS:
            stack.append(position)
            if len(stack) > MAX_NESTING:
                message = f"nested too deeply: more than {MAX_NESTING} open brackets"
                too_deep = Diagnostic("MC029", Severity.ERROR, message, lexeme.span)
                break
        elif lexeme.text in _OPENERS:
            _close(lexemes, position, stack, faults, suspects)
        elif stack and intruder is None and lexeme.text in _DECLARATIONS and lexeme.span.column == 1:
            intruder = (position, tuple(stack))
    if stack and too_deep is None:
        faults.append(_never_closed(lexemes, stack, suspects, intruder))
    return Brackets(tuple(depth), tuple(openers), tuple(faults), too_deep)


def _close(
    lexemes: Sequence[Lexeme],
    position: int,
    stack: list[int],
    faults: list[Fault],
    suspects: list[tuple[int, int]],
) -> None:
    """Take the bracket that lexeme ``position`` closes off the stack, with any unclosed ones above it."""
    if len(faults) >= MAX_FAULTS:
        return
    closer = lexemes[position]
    wanted = _OPENERS[closer.text]
    if not any(lexemes[opener].type == wanted for opener in stack):
        message = f"this `{closer.text}` closes nothing"
        notes: tuple[Note, ...] = ()
        early_closers = [pair for pair in suspects if _indent(lexemes[pair[1]].span) > _indent(lexemes[pair[0]].span)]
        if early_closers and closer.type == "RBRACE":
            early = lexemes[early_closers[-1][1]].span
            notes = (Note("perhaps there is a `}` too many here: its line is indented unlike that of its `{`", early),)
        diagnostic = Diagnostic("MC023", Severity.ERROR, message, closer.span, notes)
        faults.append(Fault(diagnostic, closer.span, closer.span.start, confined=True))
        return
    while lexemes[stack[-1]].type != wanted:
        opener = lexemes[stack.pop()]
        message = f"this `{opener.text}` is never closed"
        notes = (Note(f"`{_CLOSERS[opener.type]}` is missing before this `{closer.text}`", closer.span),)
        diagnostic = Diagnostic("MC022", Severity.ERROR, message, opener.span, notes)
        faults.append(Fault(diagnostic, opener.span, closer.span.start, confined=True))
    opener_position = stack.pop()
    if closer.type == "RBRACE":
        opening = lexemes[opener_position].span
        if opening.line != closer.span.line and _indent(opening) != _indent(closer.span):
            suspects.append((opener_position, position))


def _never_closed(
    lexemes: Sequence[Lexeme],
    stack: list[int],
    suspects: list[tuple[int, int]],
    intruder: tuple[int, tuple[int, ...]] | None,
) -> Fault:
    """Tell which of the brackets that are open at the end of the file is the one to close, as well as can be told."""
    end = lexemes[-1].span
    notes: list[Note] = []
    guess = stack[-1]
    shows = end.end
    if intruder is not None and intruder[1][0] == stack[0]:
        position, open_there = intruder
        guess = open_there[-1]
        word = lexemes[position].span
        shows = word.start
        closing = _CLOSERS[lexemes[guess].type]
        notes.append(Note(f"`{closing}` is missing before this `{lexemes[position].text}`, or earlier", word))
    else:
        notes.append(Note("the file ends here", Span(end.source, end.end, end.end)))
    for opener, closer in reversed(suspects):
        span = lexemes[closer].span
        if opener > guess and span.start < shows and _indent(lexemes[opener].span) > _indent(span):
            outer = lexemes[guess].span
            notes.insert(0, Note(f"the `}}` here is indented like line {outer.line}, and seems to belong there", span))
            guess = opener
            break
    opening = lexemes[guess]
    diagnostic = Diagnostic(
        "MC022", Severity.ERROR, f"this `{opening.text}` is never closed", opening.span, tuple(notes)
    )
    return Fault(diagnostic, opening.span, shows, confined=False)


def _indent(span: Span) -> int:
    """Return the column (from 0) at which the line of a span starts, white space and a label left out."""
    line = span.source.line(span.line).expandtabs(8)
    return len(line) - len(_LABEL.sub("", line, count=1))
