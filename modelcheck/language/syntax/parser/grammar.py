"""The grammar, ready to parse with: compiled once per user, then read from a cache.

Compiling takes a third of a second, reading a hundredth. The cache file says what it was made from, is written aside
and then renamed, belongs to the user, and carries a checksum; whatever is wrong with it, the grammar is compiled anew.
"""

from __future__ import annotations

import marshal
import os
import sys
import zlib
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.ground.files import cache_directory, open_file
from modelcheck.ground.records import dataclass
from modelcheck.language.syntax.parser.build_items import Builder
from modelcheck.language.syntax.parser.lexer import Scanner, make_scanner
from modelcheck.language.syntax.parser.tables import Rule, Tables, compile_tables

#: Changes when the contents of the cache mean something else.
_LAYOUT = 2


@dataclass(frozen=True, slots=True, eq=False)
class CompiledGrammar:
    """The tables, the scanner made from them, and the builder that makes nodes from what the rules match."""

    tables: Tables
    scanner: Scanner
    builder: Builder


def grammar_path() -> Path:
    """Return where the grammar lies: in the package when installed, else in the checkout."""
    package = Path(__file__).resolve().parents[3]
    packaged = package / "grammar" / "modelcheck.lark"
    return packaged if packaged.exists() else package.parent / "grammar" / "modelcheck.lark"


def cache_path() -> Path:
    """Return the file of this user, for this Python, in which the compiled grammar is kept (it need not exist)."""
    return cache_directory() / f"grammar-{sys.implementation.cache_tag}.tables"


@lru_cache(maxsize=1)
def compiled_grammar() -> CompiledGrammar:
    """Return the compiled grammar; the first call of a process reads or compiles it."""
    try:
        text = grammar_path().read_text(encoding="utf-8")
    except OSError as error:
        message = f"modelcheck is not installed properly: its grammar cannot be read ({error})"
        raise SpecError([Diagnostic("MC001", Severity.ERROR, message, None)]) from None
    key = f"{_LAYOUT} {sys.version} {text}"
    tables = _read_cache(key)
    if tables is None:
        tables = compile_tables(text)
        _write_cache(key, tables)
    return CompiledGrammar(tables, make_scanner(tables), Builder())


def _read_cache(key: str) -> Tables | None:
    """Return the tables from the cache, or None if there are none made from exactly ``key``, or none intact."""
    try:
        with open_file(cache_path()) as file:
            if hasattr(os, "getuid") and os.fstat(file.fileno()).st_uid != os.getuid():
                return None
            checksum, data = file.read(4), file.read()
        if zlib.crc32(data).to_bytes(4, "big") != checksum:
            return None
        found, actions, rules, *rest = marshal.loads(data)
        return Tables(actions, tuple(Rule(*rule) for rule in rules), *rest) if found == key else None
    except (OSError, RuntimeError, ValueError, TypeError, EOFError):
        return None


def _write_cache(key: str, tables: Tables) -> None:
    """Write the cache as a whole or not at all; one that cannot be written is no error."""
    import tempfile

    temporary: str | None = None
    try:
        target = cache_path()
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        plain: Any = (key, tables.actions, [tuple(rule) for rule in tables.rules], *tables[2:])
        data = marshal.dumps(plain)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".grammar-")
        with os.fdopen(handle, "wb") as file:
            file.write(zlib.crc32(data).to_bytes(4, "big") + data)
        os.replace(temporary, target)
    except (OSError, RuntimeError, ValueError):
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)
