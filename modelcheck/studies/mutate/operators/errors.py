"""Paths that leave early by the wrong way, and results that say the opposite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from modelcheck.language.syntax import ast
from modelcheck.studies.mutate.operators.operator import Body, Draft, Operator
from modelcheck.studies.mutate.tree import everything, relabelled

FAMILY = "errors"

OPERATORS = (
    Operator("wrong_goto", FAMILY, "jumps to the next label, and so past what the first one cleans up", "a wrong goto"),
    Operator("early_return", FAMILY, "returns where it should clean up first", "`return` for `goto out`"),
    Operator("wrong_result", FAMILY, "returns true for false, and the reverse", "a result that is inverted"),
)


def misled(body: Body) -> Iterator[Draft]:
    """Each jump to the next label instead, and as a return; each constant result the other way round."""
    aims = [inner.label for inner in everything(body.owner.body) if isinstance(inner, ast.Goto)]
    labels = [
        inner.label for inner in everything(body.owner.body) if isinstance(inner, ast.Labelled) and inner.label in aims
    ]
    yields = isinstance(body.owner, ast.InlineDecl | ast.CallbackDecl) and body.owner.result is not None
    for listed, index, statement in body.elements():
        element = listed.statements[index]
        match statement:
            case ast.Goto(label) if not listed.atomic:
                if labels and label in labels and label != labels[-1]:
                    other = labels[labels.index(label) + 1]
                    new = (relabelled(element, replace(statement, label=other)),)
                    says = f"goes to `{other}` instead of `{label}`"
                    yield body.draft("wrong_goto", listed, index, index + 1, new, says, label)
                if not yields:
                    new = (relabelled(element, ast.Return(None, statement.span)),)
                    says = f"returns instead of going to `{label}`"
                    yield body.draft("early_return", listed, index, index + 1, new, says, label)
            case ast.Return(ast.BoolLit(value) as result):
                other_result = replace(result, value=not value)
                new = (relabelled(element, replace(statement, value=other_result)),)
                says = f"returns {str(not value).lower()} instead of {str(value).lower()}"
                yield body.draft("wrong_result", listed, index, index + 1, new, says, str(value).lower())
