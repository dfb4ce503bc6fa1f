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
    VERBOSE,
    WATCH,
    Chosen,
    takes,
)
from modelcheck.cli.outputs import Outputs

if TYPE_CHECKING:
    from modelcheck.language.syntax import ast
    from modelcheck.report.style import Style
    from modelcheck.studies.matrix.model import MatrixResult
    from modelcheck.studies.matrix.options import Options


@click.command(cls=WithStrict, short_help="Check one design and draw its races.")
@SPEC
@takes(
    VARIANTS,
    SCENARIO,
    PROPERTY,
    ENGINE,
    TIMEOUT,
    MEMORY,
    SET,
    SLOW,
    JOBS,
    THREADS,
    JSON,
    STRICT,
    NO_CACHE,
    NO_REDUCTIONS,
    CROSS_CHECK,
    CHECKPOINT,
    RESUME,
)
def check(chosen: Chosen, spec: str) -> int:
    """Check one design and draw its races."""
    from modelcheck.report.texts.check_text import check_text

    if chosen.checkpoint is not None or chosen.resume is not None:
        chosen = replace(chosen, engine=native_for_checkpoints(chosen.engine))
    outputs = Outputs(json=chosen.json_file, overrides=chosen.settings)
    return check_all(
        (spec,),
        options_for(chosen, (chosen.design,)),
        outputs,
        lambda result, width, style: check_text(result, width, style, settings=chosen.settings),
    )


@click.command(cls=WithStrict, short_help="Check every design in every scenario.")
@click.argument("specs", type=click.Path(path_type=str), metavar="SPEC...", nargs=-1, required=True)
@takes(
    VARIANTS.saying(
        "Only this design, or those that match a pattern (may be repeated).", field="variants", multiple=True
    ),
    SCENARIO,
    PROPERTY,
    ENGINE,
    TIMEOUT,
    MEMORY,
    SET,
    SLOW,
    JOBS,
    THREADS,
    JSON,
    JUNIT,
    SARIF,
    HTML,
    GITHUB,
    STRICT,
    NO_CACHE,
    NO_REDUCTIONS,
    CROSS_CHECK,
    WATCH,
    VERBOSE,
)
def matrix(chosen: Chosen, specs: tuple[str, ...]) -> int:
    """Check every design in every scenario, and compare with what the spec expects."""
    from modelcheck.report.texts.matrix_text import matrix_text

    options = options_for(chosen, chosen.variants)
    outputs = Outputs(
        json=chosen.json_file,
        junit=chosen.junit_file,
        sarif=chosen.sarif_file,
        html=chosen.html_file,
        github=chosen.github,
        overrides=chosen.settings,
    )

    def once(changed: Callable[[], bool] | None = None) -> int:
        def text(result: MatrixResult, width: int, style: Style) -> str:
            return matrix_text(result, width, chosen.verbose, style, chosen.settings)

        return check_all(specs, options, outputs, text, changed)

    if not chosen.watched:
        return once()
    from modelcheck.cli.commands.watching import watch

    return watch(specs, once)


def _load(spec: str) -> Any:
    from modelcheck.language import pipeline

    return pipeline.load(spec)


def options_for(chosen: Chosen, variants: tuple[str, ...]) -> Options:
    """Return the options of a run of these designs (empty: all)."""
    from modelcheck.ground.files import result_directory
    from modelcheck.studies.matrix.options import Options

    # The engines of a portfolio take the cores that there are.
    workers = chosen.jobs
    if workers is None:
        workers = 1 if chosen.engine == "portfolio" else max(os.cpu_count() or 1, 1)
    # An answer of an earlier run would neither write a checkpoint nor go on from one.
    cached = not chosen.no_cache and chosen.checkpoint is None and chosen.resume is None
    return Options(
        variants=variants,
        scenarios=chosen.scenarios,
        properties=chosen.properties,
        engine=chosen.engine,
        seconds=chosen.timeout,
        memory=share(chosen.memory, workers),
        overrides=chosen.settings,
        slow=chosen.slow,
        jobs=workers,
        strict=chosen.strict,
        cache=result_directory() if cached else None,
        reductions=not chosen.no_reductions,
        cross_check_all=chosen.cross_check == "full",
        threads=chosen.threads,
        checkpoint=None if chosen.checkpoint is None else str(chosen.checkpoint),
        resume=None if chosen.resume is None else str(chosen.resume),
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
    from modelcheck.studies.matrix.plan import plan
    from modelcheck.studies.matrix.run import run

    progress = progress_for(sys.stderr)
    try:
        planned, options = planning(options, lambda: plan(spec, options))
        result = run(spec, path, options, progress if changed is None else Watcher(progress, changed), planned)
    finally:
        progress.close()
    keep_run(path, spec, result, options)
    return result


COMMANDS: tuple[click.Command, ...] = (check, matrix)
