"""The oracle: what `expect` lines say about cells."""

from __future__ import annotations

import pytest

from modelcheck.ground.diagnostics import DiagnosticBag
from modelcheck.ground.source import Span
from modelcheck.language import variants
from modelcheck.language.syntax.parse import parse_text
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.expectations import Expectation, Expectations, Outcome, compare, expectations

SCENARIOS, PROPERTIES = ("s1", "s2", "s3"), ("p", "q", "deadlock")


def read(text: str) -> tuple[Expectations, list[str]]:
    bag = DiagnosticBag()
    lines = variants.expectations(parse_text(f"model m; {text}", "m.mc"), None)
    found = expectations(lines, SCENARIOS, PROPERTIES, bag, "base")
    return found, [f"{diagnostic.code} {diagnostic.message}" for diagnostic in bag.found]


def table(text: str) -> list[str]:
    """One word per scenario: h, v, u or . for each property."""
    found, errors = read(text)
    assert not errors
    letters = {Expectation.HOLDS: "h", Expectation.VIOLATED: "v", Expectation.UNKNOWN: "u"}
    rows = []
    for scenario in SCENARIOS:
        claims = [found.claim(scenario, name) for name in PROPERTIES]
        rows.append("".join("." if claim is None else letters[claim.expectation] for claim in claims))
    return rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", ["...", "...", "..."]),
        ("expect holds all;", ["hhh", "hhh", "hhh"]),
        ("expect holds all except { p };", ["vhh", "vhh", "vhh"]),
        ("expect holds all except { p, q in s1, s2; deadlock in s3 };", ["vvh", "vvh", "hhv"]),
        ("expect holds all except { all in s2 };", ["hhh", "vvv", "hhh"]),
        ("expect violates p in s1;", ["v..", "...", "..."]),
        ("expect violates all except { deadlock };", ["vvh", "vvh", "vvh"]),
        ("expect unknown all in s3; expect holds all in s1, s2;", ["hhh", "hhh", "uuu"]),
        ("expect holds all in s1 except { q }; expect violates q in s2;", ["hvh", ".v.", "..."]),
        ("expect holds all; expect violates p in s1; expect unknown q;", ["vuh", "huh", "huh"]),
        ("expect holds q in s2; expect holds all except { p };", ["vhh", "vhh", "vhh"]),
        ("expect holds all except { all in s2 }; expect holds p in s2;", ["hhh", "hvv", "hhh"]),
    ],
)
def test_what_lines_say_about_cells(text: str, rows: list[str]) -> None:
    assert table(text) == rows


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("expect holds pp;", "MC320 there is no property `pp` in variant `base`; did you mean `p`?"),
        ("expect holds all in s4;", "MC320 there is no scenario `s4` in variant `base`; did you mean `s3`?"),
        ("expect violates s1;", "MC320 there is no property `s1` in variant `base`, it is a scenario: write `all in s1`"),
        ("expect holds all except { dead };", "MC320 there is no property `dead` in variant `base`; did you mean `deadlock`?"),
        ("expect holds all in s1 except { p in s2 };", "MC321 `s2` is an exception from a line that does not speak about it"),
        ("expect holds p except { q };", "MC321 `q` is an exception from a line that does not speak about it"),
        ("expect unknown all except { q };", "MC321 `expect unknown` takes no exceptions: there is no telling what they would be"),
        ("expect holds all except { p in s1 }; expect violates p;", "MC322 two `expect` lines name `p` in `s1`: take it out of one of them"),
        ("expect holds p in s1; expect holds p;", "MC322 two `expect` lines name `p` in `s1`: take it out of one of them"),
        ("expect holds all; expect unknown all in s2;", "MC322 two `expect` lines speak about `p` in `s2` as one of `all`: say it once"),
    ],
)  # fmt: skip
def test_lines_that_make_no_sense(text: str, error: str) -> None:
    _, errors = read(text)
    assert errors == [error]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("expect holds all except { p, q in s1; p in s1, s9 };", "s9"),
        ("expect holds all except { p; pp, q in s1 };", "pp"),
        ("expect violates s1;", "s1"),
    ],
)
def test_only_the_name_that_is_wrong_is_underlined(text: str, word: str) -> None:
    assert [span.text for span in _wrong(text)] == [word]


