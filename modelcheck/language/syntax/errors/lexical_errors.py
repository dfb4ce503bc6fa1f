"""The diagnostics of the scanner (MC010-MC019)."""

from __future__ import annotations

import re
import unicodedata

from modelcheck.ground.diagnostics import Diagnostic, Fix, Note, Severity
from modelcheck.ground.source import Span

#: What word processors and web pages put in place of the characters of a program.
_LOOKALIKES = {
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2013": "-",
    "\u2014": "-",
    "\u2212": "-",
    "\u2264": "<=",
    "\u2265": ">=",
    "\u2260": "!=",
    "\u2227": "&&",
    "\u2228": "||",
    "\u00ac": "!",
    "\u2192": "->",
    "\u21d2": "=>",
    "\u2026": "..",
    "\u037e": ";",
    "\u00a0": " ",
    "\u200b": "",
    "\ufeff": "",
}


def _error(
    code: str, message: str, span: Span, notes: tuple[Note, ...] = (), fixes: tuple[Fix, ...] = ()
) -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, message, span, notes, fixes)


def character(text: str, span: Span) -> Diagnostic:
    """Return the error for characters that start no lexeme."""
    first = text[0]
    if first == "#":
        note = Note(
            "there is no preprocessor: `import` takes in a file, `param` declares a constant, `inline` a function"
        )
        return _error("MC010", "unexpected `#`", span, (note,))
    if first == "\\":
        return _error("MC010", "unexpected `\\`: a line needs no continuation mark", span)
    named = f"`{first}`" if first.isprintable() and not first.isspace() else "character"
    if not first.isascii() or not first.isprintable():
        named += f" U+{ord(first):04X} ({unicodedata.name(first, 'control character')})"
    fixes: tuple[Fix, ...] = ()
    plain = _LOOKALIKES.get(first)
    if plain is not None:
        one = Span(span.source, span.start, span.start + 1)
        fixes = (Fix(f"write `{plain}`" if plain.strip() else "use a plain space or nothing", one, plain),)
    notes: tuple[Note, ...] = ()
    if first.isalpha():
        notes = (Note("names are made of the letters A-Z and a-z, digits and `_`"),)
    return _error("MC010", f"unexpected {named}", span, notes, fixes)


def open_comment(span: Span) -> Diagnostic:
    """Return the error for ``/*`` without ``*/``."""
    return _error("MC011", "this comment is never closed: `*/` is missing", span)


def open_string(span: Span) -> Diagnostic:
    """Return the error for a string that does not end on its line."""
    end = Span(span.source, span.end, span.end)
    note = Note("a string ends on the line on which it starts")
    return _error("MC012", 'this string is never closed: `"` is missing', span, (note,), (Fix('insert `"`', end, '"'),))


def number(text: str, span: Span, pattern: re.Pattern[str], max_digits: int) -> Diagnostic | None:
    """Return the error for a malformed number, or None for a good one."""
    if len(text) > max_digits:
        return _error("MC014", f"this number has {len(text)} digits; at most {max_digits} are possible", span)
    if not pattern.fullmatch(text):
        suffix = re.fullmatch(r"(0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]+", text)
        if suffix:
            fix = Fix(f"write `{suffix[1]}`", span, suffix[1])
            return _error("MC013", f"`{text}`: numbers have no suffixes here", span, (), (fix,))
        if text.lower() == "0x":
            return _error("MC013", f"`{text}` has no digits", span)
        return _error("MC013", f"`{text}` is neither a number nor a name", span)
    if len(text) > 1 and text[0] == "0" and text[1] not in "xX":
        stripped = text.lstrip("0") or "0"
        note = Note("C would read it as octal; write decimal or `0x…`")
        return _error("MC013", f"`{text}` starts with 0", span, (note,), (Fix(f"write `{stripped}`", span, stripped),))
    return None
