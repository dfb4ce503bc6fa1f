"""One (variant, scenario): make the model, ask the engines about all its properties at once,
compare with the oracle.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from modelcheck.checking.cuts import Cut, cuts, may_fault
from modelcheck.checking.vacuity.possible import possible
from modelcheck.checking.vacuity.record import vacuity_of
from modelcheck.ground.diagnostics import Diagnostic, SpecError
from modelcheck.ground.ended import Ended
from modelcheck.language import pipeline
from modelcheck.language.resolve.types.compatibility import leaves
from modelcheck.model import typed
from modelcheck.result.progress import Progress
from modelcheck.result.reasons.reason import NoAnswer
from modelcheck.result.trace import Trace
from modelcheck.result.verdict import Answer, EvidenceKind, Verdict
from modelcheck.studies.matrix.answers import recall_or_decide
from modelcheck.studies.matrix.expectations import Claim, compare
from modelcheck.studies.matrix.model import Assumptions, Cell, Pair
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.plan import PairTask

if TYPE_CHECKING:
    from modelcheck.engines.protocol import Sized
    from modelcheck.result.checked import Checked


def check_pair(task: PairTask, progress: Progress | None = None, known: Callable[[Pair], None] | None = None) -> Pair:
    """Answer every cell of one (variant, scenario). Never raises ``SpecError``: it becomes the pair's failure.

    ``known`` is told now and then what would be the answer if the work ended there.
    """
    started = time.perf_counter()
    try:
        edited = pipeline.Loaded(task.spec).edited(task.variant, dict(task.options.overrides))
        made = edited.resolved_known(task.scenario)
    except SpecError as error:
        seconds = time.perf_counter() - started
        return Pair(task.variant, task.scenario, (), None, error.diagnostics, seconds, NoAnswer.UNUSABLE)
    model = made.model
    options = task.options.after(time.perf_counter() - started)

    def sized(counts: Mapping[str, int]) -> typed.Model:
        return edited.resolved_known(task.scenario, counts).model

    def tell(decided: Checked) -> None:
        if known is not None:
            known(wanted(_pair(task, made, decided, time.perf_counter() - started, sized), task.options))

    try:
        found = recall_or_decide(model, options, progress, sized, None if known is None else tell)
    except SpecError as error:
        seconds = time.perf_counter() - started
        return Pair(task.variant, task.scenario, (), None, error.diagnostics, seconds, NoAnswer.UNUSABLE)
    pair = _pair(task, made, found.checked, time.perf_counter() - started, sized, reused=found.reused)
    if task.key and task.options.certificate is None and not pair.doubted:
        from modelcheck.studies.matrix.cache.pairs import keep_pair

        keep_pair(task.key, pair, task.options, task.spec)
    return wanted(pair, task.options)


def _pair(
    task: PairTask, made: pipeline.Resolved, decided: Checked, seconds: float, sized: Sized, *, reused: bool = False
) -> Pair:
    model = made.model
    by_property = {answer.property: answer for answer in decided.answers}
    cut_by = cuts(model, decided)
    names = {prop.id: prop.name for prop in model.properties}
    cells = []
    for prop in model.properties:
        answer = by_property.get(prop.id)
        if answer is None:
            answer = Answer(prop.id, Verdict.ERROR, EvidenceKind.NONE, "", reason=NoAnswer.SILENT)
        claim = task.expectations.claim(task.scenario, prop.name)
        trace = decided.traces.get(prop.id)
        if trace is not None:
            trace = replace(trace, spec=task.spec.span.source.path)
        cut = cut_by.get(prop.id, Cut())
        known, undecided = (tuple(names[id] for id in ids) for ids in (cut.known, cut.undecided))
        cells.append(replace(_cell(task, prop, answer, claim, trace), conditional_on=known, undecided_cuts=undecided))
    # What else was observed in a step that faults ends no run.
    faulting = {prop.id for prop in model.properties if may_fault(prop)}
    ends = tuple(names[id] for id in sorted(decided.faults) if id in faulting)
    lengths = _lengths(decided)
    vacuity = vacuity_of(model, decided.coverage, by_property.get, lengths, ends)
    if vacuity.finds and decided.coverage.passed and (vacuity.any_number or _grows_for_ever(model, decided)):
        may = possible(model, sized, decided.coverage)
        if may is not None:
            vacuity = replace(vacuity, possible=vacuity_of(model, may, by_property.get, lengths, ends))
    return Pair(
        task.variant,
        task.scenario,
        tuple(cells),
        assumptions_of(model),
        (*made.diagnostics, *decided.warnings),
        seconds,
        reused=reused,
        taken=decided.coverage.taken,
        doubted=decided.problem is not None,
        never=tuple(dict.fromkeys(span for _, span, _ in decided.coverage.steps)),
        vacuity=vacuity,
    )


def _grows_for_ever(model: typed.Model, decided: Checked) -> bool:
    """Whether the exploration did not end, since integers have no bounds."""
    types = [*(var.type for var in model.shared), *(field.type for item in model.objects for field in item.fields)]
    return not decided.coverage.complete and any(
        isinstance(type, typed.IntType) or (isinstance(type, typed.AtomicType) and type.high is None)
        for declared in types
        for type in leaves(declared)
    )


def cut_short(pair: Pair, reason: Ended, found: Sequence[Diagnostic] = ()) -> Pair:
    """Return what was known of a pair when the work on it was ended, with the reason where there is no answer yet."""
    cells = tuple(
        replace(cell, reason=reason) if cell.verdict is Verdict.UNKNOWN and cell.reason is None else cell
        for cell in pair.cells
    )
    return replace(pair, cells=cells, ended=reason, diagnostics=(*pair.diagnostics, *found))


def _lengths(decided: Checked) -> Callable[[int], int | None]:
    """How many steps the trace of a property has."""

    def length(number: int) -> int | None:
        trace = decided.traces.get(number)
        return None if trace is None else len(trace.schedule)

    return length


def wanted(pair: Pair, options: Options) -> Pair:
    """Return the pair with the cells that the options ask for."""
    if not options.properties:
        return pair
    return replace(pair, cells=tuple(cell for cell in pair.cells if cell.property_name in options.properties))


def _cell(
    task: PairTask,
    prop: typed.Property,
    answer: Answer,
    claim: Claim | None,
    trace: Trace | None,
) -> Cell:
    return Cell(
        variant=task.variant,
        scenario=task.scenario,
        property_name=prop.name,
        kind=prop.kind,
        existential=prop.existential,
        builtin=prop.builtin,
        verdict=answer.verdict,
        evidence=answer.evidence,
        claim=claim,
        outcome=compare(claim, answer.verdict),
        engine=answer.engine,
        states=answer.states,
        searched=answer.searched,
        depth=answer.depth,
        length=answer.length,
        seconds=answer.seconds,
        reason=answer.reason,
        cross_checked=answer.cross_checked,
        proof=answer.proof,
        why=answer.why,
        trace=trace,
        declared=prop.span if prop.span.source.text else None,
    )


def assumptions_of(model: typed.Model) -> Assumptions:
    """Return what green cells of the model rest on."""
    return Assumptions(
        processes=tuple((process.name, process.count) for process in model.processes),
        pools=tuple((item.name, item.pool) for item in model.objects),
        params=tuple((name, _value_text(value)) for name, value in model.params),
        unmodelled=tuple(promised.value for promised in model.unmodelled),
    )


def _value_text(value: typed.Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "none"
        case frozenset():
            return "{" + ", ".join(str(element) for element in sorted(value)) + "}"
        case int():
            return str(value)
