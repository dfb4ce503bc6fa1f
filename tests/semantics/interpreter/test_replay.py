"""Replayed traces: what people read, and when a schedule is refused."""

from __future__ import annotations

import pytest

from modelcheck.model.events import EventKind
from modelcheck.model.typed import LockKind, LockOperator, LockQuestion
from modelcheck.report.narrate.details import finding_text
from modelcheck.report.narrate.operations import awaited_text, operation_text
from modelcheck.report.narrate.value_texts import position_text, value_text
from modelcheck.report.reasons.differences import replay_words
from modelcheck.result.operations import (
    Access,
    Asking,
    Assertion,
    AtomicBlock,
    AtomicUpdate,
    Choice,
    ConditionalLoad,
    Creation,
    Emission,
    Freeing,
    Guard,
    Load,
    Locking,
    Picking,
    Store,
    Touching,
)
from modelcheck.result.trace import Change, HeldLock, Move
from modelcheck.result.values import (
    Allocation,
    Counter,
    Happening,
    Index,
    Literal,
    LockState,
    Null,
    Number,
    Place,
    Reference,
    Truth,
)
from modelcheck.semantics.interpreter.interpreter import ReplayError
from tests.semantics.interpreter.helpers import interpreter_of, moves, property_id, shortest
from tests.telling import tells

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
    assert [(step.process, position_text(step.position), operation_text(step.operation)) for step in trace.steps] == [
        ("reader[0]", "reader:12", "load page -> Page[0]"),
        ("reader[0]", "reader::ld", "load p->names -> Names[0]"),
        ("reclaim", "reclaim:19", "lock tree_lock"),
        ("reclaim", "reclaim:20", "load page -> Page[0]"),
        ("reclaim", "reclaim:20", "load page->names -> Names[0]"),
        ("reclaim", "reclaim::del", "atomic { page->names = null; emit released(page); }"),
        ("reclaim", "reclaim:22", "free n (Names[0])"),
        ("reader[0]", "reader::use", "touch n (Names[0] (stale))"),
    ]
    names = Place("Names", 0)
    assert trace.steps[5].events == (Happening(EventKind.EMIT, "released", (Reference("Page", 0),)),)
    assert trace.steps[5].changes == (Change(Place("Page", 0, ("names",)), Reference("Names", 0), Null()),)
    local = Place("n", process=0, owner="reader")
    assert trace.steps[6].changes == (
        Change(names, Allocation(True), Allocation(False)),
        Change(local, Reference("Names", 0), Reference("Names", 0, stale=True)),
    )
    assert trace.finding.about == (names,)
    assert finding_text(trace.finding) == "`n` is read through a stale reference: Names[0] was freed"
    assert trace.held == (HeldLock("reclaim", Place("tree_lock"), "", 3),)
    assert (names, Allocation(True)) in trace.initial
    assert (names, Allocation(False)) in trace.final
    assert (Place("tree_lock"), LockState(True, False, ("reclaim",))) in trace.final
    assert trace.classes == ("reader", "reader", "reclaim")
    assert trace.loop_at is None


def test_operations_are_data_with_the_spelling_of_the_spec() -> None:
    trace = shortest(interpreter_of(USE_AFTER_FREE), "no_use")
    page, names = Place("page"), Place("Page", 0, ("names",))
    assert [step.operation for step in trace.steps] == [
        Load(Access("page", page), Reference("Page", 0), "p"),
        Load(Access("p->names", names), Reference("Names", 0), "n"),
        Locking("lock(tree_lock)", LockOperator.LOCK, LockKind.SPINLOCK, Access("tree_lock", Place("tree_lock"))),
        Load(Access("page", page), Reference("Page", 0)),
        Load(Access("page->names", names), Reference("Names", 0), "n"),
        AtomicBlock("atomic { page->names = null; emit released(page); }", ""),
        Freeing("free(n)", "n", "Names", Reference("Names", 0)),
        Touching("touch(n)", "n", "Names", Reference("Names", 0, stale=True)),
    ]


