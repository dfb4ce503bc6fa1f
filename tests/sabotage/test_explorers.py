"""Explorers that lie, and what catches them in a run without options.

The compiled explorer is made to work on another system than the one it was given, or parts of it
are broken; what checks it works on the true system. Each sabotage says by which check it is caught:
the words are those of the reason that the user reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from modelcheck.checking.run import check_model
from modelcheck.engines import native
from modelcheck.engines.native import layout, search
from modelcheck.engines.native.code import generate, visited
from modelcheck.engines.native.code.visited import VisitedSet
from modelcheck.engines.native.storage.storage import Storage
from modelcheck.ir.passes.symmetry import Symmetry
from modelcheck.ir.system import Step, System
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from modelcheck.report.reasons.sentences import problem_text
from modelcheck.result.budget import Budget
from modelcheck.result.checked import Checked
from modelcheck.result.verdict import Verdict


def counters(most: int, end: str = "") -> typed.Model:
    """Four threads that count; with ``most`` 8 there are 104,976 states, with 2 there are 1,296.

    The invariants are false in one state: the last.
    """
    text = "\n".join(
        [
            "model counters;",
            "event passed();",
            *(f"shared {x} : 0..{most + 1} = 0;" for x in "abcd"),
            *(f"process p{x} {{ while ({x} < {most}) {{ atomic {{ {x} = {x} + 1; }} }} }}" for x in "abc"),
            (
                f"process pd {{ while (d < {most}) {{ atomic {{ if (d == {most - 1}) {{ emit passed(); }} d = d + 1; }}"
                f" }} {end} }}"
            ),
            f"invariant never : !(a == {most} && b == {most} && c == {most} && d == {most});",
            "scenario s { run pa, pb, pc, pd; }",
        ]
    )
    return pipeline.Loaded(parse_text(text, "counters.mc")).edited().resolved().model


LARGE, SMALL = 8, 2


def caught(model: typed.Model, reason: str, engine: Any = "native") -> Checked:
    """Nothing may be green, and the reason of what is withdrawn has these words."""
    checked = check_model(model, Budget(), engine)
    assert reason in problem_text(checked.problem), problem_text(checked.problem)[:2000]
    for answer in checked.answers:
        assert answer.verdict is Verdict.ERROR or answer.property in checked.traces, answer
    assert any(answer.verdict is Verdict.ERROR for answer in checked.answers)
    return checked


def honest(model: typed.Model) -> Checked:
    checked = check_model(model, Budget(), "native")
    assert not checked.problem
    return checked


@pytest.mark.parametrize("most", [LARGE, SMALL])
def test_without_sabotage_nothing_is_caught(most: int) -> None:
    checked = honest(counters(most))
    assert {a.verdict for a in checked.answers} >= {Verdict.HOLDS, Verdict.VIOLATED}


# ------------------------------------------------------------------------ another system is explored


def working_on(monkeypatch: pytest.MonkeyPatch, other: Callable[[System], System]) -> None:
    """The compiled explorer gets another system."""
    true = native.explore

    def lying(system: System, *arguments: Any, **options: Any) -> Any:
        return true(other(system), *arguments, **options)

    monkeypatch.setattr(native, "explore", lying)


def steps(system: System, change: Callable[[Step], Step | None]) -> System:
    changed = (change(step) for step in system.steps)
    return replace(system, steps=tuple(step for step in changed if step is not None))


def dropped_step(system: System) -> System:
    last = max(step.id for step in system.steps if step.process == 3 and len(step.updates) > 1)
    return steps(system, lambda step: replace(step, guard=system.terms.false) if step.id == last else step)


def guard_never(system: System) -> System:
    return steps(system, lambda s: replace(s, guard=system.terms.false) if s.process == 0 else s)


def swapped_branches(system: System) -> System:
    pair = [s for s in system.steps if s.process == 1 and s.source == 0][:2]
    first, second = pair
    swap = {first.id: second.guard, second.id: first.guard}
    return steps(system, lambda s: replace(s, guard=swap.get(s.id, s.guard)))


def skipped_property(system: System) -> System:
    return replace(
        system,
        properties=tuple(replace(p, states=()) if p.name == "never" else p for p in system.properties),
    )


def dropped_conjunct(system: System) -> System:
    """The condition of the invariant is never true."""
    false = system.terms.false
    return replace(
        system,
        properties=tuple(
            replace(p, states=tuple(replace(s, condition=false) for s in p.states)) if p.name == "never" else p
            for p in system.properties
        ),
    )


def never_drained(system: System) -> System:
    return replace(system, drained=system.terms.false)


def missing_event(system: System) -> System:
    return steps(system, lambda s: replace(s, occurrences=()))


@pytest.mark.parametrize("most", [LARGE, SMALL])
@pytest.mark.parametrize(
    ("lie", "large", "small"),
    [
        (dropped_step, "the explorer", "the explorer"),
        (guard_never, "the explorer", "the explorer"),
        (swapped_branches, "no step leads to a state that the native explorer found", "the explorer"),
        (skipped_property, "about `never`: the explorer says holds", "about `never`: the explorer says holds"),
        (dropped_conjunct, "about `never`: the explorer says holds", "about `never`: the explorer says holds"),
        (never_drained, "the explorer says it never does", "different whether something comes to rest"),
        (missing_event, "an event occurred that the explorer says never occurs", "different events that occurred"),
    ],
)
def test_exploring_another_system(
    monkeypatch: pytest.MonkeyPatch, lie: Callable[[System], System], large: str, small: str, most: int
) -> None:
    working_on(monkeypatch, lie)
    caught(counters(most), large if most == LARGE else small)


# ------------------------------------------------------------------------------ parts that are broken


def without_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The explorer does not count what it expanded, either: only the question what it visited is left."""
    monkeypatch.setattr(search.Search, "check_whole", lambda _: None)


