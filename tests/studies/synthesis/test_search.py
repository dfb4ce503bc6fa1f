"""Synthesis against brute force, and what it owes to replays, classes and expectations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import modelcheck
from modelcheck.ground.diagnostics import SpecError
from modelcheck.language import pipeline
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.parse import parse_text
from modelcheck.report.reasons.studies import detail_text, unknown_text
from modelcheck.report.texts.synthesis_text import exit_code, synthesis_text
from modelcheck.result.verdict import Verdict
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.synthesis import scenario
from modelcheck.studies.synthesis.model import Synthesis, Why
from modelcheck.studies.synthesis.reasons import Untold
from modelcheck.studies.synthesis.scenario import Findings, ask
from modelcheck.studies.synthesis.search import synthesize

SPECS = Path(__file__).parents[3] / "specs"

#: A reference count with two holes: who takes the lock, and how many references the owner keeps.
COUNTED = """
model counted;
unknown LOCKED : bool;
unknown KEPT   : 0..3;
object Buffer pool 1 { count : atomic = 1; }
shared slot : ref Buffer = null;
mutex  m;
process user {
    local b : ref Buffer;
      if (LOCKED) { lock(m); }
 load: b = slot;
      if (b != null) { b->count.inc(); }
      if (LOCKED) { unlock(m); }
      if (b != null) { touch(b); if (b->count.dec_and_test()) { free(b); } }
}
process owner {
    local b : ref Buffer;
      lock(m);
      b = slot;
      slot = null;
      unlock(m);
 put: if (b->count.fetch_sub(1) == 1 + KEPT) { free(b); }
}
obligation no_use_after_free : use_after_free;
obligation no_leak           : leak;
cover      reached           : after(owner::put);
init full { slot = new Buffer { count = 1 + KEPT; }; }
scenario one   { init full; run user, owner; }
scenario alone { init full; run owner; }
"""

#: A hole that is a set of enum literals, and one that is an enum.
SITES = """
model sites;
enum Path { by_reclaim, by_truncate }
unknown SITES : set<Path>;
unknown FIRST : Path;
shared done : 0..4 = 0;
event removed(by: Path);
event called(by: Path);
inline leave(by: Path) {
    if (by in SITES) { atomic { emit removed(by); emit called(by); } } else { emit removed(by); }
}
process reclaim  { if (FIRST == by_truncate) { when (done > 0); } leave(by_reclaim); done = 1; }
process truncate { if (FIRST == by_reclaim) { when (done > 0); } leave(by_truncate); done = 1; }
count called_once : exactly once called(by) per removed(by) within drained;
cover over        : done == 1;
scenario both  { run reclaim, truncate; }
scenario alone { run truncate; }
"""

#: A scenario that sets the hole itself, a variant that does, and one with another hole.
LIMITED = """
model limited;
unknown SIZE : 1..4 = 2;
shared used : 0..3 = 0;
process p { atomic when (used < SIZE) { used = used + 1; } use: ; atomic { used = used - 1; } }
invariant few  : used <= 2;
cover     both : used == 2;
scenario three { run p[3]; }
scenario fixed { run p[2]; param SIZE = 2; }
variant closed { set SIZE = 1; }
variant slack  { add unknown MORE : 0..2; override invariant few : used <= 2 + MORE; }
expect safe SIZE in {2};
"""

SOURCES = {"counted": COUNTED, "sites": SITES, "limited": LIMITED}


def spec(text: str) -> ast.Spec:
    return parse_text(text, "holes.mc")


def found(text: str, variant: str = "base", jobs: int = 0, **options: object) -> Synthesis:
    return synthesize(spec(text), "holes.mc", variant, Options(jobs=jobs, **options))  # type: ignore[arg-type]


def texts(result: Synthesis) -> tuple[list[str], list[str], list[str]]:
    space = result.space
    return (
        [space.text(assignment) for assignment in result.safe],
        [space.text(one.assignment) for one in result.rejected],
        [space.text(one.assignment) for one in result.undecided],
    )


def is_safe_by_itself(text: str, variant: str, settings: dict[str, str]) -> bool:
    """What an ordinary check says, cell by cell."""
    values = {name: _Written(value) for name, value in settings.items()}
    result = modelcheck.check(spec(text), variant=variant, params=values)
    verdicts = [cell.verdict for cell in result.cells]
    assert not {Verdict.UNKNOWN, Verdict.BOUNDED} & set(verdicts)
    return Verdict.VIOLATED not in verdicts


class _Written(str):
    """A value as a spec writes it."""


@pytest.mark.parametrize("name", ["counted", "sites"])
def test_as_brute_force_says(name: str) -> None:
    result = found(SOURCES[name])
    safe = {
        a
        for a in result.space.assignments()
        if is_safe_by_itself(SOURCES[name], "base", dict(result.space.settings(a)))
    }
    assert 0 < len(safe) < result.space.size
    assert set(result.safe) == safe
    assert {one.assignment for one in result.rejected} == set(result.space.assignments()) - safe
    assert result.undecided == ()


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_every_race_runs_under_every_assignment_that_it_rejects(name: str) -> None:
    text = SOURCES[name]
    result = found(text)
    replayed = 0
    for reason in result.reasons:
        if reason.why is not Why.VIOLATED:
            continue
        assert reason.trace is not None
        for assignment in reason.refutes:
            settings = dict(result.space.settings(assignment, result.fixed[reason.scenario]))
            model = pipeline.Loaded(spec(text)).edited("base", settings).resolved(reason.scenario).model
            prop = next(p for p in model.properties if p.name == reason.property_name)
            again = MemoisedInterpreter(model).replay(reason.trace.schedule, prop.id)
            assert again.finding.property == prop.id
            replayed += 1
    assert replayed
    for one in result.rejected:
        assert one.assignment in one.reason.refutes
        assert (one.trace is not None) is (one.reason.why is Why.VIOLATED)


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_the_answer_does_not_depend_on_the_number_of_workers(name: str) -> None:
    first, second = (found(SOURCES[name], jobs=jobs) for jobs in (0, 3))
    assert texts(first) == texts(second)
    summaries = [
        [(r.why, r.scenario, r.property_name, r.refutes, r.trace and r.trace.schedule) for r in result.reasons]
        for result in (first, second)
    ]
    assert summaries[0] == summaries[1]


def test_races_spare_explorations() -> None:
    result = found(COUNTED)
    # Eight assignments in two scenarios: what the first race of the first scenario rejects is never explored.
    assert result.explorations < 16
    assert max(len(reason.refutes) for reason in result.reasons if reason.trace is not None) > 1


def test_a_scenario_that_does_not_look_at_a_hole_is_explored_once_for_all_its_values() -> None:
    text = """
    model blind;
    unknown HERE : 1..8;
    shared x : 0..9 = 0;
    process p { x = 1; }
    process q { x = HERE; }
    invariant small : x < 5;
    scenario only_p { run p; }
    scenario both { run p, q; }
    """
    result = found(text)
    assert texts(result)[0] == [f"HERE = {n}" for n in range(1, 5)]
    # And the race with 5 rejects 6, 7 and 8.
    assert result.explorations == 1 + 5


def test_never_is_not_safe() -> None:
    """An assignment under which nothing ever happens violates nothing, and is rejected all the same."""
    text = """
    model lazy;
    unknown THRESHOLD : 0..3;
    unknown EVER : bool;
    shared x : 0..1 = 0;
    process p { if (EVER) { when (x == THRESHOLD); } else { when (false); } done: x = 1; }
    cover finished : after(p::done);
    scenario s { run p; }
    """
    result = found(text, properties=("finished",))
    assert texts(result)[0] == ["THRESHOLD = 0, EVER = true"]
    assert {reason.why for reason in result.reasons} == {Why.NEVER}


def test_a_cover_whose_code_an_assignment_removes_is_never_reached() -> None:
    text = """
    model removed;
    unknown CALLS : bool;
    shared x : 0..1 = 0;
    process p { if (CALLS) { call: x = 1; } }
    process q { x = 0; }
    cover called : after(p::call);
    scenario with_p { run p; }
    scenario without { run q; }
    """
    result = found(text)
    assert texts(result)[:2] == (["CALLS = true"], ["CALLS = false"])
    assert [(r.why, r.scenario, r.property_name) for r in result.reasons] == [(Why.NEVER, "with_p", "called")]


def test_a_value_with_which_the_spec_makes_no_sense_is_rejected() -> None:
    text = """
    model sizes;
    unknown SLOTS : 0..2;
    object Thing pool SLOTS { }
    process p { local t : ref Thing; t = new Thing; free(t); }
    scenario s { run p[2]; }
    """
    result = found(text)
    assert texts(result) == (["SLOTS = 2"], ["SLOTS = 0", "SLOTS = 1"], [])
    assert [reason.why for reason in result.reasons] == [Why.INVALID, Why.VIOLATED]
    assert "a pool has 1 to" in detail_text(result.reasons[0].detail)


def test_holes_that_have_a_value_are_not_searched() -> None:
    assert texts(found(LIMITED)) == (["SIZE = 2"], ["SIZE = 1", "SIZE = 3", "SIZE = 4"], [])
    with pytest.raises(SpecError) as closed:
        found(LIMITED, "closed")
    assert [d.code for d in closed.value.diagnostics] == ["MC531"]
    with pytest.raises(SpecError) as given:
        found(LIMITED, overrides=(("SIZE", "3"),))
    assert [d.code for d in given.value.diagnostics] == ["MC531"]


def test_a_variant_may_add_a_hole() -> None:
    result = found(LIMITED, "slack")
    assert [hole.name for hole in result.space.holes] == ["SIZE", "MORE"]
    assert texts(result)[0] == [
        "SIZE = 2, MORE = 0",
        "SIZE = 2, MORE = 1",
        "SIZE = 2, MORE = 2",
        "SIZE = 3, MORE = 1",
        "SIZE = 3, MORE = 2",
        "SIZE = 4, MORE = 1",
        "SIZE = 4, MORE = 2",
    ]
    only = synthesize(spec(LIMITED), "holes.mc", "slack", Options(jobs=0), unknowns=("MORE",))
    assert texts(only)[0] == ["MORE = 0", "MORE = 1", "MORE = 2"]


def test_a_scenario_that_sets_the_hole_says_nothing_about_it() -> None:
    result = found(LIMITED)
    assert result.fixed == {"three": frozenset(), "fixed": frozenset({"SIZE"})}
    assert all(reason.scenario == "three" for reason in result.reasons)
    assert found(LIMITED, scenarios=("fixed",)).explorations == 1


def test_expectations_are_compared() -> None:
    right = found(LIMITED)
    assert right.expected
    assert exit_code(right) == 0
    wrong = found(LIMITED.replace("in {2}", "in {2, 4}"))
    assert [(s.missing, s.extra) for s in wrong.surprises] == [(("4",), ())]
    assert exit_code(wrong) == 1
    fewer = found(LIMITED.replace("in {2}", "in {}"))
    assert [(s.missing, s.extra) for s in fewer.surprises] == [((), ("2",))]
    assert exit_code(fewer) == 1
    assert "2 is safe, and the spec does not say so" in synthesis_text(fewer)


def test_a_part_of_the_question_may_have_more_answers() -> None:
    result = found(LIMITED, properties=("few",))
    assert texts(result)[0] == ["SIZE = 1", "SIZE = 2"]
    assert exit_code(result) == 0
    # What is rejected already is rejected all the same.
    wrong = found(LIMITED.replace("in {2}", "in {2, 4}"), properties=("few",))
    assert [(s.missing, s.extra) for s in wrong.surprises] == [(("4",), ())]


def test_none_safe_is_exit_code_1_unless_expected() -> None:
    impossible = LIMITED.replace("used <= 2;", "used <= 0;").replace("expect safe SIZE in {2};", "")
    result = found(impossible)
    assert result.safe == ()
    assert exit_code(result) == 1
    expected = found(impossible + "expect safe SIZE in {};")
    assert exit_code(expected) == 0


def test_exceptions_do_not_count() -> None:
    strict = "invariant idle : used == 0;"
    assert found(LIMITED + strict).safe == ()
    loose = LIMITED.replace("in {2};", "in {2} except { idle in three, fixed };") + strict
    result = found(loose)
    assert texts(result)[0] == ["SIZE = 2"]
    assert result.excepted == (("idle", ("three", "fixed")),)
    assert "Not asked for, as the spec says: idle in every scenario." in synthesis_text(result)


def test_an_exception_whose_fault_ends_runs_leaves_nothing_proved() -> None:
    text = """
    model cut;
    unknown N : 0..1;
    shared x : 0..3 = 0;
    process p { if (N == 1) { x = x + 3; x = x + 3; } x = 0; }
    obligation fits  : range;
    invariant  small : x <= 3;
    scenario s { run p; }
    expect safe N in {0} except { fits };
    """
    result = found(text)
    assert texts(result) == (["N = 0"], [], ["N = 1"])
    assert "cut short by a fault of fits" in unknown_text(result.undecided[0].open[0].reason)
    assert exit_code(result) == 3


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("expect safe SIZES in {1};", "MC533"),
        ("expect safe SIZE in {9};", "MC204"),
        ("expect safe SIZE in {1} except { fewer };", "MC320"),
        ("unknown MORE : bool; expect safe SIZE, MORE in {1};", "MC327"),
    ],
)
def test_expectations_that_make_no_sense(text: str, code: str) -> None:
    with pytest.raises(SpecError) as raised:
        found(LIMITED.replace("expect safe SIZE in {2};", text))
    assert code in [diagnostic.code for diagnostic in raised.value.diagnostics]


def test_too_many_assignments() -> None:
    with pytest.raises(SpecError) as raised:
        found(LIMITED + "unknown BIG : bv<16>;", scenarios=("three",))
    assert [d.code for d in raised.value.diagnostics] == ["MC532"]


def test_without_enough_time_nothing_is_safe() -> None:
    text = """
    model large;
    unknown N : 0..1;
    shared x : bv<20> = 0;
    process p { loop { x = x * 5 + 3; y = y + N; } }
    shared y : bv<20> = 0;
    invariant odd : x != 7;
    scenario s { run p; }
    """
    result = found(text, seconds=0.05, engine="explicit")
    assert result.safe == ()
    assert len(result.undecided) == 2
    assert exit_code(result) == 3
    assert "undecided N = 0" in synthesis_text(result)


def test_an_interrupt_leaves_the_rest_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def interrupting(*arguments: Any) -> Findings:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return ask(*arguments)

    monkeypatch.setattr("modelcheck.studies.synthesis.search.ask", interrupting)
    result = found(LIMITED)
    assert result.interrupted
    assert texts(result) == ([], ["SIZE = 1"], ["SIZE = 2", "SIZE = 3", "SIZE = 4"])
    assert {what.reason for one in result.undecided for what in one.open} == {Untold.INTERRUPTED}
    assert exit_code(result) == 130


def asked(variant: str, *scenarios: str) -> Synthesis:
    """One of the thread's questions."""
    options = Options(scenarios=scenarios)
    return synthesize(pipeline.load(SPECS / "page_removal.mc"), "page_removal.mc", variant, options)


