"""Frequent slips in expressions and brackets. Each function knows one sort, or returns None."""

from __future__ import annotations

from modelcheck.ground.diagnostics import Fix, Note
from modelcheck.language.syntax.errors.syntax_place import Finding, Place, behind, finding, write_instead
from modelcheck.language.syntax.errors.vocabulary import described, is_kind
from modelcheck.language.syntax.parser.lexer import NEW_WORDS, RESERVED

_WORD_OPERATORS = {"and": "&&", "or": "||", "mod": "%", "implies": "=>", "xor": "^", "is": "==", "eq": "=="}


def operator(place: Place) -> Finding | None:
    """Operators of other languages, and those of ours where they have no meaning."""
    found, before = place.found, place.at(-1)
    span = found.span
    operand_behind = "AND" in place.accepts or "EQUAL" in place.accepts
    if found.type == "EQUAL" and before is not None:
        if before.text in ("=", "==", "!=", "<=", ">=", ":") and before.span.end == span.start:
            both = before.span.to(span)
            meant = "=" if before.text == ":" else before.text if before.text != "=" else "=="
            return finding(
                "MC025", f"there is no `{both.text}`; write `{meant}`", both, (), (write_instead(both, meant),)
            )
        if "EQUALS" in place.accepts:
            fix = write_instead(span, "==")
            opener = place.opener
            if opener is not None and opener.text == "(":
                return finding("MC024", "`=` assigns; to compare, write `==`", span, (), (fix,), ("EQUALS",), 1)
            note = "one statement assigns to one place"
            message = "an assignment has no value; to compare, write `==`"
            return finding("MC024", message, span, (note,), (fix,), ("EQUALS",), 1)
    if found.type == "EQUALS" and "EQUAL" in place.accepts:
        message = "`==` compares; to give a value, write `=`"
        return finding("MC024", message, span, (), (write_instead(span, "="),), ("EQUAL",), 1)
    meant_operator = _WORD_OPERATORS.get(found.text.lower()) if found.type in ("NAME", "OR") else None
    if meant_operator is not None and operand_behind:
        terminal = place.scanner.symbols[meant_operator]
        fix = write_instead(span, meant_operator)
        return finding("MC025", f"`{found.text}` is written `{meant_operator}`", span, (), (fix,), (terminal,), 1)
    if found.text == "->" and operand_behind and "ARROW" not in place.accepts:
        terminal = place.scanner.symbols["=>"]
        note = "`->` reads a field behind a reference"
        return finding(
            "MC025", "if … then is written `=>`", span, (note,), (write_instead(span, "=>"),), (terminal,), 1
        )
    if before is not None and before.text == "not" and before.type == "NAME" and operand_behind:
        fix = write_instead(before.span, "!")
        return finding("MC025", "`not` is written `!`", before.span, (), (fix,))
    if found.type in ("INCREMENT", "DECREMENT"):
        return finding("MC025", f"`{found.text}` is a statement of its own, not part of an expression", span)
    if found.type == "STAR" and is_kind("an expression", place.accepts | {"TRUE", "BANG"}) and not operand_behind:
        note = "`p->field` reads a field; `touch(p)` is an access that matters only for its validity"
        return finding("MC025", "there is no `*` to follow a reference", span, (note,))
    if found.text == "." and before is not None and before.type == "INT":
        return finding("MC013", "numbers are whole: there is no `.` in them", before.span.to(span))
    if (
        found.text == ">"
        and before is not None
        and before.text == "<"
        and place.text(-2) not in ("bv", "set", "opt")
        and before.span.end == span.start
    ):
        both = before.span.to(span)
        return finding("MC025", "there is no `<>`; write `!=`", both, (), (write_instead(both, "!="),))
    return None


def quantifier(place: Place) -> Finding | None:
    """``forall x : D``, ``exists x . P``: the ways of other languages."""
    found = place.found
    if place.accepts != {"IN"} or place.text(-2) not in ("forall", "exists"):
        return None
    word, name = place.text(-2), place.text(-1)
    colon = found.text == ":" and place.text(2) == ":"
    fixes = (Fix("write ` in`", found.span, " in"),) if colon else ()
    message = f"expected `in`: `{word} {name} in D : P`, where `D` is a range, an enum, a process or an object"
    return finding("MC020", message, found.span, (), fixes, ("IN",) if colon else None, int(colon))


def quantifier_comma(place: Place) -> Finding | None:
    """``forall x in D, P``: what mathematicians write."""
    if place.found.text != "," or "COLON" not in place.accepts:
        return None
    before = place.lexemes[place.statement_start : place.position]
    if not any(lexeme.text in ("forall", "exists") for lexeme in before):
        return None
    fix = write_instead(place.found.span, ":")
    message = "a `:` stands between what is ranged over and the condition"
    return finding("MC020", message, place.found.span, (), (fix,), ("COLON",), 1)


def reserved_word(place: Place) -> Finding | None:
    found, before = place.found, place.at(-1)
    if (
        found.text == ":"
        and before is not None
        and before.text in RESERVED
        and place.statement_start == place.position - 1
    ):
        message = f"`{before.text}` is a word of the language and cannot be a label"
        return finding("MC026", message, before.span)
    if "NAME" not in place.accepts or found.text not in RESERVED:
        return None
    if is_kind("a statement", place.accepts) and place.text(1) != ":":
        return None
    if found.type == "NAME" or is_kind("an expression", place.accepts):
        return None
    message = f"`{found.text}` is a word of the language and cannot be a name"
    # What was a name before gets one again.
    fixes = (write_instead(found.span, f"{found.text}_"),) if found.text in NEW_WORDS else ()
    return finding("MC026", message, found.span, (), fixes, ("NAME",), 1)


def missing_closer(place: Place) -> Finding | None:
    """A ``)`` or ``]`` that should have come before what was found."""
    opener, found = place.opener, place.found
    if opener is None or found.text == ",":
        return None
    for terminal, text, opening in (("RPAR", ")", "("), ("RSQB", "]", "[")):
        if terminal in place.accepts and opener.text == opening and found.text in ("{", "}", ";", ")", "]"):
            before = place.at(-1)
            assert before is not None, "there is a bracket before"
            fix = Fix(f"insert `{text}`", behind(before), text)
            note = Note(f"to close this `{opening}`", opener.span)
            return finding("MC022", f"expected `{text}`, found {described(found)}", found.span, (note,), (fix,))
    return None
