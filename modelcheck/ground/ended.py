"""Why a task in a process of its own has no result."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from modelcheck.ground.records import dataclass


class Limited(Enum):
    """What a task had too little of."""

    TIME = "time"
    MEMORY = "memory"
    SIZE = "size"  # the model is too large: its pools, arrays and expressions


@dataclass(frozen=True, slots=True)
class Killed:
    """A signal ended the process of the task: its name, or its number."""

    signal: str


@dataclass(frozen=True, slots=True)
class Exited:
    """The process of the task stopped without an answer."""

    code: int | None


@dataclass(frozen=True, slots=True)
class InternalError:
    """An error of this program; ``kind``: of the exception, ``message``: what it says."""

    kind: str
    message: str


#: Why a task has no result.
Ended: TypeAlias = Limited | Killed | Exited | InternalError
