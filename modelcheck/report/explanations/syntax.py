"""Explanations of the codes MC0xx: files, encoding, lexing, syntax, imports."""

from __future__ import annotations

from modelcheck.report.explanations.model import Explanation

EXPLANATIONS: tuple[Explanation, ...] = (
    Explanation(
        "MC001",
        "A file cannot be read",
        """\
There is no file at that path, or it is a directory, or the system does not let
you read it; the message says which.

    modelcheck specs/                         # wrong: a directory
    modelcheck specs/page.mc                  # right
""",
    ),
    Explanation(
        "MC002",
        "A file is too large",
        """\
A spec is written by hand; a file of more than half a megabyte is most likely
something else. A spec that really is so large can be split: `import` takes
files in.

    modelcheck trace.json                     # wrong: not a spec
    modelcheck page.mc                        # right
""",
    ),
    Explanation(
        "MC003",
        "A file is not UTF-8 text",
        """\
Specs are UTF-8 text (a byte order mark at the start is skipped). The message
names the first byte that is not. Older editors write Latin-1, some write
UTF-16; both can be converted.

    // caf\\xe9                                 wrong: a Latin-1 byte
    // café                                   right: saved as UTF-8

    iconv -f latin1 -t utf-8 old.mc > new.mc
""",
    ),
    Explanation(
        "MC004",
        "A file holds a NUL character",
        """\
Text has no NUL characters: the file is binary, or UTF-16 without a byte order
mark.

    modelcheck page.o                         # wrong: an object file
    modelcheck page.mc                        # right
""",
    ),
    Explanation(
        "MC005",
        "A file declares nothing",
        """\
The file is empty, or has only comments in it. An empty spec would be green
without saying anything, so it is an error.

    // to be written                          wrong: nothing to check

    shared x : 0..1 = 0;                      // right
    process p { x = 1; }
    scenario one { run p; }
    invariant small : x <= 1;
""",
    ),
    Explanation(
        "MC010",
        "A character means nothing",
        """\
Outside of comments and strings, a spec is written in ASCII: letters, digits,
`_` and C's operators. Text copied from a web page or a word processor often
has other quotes, dashes or spaces in it that only look right.

    invariant small : x ≤ 1;                  // wrong
    invariant small : x <= 1;                 // right

There is no preprocessor either: `import "file.mc";` takes a file in, `param`
declares a constant, `inline` a function.

    #define LIMIT 3                           // wrong
    param LIMIT = 3;                          // right
""",
    ),
    Explanation(
        "MC011",
        "A comment is never closed",
        """\
`/*` starts a comment that ends with the next `*/`; comments do not nest, and
this one runs to the end of the file.

    /* the reader                             wrong
    process reader { }

    /* the reader */                          // right
    process reader { }
""",
    ),
    Explanation(
        "MC012",
        "A string is never closed",
        """\
A string ends with `"` on the line on which it starts.

    import "page.mc;                          // wrong
    import "page.mc";                         // right
""",
    ),
    Explanation(
        "MC013",
        "A malformed number",
        """\
Numbers are whole: decimal digits, or hexadecimal ones after `0x`. They have no
suffix (`int` is unbounded, a `bv<n>` takes its width from its type), and no
leading 0, which C would read as octal.

    shared mask : bv<8> = 010;                // wrong: 8 or 10?
    shared mask : bv<8> = 8;                  // right

    param LIMIT = 10UL;                       // wrong
    param LIMIT = 10;                         // right
""",
    ),
    Explanation(
        "MC014",
        "A number is too long",
        """\
No number in a spec has more than 1000 digits.

    param BIG = 99999…99999;                  // wrong, if it goes on like this
    param BIG = 4294967295;                   // right
""",
    ),
    Explanation(
        "MC020",
        "Something else was expected here",
        """\
The text up to here can be read, but not with what comes next. The message says
what could stand here and what was found. Often the slip is a little earlier:
a missing operator, comma or parenthesis.

    if x == 0 { return; }                     // wrong: parentheses, as in C
    if (x == 0) { return; }                   // right

    when (ready) x = 1;                       // wrong: wait, then act?
    when (ready); x = 1;                      // right: two steps
    atomic when (ready) { x = 1; }            // right: one step

    local a, b : bool;                        // wrong: one name each
    local a : bool; local b : bool;           // right
""",
    ),
    Explanation(
        "MC021",
        "A `;` is missing",
        """\
Statements and declarations end with `;`, except those that end with a block.

    x = 1                                     // wrong
    y = 2;

    x = 1;                                    // right
    y = 2;
""",
    ),
    Explanation(
        "MC022",
        "A bracket is never closed",
        """\
Every `(`, `[` and `{` needs its counterpart. When a `}` is missing, the place
of the mistake can only be guessed: from declarations that start inside of a
block, and from lines that are indented unlike each other.

    process p {                               // wrong
        if (x == 0) {
            y = 1;
    }

    process p {                               // right
        if (x == 0) {
            y = 1;
        }
    }
""",
    ),
    Explanation(
        "MC023",
        "A bracket closes nothing",
        """\
There is no open bracket that this one could close: it is one too many, or of
the wrong kind, or one before it came too early.

    x = node[self);                           // wrong
    x = node[self];                           // right
""",
    ),
    Explanation(
        "MC024",
        "`=` and `==` mixed up",
        """\
`=` assigns, `==` compares. Unlike in C, an assignment has no value and cannot
stand in a condition or another assignment.

    if (x = 1) { y == 2; }                    // wrong, twice
    if (x == 1) { y = 2; }                    // right

    a = b = 0;                                // wrong
    b = 0; a = b;                             // right
""",
    ),
    Explanation(
        "MC025",
        "An operator of another language",
        """\
Operators are C's: `&&`, `||`, `!`, `==`, `!=`, `%`; beyond C there is `=>`
(implies), `in`, and `..` for ranges. `++` and `--` are statements, not parts
of expressions. References are followed by `->`; there is no `*`.

    invariant i : ready and not closed;       // wrong
    invariant i : ready && !closed;           // right

    x = n++;                                  // wrong
    x = n; n++;                               // right

    v = *p;                                   // wrong
    v = p->value;                             // right
""",
    ),
    Explanation(
        "MC026",
        "A word of the language as a name",
        """\
The words that start a statement or an operand (`if`, `loop`, `new`, `local`,
`atomic`, `null`, …) cannot be the names of anything, except of fields after
`.` and `->`. All other words of the language (`count`, `lock`, `next`,
`order`, …) can.

    shared loop : bool;                       // wrong
    shared looping : bool;                    // right
""",
    ),
    Explanation(
        "MC027",
        "This starts no declaration",
        """\
Outside of blocks, a spec is a list of declarations, and each starts with its
keyword: `shared`, `process`, `inline`, `invariant`, `scenario`, … (see the
language reference). Statements stand in the body of a process or function,
edits in a variant, `run` in a scenario.

    int x = 0;                                // wrong
    shared x : int = 0;                       // right

    void put(ref Page p) { }                  // wrong
    inline put(p: ref Page) { }               // right
""",
    ),
    Explanation(
        "MC028",
        "A declaration in a variant without `override` or `add`",
        """\
A variant changes a spec, so it says of each declaration whether it replaces
the one of that name (`override`) or is new (`add`): a misspelt name is then an
error, never a silent addition. Imports, groups, variants and expectations
cannot be overridden.

    variant v { inline put(p: ref Page) { } }             // wrong
    variant v { override inline put(p: ref Page) { } }    // right
    variant v { add shared extra : bool = false; }        // right
""",
    ),
    Explanation(
        "MC029",
        "Nested too deeply",
        """\
Brackets nest at most 100 deep, and everything together (blocks, chains of
operators, `else if` ladders) at most 200 levels. Nobody reads more; deeper
nesting comes from generated text or from a missing bracket.

    x = a + a + a + … + a;                    // wrong, with 5000 terms
    x = 5000 * a;                             // right
""",
    ),
    Explanation(
        "MC030",
        "A statement that does nothing",
        """\
A statement calls something, or assigns something, or is one of the statements
with a keyword. The value of an expression alone goes nowhere. An access that
matters only for its validity is written with `touch`.

    p->names;                                 // wrong
    touch(p->names);                          // right

    unlock_page;                              // wrong: a call has parentheses
    unlock_page();                            // right
""",
    ),
    Explanation(
        "MC031",
        "Nothing can be assigned to this",
        """\
To the left of `=`, `+=`, `++` … stands a variable, a field or an element of an
array.

    first(list) = null;                       // wrong
    list->first = null;                       // right
""",
    ),
    Explanation(
        "MC032",
        "A label without a statement",
        """\
A label names the statement that follows it; at the end of a block that can be
the empty statement.

    out: }                                    // wrong
    out: ; }                                  // right
""",
    ),
    Explanation(
        "MC033",
        "A `count` that contradicts itself",
        """\
`until next` ends the window that the event after `per` has opened: it needs a
`per`, and if it names an event it is that one. `until next` and `within
drained` stand at most once.

    count c : exactly once f(x) per r(x) until next q;    // wrong
    count c : exactly once f(x) per r(x) until next r;    // right
""",
    ),
    Explanation(
        "MC034",
        "Not part of the language yet",
        """\
Some words are kept for later: grace periods (`rcu`), liveness (`leads_to`,
`fair`). What is wanted of them can often be said already:
an endless retry is found as *stuck*, without any fairness.

    leads_to done : at(p::start) => at(p::end);           // wrong
    cover done : after(p::end);                           // right: it can
""",
    ),
    Explanation(
        "MC035",
        "C's way to write something",
        """\
Declarations put the name before the type, as in `name : type`. There is no
`switch`; `for` goes over a range, a set or an enum.

    struct page *p;                           // wrong
    local p : ref Page;                       // right

    for (i = 0; i < n; i++) { }               // wrong
    for (i in 0..n-1) { }                     // right
""",
    ),
    Explanation(
        "MC036",
        "Too many labels",
        """\
`at` and `after` ask about one label; `nr_at` counts processes at any of
several.

    cover both : at(p::a, q::b);              // wrong
    cover both : at(p::a) && at(q::b);        // right
""",
    ),
    Explanation(
        "MC037",
        "A file cannot be formatted",
        """\
`modelcheck fmt` reads its own result again before it writes it. Here the
result would have said something else, or lacked a comment, so the file was
left as it is. That is a mistake in modelcheck: please report it with the file.
Until then, format the rest of the spec by hand.

    modelcheck fmt page.mc                    # wrong: refuses this file
    modelcheck check page.mc                  # right: checking still works
""",
    ),
    Explanation(
        "MC038",
        "A declaration or an edit inside a block",
        """\
Blocks hold statements. Declarations stand outside of processes and functions,
edits in a `variant` or `patch`; a variable of a process is `local`. If it
looks right, a `}` may be missing above.

    process p { shared x : bool; }            // wrong
    process p { local x : bool; }             // right
""",
    ),
    Explanation(
        "MC040",
        "An import cannot be read",
        """\
The path of an import is looked up next to the file that imports it.

    import "specs/list.mc";                   // wrong, in specs/page.mc
    import "list.mc";                         // right
""",
    ),
    Explanation(
        "MC041",
        "Imports in a circle",
        """\
Following imports leads back to a file that is being read. Each file is taken
in once, where it is first imported, so a file need not import what its
importer has.

    // a.mc
    import "b.mc";                            // wrong: and b.mc imports a.mc

    // a.mc and b.mc
    import "common.mc";                       // right: what both need
""",
    ),
    Explanation(
        "MC042",
        "Imports nest too deeply",
        """\
Imports of imports of imports … go at most 50 files deep. (A file may import as
many others as it likes.)

    import "level51.mc";                      // wrong, at the end of a chain
    import "all.mc";                          // right: which imports the rest
""",
    ),
    Explanation(
        "MC043",
        "An import of something that is no spec",
        """\
What is imported is a spec, and the name of its file ends in `.mc`; so does the
name of what a symbolic link leads to. Other files are not even opened: a spec
from somebody else must not get their contents into your error messages.

    import "/etc/passwd";                     // wrong
    import "locks.mc";                        // right
""",
    ),
)
