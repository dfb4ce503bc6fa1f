"""Properties that do not apply: what is expected of them by name, what is warned of, and what nobody may call green."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modelcheck.cli.main import run
from modelcheck.report.reasons.notes import note_text
from modelcheck.studies.matrix.lint import lint_spec

FILES = sorted((Path(__file__).parent / "not_applicable").glob("*.mc"))


def _header(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in path.read_text().splitlines():
        word, colon, rest = line.removeprefix("// ").partition(":")
        if line.startswith("// ") and colon and word in ("exit", "strict", "surprises", "nowhere", "says", "shows"):
            found[word] = rest.strip()
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_case(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = _header(path)
    report = tmp_path / "result.json"
    code = run(["matrix", str(path), "-j1", "--no-cache", "--json", str(report)])
    printed = capsys.readouterr().out
    document = json.loads(report.read_text())
    assert code == int(wanted["exit"]), printed
    surprises = [cell["property"] for cell in document["cells"] if cell["surprise"]]
    assert surprises == wanted.get("surprises", "").split()
    warned = [d["message"].split("`")[1] for d in document["diagnostics"] if d["code"] == "MC326"]
    assert warned == wanted.get("nowhere", "").split()
    if "strict" in wanted:
        assert run(["matrix", str(path), "-j1", "--no-cache", "--strict"]) == int(wanted["strict"])
    flat = " ".join(printed.split())
    assert wanted.get("says", "") in flat
    if "shows" in wanted:
        assert wanted["shows"] in flat
        assert "holds where it applies" in flat
    else:
        assert "holds where it applies" not in flat or path.stem in ("named_in_the_other", "named_without_scenarios")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_lint_warns_of_the_same(path: Path) -> None:
    found = [d.message.split("`")[1] for d in lint_spec(path) if d.code == "MC326"]
    assert found == _header(path).get("nowhere", "").split()


def test_the_warning_gives_the_reason() -> None:
    path = next(path for path in FILES if path.stem == "nothing_applies")
    (first, *_) = [d for d in lint_spec(path) if d.code == "MC326"]
    assert first.span is not None
    assert first.span.text.startswith("only_if a")
    assert [note_text(note) for note in first.notes] == ["no process that runs here emits `e`"]


def test_check_does_not_say_that_everything_holds(capsys: pytest.CaptureFixture[str]) -> None:
    path = next(path for path in FILES if path.stem == "nothing_applies")
    run(["check", str(path), "--no-cache"])
    printed = capsys.readouterr().out
    assert "No property of the spec applies." in printed
    assert "Everything holds" not in printed
