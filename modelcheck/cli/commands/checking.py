"""``check``, ``matrix``: the commands that ask the engines."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from modelcheck.cli.arguments import WithStrict
from modelcheck.cli.options import (
    CHECKPOINT,
    CROSS_CHECK,
    ENGINE,
    GITHUB,
    HTML,
    JOBS,
    JSON,
    JUNIT,
    MEMORY,
    NO_CACHE,
    NO_REDUCTIONS,
    PROPERTY,
    RESUME,
    SARIF,
    SCENARIO,
    SET,
    SLOW,
    SPEC,
    STRICT,
    THREADS,
    TIMEOUT,
    VARIANTS,
)
from modelcheck.cli.outputs import Outputs

if TYPE_CHECKING:
    from modelcheck.checking.plan import Engine
    from modelcheck.language.syntax import ast
    from modelcheck.report.style import Style
    from modelcheck.studies.matrix.model import MatrixResult
    from modelcheck.studies.matrix.options import Options, StrictKind


@click.command(cls=WithStrict, short_help="Check one design and draw its races.")
@SPEC
@VARIANTS
@SCENARIO
@PROPERTY
@ENGINE
@TIMEOUT
@MEMORY
@SET
@SLOW
@JOBS
@THREADS
@JSON
@STRICT
@NO_CACHE
@NO_REDUCTIONS
@CROSS_CHECK
@CHECKPOINT
@RESUME
def check(
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
    threads: int | None,
    json_file: Path | None,
    strict: frozenset[StrictKind],
    no_cache: bool,
    no_reductions: bool,
    cross_check: str,
    checkpoint: Path | None,
    resume: Path | None,
) -> int:
    """Check one design and draw its races."""
    from modelcheck.report.texts.check_text import check_text

    if checkpoint is not None or resume is not None:
        engine = native_for_checkpoints(engine)
    options = options_for(
        variants=(variant or "base",),
        scenarios=scenario,
        properties=properties,
        engine=engine,
        seconds=timeout,
        memory=memory,
        overrides=settings,
        slow=slow,
        jobs=jobs,
        threads=threads,
        strict=strict,
        # An answer of an earlier run would neither write a checkpoint nor go on from one.
        cache=not no_cache and checkpoint is None and resume is None,
        reductions=not no_reductions,
        cross_check_all=cross_check == "full",
    )
    options = replace(
        options,
        checkpoint=None if checkpoint is None else str(checkpoint),
        resume=None if resume is None else str(resume),
    )
    outputs = Outputs(json=json_file, overrides=settings)
    return check_all(
        (spec,), options, outputs, lambda result, width, style: check_text(result, width, style, settings=settings)
    )


@click.command(cls=WithStrict, short_help="Check every design in every scenario.")
@click.argument("specs", type=click.Path(path_type=str), metavar="SPEC...", nargs=-1, required=True)
@click.option(
    "--variant", metavar="V", multiple=True, help="Only this design, or those that match a pattern (may be repeated)."
)
@SCENARIO
@PROPERTY
@ENGINE
@TIMEOUT
@MEMORY
@SET
@SLOW
@JOBS
@THREADS
@JSON
@JUNIT
@SARIF
@HTML
@GITHUB
@STRICT
@NO_CACHE
@NO_REDUCTIONS
@CROSS_CHECK
@click.option("--watch", "watched", is_flag=True, help="Check again whenever a file of the spec changes, until Ctrl-C.")
@click.option("-v", "--verbose", is_flag=True, help="A row for each scenario, and every race.")
def matrix(
    specs: tuple[str, ...],
    variant: tuple[str, ...],
    scenario: tuple[str, ...],
    properties: tuple[str, ...],
    engine: Engine,
    timeout: float | None,
    memory: int | None,
    settings: tuple[tuple[str, str], ...],
    slow: bool,
    jobs: int | None,
    threads: int | None,
    json_file: Path | None,
    junit_file: Path | None,
    sarif_file: Path | None,
    html_file: Path | None,
    github: bool,
    strict: frozenset[StrictKind],
    no_cache: bool,
    no_reductions: bool,
    cross_check: str,
    watched: bool,
    verbose: bool,
) -> int:
    """Check every design in every scenario, and compare with what the spec expects."""
    from modelcheck.report.texts.matrix_text import matrix_text

    options = options_for(
        variants=variant,
        scenarios=scenario,
        properties=properties,
        engine=engine,
        seconds=timeout,
        memory=memory,
        overrides=settings,
        slow=slow,
        jobs=jobs,
        threads=threads,
        strict=strict,
        cache=not no_cache,
        reductions=not no_reductions,
        cross_check_all=cross_check == "full",
    )
    outputs = Outputs(
        json=json_file, junit=junit_file, sarif=sarif_file, html=html_file, github=github, overrides=settings
    )

    def once(changed: Callable[[], bool] | None = None) -> int:
        def text(result: MatrixResult, width: int, style: Style) -> str:
            return matrix_text(result, width, verbose, style, settings)

        return check_all(specs, options, outputs, text, changed)

    if not watched:
        return once()
    from modelcheck.cli.commands.watching import watch

    return watch(specs, once)


def _load(spec: str) -> Any:
    from modelcheck.language import pipeline

    return pipeline.load(spec)


def options_for(
    *,
    variants: tuple[str, ...],
    scenarios: tuple[str, ...],
    properties: tuple[str, ...],
    engine: Engine,
    seconds: float | None,
    memory: int | None,
    overrides: tuple[tuple[str, str], ...],
    slow: bool,
    jobs: int | None,
    strict: frozenset[StrictKind],
    cache: bool,
    threads: int | None = None,
    reductions: bool = True,
    cross_check_all: bool = False,
) -> Options:
    """Return the options of a run. ``cache``: whether results are reused and kept."""
    from modelcheck.ground.files import result_directory
    from modelcheck.studies.matrix.options import Options

    # The engines of a portfolio take the cores that there are.
    workers = jobs if jobs is not None else 1 if engine == "portfolio" else max(os.cpu_count() or 1, 1)
    return Options(
        variants=variants,
        scenarios=scenarios,
        properties=properties,
        engine=engine,
        seconds=seconds,
        memory=share(memory, workers),
        overrides=overrides,
        slow=slow,
        jobs=workers,
        strict=strict,
        cache=result_directory() if cache else None,
        reductions=reductions,
        cross_check_all=cross_check_all,
        threads=threads,
    )


def native_for_checkpoints(engine: str) -> Literal["native"]:
    """Return the engine that knows checkpoints, if it is as good as what was asked for."""
    if engine not in ("auto", "native"):
        raise click.UsageError(f"--checkpoint and --resume need the compiled explorer, not --engine {engine}")
    return "native"


def share(memory: int | None, workers: int) -> int:
    """Return what each worker may use: the limit is for the whole run."""
    return max((memory or _default_memory()) // workers, 1 << 20)


def _default_memory() -> int:
    """Most of what is free now: a run that needs more should say so, and not bring the machine down."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError, IndexError):
        return 4 << 30
    return min(free * 1024, _allowed_memory() or free * 1024) * 8 // 10


