"""What one design can show and another cannot."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from modelcheck.language import pipeline, variants
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.parse import parse_text
from modelcheck.report.narrate.value_texts import event_text
from modelcheck.report.texts.events_text import events_text
from modelcheck.result.reasons.stops import Stop
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter
from modelcheck.studies.refinement.compare import AnyNumberRuns, EventComparison, NotAllStates, compare_events
from modelcheck.studies.refinement.graphs import event_graph
from modelcheck.studies.refinement.run import compare_all_events

DOOR = """
model door;
event opened(); event closed(); event rang(n: 0..3);
shared bell : 0..3 = 0;
process porter  { a: emit opened(); b: emit closed(); }
process visitor { c: bell = 1; d: emit rang(bell); }
scenario s { run porter, visitor; }
scenario any { run porter[*]; slow; }
variant together { replace porter::a..b { atomic { emit opened(); emit closed(); } } }
variant silent   { delete visitor::d; }
variant louder   { replace visitor::c { bell = 2; } }
variant ordered  { replace porter::a { when (bell == 1); emit opened(); } }
variant crash    { replace visitor::c { bell = bell + 4; } }
variant renamed  { add event knocked(); insert before visitor::c { emit knocked(); } }
"""


def door() -> ast.Spec:
    return parse_text(DOOR, "door.mc")


def compare(
    first: str, second: str, spec: ast.Spec | None = None, scenario: str = "s", **limits: float
) -> EventComparison:
    loaded = spec or door()
    models = [pipeline.Loaded(loaded).edited(name).resolved(scenario).model for name in (first, second)]
    return compare_events(models[0], models[1], **limits)  # type: ignore[arg-type]


def told(found: EventComparison) -> dict[str, tuple[str, ...]]:
    return {one.able: one.events for one in found.differences}


def test_a_step_with_two_events_lets_nothing_come_between() -> None:
    found = compare("base", "together")
    assert told(found) == {"base": ("opened()", "rang(1)")}
    (one,) = found.differences
    assert one.instead == ("closed()",)
    assert [event_text(event) for step in one.trace.steps for event in step.events] == ["opened()", "rang(1)"]
    assert [event_text(event) for step in one.other.steps for event in step.events] == ["opened()", "closed()"]
    assert (found.bound, found.unshared) == (None, ())


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("base", "silent", {"base": ("rang(1)",)}),
        ("base", "louder", {"base": ("rang(1)",), "louder": ("rang(2)",)}),
        ("base", "crash", {"base": ("rang(1)",)}),
        ("silent", "crash", {}),
    ],
)
def test_shortest_sequences(first: str, second: str, expected: dict[str, tuple[str, ...]]) -> None:
    assert told(compare(first, second)) == expected
    assert told(compare(second, first)) == expected


def test_callbacks_are_seen_where_a_property_speaks_of_them() -> None:
    text = """
    shared x : 0..1 = 0;
    callback test() -> bool { return x == 1; }
    process p { if (test()) { x = 0; } }
    process q { x = 1; }
    only_if fine : test() == true only if x == 1;
    scenario s { run p, q; }
    variant never { override callback test() -> bool { if (x == 1) { return false; } return false; } }
    """
    found = compare("base", "never", parse_text(text, "callback.mc"))
    assert told(found) == {"base": ("test() -> true",)}
    assert found.differences[0].instead == ("test() -> false",)


def test_events_of_one_side_only_are_left_out() -> None:
    found = compare("base", "renamed")
    assert (found.differences, found.unshared) == ((), ("knocked",))


LOOKED_AT = 8_000
#: Designs with more states than this test looks at in each of their scenarios.
LARGE: dict[str, set[str]] = {
    "mcs_lock": {"plain_clear", "split_xchg"},
    "seqlock_unbounded": {"base", "two_loads"},
    "ticket_lock": {"endless"},
}


@pytest.mark.parametrize("path", sorted(Path("specs").glob("*.mc")), ids=lambda path: path.stem)
def test_every_design_shows_what_it_shows(path: Path) -> None:
    """Compared with itself by way of two interpreters and two graphs, not by name; scenarios with
    very many states are left out.
    """
    spec = pipeline.load(path)
    whole = set()
    for row in variants.names(spec):
        edited = pipeline.Loaded(spec).edited(row.name)
        known = [info.name for info in edited.scenarios if not info.slow and not info.any_number]
        for scenario in known:
            found = compare(row.name, row.name, spec, scenario, seconds=60.0, states=LOOKED_AT)
            assert found.differences == (), (row.name, scenario)
            if found.bound is None:
                whole.add(row.name)
                break
    assert {row.name for row in variants.names(spec)} - whole == LARGE.get(path.stem, set())


def test_one_model_under_two_names_is_not_explored() -> None:
    spec = parse_text(DOOR + 'variant same "nothing" { }', "d.mc")
    alike = compare_all_events(spec, "base", "same", ["s", "any"], seconds={"s": 0.0, "any": 0.0}, jobs=2)
    assert [(one.scenario, one.differences, one.bound) for one in alike] == [("s", (), None), ("any", (), None)]
    other = "variant later { insert after porter::b { bell = 3; } }"
    assert [one.bound for one in compare_all_events(parse_text(DOOR + other, "d.mc"), "base", "later", ["any"])] == [0]


def test_against_all_sequences_written_out() -> None:
    """The sequences of both sides, listed one by one, say the same."""

    def sequences(variant: str, longest: int = 4) -> set[tuple[str, ...]]:
        graph = event_graph(
            MemoisedInterpreter(pipeline.Loaded(door()).edited(variant).resolved("s").model),
            frozenset({"opened", "closed", "rang"}),
            1000,
            1e9,
        )
        found: set[tuple[str, ...]] = set()
        work: list[tuple[int, tuple[str, ...]]] = [(0, ())]
        seen = set(work)
        while work:
            node, shown = work.pop()
            found.add(shown)
            for edge in graph.edges[node]:
                there = (edge.target, (*shown, edge.event) if edge.event else shown)
                if len(there[1]) <= longest and there not in seen:
                    seen.add(there)
                    work.append(there)
        return found

    for first, second in itertools.combinations(("base", "together", "silent", "louder", "ordered", "crash"), 2):
        of_first, of_second = sequences(first), sequences(second)
        shortest = told(compare(first, second))
        for able, only in ((first, of_first - of_second), (second, of_second - of_first)):
            assert (able in shortest) is bool(only), (first, second)
            if only:
                assert shortest[able] in only
                assert len(shortest[able]) == min(map(len, only))


def test_a_budget_that_does_not_suffice_is_told() -> None:
    few = compare("base", "silent", states=3)
    assert (few.differences, few.bound) == ((), 0)
    assert isinstance(few.reason, NotAllStates)
    assert few.reason.variant == "base"
    assert "bounded: s: nothing compared" in events_text([few], "base", "silent")

    def within(seconds: int) -> EventComparison:
        """With a clock that moves on by a second at each look."""
        ticks = itertools.count()
        return compare("base", "base", seconds=float(seconds), clock=lambda: float(next(ticks)))  # type: ignore[arg-type]

    found = [within(seconds) for seconds in range(1, 60)]
    assert found[0].bound == 0
    assert found[-1].bound is None
    bounds = [one.bound or 0 for one in found if one.reason is Stop.TIME]
    assert bounds == sorted(bounds)
    assert max(bounds) >= 2


def test_the_text() -> None:
    text = events_text([compare("base", "together")], "base", "together")
    assert "The events that can be seen differ in 1 of 1 scenario: s." in text
    assert "s: base can show 2 events in 4 steps that together cannot:" in text
    assert "> rang(1)  visitor, line 6              instead only: closed()" in text
    assert "It diverges at line 6: visitor: emit rang(1)" in text
    assert all(len(line) <= 80 for line in text.splitlines())
    same = events_text([compare("base", "renamed")], "base", "renamed")
    assert "base and renamed can show the same events in 1 scenario, in every order." in same
    assert "Events that only one of them declares were left out: knocked." in same


def test_several_scenarios_in_processes_of_their_own() -> None:
    found = compare_all_events(door(), "base", "together", ["s", "any", "nowhere"], jobs=2)
    assert [(one.scenario, len(one.differences), one.bound) for one in found] == [
        ("s", 1, None),
        ("any", 0, 0),
        ("nowhere", 0, 0),
    ]
    assert found[1].reason == AnyNumberRuns("porter")
