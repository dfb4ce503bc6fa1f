"""What went wrong, in the user's words: from an unexpected lexeme to a diagnostic, and how to go on behind it.

Each rule looks at one sort of slip; the first that knows better than "expected this, found that" speaks.
"""

from __future__ import annotations

from collections.abc import Callable

from modelcheck.suggest import closest
from modelcheck.syntax import slips_in_declarations, slips_in_expressions, slips_in_statements
from modelcheck.syntax.syntax_place import Finding, Place, finding, write_instead
from modelcheck.syntax.tables import END
from modelcheck.syntax.vocabulary import described, expected

_RULES: tuple[Callable[[Place], Finding | None], ...] = (
    slips_in_declarations.declaration,
    slips_in_declarations.edit,
    slips_in_declarations.without_pool,
    slips_in_declarations.without_name,
    slips_in_statements.label_without_statement,
    slips_in_statements.local_without_type,
    slips_in_statements.comma_in_local,
    slips_in_statements.type_before_name,
    slips_in_statements.field_separator,
    slips_in_statements.foreign_statement,
    slips_in_expressions.operator,
    slips_in_expressions.quantifier,
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


def _expected_something(place: Place) -> Finding:
    found = place.found
    wanted = expected(place.accepts, place.scanner)
    notes: list[str] = []
    if "PATH" in place.accepts:
        notes.append("a label is written `process::label` or `inline::label`")
    if found.type == END:
        before = place.at(-1)
        span = before.span if before is not None else found.span
        return finding("MC020", f"the file ends too early: expected {wanted}", span)
    words = [place.scanner.texts[name] for name in place.accepts if name in place.scanner.texts]
    close = closest(found.text, [word for word in words if word.isidentifier()]) if len(found.text) > 3 else None
    fixes = (write_instead(found.span, close),) if close is not None else ()
    return finding("MC020", f"expected {wanted}, found {described(found)}", found.span, notes, fixes)
