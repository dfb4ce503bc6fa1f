"""What synthesis finds out."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from modelcheck.ground.diagnostics import Diagnostic
from modelcheck.ground.records import dataclass
from modelcheck.result.trace import Trace
from modelcheck.studies.matrix.model import Assumptions
from modelcheck.studies.synthesis.reasons import Detail, Unknown
from modelcheck.studies.synthesis.space import Assignment, Space


class Why(Enum):
    """Why assignments are rejected."""

    VIOLATED = "violated"  # a universal property, with a trace
    NEVER = "never"  # an existential property has no witness
    INVALID = "invalid"  # the spec makes no sense with them


@dataclass(frozen=True, slots=True)
class Reason:
    """One finding that rejects assignments, told for the first of them.

    ``refutes``: every assignment to which it applies, also those that another reason rejected
    before: with each of them the interpreter replays the schedule of ``trace`` to a violation of
    the property (``VIOLATED``), or the scenario's model is the same as the one in which every
    reachable state was visited, or a proof found, in vain (``NEVER``). ``detail``: why there is no
    witness, or what is wrong with the spec.
    """

    number: int
    why: Why
    scenario: str
    property_name: str
    trace: Trace | None
    detail: Detail
    refutes: tuple[Assignment, ...]


@dataclass(frozen=True, slots=True)
class Rejection:
    """``trace``: the race of ``reason`` as it runs with this assignment; None if there is none."""

    assignment: Assignment
    reason: Reason
    trace: Trace | None


@dataclass(frozen=True, slots=True)
class Open:
    """Properties that were not decided in a scenario."""

    scenario: str
    properties: tuple[str, ...]
    reason: Unknown


@dataclass(frozen=True, slots=True)
class Undecided:
    """An assignment that nothing rejects, and that nobody knows to be safe."""

    assignment: Assignment
    open: tuple[Open, ...]


@dataclass(frozen=True, slots=True)
class Surprise:
    """The answer is not what an ``expect safe`` line says.

    ``missing``: values of ``names`` that were expected safe and are rejected; ``extra``: the
    reverse.
    """

    names: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Synthesis:
    """The answer: ``safe``, ``rejected`` and ``undecided`` together are all assignments, each list in
    the order of the space.

    ``fixed``: the unknowns to which a scenario gives a value itself, by scenario. ``reasons``: what
    rejects, in the order in which it was found. ``scenarios``: those that count; ``skipped``:
    marked slow and not asked for. ``excepted``: (property, scenarios) that the spec leaves out of
    the question, ``asked``: the only properties that count, if the user named some.
    ``explorations``: how many times the engines were asked. ``expected``: whether an ``expect
    safe`` line speaks about this variant.
    """

    spec: str
    model: str
    variant: str
    space: Space
    scenarios: tuple[str, ...]
    fixed: Mapping[str, frozenset[str]]
    skipped: tuple[str, ...]
    asked: tuple[str, ...]
    excepted: tuple[tuple[str, tuple[str, ...]], ...]
    safe: tuple[Assignment, ...]
    rejected: tuple[Rejection, ...]
    undecided: tuple[Undecided, ...]
    reasons: tuple[Reason, ...]
    expected: bool
    surprises: tuple[Surprise, ...]
    assumptions: tuple[Assumptions, ...]
    explorations: int
    seconds: float
    interrupted: bool
    diagnostics: tuple[Diagnostic, ...]
