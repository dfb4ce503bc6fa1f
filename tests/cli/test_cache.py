"""What the commands reuse, and what they say about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Ran

Call = Callable[..., Ran]


@pytest.fixture
def cached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Switch the cache on; returns where it is."""
    from modelcheck.language.syntax.parser.grammar import compiled_grammar

    compiled_grammar()  # its cache is not what is tested
    monkeypatch.delenv("MODELCHECK_NO_CACHE")
    monkeypatch.delenv("MODELCHECK_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    return tmp_path / "caches" / "modelcheck" / "results"


def without_time(text: str) -> str:
    return re.sub(r"\d+(\.\d+)? m?s", "…", " ".join(text.split()))


def test_a_warm_run_prints_what_a_cold_one_does_and_says_that_it_is_one(
    modelcheck: Call, starter: Path, cached: Path
) -> None:
    cold, warm = modelcheck(starter), modelcheck(starter)
    assert cached.is_dir()
    assert "reused" not in cold.out + cold.err
    assert "everything reused from earlier runs (--no-cache checks anew)" in " ".join(warm.out.split())
    plain = without_time(warm.out).replace(", everything reused from earlier runs (--no-cache checks anew)", "")
    assert plain == without_time(cold.out)
    assert warm.code == cold.code


def test_reports_of_a_warm_run(modelcheck: Call, starter: Path, cached: Path, tmp_path: Path) -> None:
    modelcheck("matrix", starter)
    for number in (1, 2):
        ran = modelcheck(
            "matrix", starter, "--junit", tmp_path / f"{number}.xml", "--sarif", tmp_path / f"{number}.sarif"
        )
        assert "everything reused" in ran.out
    assert (tmp_path / "1.sarif").read_text() == (tmp_path / "2.sarif").read_text()
    assert "reused" in modelcheck("matrix", starter, "--html", tmp_path / "report.html").out
    assert "late_use" in (tmp_path / "report.html").read_text()


def test_other_commands_share_what_is_known(modelcheck: Call, starter: Path, cached: Path) -> None:
    modelcheck(starter)
    assert "Everything reused from earlier runs" in " ".join(modelcheck("check", starter).out.split())
    trace = ("trace", starter, "--variant", "late_use", "--property", "no_use_after_free")
    assert modelcheck(*trace).out == modelcheck(*trace, "--no-cache").out


def test_synthesis_reuses_what_it_found(modelcheck: Call, tmp_path: Path, cached: Path) -> None:
    path = tmp_path / "gate.mc"
    path.write_text(
        "model gate; unknown SIZE : 1..3; shared used : 0..3 = 0;"
        " process p { atomic when (used < SIZE) { used = used + 1; } use: ; atomic { used = used - 1; } }"
        " invariant few : used <= 2; scenario three { run p[3]; }",
        encoding="utf-8",
    )
    alone = modelcheck("synth", path, "--no-cache")
    assert not cached.exists()
    cold, warm = modelcheck("synth", path), modelcheck("synth", path)
    assert cached.is_dir()
    assert without_time(cold.out) == without_time(warm.out) == without_time(alone.out)
    assert cold.code == warm.code == alone.code == 0


def test_an_edit_is_checked(modelcheck: Call, starter: Path, cached: Path) -> None:
    modelcheck(starter)
    starter.write_text(starter.read_text().replace("insert after lookup::drp", "insert before lookup::drp"))
    ran = modelcheck(starter)
    assert "2 of 4 checks reused" in " ".join(ran.out.split())
    assert ran.code == 1


def test_no_cache_neither_reads_nor_writes(modelcheck: Call, starter: Path, cached: Path) -> None:
    one = ("check", starter, "--scenario", "one_lookup")
    modelcheck(*one, "--no-cache")
    assert not cached.exists()
    modelcheck(*one)
    assert "reused" not in modelcheck(*one, "--no-cache").out.lower()


def test_a_cache_full_of_nonsense(modelcheck: Call, starter: Path, cached: Path) -> None:
    one = ("check", starter, "--scenario", "one_lookup")
    cold = modelcheck(*one)
    for entry in [entry for entry in cached.rglob("*") if entry.is_file()]:
        entry.write_bytes(entry.read_bytes()[:50] + b"nonsense")
    again = modelcheck(*one)
    assert without_time(again.out) == without_time(cold.out)
    assert "everything reused" in modelcheck(*one).out.lower()
