"""Proofs about random models, checked three ways: small numbers of instances are explored, and
every certificate is checked again by the second solver.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from modelcheck.checking.certify import Standing, certify
from modelcheck.checking.semantics import SEMANTICS
from modelcheck.engines.induction.prove import prove_any_number
from modelcheck.language import pipeline
from modelcheck.result.proof import Origin, Request
from tests.any_number import Unsound, compare
from tests.random.model import language_model

#: For the proofs of one model.
SECONDS = 6.0
#: States that are explored with one number of instances, and the numbers.
STATES, NUMBERS = 3_000, (0, 1, 2, 3)


@dataclass(frozen=True, slots=True)
class Proved:
    """How many properties were proved for any number of instances, and how many certificates were confirmed."""

    proved: int = 0
    certified: int = 0


def any_number_of(text: str) -> str:
    """Return a spec with one scenario and no variants, in which the first process runs in any number."""
    lines = [line for line in text.splitlines() if not line.startswith(("variant ", "patch ", "scenario other"))]
    return "\n".join(re.sub(r"run p0(\[[^\]]*\])?", "run p0[*]", line) for line in lines) + "\n"


def compare_proofs(seed: int) -> Proved:
    """Prove what can be proved of a model; explore small numbers; check the certificate. Raises ``Unsound``."""
    text = any_number_of(language_model(seed))
    found = compare(text, SECONDS, NUMBERS, STATES)
    if not found.proved:
        return Proved()
    with tempfile.TemporaryDirectory() as place:
        spec, kept = Path(place) / "model.mc", Path(place) / "certificate"
        spec.write_text(text, encoding="utf-8")
        loaded = pipeline.load(spec)
        model = pipeline.Loaded(loaded).edited().resolved().model
        outcomes = prove_any_number(
            model,
            lambda counts: pipeline.Loaded(loaded).edited().resolved(None, counts).model,
            SEMANTICS,
            sorted(found.proved),
            SECONDS,
            Request(kept, Origin(str(spec), pipeline.sources(loaded))),
        )
        if not any(outcome.proved for outcome in outcomes.values()):
            return Proved(len(found.proved))
        standing = certify(kept, None, 30).standing
        if standing is Standing.REFUTED:
            raise Unsound("the certificate of a proof is refuted")
    return Proved(len(found.proved), int(standing is Standing.CONFIRMED))
