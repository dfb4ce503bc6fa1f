"""The record that Python and the generated code share: a row of 64-bit cells.

First come the cells of ``Cell``, some of them addresses of growing arrays. What has a size known beforehand follows in the same row, so that
the generated code reaches it with a constant offset (see ``Record``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

#: Successors collected before they are looked up, so that the memory they need is on its way when they are.
BATCH = 64


class Cell(IntEnum):
    """Index of a cell in the context."""

    STATES = 0  # address: words of all states, in the order in which they were found
    PARENTS = 1  # address: u32 per state, the state it was first reached from
    TABLE = 2  # address: u32 per slot, 0 = empty, else index of a state + 1
    MASK = 3  # slots - 1 (slots are a power of two)
    COUNT = 4  # states found
    CAPACITY = 5  # states that fit
    NEXT = 6  # next state to expand
    LIMIT = 7  # where to stop
    TRANSITIONS = 8
    OVERFLOW = 9  # 1 + the variable that left its field, 0 if none did
    ENABLED = 10  # steps enabled in the state being expanded
    PENDING = 11  # successors in the buffer
    DRAINED = 12  # 1 + the first drained state
    DEAD = 13  # 1 + the first state that is not drained and has no step
    MARKS = 14  # address: u8 per state, 1 if it can reach a drained state or a fault
    REACHES = 15  # whether the state at hand reaches a marked one
    CHANGED = 16  # states newly marked by a backward pass
    WAITING = 17  # address: u32 per state, 1 + the first state that waits for this one, 0 if none does
    FOLLOWING = 18  # address: u32 per state, 1 + the next state that waits for the same one
    SUCCESSOR = 19  # 1 + the last successor of the state at hand that was looked up
    HASTY = 20  # 1 in the first backward pass: look at the first process that can move only
    CELLS = 21


class Status(IntEnum):
    """What the generated ``expand`` returns."""

    DONE = 0  # expanded up to LIMIT
    FULL = 1  # no room for the successors of one more state


@dataclass(frozen=True, slots=True)
class Record:
    """Where the parts begin that follow the cells.

    ``first``: per step 1 + the state in which it was first enabled, and one more for the initial state; ``raised``: per raise with a condition
    1 + the state before the step that first raised it (one without a condition is raised whenever its step is taken); ``held``: per watched condition
    1 + the first state in which it holds; ``occurred``: per event 1 if an occurrence with a condition happened; ``buffer``: successors, each its words, its
    hash and the state it comes from.
    """

    first: int
    raised: int
    held: int
    occurred: int
    buffer: int
    entry: int
    size: int


def make_record(steps: int, raises: int, watched: int, events: int, words: int, most_successors: int) -> Record:
    """Return where everything stands for a system of these sizes."""
    first = int(Cell.CELLS)
    raised = first + steps + 1
    held = raised + raises
    occurred = held + watched
    buffer = occurred + events
    return Record(first, raised, held, occurred, buffer, words + 2, buffer + (BATCH + most_successors) * (words + 2))
