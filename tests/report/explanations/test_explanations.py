"""Every code that the package can report is explained, once, with an example, in lines that fit a terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import modelcheck
from modelcheck.ground.diagnostics import SpecError
from modelcheck.language.pipeline import OBLIGATION_KINDS
from modelcheck.language.syntax.parse import parse_text
from modelcheck.report.explanations import EXPLANATIONS, effects, engines, names, syntax, types, vacuity, variants
from modelcheck.report.explanations.obligations import OBLIGATIONS

PACKAGE = Path(modelcheck.__file__).parent
MODULES = (
    ("MC0", syntax),
    ("MC1", names),
    ("MC2", types),
    ("MC3", variants),
    ("MC4", effects),
    ("MC4", vacuity),
    ("MC5", engines),
)


def codes_in_use() -> dict[str, list[str]]:
    """Return each code that stands as a string in the package, with the files that hold it."""
    found: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if "explanations" not in path.parts:
            for code in re.findall(r'"(MC\d{3})"', path.read_text(encoding="utf-8")):
                found.setdefault(code, []).append(str(path.relative_to(PACKAGE)))
    return found


def test_every_built_in_obligation_is_explained() -> None:
    assert tuple(OBLIGATIONS) == OBLIGATION_KINDS
    for kind, text in OBLIGATIONS.items():
        assert text.endswith(".\n"), kind
        assert all(len(line) <= 80 for line in text.splitlines()), kind


def test_every_code_is_explained() -> None:
    missing = {code: files for code, files in codes_in_use().items() if code not in EXPLANATIONS}
    assert not missing


def test_every_explanation_is_of_a_code_in_use() -> None:
    assert not set(EXPLANATIONS) - set(codes_in_use())


def test_none_is_explained_twice() -> None:
    assert sum(len(module.EXPLANATIONS) for _, module in MODULES) == len(EXPLANATIONS)


def test_codes_lie_in_their_module_in_order() -> None:
    for prefix, module in MODULES:
        codes = [explanation.code for explanation in module.EXPLANATIONS]
        assert codes == sorted(codes)
        assert all(code.startswith(prefix) for code in codes)


@pytest.mark.parametrize("code", sorted(EXPLANATIONS))
def test_explanations_are_readable(code: str) -> None:
    explanation = EXPLANATIONS[code]
    assert explanation.title
    assert not explanation.title.endswith(".")
    assert explanation.text.endswith("\n")
    assert all(len(line) <= 80 for line in explanation.text.splitlines())
    assert "    " in explanation.text, "an example is indented"


#: A text for each code of the syntax that a text alone can provoke.
PROVOKED = {
    "MC004": "\0",
    "MC005": "",
    "MC010": "process p { x = 1 @ 2; }",
    "MC011": "/*",
    "MC012": '"',
    "MC013": "param X = 010;",
    "MC014": f"param X = {'1' * 2000};",
    "MC020": "process p { if x { } }",
    "MC021": "process p { x = 1 }",
    "MC022": "process p {",
    "MC023": "process p { x = a[1); }",
    "MC024": "process p { if (x = 1) { } }",
    "MC025": "invariant i : a and b;",
    "MC026": "shared loop : bool;",
    "MC027": "int x = 0;",
    "MC028": "variant v { inline f() { } }",
    "MC029": "process p { x = " + "a + " * 300 + "a; }",
    "MC030": "process p { x; }",
    "MC031": "process p { f() = 1; }",
    "MC032": "process p { out: }",
    "MC033": "count c : exactly once f(x) per r(x) until next q;",
    "MC034": "leads_to x : a;",
    "MC035": "process p { int x = 0; }",
    "MC036": "cover c : at(p::a, q::b);",
    "MC038": "process p { shared x : bool; }",
}


@pytest.mark.parametrize(("code", "text"), PROVOKED.items(), ids=PROVOKED.keys())
def test_syntax_codes_can_be_provoked(code: str, text: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_text(text, "x.mc")
    assert code in [diagnostic.code for diagnostic in caught.value.diagnostics]
