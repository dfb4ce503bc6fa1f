"""The hash of a system depends on what it means and not on where its text stands."""

from __future__ import annotations

from modelcheck.ir.fingerprint import fingerprint
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.semantics.elaborate import elaborate

TEXT = """shared x : 0..2 = 0;
process p { assert x < 2; x = 1; BUG_ON(x == 2); assert named: x > 0; }
obligation mine : assertion(named);
scenario all { run p[2]; }
"""


def _fingerprint(text: str, path: str) -> str:
    return fingerprint(elaborate(pipeline.Loaded(parse_text(text, path)).edited().resolved().model))


def test_asserts_without_a_name_are_not_told_by_the_path() -> None:
    assert _fingerprint(TEXT, "a.mc") == _fingerprint("// moved\n\n" + TEXT, "elsewhere/../a.mc")


def test_another_assert_is_another_system() -> None:
    assert _fingerprint(TEXT, "a.mc") != _fingerprint(TEXT.replace("x < 2", "x < 1"), "a.mc")
    assert _fingerprint(TEXT, "a.mc") != _fingerprint(TEXT.replace("named", "renamed"), "a.mc")
