"""One scenario under every assignment: which assignments it tells apart, and what the engines and the
interpreter say about each kind.

Assignments that give the same typed model, apart from the list of params that it carries for
reports, are one *class*: whatever is found out about one of them is true of all. A hole that a
scenario's processes never look at does not multiply the work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from modelcheck.checking.cuts import Cut, cuts
from modelcheck.ground.diagnostics import Diagnostic, SpecError
from modelcheck.ground.records import dataclass
from modelcheck.language.pipeline import Edited, Resolved
from modelcheck.language.resolve.holes import OpenScenario
from modelcheck.model import typed
from modelcheck.result.progress import Progress
from modelcheck.result.reasons.reason import NoAnswer
from modelcheck.result.trace import Trace
from modelcheck.result.verdict import Answer, EvidenceKind, Verdict
from modelcheck.studies.matrix.answers import recall_or_decide
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.reasons import JustOpen
from modelcheck.studies.synthesis.reasons import (
    CutShort,
    Exhausted,
    Never,
    NotBeyond,
    ProvedNever,
    Unknown,
    Untold,
)
from modelcheck.studies.synthesis.space import Assignment, Space


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A class of assignments, the same only as itself.

    ``model``: that of its first member; None if the spec makes no sense with these values:
    ``error`` says why.
    """

    members: tuple[Assignment, ...]
    model: typed.Model | None
    error: Diagnostic | None


@dataclass(frozen=True, slots=True)
class Split:
    """A scenario and its classes, in the order of their first members. ``applicable``: names of the
    existential properties that say something with some assignment.

    ``done``: if not, there was no time to tell the assignments apart, and there are no classes.
    """

    edited: Edited
    space: Space
    scenario: OpenScenario
    kinds: tuple[Kind, ...]
    applicable: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]
    done: bool = True

    def sized(self, kind: Kind, counts: Mapping[str, int]) -> typed.Model:
        """Return the model of a class with fixed numbers of instances."""
        return _resolved(self.edited, self.space, self.scenario, kind.members[0], counts).model


def split(
    edited: Edited,
    space: Space,
    scenario: OpenScenario,
    assignments: Sequence[Assignment],
    is_over: Callable[[], bool],
) -> Split:
    """Sort the assignments into classes. ``is_over``: whether there is no time left for it (some
    of the classes would say nothing: what applies with none of these assignments may apply with
    others)."""
    models: dict[typed.Model, tuple[typed.Model, list[Assignment]]] = {}
    errors: dict[str, tuple[Diagnostic, list[Assignment]]] = {}
    warnings: dict[str, tuple[Diagnostic, int]] = {}
    for assignment in assignments:
        if is_over():
            return Split(edited, space, scenario, (), frozenset(), (), done=False)
        try:
            resolved = _resolved(edited, space, scenario, assignment)
        except SpecError as error:
            first = error.diagnostics[0]
            errors.setdefault(f"{first.code} {first.message}", (first, []))[1].append(assignment)
            continue
        for diagnostic in resolved.found:
            key = f"{diagnostic.code} {diagnostic.message} {diagnostic.span}"
            warnings[key] = (diagnostic, warnings[key][1] + 1 if key in warnings else 1)
        model = resolved.model
        models.setdefault(replace(model, params=()), (model, []))[1].append(assignment)
    kinds = [Kind(tuple(members), model, None) for model, members in models.values()]
    kinds += [Kind(tuple(members), None, error) for error, members in errors.values()]
    place = {assignment: number for number, assignment in enumerate(assignments)}
    kinds.sort(key=lambda kind: place[kind.members[0]])
    applicable = frozenset(
        prop.name
        for model, _ in models.values()
        for prop in model.properties
        if prop.existential and prop.not_applicable is None
    )
    # What is odd with some values only is what they are tried for.
    usable = sum(len(members) for _, members in models.values())
    diagnostics = tuple(diagnostic for diagnostic, times in warnings.values() if times >= usable)
    return Split(edited, space, scenario, tuple(kinds), applicable, diagnostics)


def _resolved(
    edited: Edited,
    space: Space,
    scenario: OpenScenario,
    assignment: Assignment,
    counts: Mapping[str, int] | None = None,
) -> Resolved:
    return edited.resolved(scenario.name, counts, space.overrides(assignment, scenario.sets))


