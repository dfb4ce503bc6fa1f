"""Where in the text a cell points to, for formats that other programs read."""

from __future__ import annotations

import os
from pathlib import PurePath

from modelcheck.ground.source import Span
from modelcheck.studies.matrix.expectations import Outcome
from modelcheck.studies.matrix.model import Cell


def cell_span(cell: Cell) -> Span | None:
    """Return where a reader should look first: the step that violates, else the ``expect`` line
    that is wrong, else the declaration.
    """
    trace = cell.trace
    if trace is not None and not cell.existential:
        if _written(trace.finding.span):
            return trace.finding.span
        if trace.steps and _written(trace.steps[-1].span):
            return trace.steps[-1].span
    claimed = cell.claim.span if cell.claim is not None else None
    if cell.outcome is Outcome.SURPRISE and not cell.existential and _written(claimed):
        return claimed
    return next((span for span in (cell.declared, claimed) if _written(span)), None)


def wrong(cell: Cell) -> bool:
    """Whether the cell is what nobody ordered: a surprise, or a violation that no ``expect`` line speaks about."""
    return cell.outcome in (Outcome.SURPRISE, Outcome.VIOLATION)


def relative(path: str) -> str:
    """Return a path as seen from the current directory where it is below it, with slashes."""
    if os.path.isabs(path):
        seen = os.path.relpath(path)
        path = path if seen.startswith(os.pardir) else seen
    return PurePath(path).as_posix()


def _written(span: Span | None) -> bool:
    return span is not None and bool(span.source.text)
