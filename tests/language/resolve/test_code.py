"""Code: kernel spellings, places, locals, `self`, order tags."""

from __future__ import annotations

import dataclasses

import pytest

from modelcheck.model import kernel, typed
from tests.language.resolve.helpers import find, model, process

HEAD = """
object Page pool 2 { count : atomic = 1; lock : bitlock; ref : refcount = 1; next : ref Page = null; }
shared p : ref Page = new Page;
shared x : int = 0; shared v : bv<4> = 0; shared s : set<0..3> = {}; shared b : bool = false;
mutex m; spinlock sp; rwlock rw; rwsem sem; completion c; bitlock bl;
"""


def statement(text: str) -> typed.Stmt:
    return process(HEAD + "process q { " + text + " }").statements[0]


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("lock(m);", "lock"),
        ("mutex_lock(&m);", "lock"),
        ("m.lock();", "lock"),
        ("spin_lock_irqsave(&sp, flags);", "lock"),
        ("spin_unlock_irqrestore(&sp, flags);", "unlock"),
        ("write_lock(&rw);", "lock"),
        ("read_lock(rw);", "read_lock"),
        ("down_read(&sem);", "read_lock"),
        ("up_write(&sem);", "unlock"),
        ("downgrade_write(&sem);", "downgrade_write"),
        ("down_read_trylock(&sem);", "read_trylock"),
        ("bit_spin_lock(&p->lock);", "lock"),
        ("lock(p->lock);", "lock"),
        ("complete(&c);", "complete"),
        ("c.wait();", "wait_for_completion"),
        ("wait_for_completion(&c);", "wait_for_completion"),
        ("spin_trylock(sp);", "trylock"),
    ],
)
def test_lock_spellings(text: str, operator: str) -> None:
    (found,) = find(statement(text), typed.LockOp)
    assert isinstance(found, typed.LockOp)
    assert found.operator.value == operator


@pytest.mark.parametrize(
    ("text", "operator", "arguments"),
    [
        ("p->count.inc();", "inc", []),
        ("atomic_inc(&p->count);", "inc", []),
        ("atomic_add(2, &p->count);", "add", [2]),
        ("atomic_add_unless(&p->count, 2, 3);", "add_unless", [2, 3]),
        ("atomic_cmpxchg(&p->count, 1, 0);", "cmpxchg", [1, 0]),
        ("cmpxchg(&p->count, 1, 0);", "cmpxchg", [1, 0]),
        ("refcount_dec_and_test(&p->ref);", "dec_and_test", []),
        ("kref_get_unless_zero(&p->ref);", "inc_not_zero", []),
        ("atomic_long_fetch_add_relaxed(4, &p->count);", "fetch_add", [4]),
        ("atomic_sub_and_test(1, &p->count);", "sub_and_test", [1]),
        ("p->count.freeze(2);", "freeze", [2]),
        ("atomic_set(&p->count, 0);", "set", [0]),
    ],
)
def test_atomic_spellings(text: str, operator: str, arguments: list[int]) -> None:
    (found,) = find(statement(text), typed.AtomicOp)
    assert isinstance(found, typed.AtomicOp)
    assert found.operator == operator
    assert [a.value for a in found.arguments if isinstance(a, typed.Constant)] == arguments


def test_every_primitive_can_be_reached() -> None:
    assert {"lock", "free", "READ_ONCE", "atomic_inc", "some", "nr"} <= set(kernel.PRIMITIVES)
    assert not set(kernel.PRIMITIVES) & set(kernel.UNSUPPORTED)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("x = READ_ONCE(x);", typed.AccessTag.ONCE),
        ("x = smp_load_acquire(&x);", typed.AccessTag.ACQUIRE),
        ("p = rcu_dereference(p->next);", typed.AccessTag.ONCE),
    ],
)
def test_tagged_loads(text: str, tag: typed.AccessTag) -> None:
    assert tag in {load.tag for load in find(statement(text), typed.Load)}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("WRITE_ONCE(x, 1);", typed.AccessTag.ONCE),
        ("smp_store_release(&x, 1);", typed.AccessTag.RELEASE),
        ("rcu_assign_pointer(p->next, null);", typed.AccessTag.RELEASE),
        ("x = 1;", typed.AccessTag.PLAIN),
    ],
)
def test_tagged_stores(text: str, tag: typed.AccessTag) -> None:
    found = statement(text)
    assert isinstance(found, typed.Assign)
    assert found.tag is tag


def test_barriers_are_nothing() -> None:
    assert isinstance(statement("smp_mb();"), typed.Empty)