# ------------------------------------------------------------------------------- asking the engines


@dataclass(frozen=True, slots=True)
class Violation:
    property_name: str
    trace: Trace


@dataclass(frozen=True, slots=True)
class Findings:
    """What is known of one class, about the properties that count.

    ``violated``: universal ones, those of the user first; ``never``: (existential ones without a
    witness, how that is known); ``open``: (undecided ones, why).
    """

    violated: tuple[Violation, ...]
    never: tuple[tuple[str, Never], ...]
    open: tuple[tuple[str, Unknown], ...]


def ask(
    split: Split, kind: Kind, counts_cell: Callable[[str], bool], options: Options, progress: Progress | None = None
) -> Findings:
    """Have one class checked.

    ``counts_cell``: whether a property counts in this scenario. Raises ``SpecError`` if the model
    cannot be elaborated.
    """
    model = kind.model
    assert model is not None
    decided = recall_or_decide(model, options, progress, lambda counts: split.sized(kind, counts)).checked
    by_property = {answer.property: answer for answer in decided.answers}
    names = {prop.id: prop.name for prop in model.properties}
    # Behind a fault that nobody asks about nothing was looked at.
    cut = [names[number] for number in sorted(decided.faults) if not counts_cell(names[number])]
    cut_by = cuts(model, decided)
    violated: list[Violation] = []
    never: list[tuple[str, Never]] = []
    open: list[tuple[str, Unknown]] = []
    for prop in sorted(model.properties, key=lambda prop: prop.builtin):
        if not counts_cell(prop.name):
            continue
        answer = by_property.get(prop.id)
        if answer is None:
            open.append((prop.name, NoAnswer.SILENT))
        elif answer.verdict is Verdict.NOT_APPLICABLE:
            if prop.existential and prop.name in split.applicable:
                never.append((prop.name, answer.reason))
        elif answer.verdict is Verdict.VIOLATED and not prop.existential and prop.id in decided.traces:
            violated.append(Violation(prop.name, _named(decided.traces[prop.id], split)))
        elif answer.verdict is Verdict.HOLDS and prop.existential:
            pass
        elif answer.verdict not in (Verdict.HOLDS, Verdict.VIOLATED):
            open.append((prop.name, _because(answer)))
        elif cut:
            open.append((prop.name, CutShort(cut[0], fault=True)))
        elif beyond := [names[id] for id in cut_by.get(prop.id, Cut()).all if not counts_cell(names[id])]:
            open.append((prop.name, CutShort(beyond[0], fault=False)))
        elif answer.verdict is Verdict.VIOLATED and prop.existential:
            never.append((prop.name, _exhausted(answer)))
        elif answer.verdict is Verdict.VIOLATED:
            open.append((prop.name, Untold.NO_TRACE))
    return Findings(tuple(violated), tuple(never), tuple(open))


def _because(answer: Answer) -> Unknown:
    if answer.reason is not None:
        return answer.reason
    return NotBeyond(answer.depth) if answer.verdict is Verdict.BOUNDED else JustOpen(answer.verdict)


def _exhausted(answer: Answer) -> Never:
    return ProvedNever(answer.reason) if answer.evidence is EvidenceKind.PROVED else Exhausted.EVERY_STATE


def _named(trace: Trace, split: Split) -> Trace:
    return replace(trace, spec=split.edited.spec.span.source.path)


# --------------------------------------------------------------------------- asking the interpreter


def replays(split: Split, kind: Kind, violation: Violation) -> Trace | None:
    """Replay a race under another class: the trace if it ends in a violation of the same property there, else None."""
    from modelcheck.semantics.interpreter.interpreter import ReplayError
    from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter

    if kind.model is None:
        return None
    try:
        model = kind.model
        missing = [process.name for process in model.processes if process.count is None]
        if missing:
            model = split.sized(kind, _counts(missing, violation.trace))
        prop = next((p for p in model.properties if p.name == violation.property_name), None)
        if prop is None or prop.existential or prop.not_applicable is not None:
            return None
        return _named(MemoisedInterpreter(model).replay(violation.trace.schedule, prop.id), split)
    except (ReplayError, SpecError):
        return None


def _counts(classes: Sequence[str], trace: Trace) -> dict[str, int]:
    """How many instances of each class run in a trace."""
    return {name: trace.classes.count(name) for name in classes}
