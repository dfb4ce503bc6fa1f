"""Properties of a model: conditions over states and steps, counts and orders of events, obligations."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import TypeAlias, assert_never

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model.absences import Absence
from modelcheck.model.expressions import Domain, Expr, LabelRef, Local
from modelcheck.model.types import BoolType, Constant


@dataclass(frozen=True, slots=True)
class EventPattern:
    """``event`` with one argument per parameter: a ``Constant``, a key ``Local``, or None (anything)."""

    event: int
    arguments: tuple[Constant | Local | None, ...]
    span: Span


class OfStates:
    """A condition over states."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Invariant(OfStates):
    """``expression`` in every state (after every step, if it contains ``AfterLabel``)."""

    expression: Expr


@dataclass(frozen=True, slots=True)
class StepInvariant:
    """``expression`` over every step; plain reads see the state before, ``Primed`` the state after."""

    expression: Expr


@dataclass(frozen=True, slots=True)
class Final(OfStates):
    """``expression`` in every drained state."""

    expression: Expr


@dataclass(frozen=True, slots=True)
class Cover(OfStates):
    """Some reachable state (step, if it contains ``AfterLabel``) satisfies ``expression``."""

    expression: Expr


@dataclass(frozen=True, slots=True)
class May:
    """For some value of ``key`` (if any) a state with ``condition``, and then, or at once, the
    event (or state) ``then``.
    """

    key: Local | None
    domain: Domain | None
    condition: Expr
    then: EventPattern | Expr


class Quantity(Enum):
    EXACTLY_ONCE = "exactly once"
    AT_MOST = "at most"
    AT_LEAST_ONCE = "at least once"
    NEVER = "never"


class OfEvents:
    """Speaks about the events of a run."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Count(OfEvents):
    """One monitor cell per value of the ``keys`` (those that occur in both patterns, in order of
    the parameters of ``counted``).
    """

    quantity: Quantity
    limit: int
    counted: EventPattern
    per: EventPattern | None
    until_next: bool
    within_drained: bool
    keys: tuple[Local, ...]


@dataclass(frozen=True, slots=True)
class Order(OfEvents):
    first: EventPattern
    second: EventPattern
    keys: tuple[Local, ...]


@dataclass(frozen=True, slots=True)
class OnlyIf(OfEvents):
    event: EventPattern
    condition: Expr


@dataclass(frozen=True, slots=True)
class ObligationKey:
    """What a step can do wrong: a kind of docs/semantics.md, "Obligations", and its subject ("" if
    the kind has none).
    """

    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class Obligation:
    """Violated when one of ``keys`` occurs.

    Built-in obligations that no user property claims are grouped by kind under its name.
    """

    keys: tuple[ObligationKey, ...]


PropertyBody: TypeAlias = Invariant | StepInvariant | Final | Cover | May | Count | Order | OnlyIf | Obligation
#: A process class by name, an event by id, a label.
Absent: TypeAlias = str | int | LabelRef


@dataclass(frozen=True, slots=True)
class Property:
    """``kind`` is the user's word (``invariant``, ``count``, ``cover``, ``obligation``…).

    ``not_applicable``: why the property says nothing in this scenario (it names a process, label or
    event that is absent); ``absent``: that which is absent (None for obligations, whose keys say
    it). That it is absent is watched, like everything that is said to be impossible.
    """

    id: int
    name: str
    kind: str
    body: PropertyBody
    existential: bool
    builtin: bool
    not_applicable: Absence | None
    span: Span
    absent: Absent | None = None


def conditions_of(body: PropertyBody) -> tuple[Expr, ...]:
    """Return the conditions in a property."""
    match body:
        case Invariant(expression) | StepInvariant(expression) | Final(expression) | Cover(expression):
            return (expression,)
        case OnlyIf(_, condition):
            return (condition,)
        case May(_, _, condition, then):
            return (condition,) if isinstance(then, EventPattern) else (condition, then)
        case Count() | Order() | Obligation():
            return ()
        case _:
            assert_never(body)


def to_hold(body: PropertyBody) -> Expr | None:
    """Return the condition that is to hold wherever a property judges it; None of those that have no such one."""
    match body:
        case Invariant(expression) | StepInvariant(expression) | Final(expression):
            return expression
        case Cover() | May() | OfEvents() | Obligation():
            return None
        case _:
            assert_never(body)


def of_every_state(body: PropertyBody) -> bool:
    """Whether a property is judged in each state by itself (with ``AfterLabel`` in it, after each step)."""
    match body:
        case Invariant() | Cover():
            return True
        case StepInvariant() | Final() | May() | OfEvents() | Obligation():
            return False
        case _:
            assert_never(body)


def saying_nothing(body: PropertyBody) -> PropertyBody | None:
    """The same about a condition that is true; None for what is not about one condition over states or
    steps, and may keep something of its own in them.
    """
    match body:
        case Invariant(asked) | StepInvariant(asked) | Final(asked) | Cover(asked):
            return replace(body, expression=Constant(True, BoolType(), asked.span))
        case OfStates() | May() | Count() | Order() | OnlyIf() | Obligation():
            return None
        case _:
            assert_never(body)


def keys_of(body: PropertyBody) -> tuple[Local, ...]:
    """Return what a property keeps apart: it has one cell for each value of these."""
    match body:
        case Count(keys=keys) | Order(keys=keys):
            return keys
        case May(key):
            return () if key is None else (key,)
        case OfStates() | StepInvariant() | OnlyIf() | Obligation():
            return ()
        case _:
            assert_never(body)


def needed_event(body: PropertyBody) -> EventPattern | None:
    """Return the event without which a property does not apply (of counts: see where it is asked)."""
    match body:
        case Order(_, second):
            return second
        case OnlyIf(event, _):
            return event
        case May(_, _, _, then):
            return then if isinstance(then, EventPattern) else None
        case OfStates() | StepInvariant() | Count() | Obligation():
            return None
        case _:
            assert_never(body)


def judged_at_the_end(body: PropertyBody) -> bool:
    """Whether a property (no obligation) is judged where nothing goes on, in drained states and deadlocks."""
    match body:
        case Final():
            return True
        case Count(within_drained=within_drained):
            return within_drained
        case Invariant() | StepInvariant() | Cover() | May() | Order() | OnlyIf() | Obligation():
            return False
        case _:
            assert_never(body)
