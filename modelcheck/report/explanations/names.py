"""Explanations of the codes MC1xx: names."""

from __future__ import annotations

from textwrap import fill

from modelcheck.model.obligations import ALIASES, OBLIGATIONS
from modelcheck.report.explanations.model import Explanation

#: The kinds of obligations, with their other names.
_OTHER = {kind: alias for alias, kind in ALIASES.items()}
_KINDS = fill(", ".join(f"{kind} ({_OTHER[kind]})" if kind in _OTHER else kind for kind in OBLIGATIONS) + ".", 79)

EXPLANATIONS: tuple[Explanation, ...] = (
    Explanation(
        "MC101",
        "Unknown name",
        """\
No local, parameter, param, shared variable or enum literal of that name is in
scope here. Locals are visible from their declaration to the end of the block.
A type, function or process is not a value.

    shared count : int = 0;
    process p { coutn = 1; }                  // wrong
    process p { count = 1; }                  // right
""",
    ),
    Explanation(
        "MC102",
        "Declared twice",
        """\
Two things of the same kind have the same name, or a field is initialised
twice. Names are shared by: params, shared variables and enum literals; enums,
structs, objects and processes; inlines, callbacks and events; properties; init
blocks; scenarios. To change a declaration in a variant write `override`.

    shared x : int = 0;
    param  x : int = 1;                       // wrong
    param  limit : int = 1;                   // right
""",
    ),
    Explanation(
        "MC103",
        "A name hides another",
        """\
A local, parameter, loop or quantifier variable has the name of another one
that is visible here, or of a shared variable or enum literal. C allows that;
here it is an error, since code that a variant inserts would silently mean
another variable.

    shared page : ref Page = null;
    inline put(page : ref Page) { }           // wrong
    inline put(p : ref Page) { }              // right
""",
    ),
    Explanation(
        "MC104",
        "Unknown type",
        """\
There is no type of that name, or the name is that of something else. Types are
bool, int, ranges lo..hi, bv<n>, enums, structs, ref Object, proc Process, opt
T, set<T>, atomic, refcount and the locks. Variables do not hold objects but
references to them.

    shared p : Page = null;                   // wrong
    shared p : ref Page = null;               // right
""",
    ),
    Explanation(
        "MC105",
        "No such field",
        """\
The struct, object or enum has no field or literal of that name, or what stands
before `.` or `->` has no fields at all.

    object Page pool 1 { count : atomic = 1; }
    process r { p->cuont.inc(); }             // wrong
    process r { p->count.inc(); }             // right
""",
    ),
    Explanation(
        "MC106",
        "Unknown function",
        """\
What is called is neither an inline nor a callback of the spec nor a built-in
operation. Events are not called but emitted.

    event done();
    process p { done(); }                     // wrong
    process p { emit done(); }                // right
""",
    ),
    Explanation(
        "MC107",
        "Unknown label",
        """\
`goto` needs a label of the same body: of the same process, or of the same
inline.

    process p { again: step(); goto agian; }  // wrong
    process p { again: step(); goto again; }  // right
""",
    ),
    Explanation(
        "MC108",
        "A label stands twice",
        """\
A label names one statement of its body. Bodies of different processes and
inlines may use the same labels.

    process p { a: lock(l); a: unlock(l); }   // wrong
    process p { a: lock(l); b: unlock(l); }   // right
""",
    ),
    Explanation(
        "MC109",
        "An enum literal is ambiguous",
        """\
Several enums have a literal of that name, and nothing here says which is
meant. Where the type is known (the other side of `==`, the target of an
assignment) the bare name is enough.

    enum A { x, y }
    enum B { x, z }
    process p { local v = x; }                // wrong
    process p { local v = A.x; }              // right
""",
    ),
    Explanation(
        "MC110",
        "An inline calls itself",
        """\
Calls are expanded in place, so an inline or callback cannot call itself,
neither directly nor through others.

    inline walk() { step(); walk(); }         // wrong
    inline walk() { loop { step(); } }        // right
""",
    ),
    Explanation(
        "MC111",
        "Unknown scenario, or a cycle",
        """\
A scenario inherits from those named after its colon; each must exist, and
following them must not lead back to the scenario itself.

    scenario small { run reader; }
    scenario large : smal { run writer; }     // wrong
    scenario large : small { run writer; }    // right
""",
    ),
    Explanation(
        "MC112",
        "Unknown process",
        """\
`run`, `nr` and labels (`p::label`) need the name of a process or server of the
spec.

    process reader { }
    scenario s { run raeder[2]; }             // wrong
    scenario s { run reader[2]; }             // right
""",
    ),
    Explanation(
        "MC113",
        "A count on a process declaration",
        """\
How many instances run is said in one place only, the scenario: it is what
scenarios are there to vary. In a declaration only an enum can stand in the
brackets; then one instance runs for each literal, and `self` is that literal.

    process reader[3] { }                     // wrong

    process reader { }                        // right
    scenario s { run reader[3]; }
""",
    ),
    Explanation(
        "MC114",
        "Unknown init block",
        """\
`init` in a scenario names init blocks of the spec.

    init warm { ready = true; }
    scenario s { init wram; run p; }          // wrong
    scenario s { init warm; run p; }          // right
""",
    ),
    Explanation(
        "MC115",
        "Unknown event",
        """\
A pattern or `emit` needs a declared event; a pattern may also name a callback
(its call, or with `== value` its return), `new` or `free`. Inlines are no
events.

    inline free_page(p: ref Page) { }
    count once : at most once free_page(p) per new(p);          // wrong
    callback free_page(p: ref Page) { }                         // right
""",
    ),
    Explanation(
        "MC116",
        "Unknown param",
        """\
A scenario or the command line sets a param or unknown that the spec does not
declare, or sets it to a value that is not of its type.

    param MX : bool = true;
    scenario s { run p; param XM = false; }   // wrong
    scenario s { run p; param MX = false; }   // right
""",
    ),
    Explanation(
        "MC117",
        "Defined in terms of itself",
        """\
Working out a param, count, pool size or type needs its own value.

    param A : int = B + 1;                    // wrong
    param B : int = A;
    param B : int = 3;                        // right
""",
    ),
    Explanation(
        "MC118",
        "A reserved name",
        """\
The name belongs to the language: a built-in operation (lock, free, touch …), a
built-in type, `self`, `VAL`, or a kind of built-in obligation, which is the
name of the property that collects what no obligation of the spec claims.

    inline lock(l : int) { }                  // wrong
    inline lock_page(p : ref Page) { }        // right

    invariant leak : true;                    // wrong
    obligation no_leak : leak(Page);          // right
""",
    ),
    Explanation(
        "MC119",
        "No such label",
        """\
A label in a property is written `owner::label`, where the owner is the process
or inline in whose own body the label stands. For a label of an inline as
reached from a process give the calls between: `process::inline/label`, or the
label of a call.

    inline f() { here: x = 1; }
    process p { f(); }
    cover c : at(p::here);                    // wrong
    cover c : at(p::f/here);                  // right: in p's call of f
    cover c : at(f::here);                    // right: whoever calls f
""",
    ),
    Explanation(
        "MC120",
        "Not supported",
        """\
The name means something in the kernel that the language cannot express yet, or
that is written differently here; the message says how.

    process p { rcu_read_lock(); }            // wrong: no RCU yet
    process p { wake_up(q); }                 // wrong: no wait queues yet

`when (condition)` is no stand-in for a wait that needs a wake-up: it can lose
none. Model what the code tests, the sleeper's own state:

    process q { awake = false; if (!ready) { when (awake); } }
    process p { ready = true; awake = true; }
""",
    ),
    Explanation(
        "MC121",
        "There is no `self` here",
        """\
`self` is the identity of the running process. Properties and initial states
have none; and an inline that uses it can only be called by classes whose
identities have the same type.

    invariant i : owner == self;                          // wrong
    invariant i : exists p in reader : owner == p;        // right
""",
    ),
    Explanation(
        "MC122",
        "Which scenario?",
        """\
The spec has several scenarios and none was chosen.

    modelcheck trace SPEC --property p                    // wrong
    modelcheck trace SPEC --property p --scenario s       // right
""",
    ),
    Explanation(
        "MC123",
        "Unknown kind of obligation",
        f"""\
The kinds of built-in obligations are those of the table in the documentation:
{_KINDS}

    obligation o : leek(Page);                // wrong
    obligation o : leak(Page);                // right
""",
    ),
    Explanation(
        "MC124",
        "Unknown subject of an obligation",
        """\
What stands in the parentheses must be something that the kind can befall: an
object (leak, use_after_free …), a field, shared variable or `owner.local`
(range, uninit …), a lock, the name of an assert, a callback. An object's name
alone stands for all its fields.

    obligation o : range(Page.cuont);         // wrong
    obligation o : range(Page.count);         // right
""",
    ),
    Explanation(
        "MC125",
        "No such operation",
        """\
The atomic, lock or set has no operation of that name.

    process p { x->count.increment(); }       // wrong
    process p { x->count.inc(); }             // right
""",
    ),
    Explanation(
        "MC126",
        "A jump into `for` or `atomic`",
        """\
`goto` may leave blocks, and may enter plain ones, but not the middle of a
`for` (whose variable would have no value) or of an `atomic` (which runs as a
whole).

    process p { goto mid; atomic { a = 1; mid: b = 1; } }       // wrong
    process p { goto mid; a = 1; mid: b = 1; }                  // right
""",
    ),
    Explanation(
        "MC127",
        "`break` or `continue` outside a loop",
        """\
They mean the innermost loop of the same body: a loop around a call is not
visible inside the inline.

    inline f() { if (x == 0) { break; } }                       // wrong
    inline f() -> bool { return x == 0; }                       // right
    process p { loop { if (f()) { break; } } }
""",
    ),
    Explanation(
        "MC128",
        "A wrong `run` entry",
        """\
Each class is named once in the `run` clauses of a scenario (a child scenario
may name it again, to change the count). Servers run in every scenario and are
not named. A class indexed by an enum runs one instance for each literal.

    scenario s { run reader, reader; }        // wrong
    scenario s { run reader[2]; }             // right
""",
    ),
    Explanation(
        "MC129",
        "Nothing uses it",
        """\
No scenario runs this process, or begins with this init block, in any variant.
So nothing that is found says anything about it: what holds may hold only
because the code that would break it never runs.

    process truncate { … }  scenario s { run reader; }            // wrong
    process truncate { … }  scenario s { run reader, truncate; }  // right
    init warm { … }         scenario t { init warm; run reader; } // right
""",
    ),
    Explanation(
        "MC130",
        "Only in properties (or where everything is read at once)",
        """\
`at`, `after`, `nr_at`, `nr_alloc` and primes speak about states and steps:
they can only stand in properties; primes in `step`, `after` in `invariant`,
`cover` and `step`. `forall` and `exists` read many places at once, which plain
code cannot: they can also stand in guards, asserts and atomic blocks.

    process p { if (forall q in Page : q->count == 0) { }  }    // wrong
    process p { when (forall q in Page : q->count == 0); }      // right
""",
    ),
)
