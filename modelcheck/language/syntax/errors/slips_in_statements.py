"""Frequent slips in statements. Each function knows one sort, or returns None."""

from __future__ import annotations

from modelcheck.ground.diagnostics import Fix
from modelcheck.language.syntax.errors.syntax_place import Finding, Place, behind, finding, write_instead
from modelcheck.language.syntax.errors.vocabulary import DECLARATIONS, EDITS, is_kind
from modelcheck.language.syntax.parser.lexer import RESERVED, Lexeme
from modelcheck.language.syntax.parser.tables import END


def missing_semicolon(place: Place) -> Finding | None:
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
    fix = Fix("insert `;`", behind(before), ";")
    return finding("MC021", f"expected `;`{after}", behind(before), (), (fix,), ("SEMICOLON",))


def label_without_statement(place: Place) -> Finding | None:
    colon, label = place.at(-1), place.at(-2)
    if place.found.text != "}" or colon is None or colon.text != ":" or label is None:
        return None
    if not is_kind("a statement", place.accepts):
        return None
    fix = Fix("insert ` ;`", behind(colon), " ;")
    message = f"the label `{label.text}` needs a statement; `;` is one that does nothing"
    return finding("MC032", message, label.span.to(colon.span), (), (fix,), ("SEMICOLON",))


def type_before_name(place: Place) -> Finding | None:
    """``local bool x;``, ``int x = 0;``, ``shared ref Page p;``, ``f(struct page *p)``: C's order."""
    before, found = place.at(-1), place.found
    if before is None or before.type != "NAME" or found.type not in ("NAME", "STAR"):
        return None
    start = place.statement_start
    first = place.lexemes[start].text
    if start == place.position - 1 and "ARROW" in place.accepts and first in place.scanner.keywords:
        misplaced = _misplaced(place, before)
        if misplaced is not None:
            return misplaced
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
    if stars and words[:1] != ["ref"]:
        words.insert(0, "ref")
    spelled = f"{word}{name} : {' '.join(words)}"
    span = place.lexemes[start if not in_parameters else type_start].span.to(place.lexemes[name_position].span)
    return finding(
        "MC035", f"the name comes first, then its type: `{spelled}`", span, (), (write_instead(span, spelled),)
    )


def pointer_declared(place: Place) -> Finding | None:
    """``Foo *q = e;`` as a statement: C's way to declare a local."""
    if place.found.text != "*" or place.statement_start != place.position - 1 or "ADD_ASSIGN" not in place.accepts:
        return None
    type, name = place.at(-1), place.at(1)
    if type is None or type.type != "NAME" or name is None or name.type != "NAME":
        return None
    spelled = f"local {name.text} : ref {type.text}"
    span = type.span.to(name.span)
    return finding(
        "MC035", f"the name comes first, then its type: `{spelled}`", span, (), (write_instead(span, spelled),)
    )


def assert_as_value(place: Place) -> Finding | None:
    """``if (WARN_ON(x))``: a statement where a value is wanted."""
    word = place.found.text
    if word not in ("WARN_ON", "BUG_ON") or not is_kind("an expression", place.accepts):
        return None
    message = (
        f"`{word}` is a statement here and yields no value: keep the condition, `local c = …; {word}(c); if (c) …`"
    )
    return finding("MC035", message, place.found.span)


def _misplaced(place: Place, word: Lexeme) -> Finding | None:
    """A declaration, or an edit, inside a block."""
    terminal = place.scanner.keywords[word.text]
    if word.text in ("struct", "enum") and place.text(1) != "{":
        return None  # C's way to name the type of a variable
    if word.text in ("shared", "param", "unknown"):
        message = f"`{word.text}` declarations stand outside of processes and functions; inside, use `local`"
    elif terminal in DECLARATIONS:
        message = f"`{word.text}` cannot stand inside a block of statements"
    elif terminal in EDITS:
        message = f"`{word.text}` cannot stand inside a block of statements: edits stand in a `variant` or `patch`"
    else:
        return None
    return finding("MC038", message, word.span)