@pytest.mark.parametrize("counting", [True, False])
def test_a_search_that_is_broken_off(monkeypatch: pytest.MonkeyPatch, counting: bool) -> None:
    expand = search.Search._expand

    def stopping(self: search.Search, begin: int, end: int) -> int | None:
        return None if self._storage.count > 60_000 else expand(self, begin, end)

    monkeypatch.setattr(search.Search, "_expand", stopping)
    if not counting:
        without_counting(monkeypatch)
    caught(counters(LARGE), "the native explorer expanded" if counting else "the explorer has not visited it")


@pytest.mark.parametrize("counting", [True, False])
def test_a_level_that_is_dropped(monkeypatch: pytest.MonkeyPatch, counting: bool) -> None:
    expand = search.Search._expand

    def dropping(self: search.Search, begin: int, end: int) -> int | None:
        return expand(self, begin + (end - begin) // 2 if self._depth == 12 else begin, end)

    monkeypatch.setattr(search.Search, "_expand", dropping)
    if not counting:
        without_counting(monkeypatch)
    caught(counters(LARGE), "the native explorer expanded" if counting else "the explorer")


@pytest.mark.parametrize("counting", [True, False])
def test_a_chunk_of_one_thread_that_is_lost(monkeypatch: pytest.MonkeyPatch, counting: bool) -> None:
    work_on = Storage.work_on

    def losing(self: Storage, begin: int, end: int) -> None:
        work_on(self, begin + 256 if end - begin > 3_000 else begin, end)

    monkeypatch.setattr(Storage, "work_on", losing)
    if not counting:
        without_counting(monkeypatch)
    caught(counters(LARGE), "the native explorer expanded" if counting else "the explorer")


def test_a_table_that_loses_entries_when_it_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    grow = search.Search._grow

    def forgetting(self: search.Search) -> Any:
        functions = dict(self._code.functions)
        functions["rehash"] = lambda _: 0
        true, self._code = self._code, replace(self._code, functions=functions)
        try:
            return grow(self)
        finally:
            self._code = true

    monkeypatch.setattr(search.Search, "_grow", forgetting)
    caught(counters(LARGE), "the table of the native explorer has")


def test_a_field_that_is_too_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    make = layout.make_layout

    def narrow(system: System, widths: Any) -> Any:
        made = make(system, widths)
        variable = next(v.id for v in system.variables if v.name == "c")
        field = made.fields[variable]
        return replace(made, fields={**made.fields, variable: replace(field, width=field.width - 1)})

    monkeypatch.setattr(search, "make_layout", narrow)
    caught(counters(LARGE), "the explorer")


def test_compiled_code_of_another_model(monkeypatch: pytest.MonkeyPatch) -> None:
    true = generate.generate
    monkeypatch.setattr(search, "generate", lambda system, *rest: true(guard_never(system), *rest))
    caught(counters(LARGE), "the explorer")


def test_different_states_that_are_taken_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from modelcheck.engines.native.code.assembly import I1, constant

    monkeypatch.setattr(VisitedSet, "_same", lambda *_: constant(1, I1))
    monkeypatch.setattr(visited, "_tag_bits", lambda *_: constant(0))
    caught(counters(LARGE), "the native explorer takes two states for one")


def test_processes_that_are_not_alike_taken_for_replicas(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(system: System) -> Symmetry:
        rows = []
        for process in system.processes[2:]:
            own = [v.id for v in system.variables if v.owner == process.index]
            shared = next(v.id for v in system.variables if v.name == process.name[1])
            rows.append((*own, shared))
        return Symmetry(groups=(tuple(rows),))

    monkeypatch.setattr(search, "symmetry_of", wrong)
    caught(counters(SMALL, "d = 0;"), "no step leads to a state that the native explorer found")


STUCK = """
model stuck;
shared x : 0..{n} = 0;
shared y : 0..{n} = 0;
shared z : 0..{n} = 0;
process a {{ loop {{ when (x < {n}) {{ x++; }} or when (x == {n}) {{ x = 0; }} }} }}
process b {{ loop {{ when (y < {n}) {{ y++; }} or when (y == {n}) {{ y = 0; }} }} }}
process c {{ loop {{ when (z < {n}) {{ z++; }} or when (z == {n}) {{ z = 0; }} }} }}
scenario s {{ run a, b, c; }}
"""


def test_a_stuck_pass_that_ends_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "first_stuck", lambda *_: None)
    model = pipeline.Loaded(parse_text(STUCK.format(n=3), "stuck.mc")).edited().resolved().model
    caught(model, "about `stuck`: the explorer says holds")
