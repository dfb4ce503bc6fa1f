"""Locks and completions: their kinds, what can be done with them and what can be asked."""

from __future__ import annotations

from enum import Enum


class LockKind(Enum):
    MUTEX = "mutex"
    SPINLOCK = "spinlock"
    BITLOCK = "bitlock"
    RWLOCK = "rwlock"
    RWSEM = "rwsem"
    COMPLETION = "completion"


class LockOperator(Enum):
    LOCK = "lock"
    TRYLOCK = "trylock"
    UNLOCK = "unlock"
    READ_LOCK = "read_lock"
    READ_TRYLOCK = "read_trylock"
    READ_UNLOCK = "read_unlock"
    COMPLETE = "complete"
    COMPLETE_ALL = "complete_all"
    WAIT_FOR_COMPLETION = "wait_for_completion"
    TRY_WAIT_FOR_COMPLETION = "try_wait_for_completion"
    REINIT_COMPLETION = "reinit_completion"


class LockQuestion(Enum):
    HELD = "held"  # by the asking process (in a property: by any process)
    LOCKED = "locked"  # by anybody
    FROZEN = "frozen"  # the ghost bit of an atomic
    COMPLETED = "completed"  # completion_done
