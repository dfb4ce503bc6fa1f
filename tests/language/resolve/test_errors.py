"""Golden diagnostics: each ``errors/NNN-name.mc`` is checked, what is found must be what ``.expect`` says.

``python -m tests.language.resolve.test_errors`` writes the ``.expect`` files anew; read the
difference before you commit it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from modelcheck.ground.diagnostics import Diagnostic, SpecError
from modelcheck.language.resolve.resolve import check
from modelcheck.language.syntax.parse import parse_text

DIRECTORY = Path(__file__).parent / "errors"
CASES = sorted(DIRECTORY.glob("*.mc"))


def findings(path: Path) -> tuple[Diagnostic, ...]:
    """Return everything that is found in the spec at ``path``."""
    try:
        return check(parse_text(path.read_text(), path.name))
    except SpecError as error:
        return error.diagnostics


def listing(found: Iterable[Diagnostic]) -> str:
    """Return one line for each diagnostic, note and fix, in the order of the text."""
    lines: list[str] = []
    for d in sorted(found, key=lambda d: (d.span.start if d.span is not None else -1, d.code, d.message)):
        where = "-" if d.span is None else f"{d.span.line}:{d.span.column} [{d.span.text.splitlines()[0][:40]}]"
        lines.append(f"{where} {d.severity.value} {d.code} {d.message}")
        for note in d.notes:
            place = "" if note.span is None else f"{note.span.line}:{note.span.column} "
            lines.append(f"    note {place}{note.message}")
        lines += [f"    fix [{fix.span.text}] -> [{fix.replacement}] {fix.message}" for fix in d.fixes]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_findings(path: Path) -> None:
    assert listing(findings(path)) == path.with_suffix(".expect").read_text()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_code_of_the_name_is_among_them(path: Path) -> None:
    assert f"MC{path.stem[:3]}" in {d.code for d in findings(path)} or "fits" in path.stem


if __name__ == "__main__":
    for case in CASES:
        case.with_suffix(".expect").write_text(listing(findings(case)))
