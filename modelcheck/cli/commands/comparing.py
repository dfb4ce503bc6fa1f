"""``diff``: two designs beside each other."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import click

from modelcheck.cli.options import (
    JSON,
    NO_CACHE,
    NO_EVENTS,
    PROPERTY,
    SCENARIO,
    SET,
    SLOW,
    SPEC,
    TIMEOUT,
    Chosen,
    takes,
)

if TYPE_CHECKING:
    from modelcheck.studies.refinement.compare import EventComparison


@click.command(short_help="Say where two designs differ.")
@SPEC
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@takes(
    SCENARIO.saying("Only this scenario (may be repeated)."),
    PROPERTY.saying("Only this property (may be repeated)."),
    TIMEOUT,
    SET.saying("Set a param or an unknown."),
    SLOW,
    NO_CACHE.saying("Check everything anew; neither reuse results nor keep them."),
    NO_EVENTS,
    JSON.saying("Write what differs as JSON."),
)
def diff(chosen: Chosen, spec: str, first: str, second: str) -> int:
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
    from modelcheck.studies.matrix.plan import plan
    from modelcheck.studies.matrix.run import run

    options = Options(
        variants=(first, second),
        scenarios=chosen.scenarios,
        properties=chosen.properties,
        seconds=chosen.timeout,
        overrides=chosen.settings,
        slow=chosen.slow,
        jobs=max(os.cpu_count() or 1, 1),
        cache=None if chosen.no_cache else result_directory(),
    )
    started = time.perf_counter()
    with at_most(chosen.timeout, READING):
        loaded = pipeline.load(spec)
    options = options.after(time.perf_counter() - started)
    check_writable(chosen.json_file)
    progress = progress_for(sys.stderr)
    try:
        planned, options = planning(options, lambda: plan(loaded, options))
        result = run(loaded, spec, options, progress, planned)
    finally:
        progress.close()
    comparison = compare_designs(result, first, second)
    out(diff_text(comparison, width()))
    events: tuple[EventComparison, ...] | None = None
    if not chosen.no_events and not result.unfinished:
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
        events = compare_all_events(
            loaded, first, second, scenarios, chosen.settings, left, options.jobs, options.cache
        )
        text = events_text(events, first, second, width())
        out(f"\n{text}" if text else "")
    if chosen.json_file is not None:
        from modelcheck.report.formats.diff_json import diff_json
        from modelcheck.report.formats.json import write

        write(diff_json(spec, comparison, events, not result.unfinished, chosen.settings), chosen.json_file)
    if result.unfinished:
        return 130
    differ = any(not difference.undecided for difference in comparison.differences)
    if differ or any(one.differences for one in events or ()):
        return 1
    missing = comparison.differences or comparison.open or comparison.failures
    return 3 if missing or any(one.bound is not None for one in events or ()) else 0
