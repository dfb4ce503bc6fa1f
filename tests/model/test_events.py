"""The table of events: each kind has a row, and events are what it says."""

from __future__ import annotations

import pytest

from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model.absences import NeverOccurs
from modelcheck.model.events import EVENTS, PATTERN_WORDS, Event, EventKind, EventSubject, event_name

TEXT = """
object Page pool 1 { live : bool = true; }
shared kept : ref Page = null;
event moved(place : int);
callback hook(page : ref Page, how : int) -> bool { return page != null; }
process p {
  local page : ref Page;
  page = new Page;
  if (hook(page, 1)) { kept = page; }
  emit moved(1);
  kept = null;
  free(page);
}
count made   : at most 1 new(Page);
count freed  : at most 1 free(Page);
count called : at most 1 hook(_, _);
count back   : at most 1 hook(_, _) == true;
count moves  : at most 1 moved(_);
scenario s { run p; }
"""


def events() -> dict[EventKind, Event]:
    model = pipeline.Loaded(parse_text(TEXT, "events.mc")).edited().resolved("s").model
    assert len(model.events) == len(EventKind)
    return {event.kind: event for event in model.events}


def test_every_kind_has_a_row() -> None:
    assert set(EVENTS) == set(EventKind)
    assert dict(PATTERN_WORDS) == {"new": EventKind.NEW, "free": EventKind.FREE}


@pytest.mark.parametrize(
    ("kind", "name", "subject", "parameters"),
    [
        (EventKind.EMIT, "moved", "moved", ["place"]),
        (EventKind.NEW, "new Page", "Page", ["object"]),
        (EventKind.FREE, "free Page", "Page", ["object"]),
        (EventKind.CALL, "call hook", "hook", ["page", "how"]),
        (EventKind.RETURN, "return hook", "hook", ["page", "how", "result"]),
    ],
)
def test_what_events_are_about(kind: EventKind, name: str, subject: str, parameters: list[str]) -> None:
    event = events()[kind]
    assert (event.name, event.subject) == (name, subject)
    assert event_name(kind, subject) == name
    assert [parameter.name for parameter in event.parameters] == parameters
    assert event.returns is event.facts.with_result
    assert event.facts.subject is {"moved": EventSubject.EVENT, "Page": EventSubject.OBJECT}.get(
        subject, EventSubject.CALLBACK
    )


def test_what_is_missing_is_told_by_its_subject() -> None:
    """A count per something that no running process does says nothing, and why."""
    text = TEXT.replace("count made   : at most 1 new(Page);", "count made : at most 1 moved(_) per new(Page);")
    idle = text.replace("scenario s { run p; }", "process q { kept = null; } scenario s { run q; }")
    model = pipeline.Loaded(parse_text(idle, "events.mc")).edited().resolved("s").model
    (made,) = [each for each in model.properties if each.name == "made"]
    assert made.not_applicable == NeverOccurs(EventKind.NEW, "Page")
