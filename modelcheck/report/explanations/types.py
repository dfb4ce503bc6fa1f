"""Explanations of the codes MC2xx: types."""

from __future__ import annotations

from modelcheck.report.explanations.model import Explanation

EXPLANATIONS: tuple[Explanation, ...] = (
    Explanation(
        "MC201",
        "A value of the wrong type",
        """\
There are no silent conversions. int and ranges mix freely (a store checks the
range); everything else must have exactly the type that is needed. Literals
adapt: 3 to a bv, `null` to a ref, `none` to an opt. Conversions are written
`int(v)` and `bv<8>(n)`.

    shared v : bv<8> = 0;
    shared n : int = 0;
    process p { v = n; }                      // wrong
    process p { v = bv<8>(n); }               // right
""",
    ),
    Explanation(
        "MC202",
        "No condition",
        """\
A condition is a bool, or as in C a number or bit-vector (is it other than 0?),
a reference (other than null?) or an option (other than none?). A literal of an
enum, an identity or a set is none of these: write what it is compared with.

    process p { if (p->state) { } }           // wrong
    process p { if (p->state == ready) { } }  // right
""",
    ),
    Explanation(
        "MC203",
        "`->` on a struct",
        """\
`->` follows a reference. A struct that is part of a variable or object has its
fields behind `.`. (On references both `->` and `.` are accepted.)

    struct Node { next : int; }
    shared n : Node;
    process p { n->next = 1; }                // wrong
    process p { n.next = 1; }                 // right
""",
    ),
    Explanation(
        "MC204",
        "A literal that does not fit",
        """\
The number lies outside the range or the bit-vector that it is meant for. A
param may lie outside, on a path that is not taken; a literal can only be a
mistake.

    shared s : 0..3 = 4;                      // wrong
    shared s : 0..4 = 4;                      // right
""",
    ),
    Explanation(
        "MC205",
        "Not a constant",
        """\
Pool sizes, array bounds, widths, counts, params and the bounds of `for` must
be known before the model starts: literals, params, unknowns, enum literals,
`nr(p)` and arithmetic on them.

    process p { for (i in 0..n) { } }                     // wrong: n is shared
    process p { for (i in 0..9) { if (i > n) { break; } } }     // right
""",
    ),
    Explanation(
        "MC206",
        "Not something that can be assigned",
        """\
An assignment, a `&` argument or a lock operation needs a variable, a field or
an element. Params are constants; the variables of `for` and quantifiers run
over their domain by themselves.

    process p { for (i in 0..3) { i = 3; } }  // wrong
    process p { for (i in 0..3) { break; } }  // right
""",
    ),
    Explanation(
        "MC207",
        "Wrong number of arguments",
        """\
The inline, callback, event or operation takes another number of arguments.

    event removed(p: ref Page, by: Path);
    process q { emit removed(p); }            // wrong
    process q { emit removed(p, by_reclaim); }            // right
""",
    ),
    Explanation(
        "MC208",
        "An operator that does not apply",
        """\
Arithmetic is for int, ranges and bit-vectors, bit operations for bit-vectors,
`<` for numbers. Identities (enums, references, processes) only compare with
`==` and `!=`: that is what makes symmetry sound. A statement that only reads
does nothing: write touch(p) for an access.

    shared i : int = 0;
    process p { i = i & 1; }                  // wrong
    process p { i = i % 2; }                  // right
""",
    ),
    Explanation(
        "MC209",
        "Not a value",
        """\
Arrays, structs, locks and completions are not values: they cannot be copied,
compared, returned or passed by value. Use their parts, or a `&` parameter.

    inline f(l : mutex) { lock(l); }          // wrong
    inline f(&l : mutex) { lock(l); }         // right
""",
    ),
    Explanation(
        "MC210",
        "A wrong element type",
        """\
A set has elements of a finite scalar type; references to objects that are not
typestable are excluded, since free() would have to change the set. `opt T` is
for scalars; a ref can be null already.

    shared lru : set<ref Page> = {};          // wrong
    object Page pool 2 { on_lru : bool = false; }         // right
""",
    ),
    Explanation(
        "MC211",
        "A local that must be shared",
        """\
Atomics and locks only make sense between processes; a local cannot be or
contain one.

    process p { local m : mutex; }            // wrong
    mutex m;                                  // right
""",
    ),
    Explanation(
        "MC212",
        "Too large",
        """\
Limits keep a slip of the pen from filling the memory: 4096 elements of an
array, slots of a pool or values of a domain, 256 cells of a local, 64 bits,
1000 instances, calls 40 deep. A protocol that is wrong is nearly always wrong
with two.

    object Page pool 100000 { }               // wrong
    object Page pool 2 { }                    // right
""",
    ),
    Explanation(
        "MC213",
        "No such conversion",
        """\
`int(v)` takes a bit-vector or number, `bv<n>(x)` a number or bit-vector
(modulo 2 to the n). Bools and enums have no numbers.

    process p { n = int(flag); }              // wrong
    process p { n = flag ? 1 : 0; }           // right
""",
    ),
    Explanation(
        "MC214",
        "The wrong kind of lock",
        """\
The operation is for another kind of lock, or what it is applied to is no lock.

    mutex m;
    process p { spin_lock(&m); }              // wrong
    process p { mutex_lock(&m); }             // right
""",
    ),
    Explanation(
        "MC215",
        "Not an atomic",
        """\
`inc`, `dec_and_test`, atomic_inc(), refcount_inc() and the like are for
variables of type atomic or refcount. `fetch_or`, `fetch_and`, `fetch_xor` and
`fetch_andnot` need one whose bits are known: an `atomic bv<n>`, or one with a
range from 0.

    shared count : int = 0;
    process p { count.inc(); }                // wrong
    shared count : atomic = 0;                // right
""",
    ),
    Explanation(
        "MC216",
        "An unknown without a value",
        """\
An `unknown` is a hole that `modelcheck synth` fills. To check the spec as it
stands the hole needs a default, or a value from the scenario or the command
line.

    unknown THRESHOLD : 1..5;                 // wrong
    unknown THRESHOLD : 1..5 = 3;             // right
""",
    ),
    Explanation(
        "MC217",
        "A type that is not possible here",
        """\
Params are bools, numbers, bit-vectors or enum literals; unknowns also need
finitely many values. Events carry scalar values.

    unknown N : int = 3;                      // wrong
    unknown N : 0..7 = 3;                     // right
""",
    ),
    Explanation(
        "MC218",
        "A wrong `return`",
        """\
A process and an inline without `-> T` return nothing; an inline with `-> T`
returns a value of that type.

    inline ready() { return x == 1; }                     // wrong
    inline ready() -> bool { return x == 1; }             // right
""",
    ),
    Explanation(
        "MC219",
        "Not something to range over",
        """\
`for` runs over lo..hi, an enum, bool or a process class, in order; in `atomic`
also over an object (its allocated ones, in the order of their slots). `pick`
and quantifiers also range over an object anywhere, and a set. A range alone is
not a value.

    process p { for (q in Page) { touch(q); } }           // wrong
    process p { local q : ref Page; pick q in Page; touch(q); } // right
    process p { atomic { for (q in Page) { touch(q); } } }  // right
""",
    ),
    Explanation(
        "MC220",
        "A wrong pattern",
        """\
An event pattern holds constants, `_` (anything), and names of its own, the
keys: one monitor cell for each value of a key that both patterns have. Keys
need a type with finitely many values. `callback(args) == value` is the return
with that result.

    shared p : ref Page = null;
    count c : exactly once freed(p) per removed(p, _) within drained;   // wrong
    count c : exactly once freed(k) per removed(k, _) within drained;   // right
""",
    ),
    Explanation(
        "MC221",
        "A wrong initial value",
        """\
The initial value of a field is a constant; locks and structs have none;
`uninit` can only stand in a declaration. Arrays take one value for all
elements.

    object Page pool 2 { next : ref Page = new Page; }    // wrong
    object Page pool 2 { next : ref Page = null; }        // right
""",
    ),
    Explanation(
        "MC222",
        "A wrong reference argument",
        """\
A `&` parameter stands for the caller's variable and takes one of exactly its
type; other parameters take values. Elsewhere `&` means nothing.

    inline get(&c : atomic) { c.inc(); }
    process p { get(3); }                     // wrong
    process p { get(&x->count); }             // right
""",
    ),
    Explanation(
        "MC223",
        "A call that yields nothing",
        """\
The inline has no result, or the operation is a statement.

    process p { if (lock(m)) { } }            // wrong
    process p { if (trylock(m)) { } }         // right
""",
    ),
    Explanation(
        "MC224",
        "An empty range",
        """\
The low end of a range type is above its high end.

    shared s : 3..1 = 2;                      // wrong
    shared s : 1..3 = 2;                      // right
""",
    ),
    Explanation(
        "MC225",
        "`new` or `free` of which object?",
        """\
In a pattern `new(x)` and `free(x)` are about the object that the key x refers
to; its type comes from the other pattern. To mean any object of a class write
its name.

    count c : never free(x);                  // wrong
    count c : never free(Page);               // right
    count c : at most once released(x) per new(x);        // right
""",
    ),
    Explanation(
        "MC226",
        "Clauses that do not go together",
        """\
`never` counts nothing, so it has no `per`.

    count c : never eio() per start();        // wrong
    count c : never eio();                    // right
""",
    ),
    Explanation(
        "MC227",
        "By when?",
        """\
`exactly once` and `at least once` promise that something happens, but nothing
says by when: `within drained` (when everything has come to rest) or `until
next` (before the next `per` event). Without either only too many are noticed,
and an object that is allocated again.

    count c : exactly once freed(p) per removed(p);                 // hint
    count c : exactly once freed(p) per removed(p) within drained;  // right
""",
    ),
    Explanation(
        "MC228",
        "A number is shifted too far",
        """\
Numbers are shifted by constants, and by 0 to 4096 places: a shift by a negative
count means nothing, and a larger one only fills the memory. Where params make
the count negative, test them first; what a constant condition excludes is left
out.

    param N : 0..3;
    x = 1 << (N - 1);                         // wrong for N = 0
    x = N > 0 ? 1 << (N - 1) : 0;             // right
""",
    ),
    Explanation(
        "MC240",
        "Not a bit of the word",
        """\
Bits are counted from 0. A word has as many as its type says, at most 64, and
each has one name at most. Operations on bits take the number first, or the
name that a `bits` declaration gives to it, as in the kernel. The number is a
constant, or a local (a loop variable, a parameter) whose range says that it
fits.

    bits Flags { LOCKED, CANCEL = 31 }
    shared flags : atomic Flags;
    set_bit(32, &flags);                      // wrong: the last is 31
    set_bit(CANCEL, &flags);                  // right
""",
    ),
    Explanation(
        "MC251",
        "No such CPU",
        """\
`process p on c0` and handlers run on a CPU that the spec declares.

    interrupt nic on c0 when (pending) { pending = false; }      // wrong: no c0
    cpu c0, c1;                                                  // right, with
    interrupt nic on c0 when (pending) { pending = false; }
""",
    ),
    Explanation(
        "MC252",
        "Not there yet on a CPU",
        """\
A CPU that is declared runs one task, in one instance, and handlers that have
a guard: what the device, or whoever raises it, has left for them to do. The
handler takes it away, as the real one acknowledges its interrupt.

    interrupt nic on c0 { … }                                  // wrong
    interrupt nic on c0 when (pending) { pending = false; … }  // right

Tasks that never meet a handler need no CPU: a process without `on` has one of
its own.
""",
    ),
    Explanation(
        "MC253",
        "What this switches off cannot be told",
        """\
In a spec with handlers, interrupts and softirqs are switched off and on by
statements in the text of the process or handler itself, outside `atomic`: so it
is clear for whom. In an inline it would depend on the caller.

    inline enter() { spin_lock_irq(&l); }                        // wrong
    process p on c0 {                                            // right
        spin_lock_irq(&l);
        x = 1;
        spin_unlock_irq(&l);
    }

In an interrupt everything is off already. What would switch it on there, `_irq`
and `local_irq_enable`, is refused: `_irqrestore` leaves it off.

    interrupt nic on c0 when (x) { x = false; spin_unlock_irq(&l); }   // wrong
    interrupt nic on c0 when (x) { x = false; spin_unlock(&l); }       // right
""",
    ),
    Explanation(
        "MC260",
        "A wait queue is not at hand",
        """\
An operation on a wait queue is one step on that queue. Reading the shared
variables that lead to it are steps before it, in which others can run, so they
are written as such.

    wake_up(&dev->wq);                        // wrong where dev is shared
    local d : ref Dev = dev;                  // right: load it,
    wake_up(&d->wq);                          // then wake up
""",
    ),
    Explanation(
        "MC261",
        "Whose state is meant?",
        """\
Every class of processes that waits has its own task states. An operation on the
state of "the" task must know the class: an inline that waits is called by the
instances of one class only, and what `wake_up_process` is given is a variable
that says of which class it is.

    process reader { local t : proc writer = …; wake_up_process(t); }
""",
    ),
    Explanation(
        "MC262",
        "How waiting and waking is written",
        """\
These are statements of their own in processes, inlines and callbacks. wq is a
wait queue (`wait_queue_head wq;`, also as the type of a field), STATE is
TASK_RUNNING, TASK_INTERRUPTIBLE or TASK_UNINTERRUPTIBLE:

    wait_event(wq, condition);          wait_event_exclusive(wq, condition);
    prepare_to_wait(&wq, STATE);        prepare_to_wait_exclusive(&wq, STATE);
    finish_wait(&wq);                   add_wait_queue(&wq);
    remove_wait_queue(&wq);             set_current_state(STATE);
    __set_current_state(STATE);         schedule();
    wake_up(&wq);                       wake_up_all(&wq);
    wake_up_interruptible(&wq);         wake_up_interruptible_all(&wq);
    wake_up_nr(&wq, 2);                 wake_up_process(task);

A process has one entry in a queue: `DEFINE_WAIT(wait)` and the argument that is
the entry are left out.
""",
    ),
    Explanation(
        "MC265",
        "A timer or work item, and what it runs",
        """\
Timers and work are fields of objects or shared variables. The initial value is
the handler, an inline or callback; one in an object is called with the object
(what `container_of` finds in C), another one with nothing.

    object Dev pool 1 {
        tick  : timer_list = dev_timeout;
        reset : work_struct = dev_reset;
    }
    callback dev_timeout(d: ref Dev) { … }

The types are timer_list, hrtimer, work_struct, tasklet_struct and irq_work.
""",
    ),
    Explanation(
        "MC266",
        "How timers and work are used",
        """\
The item is written as in C, and what stands behind it in C may be left out: a
timer may fire at any time.

    mod_timer(&d->tick, jiffies + HZ);   add_timer(&d->tick);
    timer_delete(&d->tick);              timer_delete_sync(&d->tick);
    timer_shutdown(&d->tick);            timer_shutdown_sync(&d->tick);
    schedule_work(&d->reset);            queue_work(system_wq, &d->reset);
    cancel_work(&d->reset);              cancel_work_sync(&d->reset);
    disable_work(&d->reset);             disable_work_sync(&d->reset);
    enable_work(&d->reset);              timer_pending(&d->tick)
    tasklet_schedule(&d->t);             tasklet_kill(&d->t);
    hrtimer_start(&d->h);                hrtimer_cancel(&d->h);
    irq_work_queue(&d->i);               irq_work_sync(&d->i);

Results are those of the kernel: whether the timer was pending; whether the work
was not. `running(d->reset)` in a property: its handler runs.
""",
    ),
    Explanation(
        "MC270",
        "How RCU and SRCU are used",
        """\
    rcu_read_lock();  p = rcu_dereference(slot);  ...  rcu_read_unlock();
    rcu_assign_pointer(slot, null);  synchronize_rcu();  kfree(p);
    call_rcu(&p->rcu, foo_free);  kfree_rcu(p, rcu);  kfree_rcu_mightsleep(p);
    rcu_barrier();  kvfree_rcu_barrier();
    i = srcu_read_lock(&ss);  p = srcu_dereference(slot, &ss);
    srcu_read_unlock(&ss, i);  synchronize_srcu(&ss);
    call_srcu(&ss, &p->rcu, foo_free);  srcu_barrier(&ss);

with `rcu : rcu_head;` in the object, `callback foo_free(p: ref Foo) { … }`, and
`srcu_struct ss;`, or `ss : srcu_struct;` in an object. Also there: `_bh` and
`_sched` sections, `rcu_dereference_check`, `_protected`, `_raw`,
`rcu_access_pointer`, `rcu_read_lock_held`, `lockdep_is_held`.
docs/semantics.md, section 11, has the rules.
""",
    ),
    Explanation(
        "MC271",
        "What is no domain of SRCU",
        """\
`srcu_read_lock` and its kin are about a `srcu_struct`: a variable, or a field
of an object. `call_srcu` and `srcu_barrier` are there for variables.

    srcu_struct ss;
    process reader {
        local i : int = srcu_read_lock(&ss);
        srcu_read_unlock(&ss, i);
    }
""",
    ),
    Explanation(
        "MC272",
        "A checked load in a guard that waits",
        """\
`rcu_dereference` is checked: it needs a read section. A guard is read again and
again; load the pointer in a statement of its own, and wait for what it is.

    p = rcu_dereference(slot);
    when (p == null || p->ready);
""",
    ),
    Explanation(
        "MC273",
        "What cannot be queued for RCU",
        """\
What is queued is an `rcu_head`, a field of an object; the callback is a
function that gets the object. Each head is queued in one domain only.

    object Foo pool 1 { rcu : rcu_head; }
    callback foo_free(p: ref Foo) { kfree(p); }
    process remover { local p : ref Foo = slot; call_rcu(&p->rcu, foo_free); }
""",
    ),
    Explanation(
        "MC274",
        "A spinlock that is taken in a guard",
        """\
Who holds a spinlock is in an RCU section, and enters it where the lock is
taken. A guard such as `when (spin_trylock(&l))` cannot do that. Write

    while (!spin_trylock(&l)) { }      // or: if (spin_trylock(&l)) { ... }
""",
    ),
    Explanation(
        "MC275",
        "A lock that may spin or sleep",
        """\
Who holds a spinlock is in an RCU section; who holds a mutex is not. What
`lock(p->l)` takes is not known where several objects have a field of that name.
Use the kernel's names, or give p a type:

    spin_lock(&p->l);      mutex_lock(&p->l);
""",
    ),
)
