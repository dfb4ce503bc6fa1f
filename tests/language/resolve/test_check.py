"""``check`` looks at everything, ``instantiate`` at what the scenario uses."""

from __future__ import annotations

import pytest

from modelcheck.ground.diagnostics import Severity, SpecError
from modelcheck.language.resolve.resolve import check, instantiate
from modelcheck.language.syntax.parse import parse_text

TEXT = """
param N : int = 1;
shared x : int = 0;
inline unused() { x = nothing; }
process runs { x = 1; }
process idle { x = missing; }
init never { x = absent; }
scenario s { run runs; }
scenario t { run runs; param N = 2; }
"""


def test_check_finds_what_no_scenario_uses_once() -> None:
    found = check(parse_text(TEXT, "t.mc"))
    assert sorted(d.message for d in found) == [f"unknown name `{n}`" for n in ("absent", "missing", "nothing")]


def test_instantiate_looks_at_what_runs() -> None:
    found, diagnostics = instantiate(parse_text(TEXT, "t.mc"), "s")
    assert [p.name for p in found.processes] == ["runs"]
    assert diagnostics == ()


def test_several_errors_in_one_run() -> None:
    with pytest.raises(SpecError) as caught:
        instantiate(parse_text("process p { x = 1; y = 2; if (z) { w = 3; } } invariant i : v;", "t.mc"))
    assert [d.code for d in caught.value.diagnostics] == ["MC101"] * 5
    assert all(d.severity is Severity.ERROR for d in caught.value.diagnostics)


def test_a_variant_may_lack_a_label_that_a_property_names() -> None:
    spec = parse_text("shared x : int = 0; process p { x = 1; } cover c : at(p::gone);", "t.mc")
    with pytest.raises(SpecError):
        instantiate(spec)
    found, diagnostics = instantiate(spec, variant="v")
    assert found.properties[0].not_applicable is not None
    assert [(d.code, d.severity) for d in diagnostics] == [("MC119", Severity.HINT)]


def test_deep_expressions_are_resolved() -> None:
    deep = "(" * 60 + "x" + " + 1)" * 60
    instantiate(parse_text(f"shared x : int = 0; process p {{ x = {deep}; }}", "t.mc"))


def chain(length: int) -> str:
    calls = "".join(f"inline f{i}() {{ f{i + 1}(); }}\n" for i in range(length))
    return f"{calls} inline f{length}() {{ x = 1; }} shared x : int = 0; process p {{ f0(); }}"


def test_calls_may_nest_to_a_limit() -> None:
    found, _ = instantiate(parse_text(chain(39), "t.mc"))
    assert len(found.inlines) == 40
    with pytest.raises(SpecError) as caught:
        instantiate(parse_text(chain(400), "t.mc"))
    assert [d.code for d in caught.value.diagnostics] == ["MC212"]
