"""What engines, and those who compare them, are given of the semantics: how a model becomes a System,
and what executes it.

Engines know the transition system and nothing of what it is made from: both ways from the typed
tree to states come from outside (``checking.semantics``).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol, TypeVar

from modelcheck.ground.records import dataclass
from modelcheck.ir.system import System
from modelcheck.model import typed
from modelcheck.result.trace import Finding, Move

S = TypeVar("S", bound=Hashable)
S_co = TypeVar("S_co", bound=Hashable, covariant=True)


class Event(Protocol):
    """An event as it occurred."""

    @property
    def event(self) -> int: ...


class Outcome(Protocol[S_co]):
    """One transition as the interpreter sees it; ``target`` is None if it faults.

    ``known``: transitions with the same number (not None) have the same move, findings and events.
    """

    @property
    def move(self) -> Move: ...
    @property
    def target(self) -> S_co | None: ...
    @property
    def findings(self) -> Sequence[Finding]: ...
    @property
    def events(self) -> Sequence[Event]: ...
    @property
    def known(self) -> int | None: ...


class Start(Protocol[S_co]):
    """The initial state as the interpreter sees it; ``state`` is None if it faults already."""

    @property
    def state(self) -> S_co | None: ...
    @property
    def findings(self) -> Sequence[Finding]: ...


class Executor(Protocol[S]):
    """What is needed of the interpreter."""

    def initial(self) -> Start[S]: ...
    def transitions(self, state: S) -> Sequence[Outcome[S]]: ...
    def state_findings(self, state: S) -> Sequence[Finding]: ...
    def false_in_deadlock(self, state: S) -> set[int]: ...
    def drained(self, state: S) -> bool: ...
    def shared_values(self, state: S) -> Sequence[tuple[str, str]]: ...


@dataclass(frozen=True, slots=True)
class Semantics:
    """The two ways from the typed tree to states.

    ``elaborate`` raises ``SpecError`` if the model cannot be elaborated.
    """

    elaborate: Callable[[typed.Model], System]
    executor: Callable[[typed.Model], Executor[Any]]