def test_every_kind_of_operation_says_what_it_did() -> None:
    text = """
    enum E { e0, e1 }
    object T pool 1 { count : atomic = 1; seen : bool = false; }
    shared t : ref T = null; shared row : 0..9[E] = 0; mutex m; completion c; event hit(k: 0..9);
    inline twice(n: 0..9) -> 0..9 { row[e1] = n; return row[e1] + row[e1]; }
    process p {
        local k : 0..9; local ok : bool; local picked : E; local total : 0..9 = 3;
        t = new T;
        ok = t->count.inc_not_zero();
        mutex_lock(&m);
        ok = trylock(m);
        k = xchg(&row[e0], 4);
        complete(&c);
        ok = completed(c);
        when (ok) { ; } or when (k == 0) { ; }
        choose { ; } or { k = 1; }
        pick picked in E;
        k = twice(2);
        emit hit(k);
        k = xchg(&total, 5);
        k = cond_load(row[e1], VAL > 1);
        assert fails: t->seen && total == 5;
    }
    obligation fails : assertion;
    """
    steps = shortest(interpreter_of(text), "fails").steps
    count, slot, lock = Place("T", 0, ("count",)), Place("row", path=(Index(0, "e0"),)), Access("m", Place("m"))
    row = Access("row[e1]", Place("row", path=(Index(1, "e1"),)))
    total = Access("total", Place("total", process=0, owner="p"))
    assert [step.operation for step in steps] == [
        Creation("new T", "T", False, Reference("T", 0)),
        Store("t = new T", Access("t", Place("t")), Null(), Reference("T", 0)),
        Load(Access("t", Place("t")), Reference("T", 0)),
        AtomicUpdate(
            "t->count.inc_not_zero()",
            "inc_not_zero",
            Access("t->count", count),
            Counter(1),
            Counter(2),
            Truth(True),
            "ok",
        ),
        Locking("mutex_lock(&m)", LockOperator.LOCK, LockKind.MUTEX, lock),
        Locking("trylock(m)", LockOperator.TRYLOCK, LockKind.MUTEX, lock, False),
        AtomicUpdate("xchg(&row[e0], 4)", "xchg", Access("row[e0]", slot), Number(0), Number(4), Number(0), "k"),
        Locking("complete(&c)", LockOperator.COMPLETE, LockKind.COMPLETION, Access("c", Place("c"))),
        Asking("completed(c)", LockQuestion.COMPLETED, Access("c", Place("c")), True),
        Guard(("ok", "k == 0"), 0),
        Choice(0),
        Picking("picked", Literal("E", "e0")),
        Store("row[e1] = n", row, Number(0), Number(2)),
        Load(row, Number(2)),
        Load(row, Number(2)),
        Emission("emit hit(k)", Happening(EventKind.EMIT, "hit", (Number(4),))),
        AtomicUpdate("xchg(&total, 5)", "xchg", total, Number(3), Number(5), Number(3), "k"),
        ConditionalLoad("cond_load(row[e1], VAL > 1)", row, Number(2), "k"),
        Assertion("assert fails: t->seen && total == 5", "fails", "t->seen && total == 5"),
    ]
    (call,) = steps[12].calls
    assert (call.inline, call.text, call.into) == ("twice", "twice(2)", "k")


def test_frames_say_which_call_a_step_is_in() -> None:
    interpreter = interpreter_of(USE_AFTER_FREE + "cover dropped : after(put_page::put);")
    trace = shortest(interpreter, "dropped")
    last = trace.steps[-1]
    assert position_text(last.position) == "reader::put_page/put"
    assert [(call.inline, call.label, call.text) for call in last.calls] == [("put_page", "", "put_page(p)")]
    assert last.calls[0].span.text == "put_page(p)"
    assert operation_text(last.operation) == "p->count.dec_and_test() -> false"
    assert last.changes == (Change(Place("Page", 0, ("count",)), Counter(2), Counter(1)),)
    assert finding_text(trace.finding) == "`after(put_page::put)` holds"


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
    ends = {end.process: (end.status, position_text(end.position), awaited_text(end)) for end in trace.ends}
    assert ends == {
        "p": ("blocked", "p:3", "b, held by q"),
        "q": ("blocked", "q:5", "a, held by p"),
        "z": ("blocked", "z:4", "c"),
        "w": ("blocked", "w:6", "go && !locked(a)"),
        "idle": ("resting", "idle:7", "go"),
        "quick": ("done", "", ""),
    }
    assert sorted((held.process, held.lock.name, held.mode) for held in trace.held) == [
        ("p", "a", ""),
        ("q", "b", "read"),
    ]
    assert finding_text(trace.finding) == "no process can move: p, z, q and w wait for ever"


