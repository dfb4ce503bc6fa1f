"""The grammar file, its cache, and that nothing in it is left over."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from lark import Lark, logger

from modelcheck.language.syntax.errors.vocabulary import _KINDS, DECLARATIONS, EDITS
from modelcheck.language.syntax.parse import parse_text
from modelcheck.language.syntax.parser.brackets import match_brackets
from modelcheck.language.syntax.parser.build_items import Builder
from modelcheck.language.syntax.parser.driver import Drive
from modelcheck.language.syntax.parser.grammar import (
    _read_cache,
    _write_cache,
    cache_path,
    compiled_grammar,
    grammar_path,
)
from modelcheck.language.syntax.parser.lexer import RESERVED
from modelcheck.language.syntax.parser.tables import compile_tables

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*.mc"))


def test_lark_alone_accepts_the_sketches() -> None:
    """The grammar file is the grammar: with lark's own contextual lexer it accepts what our parser accepts."""
    parser = Lark(grammar_path().read_text(encoding="utf-8"), parser="lalr", lexer="contextual", start="spec")
    for path in FIXTURES:
        parser.parse(path.read_text(encoding="utf-8"))


def test_only_known_conflicts(caplog: pytest.LogCaptureFixture) -> None:
    """Shift wins where a construct reaches as far right as it can: ``else``, quantifiers, ``may``, ``new T {``."""
    with caplog.at_level(logging.DEBUG, logger=logger.name):
        level = logger.level
        logger.setLevel(logging.DEBUG)
        try:
            Lark(grammar_path().read_text(encoding="utf-8"), parser="lalr", start="spec", debug=True)
        finally:
            logger.setLevel(level)
    messages = [record.getMessage() for record in caplog.records]
    rules = {message.split("<")[1].split(" ")[0] for message in messages if message.startswith(" * <")}
    assert rules <= {"binary", "conditional", "expr", "statement", "primary"}


def test_every_rule_has_a_callback_and_every_callback_a_rule() -> None:
    wanted = {rule.callback for rule in compiled_grammar().tables.rules if rule.callback and not rule.transparent}
    offered = {name for name in dir(Builder) if not name.startswith("_")}
    assert wanted == offered


def test_vocabulary_speaks_of_terminals_of_the_grammar() -> None:
    tables = compiled_grammar().tables
    terminals = {*tables.words.values(), *tables.symbols.values(), *tables.patterns}
    used = {*DECLARATIONS, *EDITS, *(name for _, telling, starts in _KINDS for name in telling | starts)}
    assert used <= terminals
    assert {"if", "new"} <= RESERVED
    assert set(tables.words) >= RESERVED


def test_cache_round_trip_and_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELCHECK_CACHE_DIR", str(tmp_path / "cache"))
    tables = compile_tables(grammar_path().read_text(encoding="utf-8"))
    assert _read_cache("key") is None
    _write_cache("key", tables)
    assert _read_cache("key") == tables
    assert _read_cache("another grammar") is None
    assert [path.name for path in cache_path().parent.iterdir()] == [cache_path().name]
    data = cache_path().read_bytes()
    for damaged in (b"", data[:3], data[:-1], data[:100] + b"x" + data[101:], b"\0" * len(data)):
        cache_path().write_bytes(damaged)
        assert _read_cache("key") is None


@pytest.mark.parametrize("kind", ["a file", "no permission", "relative"])
def test_an_unusable_cache_is_no_error(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "cache"
    environment = {key: value for key, value in os.environ.items() if key != "MODELCHECK_CACHE_DIR"}
    match kind:
        case "a file":
            place.write_text("in the way")
            environment["MODELCHECK_CACHE_DIR"] = str(place)
        case "no permission":
            environment["MODELCHECK_CACHE_DIR"] = "/proc/nowhere"
        case _:
            environment |= {"XDG_CACHE_HOME": "relative", "HOME": str(place)}
    program = (
        "from modelcheck.language.syntax.parse import parse_text; print(len(parse_text('process p { }', 'x').items))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert (result.stdout, result.stderr) == ("1\n", "")


def test_parsing_needs_no_lark_once_the_cache_is_there(tmp_path: Path) -> None:
    program = (
        "import sys; from modelcheck.language.syntax.parse import parse_text; parse_text('process p { }', 'x'); "
        "print('lark' in sys.modules)"
    )
    # A cache of its own: another checkout with another grammar may be writing the user's one.
    environment = os.environ | {"MODELCHECK_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", program]
    runs = [subprocess.run(command, env=environment, capture_output=True, text=True, check=True) for _ in range(2)]
    assert [run.stdout for run in runs] == ["True\n", "False\n"]


def test_drives_do_not_disturb_each_other() -> None:
    grammar = compiled_grammar()
    scan = grammar.scanner.scan(parse_text("process p { a = b; }", "x").span.source)
    first, second = Drive(grammar, scan.lexemes), Drive(grammar, scan.lexemes)
    assert first.run() == second.run()
    assert not match_brackets(scan.lexemes).faults
