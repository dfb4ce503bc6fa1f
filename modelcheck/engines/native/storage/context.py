"""The records that Python and the generated code share: rows of 64-bit cells.

Each thread has a context of its own. First come the cells of ``Cell``, some of them addresses of
arrays that all threads work on. What has a size known beforehand follows in the same row, so that
the generated code reaches it with a constant offset (see ``Record``). The few cells that several
threads change stand in one more row (``Shared``).
"""

from __future__ import annotations

from enum import IntEnum

from modelcheck.ground.records import dataclass

#: Successors collected before they are looked up, so that the memory they need is on its way when they are.
BATCH = 64
#: States that a thread takes to work on at a time.
WORK_CHUNK = 256
#: A note that says: known from an earlier level.
KNOWN = 1
#: A note that says which state: its number, plus this.
NOTED = 2


class Shared(IntEnum):
    """Index of a cell that all threads change; each on a cache line of its own."""

    NEXT = 0  # the first item that no thread has taken yet
    ALLOCATED = 8  # numbers of states handed out to threads
    STOP = 16  # not 0: come back soon
    CELLS = 24


class Cell(IntEnum):
    """Index of a cell in the context of a thread."""

    SHARED = 0  # address of the shared cells
    STATES = 1  # address: words of all states by number
    TABLE = 2  # address: u32 per slot, 0 = empty, else 1 + the number of a state, and above it some bits of its hash
    MASK = 3  # slots - 1 (slots are a power of two)
    TAG = 4  # at which bit of a slot those of the hash begin: all numbers + 1 are below that power of two
    CAPACITY = 5  # states that fit
    RANGE = 6  # states that a thread gets room for at a time
    ROUNDS = 7  # how many chunks to take before coming back
    END = 8  # items to work on: below this one
    WORK = 9  # next item of the chunk at hand
    WORK_END = 10
    FREE = 11  # next free number of a state
    FREE_END = 12
    SPARE = 13  # free numbers for when those are used up
    SPARE_END = 14
    TRANSITIONS = 15
    OVERFLOW = 16  # 1 + a variable that left its field, 0 if none did
    ENABLED = 17  # steps enabled in the state being expanded
    PENDING = 18  # successors in the buffer
    DRAINED = 19  # 1 if a state is drained
    MARKS = 20  # address: u8 per state, 1 if it can reach a drained state or a fault
    REACHES = 21  # whether the state at hand reaches a marked one
    NEXT = 22  # address: u32 per state, 1 + the state that follows in the hasty schedule, 0 if none does
    WAITING = 23  # address: u32 per state, 1 + the first state that waits for this one, 0 if none does
    FOLLOWING = 24  # address: u32 per state, 1 + the next state that waits for the same one
    SUCCESSOR = 25  # 1 + the last successor of the state at hand that was looked up
    FROM = 26  # states to be moved: their first number
    TO = 27  # and the first number they get
    UNREDUCED = 28  # states expanded, all of each orbit counted
    EXPANDED = 29  # states expanded
    QUERIES = 30  # address: rows of words that somebody asks about, each with room for an answer
    TRANSITIONS_MIDDLE = 31  # see ``LIMBS``
    TRANSITIONS_HIGH = 32
    UNREDUCED_MIDDLE = 33
    UNREDUCED_HIGH = 34
    CELLS = 35


#: Sums over orbits outgrow 64 bits where no orbit does: they are kept in parts of so many bits, the
#: lowest in the cell of that name.
LIMB = 21
LIMBS = {
    Cell.TRANSITIONS: (Cell.TRANSITIONS, Cell.TRANSITIONS_MIDDLE, Cell.TRANSITIONS_HIGH),
    Cell.UNREDUCED: (Cell.UNREDUCED, Cell.UNREDUCED_MIDDLE, Cell.UNREDUCED_HIGH),
}


class Status(IntEnum):
    """Why the generated code came back."""

    DONE = 0  # no items are left to be taken
    FULL = 1  # no room for the successors of one more state
    PAUSED = 2  # ROUNDS chunks are done
    STOPPED = 3  # STOP was set


@dataclass(frozen=True, slots=True)
class Record:
    """Where the parts begin that follow the cells.

    Notes, each 0, ``KNOWN`` or ``NOTED`` + the number of the least state of a level of which it is
    true: ``first``: per step, a state in which it was first enabled (``KNOWN`` at once if nobody
    needs to know which); ``raised``: per raise with a condition, one before the step that first
    raised it (one without a condition is raised whenever its step is taken); ``held``: per watched
    condition, one of the first states in which it holds; ``dead``: a state without a step that is
    not drained; ``false``: per condition of what is judged at the end, such a state in which it
    makes the property false; ``best``: what ``seek`` found. ``occurred``: per event 1 if an
    occurrence with a condition happened; ``target``: the words that ``seek`` looks for; ``buffer``:
    successors, each its words, its hash, and room for a number.
    """

    first: int
    raised: int
    held: int
    dead: int
    false: int
    best: int
    occurred: int
    target: int
    buffer: int
    entry: int
    size: int


def make_record(
    steps: int, raises: int, watched: int, at_end: int, events: int, words: int, most_successors: int
) -> Record:
    """Return where everything stands for a system of these sizes."""
    first = int(Cell.CELLS)
    raised = first + steps
    held = raised + raises
    dead = held + watched
    false = dead + 1
    best = false + at_end
    occurred = best + 1
    target = occurred + events
    buffer = target + words
    entry = words + 2
    size = buffer + (BATCH + most_successors) * entry
    return Record(first, raised, held, dead, false, best, occurred, target, buffer, entry, size)
