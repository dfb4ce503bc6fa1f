"""``synth``: the command that finds the safe values of unknowns."""

from __future__ import annotations

import sys
import time

import click

from modelcheck.cli.commands.checking import options_for
from modelcheck.cli.options import (
    ENGINE,
    JOBS,
    JSON,
    MEMORY,
    NO_CACHE,
    PROPERTY,
    SCENARIO,
    SET,
    SLOW,
    SPEC,
    TIMEOUT,
    UNKNOWN,
    VARIANT,
    Chosen,
    takes,
)


@click.command(short_help="Find every safe value of the unknowns.")
@SPEC
@takes(
    VARIANT,
    SCENARIO,
    PROPERTY,
    ENGINE,
    TIMEOUT.saying("Time for each scenario with each assignment."),
    MEMORY,
    SET,
    SLOW,
    JOBS,
    NO_CACHE,
    JSON,
    UNKNOWN,
)
def synth(chosen: Chosen, spec: str) -> int:
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
    with at_most(chosen.timeout, READING):
        loaded = pipeline.load(spec)
    check_writable(chosen.json_file)
    options = options_for(chosen, ()).after(time.perf_counter() - started)
    design, unknowns = chosen.design, chosen.unknowns
    progress = progress_for(sys.stderr)
    try:
        question, options = planning(options, lambda: read_question(loaded, design, options, unknowns))
        result = synthesize(loaded, spec, design, options, progress, unknowns, question)
    finally:
        progress.close()
    show_diagnostics(found for found in result.diagnostics if found.severity is not Severity.HINT)
    out(synthesis_text(result, width(), style_for(sys.stdout)))
    if chosen.json_file is not None:
        from modelcheck.report.formats.json import write
        from modelcheck.report.formats.synthesis_json import synthesis_json

        write(synthesis_json(result), chosen.json_file)
    return exit_code(result)


COMMANDS: tuple[click.Command, ...] = (synth,)
