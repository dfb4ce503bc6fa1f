"""Golden tests of syntax errors: ``errors/NNN-name.mc`` and what is said about it, ``errors/NNN-name.expect``.

``MODELCHECK_UPDATE_GOLDEN=1 pytest tests/language/syntax/test_errors.py`` rewrites the expected
texts; read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from modelcheck.ground.diagnostics import Severity, SpecError
from modelcheck.ground.source import Source
from modelcheck.language.syntax.files import read_source
from modelcheck.language.syntax.parse import parse_source
from modelcheck.report.texts.diagnostics_text import render_diagnostics

CASES = sorted((Path(__file__).parent / "errors").glob("*.mc"))


def diagnostics_of(source: Source) -> SpecError:
    with pytest.raises(SpecError) as caught:
        parse_source(source)
    return caught.value


@pytest.mark.parametrize("path", CASES, ids=lambda path: str(path.stem))
def test_errors_read_as_expected(path: Path) -> None:
    read = read_source(path)
    error = diagnostics_of(Source(path.name, read.text))
    text = render_diagnostics(error.diagnostics)
    golden = path.with_suffix(".expect")
    if os.environ.get("MODELCHECK_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", CASES, ids=lambda path: str(path.stem))
def test_errors_are_usable(path: Path) -> None:
    """Each has a place in the file, none is said twice, fix-its lie in the file."""
    source = read_source(path)
    found = diagnostics_of(source).diagnostics
    assert found
    assert len({(diagnostic.code, diagnostic.span, diagnostic.message) for diagnostic in found}) == len(found)
    for diagnostic in found:
        assert diagnostic.severity is Severity.ERROR
        assert diagnostic.span is not None
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(source.text)
        for fix in diagnostic.fixes:
            assert 0 <= fix.span.start <= fix.span.end <= len(source.text)


FIXABLE = [
    ("process p { x = 1 }", "process p { x = 1; }"),
    ("process p { if (x = 1) { } }", "process p { if (x == 1) { } }"),
    ("process p { x == 1; }", "process p { x = 1; }"),
    ("invariant i : a and b;", "invariant i : a && b;"),
    ("process p { local bool x; }", "process p { local x : bool; }"),
    ("process p { struct page *x; }", "process p { local x : ref page; }"),
    ("inline f(int x) { }", "inline f(x : int) { }"),
    ("process p { out: }", "process p { out: ; }"),
    ("process p { x = f(a; }", "process p { x = f(a); }"),
    ("procces p { }", "process p { }"),
    ("variant v { inline f() { } }", "variant v { override inline f() { } }"),
    ("shared x : int = 10UL;", "shared x : int = 10;"),
    ("process p { if (a) { } elif (b) { } }", "process p { if (a) { } else if (b) { } }"),
    ("process p { x = new T { a = 1, b = 2; }; }", "process p { x = new T { a = 1; b = 2; }; }"),
    ("process p { x := 1; }", "process p { x = 1; }"),
    ("invariant i : a \u2264 b;", "invariant i : a <= b;"),
]


@pytest.mark.parametrize(("text", "fixed"), FIXABLE)
def test_the_first_fix_repairs(text: str, fixed: str) -> None:
    diagnostic = diagnostics_of(Source("x.mc", text)).diagnostics[0]
    fix = diagnostic.fixes[0]
    result = text[: fix.span.start] + fix.replacement + text[fix.span.end :]
    assert result == fixed
    parse_source(Source("x.mc", result))
