"""What went wrong, in the user's words: from an unexpected lexeme to a diagnostic, and how to go on behind it.

Each rule below looks at one frequent slip; the first that knows better than "expected this, found that" speaks.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from modelcheck.diagnostics import Diagnostic, Fix, Note, Severity
from modelcheck.source import Span
from modelcheck.syntax.brackets import Brackets
from modelcheck.syntax.lexer import RESERVED, Lexeme, Scanner
from modelcheck.syntax.tables import END
from modelcheck.syntax.vocabulary import DECLARATIONS, described, expected, is_kind


@dataclass(frozen=True, slots=True)
class Place:
    """Where the parser stopped: before ``lexemes[position]``, read as ``found``; it would have taken ``accepts``."""

    lexemes: Sequence[Lexeme]
    position: int
    found: Lexeme
    accepts: frozenset[str]
    brackets: Brackets
    scanner: Scanner

    def at(self, offset: int) -> Lexeme | None:
        """Return the lexeme ``offset`` places from the one found."""
        position = self.position + offset
        return self.lexemes[position] if 0 <= position < len(self.lexemes) else None

    def text(self, offset: int) -> str:
        """Return the text of the lexeme ``offset`` places from the one found, or nothing."""
        lexeme = self.at(offset)
        return lexeme.text if lexeme is not None else ""

    @property
    def opener(self) -> Lexeme | None:
        """The innermost bracket open here."""
        if self.position < len(self.brackets.opener):
            position = self.brackets.opener[self.position]
            return self.lexemes[position] if position >= 0 else None
        return None

    @property
    def statement_start(self) -> int:
        """The position of the lexeme with which the statement (or declaration) around here starts."""
        level = self._depth(self.position)
        position = self.position - 1
        while position >= 0:
            ends_a_list = self.lexemes[position].text in ("{", "}", ";")
            if ends_a_list and self._depth(position) - (self.lexemes[position].text == "}") <= level:
                break
            position -= 1
        return position + 1

    def _depth(self, position: int) -> int:
        depths = self.brackets.depth
        return depths[position] if position < len(depths) else 0


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic, and the terminals to go on with in place of the ``skip`` lexemes at the error (None: no idea)."""

    diagnostic: Diagnostic
    instead: tuple[str, ...] | None = None
    skip: int = 0


_Rule = Callable[[Place], Finding | None]


def explain(place: Place) -> Finding:
    """Return what to say about an unexpected lexeme."""
    for rule in _RULES:
        finding = rule(place)
        if finding is not None:
            return finding
    return _expected_something(place)


def _finding(
    code: str,
    message: str,
    span: Span,
    notes: Sequence[Note | str] = (),
    fixes: Sequence[Fix] = (),
    instead: tuple[str, ...] | None = None,
    skip: int = 0,
) -> Finding:
    all_notes = tuple(note if isinstance(note, Note) else Note(note) for note in notes)
    return Finding(Diagnostic(code, Severity.ERROR, message, span, all_notes, tuple(fixes)), instead, skip)


def _behind(lexeme: Lexeme) -> Span:
    return Span(lexeme.span.source, lexeme.span.end, lexeme.span.end)


def _replace(span: Span, replacement: str) -> Fix:
    return Fix(f"write `{replacement}`", span, replacement)


# ------------------------------------------------------------------------------------ declarations

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

_RESERVED_FOR_LATER = {
    "rcu": "callbacks that run after a grace period",
    "leads_to": "liveness properties",
    "fair": "fairness",
    "ltl": "temporal formulas",
    "irq": "interrupts",
    "interrupt": "interrupts",
}


def _declaration(place: Place) -> Finding | None:
    """A word that starts no declaration."""
    found = place.found
    if not is_kind("a declaration", place.accepts) or found.type == END:
        return None
    word = found.text
    if word in _RESERVED_FOR_LATER:
        return _finding("MC034", f"`{word}` ({_RESERVED_FOR_LATER[word]}) is not part of the language yet", found.span)
    if word == "}":
        return _finding("MC023", "this `}` closes nothing", found.span)
    declarations = [text for text, terminal in place.scanner.keywords.items() if terminal in place.accepts]
    if not word.isidentifier():
        return _finding("MC027", f"expected a declaration, found {described(found)}", found.span)
    notes: list[Note] = []
    if word in ("if", "while", "for", "goto", "return", "when", "pick", "emit", "local", "do", "loop"):
        notes.append(Note("statements stand in a `process`, `server`, `inline`, `callback` or `init`"))
    elif word in ("insert", "replace", "delete", "override", "add", "set"):
        notes.append(Note("edits stand in a `variant` or `patch`"))
    elif word in ("run", "slow"):
        notes.append(Note("`run` and `slow` stand in a `scenario`"))
    if notes:
        return _finding("MC027", f"`{word}` starts no declaration", found.span, notes)
    hint = _DECLARATION_HINTS.get(word.lower())
    if hint is not None:
        return _finding("MC027", f"`{word}` starts no declaration; did you mean `{hint}`?", found.span)
    close = difflib.get_close_matches(word.lower(), declarations, n=1)
    if close:
        message = f"`{word}` starts no declaration; did you mean `{close[0]}`?"
        return _finding("MC027", message, found.span, (), (_replace(found.span, close[0]),))
    return _finding("MC027", f"`{word}` starts no declaration", found.span)


