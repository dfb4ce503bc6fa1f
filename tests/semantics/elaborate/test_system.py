"""What the elaborated system says: names, locations, steps, properties; what is refused."""

from __future__ import annotations

import pytest

from modelcheck.ground.diagnostics import SpecError
from modelcheck.ir.system import AccessKind, Form, Step, System, VariableKind
from modelcheck.ir.terms import format_term
from modelcheck.semantics.elaborate import elaborate
from modelcheck.semantics.elaborate.variables.layout import MAX_VARIABLES
from tests.semantics.elaborate.pairing import model_of, system_of


def names(system: System, *kinds: VariableKind) -> list[str]:
    return [v.name for v in system.variables if not kinds or v.kind in kinds]


def only_step(system: System, operation: str) -> Step:
    found = [s for s in system.steps if s.operation == operation and not s.fault]
    assert len(found) == 1, [s.operation for s in system.steps]
    return found[0]


def test_variables_have_the_names_of_the_spec() -> None:
    system = system_of("""
    enum Cpu { c0, c1 }
    struct Node { locked : bool = false; next : opt Cpu = none; }
    object Page pool 2 { count : atomic = 1; lock : mutex; }
    shared node[Cpu] : Node;
    shared page : ref Page = new Page;
    rwlock r;
    process p { lock(page->lock); read_lock(r); node[c0].next = some(c1); }
    """)
    shared = names(system, VariableKind.SHARED)
    assert {"node[c0].locked", "node[c1].next != none", "the(node[c1].next)", "page", "r.writer", "r.readers"} <= {
        *shared
    }
    assert {"Page[0].count", "Page[1].lock"} <= {*names(system, VariableKind.FIELD)}
    assert {*names(system, VariableKind.HELD)} == {
        "p holds Page[0].lock",
        "p holds Page[1].lock",
        "p holds r for reading",
    }


def test_locals_share_variables() -> None:
    system = system_of("""
    shared x : int = 0;
    process p { local a : int; local b : int; a = x; x = a; b = x; x = b; }
    """)
    assert names(system, VariableKind.LOCAL) == ["p.a/b"]


def test_assigned_bits_only_where_they_matter() -> None:
    system = system_of("""
    object T pool 1 { known : int = 1; unknown : int; }
    shared t : ref T = new T;
    shared x : int;
    process p { local a : int; if (x == 0) { a = 1; } x = a; x = t->unknown; }
    """)
    assert names(system, VariableKind.ASSIGNED) == ["x assigned", "T[0].unknown assigned", "p.a assigned"]


def test_frozen_bits_only_where_something_freezes() -> None:
    text = "shared a : atomic = 1; shared b : atomic = 1; process p { a.inc(); if (b.freeze(1)) { b.unfreeze(1); } }"
    assert names(system_of(text), VariableKind.FROZEN) == ["frozen(b)"]


def test_replicas_have_the_same_steps() -> None:
    system = system_of("shared x : int = 0; process p { local a : int; a = x; x = a + 1; } scenario s { run p[3]; }")
    shown = {v.id: v.name.replace(f"p[{v.owner}]", "p[i]") for v in system.variables}
    by_process = [
        [
            (s.source, s.target, format_term(s.guard, shown), [(shown[i], format_term(t, shown)) for i, t in s.updates])
            for s in system.steps
            if s.process == k
        ]
        for k in range(3)
    ]
    assert by_process[0] == by_process[1] == by_process[2]
    assert system.symmetric == ((0, 1, 2),)


def test_self_is_a_number_in_each_replica() -> None:
    system = system_of("enum C { a, b } shared x[C] : int = 0; process p[C] { x[self] = 1; }")
    written = [{system.variables[i].name for i, _ in s.updates} & {"x[a]", "x[b]"} for s in system.steps]
    assert written == [{"x[a]"}, {"x[b]"}]
    assert system.symmetric == ()


def test_a_fault_is_a_step_of_its_own() -> None:
    system = system_of("object T pool 1 { v : int = 0; } shared t : ref T = null; process p { t->v = 1; free(t); }")
    faults = [s for s in system.steps if s.fault]
    assert {r.key.kind for s in faults for r in s.raises if r.key} == {
        "null_deref",
        "use_after_free",
        "double_free",
    }
    assert all(s.target is None and s.updates == () for s in faults)


def test_accesses_and_effects_are_told() -> None:
    system = system_of("""
    object T pool 1 { v : atomic = 1; l : mutex; }
    shared t : ref T = new T;
    process p { local a : ref T; a = t; lock(a->l); a->v.inc(); a->v = 2; unlock(a->l); }
    """)
    found = [(a.location, a.kind) for s in system.steps if not s.fault for a in s.accesses]
    assert found == [
        ("t", AccessKind.LOAD),
        ("T.l", AccessKind.RMW),
        ("T.v", AccessKind.RMW),
        ("T.v", AccessKind.STORE),
        ("T.l", AccessKind.RMW),
    ]
    assert [s.effects for s in system.steps if not s.fault][1] == ("lock T.l",)


