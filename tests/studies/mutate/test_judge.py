"""What becomes of a mutant, and why: one at a time, in this process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from modelcheck.language import pipeline
from modelcheck.language.syntax import ast
from modelcheck.result.budget import Budget
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.mutate.alike import Difference, Kind
from modelcheck.studies.mutate.cache import Known
from modelcheck.studies.mutate.judge import judge
from modelcheck.studies.mutate.model import Judged, Kill, MutationResult, Notice, Outcome
from modelcheck.studies.mutate.mutants import mutants_of
from modelcheck.studies.mutate.original import check_original, chosen
from modelcheck.studies.mutate.races import race
from modelcheck.studies.mutate.run import Wanted, run_mutants

SPEC = """
model small;
shared a : 0..3 = 0;
shared b : 0..3 = 0;
shared c : 0..3 = 0;
shared go : bool = false;
spinlock s;
event done();
process p {
    local v : 0..3;
      lock(s);
 inc: a = a + 1;
      unlock(s);
 b1:  b = 1;
 say: emit done();
 two: v = 2;
 odd: c = 1;
}
process waker { set: go = true; }
process waiter { wt: when (go); }
process stray { x: b = 3; }
final counted  : a == 2;
cover both     : b == 1;
count told     : at most 1 done();
invariant even : c == 0;
final woken    : true;
scenario main  { run p[2], waker, waiter; }
expect holds all except { told, even };
"""
OPTIONS = Options(jobs=0)


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> ast.Spec:
    path = tmp_path_factory.mktemp("mutants") / "small.mc"
    path.write_text(SPEC, encoding="utf-8")
    return pipeline.load(path)


def judged(spec: ast.Spec, name: str, states: int | None = None) -> Judged:
    planned, _ = chosen(spec, "base", OPTIONS)
    original, _ = check_original(spec, "small.mc", "base", OPTIONS, planned)
    (mutant,) = [one for one in mutants_of(original.edited) if one.name == name]
    return replace(judge(original, mutant, Budget(states=states), Known(OPTIONS)), seconds=0.0)


def test_a_run_kills(spec: ast.Spec) -> None:
    found = judged(spec, "no_lock_p_s")
    assert found.outcome is Outcome.KILLED
    assert found.kill is not None
    assert (found.kill.property_name, found.kill.notice) == ("counted", Notice.VIOLATED)
    trace = race(spec, "base", OPTIONS, found)
    assert trace is not None
    assert (len(trace.schedule), trace.variant, trace.property_name) == (found.kill.length, "no_lock_p_s", "counted")


def test_a_witness_that_is_missed_kills(spec: ast.Spec) -> None:
    found = judged(spec, "drop_store_p_b1")
    assert found.kill == Kill("main", "both", False, Notice.UNWITNESSED, None)
    assert race(spec, "base", OPTIONS, found) is None


def test_that_nobody_comes_to_rest_kills(spec: ast.Spec) -> None:
    """(It is a deadlock here, which is shown by a run: that is told first.)"""
    found = judged(spec, "drop_store_waker_set")
    assert found.kill is not None
    assert (found.kill.property_name, found.kill.builtin, found.kill.notice) == ("deadlock", True, Notice.VIOLATED)


def test_what_is_expected_to_be_violated_kills_if_it_holds(spec: ast.Spec) -> None:
    found = judged(spec, "drop_store_p_odd")
    assert found.kill == Kill("main", "even", False, Notice.UNEXPECTED, None)


NAMED = """
model named;
shared a : 0..3 = 0;
event begun(p: proc p);
event done(p: proc p);
process p { loop quiescent { go: emit begun(self); inc: atomic { a = 1; } end: emit done(self); } }
count both    : exactly once done(x) per begun(x) until next begun within drained;
cover one     : a == 1;
scenario main  { run p; }
scenario other { run p[2]; }
expect holds all;
"""


@pytest.mark.parametrize(
    ("line", "scenarios", "outcome"),
    [
        ("", (), Outcome.SURVIVED),  # it does not apply any more, and `all` asks nothing of it
        ("expect holds both;", (), Outcome.KILLED),
        ("expect holds both in other;", (), Outcome.KILLED),
        ("expect holds both;", ("main",), Outcome.SURVIVED),  # it might apply in others
        ("expect unknown both;", (), Outcome.SURVIVED),
    ],
)
def test_what_is_expected_by_name_has_to_apply_somewhere(
    tmp_path: Path, line: str, scenarios: tuple[str, ...], outcome: Outcome
) -> None:
    path = tmp_path / "named.mc"
    path.write_text(NAMED + line, encoding="utf-8")
    options = replace(OPTIONS, scenarios=scenarios)
    spec = pipeline.load(path)
    planned, _ = chosen(spec, "base", options)
    original, _ = check_original(spec, "named.mc", "base", options, planned)
    (mutant,) = [one for one in mutants_of(original.edited) if one.name == "drop_emit_p_go"]
    # Without the events that nobody is told of any more, the other one has no window to count in.
    found = judge(original, mutant, Budget(), Known(options))
    assert found.outcome is outcome
    if outcome is Outcome.KILLED:
        assert found.kill is not None
        assert (found.kill.property_name, found.kill.notice) == ("both", Notice.UNEXPECTED)


def test_a_survivor_is_told_where_it_is_unlike(spec: ast.Spec) -> None:
    found = judged(spec, "move_emit_p_b1")
    assert (found.outcome, found.scenario) == (Outcome.SURVIVED, "main")
    assert found.difference is not None
    assert found.difference.kind in (Kind.EVENTS, Kind.MEMORY)


def test_nothing_to_notice(spec: ast.Spec) -> None:
    waiting = judged(spec, "no_wait_waiter_wt")
    assert (waiting.outcome, waiting.unseen) == (Outcome.EQUIVALENT, True)
    assert judged(spec, "drop_store_stray_x").outcome is Outcome.NOT_RUN


def test_what_was_not_looked_at_is_undecided(spec: ast.Spec) -> None:
    found = judged(spec, "off_by_one_p_inc", states=1)
    assert found.outcome is Outcome.UNDECIDED
    assert found.reason is not None


class Impatient:
    """A listener that interrupts after so many mutants."""

    def __init__(self, most: int) -> None:
        self.left = most

    def planned(self, pairs: object) -> None: ...
    def started(self, variant: str, scenario: str) -> None: ...
    def standing(self, variant: str, scenario: str, standing: object) -> None: ...
    def finished(self, pair: object) -> None: ...
    def tick(self) -> None: ...
    def counted(self, reused: bool) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def run(spec: ast.Spec, options: Options, watcher: Impatient | None = None) -> MutationResult:
    planned, skipped = chosen(spec, "base", options)
    made = mutants_of(pipeline.Loaded(spec).edited("base"))
    return run_mutants(spec, "small.mc", "base", options, planned, skipped, Wanted(("drop_*",)).of(made), watcher)


def test_an_interrupt_leaves_what_was_found(spec: ast.Spec) -> None:
    found = run(spec, OPTIONS, Impatient(3))
    assert not found.complete
    assert len(found.judged) == 3
    assert found.judged == tuple(
        replace(one, seconds=found.judged[i].seconds) for i, one in enumerate(run(spec, OPTIONS).judged[:3])
    )


def test_processes_find_what_one_finds(spec: ast.Spec) -> None:
    one, several = (run(spec, replace(OPTIONS, jobs=jobs)) for jobs in (0, 2))
    assert [(found.mutant.name, found.outcome, found.kill) for found in one.judged] == [
        (found.mutant.name, found.outcome, found.kill) for found in several.judged
    ]


def test_a_repeated_run_asks_nobody(spec: ast.Spec, tmp_path: Path) -> None:
    options = replace(OPTIONS, cache=str(tmp_path))
    first, again = run(spec, options), run(spec, options)
    assert not any(one.reused for one in first.judged)
    assert all(one.reused or one.outcome is Outcome.NOT_RUN for one in again.judged)
    assert [(one.outcome, one.kill, one.difference) for one in first.judged] == [
        (one.outcome, one.kill, one.difference) for one in again.judged
    ]


def test_differences_are_remembered(spec: ast.Spec, tmp_path: Path) -> None:
    options = replace(OPTIONS, cache=str(tmp_path))
    planned, _ = chosen(spec, "base", options)
    original, _ = check_original(spec, "small.mc", "base", options, planned)
    (mutant,) = [one for one in mutants_of(original.edited) if one.name == "move_emit_p_b1"]
    found = [judge(original, mutant, Budget(), Known(options)) for _ in range(2)]
    assert isinstance(found[0].difference, Difference)
    assert found[0].difference == found[1].difference
    assert [one.reused for one in found] == [False, True]
