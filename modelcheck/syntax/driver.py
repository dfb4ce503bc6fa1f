"""Drives lark's LALR parser over the lexemes of a source; here the contextual part of the lexer happens.

A word is a keyword if the parser's state can accept that keyword, and a name otherwise. ``>>`` in a nested type
(``set<bv<3>>``) is two lexemes where the state can only accept ``>``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from lark.exceptions import UnexpectedToken
from lark.lexer import Token
from lark.parsers.lalr_interactive_parser import InteractiveParser

from modelcheck.source import Span
from modelcheck.syntax import ast
from modelcheck.syntax.grammar import CompiledGrammar
from modelcheck.syntax.lexer import END, RESERVED, Lexeme


@dataclass(frozen=True, slots=True, eq=False)
class Unexpected(Exception):
    """The parser cannot go on with lexeme ``position``; ``parser`` is still in the state before it."""

    parser: InteractiveParser
    lexeme: Lexeme
    position: int


class Drive:
    """One run of the parser over ``lexemes``; ``position`` is the next lexeme to be fed."""

    def __init__(self, grammar: CompiledGrammar, lexemes: Sequence[Lexeme]) -> None:
        self._grammar = grammar
        self._lexemes = lexemes
        self.position = 0
        self.restart()

    def restart(self) -> None:
        """Forget what was parsed, and expect an item next."""
        self.parser = self._grammar.parser.parse_interactive(None)

    def run(self) -> tuple[ast.Item, ...]:
        """Feed all lexemes; return the items. Raises ``Unexpected`` or ``BuildError`` at the first error."""
        state = self.parser.parser_state
        states: Any = state.parse_conf.states
        keywords = self._grammar.scanner.keywords
        feed = state.feed_token
        stack = state.state_stack
        lexemes = self._lexemes
        after_dot = False
        while self.position < len(lexemes):
            lexeme = lexemes[self.position]
            accepted = states[stack[-1]]
            if lexeme.type == "NAME":
                keyword = keywords.get(lexeme.text)
                if keyword is not None:
                    if keyword in accepted:
                        lexeme = Lexeme(keyword, lexeme.text, lexeme.span)
                    elif lexeme.text in RESERVED and not after_dot:
                        raise Unexpected(self.parser, Lexeme(keyword, lexeme.text, lexeme.span), self.position)
                after_dot = False
            else:
                after_dot = lexeme.type in ("DOT", "ARROW")
            if lexeme.type not in accepted:
                if lexeme.text[0] != ">" or len(lexeme.text) == 1 or "MORETHAN" not in accepted:
                    raise Unexpected(self.parser, lexeme, self.position)
                lexeme = self._split(lexeme)
                lexemes = self._lexemes
            try:
                feed(cast(Token, lexeme))
            except UnexpectedToken:
                raise Unexpected(self.parser, lexeme, self.position) from None
            self.position += 1
        span = lexemes[-1].span
        end = Lexeme(END, "", Span(span.source, span.end, span.end))
        try:
            items: tuple[ast.Item, ...] = feed(cast(Token, end), is_end=True)
        except UnexpectedToken:
            raise Unexpected(self.parser, end, self.position) from None
        return items

    def _split(self, lexeme: Lexeme) -> Lexeme:
        """Cut the first ``>`` off a longer symbol, and put the rest back before the next lexeme."""
        source, start, end = lexeme.span.source, lexeme.span.start, lexeme.span.end
        rest_text = lexeme.text[1:]
        rest = Lexeme(self._grammar.scanner.symbols[rest_text], rest_text, Span(source, start + 1, end))
        head = Lexeme("MORETHAN", ">", Span(source, start, start + 1))
        before, behind = self._lexemes[: self.position], self._lexemes[self.position + 1 :]
        self._lexemes = (*before, head, rest, *behind)
        return head
