"""``prove --certificate`` and ``certify``, end to end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.checking.test_certify import TURNSTILE
from tests.cli.conftest import Ran

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


def test_prove_says_what_it_left(modelcheck: Call, proofs: Path) -> None:
    ran = modelcheck(*PROVE, "again")
    assert ran.err.endswith("modelcheck: 1 certificate kept in again; `modelcheck certify again` checks it again\n")
    spec = (
        "shared x : 0..1 = 0; process p { x = 0; } process q { x = 1; } invariant low : x <= 0; scenario s { run p[*],"
        " q; }"
    )
    Path("low.mc").write_text(spec, encoding="utf-8")
    ran = modelcheck("prove", "low.mc", "--property", "low", "--certificate", "none")
    assert ran.code == 1
    assert ran.err.endswith("modelcheck: no certificate was left in none: nothing was proved by induction\n")


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


CROWD = """\
model crowd;
shared inside : 0..900 = 0;
process guest { enter: atomic { inside = inside + 1; } leave: atomic { inside = inside - 1; } }
invariant few     : inside <= 500;
invariant counted : inside == nr_at(guest::leave);
scenario any { run guest[*]; }
"""


def test_prove_prints_invariants_and_what_it_could_not_exclude(
    modelcheck: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("crowd.mc").write_text(CROWD, encoding="utf-8")
    ran = modelcheck("prove", "crowd.mc", "--why", "--timeout", "12s", "--json", "all.json", "--html", "all.html")
    assert ran.code == 3
    assert "proved for any number of guest by induction (1 lemma), confirmed by cvc5" in " ".join(ran.out.split())
    assert "\n              inside == guests at leave\n" in ran.out
    why = ran.out[ran.out.index("  why ") :]
    assert "few: the proof could not exclude this state" in why
    assert "1 guest at enter, 500 guests at leave\n" in why
    assert "one guest does `atomic` (crowd.mc:3)" in why
    assert "inside: 500 -> 501\n" in why
    assert "and then few is violated" in why
    document = json.loads(Path("all.json").read_text(encoding="utf-8"))
    cells = {cell["property"]: cell for cell in document["cells"]}
    counted = cells["counted"]
    assert (counted["evidence"], counted["for_any"], counted["lemmas"]) == ("proved", ["guest"], 1)
    assert counted["rechecked_by"].startswith("cvc5")
    proof = next(proof for proof in document["proofs"] if proof["number"] == counted["proof"])
    assert proof["invariant"] == ["inside == guests at leave"]
    assert proof["bounds"] == {"processes": {}, "pools": {}}
    assert "0 to 2 instances" in proof["compared"]
    assert cells["few"]["why"][-1] == "and then few is violated"
    assert (cells["few"]["proof"], cells["few"]["lemmas"]) == (None, None)
    assert "inside == guests at leave" in Path("all.html").read_text(encoding="utf-8")