def in_the_docs(result: Synthesis) -> bool:
    """Whether docs/synthesis.md shows what is printed about which assignments are safe and which are not."""
    page = (SPECS.parent / "docs" / "synthesis.md").read_text(encoding="utf-8")
    shown = synthesis_text(result).split("Race 1,")[0].partition("\n\n")[2].strip()
    return f"```\n{shown}\n```" in page


def test_which_sites_need_the_callback() -> None:
    """All eight subsets are tried, only the full one survives, and each missing site has its race."""
    result = asked("which_sites")
    assert result.scenarios[-1] == "any_readers"
    assert result.space.size == 8
    assert texts(result)[0] == ["AT_RECLAIM = true, AT_TRUNCATE = true, AT_INVALIDATE = true"]
    assert len(result.rejected) == 7
    races = {r.scenario: result.space.boxes(r.refutes) for r in result.reasons if r.trace is not None}
    assert {scenario: [result.space.box_text(b) for b in boxes] for scenario, boxes in races.items()} == {
        "reclaim_only": ["AT_RECLAIM = false"],
        "truncate_only": ["AT_TRUNCATE = false"],
        "invalidate_only": ["AT_INVALIDATE = false"],
    }
    assert exit_code(result) == 0
    assert in_the_docs(result)


def test_which_count_is_right() -> None:
    """Three, one each for the page cache, PG_private and the caller; and a test of it is not enough."""
    # With a fixed number of readers; the question above has any number, too.
    result = asked("which_count", "reclaim_only", "truncate_only", "invalidate_only", "all_paths")
    assert result.space.size == 10
    assert texts(result)[0] == ["THRESHOLD = 3, FREEZE = true"]
    tested = next(one for one in result.rejected if one.assignment == (3, False))
    assert (tested.reason.property_name, tested.trace and len(tested.trace.steps)) == ("still_3_at_detach", 11)
    assert {one.assignment[0]: one.reason.why for one in result.rejected if one.assignment[1]} == {
        1: Why.NEVER,
        2: Why.NEVER,
        4: Why.VIOLATED,
        5: Why.VIOLATED,
    }
    assert exit_code(result) == 0
    assert in_the_docs(result)


