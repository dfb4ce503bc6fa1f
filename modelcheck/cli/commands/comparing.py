"""``diff``: two designs beside each other."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelcheck.cli.arguments import FILE, SETTING
from modelcheck.cli.options import SLOW, SPEC, TIMEOUT

if TYPE_CHECKING:
    from modelcheck.studies.refinement.compare import EventComparison


@click.command(short_help="Say where two designs differ.")
@SPEC
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--scenario", metavar="S", multiple=True, help="Only this scenario (may be repeated).")
@click.option("--property", "properties", metavar="P", multiple=True, help="Only this property (may be repeated).")
@TIMEOUT
@click.option("--set", "settings", type=SETTING, multiple=True, metavar="X=v", help="Set a param or an unknown.")
@SLOW
@click.option(
    "--no-cache",
    is_flag=True,
    envvar="MODELCHECK_NO_CACHE",
    help="Check everything anew; neither reuse results nor keep them.",
)
@click.option("--no-events", is_flag=True, help="Compare verdicts only, and not what events can be seen.")
@click.option(
    "--json",
    "json_file",
    type=FILE,
    metavar="FILE",
    help="Write what differs as JSON.",
)
def diff(
    spec: str,
    first: str,
    second: str,
    scenario: tuple[str, ...],
    properties: tuple[str, ...],
    timeout: float | None,
    settings: tuple[tuple[str, str], ...],
    slow: bool,
    no_cache: bool,
    no_events: bool,
    json_file: Path | None,
) -> int:
    """Say which verdicts of designs A and B differ, with the race of the side that fails, and what
    events one can show and the other cannot.

    Exit codes: 0 nothing differs, 1 something does, 3 an answer that would tell is missing.
    """
    from modelcheck.cli.limits import READING, at_most, planning
    from modelcheck.cli.output import out, width
    from modelcheck.ground.files import check_writable, result_directory
    from modelcheck.language import pipeline
    from modelcheck.report.texts.diff_text import diff_text
    from modelcheck.report.texts.progress import progress_for
    from modelcheck.studies.matrix.compare import compare_designs
    from modelcheck.studies.matrix.options import Options
    from modelcheck.studies.matrix.run import plan, run

    options = Options(
        variants=(first, second),
        scenarios=scenario,
        properties=properties,
        seconds=timeout,
        overrides=settings,
        slow=slow,
        jobs=max(os.cpu_count() or 1, 1),
        cache=None if no_cache else result_directory(),
    )
    started = time.perf_counter()
    with at_most(timeout, READING):
        loaded = pipeline.load(spec)
    options = options.after(time.perf_counter() - started)
    check_writable(json_file)
    progress = progress_for(sys.stderr)
    try:
        planned, options = planning(options, lambda: plan(loaded, options))
        result = run(loaded, spec, options, progress, planned)
    finally:
        progress.close()
    comparison = compare_designs(result, first, second)
    out(diff_text(comparison, width()))
    events: tuple[EventComparison, ...] | None = None
    if not no_events and not result.unfinished:
        from modelcheck.report.texts.events_text import events_text
        from modelcheck.studies.refinement.run import compare_all_events

        skipped = {name for _, name, _ in comparison.failures}
        scenarios = [name for name in result.scenarios if name not in skipped]
        # What verdicts have taken is no more there for events.
        spent = {
            name: max((pair.seconds for pair in result.pairs if pair.scenario == name), default=0.0)
            for name in scenarios
        }
        left = {name: options.after(seconds).left for name, seconds in spent.items()}
        events = compare_all_events(loaded, first, second, scenarios, settings, left, options.jobs)
        text = events_text(events, first, second, width())
        out(f"\n{text}" if text else "")
    if json_file is not None:
        from modelcheck.report.formats.diff_json import diff_json
        from modelcheck.report.formats.json import write

        write(diff_json(spec, comparison, events, not result.unfinished, settings), json_file)
    if result.unfinished:
        return 130
    differ = any(not difference.undecided for difference in comparison.differences)
    if differ or any(one.differences for one in events or ()):
        return 1
    missing = comparison.differences or comparison.open or comparison.failures
    return 3 if missing or any(one.bound is not None for one in events or ()) else 0
