"""Every code that the package can print is explained, once, in text that fits a terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import modelcheck
from modelcheck.report.explanations import EXPLANATIONS, effects, engines, names, syntax, types, vacuity, variants

PACKAGE = Path(modelcheck.__file__).parent


def codes_in_use() -> set[str]:
    used: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if "explanations" not in path.parts:
            used |= set(re.findall(r"\"(MC\d{3})\"", path.read_text(encoding="utf-8")))
    return used


@pytest.mark.parametrize("family", ["MC1", "MC2", "MC3", "MC4", "MC5"])
def test_every_code_is_explained(family: str) -> None:
    assert {code for code in codes_in_use() if code.startswith(family)} <= set(EXPLANATIONS)


def test_no_code_is_explained_twice() -> None:
    modules = (syntax, names, types, variants, effects, vacuity, engines)
    assert sum(len(module.EXPLANATIONS) for module in modules) == len(EXPLANATIONS)


def test_explanations_fit_a_terminal_and_have_an_example() -> None:
    for explanation in EXPLANATIONS.values():
        lines = explanation.text.splitlines()
        assert max(map(len, lines)) <= 80, explanation.code
        assert any(line.startswith("    ") or line.startswith(" ") for line in lines), explanation.code
        assert explanation.title