def test_a_read_of_an_atomic_is_a_load() -> None:
    for text in ("x = p->count;", "x = p->count.read();", "x = atomic_read(&p->count);"):
        found = statement(text)
        assert isinstance(found, typed.Assign)
        assert isinstance(found.value, typed.Load)
        assert isinstance(found.value.place.root, typed.FieldRoot)


def test_dots_and_arrows_are_the_same_on_references() -> None:
    one, two = process(HEAD + "process q { x = p->next->count; x = p.next.count; }").statements
    assert isinstance(one, typed.Assign)
    assert isinstance(two, typed.Assign)
    assert isinstance(one.value, typed.Load)
    assert isinstance(two.value, typed.Load)
    assert isinstance(one.value.place.root, typed.FieldRoot)
    assert isinstance(two.value.place.root, typed.FieldRoot)
    assert one.value.place.root.field == two.value.place.root.field == "count"


def test_set_operations() -> None:
    add = statement("s.add(2);")
    assert isinstance(add, typed.CompoundAssign)
    assert add.operator == "|"
    assert isinstance(add.value, typed.Constant)
    assert add.value.value == frozenset({2})
    question = statement("b = x in {1, 2} || s.has(x) || empty(s) || s <= {1};")
    assert {n.operator for n in find(question, typed.Binary)} == {"in", "==", "<="}  # type: ignore[attr-defined]


def test_free_and_touch() -> None:
    assert isinstance(statement("free(p);"), typed.Free)
    freed = statement("kfree(p);")
    assert isinstance(freed, typed.Free)
    assert freed.null_ok
    touched = statement("touch(p);")
    assert isinstance(touched, typed.Touch)
    assert touched.object == "Page"


def test_locals_belong_to_their_block() -> None:
    body = process(
        "shared x : int = 0; process q { local a : int = 1; { local b : int = a; x = b; } pick c in 0..1; x = c; }"
    )
    assert [local.name for local in body.locals] == ["a", "c"]
    inner = body.statements[1]
    assert isinstance(inner, typed.Block)
    assert [local.name for local in inner.locals] == ["b"]
    assert len({local.id for local in (*body.locals, *inner.locals)}) == 3


def test_a_pick_assigns_a_local_declared_before() -> None:
    body = process("shared x : int = 0; process q { local a : 0..3; pick a in 0..1; x = a; }")
    (pick,) = find(body, typed.Pick)
    assert isinstance(pick, typed.Pick)
    assert pick.local == body.locals[0]


def test_a_range_result_is_checked_by_a_store() -> None:
    text = (
        "shared x : int = 0; inline f() -> 0..3 { return x; } inline g() -> 0..3 { return 2; } process q { x = f() +"
        " g(); }"
    )
    found = {f.name: f.body for f in model(text).inlines}
    assert [a.target.type for a in find(found["f"], typed.Assign)] == [typed.RangeType(0, 3)]  # type: ignore[attr-defined]
    assert not find(found["g"], typed.Assign)


def test_self_in_an_indexed_class_is_the_literal() -> None:
    text = (
        "enum Cpu { c0, c1 } shared tail : opt Cpu = none; inline f() { tail = some(self); } process cpu[Cpu] { f(); }"
    )
    found = model(text)
    (me,) = find(found.inlines[0].body, typed.SelfRead)
    assert isinstance(me, typed.SelfRead)
    assert me.type == typed.EnumType("Cpu", ("c0", "c1"))


def test_self_in_a_replicated_class_is_an_identity() -> None:
    text = "shared owner : proc q; process q { owner = self; } scenario s { run q[3]; }"
    (me,) = find(process(text), typed.SelfRead)
    assert isinstance(me, typed.SelfRead)
    assert me.type == typed.ProcType("q", 3)


def test_arrays_and_structs() -> None:
    text = """
    struct Node { locked : bool = false; next : 0..2; }
    enum Cpu { c0, c1 }
    shared node[Cpu] : Node; shared grid[2][3] : 0..1 = 0;
    process cpu[Cpu] { node[self].locked = true; grid[1][2] = node[c1].next; }
    """
    found = model(text)
    assert [v.unassigned for v in found.shared] == [False, False]
    first, second = found.processes[0].body.statements
    assert isinstance(first, typed.Assign)
    assert isinstance(first.target.root, typed.SharedRoot)
    assert [type(s) for s in first.target.selectors] == [typed.IndexSelector, typed.FieldSelector]
    assert isinstance(second, typed.Assign)
    assert second.target.type == typed.RangeType(0, 1)
    assert found.shared[1].type == typed.ArrayType(
        typed.RangeType(0, 1), typed.ArrayType(typed.RangeType(0, 2), typed.RangeType(0, 1))
    )


