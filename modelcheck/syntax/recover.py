"""Parse, and after an error go on: several errors are worth one run, as long as none is the echo of another."""

from __future__ import annotations

from collections.abc import Sequence

from modelcheck.diagnostics import Diagnostic
from modelcheck.syntax import ast
from modelcheck.syntax.brackets import Brackets
from modelcheck.syntax.build import BuildError
from modelcheck.syntax.depth import deep_error
from modelcheck.syntax.driver import Drive, TooDeep, Unexpected
from modelcheck.syntax.grammar import CompiledGrammar
from modelcheck.syntax.lexer import Lexeme
from modelcheck.syntax.syntax_place import Finding, Place
from modelcheck.syntax.tables import END
from modelcheck.syntax.vocabulary import DECLARATIONS

#: More syntax errors than this in one file are not worth reading.
MAX_ERRORS = 20


def parse_lexemes(
    grammar: CompiledGrammar, lexemes: Sequence[Lexeme], brackets: Brackets
) -> tuple[tuple[ast.Item, ...], tuple[Diagnostic, ...]]:
    """Return the items, and every syntax error (then the items are worthless).

    Where brackets do not match, nothing behind can be trusted: there, the first error is the last.
    """
    trusted = min((fault.span.start for _, fault in brackets.faults if fault.span is not None), default=None)
    drive = Drive(grammar, lexemes)
    errors: list[Diagnostic] = []
    items: tuple[ast.Item, ...] = ()
    while True:
        try:
            items = drive.run()
        except BuildError as error:
            errors.append(error.diagnostic)
            # If what was built was a whole statement or declaration, the lexeme at hand starts the next one.
            if not drive.in_list:
                _skip(drive, grammar, lexemes, brackets)
        except TooDeep as error:
            return (), (*errors, deep_error(error.lexeme.span))
        except Unexpected as error:
            from modelcheck.syntax.syntax_errors import explain  # a correct spec has no use for it

            place = Place(lexemes, drive.position, error.lexeme, error.accepts, brackets, grammar.scanner)
            finding = explain(place)
            errors.append(finding.diagnostic)
            if not _repair(drive, grammar, lexemes, finding):
                _skip(drive, grammar, lexemes, brackets)
        else:
            return items, tuple(errors)
        if len(errors) >= MAX_ERRORS or drive.position >= len(lexemes):
            return (), tuple(errors)
        if trusted is not None and lexemes[drive.position].span.start >= trusted:
            return (), tuple(errors)


def _repair(drive: Drive, grammar: CompiledGrammar, lexemes: Sequence[Lexeme], finding: Finding) -> bool:
    """Go on with what was meant, if the finding knows; False if that does not help."""
    if finding.instead is None or drive.position >= len(lexemes):
        return False
    before = lexemes[drive.position]
    try:
        for terminal in finding.instead:
            drive.feed(Lexeme(terminal, grammar.scanner.texts.get(terminal, before.text), before.span))
    except (Unexpected, TooDeep, BuildError):
        return False
    drive.position += finding.skip
    return True


def _skip(drive: Drive, grammar: CompiledGrammar, lexemes: Sequence[Lexeme], brackets: Brackets) -> None:
    """Drop the unfinished construct, and all lexemes up to the next of the list that it stood in."""
    if drive.position >= len(lexemes):
        return
    start = drive.position
    level = drive.rewind_to_list(brackets.depth[start])
    position = start
    while position < len(lexemes):
        lexeme = lexemes[position]
        depth = brackets.depth[position]
        if depth == level:
            if lexeme.text == "}" and lexeme.type == "RBRACE" and level > 0:
                break  # the end of the list
            if lexeme.type == "SEMICOLON":
                position += 1
                break
            if position > start and _starts_declaration(grammar, lexemes, position, level):
                break
        if depth == level + 1 and lexeme.type == "RBRACE" and not _continued(lexemes, position + 1):
            position += 1
            break
        position += 1
    drive.position = position


def _starts_declaration(grammar: CompiledGrammar, lexemes: Sequence[Lexeme], position: int, level: int) -> bool:
    lexeme = lexemes[position]
    return (
        level == 0
        and grammar.scanner.keywords.get(lexeme.text) in DECLARATIONS
        and lexeme.span.line > lexemes[position - 1].span.line
    )


def _continued(lexemes: Sequence[Lexeme], position: int) -> bool:
    """Tell whether what follows a block belongs to the same statement."""
    text = lexemes[position].text if position < len(lexemes) else END
    return text in ("else", "or", "with", "while", ";", "except")
