"""The compiled grammar: parse tables made from ``grammar/modelcheck.lark`` by lark, kept in a per-user cache.

Compiling the grammar takes a third of a second, loading compiled tables a tenth of that. The cache file is named
after a digest of all that it depends on, is written aside and then renamed, starts with a digest of its contents, and
is read by an unpickler that builds plain data only. Whatever is wrong with it, the grammar is compiled anew.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import lark

from modelcheck.syntax.build_items import Builder
from modelcheck.syntax.lexer import Scanner, make_scanner

_START = "spec"
_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True, eq=False)
class CompiledGrammar:
    """The parser with the builder of our tree as its callbacks, and the scanner."""

    parser: lark.Lark
    scanner: Scanner


def grammar_path() -> Path:
    """Return where the grammar lies: in the package when installed, else in the checkout."""
    package = Path(__file__).resolve().parents[1]
    packaged = package / "grammar" / "modelcheck.lark"
    return packaged if packaged.exists() else package.parent / "grammar" / "modelcheck.lark"


def cache_directory() -> Path:
    """Return the per-user directory for compiled grammars (it need not exist)."""
    chosen = os.environ.get("MODELCHECK_CACHE_DIR")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    # A relative XDG_CACHE_HOME is to be ignored, says its specification.
    return (Path(base) if base and os.path.isabs(base) else Path("~/.cache").expanduser()) / "modelcheck"


@lru_cache(maxsize=1)
def compiled_grammar() -> CompiledGrammar:
    """Return the compiled grammar; the first call of a process loads or compiles it."""
    text = grammar_path().read_text(encoding="utf-8")
    name = _cache_name(text)
    data = _read_cache(name)
    parser = _restore(data) if data is not None else None
    if parser is None:
        compiled = lark.Lark(
            text, parser="lalr", lexer="basic", start=_START, keep_all_tokens=True, maybe_placeholders=True
        )
        buffer = io.BytesIO()
        compiled.save(buffer)
        _write_cache(name, buffer.getvalue())
        parser = _restore(buffer.getvalue())
        assert parser is not None, "what lark has just saved can be loaded"
    return CompiledGrammar(parser, make_scanner(parser.terminals))


def _cache_name(grammar: str) -> str:
    key = "\0".join((grammar, lark.__version__, sys.version, _START))
    return f"grammar-{hashlib.sha256(key.encode()).hexdigest()[:32]}.tables"


class _PlainUnpickler(pickle.Unpickler):
    """Reads numbers, strings and containers; a file that asks for anything else is not ours."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a table")


def _restore(data: bytes) -> lark.Lark | None:
    """Make the parser from saved tables; None if they are damaged in a way that the digest did not show."""
    try:
        tables = _PlainUnpickler(io.BytesIO(data)).load()
        parser = lark.Lark.__new__(lark.Lark)
        return parser._load(tables, transformer=Builder())
    except Exception:  # whatever a foreign or half-written table makes lark do
        return None


def _read_cache(name: str) -> bytes | None:
    try:
        with open(cache_directory() / name, "rb") as file:
            if hasattr(os, "getuid") and os.fstat(file.fileno()).st_uid != os.getuid():
                return None
            digest, data = file.read(_DIGEST_BYTES), file.read()
    except (OSError, RuntimeError, ValueError):
        return None
    return data if hashlib.sha256(data).digest() == digest else None


def _write_cache(name: str, data: bytes) -> None:
    """Write the file as a whole or not at all; a cache that cannot be written is no cache."""
    temporary: str | None = None
    try:
        directory = cache_directory()
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=directory, prefix=".grammar-")
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(data).digest() + data)
        os.replace(temporary, directory / name)
    except (OSError, RuntimeError, ValueError):
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)
