"""Saying in which variant something was found when the line that it points to is fine in the base."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from modelcheck.ground.diagnostics import Diagnostic, Note
from modelcheck.language import variants


class Attribution:
    """Passes each finding on once, however many instances make it. Feed it the base first."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str, str]] = set()

    def new(self, found: Iterable[Diagnostic], variant: str) -> Iterator[Diagnostic]:
        """Yield what was not found before; what only a variant shows gets a note that names it."""
        for diagnostic in found:
            # By place in words: what another process found speaks of its own copy of the source.
            key = (diagnostic.code, diagnostic.message, str(diagnostic.span))
            if key in self._seen:
                continue
            self._seen.add(key)
            if variant == variants.BASE or f"`{variant}`" in diagnostic.message:
                yield diagnostic
            else:
                yield replace(diagnostic, notes=(*diagnostic.notes, Note(f"in variant `{variant}`")))
