"""Replayed traces: what people read, and when a schedule is refused."""

from __future__ import annotations

import pytest

from modelcheck.result.trace import Change, HeldLock, Move
from modelcheck.semantics.interpreter.interpreter import ReplayError
from tests.semantics.interpreter.helpers import interpreter_of, moves, property_id, shortest

USE_AFTER_FREE = """
object Names pool 2 { len : int = 3; }
object Page pool 1 { count : atomic = 2; names : ref Names = null; }
shared page : ref Page = new Page { names = new Names; };
spinlock tree_lock;
event released(p: ref Page);
inline put_page(p: ref Page) {
 put: if (p->count.dec_and_test()) { free(p); }
}
process reader {
    local p : ref Page; local n : ref Names;
      p = page;
 ld:  n = p->names;
 use: touch(n); touch(n);
      put_page(p);
}
process reclaim {
    local n : ref Names;
      lock(tree_lock);
      n = page->names;
 del: atomic { page->names = null; emit released(page); }
      free(n);
      unlock(tree_lock);
}
obligation no_use : use_after_free(Names);
scenario s { run reader[2], reclaim; }
"""


def test_trace_reads_like_the_source() -> None:
    trace = shortest(interpreter_of(USE_AFTER_FREE), "no_use")
    assert trace.processes == ("reader[0]", "reader[1]", "reclaim")
    assert [(step.process, step.position, step.operation) for step in trace.steps] == [
        ("reader[0]", "reader:12", "load page -> Page[0]"),
        ("reader[0]", "reader::ld", "load p->names -> Names[0]"),
        ("reclaim", "reclaim:19", "lock tree_lock"),
        ("reclaim", "reclaim:20", "load page -> Page[0]"),
        ("reclaim", "reclaim:20", "load page->names -> Names[0]"),
        ("reclaim", "reclaim::del", "atomic { page->names = null; emit released(page); }"),
        ("reclaim", "reclaim:22", "free n (Names[0])"),
        ("reader[0]", "reader::use", "touch n (Names[0] (stale))"),
    ]
    assert trace.steps[5].events == ("released(Page[0])",)
    assert trace.steps[5].changes == (Change("Page[0].names", "Names[0]", "null", None),)
    assert trace.steps[6].changes == (
        Change("Names[0]", "allocated", "free", None),
        Change("n", "Names[0]", "Names[0] (stale)", 0),
    )
    assert trace.finding.detail == "`n` is read through a stale reference: Names[0] was freed"
    assert trace.held == (HeldLock("reclaim", "tree_lock", "", 3),)
    assert ("Names[0]", "allocated") in trace.initial
    assert ("Names[0]", "free") in trace.final
    assert ("tree_lock", "locked by reclaim") in trace.final


def test_frames_say_which_call_a_step_is_in() -> None:
    interpreter = interpreter_of(USE_AFTER_FREE + "cover dropped : after(put_page::put);")
    trace = shortest(interpreter, "dropped")
    last = trace.steps[-1]
    assert last.position == "reader::put_page/put"
    assert [(name, label) for name, label, _ in last.frames] == [("put_page", "")]
    assert last.frames[0][2].text == "put_page(p)"
    assert last.operation == "p->count.dec_and_test() -> false"
    assert last.changes == (Change("Page[0].count", "2", "1", None),)
    assert trace.finding.detail == "`after(put_page::put)` holds"


def test_ends_say_who_waits_for_whom() -> None:
    text = """
    mutex a; rwsem b; completion c; shared go : bool = false;
    process p { lock(a); down_write(b); up_write(b); unlock(a); }
    process z { wait_for_completion(c); }
    process q { down_read(b); lock(a); unlock(a); up_read(b); }
    process w { when (go && !locked(a)); }
    process idle { loop quiescent { when (go); } }
    process quick { go = go; }
    """
    trace = shortest(interpreter_of(text), "deadlock")
    ends = {end.process: (end.status, end.position, end.waits_for) for end in trace.ends}
    assert ends == {
        "p": ("blocked", "p:3", "b, held by q"),
        "q": ("blocked", "q:5", "a, held by p"),
        "z": ("blocked", "z:4", "c"),
        "w": ("blocked", "w:6", "when (go && !locked(a))"),
        "idle": ("resting", "idle:7", "when (go)"),
        "quick": ("done", "", ""),
    }
    assert sorted((held.process, held.lock, held.mode) for held in trace.held) == [("p", "a", ""), ("q", "b", "read")]
    assert trace.finding.detail == "no process can move; blocked: p, z, q, w"


