"""``diff``: two designs beside each other."""

from __future__ import annotations

import os
import sys

import click

from modelcheck.cli.arguments import DURATION, SETTING


@click.command(short_help="Say where two designs differ.")
@click.argument("spec", type=click.Path(path_type=str), metavar="SPEC")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--scenario", metavar="S", multiple=True, help="Only this scenario (may be repeated).")
@click.option("--property", "properties", metavar="P", multiple=True, help="Only this property (may be repeated).")
@click.option("--timeout", type=DURATION, metavar="60s", help="Time for each scenario.")
@click.option("--set", "settings", type=SETTING, multiple=True, metavar="X=v", help="Set a param or an unknown.")
@click.option("--slow", is_flag=True, help="Run scenarios marked slow, too.")
@click.option(
    "--no-cache",
    is_flag=True,
    envvar="MODELCHECK_NO_CACHE",
    help="Check everything anew; neither reuse results nor keep them.",
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
) -> int:
    """Say which verdicts of designs A and B differ, with the race of the side that fails.

    Exit codes: 0 nothing differs, 1 something does, 3 an answer that would tell is missing.
    """
    from modelcheck import pipeline
    from modelcheck.cli.output import out, width
    from modelcheck.files import result_directory
    from modelcheck.matrix.compare import compare_designs
    from modelcheck.matrix.options import Options
    from modelcheck.matrix.run import run
    from modelcheck.report.diff_text import diff_text
    from modelcheck.report.progress import progress_for

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
    loaded = pipeline.load(spec)
    progress = progress_for(sys.stderr)
    try:
        result = run(loaded, spec, options, progress)
    finally:
        progress.close()
    comparison = compare_designs(result, first, second)
    out(diff_text(comparison, width()))
    if result.unfinished:
        return 130
    if any(not difference.undecided for difference in comparison.differences):
        return 1
    return 3 if comparison.differences or comparison.open or comparison.failures else 0
