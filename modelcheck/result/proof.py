"""What is asked of an attempt at a proof, and what it says about one property."""

from __future__ import annotations

from pathlib import Path

from modelcheck.ground.records import dataclass
from modelcheck.result.reasons.proofs import NoProof, NotAttempted, ProofNotConfirmed, Proved


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a model comes from.

    ``spec``: path of the file; ``sources``: (path, text) of it and of what it imports;
    ``overrides``: what ``--set`` said.
    """

    spec: str
    sources: tuple[tuple[str, str], ...] = ()
    overrides: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """``certificate``: the directory to leave the certificate in; ``origin``: needed if it shall be
    checked again later.

    ``why``: say of what is not proved which state could not be excluded.
    """

    certificate: Path | None = None
    origin: Origin | None = None
    why: bool = False


@dataclass(frozen=True, slots=True)
class Lemma:
    """A lemma as a formula for people; ``natural``: it only says that a number of instances is not negative."""

    text: str
    natural: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """What a proof rests on. ``for_any``: the classes that run in any number; ``invariant``: the
    lemmas as formulas, for people.

    ``rechecked_by``: the solver that confirmed the certificate; ``compared``: what its formulas were evaluated on.
    """

    for_any: tuple[str, ...]
    invariant: tuple[Lemma, ...]
    rechecked_by: str
    compared: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a property was proved for every number of instances; ``reason``: what the proof rests
    on, or why there is none.

    ``why``: the state that could not be excluded, in lines, if that was asked for.
    """

    proved: bool
    reason: Proved | NoProof | NotAttempted | ProofNotConfirmed
    seconds: float = 0.0
    proof: Proof | None = None
    why: tuple[str, ...] = ()
