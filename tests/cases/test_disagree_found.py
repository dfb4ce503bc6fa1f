"""What campaigns on random models found, shrunk: the right answer stands in the header, and all programs give it."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.language.resolve.resolve import instantiate
from modelcheck.language.syntax.parse import parse_text
from tests.features import harness
from tests.random.compare import THOROUGH, compare

FOUND = sorted((Path(__file__).parent / "disagree_found").glob("*.mc"))


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_found(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    (claims,) = harness.read_header(path.stem, text).claims
    observed = harness.interpret(instantiate(parse_text(text, path.name), claims.scenario)[0])
    assert observed.lengths == claims.lengths
    assert {word: observed.numbers[word] for word in claims.numbers} == claims.numbers
    compared = compare(text, THOROUGH)
    assert (compared.instances, compared.refused, compared.too_big) == (1, [], 0)
