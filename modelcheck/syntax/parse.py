"""Text to syntax tree. Only the file itself: ``load`` follows imports."""

from __future__ import annotations

from pathlib import Path

from modelcheck.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.source import Source, Span
from modelcheck.syntax.ast import Spec
from modelcheck.syntax.build import BuildError
from modelcheck.syntax.driver import Drive, Unexpected
from modelcheck.syntax.grammar import compiled_grammar


def parse_text(text: str, path: str) -> Spec:
    """Parse ``text``; ``path`` is what its spans call it. Raises ``SpecError`` with everything that is wrong."""
    return parse_source(Source(path, text))


def parse_file(path: str | Path) -> Spec:
    """Parse one file. Raises ``SpecError`` with everything that is wrong, an unreadable file included."""
    return parse_source(Source(str(path), Path(path).read_text(encoding="utf-8")))


def parse_source(source: Source) -> Spec:
    """Parse a source (see ``parse_text``)."""
    grammar = compiled_grammar()
    scan = grammar.scanner.scan(source)
    if scan.problems:
        raise SpecError(scan.problems)
    try:
        items = Drive(grammar, scan.lexemes).run()
    except Unexpected as error:
        message = f"unexpected `{error.lexeme.text}`"
        raise SpecError([Diagnostic("MC020", Severity.ERROR, message, error.lexeme.span)]) from None
    except BuildError as error:
        raise SpecError([error.diagnostic]) from None
    return Spec(items, scan.comments, Span(source, 0, len(source.text)))