def _edit(place: Place) -> Finding | None:
    """A declaration inside a variant without ``override`` or ``add``."""
    if not is_kind("an edit", place.accepts) or place.found.type == END:
        return None
    word, span = place.found.text, place.found.span
    if place.scanner.keywords.get(word) in DECLARATIONS:
        front = Span(span.source, span.start, span.start)
        fixes = (
            Fix("write `override` to put it in the place of the one with that name", front, "override "),
            Fix("write `add` if there is none of that name", front, "add "),
        )
        message = f"a variant says whether a declaration replaces another: `override {word} …` or `add {word} …`"
        return _finding("MC028", message, span, (), fixes, ("OVERRIDE",))
    if word == "run":
        return _finding("MC020", "a variant cannot `run` processes: scenarios do", span)
    return None


# -------------------------------------------------------------------------------------- statements


def _missing_semicolon(place: Place) -> Finding | None:
    before = place.at(-1)
    if "SEMICOLON" not in place.accepts or before is None or is_kind("a statement", place.accepts):
        return None
    found = place.found
    on_next_line = found.type == END or found.span.line > before.span.source.position(before.span.end)[0]
    if not (on_next_line or found.text == "}" or (found.text in RESERVED and found.type != "NAME")):
        return None
    # A closing brace before the end of the text ends a statement: then the last lexeme is all there is to show.
    start = place.lexemes[min(place.statement_start, len(place.lexemes) - 1)].span
    statement = start.to(before.span).text
    after = f" after `{statement}`" if len(statement) <= 40 and "\n" not in statement else ""
    if place.text(-1) == "}" and len(statement) > 40:
        after = " after this `}`"
    fix = Fix("insert `;`", _behind(before), ";")
    return _finding("MC021", f"expected `;`{after}", _behind(before), (), (fix,), ("SEMICOLON",))


def _label_without_statement(place: Place) -> Finding | None:
    colon, label = place.at(-1), place.at(-2)
    if place.found.text != "}" or colon is None or colon.text != ":" or label is None:
        return None
    if not is_kind("a statement", place.accepts):
        return None
    fix = Fix("insert ` ;`", _behind(colon), " ;")
    message = f"the label `{label.text}` needs a statement; `;` is one that does nothing"
    return _finding("MC032", message, label.span.to(colon.span), (), (fix,), ("SEMICOLON",))


def _type_before_name(place: Place) -> Finding | None:
    """``local bool x;``, ``int x = 0;``, ``shared ref Page p;``, ``f(struct page *p)``: C's order."""
    before, found = place.at(-1), place.found
    if before is None or before.type != "NAME" or found.type not in ("NAME", "STAR"):
        return None
    start = place.statement_start
    first = place.lexemes[start].text
    in_parameters = place.accepts == {"COLON"} and place.opener is not None and place.opener.text == "("
    if in_parameters:
        type_start = place.position - 1
        word = ""
    elif first in ("local", "shared", "param", "unknown") and start == place.position - 2:
        type_start, word = start + 1, f"{first} "
    elif start == place.position - 1 and place.brackets.depth[place.position] > 0 and found.type == "NAME":
        if "ARROW" in place.accepts:
            type_start, word = start, "local "
        elif place.accepts <= {"COLON", "LSQB"}:
            type_start, word = start, ""
        else:
            return None
    else:
        return None
    name_position = place.position
    while name_position < len(place.lexemes) and place.lexemes[name_position].text == "*":
        name_position += 1
    if place.lexemes[type_start].text in ("ref", "opt", "struct", "enum", "unsigned", "const") and (
        name_position + 1 < len(place.lexemes) and place.lexemes[name_position + 1].type in ("NAME", "STAR")
    ):
        name_position += 1
        while name_position < len(place.lexemes) and place.lexemes[name_position].text == "*":
            name_position += 1
    if name_position >= len(place.lexemes) or place.lexemes[name_position].type != "NAME":
        return None
    name = place.lexemes[name_position].text
    words = [lexeme.text for lexeme in place.lexemes[type_start:name_position]]
    stars = "*" in words
    words = [text for text in words if text not in ("*", "struct", "enum", "const")]
    if words and words[0] in ("shared", "param", "unknown"):
        message = f"`{words[0]}` declarations stand outside of processes and functions; inside, use `local`"
        return _finding("MC035", message, before.span)
    if stars and words[:1] != ["ref"]:
        words.insert(0, "ref")
    spelled = f"{word}{name} : {' '.join(words)}"
    span = place.lexemes[start if not in_parameters else type_start].span.to(place.lexemes[name_position].span)
    return _finding("MC035", f"the name comes first, then its type: `{spelled}`", span, (), (_replace(span, spelled),))