def test_bug_on_is_an_assert_of_the_opposite() -> None:
    text = (
        "shared x : int = 0; mutex l; process q { local a : int = 1; BUG_ON(x == 1); assert n: a == 1; assert"
        " held(l); }"
    )
    asserts = [a for a in find(process(text), typed.Assert) if isinstance(a, typed.Assert)]
    first, second, third = sorted(asserts, key=lambda a: a.span.start)
    assert isinstance(first.condition, typed.Unary)
    assert first.name == f"test.mc:1:{text.index('BUG_ON') + 1}"
    assert second.name == "n"
    assert [a.reads_shared for a in (first, second, third)] == [True, False, False]


def test_an_assert_reads_what_the_inlines_in_it_read() -> None:
    text = """
    shared x : int = 0; inline zero() -> bool { return x == 0; } inline small(n : int) -> bool { return n < 3; }
    process q { local a : int = 1; assert one: zero(); assert two: small(a); assert three: small(x); }
    """
    found = {a.name: a.reads_shared for a in find(process(text), typed.Assert) if isinstance(a, typed.Assert)}
    assert found == {"one": True, "two": False, "three": True}


def test_only_what_is_called_is_in_the_model() -> None:
    text = (
        "inline a() { b(); } inline b() { } inline c() { } process q { a(); } invariant i : d(); inline d() -> bool {"
        " return true; }"
    )
    assert sorted(f.name for f in model(text).inlines) == ["a", "b", "d"]


def _without_spans(node: object) -> object:
    """A typed tree as tuples, without where its nodes stand and what makes no difference."""
    if isinstance(node, tuple):
        return tuple(_without_spans(part) for part in node)
    if dataclasses.is_dataclass(node) and not isinstance(node, type):
        fields = [f.name for f in dataclasses.fields(node) if f.compare and f.name != "span"]
        return (type(node).__name__, *((name, _without_spans(getattr(node, name))) for name in fields))
    return node


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("if (x) { }", "if (x != 0) { }"),
        ("if (!x) { }", "if (x == 0) { }"),
        ("while (v & 4) { x = 1; }", "while ((v & 4) != 0) { x = 1; }"),
        ("if (p) { }", "if (p != null) { }"),
        ("when (!p);", "when (p == null);"),
        ("if (p == NULL) { }", "if (p == null) { }"),
        ("if (!!o) { }", "if (!(o == none)) { }"),
        ("b = p && p->count;", "b = p != null && p->count != 0;"),
        ("x = o || !v ? 1 : 2;", "x = o != none || v == 0 ? 1 : 2;"),
        ("assert p => x;", "assert p != null => x != 0;"),
        ("while (1) { x = 1; }", "while (true) { x = 1; }"),
        ("do { x = 1; } while (0);", "do { x = 1; } while (false);"),
        ("if (!0 || x) { x = 2; }", "{ x = 2; }"),
        ("pick q in Page where q->next;", "pick q in Page where q->next != null;"),
    ],
)
def test_conditions_of_c(short: str, long: str) -> None:
    head = "shared o : opt 0..1 = none; "
    local = "local q : ref Page; " if "pick" in short else ""
    one, two = (process(HEAD + head + "process a { " + local + text + " }") for text in (short, long))
    assert _without_spans(one) == _without_spans(two)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("set_bit(C, &w);", "w.fetch_or(8);"),
        ("clear_bit(3, &w);", "w.fetch_andnot(C);"),
        ("b = test_and_change_bit(B, w);", "b = (w.fetch_xor(2) & B) != 0;"),
        ("b = test_bit(B, &w);", "b = (w & B) != 0;"),
        ("__set_bit(A, &f);", "f |= A;"),
        ("__clear_bit(A, &w);", "w &= ~A;"),
        ("f = BIT(C) | BIT(2);", "f = C | 4;"),
        ("f = w << C;", "f = w << 3;"),
        ("for (i in 0..3) { set_bit(i, &w); }", "for (i in 0..3) { w.fetch_or(bv<4>(1) << bv<4>(i)); }"),
    ],
)
def test_operations_on_bits(short: str, long: str) -> None:
    head = "bits Marks { A, B, C = 3 } shared w : atomic Marks; shared f : Marks = 0; "
    one, two = (process(HEAD + head + "process a { " + text + " }") for text in (short, long))
    assert _without_spans(one) == _without_spans(two)


def test_what_a_spec_declares_under_the_name_of_a_newer_operation_comes_first() -> None:
    body = process("shared n : int = 0; inline set_bit(k : int) { n = k; } process q { set_bit(4); }")
    assert find(body, typed.CallExpr)