def test_a_fault_is_the_last_step() -> None:
    text = (
        "object T pool 1 { v : int = 0; } process p { local t : ref T = null; here: t->v = 1; } scenario s { run p; }"
    )
    trace = shortest(interpreter_of(text), "null_deref")
    assert [(step.operation, step.faulted, step.changes) for step in trace.steps] == [
        (Store("t->v = 1", Access("t->v", None), None, None), True, ())
    ]
    assert finding_text(trace.finding) == "`t->v` goes through a null reference to T"


def test_invariants_name_the_false_conjunct_and_the_binding() -> None:
    text = """
    object Page pool 3 typestable { count : atomic = 0; private : bool = false; }
    process p { local q : ref Page; q = new Page { count = 2; }; q->private = true; q->count.dec(); }
    invariant sane : nr_alloc(Page) <= 3 && (forall x in Page : x->private => x->count >= 2);
    """
    trace = shortest(interpreter_of(text), "sane")
    assert finding_text(trace.finding) == "`x->count >= 2` is false for x = Page[0]: x->count is 1"


def test_a_property_of_the_initial_state_has_length_zero() -> None:
    interpreter = interpreter_of("shared x : int = 3; process p { x = 1; } invariant small : x < 3;")
    trace = interpreter.replay((), property_id(interpreter, "small"))
    assert trace.steps == ()
    assert finding_text(trace.finding) == "`x < 3` is false: x is 3"


def test_an_initialisation_that_faults_has_a_trace() -> None:
    text = "object T pool 1 { v : int = 0; } shared a : ref T = new T; shared b : ref T = new T; process p { ; }"
    interpreter = interpreter_of(text)
    assert interpreter.initial().state is None
    trace = interpreter.replay((), property_id(interpreter, "pool_exhausted"))
    assert trace.steps == ()
    assert finding_text(trace.finding) == "all 1 slots of T are in use"


def test_impossible_schedules_are_refused() -> None:
    interpreter = interpreter_of(
        "mutex m; shared x : 0..2 = 0;process p { lock(m); pick_it(); } process q { lock(m); } inline pick_it() { local"
        " k : 0..1; pick k in 0..1; x = k; }invariant zero : x == 0;"
    )
    zero = property_id(interpreter, "zero")
    good = (*moves(0), Move(0, (1,)), *moves(0))
    assert interpreter.replay(good, zero).schedule == good
    with tells(ReplayError, replay_words, r"step 2: q cannot move: it is blocked at line 1 .it waits for m, held by p"):
        interpreter.replay(moves(0, 1), zero)
    with tells(ReplayError, replay_words, "step 2: p at line 1 cannot choose"):
        interpreter.replay(moves(0, 0), zero)
    with tells(ReplayError, replay_words, "step 1: invariant zero is not violated here"):
        interpreter.replay(moves(0), zero)
    with tells(ReplayError, replay_words, "no process number 7"):
        interpreter.replay(moves(7), zero)
    with tells(ReplayError, replay_words, "no property number 99"):
        interpreter.replay((), 99)


def test_stuck_is_confirmed_by_exploring_on() -> None:
    text = "shared go : bool = false; process p { while (!go) { } } process q { choose { go = true; } or { } }"
    interpreter = interpreter_of(text)
    stuck = property_id(interpreter, "stuck")
    assert interpreter.replay((Move(1, (1,)),), stuck).finding.key is not None
    with tells(ReplayError, replay_words, "not stuck"):
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
    assert finding_text(trace.finding).endswith("(not confirmed by the interpreter beyond 6 states)")


