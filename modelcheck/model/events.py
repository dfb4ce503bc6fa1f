"""The table of events: what is the case for each kind of them (docs/semantics.md, section 7).

A new kind is a row here, and something that occurs in ``semantics/interpreter/`` and in
``semantics/elaborate/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model.expressions import Local


class EventKind(Enum):
    """How an event comes about."""

    EMIT = "emit"
    NEW = "new"
    FREE = "free"
    CALL = "call"
    RETURN = "return"


class EventSubject(Enum):
    """What events of a kind are about, and which parameters they have."""

    EVENT = "a declared event"  # with the parameters that it declares
    OBJECT = "an object class"  # with a reference to the object
    CALLBACK = "a callback"  # with its value parameters


@dataclass(frozen=True, slots=True)
class EventFacts:
    """``word``: of events that a pattern names by a word of the language, that word (``new(x)``).
    ``with_result``: what the callback returns, if anything, is the last parameter.
    """

    subject: EventSubject
    word: str | None = None
    with_result: bool = False


#: All kinds. ``new`` occurs in the step of the allocation, ``free`` in the step that frees, before the slot is free.
EVENTS: Mapping[EventKind, EventFacts] = MappingProxyType(
    {
        EventKind.EMIT: EventFacts(EventSubject.EVENT),
        EventKind.NEW: EventFacts(EventSubject.OBJECT, word="new"),
        EventKind.FREE: EventFacts(EventSubject.OBJECT, word="free"),
        EventKind.CALL: EventFacts(EventSubject.CALLBACK),
        EventKind.RETURN: EventFacts(EventSubject.CALLBACK, with_result=True),
    }
)

#: The kinds that a word of the language stands for in patterns.
PATTERN_WORDS: Mapping[str, EventKind] = MappingProxyType(
    {facts.word: kind for kind, facts in EVENTS.items() if facts.word is not None}
)


def event_name(kind: EventKind, subject: str) -> str:
    """The name of an event: that of the declared one, else ``new T``, ``free T``, ``call cb``, ``return cb``."""
    return subject if EVENTS[kind].subject is EventSubject.EVENT else f"{kind.value} {subject}"


@dataclass(frozen=True, slots=True)
class Event:
    """A declared event, or a built-in one that some property watches.

    ``subject``: the name of the declared event, of the object class or of the callback.
    ``returns``: its last parameter is what the callback returned.
    """

    id: int
    name: str
    parameters: tuple[Local, ...]
    kind: EventKind
    span: Span
    subject: str
    returns: bool = False

    @property
    def facts(self) -> EventFacts:
        """What is the case for events of its kind."""
        return EVENTS[self.kind]
