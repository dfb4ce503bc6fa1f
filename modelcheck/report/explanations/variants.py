"""Explanations of the codes MC3xx: variants and what is expected of them."""

from __future__ import annotations

from modelcheck.report.explanations.model import Explanation

EXPLANATIONS: tuple[Explanation, ...] = (
    Explanation(
        "MC301",
        "No variant of that name",
        """\
A variant inherits the edits of others by naming them after a colon; a command
line picks one with --variant. Neither found a variant or patch of that name.
`modelcheck list SPEC` shows which there are; `base` is the spec without edits.

    variant both : one_site, locking { }          // wrong: the patch is `lock`
    variant both : one_site, lock { }             // right
""",
    ),
    Explanation(
        "MC302",
        "A variant inherits from itself",
        """\
Following the parents of a variant leads back to it, so there is no order in
which the edits could apply.

    variant a : b { … }                           // wrong
    variant b : a { … }

    patch   common { … }                          // right: what both share
    variant a : common { … }
    variant b : common { … }
""",
    ),
    Explanation(
        "MC303",
        "An edit names code that does not exist",
        """\
What stands before `::` in an anchor (or after `in`) is the name of a process,
a server, an inline, a callback or an init block. For a label inside an inline
name the inline, not the process that calls it: an inline is shared by all its
callers, so an edit of it changes all of them.

    insert after reclaim_page::unl { … }          // wrong: no such process
    insert after remove_mapping::unl { … }        // right: the inline
""",
    ),
    Explanation(
        "MC304",
        "An anchor's label does not exist",
        """\
The process, inline or callback exists, the label in it does not. The note
lists the labels it has. If an earlier edit took the label away (a `replace` or
`delete` of a range, an `override`), a second note points at that edit; labels
that edits add are anchors like any other.

    delete remove_mapping::unlock;                // wrong: it is called unl
    delete remove_mapping::unl;                   // right
""",
    ),
    Explanation(
        "MC305",
        "An anchor's label occurs more than once",
        """\
An edit must have exactly one place to land. The same label stands on several
statements of this process or inline; give them different labels.

 drop: put_page(p); …  drop: put_page(q);         // wrong
 dropp: put_page(p); … dropq: put_page(q);        // right
""",
    ),
    Explanation(
        "MC306",
        "An anchor does not stand for statements",
        """\
`f::a..b` covers whole statements, from the one labelled a to the one labelled
b: both must stand in the same block, a above b. `_start` and `_end` are places
between statements (the start of the body, after the declarations that open it,
and its end): code can be inserted there, and a range may begin or end there,
but on their own there is nothing at them to replace or delete.

    delete reader::get..put;     // wrong if put stands inside an `if`
    delete f::_start;            // wrong
    delete f::_start..chk;       // right
""",
    ),
    Explanation(
        "MC307",
        "Two parents edit the same place",
        """\
A variant inherits from two others that know nothing of each other, and both
change the same place (or one takes away what the other edits): the result would
depend on the order in which they are named. Make one inherit from the other, or
move the common edit to a patch that both inherit; a patch that is inherited
on two ways applies once. A variant may change what its own parents did.

    patch a { delete f::x; }     patch b { replace f::x { g(); } }
    variant v : a, b { }                          // wrong
    patch b : a { replace f::x { g(); } }         // right: b builds on a
    variant v : b { }
""",
    ),
    Explanation(
        "MC308",
        "There is nothing to override",
        """\
`override` replaces an item of the same kind and the same name. There is none;
if the item is meant to be new, write `add`.

    override inline put_pgae(p: ref Page) { … }   // wrong
    override inline put_page(p: ref Page) { … }   // right
""",
    ),
    Explanation(
        "MC309",
        "An added item exists already",
        """\
`add` brings a new item; one of that name exists. To change it, write
`override`.

    add inline put_page(p: ref Page) { … }        // wrong
    override inline put_page(p: ref Page) { … }   // right
""",
    ),
    Explanation(
        "MC310",
        "There is nothing of that name to set",
        """\
`param X = e;` sets a param, `set x = e;` the initial value of a shared variable
or an unknown, `set Page.count = e;` that of a field of an object or struct.

    set MX = false;              // wrong: MX is a param
    param MX = false;            // right
    set Page.cuont = 1;          // wrong
    set Page.count = 1;          // right
""",
    ),
    Explanation(
        "MC311",
        "This kind of item cannot be edited",
        """\
A variant can override and add declarations, processes, inlines, callbacks,
properties, init blocks and scenarios. The model's name, imports, groups,
variants and expectations are not part of a design.

    variant v { add group fast = one, two; }      // wrong
    group fast = one, two;                        // right: at top level
""",
    ),
    Explanation(
        "MC312",
        "The text to replace does not occur",
        """\
`replace { old } with { new }` looks for statements that are equal to the old
ones, apart from white space and comments; labels of the first of them may be
left out, and then they stay. The statements must stand one after the other
in one block. `replace in f { … }` looks in f only.

    replace { count--; put(p); } with { }         // wrong: lock() in between
    replace { put(p); } with { }                  // right
""",
    ),
    Explanation(
        "MC313",
        "The text to replace occurs more than once",
        """\
An edit must have exactly one place to land. Narrow it down with `in`, name more
of the statements around it, or give the statement a label.

    replace { put_page(p); } with { }             // wrong: many places
    replace in reader { put_page(p); } with { }   // right
""",
    ),
    Explanation(
        "MC314",
        "An edit changes nothing",
        """\
After this edit the design is what it was before. An edit that misses its target
looks like a proof that the change is harmless, so this is worth a look.

    replace f::get { p->count.inc(); }   // what stands there already
    replace f::get { p->count.dec(); }   // right
""",
    ),
    Explanation(
        "MC315",
        "A variant is the same as its parent",
        """\
All edits of the variant together change nothing, so its row of the matrix can
only repeat that of its parent. Give it edits, make it a comment, or remove it.

    variant as_is "today's code" { expect holds all; }        // wrong: the base
    expect holds all;                                         // right
""",
    ),
    Explanation(
        "MC316",
        "Inserted code is never reached",
        """\
The code lands directly after a `return`, `goto`, `break` or `continue`, so
control does not get there unless by a label in the inserted code. Often the
place before the jump is meant.

    insert after f::_end { g(); }        // wrong if f ends in `return x;`
    insert before f::ret { g(); }        // right: ret labels the return
""",
    ),
    Explanation(
        "MC317",
        "A variant's name is taken",
        """\
Variants and patches share one set of names, and `base` stands for the spec
without edits.

    variant base "as it was" { … }       // wrong
    variant v1 "as it was" { … }         // right
""",
    ),
    Explanation(
        "MC318",
        "An edit takes the first of several statements",
        """\
What replaces a labelled statement keeps its label, at its first statement. A
variant that builds on such an edit, and edits the label again, takes away that
first statement and leaves the others.

    variant locked { replace p::a { lock(m); n = 2; unlock(m); } }
    variant other : locked { replace p::a { n = 3; } }   // wrong: what is left
                                                         // is n = 2; unlock(m);
    variant locked { replace p::a { lock(m); n = 2; z: unlock(m); } }
    variant other : locked { replace p::a..z { n = 3; } }    // right
""",
    ),
    Explanation(
        "MC320",
        "An expectation names something that does not exist",
        """\
`expect` lines name properties and, after `in`, scenarios or groups of them. The
properties of a variant are those of the spec, those that the variant adds, and
the kinds of built-in obligations. The name of an assert is none: give it a cell
with `obligation sane : assertion(positive);`, and name that.

    expect violates no_laek in truncate;          // wrong
    expect violates no_leak in truncate;          // right
    expect holds all in no_leak;                  // wrong: a property
    expect holds no_leak;                         // right
""",
    ),
    Explanation(
        "MC321",
        "An exception outside of what its line says",
        """\
The exceptions of an `expect` line turn round what the line says about the cells
they name, so those cells must be among the line's own. `expect unknown` has no
opposite, and so no exceptions.

    expect holds all in s1 except { p in s2 };    // wrong: s2 is not in s1
    expect holds all in s1, s2 except { p in s2 };        // right
""",
    ),
    Explanation(
        "MC322",
        "Two expectations about one cell",
        """\
Inside one `expect` line exceptions beat the rule; between lines one that names
the property (as an exception, too) beats one of `all`. Two lines must not both
name a property in one scenario, nor both say `all` there: take it out of one of
them. Naming a cell beside `all` also demands that the property applies.

    expect holds all except { no_leak in truncate };      // wrong
    expect violates no_leak in truncate;

    expect holds all;                                     // right
    expect holds no_leak in reclaim;                      // and applies there
    expect unknown starves;
""",
    ),
    Explanation(
        "MC323",
        "A group's name is taken",
        """\
Groups of scenarios share one set of names with scenarios.

    scenario fast { … }   group fast = one, two;          // wrong
    scenario fast { … }   group all_fast = one, two;      // right
""",
    ),
    Explanation(
        "MC324",
        "A group contains itself",
        """\
A group may contain groups, but not itself, not even at a distance.

    group a = b, one;   group b = a, two;                 // wrong
    group a = b, one;   group b = two;                    // right
""",
    ),
    Explanation(
        "MC325",
        "Cells that no expectation mentions",
        """\
The spec says what to expect of some cells of this variant, and nothing about
others. A violation among those fails the run, and what holds today may stop
holding without anybody noticing. A variant inherits edits, not expectations.

    variant v { … expect violates p in s; }               // the rest is open
    variant v { … expect holds all except { p in s }; }   // right: total
""",
    ),
    Explanation(
        "MC326",
        "A property that applies in no scenario",
        """\
A property says nothing in a scenario that has no process, label or event of
those it names. This one says nothing anywhere, in no design and no scenario: it
is never red, whatever the code does. Often the event was never emitted, a label
stands inside `atomic`, or a process is not run. The notes say what is missing.

    only_if late : freed() only if x == 1;      // nothing emits `freed`: wrong
    process p { free(b); emit freed(); }        // right

`stuck` alone, where a process runs in any number, applies if some number that
was explored violates it, and else not: give it a scenario with fixed numbers.

With --strict it is a failure (exit code 1). In a matrix `-` stands for a design
in which a property does not apply, `.-` for one in which it applies in some
scenarios only. An `expect` line that names such a cell is a surprise.
""",
    ),
    Explanation(
        "MC327",
        "Not a value of an unknown",
        """\
The values in an `expect safe` line are constants of the types of the unknowns
that it names: one value for one unknown, and as many in parentheses for
several.

    expect safe LIMIT, FREEZE in {3, 4};                  // wrong
    expect safe LIMIT, FREEZE in {(3, true), (4, true)};  // right
""",
    ),
)
