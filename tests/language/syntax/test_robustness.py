"""Whatever the text, the parser answers with a tree or with diagnostics, and soon: no traceback, no endless wait."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelcheck.ground.diagnostics import SpecError
from modelcheck.ground.source import Source
from modelcheck.language.syntax.files import MAX_BYTES, decode
from modelcheck.language.syntax.formatter.unparse import unparse
from modelcheck.language.syntax.parse import parse_file, parse_text
from modelcheck.language.syntax.parser.grammar import compiled_grammar
from modelcheck.language.syntax.parser.lexer import make_scanner
from modelcheck.report.texts.diagnostics_text import render_diagnostics

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*.mc"))
MANY = 10_000


def codes(text: str) -> list[str]:
    """Parse; return the codes of the errors (none: it is a spec). The rendered text must be printable."""
    try:
        parse_text(text, "x.mc")
    except SpecError as error:
        diagnostics = error.diagnostics
    else:
        return []
    assert diagnostics
    rendered = render_diagnostics(diagnostics)
    assert all(character == "\n" or character.isprintable() for character in rendered)
    return [diagnostic.code for diagnostic in diagnostics]


def body(text: str) -> str:
    return f"process p {{ {text} }}\n"


DEEP = {
    "parentheses": body("x = " + "(" * MANY + "1" + ")" * MANY + ";"),
    "open parentheses": body("x = " + "(" * MANY),
    "braces": body("{" * MANY + "}" * MANY),
    "open braces": "process p " + "{" * MANY,
    "else ifs": body("if (a) { } " + "else if (b) { } " * MANY),
    "negations": body("x = " + "!" * MANY + "a;"),
    "a sum": body("x = " + "a+" * 5000 + "a;"),
    "implications": body("x = " + "a=>" * 5000 + "a;"),
    "conditionals": body("x = " + "a?b:" * 5000 + "a;"),
    "labels": body("a: " * MANY + ";"),
    "ifs": body("if (a) " * MANY + ";"),
    "dos": body("do " * MANY + ";" + " while (1);" * MANY),
    "indexes": body("x = a" + "[0]" * MANY + ";"),
    "members": body("x = a" + ".b" * MANY + ";"),
    "primes": body("x = a" + "'" * MANY + ";"),
    "opts": "shared x : " + "opt " * MANY + "bool;",
    "arrays": "shared x : bool" + "[3]" * MANY + ";",
    "quantifiers": "invariant i : " + "forall x in D : " * MANY + "true;",
    "sets": "shared x : " + "set<" * MANY + "bool" + ">" * MANY + ";",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP.keys())
def test_depth_is_limited(text: str) -> None:
    assert "MC029" in codes(text)


@pytest.mark.parametrize("depth", [1, 50, 95])
def test_depth_below_the_limit_is_fine(depth: int) -> None:
    assert not codes(body("x = " + "(" * depth + "1" + ")" * depth + ";"))
    assert not codes(body("x = " + "a+" * depth + "a;"))
    assert not codes(body("if (a) { } " + "else if (b) { } " * depth))


AT_THE_LIMIT = {
    "ifs": body("if (a)\n" * 190 + "x = 1;"),
    "dos": body("do\n" * 190 + "x = 1;" + "\nwhile (a);" * 190),
    "labels": body("l:\n" * 190 + ";"),
    "a sum": body("x = " + "a+" * 190 + "a;"),
    "negations": body("x = " + "- " * 190 + "a;"),
    "conditionals": body("x = " + "a?b:" * 190 + "a;"),
    "else ifs": body("if (a) { }\n" + "else if (b) { }\n" * 190),
    "methods": body("x = a" + ".b()" * 190 + ";"),
    "quantifiers": "invariant i : " + "forall x in D : " * 190 + "true;",
    "types": "shared x : " + "opt " * 190 + "bool;",
    "blocks": body("atomic {\n" * 95 + "x = 1;" + " }" * 95),
}


@pytest.mark.parametrize("text", AT_THE_LIMIT.values(), ids=AT_THE_LIMIT.keys())
def test_trees_at_the_limit_can_be_used(text: str) -> None:
    spec = parse_text(text, "x.mc")
    assert parse_text(unparse(spec), "x.mc") == spec
    assert hash(spec) == hash(parse_text(text, "y.mc"))
    assert repr(spec)


MALFORMED = {
    "nothing": ("", "MC005"),
    "white space": (" \n\t \r\n", "MC005"),
    "comments": ("// a\n/* b */", "MC005"),
    "semicolons": (";;;", "MC005"),
    "a NUL": ("process p { }\0", "MC004"),
    "an open comment": ("process p { }\n/* a", "MC011"),
    "an open string": ('import "a', "MC012"),
    "a long number": (body("x = " + "9" * 5000 + ";"), "MC014"),
    "a long hexadecimal number": (body("x = 0x" + "f" * 5000 + ";"), "MC014"),
    "an unclosed brace": ("process p {", "MC022"),
    "a stray brace": ("process p { } }", "MC023"),
    "too much text": ("x" * (MAX_BYTES + 1), "MC002"),
}


@pytest.mark.parametrize(("text", "code"), MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_texts(text: str, code: str) -> None:
    assert codes(text) == [code]


LONG = {
    "semicolons": ";" * 400_000,
    "quotes": '"' * 400_000,
    "closing braces": "}" * 400_000,
    "comment openings": "/*" * 200_000,
    "junk": "@" * 400_000,
    "non-ASCII junk": "\u00e9 " * 200_000,
    "mixed brackets": "(]" * 200_000,
    "else": "else " * 90_000,
    "a long name": body("x" * 400_000 + " = 1;"),
    "a long comment": "/*" + "*" * 400_000 + "*/" + body(""),
    "a long enum": "enum E {" + "a," * 200_000 + "}",
    "a long set": body("x = {" + "1," * 200_000 + "};"),
    "many errors": body("x = ;\n" * 60_000),
    "many items": "shared x : bool;\n" * 29_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_long_texts_take_seconds(text: str) -> None:
    start = time.process_time()
    codes(text)
    assert time.process_time() - start < 10


def damaged(text: str, chance: random.Random) -> str:
    """Return the text with one to four lexemes dropped, doubled, swapped, replaced or cut short."""
    lexemes = [lexeme.text for lexeme in make_scanner(compiled_grammar().tables).scan(Source("x.mc", text)).lexemes]
    for _ in range(chance.randint(1, 4)):
        position = chance.randrange(len(lexemes))
        match chance.randrange(6):
            case 0:
                del lexemes[position]
            case 1:
                lexemes.insert(position, lexemes[position])
            case 2:
                lexemes[position] = chance.choice(lexemes)
            case 3:
                lexemes.insert(
                    position,
                    chance.choice(
                        [
                            "{",
                            "}",
                            "(",
                            ")",
                            "[",
                            "]",
                            ";",
                            ",",
                            ":",
                            "=",
                            "==",
                            "->",
                            ".",
                            "'",
                            "&",
                            "*",
                            "$",
                            "if",
                            "else",
                            "process",
                            "in",
                        ]
                    ),
                )
            case 4:
                other = chance.randrange(len(lexemes))
                lexemes[position], lexemes[other] = lexemes[other], lexemes[position]
            case _:
                lexemes = lexemes[: position + 1]
        if len(lexemes) < 2:
            return "x"
    return "\n".join(lexemes) if chance.random() < 0.5 else " ".join(lexemes)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: str(path.stem))
def test_damaged_specs(path: Path) -> None:
    chance = random.Random(path.name)
    text = path.read_text(encoding="utf-8")
    for _ in range(25):
        codes(damaged(text, chance))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(st.sampled_from("{}()[];:,.'\"/*=<>+-&|!?_ \n\tab1#\\\u00e9\u202e\x1b"), max_size=60))
def test_random_characters(text: str) -> None:
    codes(text)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
def test_random_bytes(data: bytes) -> None:
    try:
        text = decode(data, "x.mc")
    except SpecError as error:
        render_diagnostics(error.diagnostics)
    else:
        codes(text)


# ------------------------------------------------------------------------------------------- files


def file_codes(path: Path) -> list[str]:
    with pytest.raises(SpecError) as caught:
        parse_file(path)
    render_diagnostics(caught.value.diagnostics)
    return [diagnostic.code for diagnostic in caught.value.diagnostics]


def test_missing_files_and_directories(tmp_path: Path) -> None:
    assert file_codes(tmp_path / "missing.mc") == ["MC001"]
    assert file_codes(tmp_path) == ["MC001"]
    assert file_codes(Path("a\0b.mc")) == ["MC001"]
    assert file_codes(tmp_path / ("x" * 5000)) == ["MC001"]
    loop = tmp_path / "loop.mc"
    loop.symlink_to(loop)
    assert file_codes(loop) == ["MC001"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"process p { }\n// \xff\n", "MC003"),
        ("process p { }".encode("utf-16"), "MC003"),
        ("process p { }".encode("utf-16-be"), "MC004"),
        (b"\x7fELF\0\0\0", "MC004"),
        (b"\x89PNG\r\n\x1a\n", "MC003"),
        (b"\xef\xbb\xbf", "MC005"),
        (b"x" * 11_000_000, "MC002"),
    ],
    ids=["invalid UTF-8", "UTF-16", "UTF-16 without mark", "binary", "image", "only a mark", "huge"],
)
def test_files_that_are_no_specs(tmp_path: Path, data: bytes, code: str) -> None:
    path = tmp_path / "x.mc"
    path.write_bytes(data)
    assert file_codes(path) == [code]


def test_invalid_bytes_are_located(tmp_path: Path) -> None:
    path = tmp_path / "x.mc"
    path.write_bytes("// \u00e9\n// ".encode() + b"\xff\n")
    with pytest.raises(SpecError) as caught:
        parse_file(path)
    (diagnostic,) = caught.value.diagnostics
    assert "byte 9 (0xff), in line 2" in diagnostic.message
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.column) == (2, 4)


def test_byte_order_mark_and_carriage_returns(tmp_path: Path) -> None:
    path = tmp_path / "x.mc"
    path.write_bytes(b"\xef\xbb\xbfprocess p {\r\n    x = 1; // a\r\n}\r\n")
    spec = parse_file(path)
    assert len(spec.items) == 1
    assert spec.comments[0].text == "// a"
    assert spec.items[0].span.line == 1
