"""Visiting one state of each orbit finds the same as visiting all of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import get_args

import pytest

from modelcheck.engines.adaptive import Explorer, explore_with
from modelcheck.engines.explicit import explore
from modelcheck.engines.explicit.machine import Machine
from modelcheck.engines.explicit.orbits import Orbits
from modelcheck.engines.native import Unsupported, thread_pool
from modelcheck.engines.native import explore as explore_natively
from modelcheck.ir.layout import make_layout
from modelcheck.ir.passes.replicas import replica_rows
from modelcheck.ir.passes.symmetry import symmetry_of
from modelcheck.ir.system import System
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.result.budget import Budget
from modelcheck.result.verdict import Verdict
from modelcheck.semantics.elaborate import elaborate
from modelcheck.semantics.interpreter.interpreter import Interpreter
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter
from tests.agreement import Disagreement, compare_with_reduced

#: Three readers and two writers of one counter; one property of each kind of evidence.
LIFE = """
object Page pool 2 { count : atomic = 1; lock : spinlock; }
shared page : ref Page = new Page;
shared written : 0..2 = 0;
mutex m;
event seen(p: ref Page);
process reader {
    local p : ref Page;
    p = page;
    if (p != null && p->count.inc_not_zero()) {
        emit seen(p);
        if (p->count.dec_and_test()) { free(p); }
    }
}
process writer {
    mutex_lock(m);
    written = written + 1;
    if (written == 2) {
        page = null;
    }
    mutex_unlock(m);
    choose { written = 0; } or { }
}
count      twice     : at most 2 seen(_);
invariant  few       : nr_at(reader::last) < 2;
cover      both      : nr_at(writer::last) == 2 && written == 2;
scenario   s { run reader[3], writer[2]; }
"""


def system_of(text: str) -> tuple[System, Interpreter]:
    model = pipeline.Loaded(parse_text(text, "test.mc")).edited().resolved().model
    return elaborate(model), MemoisedInterpreter(model)


def life(changed: dict[str, str] | None = None) -> tuple[System, Interpreter]:
    text = LIFE.replace("if (p->count.dec_and_test())", "last: if (p->count.dec_and_test())").replace(
        "choose {", "last: choose {"
    )
    for old, new in (changed or {}).items():
        assert old in text
        text = text.replace(old, new)
    return system_of(text)


def test_everything_is_counted_as_without() -> None:
    system, interpreter = life()
    assert [len(rows) for rows in replica_rows(system)] == [3, 2]
    whole = explore(system, Budget())
    reduced = compare_with_reduced(system, interpreter, whole)
    assert reduced.states == whole.states == whole.searched
    assert reduced.searched * 5 < whole.states
    lengths = {p.name: a.length for p, a in zip(system.properties, reduced.answers, strict=True)}
    assert lengths["twice"] is not None
    assert lengths["few"] is not None
    assert lengths["both"] is not None
    assert {a.searched for a in reduced.answers} == {reduced.searched}
    assert {a.states for a in reduced.answers} == {whole.states}


def test_who_is_told_apart_is_not_exchanged() -> None:
    named = {"nr_at(reader::last) < 2": "!at(reader[1]::last)"}
    assert [len(rows) for rows in replica_rows(life(named)[0])] == [2]
    selfish = {"process writer {": "shared last_writer : proc writer;\nprocess writer {\n    last_writer = self;"}
    assert [len(rows) for rows in replica_rows(life(selfish)[0])] == [3]


def test_the_sorted_state_is_the_same_for_every_permutation() -> None:
    system, _ = life()
    machine = Machine(system)
    orbits = Orbits(make_layout(system, {}), replica_rows(system))
    seen, work = {machine.initial}, [machine.initial]
    for state in work:
        for transition in machine.transitions(state):
            if transition.target is not None and transition.target not in seen and len(work) < 400:
                seen.add(transition.target)
                work.append(transition.target)
    layout = machine.layout
    moved = 0
    for state in work:
        assert orbits.canonical(orbits.canonical(state)) == orbits.canonical(state)
        for rows in replica_rows(system):
            for first, second in pairwise(rows):
                other = state
                for a, b in zip(first, second, strict=True):
                    one, two = layout.fields[a], layout.fields[b]
                    x, y = (state >> one.shift) & one.limit, (state >> two.shift) & two.limit
                    other += ((y - x) << one.shift) + ((x - y) << two.shift)
                moved += other != state
                assert orbits.canonical(other) == orbits.canonical(state)
                assert orbits.sizes[other & orbits.mask] == orbits.sizes[state & orbits.mask]
    assert moved > 100


def test_an_unbounded_local_that_outgrows_its_field_widens_for_all_replicas() -> None:
    text = """
    shared total : int = 0;
    process p {
        local mine : int = 100;
        loop { if (mine > 1000) { break; } mine = mine * 2; total = mine; }
    }
    scenario s { run p[2]; }
    """
    system, interpreter = system_of(text)
    assert len(replica_rows(system)) == 1
    reduced = compare_with_reduced(system, interpreter, explore(system, Budget()))
    assert reduced.searched < reduced.states


def test_replicas_that_start_differently_are_left_out() -> None:
    system, _ = life()
    assert replica_rows(system)
    location = system.processes[1].location
    variables = tuple(replace(v, initial=1) if v.id == location else v for v in system.variables)
    assert [len(rows) for rows in replica_rows(replace(system, variables=variables))] == [2]


def test_a_budget_that_ends_early_bounds_as_without() -> None:
    system, _ = life()
    found = explore(system, Budget(states=150), symmetry=True)
    assert not found.complete
    whole = explore(system, Budget())
    assert found.levels == whole.levels[: len(found.levels)]
    assert found.searched < found.states < whole.states
    bounded = [a for a in found.answers if a.verdict is Verdict.BOUNDED]
    assert bounded
    assert all(a.states is None and a.searched == found.searched for a in bounded)


@pytest.mark.parametrize("ticks", [28, 41, 54, 67])
def test_native_code_that_is_stopped_within_a_level_counts_the_levels_before_it(
    monkeypatch: pytest.MonkeyPatch, ticks: int
) -> None:
    system, _ = life({"reader[3]": "reader[5]"})
    monkeypatch.setattr(thread_pool, "_ROUNDS", 1)
    left = iter(range(ticks))
    found = explore_natively(system, Budget(threads=1), symmetry=True, interrupted=lambda: next(left, None) is None)
    whole = explore(system, Budget())
    assert not found.complete
    assert found.levels == whole.levels[: len(found.levels)]


MANY = """
shared x : 0..9 = 0;
process p { local mine : 0..3 = 0; atomic { mine = x % 4; x = (x + 1) % 10; } atomic { x = (x + mine) % 10; } }
scenario s { run p[COUNT]; }
"""


def test_orbits_of_many_states_are_counted_exactly() -> None:
    system, _ = system_of(MANY.replace("COUNT", "20"))
    plain = explore(system, Budget(), symmetry=True)
    native = explore_natively(system, Budget(threads=2), symmetry=True)
    assert plain.states > 1 << 43
    assert (native.states, native.transitions, native.levels) == (plain.states, plain.transitions, plain.levels)


def test_orbits_that_64_bits_cannot_count_are_left_to_the_plain_explorer() -> None:
    system, _ = system_of(MANY.replace("COUNT", "21"))
    with pytest.raises(Unsupported, match="more states of one than 64 bits"):
        explore_natively(system, Budget(states=1_000), symmetry=True)
    found = explore_with("auto", system, Budget(states=30_000))
    assert found.searched >= 30_000
    assert found.levels[:3] == (0, 1, 22)


@pytest.mark.parametrize("explorer", get_args(Explorer))
def test_it_is_on_unless_turned_off(explorer: Explorer) -> None:
    system, _ = life()
    whole = explore(system, Budget()).states
    assert explore_with(explorer, system, Budget()).searched < whole
    assert explore_with(explorer, system, Budget(reductions=False)).searched == whole


@pytest.mark.parametrize("threads", [1, 2])
def test_native_code_visits_the_same_orbits(threads: int) -> None:
    system, interpreter = life()
    whole = explore(system, Budget())
    plain = explore(system, Budget(), symmetry=True)
    native = explore_natively(system, Budget(threads=threads), symmetry=True)
    compare_with_reduced(system, interpreter, whole, native)
    assert native.searched == plain.searched


def test_traces_of_native_code_do_not_depend_on_the_threads() -> None:
    system, _ = life()
    found = [explore_natively(system, Budget(threads=threads), symmetry=True) for threads in (1, 2, 2, 3)]
    schedules = [[answer.schedule for answer in one.answers] for one in found]
    assert any(schedules[0])
    assert schedules[1:] == schedules[:-1]


def test_replicas_wider_than_a_word_are_sorted_too() -> None:
    """Five locals of 20 bits each, split over words in different ways: keys of two words and more."""
    locals_ = "\n".join(f"    local x{n} : 0..1000000 = 0;" for n in range(5))
    picks = "\n".join(f"    choose {{ x{n} = {999_000 + n}; }} or {{ x{n} = {17 * n + 1}; }}" for n in range(5))
    text = f"""
    shared done : 0..3 = 0;
    process p {{
    {locals_}
    {picks}
        atomic {{ if (x0 + x1 + x2 + x3 + x4 > 2000000) {{ done = done + 1; }} }}
    }}
    invariant never_all : done < 2;
    scenario s {{ run p[2]; }}
    """
    system, interpreter = system_of(text)
    whole = explore_natively(system, Budget())
    native = compare_with_reduced(system, interpreter, whole, explore_natively(system, Budget(), symmetry=True))
    assert native.searched < 0.55 * whole.states
    assert native.searched == explore(system, Budget(), symmetry=True).searched


#: Nodes of a list with references in every kind of place: shared, fields, locals, live and stale.
POOL = """
object Node pool 3 { next : ref Node = null; mark : bool = false; lock : spinlock; }
object Tag pool 2 typestable { of : ref Node = null; }
shared head : ref Node = null;
shared last[0..1] : ref Tag = null;
process pusher {
    local n : ref Node;
    n = new Node { mark = true; };
    spin_lock(n->lock);
    n->next = head;
    head = n;
    spin_unlock(n->lock);
}
process popper {
    local n : ref Node;
    n = head;
    if (n != null) { head = n->next; free(n); }
    if (n != null) { n->mark; }
}
process tagger {
    local t : ref Tag;
    t = new Tag { of = head; };
    last[0] = t;
    if (t->of != null) { last[1] = last[0]; }
    free(t);
}
obligation stale : use_after_free(Node);
invariant  short : !(exists n in Node : n->next != null && n->next->next != null);
cover      two   : exists n in Node : n->next != null && n->next->mark;
scenario   s { run pusher[2], popper, tagger; }
"""


def pools() -> tuple[System, Interpreter]:
    return system_of(POOL.replace("    if (n != null) { n->mark; }\n", "    if (n != null) { touch(n); }\n"))


@pytest.mark.parametrize("threads", [1, 2])
def test_slots_of_pools_are_exchanged_in_native_code(threads: int) -> None:
    system, interpreter = pools()
    assert system.symmetric_pools == ("Node", "Tag")
    symmetry = symmetry_of(system)
    assert len(symmetry.renamings) == 6 * 2 - 1
    whole = explore_natively(system, Budget())
    native = explore_natively(system, Budget(threads=threads), symmetry=True)
    compare_with_reduced(system, interpreter, whole, native)
    assert native.searched < explore(system, Budget(), symmetry=True).searched / 2
    lengths = {p.name: a.length for p, a in zip(system.properties, native.answers, strict=True)}
    assert lengths["stale"] is not None
    assert lengths["two"] is not None


def test_as_many_orbits_are_visited_as_there_are() -> None:
    """Counted by the definition: the orbits of all reachable states."""
    system, _ = pools()
    symmetry, machine = symmetry_of(system), Machine(system)
    seen, work = {machine.initial}, [machine.initial]
    for state in work:
        for transition in machine.transitions(state):
            if transition.target is not None and transition.target not in seen:
                seen.add(transition.target)
                work.append(transition.target)
    ids = [variable.id for variable in system.variables]
    orbits = {symmetry.orbit({id: machine.layout.value(state, id) for id in ids}) for state in seen}
    found = explore_natively(system, Budget(), symmetry=True)
    assert (found.states, found.searched) == (len(seen), len(orbits))


def test_renamings_leave_the_initial_state_and_form_a_group() -> None:
    system, _ = pools()
    machine = Machine(system)
    initial = {variable.id: variable.initial for variable in system.variables}
    renamings = symmetry_of(system).renamings
    assert all(renaming.apply(initial) == initial for renaming in renamings)
    state = machine.initial
    for _ in range(4):  # the first pusher gets a slot, locks and links the node
        state = next(t.target for t in machine.transitions(state) if t.target is not None and t.move.process == 0)
    values = {variable.id: machine.layout.value(state, variable.id) for variable in system.variables}
    images = [values, *(renaming.apply(values) for renaming in renamings)]
    shown = {tuple(sorted(image.items())) for image in images}
    assert len(shown) == 3
    again = {tuple(sorted(renaming.apply(image).items())) for image in images for renaming in renamings}
    assert again == shown


def test_slots_in_use_at_the_start_stay_where_they_are() -> None:
    text = POOL.replace("shared head : ref Node = null;", "shared head : ref Node = new Node;")
    system, interpreter = system_of(text.replace("    if (n != null) { n->mark; }\n", ""))
    assert len(symmetry_of(system).renamings) == 2 * 2 - 1
    compare_with_reduced(
        system, interpreter, explore(system, Budget()), explore_natively(system, Budget(), symmetry=True)
    )


def test_a_difference_is_noticed() -> None:
    """The comparison that the campaign relies on is not blind."""
    system, interpreter = life()
    whole = explore(system, Budget())
    with pytest.raises(Disagreement):
        compare_with_reduced(system, interpreter, replace(whole, transitions=whole.transitions + 1))
    with pytest.raises(Disagreement):
        compare_with_reduced(system, interpreter, replace(whole, answers=whole.answers[::-1]))
