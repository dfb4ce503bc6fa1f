"""``mutate``: the command that asks whether any property notices a mistake."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from modelcheck.cli.commands.checking import options_for
from modelcheck.cli.options import (
    FAIL_UNDER,
    HTML,
    JOBS,
    JSON,
    LIST,
    MEMORY,
    MUTANT,
    NO_CACHE,
    OPERATOR,
    SCENARIO,
    SET,
    SHOW,
    SLOW,
    SPEC,
    TIMEOUT,
    VARIANT,
    VERBOSE,
    Chosen,
    takes,
)

if TYPE_CHECKING:
    from modelcheck.language.syntax import ast
    from modelcheck.studies.matrix.options import Options
    from modelcheck.studies.mutate.model import MutationResult
    from modelcheck.studies.mutate.mutants import Mutant
    from modelcheck.studies.mutate.run import Wanted


@click.command(short_help="Ask whether any property notices the mistakes that patches make.")
@SPEC
@takes(
    VARIANT,
    SCENARIO,
    OPERATOR,
    MUTANT,
    SHOW,
    LIST,
    FAIL_UNDER,
    TIMEOUT.saying("Time for each scenario with each mutant (default: 30s)."),
    MEMORY,
    SET,
    SLOW.saying("Run scenarios marked slow, and those with any number of processes, too."),
    JOBS.saying("Mutants checked at the same time (default: one per core)."),
    NO_CACHE,
    JSON,
    HTML,
    VERBOSE.saying("Tell of each mutant who killed it."),
)
def mutate(chosen: Chosen, spec: str) -> int:
    """Make the mistakes that kernel patches make, one at a time, and say which of them no property notices.

    Exit codes: 0; 1 with --fail-under if fewer are killed, or if the design is not as expected
    without any mistake; 2 the spec cannot be used; 3 undecided mutants leave --fail-under open.
    """
    from modelcheck.cli.limits import READING, at_most
    from modelcheck.cli.output import out, show_diagnostics, width
    from modelcheck.ground.files import check_writable
    from modelcheck.language import pipeline
    from modelcheck.report.style import style_for
    from modelcheck.report.texts.mutate_text import exit_code, list_text, mutate_text
    from modelcheck.studies.mutate.cache import recall_run
    from modelcheck.studies.mutate.mutants import mutants_of
    from modelcheck.studies.mutate.run import Wanted

    started = time.perf_counter()
    name, show, json_file = chosen.design, chosen.shown, chosen.json_file
    options = options_for(chosen, ())
    wanted = Wanted(chosen.operators, (show,) if show is not None else chosen.mutants)
    # The HTML report shows the spec itself.
    anew = show is not None or chosen.listed or chosen.html_file is not None
    known = None if anew else recall_run(spec, name, options, wanted.said)
    if known is None:
        with at_most(chosen.timeout, READING):
            loaded = pipeline.load(spec)
            made = wanted.of(mutants_of(pipeline.Loaded(loaded).edited(name, dict(chosen.settings))))
        check_writable(json_file, chosen.html_file)
        if chosen.listed:
            out(list_text(made, width()))
            return 0
        result = _run(loaded, spec, name, options.after(time.perf_counter() - started), made, wanted)
        if chosen.html_file is not None:
            from modelcheck.ground.files import write_atomically
            from modelcheck.report.page import html_mutants

            write_atomically(chosen.html_file, html_mutants(result, loaded))
        if show is not None:
            _show(loaded, name, options, result)
            return exit_code(result, None)
    else:
        check_writable(json_file)
        result = replace(known, seconds=time.perf_counter() - started)
    show_diagnostics(result.diagnostics)
    out(mutate_text(result, width(), style_for(sys.stdout), chosen.least, chosen.verbose))
    if json_file is not None:
        from modelcheck.report.formats.json import write
        from modelcheck.report.formats.mutation_json import mutation_json

        write(mutation_json(result, chosen.settings), json_file)
    return exit_code(result, chosen.least)


def _run(
    loaded: ast.Spec, spec: str, variant: str, options: Options, made: Sequence[Mutant], wanted: Wanted
) -> MutationResult:
    """Judge mutants, say on standard error how far that is, and keep the result."""
    from modelcheck.cli.limits import planning
    from modelcheck.report.texts.progress import progress_for
    from modelcheck.studies.mutate.cache import keep_run
    from modelcheck.studies.mutate.original import chosen
    from modelcheck.studies.mutate.run import run_mutants

    progress = progress_for(sys.stderr)
    try:
        (planned, skipped), options = planning(options, lambda: chosen(loaded, variant, options))
        result = run_mutants(loaded, spec, variant, options, planned, skipped, made, progress)
    finally:
        progress.close()
    keep_run(spec, loaded, result, options, wanted.said)
    return result


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
