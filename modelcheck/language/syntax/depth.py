"""How deep a tree is: the phases behind the parser are recursive, so there is a limit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from modelcheck.ground.diagnostics import Diagnostic, Severity
from modelcheck.ground.source import Span

#: No tree is deeper than this.
MAX_DEPTH = 200


def too_deep(items: Iterable[Any]) -> Diagnostic | None:
    """Return an error for the first item that is nested too deeply: chains need no brackets to be deep."""
    fields_of: dict[type, tuple[str, ...]] = {}
    for item in items:
        level: list[Any] = [item]
        for _ in range(MAX_DEPTH):
            below: list[Any] = []
            for node in level:
                kind = type(node)
                names = fields_of.get(kind)
                if names is None:
                    names = fields_of[kind] = tuple(field.name for field in fields(node) if field.name != "span")
                for name in names:
                    value = getattr(node, name)
                    if type(value) is tuple:
                        below.extend(member for member in value if hasattr(member, "span"))
                    elif hasattr(value, "span"):
                        below.append(value)
            if not below:
                break
            level = below
        else:
            return deep_error(level[0].span)
    return None


def deep_error(span: Span) -> Diagnostic:
    """Return the error for a construct at ``span`` that is nested too deeply."""
    message = f"nested too deeply: more than {MAX_DEPTH} levels (a long chain of operators or `else if` counts)"
    return Diagnostic("MC029", Severity.ERROR, message, span)
