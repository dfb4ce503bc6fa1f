"""What explorations and proofs were held against: how much of it, and by whom it was executed."""

from __future__ import annotations

from typing import TypeAlias

from modelcheck.ground.records import dataclass


@dataclass(frozen=True, slots=True)
class InitialFault:
    """The initial state faults, and the interpreter agrees."""


@dataclass(frozen=True, slots=True)
class Everything:
    """The interpreter explored all ``states`` again. ``visited``: the explorer was asked for each of them."""

    states: int
    visited: bool


@dataclass(frozen=True, slots=True)
class LookedUp:
    """``states`` were looked up in what the explorer visited. The states compared reach down to depth
    ``deepest``, of ``depth`` that the exploration has.
    """

    states: int
    deepest: int
    depth: int


@dataclass(frozen=True, slots=True)
class Walked:
    """The interpreter executed ``compared`` of ``states`` again, on walks with this ``seed``.

    ``operations``: of so many that the explorer has taken, so many were met. ``looked_up``: None if
    the explorer has not kept what it visited. ``one_way``: guards and raises that were seen one way
    only. ``ends``: of so many states in which one was looked for, so many had an end ahead.
    """

    compared: int
    states: int
    operations: tuple[int, int]
    looked_up: LookedUp | None
    one_way: int
    ends: tuple[int, int]
    seed: int


@dataclass(frozen=True, slots=True)
class WalkedToWidth:
    """The interpreter walked with this ``seed`` until a number had more than so many ``bits``."""

    seed: int
    bits: int


#: How an exploration was compared with the interpreter.
CrossCheck: TypeAlias = InitialFault | Everything | Walked | WalkedToWidth


@dataclass(frozen=True, slots=True)
class FormulasEvaluated:
    """Every formula of a certificate was evaluated on steps that really happen.

    ``states``: those that the interpreter met, with ``instances`` (from, to; None if every number is
    fixed). ``counted``: states met by elaborated steps on counts of ``many`` instances.
    """

    states: int
    instances: tuple[int, int] | None = None
    counted: int = 0
    many: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class InvariantEvaluated:
    """The invariant was evaluated in so many explored ``states``, which are all (``complete``) or the
    first. ``instances``: from, to; None if every number is fixed.
    """

    states: int
    complete: bool
    instances: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ProofComparison:
    """What the formulas of a proof were held against."""

    formulas: FormulasEvaluated
    invariant: InvariantEvaluated
