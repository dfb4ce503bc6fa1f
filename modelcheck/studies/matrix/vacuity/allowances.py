"""What users say is meant so: ``allow`` lines, which of them are needed, and which name nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from modelcheck.ground.diagnostics import DiagnosticBag
from modelcheck.ground.suggest import missing
from modelcheck.language import pipeline
from modelcheck.language.syntax import ast
from modelcheck.studies.matrix.vacuity.written import (
    labels_of,
)


class Allowances:
    """Remembers which of the ``allow`` lines are needed."""

    def __init__(self, lines: Sequence[ast.AllowDecl]) -> None:
        self.lines = lines
        self._used: set[int] = set()

    def allowed(
        self,
        allowed: ast.Allowed,
        names: Iterable[str],
        owner: str | None = None,
        inside: ast.VariantDecl | None = None,
    ) -> bool:
        """Whether somebody has said that it is meant so (``inside``: in that variant)."""
        wanted = set(names)
        answer = False
        for index, allow in enumerate(self.lines):
            if inside is not None and allow not in inside.allows:
                continue
            if allow.allowed is allowed and allow.name in wanted and (allow.owner is None or allow.owner == owner):
                self._used.add(index)
                answer = True
        return answer

    def unused(self) -> list[ast.AllowDecl]:
        """The lines that nothing needed."""
        return [allow for index, allow in enumerate(self.lines) if index not in self._used]


def check_allowed(spec: ast.Spec, bag: DiagnosticBag) -> None:
    """Report (MC431) what is allowed not to happen and does not exist. ``spec``: as loaded."""
    everything = pipeline.Loaded(spec).with_added()
    scenarios = [item.name for item in everything.spec.items if isinstance(item, ast.ScenarioDecl)]
    found = labels_of(spec)
    for allow in allows_of(spec):
        if allow.allowed is ast.Allowed.VACUOUS:
            known = [*everything.property_names, *scenarios]
            what = "property or scenario"
        else:
            known = [label for owner, label in found if allow.owner in (None, owner)]
            what = "label" if allow.owner is None else f"label in `{allow.owner}`"
        if allow.name not in known:
            bag.add(missing("MC431", f"there is no {what} `{allow.name}`", allow.name, known, allow.span))


def allows_of(spec: ast.Spec) -> list[ast.AllowDecl]:
    """Everything that is allowed, at top level and in variants."""
    found = [item for item in spec.items if isinstance(item, ast.AllowDecl)]
    return found + [allow for item in spec.items if isinstance(item, ast.VariantDecl) for allow in item.allows]