def test_a_fault_is_the_last_step() -> None:
    text = (
        "object T pool 1 { v : int = 0; } process p { local t : ref T = null; here: t->v = 1; } scenario s { run p; }"
    )
    trace = shortest(interpreter_of(text), "null_deref")
    assert [(step.operation, step.faulted, step.changes) for step in trace.steps] == [("store t->v", True, ())]
    assert trace.finding.detail == "`t->v` goes through a null reference to T"


def test_invariants_name_the_false_conjunct_and_the_binding() -> None:
    text = """
    object Page pool 3 typestable { count : atomic = 0; private : bool = false; }
    process p { local q : ref Page; q = new Page { count = 2; }; q->private = true; q->count.dec(); }
    invariant sane : nr_alloc(Page) <= 3 && (forall x in Page : x->private => x->count >= 2);
    """
    trace = shortest(interpreter_of(text), "sane")
    assert trace.finding.detail == "`x->count >= 2` is false for x = Page[0]: x->count is 1"


def test_a_property_of_the_initial_state_has_length_zero() -> None:
    interpreter = interpreter_of("shared x : int = 3; process p { x = 1; } invariant small : x < 3;")
    trace = interpreter.replay((), property_id(interpreter, "small"))
    assert trace.steps == ()
    assert trace.finding.detail == "`x < 3` is false: x is 3"


def test_an_initialisation_that_faults_has_a_trace() -> None:
    text = "object T pool 1 { v : int = 0; } shared a : ref T = new T; shared b : ref T = new T; process p { ; }"
    interpreter = interpreter_of(text)
    assert interpreter.initial().state is None
    trace = interpreter.replay((), property_id(interpreter, "pool_exhausted"))
    assert trace.steps == ()
    assert trace.finding.detail == "all 1 slots of T are in use"


def test_impossible_schedules_are_refused() -> None:
    interpreter = interpreter_of(
        "mutex m; shared x : 0..2 = 0;"
        "process p { lock(m); pick_it(); } process q { lock(m); } inline pick_it() { local k : 0..1; pick k in 0..1; x = k; }"
        "invariant zero : x == 0;"
    )
    zero = property_id(interpreter, "zero")
    good = (*moves(0), Move(0, (1,)), *moves(0))
    assert interpreter.replay(good, zero).schedule == good
    with pytest.raises(ReplayError, match=r"step 2: q cannot move: it is blocked at q:1 .it waits for m, held by p"):
        interpreter.replay(moves(0, 1), zero)
    with pytest.raises(ReplayError, match="step 2: p at p::pick_it:1 cannot choose"):
        interpreter.replay(moves(0, 0), zero)
    with pytest.raises(ReplayError, match="step 1: invariant zero is not violated here"):
        interpreter.replay(moves(0), zero)
    with pytest.raises(ReplayError, match="no process number 7"):
        interpreter.replay(moves(7), zero)
    with pytest.raises(ReplayError, match="no property number 99"):
        interpreter.replay((), 99)


def test_stuck_is_confirmed_by_exploring_on() -> None:
    text = "shared go : bool = false; process p { while (!go) { } } process q { choose { go = true; } or { } }"
    interpreter = interpreter_of(text)
    stuck = property_id(interpreter, "stuck")
    assert interpreter.replay((Move(1, (1,)),), stuck).finding.key is not None
    with pytest.raises(ReplayError, match="not stuck"):
        interpreter.replay((Move(1, (0,)),), stuck)


LONG = """
shared a : 0..40 = 0;
shared b : 0..9 = 0;
process p { for (i in 1..40) { atomic { a = a + 1; } } }
process z { when (a == 40 && b == 1); %s }
"""


def test_what_is_beyond_the_limit_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    interpreter = interpreter_of(LONG % "")
    number = property_id(interpreter, "stuck")
    assert interpreter.replay((), number).unconfirmed == 0
    monkeypatch.setattr("modelcheck.semantics.interpreter.judging.stuck.STUCK_LIMIT", 5)
    trace = interpreter.replay((), number)
    assert trace.unconfirmed == 6
    assert trace.finding.detail.endswith("(not confirmed by the interpreter beyond 6 states)")


@pytest.mark.parametrize("end", ["b = 9; b = b + 1;", ""])
def test_walks_go_on_beyond_the_limit(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    interpreter = interpreter_of((LONG % end).replace("b == 1", "b == 0"))
    monkeypatch.setattr("modelcheck.semantics.interpreter.judging.stuck.STUCK_LIMIT", 5)
    with pytest.raises(ReplayError, match=r"not stuck: a (fault|state in which .*) can still"):
        interpreter.replay((), property_id(interpreter, "stuck"))