@pytest.mark.parametrize("end", ["b = 9; b = b + 1;", ""])
def test_walks_go_on_beyond_the_limit(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    interpreter = interpreter_of((LONG % end).replace("b == 1", "b == 0"))
    monkeypatch.setattr("modelcheck.semantics.interpreter.judging.stuck.STUCK_LIMIT", 5)
    with tells(ReplayError, replay_words, r"not stuck: a (fault|state in which .*) can still"):
        interpreter.replay((), property_id(interpreter, "stuck"))


FLAGS = """
param DIRTY = 1; param BUSY = 1 << 1; param BOTH = 3; param COUNT = 4; param LATE = 16;
object D pool 1 { flags : bv<4> = 0; n : bv<4> = 0; }
shared d : ref D = new D;
shared word : bv<8> = 0;
inline set(f: bv<4>, bit: bv<4>) -> bv<4> { return f | bit; }
process p {
    local f : bv<4>; local g : bv<8>;
    d->flags |= DIRTY;
    f = d->flags;
    d->flags = set(f, BUSY);
    d->n = COUNT;
    atomic { word |= DIRTY | 0x40; }
    g = cond_load(word, (VAL & LATE) == 0);
    assert fails: f == 0 && g == 0;
}
obligation fails : assertion;
"""


def test_the_bits_of_flag_words_have_their_names() -> None:
    """By which the spec sets and tests them, also through locals and parameters; they make no
    difference to the value.
    """
    steps = shortest(interpreter_of(FLAGS), "fails").steps
    told = [operation_text(step.operation) for step in steps]
    assert told == [
        "load d -> D[0]",
        "load d->flags -> 0",
        "store d->flags = DIRTY",
        "load d -> D[0]",
        "load d->flags -> DIRTY",
        "load d -> D[0]",
        "store d->flags = DIRTY | BUSY",
        "load d -> D[0]",
        "store d->n = 4",
        "atomic { word |= DIRTY | 0x40; }",
        "cond_load(word, (VAL & LATE) == 0) -> DIRTY | 0x40",
    ]
    stored = steps[6].operation
    assert isinstance(stored, Store)
    assert stored.value == Number(3)
    assert [value_text(change.new) for change in steps[9].changes] == ["DIRTY | 0x40"]
    assert [value_text(value) for place, value in steps[4].locals if place.name == "f"] == ["DIRTY"]


NAMED = """
bits Flags { LOCKED, DIRTY, CANCEL = 5 }
struct Pair { word : Flags = CANCEL; n : bv<6> = 33; }
object D pool 1 { flags : atomic Flags = 9; pairs[0..1] : Pair; }
shared d : ref D = new D;
shared plain : bv<6> = 0;
process p {
    local f : Flags = d->flags;
    set_bit(CANCEL, &d->flags);
    plain = d->pairs[1].word;
    __set_bit(LOCKED, &d->pairs[0].word);
    d->pairs[0].n = 2;
    assert fails: d->flags == f;
}
obligation fails : assertion;
"""


def test_words_whose_type_names_bits_have_these_names() -> None:
    steps = shortest(interpreter_of(NAMED), "fails").steps
    told = [operation_text(step.operation) for step in steps if not isinstance(step.operation, Assertion)]
    assert [text for text in told if text != "load d -> D[0]"] == [
        "load d->flags -> LOCKED | 8",
        "set_bit(CANCEL, &d->flags) -> LOCKED | 8",
        "load d->pairs[1].word -> CANCEL",
        "store plain = 32",
        "load d->pairs[0].word -> CANCEL",
        "store d->pairs[0].word = LOCKED | CANCEL",
        "store d->pairs[0].n = 2",
    ]
    changed = steps[3].changes[0]
    assert changed.old is not None
    assert (value_text(changed.old), value_text(changed.new)) == ("LOCKED | 8", "LOCKED | CANCEL | 8")
    assert [value_text(value) for place, value in steps[2].locals if place.name == "f"] == ["LOCKED | 8"]
