"""Asking the engines: the one place where the matrix knows how they are called."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from modelcheck.engines.budget import Budget
from modelcheck.engines.progress import Progress
from modelcheck.matrix.options import Options
from modelcheck.resolve import typed

if TYPE_CHECKING:
    from modelcheck.engines.run import Checked
    from modelcheck.engines.unbounded import Sized


def decide(model: typed.Model, options: Options, progress: Progress | None, sized: Sized | None = None) -> Checked:
    """Answer every property of a model within the options' budget. ``sized`` as in ``check_model``."""
    from modelcheck.engines.run import check_model

    request = options.certificate
    if request is not None and request.certificate is not None:
        request = replace(request, certificate=request.certificate / f"{model.variant}-{model.scenario}")
    budget = Budget(seconds=options.seconds, memory=options.memory, threads=options.threads or 1)
    return check_model(
        model,
        budget,
        options.engine,
        progress,
        sized=sized,
        certificate=request,
    )


def preload(options: Options) -> None:
    """Import what ``decide`` will need, so that forked workers have it already."""
    import modelcheck.elaborate
    import modelcheck.engines.explicit
    import modelcheck.engines.run
    import modelcheck.evidence.crosscheck
    import modelcheck.interpreter.interpreter
    import modelcheck.interpreter.replay

    if options.engine == "bmc":
        import modelcheck.smt.bmc  # noqa: F401
