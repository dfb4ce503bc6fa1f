"""Drives lark's LALR parser over the lexemes of a source; here the contextual part of the lexer happens.

A word is a keyword if the parser's state can accept that keyword, and a name otherwise. ``>>`` in a nested type
(``set<bv<3>>``) is two lexemes where the state can only accept ``>``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from lark.exceptions import UnexpectedToken
from lark.grammar import Rule
from lark.lexer import Token
from lark.parsers.lalr_analysis import Shift

from modelcheck.source import Span
from modelcheck.syntax import ast
from modelcheck.syntax.grammar import CompiledGrammar
from modelcheck.syntax.lexer import END, RESERVED, Lexeme

#: The parser's stack grows no higher: chains like ``if (a) if (b) …`` need no brackets to be deep.
MAX_STACK = 3000

#: Nonterminals of which the grammar has lists in braces (or, for items, the file): where parsing can start afresh.
_LISTED = ("statement", "field", "scenario_clause", "insert", "field_init", "item")


class Unexpected(Exception):
    """The parser cannot go on with ``lexeme``; ``accepts`` are the names of the terminals that it could go on with."""

    def __init__(self, lexeme: Lexeme, accepts: frozenset[str]) -> None:
        super().__init__(lexeme.text)
        self.lexeme = lexeme
        self.accepts = accepts


class TooDeep(Exception):
    """What is being parsed at ``lexeme`` is nested deeper than any tree may be."""

    def __init__(self, lexeme: Lexeme) -> None:
        super().__init__(lexeme.text)
        self.lexeme = lexeme


class Drive:
    """One run of the parser over ``lexemes``; ``position`` is the index of the next lexeme to be fed."""

    def __init__(self, grammar: CompiledGrammar, lexemes: Sequence[Lexeme]) -> None:
        self._keywords = grammar.scanner.keywords
        self._symbols = grammar.scanner.symbols
        self._lexemes = lexemes
        self._state = grammar.parser.parse_interactive(None).parser_state
        self._states: Any = self._state.parse_conf.states
        self.position = 0

    def run(self) -> tuple[ast.Item, ...]:
        """Feed all lexemes; return the items. Raises ``Unexpected`` or ``BuildError`` at the first error."""
        states, keywords, lexemes = self._states, self._keywords, self._lexemes
        stack = self._state.state_stack
        after_dot = False
        while self.position < len(lexemes):
            lexeme = lexemes[self.position]
            accepted = states[stack[-1]]
            if lexeme.type == "NAME":
                keyword = keywords.get(lexeme.text)
                if keyword is not None and (
                    self._is_keyword(keyword, accepted) or (lexeme.text in RESERVED and not after_dot)
                ):
                    lexeme = Lexeme(keyword, lexeme.text, lexeme.span)
                after_dot = False
            else:
                after_dot = lexeme.type in ("DOT", "ARROW")
                while lexeme.text[0] == ">" != lexeme.text and not self._would_accept(list(stack), lexeme.type):
                    if not self._would_accept(list(stack), "MORETHAN"):
                        break
                    head, lexeme = self._split(lexeme)
                    self.feed(head)
            self.feed(lexeme)
            self.position += 1
        end = lexemes[-1].span.end
        items: tuple[ast.Item, ...] = self.feed(Lexeme(END, "", Span(lexemes[-1].span.source, end, end)))
        return items

    def feed(self, lexeme: Lexeme) -> Any:
        """Feed one lexeme as it is; return the result of the parse if it is the end."""
        before = self._state.state_stack.copy()
        if len(before) > MAX_STACK:
            raise TooDeep(lexeme)
        try:
            return self._state.feed_token(cast(Token, lexeme), is_end=lexeme.type == END)
        except UnexpectedToken:
            raise Unexpected(lexeme, self._accepts(before)) from None

    def _is_keyword(self, keyword: str, accepted: Any) -> bool:
        """Tell whether a word is a keyword here.

        The table of a state says too much (LALR merges lookaheads): what might also be a name is looked at closely.
        """
        if keyword not in accepted:
            return False
        return "NAME" not in accepted or self._would_accept(list(self._state.state_stack), keyword)

    def _split(self, lexeme: Lexeme) -> tuple[Lexeme, Lexeme]:
        """Cut the first ``>`` off a longer symbol."""
        source, start, end = lexeme.span.source, lexeme.span.start, lexeme.span.end
        rest = lexeme.text[1:]
        return (
            Lexeme("MORETHAN", ">", Span(source, start, start + 1)),
            Lexeme(self._symbols[rest], rest, Span(source, start + 1, end)),
        )

    def _accepts(self, stack: list[Any]) -> frozenset[str]:
        """Return the terminals with which the parser could really go on from ``stack``.

        The table of the top state alone says too much: LALR merges lookaheads.
        """
        candidates: Iterable[str] = (name for name in self._states[stack[-1]] if name.isupper())
        return frozenset(name for name in candidates if self._would_accept(list(stack), name))

    def _would_accept(self, stack: list[Any], terminal: str) -> bool:
        while True:
            action, argument = self._states[stack[-1]].get(terminal, (None, None))
            if action is None:
                return False
            if action is Shift:
                return True
            rule = cast(Rule, argument)
            if rule.expansion:
                del stack[-len(rule.expansion) :]
            stack.append(self._states[stack[-1]][rule.origin.name][1])

    @property
    def in_list(self) -> bool:
        """Whether the next lexeme starts a new statement, field, item…, or ends the list of them."""
        return self._is_list(self._state.state_stack[-1])

    def rewind_to_list(self, depth: int) -> int:
        """Forget the unfinished construct, back to the innermost list of statements, fields, items… around it.

        ``depth`` is the number of brackets open where the error is. Returns the number open in that list.
        """
        stack, values = self._state.state_stack, self._state.value_stack
        level = sum(_opens(value) for value in values)
        while level > depth or not self._is_list(stack[-1]):
            level -= _opens(values[-1])
            stack.pop()
            values.pop()
        return level

    def _is_list(self, state: Any) -> bool:
        actions = self._states[state]
        return ("RBRACE" in actions or END in actions) and any(name in actions for name in _LISTED)


def _opens(value: Any) -> int:
    """Return by how much a value on the parser's stack changes the number of open brackets."""
    if isinstance(value, Lexeme):
        return 1 if value.type in ("LBRACE", "LPAR", "LSQB") else -1 if value.type in ("RBRACE", "RPAR", "RSQB") else 0
    return 0
