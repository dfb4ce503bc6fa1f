"""Locks and completions: their kinds, what can be done with them and asked, and what is the case for
each kind (docs/semantics.md, section 5).

A new kind is a member of ``LockKind`` and a row of ``LOCKS``; who needs to know more about it than
the row says is told by the type checker.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from modelcheck.ground.records import dataclass


class LockKind(Enum):
    """The value is the word in the language. Those that are not ``written`` are made in resolution: a section
    has no writer, and who is in it holds it (docs/semantics.md, section 11).
    """

    MUTEX = "mutex"
    SPINLOCK = "spinlock"
    BITLOCK = "bitlock"
    RWLOCK = "rwlock"
    RWSEM = "rwsem"
    COMPLETION = "completion"
    READ_SECTION = "section.read"
    SRCU_SECTION = "section.srcu"

    @property
    def written(self) -> bool:
        """Whether a spec can declare one. (No name in a spec has a dot in it.)"""
        return "." not in self.value

    @property
    def facts(self) -> LockFacts:
        """The row of ``LOCKS``."""
        return LOCKS[self]


class LockOperator(Enum):
    LOCK = "lock"
    TRYLOCK = "trylock"
    UNLOCK = "unlock"
    READ_LOCK = "read_lock"
    READ_TRYLOCK = "read_trylock"
    READ_UNLOCK = "read_unlock"
    DOWNGRADE = "downgrade_write"
    COMPLETE = "complete"
    COMPLETE_ALL = "complete_all"
    WAIT_FOR_COMPLETION = "wait_for_completion"
    TRY_WAIT_FOR_COMPLETION = "try_wait_for_completion"
    REINIT_COMPLETION = "reinit_completion"

    @property
    def waits(self) -> bool:
        """Whether it blocks until it can be done."""
        return self in WAITING

    @property
    def tries(self) -> bool:
        """Whether it says if it could be done, and does nothing if not."""
        return self in TRYING


class LockQuestion(Enum):
    HELD = "held"  # by the asking process (in a property: by any process)
    LOCKED = "locked"  # by anybody
    FROZEN = "frozen"  # the ghost bit of an atomic
    COMPLETED = "completed"  # completion_done


class LockState(Enum):
    """What a lock keeps."""

    LOCKED = "locked"  # whether it is locked
    READERS = "writer and readers"  # whether it is locked for writing, and how many readers there are
    DONE = "done"  # how many waiters may go on, and whether all may


@dataclass(frozen=True, slots=True)
class LockFacts:
    """``sleeping``: its operations that may sleep. ``spins``: whoever holds it must not sleep.
    ``held``: some process holds it while it is locked. ``owned``: only the process that took it may
    release it, and it is wrong to end with it or to free it while it is locked.
    """

    state: LockState
    operators: frozenset[LockOperator]
    sleeping: frozenset[LockOperator]
    spins: bool
    held: bool
    owned: bool

    @property
    def written(self) -> bool:
        """Whether anybody can take it for writing, and readers may have to wait for that."""
        return LockOperator.LOCK in self.operators


WAITING = frozenset({LockOperator.LOCK, LockOperator.READ_LOCK, LockOperator.WAIT_FOR_COMPLETION})
TRYING = frozenset({LockOperator.TRYLOCK, LockOperator.READ_TRYLOCK, LockOperator.TRY_WAIT_FOR_COMPLETION})

_EXCLUSIVE = frozenset({LockOperator.LOCK, LockOperator.TRYLOCK, LockOperator.UNLOCK})
_SHARED = _EXCLUSIVE | {LockOperator.READ_LOCK, LockOperator.READ_TRYLOCK, LockOperator.READ_UNLOCK}
_DOWNGRADED = _SHARED | {LockOperator.DOWNGRADE}
_COMPLETING = frozenset(LockOperator) - _DOWNGRADED
_SECTION = frozenset({LockOperator.READ_TRYLOCK, LockOperator.READ_UNLOCK})
_NONE = frozenset[LockOperator]()

#: What is the case for each kind.
LOCKS: Mapping[LockKind, LockFacts] = MappingProxyType(
    {
        LockKind.MUTEX: LockFacts(
            LockState.LOCKED, _EXCLUSIVE, _EXCLUSIVE & WAITING, spins=False, held=True, owned=True
        ),
        LockKind.SPINLOCK: LockFacts(LockState.LOCKED, _EXCLUSIVE, _NONE, spins=True, held=True, owned=True),
        LockKind.BITLOCK: LockFacts(LockState.LOCKED, _EXCLUSIVE, _NONE, spins=False, held=True, owned=False),
        LockKind.RWLOCK: LockFacts(LockState.READERS, _SHARED, _NONE, spins=True, held=True, owned=True),
        LockKind.RWSEM: LockFacts(
            LockState.READERS, _DOWNGRADED, _DOWNGRADED & WAITING, spins=False, held=True, owned=True
        ),
        LockKind.COMPLETION: LockFacts(
            LockState.DONE, _COMPLETING, _COMPLETING & WAITING, spins=False, held=False, owned=False
        ),
        LockKind.READ_SECTION: LockFacts(LockState.READERS, _SECTION, _NONE, spins=True, held=True, owned=True),
        LockKind.SRCU_SECTION: LockFacts(LockState.READERS, _SECTION, _NONE, spins=False, held=True, owned=True),
    }
)
