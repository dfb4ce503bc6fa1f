"""Parse, and after an error go on: several errors are worth one run, as long as none is the echo of another."""

from __future__ import annotations

from collections.abc import Sequence

from modelcheck.ground.diagnostics import Diagnostic
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.depth import deep_error
from modelcheck.language.syntax.errors.syntax_place import Finding, Place
from modelcheck.language.syntax.errors.vocabulary import DECLARATIONS
from modelcheck.language.syntax.parser.brackets import Brackets
from modelcheck.language.syntax.parser.build import BuildError
from modelcheck.language.syntax.parser.driver import Drive, TooDeep, Unexpected
from modelcheck.language.syntax.parser.grammar import CompiledGrammar
from modelcheck.language.syntax.parser.lexer import Lexeme
from modelcheck.language.syntax.parser.tables import END

#: More syntax errors than this in one file are not worth reading.
MAX_ERRORS = 20
#: What stands for a name or a number that was left out.
_STAND_IN = {"NAME": "_", "INT": "1"}


def parse_lexemes(
    grammar: CompiledGrammar, lexemes: Sequence[Lexeme], brackets: Brackets
) -> tuple[tuple[ast.Item, ...], tuple[Diagnostic, ...]]:
    """Return the items, and every syntax error (then the items are worthless).

    Where a bracket does not match, parsing goes on with the next declaration behind that place; where that is unknown,
    the first error is the last.
    """
    drive = Drive(grammar, lexemes)
    errors: list[Diagnostic] = []
    items: tuple[ast.Item, ...] = ()
    while True:
        repaired = False
        try:
            items = drive.run()
        except BuildError as error:
            if not _touches(error.diagnostic, errors):
                errors.append(error.diagnostic)
            # If what was built was a whole statement or declaration, the lexeme at hand starts the next one.
            repaired = drive.in_list
        except TooDeep as error:
            return (), (*errors, deep_error(error.lexeme.span))
        except Unexpected as error:
            from modelcheck.language.syntax.errors.syntax_errors import explain  # a correct spec has no use for it

            place = Place(lexemes, drive.position, error.lexeme, error.accepts, brackets, grammar.scanner)
            finding = explain(place)
            errors.append(finding.diagnostic)
            repaired = _repair(drive, grammar, lexemes, finding)
        else:
            return items, tuple(errors)
        if len(errors) >= MAX_ERRORS or drive.position >= len(lexemes):
            return (), tuple(errors)
        offset = lexemes[drive.position].span.start
        entered = [fault for fault in brackets.faults if fault.span.start <= offset]
        if any(not fault.confined for fault in entered):
            return (), tuple(errors)
        if any(offset <= fault.shows for fault in entered):
            _skip_fault(drive, grammar, lexemes, brackets, max(fault.shows for fault in entered))
        elif not repaired:
            _skip(drive, grammar, lexemes, brackets)


def _touches(diagnostic: Diagnostic, errors: Sequence[Diagnostic]) -> bool:
    """Tell whether the last error was about the same construct: what was put in to repair it is not to blame."""
    if not errors or diagnostic.span is None:
        return False
    last = errors[-1].span
    return last is not None and diagnostic.span.start <= last.start <= diagnostic.span.end


def _skip_fault(
    drive: Drive, grammar: CompiledGrammar, lexemes: Sequence[Lexeme], brackets: Brackets, offset: int
) -> None:
    """Go on with the first declaration behind ``offset``."""
    drive.rewind_to_list(0)
    position = drive.position
    while position < len(lexemes) and not (
        lexemes[position].span.start > offset
        and brackets.depth[position] == 0
        and _starts_declaration(grammar, lexemes, position, 0)
    ):
        position += 1
    drive.position = position


def _repair(drive: Drive, grammar: CompiledGrammar, lexemes: Sequence[Lexeme], finding: Finding) -> bool:
    """Go on with what was meant, if the finding knows; False if that does not help."""
    if finding.instead is None or drive.position >= len(lexemes):
        return False
    before = lexemes[drive.position]
    try:
        for terminal in finding.instead:
            text = grammar.scanner.texts.get(terminal) or _STAND_IN.get(terminal, before.text)
            drive.feed(Lexeme(terminal, text, before.span))
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