def _local_without_type(place: Place) -> Finding | None:
    if place.found.text != ";" or place.text(-2) != "local":
        return None
    name = place.text(-1)
    message = f"`{name}` needs a type or a value: `local {name} : bool;`, `local {name} = e;`"
    return _finding("MC020", message, place.found.span)


def _comma_in_local(place: Place) -> Finding | None:
    if place.found.text != ",":
        return None
    start = place.lexemes[place.statement_start].text
    if start not in ("local", "shared"):
        return None
    return _finding("MC020", f"one `{start}` declares one name: write `{start}` again for the next", place.found.span)


def _field_separator(place: Place) -> Finding | None:
    """C's ways to initialise a struct: ``{ a = 1, b = 2 }`` and ``{ .a = 1 }``."""
    found, opener = place.found, place.opener
    if opener is None or opener.text != "{" or found.text not in (",", ".", ":"):
        return None
    position = place.brackets.opener[place.position]
    if position < 2 or place.lexemes[position - 2].text not in ("new", "try_new"):
        return None
    if found.text == "," and "SEMICOLON" in place.accepts:
        fix = _replace(found.span, ";")
        return _finding("MC020", "a `;` ends each field of `new`", found.span, (), (fix,), ("SEMICOLON",), 1)
    if found.text == "." and "NAME" in place.accepts:
        fix = Fix("leave the `.` out", found.span, "")
        return _finding("MC020", "fields of `new` are named without a `.`", found.span, (), (fix,), (), 1)
    if found.text == ":" and "EQUAL" in place.accepts:
        fix = _replace(found.span, "=")
        return _finding("MC020", "a field of `new` is given by `=`", found.span, (), (fix,), ("EQUAL",), 1)
    return None


def _foreign_statement(place: Place) -> Finding | None:
    """``switch``, ``for (;;)``, ``elif``, ``else`` alone, a condition without parentheses, a bare ``when`` body."""
    found, before = place.found, place.at(-1)
    first = place.lexemes[place.statement_start] if place.statement_start < len(place.lexemes) else found
    if first.text in ("switch", "case", "default") and first.type == "NAME" and place.position > place.statement_start:
        return _finding("MC035", f"there is no `{first.text}`: use `if (…) … else if (…) …`", first.span)
    if first.text in ("elif", "elseif", "elsif") and place.position > place.statement_start:
        return _finding(
            "MC035", f"`{first.text}` is written `else if`", first.span, (), (_replace(first.span, "else if"),)
        )
    if found.type == "ELSE":
        note = "if it belongs to an `if` before it: a `;` after a block `{ … }` ends the `if`"
        return _finding("MC020", "this `else` has no `if`", found.span, (note,))
    if (
        before is not None
        and before.text in ("if", "while", "when", "for", "BUG_ON", "WARN_ON")
        and (place.accepts == {"LPAR"})
    ):
        what = "what it goes over" if before.text == "for" else "the condition"
        return _finding("MC020", f"expected `(` after `{before.text}`: {what} stands in parentheses", found.span)
    opener = place.opener
    if opener is not None and opener.text == "(" and place.brackets.opener[place.position] > 0:
        keyword = place.lexemes[place.brackets.opener[place.position] - 1]
        if keyword.text == "for":
            note = "for example `for (i in 0..n-1) { … }`; `while` and `do … while` are C's"
            return _finding(
                "MC035", "`for` goes over a range, a set or an enum: `for (x in D) { … }`", keyword.span, (note,)
            )
    if place.accepts == {"LBRACE", "SEMICOLON"} and place.text(-1) == ")":
        note = "write `when (g); …` to wait and go on, `atomic when (g) { … }` to act in the same step"
        message = "after `when (…)` comes `;` or a block in braces"
        return _finding("MC020", message, found.span, (note,), (), ("SEMICOLON",))
    return None


# ------------------------------------------------------------------------------------- expressions

_WORD_OPERATORS = {"and": "&&", "or": "||", "mod": "%", "implies": "=>", "xor": "^", "is": "==", "eq": "=="}


