"""The spec that ``modelcheck new`` writes: small, true, with one design that is green and one that is red."""

from __future__ import annotations

import os
from pathlib import Path

from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.language.syntax.parser.lexer import RESERVED

STARTER = """\
// A starter: one reference-counted buffer in a table, looked up while it is removed.
//
//     modelcheck {name}.mc                              check every design, print the matrix
//     modelcheck check {name}.mc --variant late_use     one design, with its races drawn
//
// Processes interleave step by step; a step is one access to something shared.
model {name};

object Buffer pool 2 {{              // at most two at a time
    refs : refcount = 1;           // whoever allocates it holds the first reference
}}
shared   table : ref Buffer = new Buffer;
spinlock table_lock;

event released(b: ref Buffer);

inline put(b: ref Buffer) {{
 dec: if (b->refs.dec_and_test()) {{
          emit released(b);
          free(b);
      }}
}}

process lookup {{
    local b : ref Buffer;
      lock(table_lock);
 ld:  b = table;
      if (b == null) {{ unlock(table_lock); return; }}
 get: b->refs.inc();
      unlock(table_lock);
 use: touch(b);                    // any access to *b
 drp: put(b);
}}

process remove {{
    local b : ref Buffer;
      lock(table_lock);
      b = table;
 del: table = null;
      unlock(table_lock);
      put(b);                      // the table's own reference
}}

// What must hold. Null pointers, leaks, deadlocks and more are checked without being asked for.
obligation no_use_after_free : use_after_free(Buffer);
count      released_once     : at most once released(_);
cover      found             : after(lookup::use);     // no promise: a check that the spec does something

scenario one_lookup  {{ run lookup[1], remove; }}
scenario two_lookups {{ run lookup[2], remove; }}
expect holds all;

// A design is a list of edits at labels. What is found is compared with the `expect` lines.
variant late_use "one more access after the reference is dropped" {{
    insert after lookup::drp {{ touch(b); }}
    expect holds all except {{ no_use_after_free }};
}}
"""


def write_starter(name: str) -> Path:
    """Write ``NAME.mc``. ``name`` may end in ``.mc`` and have a directory. Raises ``SpecError``: MC522
    for a name that cannot be a model's, MC523 if the file exists, MC521 if it cannot be written."""
    path = Path(name if name.endswith(".mc") else f"{name}.mc")
    model = path.stem.replace("-", "_")
    if not model.isascii() or not model.isidentifier() or model in RESERVED:
        raise _error("MC522", f"`{path.stem}` cannot be the name of a model: use letters, digits and _")
    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(STARTER.format(name=model))
    except FileExistsError:
        raise _error("MC523", f"{path} exists already; nothing was written") from None
    except OSError as error:
        raise _error("MC521", f"cannot write {path}: {os.strerror(error.errno or 0)}") from None
    return path


def _error(code: str, message: str) -> SpecError:
    return SpecError([Diagnostic(code, Severity.ERROR, message, None)])
