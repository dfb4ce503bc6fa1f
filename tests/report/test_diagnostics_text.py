"""Diagnostics as text: places, underlines, notes, fixes, and what must not reach a terminal."""

from __future__ import annotations

import re
import unicodedata
from textwrap import dedent

from hypothesis import given, settings
from hypothesis import strategies as st

from modelcheck.ground.diagnostics import Diagnostic, Fix, Note, Severity
from modelcheck.ground.source import NOWHERE, Source, Span
from modelcheck.report.texts.diagnostics_text import render_diagnostic, render_diagnostics, summary


def error(source: Source, part: str, message: str = "message", **more: object) -> Diagnostic:
    start = source.text.index(part)
    span = Span(source, start, start + len(part))
    return Diagnostic("MC020", Severity.ERROR, message, span, **more)  # type: ignore[arg-type]


def page(text: str) -> str:
    return dedent(text).lstrip("\n")


def test_one_line() -> None:
    source = Source("a/page.mc", "process p {\n    x = yy;\n}\n")
    assert render_diagnostic(error(source, "yy")) == page("""
        a/page.mc:2:9: error[MC020]: message
             2 |     x = yy;
               |         ^~
    """)


def test_an_empty_span_is_a_caret_behind_the_text() -> None:
    source = Source("x.mc", "a = 1\nb;\n")
    diagnostic = Diagnostic("MC021", Severity.ERROR, "expected `;`", Span(source, 5, 5))
    assert render_diagnostic(diagnostic) == page("""
        x.mc:1:6: error[MC021]: expected `;`
             1 | a = 1
               |      ^
    """)


def test_several_lines() -> None:
    source = Source("x.mc", "a (b\n\n    c)\nd\n")
    assert render_diagnostic(error(source, "(b\n\n    c)")) == page("""
        x.mc:1:3: error[MC020]: message
             1 | a (b
               |   ^~
             3 |     c)
               |     ^~
    """)


def test_many_lines_are_cut_short() -> None:
    source = Source("x.mc", "{\n" + "".join(f"  line{i};\n" for i in range(9)) + "}\n")
    assert render_diagnostic(error(source, source.text.rstrip())) == page("""
        x.mc:1:1: error[MC020]: message
             1 | {
               | ^
             2 |   line0;
               |   ^~~~~~
           ... |
            11 | }
               | ^
    """)


def test_a_span_that_ends_with_its_line() -> None:
    source = Source("x.mc", "abc\ndef\n")
    assert render_diagnostic(error(source, "bc\n")).count("|") == 2


def test_tabs_and_wide_characters_keep_the_underline_in_place() -> None:
    source = Source("x.mc", "\tx\t= \u6f22y;\n")
    text = render_diagnostic(error(source, "y"))
    shown, marks = text.splitlines()[1:]
    assert shown == "     1 |         x       = \u6f22y;"
    assert marks.index("^") == shown.index("y") + 1  # the wide character takes two columns


def test_what_a_terminal_would_act_on_is_escaped() -> None:
    source = Source("evil\x1b[0m.mc", 'x = "\x1b[31m\u202e\x07" y;\r\n')
    text = render_diagnostic(error(source, "y", "found `\x1b[2J`"))
    assert text == page(r"""
        evil\x1b[0m.mc:1:15: error[MC020]: found `\x1b[2J`
             1 | x = "\x1b[31m\u202e\x07" y;
               |                          ^
    """)


def test_long_lines_are_clipped_around_the_span() -> None:
    source = Source("x.mc", "a" * 300 + " here " + "b" * 300)
    text = render_diagnostic(error(source, "here"))
    shown, marks = text.splitlines()[1:]
    assert len(shown) <= 80
    assert shown[marks.index("^") :].startswith("here")
    assert shown.endswith("...")
    assert " | ..." in shown


def test_notes_and_fixes() -> None:
    source, other = Source("x.mc", "a b\n"), Source("y.mc", "c\n")
    diagnostic = error(
        source,
        "b",
        notes=(Note("same file", Span(source, 0, 1)), Note("other file", Span(other, 0, 1)), Note("word " * 20)),
        fixes=(Fix("write `c`", Span(source, 2, 3), "c"),),
    )
    assert render_diagnostic(diagnostic) == page("""
        x.mc:1:3: error[MC020]: message
             1 | a b
               |   ^
               = note: line 1: same file
             1 | a b
               | ^
               = note: y.mc:1:1: other file
             1 | c
               | ^
               = note: word word word word word word word word word word word word word
                       word word word word word word word
               = fix: write `c`
    """)


def test_without_a_place() -> None:
    for span in (None, NOWHERE):
        diagnostic = Diagnostic("MC001", Severity.WARNING, "no file", span)
        assert render_diagnostic(diagnostic) == "modelcheck: warning[MC001]: no file\n"


def test_severities_and_summary() -> None:
    found = [Diagnostic("MC001", severity, "m", None) for severity in (*Severity, Severity.ERROR)]
    assert [line.split("[")[0] for line in render_diagnostics(found).split("\n") if line] == [
        "modelcheck: error",
        "modelcheck: warning",
        "modelcheck: hint",
        "modelcheck: error",
    ]
    assert summary(found) == "2 errors, 1 warning"
    assert summary([]) == ""
    assert render_diagnostics([]) == ""


def test_colour_only_adds_escapes() -> None:
    source = Source("x.mc", "a b\n")
    diagnostic = error(source, "b", notes=(Note("n", Span(source, 0, 1)),), fixes=(Fix("f", Span(source, 0, 1), ""),))
    coloured = render_diagnostic(diagnostic, colour=True)
    assert "\x1b[1;31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render_diagnostic(diagnostic)


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.characters() | st.sampled_from("\n\t \r\x1b"), max_size=200),
    st.integers(0, 200),
    st.integers(0, 200),
    st.integers(10, 200),
)
def test_any_span_of_any_text(text: str, start: int, length: int, width: int) -> None:
    start = min(start, len(text))
    span = Span(Source("x.mc", text), start, min(start + length, len(text)))
    rendered = render_diagnostic(Diagnostic("MC020", Severity.ERROR, "m", span), width=width)
    assert all(character == "\n" or character.isprintable() for character in rendered)
    assert "^" in rendered
    # A mark over another character takes no room of its own.
    wide = [[c for c in line if not unicodedata.combining(c)] for line in rendered.splitlines()]
    assert all(len(line) <= max(width, 40) for line in wide)
