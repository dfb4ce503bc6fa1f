"""``export``: the model in another tool's language."""

from __future__ import annotations

import time

import click

from modelcheck.cli.options import MEMORY, OUTPUT, SCENARIO, SET, SPEC, TIMEOUT, TO, VARIANT, Chosen, takes
from modelcheck.ground.records import dataclass


@dataclass(frozen=True, slots=True)
class _Refused:
    """``why`` a model is not written."""

    why: str


@click.command("export", short_help="Write the model for SPIN, Rumur or an SMT solver.")
@SPEC
@takes(
    TO,
    VARIANT,
    SCENARIO.saying("The scenario (may be left out if there is only one).", field="scenario", multiple=False),
    SET.saying("Set a param or an unknown."),
    OUTPUT,
    TIMEOUT.saying("Time for making the model and its text."),
    MEMORY.saying("Memory to use at most."),
)
def export_command(chosen: Chosen, spec: str) -> int:
    """Write one design in one scenario in the language of another tool, to check our answer with theirs.

    A state of the Promela or Murphi model is a state of ours: SPIN (-DSAFETY -DNOREDUCE) and Rumur
    count the same number.
    """
    from modelcheck.cli.limits import EXPORTING, READING, OutOfTimeError, at_most, supervised
    from modelcheck.cli.output import out
    from modelcheck.export import TARGETS, Unexportable, export
    from modelcheck.ground.ended import Limited
    from modelcheck.ground.files import write_atomically
    from modelcheck.ground.workers import Failed
    from modelcheck.language import pipeline
    from modelcheck.report.reasons.proofs import inexpressible_words
    from modelcheck.report.reasons.sentences import reason_text
    from modelcheck.result.budget import LEAST_SECONDS
    from modelcheck.semantics.elaborate import elaborate

    target, timeout = next(name for name in TARGETS if name == chosen.target), chosen.timeout
    started = time.perf_counter()
    with at_most(timeout, READING):
        loaded = pipeline.load(spec)

    def work() -> str | _Refused:
        model = pipeline.Loaded(loaded).edited(chosen.variant, dict(chosen.settings)).resolved(chosen.scenario).model
        if any(process.count is None for process in model.processes):
            return _Refused("this scenario runs any number of processes; choose one that runs a fixed number")
        try:
            return export(elaborate(model), target)
        except Unexportable as error:
            why = error.why if isinstance(error.why, str) else inexpressible_words(error.why)
            return _Refused(f"{target} cannot say this: {why}")

    if timeout is None and chosen.memory is None:
        text: str | _Refused | Failed = work()
    else:
        left = None if timeout is None else max(timeout - (time.perf_counter() - started), LEAST_SECONDS)
        text = supervised(work, left, chosen.memory)
    if isinstance(text, Failed):
        if text.reason is Limited.TIME:
            raise OutOfTimeError(EXPORTING)
        if text.reason is Limited.MEMORY:
            raise MemoryError
        raise RuntimeError(reason_text(text.reason))
    if isinstance(text, _Refused):
        raise click.UsageError(text.why)
    if chosen.output is None:
        out(text)
    else:
        write_atomically(chosen.output, text)
    return 0


COMMANDS: tuple[click.Command, ...] = (export_command,)
