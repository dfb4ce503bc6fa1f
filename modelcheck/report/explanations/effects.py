"""Explanations of the codes MC4xx: what may be done where, and lints."""

from __future__ import annotations

from modelcheck.report.explanations.model import Explanation

EXPLANATIONS: tuple[Explanation, ...] = (
    Explanation(
        "MC401",
        "A loop without a step",
        """\
Local computation belongs to the step before it, so a loop or backward jump
that can go round without touching anything shared would never let the step
end. Busy waiting is written `when (condition);`. A `for` over a domain ends by
itself and is fine.

    process p { local i : int = 0; while (i < 3) { i++; } }     // wrong
    process p { for (i in 0..2) { } }                           // right
""",
    ),
    Explanation(
        "MC402",
        "Blocking in the middle of `atomic`",
        """\
An `atomic` block runs as a whole or not at all, so only its first statement
may wait (lock, when, cond_load), or its guard. What must be waited for later
cannot be part of the same step.

    process p { atomic { x = 1; lock(m); } }          // wrong
    process p { x = 1; lock(m); }                     // right: two steps
    process p { atomic { lock(m); x = 1; } }          // right, if nobody can
                                                      // come in between
""",
    ),
    Explanation(
        "MC403",
        "An unbounded loop in `atomic`",
        """\
One step cannot go on for ever: in an `atomic` block (and in initial states)
only `for` over a domain can loop.

    process p { atomic { while (x > 0) { x--; } } }   // wrong
    process p { atomic { x = 0; } }                   // right
""",
    ),
    Explanation(
        "MC404",
        "An effect where nothing may change",
        """\
Asserts, invariants, `requires`, `provided`, `where` and initial values only
look. A guard may contain operations that change nothing when they fail
(inc_not_zero, add_unless, try_cmpxchg, freeze, trylock): they take effect when
the whole guard is true. Callbacks are events and cannot be called in either.

    process p { when (count.fetch_inc() == 0); }      // wrong
    process p { when (count.inc_not_zero()); }        // right
""",
    ),
    Explanation(
        "MC405",
        "A call that is more than an expression",
        """\
Where everything is read at once an inline must be one expression: a body that
is a single `return`.

    inline idle() -> bool { if (n == 0) { return true; } return false; }
    process p { when (idle()); }                      // wrong
    inline idle() -> bool { return n == 0; }          // right
""",
    ),
    Explanation(
        "MC406",
        "A path without `return`",
        """\
An inline with a result can reach its end without returning one. Conditions are
taken both ways, also those that a param makes constant.

    inline f() -> bool { if (x == 1) { return true; } }                 // wrong
    inline f() -> bool { if (x == 1) { return true; } return false; }   // right
""",
    ),
    Explanation(
        "MC407",
        "Code that is never reached",
        """\
The statement stands behind a `return`, `goto`, `break` or endless loop, and no
`goto` leads to it.

    process p { loop { work(); } unlock(m); }                 // warning
    process p { loop { if (done) { break; } work(); } unlock(m); }   // right
""",
    ),
    Explanation(
        "MC408",
        "A statement of several steps",
        """\
Each access to something shared is a step, as in the compiled code: others can
run in between. Here is where; nothing is wrong with it. Write `atomic` only
where the code has one instruction: around more it hides the race.

    process p { x = x + 1; }                  // hint: load x, store x
    process p { x.inc(); }                    // atomic_inc(&x) is one step
""",
    ),
    Explanation(
        "MC409",
        "A guard that reads several places",
        """\
A guard is tested in one step, whatever it reads. Code that reads one variable
after the other can see a mixture that this guard never sees.

    process p { when (a == 1 && b == 1); }    // hint
    process p { when (a == 1); when (b == 1); }           // one after the other
""",
    ),
    Explanation(
        "MC410",
        "The value waited for may be gone",
        """\
Between the step of `when` and the next one others run: reading the variable
again may give another value. This is the usual first false alarm. If the code
keeps the value that it tested, say so.

    process p { when (seq % 2 == 0); s = seq; }           // warning
    process p { s = cond_load(seq, VAL % 2 == 0); }       // right
""",
    ),
    Explanation(
        "MC411",
        "Not in an initial state",
        """\
Initial values and init blocks make one state before anything runs: nothing can
wait, nobody can hold a lock, and there is nothing to choose. Different initial
states are different scenarios, or a choice at the start of a process.

    init s { choose { x = 1; } or { x = 2; } }            // wrong
    init one { x = 1; }                                   // right
    init two { x = 2; }
""",
    ),
    Explanation(
        "MC412",
        "A jump backwards in `atomic`",
        """\
It is an unbounded loop (see MC403).

    process p { atomic { again: x--; if (x > 0) { goto again; } } }   // wrong
    process p { atomic { x = 0; } }                                   // right
""",
    ),
    Explanation(
        "MC413",
        "A scenario in which nothing runs",
        """\
A scenario without a `run` line, in a spec without servers, has one state: the
initial one. All that is true there is reported as holding, which says nothing
about the protocol. A spec without scenarios runs each of its processes once.

    scenario two { init warm; }                              // a warning
    scenario two { init warm; run reader[2], writer; }       // right
""",
    ),
    Explanation(
        "MC416",
        "A guard at rest reads what was freed",
        """\
A server (or a client in a `loop quiescent`) rests at its guard, and the guard
reads a field of an object. The object was freed while the guard was false: that
is no use after free, since nothing was armed that could still run. From then on
the guard reads freed memory, which only the model does. If the guard had been
true at the moment of the free, it would be a use after free.

    server timer { loop { atomic when (dev->pending) { … } } }
    process driver { dev->pending = false; kfree(dev); }      // warning

Say it without reading the object: keep what is armed in a shared variable, or
test first whether there still is a device.

    server timer { loop { atomic when (dev != null && dev->pending) { … } } }
    process driver { local d = dev; d->pending = false; dev = null; kfree(d); }

The warning comes from the states that the interpreter visits: all of them up to
6,000, and samples above.
""",
    ),
    Explanation(
        "MC419",
        "A spelling that promises what is not modelled",
        """\
`spin_lock_irqsave` keeps an interrupt handler away, `rcu_dereference` keeps the
object while a reader is in its section. The lock and the load are modelled, the
rest is not: this process has no handlers on its CPU, and there are no grace
periods. Green cells say so.

    process ioctl { spin_lock_irqsave(&l, flags); x = 1;
                    spin_unlock_irqrestore(&l, flags); }     // hint
    process ioctl { spin_lock(&l); x = 1; spin_unlock(&l); } // promises no more

A process that stands for the handler runs beside the code that it interrupts
and never on top of it, so a lock that both take cannot deadlock in the model.
Write the handler as one, on the CPU of the process:

    cpu c0;
    process ioctl on c0 { spin_lock_irqsave(&l, flags); x = 1;
                          spin_unlock_irqrestore(&l, flags); }
    interrupt nic on c0 when (pending) { pending = false; spin_lock(&l); … }
""",
    ),
)