def test_events_occur_with_their_arguments() -> None:
    system = system_of(
        "event e(n : 0..3, b : bool); shared x : 0..3 = 2; process p { local a : 0..3; a = x; emit e(a, true); }"
    )
    step = next(s for s in system.steps if s.occurrences)
    occurrence = step.occurrences[0]
    assert system.events[occurrence.event].name == "e"
    shown = {v.id: v.name for v in system.variables}
    assert [format_term(t, shown) for t in occurrence.arguments] == ["p.a", "true"]


def test_free_marks_the_references_of_others() -> None:
    system = system_of("""
    object T pool 1 { v : int = 0; }
    shared t : ref T = new T;
    process holder { local a : ref T; a = t; t = null; touch(a); }
    process freer { local b : ref T; b = t; free(b); }
    """)
    step = only_step(system, "free T")
    updated = {system.variables[i].name for i, _ in step.updates}
    assert {"T[0] allocated", "t", "holder.a"} <= updated


def test_choices_are_told() -> None:
    system = system_of("shared x : int = 0; process p { choose { x = 1; } or { } or { x = 2; } }")
    assert sorted(s.choices for s in system.steps if s.source == 0) == [(0,), (1,), (2,)]


def test_a_forced_choice_of_a_slot_is_still_a_choice() -> None:
    system = system_of("object T pool 1 { } process p { local t : ref T; t = new T; free(t); }")
    assert only_step(system, "new T").choices == (0,)


def test_resting_locations_are_finished() -> None:
    system = system_of("shared x : bool = false; process p { loop quiescent { when (x); x = false; } }")
    process = system.processes[0]
    resting = [place.id for place in process.locations if place.resting]
    assert len(resting) == 1
    assert system.variables[process.location].initial == resting[0]


def test_properties_have_forms() -> None:
    system = system_of("""
    shared x : int = 0; event e(); mutex m;
    process p { lock(m); l: x = 1; emit e(); unlock(m); }
    invariant i : x < 2;
    cover c : after(p::l);
    final f : x == 1;
    count n : exactly once e() within drained;
    obligation hang : deadlock, stuck;
    obligation mixed : range, stuck;
    """)
    forms = {p.name: (set(p.forms), p.needs_drained, bool(p.deadlocked)) for p in system.properties}
    assert forms["i"] == ({Form.STATE}, False, False)
    assert forms["c"] == (set(), False, False)
    assert forms["f"] == ({Form.STATE}, True, True)
    assert forms["n"] == ({Form.STATE}, True, True)
    assert forms["lock_held_at_end"] == ({Form.STATE}, True, False)
    assert forms["hang"] == ({Form.DEADLOCK, Form.STUCK}, False, False)
    assert forms["mixed"] == ({Form.STUCK}, False, False)


def test_the_initial_state_can_violate() -> None:
    system = system_of("process p { local a : 0..2 = 1; assert one: a == 2; }")
    assert [r.key.kind for r in system.initial_raises if r.key] == ["assertion"]
    assert not system.initial_fault


def test_the_initial_state_can_fault() -> None:
    system = system_of("process p { local a : int = 0; local b : 0..2; b = 3 / a; }")
    assert system.initial_fault
    assert [r.key.kind for r in system.initial_raises if r.key] == ["division_by_zero"]


def test_pools_are_symmetric_unless_monitors_are_keyed_by_them() -> None:
    text = "object T pool 2 {{ }} event e(t : ref T); process p {{ local t : ref T; t = new T; emit e(t); }} {}"
    assert system_of(text.format("")).symmetric_pools == ("T",)
    assert system_of(text.format("count c : at most 1 e(t) per new(t);")).symmetric_pools == ()


def test_any_number_of_instances_has_no_system() -> None:
    model = model_of("shared x : int = 0; process p { x = 1; } scenario s { run p[*]; }")
    with pytest.raises(SpecError) as error:
        elaborate(model)
    assert error.value.diagnostics[0].code == "MC553"


def test_what_is_too_large_is_refused() -> None:
    arrays = "".join(f"shared x{i}[1..4000] : bool = false;" for i in range(MAX_VARIABLES // 4000 + 1))
    model = model_of(f"{arrays} process p {{ x0[1] = true; }}")
    with pytest.raises(SpecError) as error:
        elaborate(model)
    assert error.value.diagnostics[0].code == "MC550"
    assert "too large" in error.value.diagnostics[0].message


def test_a_pool_that_is_too_large_is_what_the_message_points_at() -> None:
    model = model_of(
        "object Small pool 4 { n : bool = false; } object Node pool 1000 { next : ref Node = null; }"
        "shared head : ref Node = null; process p { head = new Node { next = head; }; }"
    )
    with pytest.raises(SpecError) as error:
        elaborate(model)
    (found,) = error.value.diagnostics
    assert "`Node` has 1,000 slots" in found.message
    assert found.span is not None
    assert found.span.text.startswith("object Node")