def _operator(place: Place) -> Finding | None:
    """Operators of other languages, and those of ours where they have no meaning."""
    found, before = place.found, place.at(-1)
    span = found.span
    operand_behind = "AND" in place.accepts or "EQUAL" in place.accepts
    if found.type == "EQUAL" and before is not None:
        if before.text in ("=", "==", "!=", "<=", ">=", ":") and before.span.end == span.start:
            both = before.span.to(span)
            meant = "=" if before.text == ":" else before.text if before.text != "=" else "=="
            return _finding("MC025", f"there is no `{both.text}`; write `{meant}`", both, (), (_replace(both, meant),))
        if "EQUALS" in place.accepts:
            fix = _replace(span, "==")
            opener = place.opener
            if opener is not None and opener.text == "(":
                return _finding("MC024", "`=` assigns; to compare, write `==`", span, (), (fix,), ("EQUALS",), 1)
            note = "one statement assigns to one place"
            message = "an assignment has no value; to compare, write `==`"
            return _finding("MC024", message, span, (note,), (fix,), ("EQUALS",), 1)
    if found.type == "EQUALS" and "EQUAL" in place.accepts:
        message = "`==` compares; to give a value, write `=`"
        return _finding("MC024", message, span, (), (_replace(span, "="),), ("EQUAL",), 1)
    meant_operator = _WORD_OPERATORS.get(found.text.lower()) if found.type in ("NAME", "OR") else None
    if meant_operator is not None and operand_behind:
        terminal = place.scanner.symbols[meant_operator]
        fix = _replace(span, meant_operator)
        return _finding("MC025", f"`{found.text}` is written `{meant_operator}`", span, (), (fix,), (terminal,), 1)
    if before is not None and before.text == "not" and before.type == "NAME" and operand_behind:
        fix = _replace(before.span, "!")
        return _finding("MC025", "`not` is written `!`", before.span, (), (fix,))
    if found.type in ("INCREMENT", "DECREMENT"):
        return _finding("MC025", f"`{found.text}` is a statement of its own, not part of an expression", span)
    if found.type == "STAR" and is_kind("an expression", place.accepts | {"TRUE", "BANG"}) and not operand_behind:
        note = "`p->field` reads a field; `touch(p)` is an access that matters only for its validity"
        return _finding("MC025", "there is no `*` to follow a reference", span, (note,))
    if found.text == "." and before is not None and before.type == "INT":
        return _finding("MC013", "numbers are whole: there is no `.` in them", before.span.to(span))
    if (
        found.text == ">"
        and before is not None
        and before.text == "<"
        and place.text(-2) not in ("bv", "set", "opt")
        and before.span.end == span.start
    ):
        both = before.span.to(span)
        return _finding("MC025", "there is no `<>`; write `!=`", both, (), (_replace(both, "!="),))
    return None


def _reserved_word(place: Place) -> Finding | None:
    found = place.found
    if "NAME" not in place.accepts or found.text not in RESERVED:
        return None
    if is_kind("a statement", place.accepts) and place.text(1) != ":":
        return None
    if found.type == "NAME" or is_kind("an expression", place.accepts):
        return None
    message = f"`{found.text}` is a word of the language and cannot be a name"
    return _finding("MC026", message, found.span, (), (), ("NAME",), 1)


def _missing_closer(place: Place) -> Finding | None:
    """A ``)`` or ``]`` that should have come before what was found."""
    opener, found = place.opener, place.found
    if opener is None or found.text == ",":
        return None
    for terminal, text, opening in (("RPAR", ")", "("), ("RSQB", "]", "[")):
        if terminal in place.accepts and opener.text == opening and found.text in ("{", "}", ";", ")", "]"):
            before = place.at(-1)
            assert before is not None, "there is a bracket before"
            fix = Fix(f"insert `{text}`", _behind(before), text)
            note = Note(f"to close this `{opening}`", opener.span)
            return _finding("MC022", f"expected `{text}`, found {described(found)}", found.span, (note,), (fix,))
    return None


# --------------------------------------------------------------------------------------- otherwise


def _expected_something(place: Place) -> Finding:
    found = place.found
    wanted = expected(place.accepts, place.scanner)
    notes: list[str] = []
    if "PATH" in place.accepts:
        notes.append("a label is written `process::label` or `inline::label`")
    if found.type == END:
        before = place.at(-1)
        span = before.span if before is not None else found.span
        return _finding("MC020", f"the file ends too early: expected {wanted}", span)
    words = [place.scanner.texts[name] for name in place.accepts if name in place.scanner.texts]
    close = difflib.get_close_matches(found.text, [word for word in words if word.isidentifier()], n=1, cutoff=0.75)
    fixes = (_replace(found.span, close[0]),) if close else ()
    return _finding("MC020", f"expected {wanted}, found {described(found)}", found.span, notes, fixes)


_RULES: tuple[_Rule, ...] = (
    _declaration,
    _edit,
    _label_without_statement,
    _local_without_type,
    _comma_in_local,
    _type_before_name,
    _field_separator,
    _foreign_statement,
    _operator,
    _missing_semicolon,
    _reserved_word,
    _missing_closer,
)
