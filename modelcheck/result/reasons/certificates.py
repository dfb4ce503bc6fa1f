"""Why a kept certificate does not count."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.ir.uncountable import Uncountable
from modelcheck.result.reasons.proofs import NotConfirmed


class FileFault(Enum):
    """What is wrong with a file of a certificate, or of the spec that it is about."""

    OTHER_SOURCE = "other source"  # a file of the spec is not the text that was proved: its hash is another
    MISSING = "missing"
    SUPERFLUOUS = "superfluous"  # it does not belong to the certificate
    NOT_GIVEN = "not given"  # it is not what the model and the invariant give
    SAID_OTHERWISE = "said otherwise"  # the manifest says something else about it than these give


@dataclass(frozen=True, slots=True)
class WrongFile:
    """Something is wrong with ``file``."""

    file: str
    fault: FileFault


@dataclass(frozen=True, slots=True)
class WrongEntry:
    """An entry of the manifest ``file`` is not what the model and the invariant give (``settings``: not what the model
    is made with)."""

    file: str
    key: str
    settings: bool = False


@dataclass(frozen=True, slots=True)
class OtherClasses:
    """The scenario runs other classes in any number: these."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OtherLocals:
    """A local state of ``process`` has other variables, or so many."""

    process: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class NoValueOf:
    """``value`` is no value of the variable ``name``."""

    value: int
    name: str


@dataclass(frozen=True, slots=True)
class UnknownVariable:
    """The invariant in ``file`` speaks of a variable that there is not."""

    file: str
    name: str


@dataclass(frozen=True, slots=True)
class NothingToProve:
    """There is no such property that could be proved."""

    property: str


class Misfit(Enum):
    """What else does not fit."""

    LOCAL_STATES = "local states"  # they do not begin with the initial one, or one is counted twice
    NO_SUCH_LEMMA = "no such lemma"  # an obligation rests on one that there is not


NotFitting: TypeAlias = (
    WrongFile
    | WrongEntry
    | OtherClasses
    | OtherLocals
    | NoValueOf
    | UnknownVariable
    | NothingToProve
    | Misfit
    | Uncountable
)


@dataclass(frozen=True, slots=True)
class DoesNotFit:
    """It is not about the model; ``differences``: in what, at least one. ``written_by``: the version that wrote it."""

    differences: tuple[NotFitting, ...]
    written_by: str


@dataclass(frozen=True, slots=True)
class Refuted:
    """Somebody says the opposite: the reasons, at least one."""

    why: tuple[NotConfirmed, ...]


@dataclass(frozen=True, slots=True)
class Unconfirmable:
    """Nobody confirms it: the reasons, at least one."""

    why: tuple[NotConfirmed, ...]


#: Why a certificate is not confirmed.
Doubt: TypeAlias = DoesNotFit | Refuted | Unconfirmable
