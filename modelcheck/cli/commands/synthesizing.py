"""``synth``: the command that finds the safe values of unknowns."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelcheck.cli.arguments import DURATION
from modelcheck.cli.commands.checking import options_for
from modelcheck.cli.options import ENGINE, JOBS, JSON, MEMORY, NO_CACHE, PROPERTY, SCENARIO, SET, SLOW, SPEC, VARIANT

if TYPE_CHECKING:
    from modelcheck.checking.plan import Engine


@click.command(short_help="Find every safe value of the unknowns.")
@SPEC
@VARIANT
@SCENARIO
@PROPERTY
@ENGINE
@click.option("--timeout", type=DURATION, metavar="60s", help="Time for each scenario with each assignment.")
@MEMORY
@SET
@SLOW
@JOBS
@NO_CACHE
@JSON
@click.option(
    "--unknown",
    "unknowns",
    metavar="X",
    multiple=True,
    help="Find values of this unknown; the others keep their default (may be repeated).",
)
def synth(
    spec: str,
    variant: str | None,
    scenario: tuple[str, ...],
    properties: tuple[str, ...],
    engine: Engine,
    timeout: float | None,
    memory: int | None,
    settings: tuple[tuple[str, str], ...],
    slow: bool,
    jobs: int | None,
    no_cache: bool,
    json_file: Path | None,
    unknowns: tuple[str, ...],
) -> int:
    """Find every assignment of the unknowns under which a design is safe, and a race against each of the others.

    Exit codes: 0 some assignment is safe, or the answer is what `expect safe` says; 1 none is safe,
    or the answer is not as expected; 2 the spec cannot be used; 3 some assignments are undecided.
    """
    from modelcheck.cli.limits import READING, at_most, planning
    from modelcheck.cli.output import out, show_diagnostics, width
    from modelcheck.ground.diagnostics import Severity
    from modelcheck.ground.files import check_writable
    from modelcheck.language import pipeline
    from modelcheck.report.style import style_for
    from modelcheck.report.texts.progress import progress_for
    from modelcheck.report.texts.synthesis_text import exit_code, synthesis_text
    from modelcheck.studies.synthesis.question import read_question
    from modelcheck.studies.synthesis.search import synthesize

    started = time.perf_counter()
    with at_most(timeout, READING):
        loaded = pipeline.load(spec)
    check_writable(json_file)
    options = options_for(
        variants=(),
        scenarios=scenario,
        properties=properties,
        engine=engine,
        seconds=timeout,
        memory=memory,
        overrides=settings,
        slow=slow,
        jobs=jobs,
        strict=frozenset(),
        cache=not no_cache,
    ).after(time.perf_counter() - started)
    progress = progress_for(sys.stderr)
    try:
        question, options = planning(options, lambda: read_question(loaded, variant or "base", options, unknowns))
        result = synthesize(loaded, spec, variant or "base", options, progress, unknowns, question)
    finally:
        progress.close()
    show_diagnostics(found for found in result.diagnostics if found.severity is not Severity.HINT)
    out(synthesis_text(result, width(), style_for(sys.stdout)))
    if json_file is not None:
        from modelcheck.report.formats.json import write
        from modelcheck.report.formats.synthesis_json import synthesis_json

        write(synthesis_json(result), json_file)
    return exit_code(result)


COMMANDS: tuple[click.Command, ...] = (synth,)
