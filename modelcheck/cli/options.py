"""Arguments and options that several commands take. Kept free of anything slow to import."""

from __future__ import annotations

import click

from modelcheck.cli.arguments import DURATION, FILE, SETTING, SIZE, STRICT_KINDS, joined

SPEC = click.argument("spec", type=click.Path(path_type=str), metavar="SPEC")
VARIANT = click.option("--variant", metavar="V", help="The design to look at (default: base, the spec as written).")
VARIANTS = click.option(
    "--variant",
    metavar="V",
    help="The design to look at, or a pattern like `v6*` (default: base, the spec as written).",
)
SCENARIO = click.option(
    "--scenario",
    metavar="S",
    multiple=True,
    help="Only this scenario, or those that match a pattern like `evict*` (may be repeated).",
)
PROPERTY = click.option(
    "--property",
    "properties",
    metavar="P",
    multiple=True,
    help="Only this property, or those that match a pattern (may be repeated).",
)
ENGINE = click.option(
    "--engine",
    type=click.Choice(["auto", "explicit", "native", "bmc", "portfolio"]),
    default="auto",
    show_default=True,
    help="How to check.",
)
TIMEOUT = click.option("--timeout", type=DURATION, metavar="60s", help="Time for each scenario.")
MEMORY = click.option(
    "--memory", type=SIZE, metavar="8G", help="Memory for the whole run (default: most of what is free)."
)
SET = click.option(
    "--set", "settings", type=SETTING, multiple=True, metavar="X=v", help="Set a param or an unknown (may be repeated)."
)
SLOW = click.option("--slow", is_flag=True, help="Run scenarios marked slow, too.")
JSON = click.option("--json", "json_file", type=FILE, metavar="FILE", help="Write the results as JSON.")
JUNIT = click.option("--junit", "junit_file", type=FILE, metavar="FILE", help="Write the cells as JUnit XML.")
SARIF = click.option("--sarif", "sarif_file", type=FILE, metavar="FILE", help="Write what is violated as SARIF 2.1.0.")
HTML = click.option(
    "--html",
    "html_file",
    type=FILE,
    metavar="FILE",
    help="Write a report to open in a browser: one file, everything in it.",
)
GITHUB = click.option("--github", is_flag=True, help="Print annotations for GitHub Actions.")
STRICT = click.option(
    "--strict",
    type=STRICT_KINDS,
    multiple=True,
    metavar="[=KIND,…]",
    callback=joined,
    help=(
        "Fail where nothing is wrong and little is said: `vacuity` (what is green says nothing, code is never reached),"
        " `cut` (what is wrong elsewhere cuts a green cell short). Without kinds: all."
    ),
)
JOBS = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Scenarios checked at the same time (default: one per core).",
)
THREADS = click.option(
    "--threads",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Threads that explore one scenario together (default: the cores that -j leaves to it).",
)
NO_REDUCTIONS = click.option(
    "--no-reductions",
    is_flag=True,
    help="Visit every state, also those that differ only in which process or slot is which.",
)
CROSS_CHECK = click.option(
    "--cross-check",
    type=click.Choice(["usual", "full"]),
    default="usual",
    show_default=True,
    help=(
        "What of an exploration the interpreter compares: `full` is every state, however many there are (much slower)."
    ),
)
CHECKPOINT = click.option(
    "--checkpoint",
    type=FILE,
    metavar="FILE",
    help="If time or memory ends, keep what was explored in FILE (one scenario, compiled explorer).",
)
RESUME = click.option("--resume", type=FILE, metavar="FILE", help="Go on where a --checkpoint was written.")
NO_CACHE = click.option(
    "--no-cache",
    is_flag=True,
    envvar="MODELCHECK_NO_CACHE",
    help="Check everything anew; neither reuse results and compiled code nor keep them.",
)
