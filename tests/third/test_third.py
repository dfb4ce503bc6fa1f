"""The third reading of the language finds what the headers of the feature files say, and what the
tool finds in random models.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from modelcheck.language.syntax import ast
from modelcheck.language.syntax.parse import parse_text
from tests.features.harness import HERE, cells, claims_of
from tests.third.compare import GENERATORS, Outcome, compare
from tests.third.explore import read

#: Seeds of the quick run; more are the work of ``python -m tests.third``.
FIRST, COUNT, STATES = 1, 40, 700

#: Feature files of what the third reading does not know yet: timers and work, RCU (by how their names begin).
UNREAD = ("rcu_", "srcu_")
ITEMS = ("item_in_freed_object", "tasklet_sleeps", "timer_added_twice", "timer_fires", "work_queues_itself")

#: Small models of handlers and wait queues. What each tries stands in its first line.
MODELS = Path(__file__).parent / "models"

CASES = Path(__file__).parents[1] / "cases"

RULES = {
    "a constant on the left decides": """
        shared x : 0..1 = 0;
        process p { x = 1; assert (false => x == 1); }
        final ends : false;
        scenario all { run p; }""",
    "what waits as an operand is no leak": """
        object T pool 1 { v : 0..1 = 0; }
        shared head : ref T = null;
        process p { local p : ref T = new T; loop quiescent { if (p == head) { return; } p = null; } }
        scenario all { run p; }""",
    "held() accesses nothing": """
        object T pool 1 { l : spinlock; }
        shared t : ref T = null;
        process p { assert !held(t->l); }
        scenario all { run p; }""",
    "the element is evaluated before the set": """
        shared s : set<0..1>;
        shared x : 0..1;
        process p { local b : bool = s.has(x); }
        obligation of_set : unassigned_read(s);
        obligation of_element : unassigned_read(x);
        scenario all { run p; }""",
    "held() checks no index": """
        shared y : 0..5 = 2;
        mutex ms[2];
        process p { local b = held(ms[y]); }
        obligation at_index : index;
        scenario all { run p; }""",
    "a slot that is free witnesses nothing": """
        object T pool 1 { v : 0..1 = 1; }
        shared t : ref T = new T;
        process p { free(t); }
        may zero : exists o in T : o->v == 1 may o->v == 0;
        scenario all { run p; }""",
    "a constant operand leads one way": """
        shared b : bool = false;
        shared x : 0..1 = 0;
        process p { if (b || true) { goto out; } L: x = 1; out: x = 0; }
        invariant nobody : nr_at(p::L, p::out) == 0;
        scenario all { run p; }""",
    "instances are numbered as the run clause names them": """
        process p { local i : 0..3 = 3; i += 1; }
        process q { local j : 0..3 = 2; assert early: j == 1; }
        scenario all { run q, p; }""",
    "any spelling of an assignment replaces the initialiser": """
        shared x : 0..3 = 1;
        init begin { WRITE_ONCE(x, x + 1); }
        process p { }
        scenario all { init begin; run p; }""",
}

#: What the third reading finds by itself.
READINGS = {
    "a goto to the label of an atomic leaves it": (
        """
        shared x : 0..3 = 0;
        process p { again: atomic { if (x == 3) { goto done; } x = x + 1; goto again; } done: x = 0; }
        cover left : after(p::again) && x == 1;
        scenario all { run p; }""",
        {"left": 1},
    ),
    "a body that never ends leads nowhere": (
        """
        shared x : 0..1 = 0;
        process p { for (i in bool) { loop { x = 0; } } L: x = 1; }
        invariant at_it : at(p::L);
        scenario all { run p; }""",
        {"stuck": 0},
    ),
    "the event return reads nothing where no property names it": (
        """
        shared b : bool = false;
        object T pool 2 { v : 0..3 = 0; }
        callback cb(k : ref T) { loop quiescent { when (b); return; } }
        process p { cb(new T); }
        scenario all { run p; }""",
        {"leak": 1},
    ),
    "an unlock that switches interrupts on loads its operand before": (
        """
        cpu c0;
        object D pool 2 { l : spinlock; }
        shared a : ref D = new D;
        shared b : ref D = new D;
        shared cur : ref D = null;
        shared pending : bool = false;
        init begin { cur = a; }
        process t on c0 { local one : ref D = a; spin_lock_irq(&one->l); spin_unlock_irq(&cur->l); }
        process f { atomic when (locked(a->l)) { cur = b; kfree(a); } }
        interrupt h on c0 when (pending) { pending = false; }
        scenario all { run t, f; init begin; }""",
        {"free_locked": 4, "deadlock": 5, "stuck": 5, "double_unlock": 6, "use_after_free": 6},
    ),
}


@pytest.mark.parametrize(
    ("name", "scenario"), [c for c in cells() if c[0] not in ITEMS and not c[0].startswith(UNREAD)]
)
def test_feature(name: str, scenario: str | None) -> None:
    claims = claims_of(name, scenario)
    spec = parse_text((HERE / f"{name}.mc").read_text(), f"{name}.mc")
    chosen = scenario or next((item.name for item in spec.items if isinstance(item, ast.ScenarioDecl)), None)
    found = read(spec, chosen)
    assert found.lengths == claims.lengths
    assert {what: getattr(found, what) for what in claims.numbers} == claims.numbers


@pytest.mark.parametrize("rule", RULES)
def test_rule(rule: str) -> None:
    report = compare(RULES[rule])
    assert report.outcome is Outcome.AGREED, report.detail


@pytest.mark.parametrize("name", READINGS)
def test_reading(name: str) -> None:
    text, lengths = READINGS[name]
    assert read(parse_text(text, "model.mc"), "all").lengths == lengths


@pytest.mark.parametrize("path", sorted(CASES.glob("guards/*.mc")), ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    text = path.read_text()
    scenarios = [item.name for item in parse_text(text, path.name).items if isinstance(item, ast.ScenarioDecl)]
    reports = {scenario: compare(text, scenario, STATES) for scenario in scenarios}
    assert reports
    assert {
        scenario: report.detail for scenario, report in reports.items() if report.outcome is not Outcome.AGREED
    } == {}


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.mc")), ids=lambda path: path.stem)
def test_model(path: Path) -> None:
    text = path.read_text()
    scenarios = [item.name for item in parse_text(text, path.name).items if isinstance(item, ast.ScenarioDecl)]
    reports = {scenario: compare(text, scenario, numbers=True) for scenario in scenarios}
    assert {name: report.outcome for name, report in reports.items()} == dict.fromkeys(scenarios, Outcome.AGREED), {
        name: report.detail for name, report in reports.items()
    }


def test_random_models() -> None:
    reports = {
        (name, seed): compare(generator(seed), limit=STATES)
        for name, generator in GENERATORS.items()
        for seed in range(FIRST, FIRST + COUNT)
    }
    differing = {which: report.detail for which, report in reports.items() if report.outcome is Outcome.DIFFER}
    assert not differing
    assert Counter(report.outcome for report in reports.values())[Outcome.AGREED] >= COUNT
