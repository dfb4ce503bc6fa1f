"""What is asked of an attempt at a proof, and what it says about one property."""

from __future__ import annotations

from pathlib import Path

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.result.comparisons import ProofComparison
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

    ``rechecked_by``: the solver that confirmed the certificate; ``compared``: what its formulas were held against.
    """

    for_any: tuple[str, ...]
    invariant: tuple[Lemma, ...]
    rechecked_by: str
    compared: ProofComparison


@dataclass(frozen=True, slots=True)
class Crowds:
    """Where the instances of a ``process`` (None: no class is counted) are: so many in each local
    state, which is named as formulas name it (``readers at chk``).
    """

    process: str | None
    groups: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class LastStep:
    """The step of a ``mover`` (None: one of the ``process``) by an ``operation``, as the spec has it.

    ``after``: where the instances are then, None if the step itself violates the property;
    ``changed``: variables with their values before and after it.
    """

    mover: str | None
    process: str | None
    operation: str
    span: Span
    changed: tuple[tuple[str, str, str], ...] = ()
    after: Crowds | None = None


@dataclass(frozen=True, slots=True)
class Unexcluded:
    """A state that a proof could not exclude, which violates the ``property`` or from which ``step``
    leads to a violation.

    ``places``: where processes are that are not counted; ``locals`` and ``shared``: what else is the
    case, all as formulas.
    """

    property: str
    crowds: Crowds
    places: tuple[str, ...]
    locals: tuple[str, ...]
    shared: tuple[str, ...]
    step: LastStep | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a property was proved for every number of instances; ``reason``: what the proof rests
    on, or why there is none.

    ``why``: the state that could not be excluded, if that was asked for.
    """

    proved: bool
    reason: Proved | NoProof | NotAttempted | ProofNotConfirmed
    seconds: float = 0.0
    proof: Proof | None = None
    why: Unexcluded | None = None
