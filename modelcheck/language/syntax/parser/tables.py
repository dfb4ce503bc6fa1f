"""The compiled grammar as plain data: LALR tables, the shapes of the rules, the terminals.

``compile_tables`` has lark compile ``grammar/modelcheck.lark``. Its result holds numbers, strings
and containers only, so that it can be kept in a file; with that file at hand lark is not even
imported, which halves the start-up time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

START = "spec"
END = "$END"

SHIFT = 0
REDUCE = 1

#: For each state and symbol: shift to a state, or reduce by a rule. Nonterminals only shift.
Actions: TypeAlias = Mapping[int, Mapping[str, tuple[int, int]]]


class Rule(NamedTuple):
    """One alternative of a rule of the grammar.

    ``parts``: for each symbol, how many absent optional parts (``None``) precede it, and whether it is a list to be
    spliced in. ``absent_behind``: how many follow the last. ``callback`` builds the node (empty: the children stay a
    list for the rule around it); ``transparent``: a single child is the node.
    """

    origin: str
    size: int
    callback: str
    parts: tuple[tuple[int, bool], ...]
    absent_behind: int
    transparent: bool


class Tables(NamedTuple):
    """All of a grammar. ``words`` and ``symbols`` map the text of a terminal to its name, ``patterns`` vice versa."""

    actions: Actions
    rules: tuple[Rule, ...]
    start: int
    end: int
    words: Mapping[str, str]
    symbols: Mapping[str, str]
    patterns: Mapping[str, str]


def compile_tables(grammar: str) -> Tables:
    """Compile the text of a grammar."""
    from lark import Lark
    from lark.lexer import PatternStr
    from lark.parsers.lalr_analysis import Shift

    compiled = Lark(grammar, parser="lalr", lexer="basic", start=START, keep_all_tokens=True, maybe_placeholders=True)
    conf = compiled.parse_interactive(None).parser_state.parse_conf
    numbers: dict[Any, int] = {}
    rules: list[Rule] = []
    actions: dict[int, dict[str, tuple[int, int]]] = {}
    for state, row in conf.states.items():
        actions[int(state)] = out = {}
        for symbol, (action, argument) in row.items():
            if action is Shift:
                out[symbol] = (SHIFT, int(argument))
                continue
            if argument not in numbers:
                numbers[argument] = len(rules)
                rules.append(_rule(argument))
            out[symbol] = (REDUCE, numbers[argument])
    words: dict[str, str] = {}
    symbols: dict[str, str] = {}
    patterns: dict[str, str] = {}
    for terminal in compiled.terminals:
        text = terminal.pattern.value
        if not isinstance(terminal.pattern, PatternStr):
            patterns[terminal.name] = text
        elif text.isidentifier():
            words[text] = terminal.name
        else:
            symbols[text] = terminal.name
    return Tables(actions, tuple(rules), int(conf.start_state), int(conf.end_state), words, symbols, patterns)


def _rule(rule: Any) -> Rule:
    """Take over a rule of lark's: what it calls expand1 and empty_indices, and rules whose name starts with ``_``."""
    absent = [0]
    for is_absent in rule.options.empty_indices or (False,) * len(rule.expansion):
        if is_absent:
            absent[-1] += 1
        else:
            absent.append(0)
    origin = str(rule.origin.name)
    spliced = [not symbol.is_term and symbol.name.startswith("_") for symbol in rule.expansion]
    return Rule(
        origin,
        len(rule.expansion),
        "" if origin.startswith("_") else str(rule.alias or origin),
        tuple(zip(absent, spliced, strict=False)),
        absent[-1],
        bool(rule.options.expand1) and not rule.alias,
    )
