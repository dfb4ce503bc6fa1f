"""Frequent slips at the level of declarations and edits. Each function knows one, or returns None."""

from __future__ import annotations

from modelcheck.ground.diagnostics import Fix, Note
from modelcheck.ground.suggest import closest
from modelcheck.language.syntax.errors.syntax_place import Finding, Place, finding, in_front, write_instead
from modelcheck.language.syntax.errors.vocabulary import DECLARATIONS, described, is_kind
from modelcheck.language.syntax.parser.tables import END
from modelcheck.model.locks import LockKind

#: Words that other languages use for what is a declaration here.
_DECLARATION_HINTS = {
    "global": "shared",
    "var": "shared",
    "let": "shared",
    "int": "shared",
    "bool": "shared",
    "unsigned": "shared",
    "volatile": "shared",
    "atomic": "shared",
    "refcount": "shared",
    "void": "inline",
    "static": "inline",
    "function": "inline",
    "func": "inline",
    "fn": "inline",
    "def": "inline",
    "macro": "inline",
    "proctype": "process",
    "thread": "process",
    "daemon": "server",
    "const": "param",
    "define": "param",
    "constant": "param",
    "assert": "invariant",
    "always": "invariant",
    "property": "invariant",
    "never": "count",
    "sem": "rwsem",
    "typedef": "enum",
    "include": "import",
    "lock": "mutex",
    "module": "model",
}

#: Locks and the like are declared by these words.
LOCKS = tuple(kind.value for kind in LockKind if kind.written)

_RESERVED_FOR_LATER = {
    "rcu": "callbacks that run after a grace period",
    "leads_to": "liveness properties",
    "fair": "fairness",
    "ltl": "temporal formulas",
}


def declaration(place: Place) -> Finding | None:
    """A word that starts no declaration."""
    found = place.found
    if not is_kind("a declaration", place.accepts) or found.type == END:
        return None
    word = found.text
    if word in _RESERVED_FOR_LATER:
        return finding("MC034", f"`{word}` ({_RESERVED_FOR_LATER[word]}) is not part of the language yet", found.span)
    if word == "}":
        return finding("MC023", "this `}` closes nothing", found.span)
    declarations = [text for text, terminal in place.scanner.keywords.items() if terminal in place.accepts]
    if not word.isidentifier():
        return finding("MC027", f"expected a declaration, found {described(found)}", found.span)
    notes: list[Note] = []
    if word in ("if", "while", "for", "goto", "return", "when", "pick", "emit", "local", "do", "loop"):
        notes.append(Note("statements stand in a `process`, `server`, `inline`, `callback` or `init`"))
    elif word in ("insert", "replace", "delete", "override", "add", "set"):
        notes.append(Note("edits stand in a `variant` or `patch`"))
    elif word in ("run", "slow"):
        notes.append(Note("`run` and `slow` stand in a `scenario`"))
    if notes:
        return finding("MC027", f"`{word}` starts no declaration", found.span, notes)
    hint = _DECLARATION_HINTS.get(word.lower())
    if hint is not None:
        return finding("MC027", f"`{word}` starts no declaration; did you mean `{hint}`?", found.span)
    close = closest(word.lower(), declarations)
    if close is not None:
        message = f"`{word}` starts no declaration; did you mean `{close}`?"
        return finding("MC027", message, found.span, (), (write_instead(found.span, close),))
    return finding("MC027", f"`{word}` starts no declaration", found.span)


def edit(place: Place) -> Finding | None:
    """A declaration inside a variant without ``override`` or ``add``."""
    if not is_kind("an edit", place.accepts) or place.found.type == END:
        return None
    word, span = place.found.text, place.found.span
    if place.scanner.keywords.get(word) in DECLARATIONS:
        front = in_front(place.found)
        fixes = (
            Fix("write `override` to put it in the place of the one with that name", front, "override "),
            Fix("write `add` if there is none of that name", front, "add "),
        )
        message = f"a variant says whether a declaration replaces another: `override {word} …` or `add {word} …`"
        return finding("MC028", message, span, (), fixes, ("OVERRIDE",))
    if word == "run":
        return finding("MC020", "a variant cannot `run` processes: scenarios do", span)
    return None


def without_pool(place: Place) -> Finding | None:
    """``object Page { … }``: how many there can be is not said."""
    if place.text(-2) != "object" or "POOL" not in place.accepts or place.found.text not in ("{", ";", "typestable"):
        return None
    name = place.text(-1)
    message = f"say how many `{name}` there can be at once: `object {name} pool 2 {{ … }}`"
    note = "a new object takes a free slot of the pool; two slots are often enough to show a race"
    fix = Fix("insert `pool 2`", in_front(place.found), "pool 2 ")
    return finding("MC020", message, place.found.span, (note,), (fix,), ("POOL", "INT"))


def struct_before_name(place: Place) -> Finding | None:
    """``struct mutex m;``, ``struct foo *f;``: C's way to declare a variable."""
    if (
        place.text(-2) != "struct"
        or place.accepts != {"LBRACE"}
        or (place.found.text not in ("*",) and place.found.type != "NAME")
    ):
        return None
    type, position = place.text(-1), 0
    while place.text(position) == "*":
        position += 1
    name = place.text(position)
    last = place.at(position)
    if last is None or last.type != "NAME":
        return None
    if position == 0 and type in LOCKS:
        spelled, message = f"{type} {name}", f"a lock is declared by its kind alone: `{type} {name};`"
    elif position == 0:
        spelled = f"shared {name} : {type}"
        message = f"a variable is declared by its name, then its type: `{spelled};`"
    else:
        spelled = f"shared {name} : ref {type}"
        message = (
            f"a variable is declared by its name, then its type: `{spelled};` (`object {type} pool 2 {{ … }}` is what"
            " it points to)"
        )
    first = place.at(-2)
    assert first is not None
    span = first.span.to(last.span)
    return finding("MC035", message, span, (), (write_instead(span, spelled),))


def without_name(place: Place) -> Finding | None:
    """``init { … }``: scenarios could not say that they begin with it."""
    if place.text(-1) != "init" or place.found.text != "{":
        return None
    message = "an init block has a name, and scenarios that begin with it say so: `scenario s { init warm; … }`"
    fix = Fix("write `warm`", in_front(place.found), "warm ")
    return finding("MC020", message, place.found.span, (), (fix,), ("NAME",))
