"""What proofs rest on, and why there is none."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.ir.uncountable import Uncountable, Unprovable
from modelcheck.result.reasons.lengths import Inexpressible, Silence


@dataclass(frozen=True, slots=True)
class AnyNumberOf:
    """For any number of instances of ``process``."""

    process: str


@dataclass(frozen=True, slots=True)
class AnySize:
    """For integers of any size."""


Scope: TypeAlias = AnyNumberOf | AnySize


@dataclass(frozen=True, slots=True)
class Proved:
    """``lemmas`` lemmas are an inductive invariant, and ``solver`` has confirmed it."""

    scope: Scope
    lemmas: int
    solver: str


class NotFound(Enum):
    """Why the search for an invariant came to no end, or to none that does."""

    ESCAPED = "escaped"  # an instance may come to look as in no small number of instances
    MISLED = "misled"  # the samples show too little of what is reachable
    TOO_WIDE = "too wide"  # an integer of more than 64 bits turned up: samples are arrays of 64-bit integers
    NOT_WITH_TWO = "not with two"  # it does not apply to two instances
    NOT_IMPLIED = "not implied"  # the lemmas that were found do not imply it
    VIOLATED_BY_MORE = "violated by more"  # a larger number of instances violates it


@dataclass(frozen=True, slots=True)
class NotForSolvers:
    """The model cannot be given to a solver."""

    why: Inexpressible


class SpacerSaid(Enum):
    """What Spacer found instead of an invariant that can be used."""

    VIOLATION = "violation"  # in what is proved about, which may be an abstraction
    NOT_NAMED = "not named"  # it finds an invariant and does not say which
    TOO_LONG = "too long"  # its invariant is


@dataclass(frozen=True, slots=True)
class SpacerDied:
    """Its process failed; ``said``: the last line of what it wrote."""

    said: str


@dataclass(frozen=True, slots=True)
class SpacerUnreadable:
    """Its invariant cannot be read; ``flaw``: what the reader of SMT-LIB says."""

    flaw: str


NoInvariant: TypeAlias = SpacerSaid | SpacerDied | SpacerUnreadable | Inexpressible | Silence
Undecidable: TypeAlias = NotFound | NotForSolvers | Silence


@dataclass(frozen=True, slots=True)
class AlsoSpacer:
    """The lemmas do not suffice, and neither does what Spacer found."""

    why: Undecidable | Unprovable | Uncountable
    spacer: NoInvariant


#: Why a property is not proved.
Unproved: TypeAlias = Undecidable | Unprovable | Uncountable | AlsoSpacer


@dataclass(frozen=True, slots=True)
class NoProof:
    """There is no proof. ``any_number``: of any number of instances, and not of integers of any size."""

    why: Unproved
    any_number: bool


class NotAttempted(Enum):
    """Why no proof was attempted where integers have no bounds."""

    INITIAL_FAULT = "initial fault"  # the initial state faults
    GROWS_TOO_FAST = "grows too fast"  # the integers do, to guess from them
    OTHER_SUCCESSORS = "other successors"  # what is proved and what is explored disagree about those of a state


class Judge(Enum):
    """Who judges states that a certificate is held against."""

    INTERPRETER = "interpreter"
    STEPS = "steps"  # the elaborated ones, on counts


class Unlike(Enum):
    """On what two views of a model differ."""

    NOTHING_COMPARABLE = "nothing comparable"  # no state can be told in the variables of the proof
    NO_TWO_COMPARABLE = "no two comparable"  # none with two instances can be
    INITIAL_FAULT = "initial fault"  # the initial state faults in the interpreter
    MOVES = "moves"  # the system and the interpreter can make different ones
    LOCAL_STATE = "local state"  # an instance is in one that is not counted


@dataclass(frozen=True, slots=True)
class LocalStateNotCounted:
    """With so many instances, one is in a local state that is not counted."""

    instances: int


@dataclass(frozen=True, slots=True)
class FoundViolated:
    """``by`` finds ``property`` violated in a reachable state, of so many instances (None: a fixed number)."""

    by: Judge
    property: str
    instances: int | None


@dataclass(frozen=True, slots=True)
class InvariantFalse:
    """The invariant is false in a reachable state, of so many instances (None: a fixed number). ``explored``: in one
    that exploration reaches."""

    instances: int | None
    explored: bool = False


@dataclass(frozen=True, slots=True)
class ViolatedByFormulas:
    """``property`` is violated in a reachable state, by the formulas of the certificate."""

    property: str
    instances: int | None


@dataclass(frozen=True, slots=True)
class OtherSuccessors:
    """In a reachable state the formulas give ``given`` successors, ``common`` of them those ``right`` that ``by``
    gives."""

    instances: int | None
    given: int
    common: int
    right: int
    by: Judge


@dataclass(frozen=True, slots=True)
class OtherViolations:
    """The formulas and the elaborated system disagree about when ``property`` is violated."""

    property: str


@dataclass(frozen=True, slots=True)
class CountedStatesLeft:
    """The formulas of step number ``step`` leave the counted states in a reachable state."""

    step: int


@dataclass(frozen=True, slots=True)
class NotEvaluable:
    """The certificate cannot be evaluated; ``flaw``: what the reader of SMT-LIB says."""

    flaw: str


@dataclass(frozen=True, slots=True)
class NotDefined:
    """The certificate does not define ``name``."""

    name: str


Disagreeing: TypeAlias = (
    Unlike
    | LocalStateNotCounted
    | FoundViolated
    | InvariantFalse
    | ViolatedByFormulas
    | OtherSuccessors
    | OtherViolations
    | CountedStatesLeft
    | NotEvaluable
    | NotDefined
)


@dataclass(frozen=True, slots=True)
class NotWritten:
    """No certificate can be written; ``why``: what a solver cannot be told, or what the reader of SMT-LIB says of its
    lemmas (empty: they are read back as others)."""

    why: Inexpressible | str


@dataclass(frozen=True, slots=True)
class NotAsked:
    """The certificate does not ask a question that it has to ask."""

    question: str


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """The second solver gives another answer to a question than the one that is ``expected``."""

    question: str
    given: str
    expected: str

    @property
    def refutes(self) -> bool:
        """Whether it is an answer at all."""
        return self.given in ("sat", "unsat")


@dataclass(frozen=True, slots=True)
class FewAnswers:
    """The second solver gave ``given`` answers to ``asked`` questions."""

    given: int
    asked: int


@dataclass(frozen=True, slots=True)
class SecondNotDone:
    """The second solver did not finish within so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class SecondNotRun:
    """The second solver could not be run; ``said``: the last line of what its process wrote."""

    said: str


#: Why a proof of z3 does not count.
NotConfirmed: TypeAlias = Disagreeing | NotWritten | NotAsked | WrongAnswer | FewAnswers | SecondNotDone | SecondNotRun


@dataclass(frozen=True, slots=True)
class ProofNotConfirmed:
    """z3 finds a proof, but it was not confirmed."""

    why: NotConfirmed
