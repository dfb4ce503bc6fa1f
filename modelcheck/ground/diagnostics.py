"""Diagnostics: errors, warnings and hints as values, each with a stable code and a place.

Phases collect diagnostics and keep going, so that one run reports more than one error.
``SpecError`` carries them out of the pipeline; the command line turns it into exit code 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span


class Severity(Enum):
    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Note:
    """A further place, or (without a span) a further remark, that explains a diagnostic."""

    message: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """A fix-it: replace the text of ``span`` by ``replacement``."""

    message: str
    span: Span
    replacement: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. ``code`` is stable (``MC203``); its long text is in ``modelcheck.report.explanations``."""

    code: str
    severity: Severity
    message: str
    span: Span | None
    notes: tuple[Note, ...] = ()
    fixes: tuple[Fix, ...] = ()


class SpecError(Exception):
    """The spec cannot be used; ``diagnostics`` holds at least one error."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(f"{d.code}: {d.message}" for d in self.diagnostics))


class DiagnosticBag:
    """Collects diagnostics over a phase. At most ``limit`` are kept, so that junk input stays readable."""

    def __init__(self, limit: int = 200) -> None:
        self._found: list[Diagnostic] = []
        self._limit = limit

    def error(
        self, code: str, message: str, span: Span | None, notes: Iterable[Note] = (), fixes: Iterable[Fix] = ()
    ) -> None:
        self.add(Diagnostic(code, Severity.ERROR, message, span, tuple(notes), tuple(fixes)))

    def warning(
        self, code: str, message: str, span: Span | None, notes: Iterable[Note] = (), fixes: Iterable[Fix] = ()
    ) -> None:
        self.add(Diagnostic(code, Severity.WARNING, message, span, tuple(notes), tuple(fixes)))

    def hint(
        self, code: str, message: str, span: Span | None, notes: Iterable[Note] = (), fixes: Iterable[Fix] = ()
    ) -> None:
        self.add(Diagnostic(code, Severity.HINT, message, span, tuple(notes), tuple(fixes)))

    def add(self, diagnostic: Diagnostic) -> None:
        if len(self._found) < self._limit and diagnostic not in self._found:
            self._found.append(diagnostic)

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        for diagnostic in diagnostics:
            self.add(diagnostic)

    @property
    def found(self) -> tuple[Diagnostic, ...]:
        return tuple(self._found)

    @property
    def has_errors(self) -> bool:
        return any(d.severity is Severity.ERROR for d in self._found)

    def raise_errors(self) -> None:
        """Raise ``SpecError`` with everything found if any of it is an error."""
        if self.has_errors:
            raise SpecError(self._found)
