"""Checking one model: elaborate it, choose a plan, follow it, and say what is known."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from modelcheck.checking.plan import Engine
from modelcheck.engines.protocol import Sized
from modelcheck.ground.diagnostics import Diagnostic, Note, Severity
from modelcheck.ground.source import Span
from modelcheck.model import typed
from modelcheck.result.budget import Budget
from modelcheck.result.checked import Checked, Timing
from modelcheck.result.progress import Progress
from modelcheck.result.reasons.stops import Unsupported
from modelcheck.result.verdict import Answer, EvidenceKind, Verdict

if TYPE_CHECKING:
    from modelcheck.result.proof import Request
    from modelcheck.semantics.interpreter.interpreter import Interpreter


def check_model(
    model: typed.Model,
    budget: Budget,
    engine: Engine = "auto",
    progress: Progress | None = None,
    interrupted: Callable[[], bool] | None = None,
    sized: Sized | None = None,
    request: Request | None = None,
    proofs: bool = True,
    known: Callable[[Checked], None] | None = None,
    chosen: bool = True,
) -> Checked:
    """Answer every property of ``model``.

    ``auto`` explores, in plain Python (``explicit``) or compiled (``native``), whichever is faster,
    and unrolls in z3 if that comes to no end; ``bmc`` unrolls; ``portfolio`` has all engines at
    work at the same time, each in a process of its own. Every schedule is replayed by the
    interpreter; one that it does not accept becomes an error. ``sized`` makes the same model with
    fixed numbers of instances of the classes that run in any number; without it, such a model has
    no answers. A model with unbounded integers is explored as far as it goes and what is open then
    is tried to prove (``plan.UNBOUNDED_INTEGERS``). ``request``: what is wanted of a proof. Without
    ``proofs`` a fixed number of instances is only explored. ``known`` is told now and then what is
    known for good already, in case this takes longer than anybody waits. ``chosen``: of the runs
    that violate a property, the one that is easiest to read is looked for. Raises ``SpecError`` if
    the model cannot be elaborated (a local cycle, for instance).
    """
    if any(process.count is None for process in model.processes):
        if sized is None:
            return Checked(tuple(_unanswered(prop) for prop in model.properties))
        return _check_any_number(model, sized, budget, engine, progress, interrupted, request, known)
    from modelcheck.checking.checker import Checker, broken
    from modelcheck.checking.contradictions.same_question import unlike
    from modelcheck.checking.follow import Ways, follow
    from modelcheck.checking.plan import plan_for
    from modelcheck.ir.system import has_unbounded_integers
    from modelcheck.semantics.elaborate import elaborate

    started = time.perf_counter()
    system = elaborate(model)
    timing = Timing(elaborate=time.perf_counter() - started)
    different = unlike(model, system)
    if different is not None:
        return broken((p.id for p in model.properties), different)
    until = None
    if budget.seconds is not None:
        from modelcheck.checking.shrink.effort import choosing_ends

        until = choosing_ends(started, budget.seconds)
    checker = Checker(model, system, interrupted, known, until, chosen=chosen)
    plan = plan_for(
        engine,
        unbounded_integers=has_unbounded_integers(system),
        proofs=proofs,
        limited=budget.states is not None,
    )
    ways = Ways(model, system, checker.ask, checker.confirmed)
    checked = follow(plan, ways, budget.remaining(started), progress, interrupted, request)
    if engine == "portfolio":
        # Members are believed as little as engines are.
        checked = checker.doubted(checker.replays.again(checked), decided=True)
    elif any(share.engine == "induction" for turn in plan for share in turn.engines):
        checked = checker.doubted(checked, decided=False)
    return replace(
        checked,
        system=system,
        timing=replace(checked.timing, elaborate=timing.elaborate),
        warnings=tuple(dict.fromkeys((*checked.warnings, *_warnings(checker.interpreter, checked)))),
    )


def _warnings(interpreter: Interpreter, checked: Checked) -> tuple[Diagnostic, ...]:
    """What guards go on reading that were false when it was freed; not of objects for which there
    is a violation to look at.
    """
    violated = {
        key.subject for trace in checked.traces.values() if (key := trace.finding.key) and key.kind == "use_after_free"
    }
    places: dict[tuple[str, str, Span], dict[Span, None]] = {}
    for seen in interpreter.guards.warnings:
        if seen.object in violated:
            continue
        places.setdefault((seen.process, seen.object, seen.guard), {})[seen.freed] = None
    return tuple(
        Diagnostic(
            "MC416",
            Severity.WARNING,
            f"the guard at which `{process}` rests goes on reading `{guard.text}` after the {object_} was freed "
            "(it was false at that moment)",
            guard,
            tuple(Note("freed here", span) for span in freed),
        )
        for (process, object_, guard), freed in places.items()
    )


def _check_any_number(
    model: typed.Model,
    sized: Sized,
    budget: Budget,
    engine: Engine,
    progress: Progress | None,
    interrupted: Callable[[], bool] | None,
    request: Request | None,
    known: Callable[[Checked], None] | None,
) -> Checked:
    """As ``check_model``, where some class runs in any number of instances."""
    from modelcheck.checking.unbounded import check_unbounded

    few: Engine = "auto" if engine == "portfolio" else engine

    def check(small: typed.Model, share: Budget) -> Checked:
        return check_model(small, share, few, progress, interrupted, proofs=False)

    if engine != "portfolio":
        return check_unbounded(model, sized, check, budget, request, known)
    from modelcheck.checking.any_number_together import check_any_number_together
    from modelcheck.checking.plan import UNROLLER

    return check_any_number_together(
        model,
        sized,
        lambda share, wanted: check_unbounded(model, sized, check, share, wanted),
        lambda small, share, say: check_model(small, share, UNROLLER, say, proofs=False),
        budget,
        progress,
        interrupted,
        request,
    )


def _unanswered(prop: typed.Property) -> Answer:
    if prop.not_applicable is not None:
        return Answer(prop.id, Verdict.NOT_APPLICABLE, EvidenceKind.NONE, "", reason=prop.not_applicable)
    return Answer(prop.id, Verdict.UNKNOWN, EvidenceKind.NONE, "", reason=Unsupported.ANY_NUMBER)
