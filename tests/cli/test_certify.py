"""``prove --certificate`` and ``certify``, end to end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Ran
from tests.evidence.test_certify import TURNSTILE

Call = Callable[..., Ran]


#: Guests who come too late wait for ever; that is not what the proofs are about.
PROVE = ("prove", "turnstile.mc", "--property", "counted", "--property", "positive", "--no-cache", "--certificate")


@pytest.fixture
def proofs(modelcheck: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of a proof's certificates, next to its spec."""
    monkeypatch.chdir(tmp_path)
    Path("turnstile.mc").write_text(TURNSTILE.replace("invariant few      : inside <= 200;\n", ""), encoding="utf-8")
    ran = modelcheck(*PROVE, "proofs")
    assert ran.code == 0, ran.out + ran.err
    return Path("proofs")


def test_certify_confirms_what_prove_left(modelcheck: Call, proofs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = modelcheck("certify", proofs)
    assert ran.code == 0
    assert ran.out.startswith("proofs/base-any: turnstile, any: guest[*], porter\n")
    assert "  proved    counted" in ran.out
    assert "cvc5" in ran.out
    # From elsewhere, and for the certificate itself, it is the same.
    monkeypatch.chdir(proofs)
    again = modelcheck("certify", "base-any")
    assert again.code == 0
    assert again.out.splitlines()[1:] == ran.out.splitlines()[1:]


def test_certify_refuses_what_was_edited(modelcheck: Call, proofs: Path) -> None:
    step = proofs / "base-any" / "steps" / "0.smt2"
    text = step.read_text(encoding="utf-8")
    step.write_text(text.replace("(+ 1 inside)", "inside"), encoding="utf-8")
    ran = modelcheck("certify", proofs)
    assert ran.code == 1
    assert "MC525" in ran.err
    assert "steps/0.smt2 is not what the model and the invariant give" in ran.err
    step.write_text(text, encoding="utf-8")
    spec = Path("turnstile.mc")
    spec.write_text(spec.read_text(encoding="utf-8").replace("= true;", "= false;"), encoding="utf-8")
    ran = modelcheck("certify", proofs)
    assert ran.code == 1
    assert "turnstile.mc is not the text that was proved" in ran.err


def test_certify_says_what_is_no_certificate(modelcheck: Call, proofs: Path, tmp_path: Path) -> None:
    (proofs / "base-any" / "manifest.json").write_text("{}", encoding="utf-8")
    ran = modelcheck("certify", proofs)
    assert (ran.code, "MC524" in ran.err) == (2, True)
    (tmp_path / "empty").mkdir()
    ran = modelcheck("certify", tmp_path / "empty")
    assert (ran.code, "MC524" in ran.err) == (2, True)


def test_certify_says_when_time_was_too_short(modelcheck: Call, proofs: Path) -> None:
    ran = modelcheck("certify", proofs, "--timeout", "1ms")
    assert (ran.code, "MC527" in ran.err) == (3, True)


def test_proving_again_leaves_nothing_of_the_first_proof(modelcheck: Call, proofs: Path) -> None:
    (proofs / "base-any" / "steps" / "77.smt2").write_text("(check-sat)\n", encoding="utf-8")
    assert modelcheck("certify", proofs).code == 1
    modelcheck(*PROVE, "proofs")
    assert modelcheck("certify", proofs, "--spec", "turnstile.mc").code == 0
