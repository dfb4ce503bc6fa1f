"""The formatter on files: the layout it makes, and that it is safe to run on any spec."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from modelcheck.ground.source import Source
from modelcheck.language.syntax.formatter.format import format_file, format_source

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SPECS = sorted([*(HERE / "fixtures").glob("*.mc"), *ROOT.glob("specs/**/*.mc"), *ROOT.glob("tests/features/*.mc")])


def formatted(text: str) -> str:
    return format_source(Source("x.mc", text))


def test_a_messy_spec() -> None:
    golden = HERE / "fixtures" / "messy.formatted.txt"
    text = formatted((HERE / "fixtures" / "messy.txt").read_text(encoding="utf-8"))
    if os.environ.get("MODELCHECK_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", SPECS, ids=lambda path: str(path.stem))
def test_formatting_twice_changes_nothing(path: Path) -> None:
    _, once = format_file(path)
    assert formatted(once) == once


def test_a_line_that_alignment_makes_too_long_leaves_its_table() -> None:
    text = (
        'scenario cold "nothing is cached yet; somebody else may take a page frame" { run reader[2], reclaim, foreign;'
        " }\nscenario any_readers_invalidate_shared : any_readers_invalidate { slow; }\n"
    )
    once = formatted(text)
    assert formatted(once) == once
    assert "scenario cold " in once


def test_line_ends_are_kept() -> None:
    assert formatted("process p {\r\n  x=1;\r\n}\r\n") == "process p {\r\n    x = 1;\r\n}\r\n"


def test_comment_columns_are_kept_where_the_code_leaves_them_free() -> None:
    text = "shared a : bool;        // one\nshared b : bool;        // two\n"
    assert formatted(text) == text
    assert (
        formatted("shared a:bool;// one\nshared bb : bool;    // two\n")
        == "shared a  : bool;    // one\nshared bb : bool;    // two\n"
    )
    assert formatted("object A pool 1;object B pool 1;    // two\n") == "object A pool 1;\nobject B pool 1;  // two\n"


def test_long_lines_are_broken_outside_of_brackets() -> None:
    terms = " && ".join(f"some_function(first{i}, second{i})" for i in range(9))
    text = formatted(f"invariant i : {terms};\n")
    lines = text.splitlines()
    assert len(lines) == 3
    assert all(len(line) <= 120 for line in lines)
    assert all(line.endswith(" &&") for line in lines[:-1])
    assert formatted(text) == text


def test_the_path_to_the_label_of_an_edit_is_kept() -> None:
    once = formatted("variant v { insert after p::at/f/l { skip_it(); } delete p::f/first..last; replace f::l { } }\n")
    assert "insert after p::at/f/l {" in once
    assert "delete p::f/first..last;" in once
    assert "replace f::l {" in once
    assert formatted(once) == once
