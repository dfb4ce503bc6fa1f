"""The LALR parser: drives the tables over the lexemes of a source. Here the contextual part of the lexer happens.

A word is a keyword where the grammar can go on with that keyword, and a name otherwise. ``>>`` in a nested type
(``set<bv<3>>``) is two lexemes where the grammar can only go on with ``>``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modelcheck.ground.source import Span
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.parser.grammar import CompiledGrammar
from modelcheck.language.syntax.parser.lexer import RESERVED, Lexeme
from modelcheck.language.syntax.parser.tables import END, REDUCE, SHIFT, Rule

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
    """One run of the parser over ``lexemes``; ``position`` is the index of the next lexeme to be fed.

    ``_states`` and ``_values`` are the parser's stack: one value less than states.
    """

    def __init__(self, grammar: CompiledGrammar, lexemes: Sequence[Lexeme]) -> None:
        self._words = grammar.tables.words
        self._symbols = grammar.tables.symbols
        self._actions = grammar.tables.actions
        self._rules = grammar.tables.rules
        self._end = grammar.tables.end
        self._builder = grammar.builder
        self._lexemes = lexemes
        self._states = [grammar.tables.start]
        self._values: list[Any] = []
        self.position = 0

    def run(self) -> tuple[ast.Item, ...]:
        """Feed all lexemes; return the items. Raises ``Unexpected`` or ``BuildError`` at the first error."""
        lexemes = self._lexemes
        after_dot = False
        while self.position < len(lexemes):
            lexeme = lexemes[self.position]
            if lexeme.type == "NAME":
                keyword = self._words.get(lexeme.text)
                if keyword is not None and (self._is_keyword(keyword) or (lexeme.text in RESERVED and not after_dot)):
                    lexeme = Lexeme(keyword, lexeme.text, lexeme.span)
                after_dot = False
            else:
                after_dot = lexeme.type in ("DOT", "ARROW")
                while lexeme.text[0] == ">" != lexeme.text and not self._would_accept(lexeme.type):
                    if not self._would_accept("MORETHAN"):
                        break
                    head, lexeme = self._split(lexeme)
                    self.feed(head)
            self.feed(lexeme)
            self.position += 1
        end = lexemes[-1].span.end
        self.feed(Lexeme(END, "", Span(lexemes[-1].span.source, end, end)))
        items: tuple[ast.Item, ...] = self._values[0]
        return items

    def feed(self, lexeme: Lexeme) -> None:
        """Feed one lexeme as it is."""
        states, actions, terminal = self._states, self._actions, lexeme.type
        if len(states) > MAX_STACK:
            raise TooDeep(lexeme)
        before = states.copy()
        while True:
            action = actions[states[-1]].get(terminal)
            if action is None:
                raise Unexpected(lexeme, self._accepts(before))
            kind, argument = action
            if kind == SHIFT:
                states.append(argument)
                self._values.append(lexeme)
                return
            self._reduce(argument)
            if terminal == END and states[-1] == self._end:
                return

    def _reduce(self, number: int) -> None:
        """Replace the values of the symbols of a rule by what the rule makes of them."""
        rule = self._rules[number]
        states, values = self._states, self._values
        taken: list[Any] = []
        if rule.size:
            taken = values[-rule.size :]
            del values[-rule.size :]
            del states[-rule.size :]
        children = _children(rule, taken)
        if rule.transparent and len(children) == 1:
            value = children[0]
        else:
            value = getattr(self._builder, rule.callback)(children) if rule.callback else children
        states.append(self._actions[states[-1]][rule.origin][1])
        values.append(value)

    def _is_keyword(self, word: str) -> bool:
        """Tell whether a word is a keyword here.

        The table of a state says too much (LALR merges lookaheads): what might also be a name is looked at closely.
        """
        actions = self._actions[self._states[-1]]
        return word in actions and ("NAME" not in actions or self._would_accept(word))

    def _split(self, lexeme: Lexeme) -> tuple[Lexeme, Lexeme]:
        """Cut the first ``>`` off a longer symbol."""
        source, start, end = lexeme.span.source, lexeme.span.start, lexeme.span.end
        rest = lexeme.text[1:]
        return (
            Lexeme("MORETHAN", ">", Span(source, start, start + 1)),
            Lexeme(self._symbols[rest], rest, Span(source, start + 1, end)),
        )

    def _accepts(self, states: list[int]) -> frozenset[str]:
        """Return the terminals with which the parser could really go on from ``states``."""
        candidates = [symbol for symbol in self._actions[states[-1]] if symbol.isupper()]
        return frozenset(symbol for symbol in candidates if self._would_accept(symbol, states))

    def _would_accept(self, terminal: str, states: Sequence[int] | None = None) -> bool:
        stack = list(self._states if states is None else states)
        while True:
            kind, argument = self._actions[stack[-1]].get(terminal, (None, 0))
            if kind != REDUCE:
                return kind == SHIFT
            rule = self._rules[argument]
            if rule.size:
                del stack[-rule.size :]
            stack.append(self._actions[stack[-1]][rule.origin][1])

    @property
    def in_list(self) -> bool:
        """Whether the next lexeme starts a new statement, field, item…, or ends the list of them."""
        return self._is_list(self._states[-1])

    def rewind_to_list(self, depth: int) -> int:
        """Forget the unfinished construct, back to the innermost list of statements, fields, items… around it.

        ``depth`` is the number of brackets open where the error is. Returns the number open in that list.
        """
        level = sum(map(_opens, self._values))
        while level > depth or not self._is_list(self._states[-1]):
            level -= _opens(self._values.pop())
            self._states.pop()
        return level

    def _is_list(self, state: int) -> bool:
        actions = self._actions[state]
        return ("RBRACE" in actions or END in actions) and any(name in actions for name in _LISTED)


def _children(rule: Rule, taken: list[Any]) -> list[Any]:
    """Return the children of a node: lists spliced in, absent parts as None."""
    children: list[Any] = []
    for (absent, spliced), value in zip(rule.parts, taken, strict=True):
        if absent:
            children.extend([None] * absent)
        if not spliced:
            children.append(value)
        elif children:
            children.extend(value)
        else:
            children = value  # nobody else has it: growing it in place keeps long lists linear
    if rule.absent_behind:
        children.extend([None] * rule.absent_behind)
    return children


def _opens(value: Any) -> int:
    """Return by how much a value on the parser's stack changes the number of open brackets."""
    if isinstance(value, Lexeme):
        return 1 if value.type in ("LBRACE", "LPAR", "LSQB") else -1 if value.type in ("RBRACE", "RPAR", "RSQB") else 0
    return 0
