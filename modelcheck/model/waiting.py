"""The operations on wait queues and task states, by the kernel's names (docs/semantics.md, section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from modelcheck.ground.records import dataclass

#: The type of a wait queue, and the part of one that everybody who uses it writes.
QUEUE_TYPE = "wait_queue_head"
HEAD = "head"
#: The operation that is there to sleep with a state that is not the first one.
SCHEDULE = "schedule"
STATES = ("TASK_RUNNING", "TASK_INTERRUPTIBLE", "TASK_UNINTERRUPTIBLE")


@dataclass(frozen=True, slots=True)
class Operation:
    """``arguments``: what is to be written, in order. ``own``: it is about the process that does it.

    ``entry``: how it puts the process into the queue, if it does. ``state``: it sets the state of the
    process. ``wakes``: it wakes those in the queue; ``everybody``: the exclusive ones, too;
    ``interruptible``: only those that sleep interruptibly.
    """

    arguments: tuple[str, ...]
    own: bool = True
    entry: str | None = None
    state: bool = False
    sleeps: bool = False
    wakes: bool = False
    everybody: bool = False
    interruptible: bool = False

    @property
    def queue(self) -> str | None:
        """The argument that is the queue."""
        return next((name for name in self.arguments if name in ("wq", "&wq")), None)


def _wake(everybody: bool = False, interruptible: bool = False) -> Operation:
    return Operation(("&wq",), own=False, wakes=True, everybody=everybody, interruptible=interruptible)


OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "set_current_state": Operation(("STATE",), state=True),
        "__set_current_state": Operation(("STATE",), state=True),
        SCHEDULE: Operation((), sleeps=True),
        "prepare_to_wait": Operation(("&wq", "STATE"), entry="WAIT_QUEUED", state=True),
        "prepare_to_wait_exclusive": Operation(("&wq", "STATE"), entry="WAIT_EXCLUSIVE", state=True),
        "finish_wait": Operation(("&wq",), state=True),
        "add_wait_queue": Operation(("&wq",), entry="WAIT_ADDED"),
        "remove_wait_queue": Operation(("&wq",)),
        "wait_event": Operation(("wq", "condition"), entry="WAIT_QUEUED", state=True, sleeps=True),
        "wait_event_exclusive": Operation(("wq", "condition"), entry="WAIT_EXCLUSIVE", state=True, sleeps=True),
        "wake_up": _wake(),
        "wake_up_all": _wake(everybody=True),
        "wake_up_interruptible": _wake(interruptible=True),
        "wake_up_interruptible_all": _wake(everybody=True, interruptible=True),
        "wake_up_nr": Operation(("&wq", "nr"), own=False, wakes=True),
        "wake_up_process": Operation(("task",), own=False),
    }
)
