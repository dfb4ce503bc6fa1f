"""Other races of the same property."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modelcheck.checking.shrink.another import another_race
from modelcheck.checking.shrink.effort import TooLarge
from modelcheck.report.races.difference import unlike
from modelcheck.result.trace import Trace
from modelcheck.studies.matrix.races import signature
from tests.checking.shrink.models import LOOKUP, Case, case


def first_race(found: Case) -> Trace:
    shrunk = found.shrunk()
    return replace(found.replayed(shrunk), orders=shrunk.numbered())


def test_there_is_one_race_for_each_use_and_then_no_more() -> None:
    found = case(LOOKUP, "late_use")
    known = [first_race(found)]
    assert known[0].steps[-1].position.label == "use"
    other = another_race(found.system, found.interpreter, found.property, known)
    assert other is not None
    assert other.steps[-1].position.label == "again"
    assert other.steps[-1].findings
    assert signature(other) != signature(known[0])
    assert another_race(found.system, found.interpreter, found.property, [*known, other]) is None
    assert unlike(known[0], known[0]) == []
    assert unlike(other, replace(known[0], orders=None)) == []
    lines = unlike(other, known[0])
    assert [line[:18].strip() for line in lines] == ["brought about by", "and not by", "it needs", "but not"]
    again, use = (trace.steps[-1].span.line for trace in (other, known[0]))
    assert [line.split(":")[1].split()[0] for line in lines[:2]] == [str(again), str(use)]


def test_it_says_when_it_gave_up() -> None:
    found = case(LOOKUP, "late_use")
    with pytest.raises(TooLarge):
        another_race(found.system, found.interpreter, found.property, [first_race(found)], limit=10)
    with pytest.raises(TooLarge):
        another_race(found.system, found.interpreter, found.property, [replace(first_race(found), orders=None)])
