"""Text to syntax tree. Only the file itself: ``load`` follows imports."""

from __future__ import annotations

from pathlib import Path

from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.ground.source import Source, Span
from modelcheck.language.syntax.ast import Spec
from modelcheck.language.syntax.depth import too_deep
from modelcheck.language.syntax.errors.recovery import parse_lexemes
from modelcheck.language.syntax.files import check_text, read_source
from modelcheck.language.syntax.parser.brackets import Fault, match_brackets
from modelcheck.language.syntax.parser.grammar import compiled_grammar


def parse_text(text: str, path: str) -> Spec:
    """Parse ``text``; ``path`` is what its spans call it. Raises ``SpecError`` with everything that is wrong."""
    return parse_source(Source(path, text))


def parse_file(path: str | Path) -> Spec:
    """Parse one file. Raises ``SpecError`` with everything that is wrong, an unreadable file included."""
    return parse_source(read_source(path))


def parse_source(source: Source) -> Spec:
    """Parse a source (see ``parse_text``)."""
    check_text(source)
    grammar = compiled_grammar()
    scan = grammar.scanner.scan(source)
    if not scan.lexemes:
        raise SpecError(scan.problems or (_nothing(source),))
    brackets = match_brackets(scan.lexemes)
    if brackets.too_deep is not None:
        raise SpecError((*scan.problems, brackets.too_deep))
    if scan.truncated:
        raise SpecError(scan.problems)
    items, errors = parse_lexemes(grammar, scan.lexemes, brackets)
    found = _without_echoes(scan.problems, errors, brackets.faults)
    if found:
        raise SpecError(found)
    if not items:
        raise SpecError((_nothing(source),))
    deep = too_deep(items)
    if deep is not None:
        raise SpecError((deep,))
    return Spec(items, scan.comments, Span(source, 0, len(source.text)))


def _nothing(source: Source) -> Diagnostic:
    what = "declares nothing" if source.text.strip() else "is empty"
    span = Span(source, 0, 0)
    return Diagnostic(
        "MC005", Severity.ERROR, f"this file {what}: a spec is made of processes and what they share", span
    )


def _without_echoes(
    problems: tuple[Diagnostic, ...], errors: tuple[Diagnostic, ...], faults: tuple[Fault, ...]
) -> tuple[Diagnostic, ...]:
    """Return the diagnostics that stand on their own, in the order of the text.

    A syntax error on the line of an unreadable character is its echo, and so is one between a bracket that does not
    match and the place where that shows; except that one which speaks of this very bracket takes its place.
    """
    lines = {problem.span.line for problem in problems if problem.span is not None}
    kept = [error for error in errors if error.span is None or error.span.line not in lines]
    found = list(problems)
    for fault in faults:
        speaking = [error for error in kept if any(note.span == fault.span for note in error.notes)]
        kept = [error for error in kept if error in speaking or not _is_echo(error, fault)]
        if not speaking:
            found.append(fault.diagnostic)
    found += kept
    return tuple(sorted(found, key=lambda diagnostic: diagnostic.span.start if diagnostic.span is not None else 0))


def _is_echo(error: Diagnostic, fault: Fault) -> bool:
    if error.span is None or error.span.start < fault.span.start:
        return False
    if fault.confined:
        return error.span.start <= fault.shows
    # In an unclosed block there may be errors of their own; that a declaration stands in it is none.
    return error.span.end >= fault.shows or error.code == "MC038" or fault.span.text != "{"
