"""``prove`` and ``certify`` on a spec in which no class runs in any number, but integers grow for ever."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Ran

PARITY = """
model parity;
shared x : int = 0;
process walker { loop quiescent { atomic { x = x + 2; } } }
invariant even : x % 2 == 0;
scenario alone { run walker; }
"""


def test_integers_of_any_size_are_proved_and_certified(
    modelcheck: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("parity.mc").write_text(PARITY, encoding="utf-8")
    ran = modelcheck("prove", "parity.mc", "--property", "even", "--no-cache", "--certificate", "proofs")
    assert ran.code == 0, ran.out + ran.err
    assert "even" in ran.out
    assert "invariant proved by induction" in ran.out
    (certificate,) = Path("proofs").iterdir()
    again = modelcheck("certify", certificate)
    assert again.code == 0, again.out + again.err
    # With an odd start it is another model.
    Path("parity.mc").write_text(PARITY.replace("x : int = 0", "x : int = 1"), encoding="utf-8")
    assert modelcheck("certify", certificate).code != 0


def test_nothing_to_prove_is_said(
    modelcheck: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("finite.mc").write_text(PARITY.replace("x : int", "x : 0..8"), encoding="utf-8")
    ran = modelcheck("prove", "finite.mc")
    assert ran.code == 2
    assert "no integer without bounds" in " ".join(ran.err.split())
