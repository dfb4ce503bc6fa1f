"""``trace``: one race, in the form that is asked for."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from modelcheck.cli.commands.checking import options_for
from modelcheck.cli.options import (
    DELAYS,
    ENGINE,
    FORMAT,
    MEMORY,
    NEXT,
    NO_CACHE,
    NO_LINES,
    NO_REDUCTIONS,
    PROPERTY,
    SCENARIO,
    SET,
    SPEC,
    STEPS,
    THREADS,
    TIMEOUT,
    VARIANT,
    WIDTH,
    Chosen,
    takes,
)
from modelcheck.cli.outputs import trace_text

if TYPE_CHECKING:
    from modelcheck.language.syntax import ast
    from modelcheck.result.trace import Trace
    from modelcheck.studies.matrix.model import Cell, MatrixResult


@click.command(short_help="Print the trace that violates a property.")
@SPEC
@takes(
    VARIANT,
    SCENARIO,
    PROPERTY.saying(
        "The property whose trace to print (default: the first one violated).", field="property_name", multiple=False
    ),
    FORMAT,
    WIDTH,
    STEPS,
    DELAYS,
    NO_LINES,
    NEXT,
    ENGINE,
    TIMEOUT,
    MEMORY,
    SET,
    THREADS,
    NO_CACHE,
    NO_REDUCTIONS,
)
def trace(chosen: Chosen, spec: str) -> int:
    """Print the shortest trace that violates a property (or reaches a cover).

    Of several shortest ones the one with the fewest context switches.
    """
    from modelcheck.cli.limits import ANOTHER_RACE, READING, at_most, planning
    from modelcheck.cli.output import out, show_diagnostics
    from modelcheck.language import pipeline
    from modelcheck.report.texts.progress import progress_for
    from modelcheck.result.verdict import Verdict
    from modelcheck.studies.matrix.patterns import designs
    from modelcheck.studies.matrix.plan import plan
    from modelcheck.studies.matrix.run import run

    started = time.perf_counter()
    with at_most(chosen.timeout, READING):
        loaded = pipeline.load(spec)
    wanted = chosen.property_name
    asked = replace(chosen, properties=(wanted,) if wanted else (), slow=bool(chosen.scenarios))
    options = options_for(asked, (chosen.design,)).after(time.perf_counter() - started)
    progress = progress_for(sys.stderr)
    try:
        planned, options = planning(options, lambda: plan(loaded, options))
        result = run(loaded, spec, options, progress, planned)
    finally:
        progress.close()
    with_trace = [cell for cell in result.cells if cell.trace is not None]
    violated = [cell for cell in with_trace if cell.verdict is Verdict.VIOLATED]
    candidates = violated or (with_trace if wanted else [])
    if not candidates:
        for pair in result.pairs:
            show_diagnostics(pair.diagnostics)
        undecided = any(cell.undecided for cell in result.cells)
        undecided = undecided or any(pair.failure or pair.ended for pair in result.pairs)
        _explain_no_trace(result, wanted, undecided)
        looked_at = designs(loaded, chosen.variant)
        if elsewhere := [name for name in designs(loaded, "*") if name not in looked_at]:
            print(
                f"modelcheck: of the designs only {' and '.join(looked_at)} was asked; others: {', '.join(elsewhere)}",
                file=sys.stderr,
            )
        return 130 if result.unfinished else 3 if undecided else 1
    found = min(candidates, key=lambda cell: cell.length or 0).trace
    if found is not None and chosen.others:
        with at_most(options.after(result.seconds).left, ANOTHER_RACE):
            found = _another(loaded, found, chosen.settings, chosen.others)
    if found is None:
        return 1
    how = {"steps": chosen.steps, "delays": chosen.delays, "lines": not chosen.no_lines}
    out(trace_text(found, chosen.form, chosen.width, chosen.settings, **how))
    return 0


def _another(spec: ast.Spec, found: Trace, settings: tuple[tuple[str, str], ...], number: int) -> Trace | None:
    from modelcheck.checking.shrink.effort import TooLarge
    from modelcheck.report.races.difference import unlike
    from modelcheck.studies.matrix.further_races import races_after

    if found.kind in ("cover", "may"):
        print(f"modelcheck: --next is about races, and {found.property_name} is to be reached", file=sys.stderr)
        return None
    where = f"{found.property_name} in {found.scenario}"
    try:
        races = races_after(spec, found, dict(settings), number)
    except TooLarge:
        print(f"modelcheck: no other race of {where} was found before the search grew too large", file=sys.stderr)
        return None
    if len(races) <= number:
        known = "" if len(races) == 1 else f" than those {len(races)}"
        print(f"modelcheck: there is no other race of {where}{known}", file=sys.stderr)
        return None
    differs = unlike(races[-1], races[-2])
    if differs:
        print("\n".join(["modelcheck: what is different from the race before:", *differs]), file=sys.stderr)
    return races[-1]


def _explain_no_trace(result: MatrixResult, property_name: str | None, undecided: bool) -> None:
    from modelcheck.report.reasons.sentences import reason_text
    from modelcheck.report.sentences import verdict_sentence

    if property_name is None and not undecided:
        print("modelcheck: nothing is violated, so there is no trace to print", file=sys.stderr)
        return
    if property_name is None:
        print("modelcheck: no violation was found, and not everything was looked at:", file=sys.stderr)
        for pair in result.pairs:
            names = [cell.property_name for cell in pair.cells if cell.undecided]
            why = reason_text(pair.failure or pair.ended) or ("undecided: " + ", ".join(names) if names else "")
            if why:
                print(f"modelcheck:   {pair.scenario}: {why}", file=sys.stderr)
        return
    cells: list[Cell] = list(result.cells)
    if not cells:
        print(f"modelcheck: no trace: `{property_name}` was not answered in any scenario", file=sys.stderr)
    for cell in cells:
        print(
            f"modelcheck: no trace: in {cell.scenario} {cell.property_name} {verdict_sentence(cell)}", file=sys.stderr
        )


COMMANDS: tuple[click.Command, ...] = (trace,)
