"""``list``, ``explore``, ``replay``: commands that look at a spec, its states, or a saved trace."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelcheck.cli.arguments import FILE
from modelcheck.cli.commands.comparing import diff
from modelcheck.cli.options import (
    CHECKPOINT,
    ENGINE,
    FORMAT,
    JSON,
    MEMORY,
    NO_CACHE,
    NO_REDUCTIONS,
    RESUME,
    SCENARIO,
    SET,
    SLOW,
    SPEC,
    THREADS,
    TIMEOUT,
    VARIANTS,
    WHERE,
    Chosen,
    takes,
)
from modelcheck.cli.outputs import trace_text

if TYPE_CHECKING:
    from modelcheck.engines.adaptive import Explorer
    from modelcheck.language.syntax import ast
    from modelcheck.report.texts.coverage import Counted
    from modelcheck.result.budget import Budget


@click.command("list", short_help="Say what a spec declares.")
@SPEC
@takes(JSON.saying("Write the same as JSON."))
def list_command(chosen: Chosen, spec: str) -> int:
    """Say what a spec declares: designs, scenarios, processes, properties, bounds."""
    from modelcheck.cli.output import out, width
    from modelcheck.language import pipeline
    from modelcheck.report.texts.listing import listing_json, listing_text

    loaded = pipeline.load(spec)
    out(listing_text(loaded, spec, width()))
    if chosen.json_file is not None:
        from modelcheck.report.formats.json import write

        write(listing_json(loaded, spec), chosen.json_file)
    return 0


@click.command(short_help="Count states; say what is never exercised.")
@SPEC
@takes(
    VARIANTS,
    SCENARIO.saying("Only this scenario, or those that match a pattern (may be repeated)."),
    SLOW.saying("Scenarios marked slow, too."),
    TIMEOUT,
    MEMORY.saying("Memory to use at most."),
    NO_REDUCTIONS,
    SET.saying("Set a param or an unknown."),
    ENGINE.saying("How to explore.", type=click.Choice(["auto", "explicit", "native"])),
    NO_CACHE,
    THREADS.saying("Threads (default: one per core)."),
    JSON.saying("Write the numbers as JSON."),
    CHECKPOINT,
    RESUME,
)
def explore(chosen: Chosen, spec: str) -> int:
    """Count states, and say what was never exercised."""
    from modelcheck.cli.commands.checking import native_for_checkpoints, share
    from modelcheck.cli.limits import PLANNING, READING, at_most
    from modelcheck.cli.output import out, width
    from modelcheck.ground.files import check_writable, code_directory, write_atomically
    from modelcheck.language import pipeline
    from modelcheck.report.texts.coverage import explore_json, explore_text
    from modelcheck.result.budget import LEAST_SECONDS, Budget
    from modelcheck.studies.matrix.options import check_single
    from modelcheck.studies.matrix.patterns import designs

    timeout, resumed = chosen.timeout, chosen.checkpoint is not None or chosen.resume is not None
    engine = native_for_checkpoints(chosen.engine) if resumed else chosen.engine
    assert engine in ("auto", "explicit", "native")  # (what is offered)
    budget = Budget(
        seconds=timeout,
        memory=share(chosen.memory, 1),
        threads=chosen.threads or os.cpu_count() or 1,
        reductions=not chosen.no_reductions,
        compiled=None if chosen.no_cache else code_directory(),
        checkpoint=None if chosen.checkpoint is None else str(chosen.checkpoint),
        resume=None if chosen.resume is None else str(chosen.resume),
    )
    started = time.perf_counter()
    with at_most(timeout, READING):
        loaded = pipeline.load(spec)
    left = None if timeout is None else max(timeout - (time.perf_counter() - started), LEAST_SECONDS)
    with at_most(left, PLANNING):
        wanted = [
            (design, name)
            for design in designs(loaded, chosen.variant)
            for name in _scenarios(loaded, design, chosen.scenarios, chosen.slow)
        ]
    before, limited = time.perf_counter() - started, chosen.memory is not None
    if resumed:
        check_single([name for _, name in wanted])
    check_writable(chosen.json_file)
    found: list[Counted] = []
    for design, name in wanted:
        found.append(_counted(loaded, design, name, budget, dict(chosen.settings), engine, before, limited))
        out(explore_text(found[-1], width()))
    if chosen.json_file is not None:
        write_atomically(chosen.json_file, json.dumps(explore_json(spec, found), indent=2) + "\n")
    return 0 if all(counted.complete for counted in found) else 3


def _counted(
    spec: ast.Spec,
    design: str,
    name: str,
    budget: Budget,
    overrides: dict[str, str],
    engine: Explorer,
    before: float,
    limited: bool,
) -> Counted:
    """Explore one scenario, ``before`` seconds of the time for which are gone; where time or memory
    is ``limited`` in a process of its own, which does not take longer whatever it is at. (One
    that writes a checkpoint takes the time for that.)
    """
    from modelcheck.cli.limits import supervised
    from modelcheck.ground.workers import Failed
    from modelcheck.report.texts.coverage import Counted, count
    from modelcheck.result.budget import LEAST_SECONDS, within

    if (budget.seconds is None and not limited) or budget.checkpoint is not None:
        return count(spec, design, name, budget, overrides, engine)
    left = None if budget.seconds is None else max(budget.seconds - before, LEAST_SECONDS)
    share = replace(budget, seconds=None if left is None else within(left))

    def work() -> Counted:
        counted = count(spec, design, name, share, overrides, engine)
        checked = counted.checked
        # Only what is reported is sent.
        return counted if checked is None else replace(counted, checked=replace(checked, system=None, traces={}))

    found = supervised(work, left, budget.memory)
    if isinstance(found, Failed):
        return Counted(design, name, None, found.reason)
    return found


def _scenarios(spec: ast.Spec, design: str, asked: tuple[str, ...], slow: bool) -> list[str]:
    """The scenarios of a design that are asked for; slow ones only by their full name, or with ``slow``."""
    from modelcheck.language import pipeline
    from modelcheck.studies.matrix.patterns import expand

    edited = pipeline.Loaded(spec).edited(design)
    known = edited.scenarios
    chosen = expand(asked, [info.name for info in known])
    for name in chosen:
        edited.check_scenario(name)
    return [
        info.name
        for info in known
        if (not asked or info.name in chosen) and (slow or not info.slow or info.name in asked)
    ]


@click.command(short_help="Replay a saved trace in the spec as it is now.")
@click.argument("trace", type=FILE, metavar="TRACE.json")
@takes(WHERE, FORMAT)
def replay(chosen: Chosen, trace: Path) -> int:
    """Replay a saved trace in the spec as it is now, and say where it no longer applies."""
    from modelcheck.checking.saved import replay_saved
    from modelcheck.cli.output import out
    from modelcheck.ground.diagnostics import Diagnostic, Note, Severity, SpecError
    from modelcheck.report.formats.saved_trace import read_trace, saved_step
    from modelcheck.report.races.columns import WIDTH
    from modelcheck.report.reasons.saved import remark_text

    saved = read_trace(trace)
    if chosen.spec is None and not Path(saved.spec).exists():
        message = f"there is no file `{saved.spec}`, the spec that the trace was made from"
        moved = Note("if it was moved, `--spec FILE` says where it is")
        raise SpecError([Diagnostic("MC001", Severity.ERROR, message, None, (moved,))])
    outcome = replay_saved(saved, chosen.spec or saved.spec, saved_step)
    if outcome.trace is not None:
        out(trace_text(outcome.trace, chosen.form, WIDTH, saved.overrides.items()))
    if outcome.remark is not None:
        click.echo(f"modelcheck: {remark_text(outcome.remark)}", err=True)
    return 0 if outcome.trace is not None else 1


COMMANDS: tuple[click.Command, ...] = (list_command, explore, replay, diff)
