"""Taking a snapshot of an exploration between two levels, and going on from one (see ``checkpoint``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from modelcheck.engines.native.findings import Notes
from modelcheck.engines.native.storage.checkpoint import Header, Snapshot, read_states
from modelcheck.engines.native.storage.context import KNOWN, LIMBS, Cell, Record
from modelcheck.engines.native.storage.storage import Storage
from modelcheck.engines.native.thread_pool import Crew

_SUMS = (*LIMBS[Cell.TRANSITIONS], *LIMBS[Cell.UNREDUCED], Cell.DRAINED, Cell.EXPANDED)


def take_snapshot(
    storage: Storage, record: Record, notes: Notes, begin: int, levels: Sequence[int], unreduced: Sequence[int]
) -> Snapshot:
    """Return what is to be kept before the states from number ``begin`` on are expanded; the states
    themselves stay where they are.
    """
    seen: set[int] = set()
    for context in storage.contexts:
        for first, behind in ((record.first, record.best), (record.occurred, record.target)):
            seen |= {first + int(offset) for offset in np.flatnonzero(context[first:behind])}
    return Snapshot(
        count=storage.count,
        begin=begin,
        levels=tuple(levels),
        unreduced=tuple(unreduced),
        least=dict(notes.least),
        seen=tuple(sorted(seen)),
        cells={int(cell): storage.total(cell) for cell in _SUMS},
    )


def restore(
    path: Path, header: Header, storage: Storage, notes: Notes, crew: Crew, rehash: Callable[[int], int]
) -> None:
    """Put everything where it was when the checkpoint was written.

    Raises ``SpecError`` if the file cannot be read, ``MemoryError`` if the states do not fit.
    """
    snapshot = header.snapshot
    storage.reserve(snapshot.count)
    read_states(path, header, storage)
    storage.work_on(0, snapshot.count)
    crew.run(rehash, together=True)
    notes.least.update(snapshot.least)
    for place in snapshot.least:
        storage.put(place, KNOWN)
    for place in snapshot.seen:
        storage.contexts[0][place] = KNOWN
    for cell, value in snapshot.cells.items():
        storage.contexts[0][cell] = value
