"""Collecting the properties that apply in no scenario, and warning about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelcheck.ground.diagnostics import DiagnosticBag
from modelcheck.ground.source import Span
from modelcheck.result.reasons.notes import AbsenceNote

if TYPE_CHECKING:
    from modelcheck.model import typed
    from modelcheck.result.reasons.reason import Reason

#: Reasons that a warning gives, if they are not the same in all scenarios.
REASONS = 3


class Nowhere:
    """Collects where properties apply.

    ``absent``: by name, those that applied nowhere so far: (where they are declared, scenario and
    reason).
    """

    def __init__(self) -> None:
        self.absent: dict[str, tuple[Span | None, list[tuple[str, Reason]]]] = {}
        self._present: set[str] = set()

    def add(self, name: str, declared: Span | None, scenario: str, reason: Reason | None) -> None:
        """Add one cell; ``reason``: why the property does not apply there, None if it does."""
        if reason is None:
            self._present.add(name)
            self.absent.pop(name, None)
        elif declared is not None and name not in self._present:
            self.absent.setdefault(name, (declared, []))[1].append((scenario, reason))

    def add_model(self, model: typed.Model) -> None:
        """Add the cells of a model."""
        for prop in model.properties:
            declared = prop.span if prop.span.source.text else None
            self.add(prop.name, declared, model.scenario, prop.not_applicable)

    def report(self, bag: DiagnosticBag) -> None:
        """Warn about each."""
        for name, (declared, places) in self.absent.items():
            reasons: dict[Reason, list[str]] = {}
            for scenario, reason in places:
                reasons.setdefault(reason, []).append(scenario)
            notes = [
                AbsenceNote(why=reason, scenario="" if len(reasons) == 1 else scenarios[0])
                for reason, scenarios in list(reasons.items())[:REASONS]
            ]
            bag.warning(
                "MC326", f"`{name}` applies in no scenario: nothing is said about what it asks", declared, notes
            )
