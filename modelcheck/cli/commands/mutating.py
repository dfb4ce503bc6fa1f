"""``mutate``: the command that asks whether any property notices a mistake."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from modelcheck.cli.arguments import DURATION
from modelcheck.cli.commands.checking import options_for
from modelcheck.cli.options import JOBS, MEMORY, NO_CACHE, SCENARIO, SET, SLOW, SPEC, VARIANT

if TYPE_CHECKING:
    from modelcheck.language.syntax import ast
    from modelcheck.studies.matrix.options import Options
    from modelcheck.studies.mutate.model import MutationResult


@click.command(short_help="Ask whether any property notices the mistakes that patches make.")
@SPEC
@VARIANT
@SCENARIO
@click.option(
    "--operator",
    "operators",
    metavar="O",
    multiple=True,
    help="Only mutants of this kind, or of those that match a pattern like `drop_*` (may be repeated).",
)
@click.option(
    "--mutant",
    "names",
    metavar="M",
    multiple=True,
    help="Only this mutant, or those that match a pattern (may be repeated).",
)
@click.option("--show", metavar="M", help="Print this mutant as a variant to paste, and the race that kills it.")
@click.option("--list", "listed", is_flag=True, help="List the mutants, and check none of them.")
@click.option(
    "--fail-under",
    "least",
    type=click.FloatRange(0, 100),
    metavar="95",
    help="Exit with 1 if fewer percent are killed.",
)
@click.option("--timeout", type=DURATION, metavar="60s", help="Time for each scenario with each mutant (default: 30s).")
@MEMORY
@SET
@SLOW
@JOBS
@NO_CACHE
@click.option("-v", "--verbose", is_flag=True, help="Tell of each mutant who killed it.")
def mutate(
    spec: str,
    variant: str | None,
    scenario: tuple[str, ...],
    operators: tuple[str, ...],
    names: tuple[str, ...],
    show: str | None,
    listed: bool,
    least: float | None,
    timeout: float | None,
    memory: int | None,
    settings: tuple[tuple[str, str], ...],
    slow: bool,
    jobs: int | None,
    no_cache: bool,
    verbose: bool,
) -> int:
    """Make the mistakes that kernel patches make, one at a time, and say which of them no property notices.

    Exit codes: 0; 1 with --fail-under if fewer are killed, or if the design is not as expected
    without any mistake; 2 the spec cannot be used; 3 undecided mutants leave --fail-under open.
    """
    from modelcheck.cli.limits import READING, at_most, planning
    from modelcheck.cli.output import out, show_diagnostics, width
    from modelcheck.language import pipeline
    from modelcheck.report.style import style_for
    from modelcheck.report.texts.mutate_text import exit_code, list_text, mutate_text
    from modelcheck.report.texts.progress import progress_for
    from modelcheck.studies.mutate.mutants import mutants
    from modelcheck.studies.mutate.original import chosen
    from modelcheck.studies.mutate.run import Wanted, run_mutants

    started = time.perf_counter()
    with at_most(timeout, READING):
        loaded = pipeline.load(spec)
    name = variant or "base"
    options = options_for(
        variants=(),
        scenarios=scenario,
        properties=(),
        engine="auto",
        seconds=timeout,
        memory=memory,
        overrides=settings,
        slow=slow,
        jobs=jobs,
        strict=frozenset(),
        cache=not no_cache,
    ).after(time.perf_counter() - started)
    wanted = Wanted(operators, (show,) if show is not None else names)
    made = wanted.of(mutants(pipeline.Loaded(loaded).edited(name, dict(settings)).spec.items))
    if listed:
        out(list_text(made, width()))
        return 0
    progress = progress_for(sys.stderr)
    try:
        (planned, skipped), options = planning(options, lambda: chosen(loaded, name, options))
        result = run_mutants(loaded, spec, name, options, planned, skipped, made, progress)
    finally:
        progress.close()
    show_diagnostics(result.diagnostics)
    if show is not None:
        _show(loaded, name, options, result)
        return exit_code(result, None)
    out(mutate_text(result, width(), style_for(sys.stdout), least, verbose))
    return exit_code(result, least)


def _show(spec: ast.Spec, variant: str, options: Options, result: MutationResult) -> None:
    from modelcheck.cli.output import out, width
    from modelcheck.report.races.columns import WIDTH, race_in_columns
    from modelcheck.report.texts.mutate_text import mutant_text
    from modelcheck.studies.mutate.races import race

    for one in result.judged:
        out(mutant_text(one, variant, width()))
        trace = race(spec, variant, options, one) if one.kill is not None else None
        if trace is not None:
            out("\n" + race_in_columns(trace, WIDTH))


COMMANDS: tuple[click.Command, ...] = (mutate,)
