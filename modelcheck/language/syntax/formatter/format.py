"""The formatter as a command uses it: a file, its text before and after."""

from __future__ import annotations

from pathlib import Path

from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.ground.source import Source
from modelcheck.language.syntax.ast import Comment, Spec
from modelcheck.language.syntax.files import read_source
from modelcheck.language.syntax.formatter.unparse import unparse
from modelcheck.language.syntax.parse import parse_source, parse_text

#: How often a layout may change until it is one that stays.
_ROUNDS = 4


def format_file(path: str | Path) -> tuple[str, str]:
    """Return the text of a file and that text formatted; the file is only read. Raises ``SpecError``."""
    source = read_source(path)
    return source.text, format_source(source)


def format_source(source: Source) -> str:
    """Return the text of a source formatted, with the line ends that it has.

    The result is read again: should it not mean the same, or lack a comment, there is an error and no result.
    """
    spec = parse_source(source)
    text = unparse(spec)
    again = _read(text)
    # A line that has to be broken ends a table of aligned lines: then the other lines of it move once more.
    for _ in range(_ROUNDS):
        if again is None or (settled := unparse(again)) == text:
            break
        text, again = settled, _read(settled)
    if again is None or again != spec or _words(again.comments) != _words(spec.comments):
        message = f"`{source.path}` cannot be formatted without changing what it says; please report this"
        raise SpecError([Diagnostic("MC037", Severity.ERROR, message, None)])
    return text.replace("\n", "\r\n") if "\r\n" in source.text else text


def _read(text: str) -> Spec | None:
    try:
        return parse_text(text, "<formatted>")
    except SpecError:
        return None


def _words(comments: tuple[Comment, ...]) -> list[str]:
    """Return the words of all comments, whatever their order and layout."""
    return sorted(word for comment in comments for word in comment.text.split())
