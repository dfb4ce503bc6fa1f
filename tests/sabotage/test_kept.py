"""What is kept between runs, and was made for something else or changed on disk: it is never believed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from modelcheck.checking.run import check_model
from modelcheck.engines.native import search
from modelcheck.engines.native.storage.checkpoint import Header, read_header
from modelcheck.ground.diagnostics import SpecError
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.report.reasons.sentences import problem_text
from modelcheck.result.budget import Budget
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.model import MatrixResult
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.run import run as run_matrix

TEXT = """
model two;
shared x : 0..4 = 0;
process inc { step: atomic { x = x + 1; } }
invariant small : x <= 1;
scenario s { run inc[1]; }
variant twice { replace inc::step { x = x + 2; } }
"""


def verdicts(path: Path, variant: str, cache: Path) -> tuple[Verdict, bool]:
    """What is said about ``small``, and whether it was known already."""
    found: MatrixResult = run_matrix(
        pipeline.load(str(path)), str(path), Options(variants=(variant,), jobs=0, cache=str(cache))
    )
    (pair,) = found.pairs
    (cell,) = [cell for cell in found.cells if cell.property_name == "small"]
    return cell.verdict, pair.reused


def files(cache: Path) -> list[Path]:
    return sorted(path for path in cache.rglob("*") if path.is_file())


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "two.mc"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_without_sabotage_what_is_known_is_used(spec: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert verdicts(spec, "base", cache) == (Verdict.HOLDS, False)
    assert verdicts(spec, "base", cache) == (Verdict.HOLDS, True)
    assert verdicts(spec, "twice", cache) == (Verdict.VIOLATED, False)


def test_entries_of_another_variant(spec: Path, tmp_path: Path) -> None:
    """Every entry of the one is put where those of the other are looked for.

    Caught by the checksum, in which the key is.
    """
    cache, other = tmp_path / "cache", tmp_path / "other"
    verdicts(spec, "base", cache)
    verdicts(spec, "twice", other)
    (good, *_), places = files(cache), files(other)
    assert places
    for place in places:
        shutil.copyfile(good, place)
    assert verdicts(spec, "twice", other) == (Verdict.VIOLATED, False)


def test_entries_that_were_changed_on_disk(spec: Path, tmp_path: Path) -> None:
    """Caught by the checksum, wherever the change is."""
    cache = tmp_path / "cache"
    verdicts(spec, "twice", cache)
    for entry in files(cache):
        data = bytearray(entry.read_bytes())
        data[len(data) // 2] ^= 1
        entry.write_bytes(bytes(data))
    assert verdicts(spec, "twice", cache) == (Verdict.VIOLATED, False)


def test_entries_of_another_text(spec: Path, tmp_path: Path) -> None:
    """Caught by the key, which is a hash of the texts."""
    cache = tmp_path / "cache"
    assert verdicts(spec, "base", cache) == (Verdict.HOLDS, False)
    spec.write_text(TEXT.replace("x = x + 1", "x = x + 2"), encoding="utf-8")
    assert verdicts(spec, "base", cache) == (Verdict.VIOLATED, False)


COUNTERS = """
model counters;
shared a : 0..60 = 0;
shared b : 0..60 = 0;
shared c : 0..60 = 0;
process pa {{ while (a < {n}) {{ atomic {{ a = a + 1; }} }} }}
process pb {{ while (b < {n}) {{ atomic {{ b = b + 1; }} }} }}
process pc {{ while (c < {n}) {{ atomic {{ c = c + 1; }} }} }}
invariant never : !(a == {n} && b == {n} && c == {n});
scenario s {{ run pa, pb, pc; }}
"""


def test_a_checkpoint_of_another_model(tmp_path: Path) -> None:
    """Refused by the fingerprint of the code; one that was changed on disk by its hash."""
    path = tmp_path / "checkpoint"
    specs = [pipeline.Loaded(parse_text(COUNTERS.format(n=n), "counters.mc")) for n in (20, 21)]
    one, other = (spec.edited().resolved().model for spec in specs)
    check_model(one, Budget(states=3_000, checkpoint=str(path)), "native")
    assert path.is_file()
    with pytest.raises(SpecError) as error:
        check_model(other, Budget(resume=str(path)), "native")
    assert (
        "as it was then: the model, the options or modelcheck itself have changed" in error.value.diagnostics[0].message
    )
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(SpecError) as error:
        check_model(one, Budget(resume=str(path)), "native")
    assert "is damaged" in error.value.diagnostics[0].message


def test_a_checkpoint_that_says_there_is_less_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if some states had been expanded that were not: the numbers do not fit, or the visited
    states lack successors.
    """
    path = tmp_path / "checkpoint"
    model = pipeline.Loaded(parse_text(COUNTERS.format(n=20), "counters.mc")).edited().resolved().model
    check_model(model, Budget(states=3_000, checkpoint=str(path)), "native")
    read = read_header

    def lying(where: Path) -> Header:
        found = read(where)
        snapshot = found.snapshot
        return replace(found, snapshot=replace(snapshot, begin=(snapshot.begin + snapshot.count) // 2))

    monkeypatch.setattr(search, "read_header", lying)
    checked = check_model(model, Budget(resume=str(path)), "native")
    assert "the native explorer expanded" in problem_text(checked.problem)
    assert all(a.verdict is Verdict.ERROR for a in checked.answers if a.property not in checked.traces)