def test_a_scenario_is_looked_for_behind_the_property_of_the_same_name() -> None:
    (found,) = _wrong("expect holds p in p;")
    assert found.start == len("expect holds p in ")


def _wrong(text: str) -> list[Span]:
    bag = DiagnosticBag()
    expectations(variants.expectations(parse_text(text, "m.mc"), None), SCENARIOS, PROPERTIES, bag, "base")
    return [diagnostic.span for diagnostic in bag.found if diagnostic.span is not None]


def outcome(text: str, verdict: Verdict, scenario: str = "s1", name: str = "p") -> Outcome:
    found, _ = read(text)
    return compare(found.claim(scenario, name), verdict)


@pytest.mark.parametrize(
    ("text", "verdict", "expected"),
    [
        ("expect holds all;", Verdict.HOLDS, Outcome.AS_EXPECTED),
        ("expect holds all;", Verdict.VIOLATED, Outcome.SURPRISE),
        ("expect holds all;", Verdict.BOUNDED, Outcome.UNDECIDED),
        ("expect holds all;", Verdict.UNKNOWN, Outcome.UNDECIDED),
        ("expect holds all;", Verdict.ERROR, Outcome.UNDECIDED),
        ("expect violates all;", Verdict.VIOLATED, Outcome.AS_EXPECTED),
        ("expect violates all;", Verdict.HOLDS, Outcome.SURPRISE),
        ("expect violates all;", Verdict.BOUNDED, Outcome.UNDECIDED),
        ("expect unknown all;", Verdict.UNKNOWN, Outcome.AS_EXPECTED),
        ("expect unknown all;", Verdict.BOUNDED, Outcome.AS_EXPECTED),
        ("expect unknown all;", Verdict.HOLDS, Outcome.SURPRISE),
        ("", Verdict.VIOLATED, Outcome.VIOLATION),
        ("", Verdict.HOLDS, Outcome.UNCLAIMED),
        ("", Verdict.UNKNOWN, Outcome.UNDECIDED),
        ("expect holds all;", Verdict.NOT_APPLICABLE, Outcome.ABSENT),
        ("expect violates all;", Verdict.NOT_APPLICABLE, Outcome.ABSENT),
        ("expect violates p;", Verdict.NOT_APPLICABLE, Outcome.ABSENT),
        ("expect violates p in s1;", Verdict.NOT_APPLICABLE, Outcome.SURPRISE),
        ("expect holds p in s1;", Verdict.NOT_APPLICABLE, Outcome.SURPRISE),
        ("expect holds p;", Verdict.NOT_APPLICABLE, Outcome.ABSENT),
        ("expect holds all in s1;", Verdict.NOT_APPLICABLE, Outcome.ABSENT),
        ("expect unknown p in s1;", Verdict.NOT_APPLICABLE, Outcome.ABSENT),
        ("expect violates all except { p in s1 };", Verdict.NOT_APPLICABLE, Outcome.SURPRISE),
        ("expect holds all in s1 except { p };", Verdict.NOT_APPLICABLE, Outcome.SURPRISE),
    ],
)
def test_verdicts_against_the_oracle(text: str, verdict: Verdict, expected: Outcome) -> None:
    assert outcome(text, verdict) is expected


def test_variants_have_expectations_of_their_own() -> None:
    spec = parse_text("expect holds all; variant v { param X = 1; } variant w : v { expect violates p; }", "m.mc")
    assert [len(variants.expectations(spec, name)) for name in ("base", "v", "w")] == [1, 0, 1]


def test_the_name_of_an_assert_is_no_property() -> None:
    bag = DiagnosticBag()
    lines = variants.expectations(parse_text("model m; expect holds all except { positive };", "m.mc"), None)
    expectations(lines, SCENARIOS, PROPERTIES, bag, "base", {"positive"})
    (found,) = bag.found
    assert found.code == "MC320"
    assert [note.message for note in found.notes] == [
        "an assert has that name; `obligation positive : assertion(positive);` makes it a property"
    ]
