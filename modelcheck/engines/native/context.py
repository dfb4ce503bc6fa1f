"""The record that Python and the generated code share: a row of 64-bit cells, some of them addresses of arrays."""

from __future__ import annotations

from enum import IntEnum


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
    FIRED = 11  # address: u8 per step
    OCCURRED = 12  # address: u8 per event
    RAISED = 13  # address: per raise 1 + the state before the step that first raised it
    HELD = 14  # address: per watched condition 1 + the first state in which it holds
    DRAINED = 15  # 1 + the first drained state
    DEAD = 16  # 1 + the first state that is not drained and has no step
    MARKS = 17  # address: u8 per state, 1 if it can reach a drained state or a fault
    MARKING = 18  # 1 while the backward pass runs
    REACHES = 19  # whether the state at hand reaches a marked one
    CHANGED = 20  # states newly marked by a backward pass
    CELLS = 21


class Status(IntEnum):
    """What the generated ``expand`` returns."""

    DONE = 0  # expanded up to LIMIT
    FULL = 1  # no room for the successors of one more state
