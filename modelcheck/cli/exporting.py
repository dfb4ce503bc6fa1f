"""``export``: the model in another tool's language."""

from __future__ import annotations

from pathlib import Path

import click

from modelcheck.cli.arguments import FILE, SETTING
from modelcheck.cli.options import SPEC, VARIANT


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
def export_command(
    spec: str,
    target: str,
    variant: str | None,
    scenario: str | None,
    settings: tuple[tuple[str, str], ...],
    output: Path | None,
) -> int:
    """Write one design in one scenario in the language of another tool, to check our answer with theirs.

    A state of the Promela or Murphi model is a state of ours: SPIN (-DSAFETY -DNOREDUCE) and Rumur count the same number.
    """
    from modelcheck.cli.output import out
    from modelcheck.export import TARGETS, Unexportable, export
    from modelcheck.ground.files import write_atomically
    from modelcheck.language import pipeline
    from modelcheck.semantics.elaborate import elaborate

    model = pipeline.instance(pipeline.load(spec), variant, scenario, dict(settings)).model
    if any(process.count is None for process in model.processes):
        raise click.UsageError("this scenario runs any number of processes; choose one that runs a fixed number")
    chosen = next(name for name in TARGETS if name == target)
    try:
        text = export(elaborate(model), chosen)
    except Unexportable as reason:
        raise click.UsageError(f"{target} cannot say this: {reason}") from None
    if output is None:
        out(text)
    else:
        write_atomically(output, text)
    return 0


COMMANDS: tuple[click.Command, ...] = (export_command,)
