"""What is said of spellings: each ``spelling/*.mc`` states it in its header.

``// lint: SEVERITY CODE LINE:COLUMN, ...`` or ``nothing``: all that ``lint`` finds. ``// fix: TEXT,
...``: what the fixes write, in order. ``// footer: TEXT``: stands behind the green cells of
``check``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.language.pipeline import load
from modelcheck.report.texts.check_text import check_text
from modelcheck.studies.matrix.lint import lint_spec
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.run import run

CASES = sorted((Path(__file__).parent / "spelling").glob("*.mc"))


def claims(path: Path) -> dict[str, str]:
    """Return what the header claims, by its word."""
    lines = [line[2:].strip() for line in path.read_text().splitlines() if line.startswith("//")]
    return {
        word: text for word, _, text in (line.partition(": ") for line in lines) if word in ("lint", "fix", "footer")
    }


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_findings(path: Path) -> None:
    found = lint_spec(path)
    told = ", ".join(f"{one.severity.value} {one.code} {one.span.line}:{one.span.column}" for one in found if one.span)
    assert (told or "nothing") == claims(path)["lint"]
    if "fix" in claims(path):
        assert ", ".join(fix.replacement for one in found for fix in one.fixes) == claims(path)["fix"]


@pytest.mark.parametrize("path", [path for path in CASES if "footer" in claims(path)], ids=lambda path: path.stem)
def test_green_cells_say_what_is_not_modelled(path: Path) -> None:
    text = check_text(run(load(path), path.name, Options()))
    assert claims(path)["footer"] in " ".join(text.split())
