"""Why nothing can be proved by counting instances, or by induction at all, as data."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from modelcheck.ground.records import dataclass


class Unprovable(Enum):
    """Why no inductive invariant can show a property."""

    STUCK = "stuck"  # it is about all futures
    INITIALLY = "initially"  # the code before the first step violates it


class Uncounted(Enum):
    """What keeps instances, or a condition over them, from being counted."""

    SINGLE_IN_STEP = "single in step"  # a condition of a step is about single instances
    SINGLE = "single"  # a condition is about a single instance
    TREATED_DIFFERENTLY = "treated differently"  # by a step
    THIRD_INSTANCE = "third instance"  # what a step does to another one depends on it
    DATA_DEPENDENT_TARGET = "data-dependent target"  # where a step leads
    NOT_LINEAR = "not linear"  # a sum over the instances
    GROWING_VALUE = "growing value"  # one without a bound
    GROWING_INITIAL_VALUE = "growing initial value"  # out of its bounds
    OTHER_SUCCESSORS = "other successors"  # the abstraction and the system disagree about those of a state
    OTHER_CONDITION = "other condition"  # ... and about one over all instances
    OTHER_VARIABLES = "other variables"  # which ones there are depends on the number of instances
    OTHER_BOUNDS = "other bounds"  # those of a variable do
    FIELD_LEFT = "field left"  # a value does not fit its field
    INITIAL_FAULT = "initial fault"  # the initial state faults


@dataclass(frozen=True, slots=True)
class ToldApart:
    """Something tells the instances of ``process`` apart."""

    process: str


@dataclass(frozen=True, slots=True)
class InstancesDiffer:
    """The instances of ``process`` differ: in these two variables, if they have equally many."""

    process: str
    variables: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class SeveralClasses:
    """More than one class runs in any number: ``names``."""

    names: tuple[str, ...]


class Part(Enum):
    """What kind of part of a model something stands in."""

    SHARED = "shared"  # a shared variable
    DECLARATION = "declaration"  # an object, an event, an inline, a process, a property
    INITIAL_STATE = "initial state"


@dataclass(frozen=True, slots=True)
class Holder:
    """A part of a model; ``name``: of what is declared."""

    part: Part
    name: str = ""


@dataclass(frozen=True, slots=True)
class HoldsIdentity:
    """Something in ``holder`` holds, or ranges over, the identity of an instance of ``process``."""

    holder: Holder
    process: str


@dataclass(frozen=True, slots=True)
class AsksHowMany:
    """In ``holder`` it is asked how many instances of ``process`` there are."""

    holder: Holder
    process: str


@dataclass(frozen=True, slots=True)
class InitialNotSum:
    """The initial value of ``variable`` is not a sum."""

    variable: str


@dataclass(frozen=True, slots=True)
class InitialGrows:
    """The initial value of ``variable`` depends on the number of instances."""

    variable: str


Uncountable: TypeAlias = (
    Uncounted
    | ToldApart
    | InstancesDiffer
    | SeveralClasses
    | HoldsIdentity
    | AsksHowMany
    | InitialNotSum
    | InitialGrows
)


class NotCountable(Exception):
    """The replicas cannot be counted, or a condition over them cannot be; ``why`` says what keeps them from it."""

    def __init__(self, why: Uncountable) -> None:
        self.why = why
        super().__init__(str(why))