def _allowed_memory() -> int | None:
    """What the control group of this process (a container, a CI job) may still use, where that is limited."""
    group = Path("/sys/fs/cgroup")
    try:
        most, used = (int((group / name).read_text(encoding="ascii")) for name in ("memory.max", "memory.current"))
    except (OSError, ValueError):  # not there, or "max"
        return None
    return max(most - used, 0)


def check_all(
    specs: tuple[str, ...],
    options: Options,
    outputs: Outputs,
    render: Callable[[MatrixResult, int, Style], str],
    changed: Callable[[], bool] | None = None,
) -> int:
    """Check specs, print what ``render`` makes of each result for a width, and write the outputs; return the exit code.

    ``changed``: asked during the work; once it says yes,
    ``modelcheck.cli.commands.watching.Changed`` is raised. Raises ``SpecError``.
    """
    from modelcheck.cli.limits import READING, at_most
    from modelcheck.cli.output import out, show_diagnostics, width
    from modelcheck.report.style import style_for
    from modelcheck.report.tally import exit_code, worth_telling
    from modelcheck.studies.matrix.cache.runs import recall_run

    started = time.perf_counter()
    # The HTML report shows the spec itself, and not only what was found.
    recalled = {path: recall_run(path, options) for path in specs if outputs.html is None}
    with at_most(options.left, READING):
        loaded = {path: _load(path) for path in specs if recalled.get(path) is None}
    options = options.after(time.perf_counter() - started)
    outputs.check()
    results: list[MatrixResult] = []
    for path in specs:
        result = recalled.get(path) or run_with_progress(loaded[path], path, options, changed)
        results.append(result)
        # Hints are what `modelcheck lint` is for, except about what only a run can know.
        show_diagnostics(worth_telling(result))
        if len(results) > 1:
            out("\n")
        out(render(result, width(), style_for(sys.stdout)))
        if result.unfinished:
            break
    outputs.write(results, list(loaded.values()), options.strict)
    return exit_code(results, options.strict)


def run_with_progress(
    spec: ast.Spec, path: str, options: Options, changed: Callable[[], bool] | None = None
) -> MatrixResult:
    """Check everything the options ask for, say on standard error how far it is, and keep the result.

    ``changed`` as in ``check_all``.
    """
    from modelcheck.cli.commands.watching import Watcher
    from modelcheck.cli.limits import planning
    from modelcheck.report.texts.progress import progress_for
    from modelcheck.studies.matrix.cache.runs import keep_run
    from modelcheck.studies.matrix.run import plan, run

    progress = progress_for(sys.stderr)
    try:
        planned, options = planning(options, lambda: plan(spec, options))
        result = run(spec, path, options, progress if changed is None else Watcher(progress, changed), planned)
    finally:
        progress.close()
    keep_run(path, spec, result, options)
    return result


COMMANDS: tuple[click.Command, ...] = (check, matrix)
