"""The table of obligations: each kind is explained, and both semantics find it, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import modelcheck
from modelcheck.model.obligations import ALIASES, ASSERTED, FAULTS, OBLIGATIONS
from modelcheck.report.explanations.obligations import OBLIGATIONS as EXPLAINED

SEMANTICS = Path(modelcheck.__file__).parent / "semantics"
RAISED = re.compile(r'\.(?:fault|report|observe|state_fault)\(\s*(?:[^"()]|\([^()]*\))*?"([a-z_]+)"')


def raised(semantics: str) -> Iterator[str]:
    """The kinds that the code of one of the semantics raises by name."""
    for path in (SEMANTICS / semantics).rglob("*.py"):
        yield from RAISED.findall(path.read_text(encoding="utf-8"))


def test_every_kind_is_explained() -> None:
    assert set(EXPLAINED) >= set(OBLIGATIONS)
    assert set(ALIASES.values()) <= set(OBLIGATIONS)
    assert not set(ALIASES) & set(OBLIGATIONS)


@pytest.mark.parametrize("semantics", ["interpreter", "elaborate"])
def test_no_semantics_raises_a_kind_that_is_not_in_the_table(semantics: str) -> None:
    found = set(raised(semantics))
    assert len(found) > 5
    assert found <= set(OBLIGATIONS)


@pytest.mark.parametrize("semantics", ["interpreter", "elaborate"])
@pytest.mark.parametrize("kind", OBLIGATIONS)
def test_both_semantics_know_every_kind(semantics: str, kind: str) -> None:
    texts = [path.read_text(encoding="utf-8") for path in (SEMANTICS / semantics).rglob("*.py")]
    named = any(f'"{kind}"' in text for text in texts)
    ir = (Path(modelcheck.__file__).parent / "ir" / "system.py").read_text(encoding="utf-8")
    # Of whole systems the forms of properties say it; what an assert finds is the kind of the assert (features/rcu_*).
    assert named or f'"{kind}"' in ir or kind in ASSERTED | {"assertion"}


def test_what_always_ends_a_run_is_said_in_the_semantics() -> None:
    page = (Path(modelcheck.__file__).parent.parent / "docs" / "semantics.md").read_text(encoding="utf-8")
    rows = [row for row in page.splitlines() if row.startswith("| `")]
    for kind in FAULTS:
        assert any(f"`{kind}`" in row and "yes" in row.rsplit("|", 2)[1] for row in rows), kind