def test_the_interface_for_programs() -> None:
    result = modelcheck.synthesize(spec(LIMITED), variant="slack", unknowns=["MORE"], scenarios=["fixed"])
    assert texts(result)[0] == ["MORE = 0", "MORE = 1", "MORE = 2"]
    assert modelcheck.synthesize(spec(COUNTED), params={"LOCKED": False}, jobs=2).space.size == 4


class Clock:
    """Stands still until it was asked so many times; then the time is over whenever it is asked."""

    def __init__(self, asked: int) -> None:
        self.left = asked

    def __call__(self) -> float:
        self.left -= 1
        return 1e6 * max(0, -self.left)


@pytest.mark.parametrize("asked", [*range(24), 1_000_000])
def test_time_bounds_telling_assignments_apart_and_replaying(asked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it ends, what is decided is decided as without a limit, and no more is replayed than
    there is time for.
    """
    spec = parse_text(COUNTED, "counted.mc")
    whole = synthesize(spec, "counted.mc", "base", Options(jobs=0))
    clock, replayed, true = Clock(asked), [], scenario.replays

    def replays(*arguments: Any) -> Any:
        assert clock.left >= 0
        replayed.append(arguments)
        return true(*arguments)

    monkeypatch.setattr("modelcheck.studies.synthesis.search.replays", replays)
    found = synthesize(spec, "counted.mc", "base", Options(jobs=0, seconds=1_000.0), clock=clock)
    rejected, safe = {r.assignment for r in found.rejected}, set(found.safe)
    assert safe <= set(whole.safe)
    assert rejected <= {r.assignment for r in whole.rejected}
    undecided = {u.assignment for u in found.undecided}
    assert safe | rejected | undecided == {*whole.safe, *(r.assignment for r in whole.rejected)}
    if asked < 9:  # eight assignments have to be told apart in the first scenario
        assert (safe, rejected, replayed) == (set(), set(), [])
        assert all(o.reason is Untold.DIVIDING for u in found.undecided for o in u.open)
    elif asked == 1_000_000:
        assert (safe, undecided) == (set(whole.safe), set())
        assert replayed
