"""Patterns in the place of names."""

from __future__ import annotations

import pytest

from modelcheck.ground.diagnostics import SpecError
from modelcheck.language.syntax.parse import parse_text
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.patterns import designs, expand, is_pattern
from modelcheck.studies.matrix.plan import plan

SPEC = parse_text(
    """
shared x : 0..1 = 0;
process p { x = 1; }
invariant low : x == 0;
cover high : x == 1;
scenario one   { run p; }
scenario once  { run p; }
scenario other : one { slow; }
group both = one, once;
variant v1 { replace text { x = 1; } with { x = 0; } }
variant v2 { add scenario only_here { run p; } }
variant w  { add invariant lower : x >= 0; }
""".replace("replace text { x = 1; } with { x = 0; }", "replace { x = 1; } with { x = 0; }"),
    "patterns.mc",
)


def planned(**asked: object) -> set[tuple[str, str]]:
    return {(task.variant, task.scenario) for task in plan(SPEC, Options(**asked)).tasks}  # type: ignore[arg-type]


def test_expand() -> None:
    known = ["one", "once", "other"]
    assert expand(("on*",), known) == ("one", "once")
    assert expand(("o?e", "one", "[no]*r"), known) == ("one", "other")
    assert expand(("gone", "x*"), known) == ("gone", "x*")
    assert expand((), known) == ()
    assert is_pattern("a?")
    assert not is_pattern("plain_name")


def test_designs() -> None:
    assert designs(SPEC, None) == ("base",)
    assert designs(SPEC, "v*") == ("v1", "v2")
    assert designs(SPEC, "*") == ("base", "v1", "v2", "w")


def test_patterns_of_every_kind() -> None:
    assert planned(variants=("v*",), scenarios=("on*",)) == {
        ("v1", "one"),
        ("v1", "once"),
        ("v2", "one"),
        ("v2", "once"),
        ("v2", "only_here"),
    }
    assert planned(variants=("w",), scenarios=("both",)) == {("w", "one"), ("w", "once")}
    (task,) = plan(SPEC, Options(variants=("w",), scenarios=("one",), properties=("low*",))).tasks
    assert task.options.properties == ("low", "lower")


def test_a_slow_scenario_wants_its_full_name() -> None:
    assert planned(variants=("base",), scenarios=("o*",)) == {("base", "one"), ("base", "once")}
    assert planned(variants=("base",), scenarios=("o*", "other")) == {
        ("base", "one"),
        ("base", "once"),
        ("base", "other"),
    }
    assert ("base", "other") in planned(variants=("base",), scenarios=("o*",), slow=True)
    with pytest.raises(SpecError, match="every scenario is marked slow"):
        planned(variants=("base",), scenarios=("oth*",))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"variants": ("x*",)}, "MC301: no variant matches `x\\*`"),
        ({"scenarios": ("onc*e_",)}, "MC501: no scenario matches `onc\\*e_`; did you mean `once`?"),
        ({"properties": ("*lw",)}, "MC502: no property matches `\\*lw`; did you mean `low`?"),
    ],
)
def test_a_pattern_that_matches_nothing(asked: dict[str, tuple[str, ...]], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        planned(**asked)