def local_without_type(place: Place) -> Finding | None:
    if place.found.text != ";" or place.text(-2) != "local":
        return None
    name = place.text(-1)
    message = f"`{name}` needs a type or a value: `local {name} : bool;`, `local {name} = e;`"
    return finding("MC020", message, place.found.span)


def comma_in_local(place: Place) -> Finding | None:
    if place.found.text != ",":
        return None
    start = place.lexemes[place.statement_start].text
    if start not in ("local", "shared"):
        return None
    return finding("MC020", f"one `{start}` declares one name: write `{start}` again for the next", place.found.span)


def field_separator(place: Place) -> Finding | None:
    """C's ways to initialise a struct: ``{ a = 1, b = 2 }`` and ``{ .a = 1 }``."""
    found, opener = place.found, place.opener
    if opener is None or opener.text != "{" or found.text not in (",", ".", ":"):
        return None
    position = place.brackets.opener[place.position]
    if position < 2 or place.lexemes[position - 2].text not in ("new", "try_new"):
        return None
    if found.text == "," and "SEMICOLON" in place.accepts:
        fix = write_instead(found.span, ";")
        return finding("MC020", "a `;` ends each field of `new`", found.span, (), (fix,), ("SEMICOLON",), 1)
    if found.text == "." and "NAME" in place.accepts:
        fix = Fix("leave the `.` out", found.span, "")
        return finding("MC020", "fields of `new` are named without a `.`", found.span, (), (fix,), (), 1)
    if found.text == ":" and "EQUAL" in place.accepts:
        fix = write_instead(found.span, "=")
        return finding("MC020", "a field of `new` is given by `=`", found.span, (), (fix,), ("EQUAL",), 1)
    return None


def foreign_statement(place: Place) -> Finding | None:
    """``switch``, ``for (;;)``, ``elif``, ``else`` alone, a condition without parentheses, a bare ``when`` body."""
    found, before = place.found, place.at(-1)
    first = place.lexemes[place.statement_start] if place.statement_start < len(place.lexemes) else found
    if first.text in ("switch", "case", "default") and first.type == "NAME" and place.position > place.statement_start:
        return finding("MC035", f"there is no `{first.text}`: use `if (…) … else if (…) …`", first.span)
    if first.text in ("elif", "elseif", "elsif") and place.position > place.statement_start:
        return finding(
            "MC035", f"`{first.text}` is written `else if`", first.span, (), (write_instead(first.span, "else if"),)
        )
    if found.type == "ELSE":
        note = "if it belongs to an `if` before it: a `;` after a block `{ … }` ends the `if`"
        return finding("MC020", "this `else` has no `if`", found.span, (note,))
    if (
        before is not None
        and before.text in ("if", "while", "when", "for", "BUG_ON", "WARN_ON")
        and (place.accepts == {"LPAR"})
    ):
        what = "what it goes over" if before.text == "for" else "the condition"
        return finding("MC020", f"expected `(` after `{before.text}`: {what} stands in parentheses", found.span)
    opener = place.opener
    if opener is not None and opener.text == "(" and place.brackets.opener[place.position] > 0:
        keyword = place.lexemes[place.brackets.opener[place.position] - 1]
        if keyword.text == "for":
            note = "for example `for (i in 0..n-1) { … }`; `while` and `do … while` are C's"
            return finding(
                "MC035", "`for` goes over a range, a set or an enum: `for (x in D) { … }`", keyword.span, (note,)
            )
    if place.accepts == {"LBRACE", "SEMICOLON"} and place.text(-1) == ")":
        note = "write `when (g); …` to wait and go on, `atomic when (g) { … }` to act in the same step"
        message = "after `when (…)` comes `;` or a block in braces"
        return finding("MC020", message, found.span, (note,), (), ("SEMICOLON",))
    return None
