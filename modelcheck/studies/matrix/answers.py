"""Asking the engines: the one place where the matrix knows how they are called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.ground.files import code_directory
from modelcheck.ground.records import dataclass
from modelcheck.model import typed
from modelcheck.result.budget import Budget, within
from modelcheck.result.progress import Progress
from modelcheck.studies.matrix.options import Options

if TYPE_CHECKING:
    from modelcheck.engines.protocol import Sized
    from modelcheck.result.checked import Checked


@dataclass(frozen=True, slots=True)
class Decided:
    """``reused``: the answers are those of an earlier run about the same model."""

    checked: Checked
    reused: bool


def recall_or_decide(
    model: typed.Model,
    options: Options,
    progress: Progress | None,
    sized: Sized,
    tell: Callable[[Checked], None] | None = None,
) -> Decided:
    """Answer every property of a model as ``decide`` does, or say what an earlier run has answered,
    if the options want that.
    """
    if options.cache is None:
        return Decided(decide(model, options, progress, sized, tell), False)
    from modelcheck.studies.matrix.cache import answers

    entry = answers.entry(model, options)
    # A run that is to leave certificates makes everything anew, and may say more than others want to hear.
    if options.certificate is not None:
        return Decided(decide(model, options, progress, sized, tell), False)
    known = answers.recall(entry, model, sized, options)
    if known is not None:
        return Decided(known, True)
    checked = decide(model, options, progress, sized, tell)
    answers.keep(entry, model, checked, options)
    return Decided(checked, False)


def decide(
    model: typed.Model,
    options: Options,
    progress: Progress | None,
    sized: Sized | None = None,
    tell: Callable[[Checked], None] | None = None,
) -> Checked:
    """Answer every property of a model within the options' budget.

    ``sized`` as in ``check_model``; ``tell``: is told what is known for good before all is, where
    time is limited.
    """
    from modelcheck.checking.run import check_model

    if options.checkpoint is not None or options.resume is not None:
        any_number = [process.name for process in model.processes if process.count is None]
        if any_number:
            message = f"a checkpoint is of one exploration, and `{any_number[0]}` runs in any number"
            raise SpecError([Diagnostic("MC535", Severity.ERROR, message, None)])
    request = options.certificate
    if request is not None and request.certificate is not None:
        request = replace(request, certificate=request.certificate / f"{model.variant}-{model.scenario}")
    budget = Budget(
        seconds=None if options.left is None else within(options.left),
        memory=options.memory,
        reductions=options.reductions,
        cross_check_all=options.cross_check_all,
        threads=options.threads or 1,
        compiled=None if options.cache is None else code_directory(),
        checkpoint=options.checkpoint,
        resume=options.resume,
    )
    return check_model(
        model,
        budget,
        options.engine,
        progress,
        sized=sized,
        request=request,
        known=tell if tell is not None and options.seconds is not None else None,
    )


#: With so many tasks, some will need compiled code.
_MANY_TASKS = 8


def preload(options: Options, tasks: int = 1, *, proofs: bool = False) -> None:
    """Import what ``decide`` will need, so that forked workers have it already.

    ``tasks``: how many there will be; ``proofs``: each of them is about any number of processes. (A
    worker that has z3 gets no second task.)
    """
    import modelcheck.checking.checker
    import modelcheck.checking.follow
    import modelcheck.checking.run
    import modelcheck.engines.explicit
    import modelcheck.semantics.elaborate
    import modelcheck.semantics.interpreter.interpreter

    if tasks > 1:  # (One alone may find nothing to replay.)
        import modelcheck.semantics.interpreter.replay
    if options.engine == "native" or (options.engine == "auto" and tasks >= _MANY_TASKS):
        import modelcheck.engines.native
    if options.engine != "auto" and options.engine != "portfolio":
        from modelcheck.engines.registry import engine

        engine(options.engine)
    if options.engine == "auto" and proofs:
        import modelcheck.engines.induction.engine
        import modelcheck.engines.induction.invariant
        import modelcheck.engines.induction.prove
        import modelcheck.engines.native  # noqa: F401
