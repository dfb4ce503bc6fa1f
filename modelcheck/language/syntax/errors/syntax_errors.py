"""What went wrong, in the user's words: from an unexpected lexeme to a diagnostic, and how to go on behind it.

Each rule looks at one sort of slip; the first that knows better than "expected this, found that" speaks.
"""

from __future__ import annotations

from collections.abc import Callable

from modelcheck.ground.suggest import closest
from modelcheck.language.syntax.errors import slips_in_declarations, slips_in_expressions, slips_in_statements
from modelcheck.language.syntax.errors.syntax_place import Finding, Place, finding, write_instead
from modelcheck.language.syntax.errors.vocabulary import described, expected, is_kind
from modelcheck.language.syntax.parser.tables import END

_RULES: tuple[Callable[[Place], Finding | None], ...] = (
    slips_in_declarations.declaration,
    slips_in_declarations.edit,
    slips_in_declarations.without_pool,
    slips_in_declarations.struct_before_name,
    slips_in_declarations.without_name,
    slips_in_statements.label_without_statement,
    slips_in_statements.local_without_type,
    slips_in_statements.comma_in_local,
    slips_in_statements.type_before_name,
    slips_in_statements.field_separator,
    slips_in_statements.foreign_statement,
    slips_in_statements.pointer_declared,
    slips_in_statements.assert_as_value,
    slips_in_expressions.operator,
    slips_in_expressions.quantifier,
    slips_in_expressions.quantifier_comma,
    slips_in_statements.missing_semicolon,
    slips_in_expressions.reserved_word,
    slips_in_expressions.missing_closer,
)


def explain(place: Place) -> Finding:
    """Return what to say about an unexpected lexeme."""
    for rule in _RULES:
        found = rule(place)
        if found is not None:
            return found
    return _expected_something(place)


#: What declarations look like whose form has to be looked up.
_FORMS = {
    "count": "count NAME : exactly once event(k) per other(k) [until next other] [within drained];",
    "order": "order NAME : first(k) before second(k);",
    "only_if": "only_if NAME : event(k) only if CONDITION;",
    "obligation": "obligation NAME : KIND(SUBJECT), KIND;",
    "unknown": "unknown NAME : TYPE [= VALUE];",
    "event": "event NAME(parameter: TYPE);",
    "process": "process NAME { … }",
    "server": "server NAME { loop { … } }",
    "scenario": "scenario NAME { run process[2], other; }",
    "run": "run process[2], other;",
    "group": "group NAME = scenario, scenario;",
    "expect": "expect holds all except { p in s; q };` or `expect violates p in s;",
    "allow": 'allow unreached LABEL "why";` or `allow vacuous PROPERTY "why";',
    "variant": 'variant NAME [: PARENT] ["what it is"] { … }',
}


def _form(place: Place) -> str | None:
    """Return a note with the whole form of the declaration or clause that the place is in, but not
    of what is nested in it.
    """
    start = place.statement_start
    if start >= place.position or any(lexeme.text == "{" for lexeme in place.lexemes[start : place.position]):
        return None
    form = _FORMS.get(place.lexemes[start].text)
    return None if form is None else f"the form is `{form}`"


def _expected_something(place: Place) -> Finding:
    found = place.found
    wanted = expected(place.accepts, place.scanner)
    notes: list[str] = []
    if "PATH" in place.accepts:
        notes.append("a label is written `process::label` or `inline::label`")
    if found.type == "STRING" and is_kind("an expression", place.accepts):
        notes.append("a model has no strings: leave out what only prints")
    form = _form(place)
    if form is not None:
        notes.append(form)
    if found.type == END:
        before = place.at(-1)
        span = before.span if before is not None else found.span
        return finding("MC020", f"the file ends too early: expected {wanted}", span)
    words = [place.scanner.texts[name] for name in place.accepts if name in place.scanner.texts]
    close = closest(found.text, [word for word in words if word.isidentifier()]) if len(found.text) > 3 else None
    fixes = (write_instead(found.span, close),) if close is not None else ()
    return finding("MC020", f"expected {wanted}, found {described(found)}", found.span, notes, fixes)
