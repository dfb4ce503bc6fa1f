"""From text to lexemes: one regular expression built from the terminals of the grammar.

Which words are keywords is decided later, by the parser state (see ``driver``): the scanner yields every word as
``NAME``. It never fails; what is no lexeme becomes a diagnostic and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from modelcheck.ground.diagnostics import Diagnostic
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Source, Span
from modelcheck.language.syntax.ast import Comment
from modelcheck.language.syntax.errors import lexical_errors as problems
from modelcheck.language.syntax.parser.tables import Tables

#: Words that name nothing (a field after ``.`` or ``->`` apart): C's, and those that start a statement or an operand.
_RESERVED_WORDS = """
    if else while do for goto break continue return loop when choose pick emit assert BUG_ON WARN_ON local atomic
    true false null NULL none uninit new try_new forall exists cond_load in or
"""
RESERVED = frozenset(_RESERVED_WORDS.split())

#: Those of them that were no words of the language in its version 0.1 (docs/CHANGELOG.md).
NEW_WORDS = frozenset(["NULL"])

#: After so many unreadable characters the file is no spec, and reading on is of no use.
MAX_PROBLEMS = 20

#: No number in a spec has more digits than this; Python refuses to read or print ones of more than 4300.
MAX_DIGITS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Lexeme:
    """A token of the grammar. ``type`` is the name of its terminal."""

    type: str
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Scan:
    """All lexemes of a source, its comments, and what could not be read (``truncated``: nor could all behind it)."""

    lexemes: tuple[Lexeme, ...]
    comments: tuple[Comment, ...]
    problems: tuple[Diagnostic, ...]
    truncated: bool


@dataclass(frozen=True, slots=True)
class Scanner:
    """The lexical part of the grammar.

    ``keywords`` and ``symbols`` map a text to the name of its terminal, ``texts`` those names to the texts.
    """

    pattern: re.Pattern[str]
    number: re.Pattern[str]
    keywords: Mapping[str, str]
    symbols: Mapping[str, str]
    texts: Mapping[str, str]

    def scan(self, source: Source) -> Scan:
        """Split the text of ``source`` into lexemes and comments."""
        text = source.text
        lexemes: list[Lexeme] = []
        comments: list[Comment] = []
        found: list[Diagnostic] = []
        symbols = self.symbols
        position = 0
        while position < len(text) and len(found) < MAX_PROBLEMS:
            match = self.pattern.match(text, position)
            assert match is not None, "the pattern matches any character"
            start, position = match.span()
            kind = match.lastgroup
            if kind == "WHITESPACE":
                continue
            span = Span(source, start, position)
            if kind == "NAME":
                lexemes.append(Lexeme("NAME", match[0], span))
            elif kind == "SYMBOL":
                lexemes.append(Lexeme(symbols[match[0]], match[0], span))
            elif kind == "COMMENT":
                line_start = text.rfind("\n", 0, start) + 1
                comments.append(Comment(match[0].rstrip(), not text[line_start:start].strip(), span))
            elif kind == "NUMBER":
                problem = problems.number(match[0], span, self.number, MAX_DIGITS)
                if problem is None:
                    lexemes.append(Lexeme("INT", match[0], span))
                else:
                    found.append(problem)
                    lexemes.append(Lexeme("INT", "0", span))
            elif kind == "STRING":
                lexemes.append(Lexeme("STRING", match[0], span))
            elif kind == "OPEN_COMMENT":
                found.append(problems.open_comment(span))
                return Scan(tuple(lexemes), tuple(comments), tuple(found), truncated=True)
            elif kind == "OPEN_STRING":
                found.append(problems.open_string(span))
                lexemes.append(Lexeme("STRING", match[0] + '"', span))
            else:
                found.append(problems.character(match[0], span))
        return Scan(tuple(lexemes), tuple(comments), tuple(found), truncated=position < len(text))


def make_scanner(tables: Tables) -> Scanner:
    """Build the scanner from the terminals of the grammar."""
    symbols = sorted(tables.symbols, key=lambda text: (-len(text), text))
    alternatives = {
        "WHITESPACE": tables.patterns["WHITESPACE"],
        "NAME": tables.patterns["NAME"],
        "COMMENT": tables.patterns["COMMENT"],
        "OPEN_COMMENT": r"/\*",
        "SYMBOL": "|".join(re.escape(symbol) for symbol in symbols),
        "NUMBER": r"[0-9][A-Za-z0-9_]*",
        "STRING": tables.patterns["STRING"],
        "OPEN_STRING": r'"[^\n]*',
        "JUNK": r"[^\x00-\x7f]+|.",
    }
    pattern = re.compile("|".join(f"(?P<{name}>{value})" for name, value in alternatives.items()), re.DOTALL)
    texts = {terminal: text for table in (tables.words, tables.symbols) for text, terminal in table.items()}
    return Scanner(pattern, re.compile(tables.patterns["INT"]), tables.words, tables.symbols, texts)
