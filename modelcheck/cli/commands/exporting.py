"""``export``: the model in another tool's language."""

from __future__ import annotations

import time
from pathlib import Path

import click

from modelcheck.cli.arguments import DURATION, FILE, SETTING, SIZE
from modelcheck.cli.options import SPEC, VARIANT
from modelcheck.ground.records import dataclass


@dataclass(frozen=True, slots=True)
class _Refused:
    """``why`` a model is not written."""

    why: str


@click.command("export", short_help="Write the model for SPIN, Rumur or an SMT solver.")
@SPEC
@click.option(
    "--to",
    "target",
    type=click.Choice(["promela", "murphi", "smtlib"]),
    required=True,
    help="The language: Promela (SPIN), Murphi (Rumur), SMT-LIB.",
)
@VARIANT
@click.option("--scenario", metavar="S", help="The scenario (may be left out if there is only one).")
@click.option("--set", "settings", type=SETTING, multiple=True, metavar="X=v", help="Set a param or an unknown.")
@click.option(
    "-o",
    "--output",
    type=FILE,
    metavar="FILE",
    help="Where to write (default: standard output).",
)
@click.option("--timeout", type=DURATION, metavar="60s", help="Time for making the model and its text.")
@click.option("--memory", type=SIZE, metavar="8G", help="Memory to use at most.")
def export_command(
    spec: str,
    target: str,
    variant: str | None,
    scenario: str | None,
    settings: tuple[tuple[str, str], ...],
    output: Path | None,
    timeout: float | None,
    memory: int | None,
) -> int:
    """Write one design in one scenario in the language of another tool, to check our answer with theirs.

    A state of the Promela or Murphi model is a state of ours: SPIN (-DSAFETY -DNOREDUCE) and Rumur
    count the same number.
    """
    from modelcheck.cli.limits import EXPORTING, READING, OutOfTimeError, at_most, supervised
    from modelcheck.cli.output import out
    from modelcheck.export import TARGETS, Unexportable, export
    from modelcheck.ground.files import write_atomically
    from modelcheck.ground.workers import OUT_OF_MEMORY, OUT_OF_TIME, Failed
    from modelcheck.language import pipeline
    from modelcheck.result.budget import LEAST_SECONDS
    from modelcheck.semantics.elaborate import elaborate

    chosen = next(name for name in TARGETS if name == target)
    started = time.perf_counter()
    with at_most(timeout, READING):
        loaded = pipeline.load(spec)

    def work() -> str | _Refused:
        model = pipeline.instance(loaded, variant, scenario, dict(settings)).model
        if any(process.count is None for process in model.processes):
            return _Refused("this scenario runs any number of processes; choose one that runs a fixed number")
        try:
            return export(elaborate(model), chosen)
        except Unexportable as reason:
            return _Refused(f"{target} cannot say this: {reason}")

    if timeout is None and memory is None:
        text: str | _Refused | Failed = work()
    else:
        left = None if timeout is None else max(timeout - (time.perf_counter() - started), LEAST_SECONDS)
        text = supervised(work, left, memory)
    if isinstance(text, Failed):
        if text.reason == OUT_OF_TIME:
            raise OutOfTimeError(EXPORTING)
        if text.reason == OUT_OF_MEMORY:
            raise MemoryError
        raise RuntimeError(text.reason)
    if isinstance(text, _Refused):
        raise click.UsageError(text.why)
    if output is None:
        out(text)
    else:
        write_atomically(output, text)
    return 0


COMMANDS: tuple[click.Command, ...] = (export_command,)
