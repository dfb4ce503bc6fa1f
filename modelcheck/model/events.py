"""Events of a model: declared ones, and those that come about by themselves."""

from __future__ import annotations

from enum import Enum

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model.expressions import Local


class EventKind(Enum):
    """How an event comes about."""

    DECLARED = "emit"
    NEW = "new"  # parameters: (ref T); occurs in the step of New, name "new T"
    FREE = "free"  # parameters: (ref T); occurs in the step of Free, before the slot is freed, name "free T"
    CALL = "call"  # parameters: the callback's value parameters; occurs at entry of the callback, name "call cb"
    RETURN = (
        "return"  # parameters: the callback's value parameters, then its result if any; at its return, name "return cb"
    )


@dataclass(frozen=True, slots=True)
class Event:
    """A declared event. The built-in events ``new T``, ``free T``, ``call cb``, ``return cb`` also
    have one (``builtin`` set).

    ``subject``: of a built-in event the object class or callback.
    """

    id: int
    name: str
    parameters: tuple[Local, ...]
    builtin: EventKind
    span: Span
    subject: str = ""
