"""``list``, ``explore``, ``replay``: commands that look at a spec, its states, or a saved trace."""

from __future__ import annotations

from pathlib import Path

import click

from modelcheck.cli.arguments import DURATION, SETTING, SIZE
from modelcheck.cli.comparing import diff
from modelcheck.cli.outputs import FORMATS, trace_text

SPEC = click.argument("spec", type=click.Path(path_type=str), metavar="SPEC")
VARIANT = click.option("--variant", metavar="V", help="The design to look at (default: base, the spec as written).")


@click.command("list", short_help="Say what a spec declares.")
@SPEC
def list_command(spec: str) -> int:
    """Say what a spec declares: designs, scenarios, processes, properties, bounds."""
    from modelcheck import pipeline
    from modelcheck.cli.output import out, width
    from modelcheck.report.listing import listing_text

    out(listing_text(pipeline.load(spec), spec, width()))
    return 0


@click.command(short_help="Count states; say what is never exercised.")
@SPEC
@VARIANT
@click.option("--scenario", metavar="S", multiple=True, help="Only this scenario (may be repeated).")
@click.option("--slow", is_flag=True, help="Scenarios marked slow, too.")
@click.option("--timeout", type=DURATION, metavar="60s", help="Time for each scenario.")
@click.option("--memory", type=SIZE, metavar="8G", help="Memory to use at most.")
@click.option("--set", "settings", type=SETTING, multiple=True, metavar="X=v", help="Set a param or an unknown.")
def explore(
    spec: str,
    variant: str | None,
    scenario: tuple[str, ...],
    slow: bool,
    timeout: float | None,
    memory: int | None,
    settings: tuple[tuple[str, str], ...],
) -> int:
    """Count states, and say what was never exercised."""
    from modelcheck import pipeline
    from modelcheck.cli.output import out, width
    from modelcheck.engines.budget import Budget
    from modelcheck.report.coverage import explore_text

    budget = Budget(seconds=timeout, memory=memory)
    loaded = pipeline.load(spec)
    edited, _ = pipeline.with_variant(loaded, variant)
    for name in scenario:
        pipeline.check_scenario(edited, name)
    complete = True
    for info in pipeline.scenarios(edited):
        if (scenario and info.name not in scenario) or (info.slow and not slow and info.name not in scenario):
            continue
        text, whole = explore_text(loaded, variant, info.name, budget, dict(settings), width())
        complete = complete and whole
        out(text)
    return 0 if complete else 3


@click.command(short_help="Replay a saved trace in the spec as it is now.")
@click.argument("trace", type=click.Path(dir_okay=False, path_type=Path), metavar="TRACE.json")
@click.option("--spec", metavar="SPEC", help="The spec to replay it in (default: the one it was made from).")
@click.option("--format", "form", type=click.Choice(FORMATS), default="columns", show_default=True)
def replay(trace: Path, spec: str | None, form: str) -> int:
    """Replay a saved trace in the spec as it is now, and say where it no longer applies."""
    from modelcheck.cli.output import out
    from modelcheck.evidence.saved import replay_saved
    from modelcheck.report.columns import WIDTH
    from modelcheck.report.json import read_trace

    saved = read_trace(trace)
    outcome = replay_saved(saved, spec or saved.spec)
    if outcome.trace is not None:
        out(trace_text(outcome.trace, form, WIDTH, saved.overrides.items()))
    if outcome.remark:
        click.echo(f"modelcheck: {outcome.remark}", err=True)
    return 0 if outcome.trace is not None else 1


COMMANDS: tuple[click.Command, ...] = (list_command, explore, replay, diff)
