"""Specs of which something is proved for any number of processes.

A header says what: `// proved: p q`, and `// violated: r` of what is not so.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modelcheck.language import pipeline
from modelcheck.result.verdict import EvidenceKind, Verdict
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.run import run

CASES = sorted((Path(__file__).parent / "proof").glob("*.mc"))
_CLAIM = re.compile(r"^// (proved|violated): (.+)$", re.MULTILINE)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    wanted = {what: set(names.split()) for what, names in _CLAIM.findall(path.read_text())}
    result = run(pipeline.load(path), str(path), Options(jobs=0, seconds=60))
    proved = {cell.property_name for cell in result.cells if cell.evidence is EvidenceKind.PROVED}
    violated = {cell.property_name for cell in result.cells if cell.verdict is Verdict.VIOLATED}
    assert proved - violated == wanted["proved"]
    assert violated == wanted.get("violated", set())
    assert {cell.verdict for cell in result.cells} <= {Verdict.HOLDS, Verdict.VIOLATED, Verdict.NOT_APPLICABLE}
