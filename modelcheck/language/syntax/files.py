"""Reading spec files: whatever is at the end of a path, the outcome is text or a diagnostic."""

from __future__ import annotations

import os
from pathlib import Path

from modelcheck.ground.diagnostics import Diagnostic, Note, Severity, SpecError
from modelcheck.ground.files import open_file
from modelcheck.ground.source import Source, Span

#: A spec is written by hand; no file of more than this many bytes is one.
MAX_BYTES = 500_000

#: What a shell makes of a pipe that somebody writes into: this is read, whatever it is.
_STREAMS = frozenset(["/dev/stdin", *(f"/dev/fd/{number}" for number in range(256))])


def read_source(path: str | Path) -> Source:
    """Read a file as UTF-8 (a byte order mark is skipped). Raises ``SpecError``."""
    shown = str(path)
    try:
        if os.path.isdir(path):
            raise SpecError([_error("MC001", f"`{shown}` is a directory, not a spec")])
        with open(path, "rb") if shown in _STREAMS else open_file(path) as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise SpecError([_error("MC001", f"there is no file `{shown}`")]) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SpecError([_error("MC001", f"`{shown}` cannot be read: {reason}")]) from None
    return Source(shown, decode(data, shown))


def decode(data: bytes, path: str) -> str:
    """Decode the bytes of a file; ``path`` is for messages. Raises ``SpecError``."""
    if len(data) > MAX_BYTES:
        raise SpecError([_too_large(path)])
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SpecError([_error("MC003", f"`{path}` is encoded as UTF-16; a spec is UTF-8 text")])
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8")
        line = good.count("\n") + 1
        message = (
            f"`{path}` is not UTF-8 text: byte {error.start} (0x{data[error.start]:02x}), in line {line}, is invalid"
        )
        source = Source(path, data.decode("utf-8", errors="replace"))
        span = Span(source, len(good), len(good) + 1)
        raise SpecError([Diagnostic("MC003", Severity.ERROR, message, span)]) from None


def check_text(source: Source) -> None:
    """Raise ``SpecError`` for text that is too much, or no text at all."""
    if len(source.text) > MAX_BYTES:
        raise SpecError([_too_large(source.path)])
    zero = source.text.find("\0")
    if zero >= 0:
        span = Span(source, zero, zero + 1)
        note = Note("this looks like a binary file")
        raise SpecError([Diagnostic("MC004", Severity.ERROR, "there is a NUL character here", span, (note,))])


def _too_large(path: str) -> Diagnostic:
    return _error("MC002", f"`{path}` is too large: a spec has at most {MAX_BYTES:,} bytes")


def _error(code: str, message: str) -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, message, None)
