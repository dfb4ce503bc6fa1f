"""Check the life-cycle protocols of systems code: every design, every race.

The Python interface is the pipeline of the command line as functions::

    import modelcheck

    spec = modelcheck.load("specs/page_removal.mc")
    result = modelcheck.check(spec, variant="one_site")
    for cell in result.cells:
        print(cell.scenario, cell.property_name, cell.verdict.value)

``load`` reads a spec, ``check`` answers for one design, ``matrix`` for all of them. Both return a
``modelcheck.studies.matrix.model.MatrixResult``. ``synthesize`` finds every safe value of unknowns.
What is wrong with a spec is raised as ``modelcheck.ground.diagnostics.SpecError``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelcheck.ground.version import VERSION as __version__

if TYPE_CHECKING:
    # The command imports this before anybody takes Ctrl-C: nothing that takes long.
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from modelcheck.language.syntax.ast import Spec
    from modelcheck.studies.matrix.model import MatrixResult
    from modelcheck.studies.matrix.options import Options
    from modelcheck.studies.synthesis.model import Synthesis

__all__ = ["__version__", "check", "check_matrix", "load", "matrix", "synthesize"]


def load(path: str | Path) -> Spec:
    """Read a spec and the files it imports. Raises ``SpecError`` with everything that is wrong with the text."""
    from modelcheck.language import pipeline

    return pipeline.load(path)


def check(
    spec: Spec | str | Path,
    *,
    variant: str = "base",
    scenarios: Iterable[str] = (),
    properties: Iterable[str] = (),
    seconds: float | None = None,
    memory: int | None = None,
    params: Mapping[str, object] | None = None,
    jobs: int = 0,
    cache: bool = True,
) -> MatrixResult:
    """Check one design of a spec.

    ``scenarios``, ``properties``: names, all of them by default (a scenario marked slow only if
    named). ``seconds`` and ``memory`` (bytes) bound the work on each scenario. ``params``: values
    for params and unknowns, which beat those in the spec. ``jobs``: scenarios checked at the same
    time in processes of their own; 0 works in this process. ``cache``: whether answers of earlier
    runs, also of the commands, are reused and new ones kept (``MODELCHECK_NO_CACHE`` says no for
    all). Raises ``SpecError`` if the spec or a name cannot be used.
    """
    return _run(spec, (variant,), scenarios, properties, seconds, memory, params, jobs, slow=False, cache=cache)


def check_matrix(
    spec: Spec | str | Path,
    *,
    variants: Iterable[str] = (),
    scenarios: Iterable[str] = (),
    properties: Iterable[str] = (),
    seconds: float | None = None,
    memory: int | None = None,
    params: Mapping[str, object] | None = None,
    jobs: int = 0,
    slow: bool = False,
    cache: bool = True,
) -> MatrixResult:
    """Check every design (or those named) in every scenario; see ``check``. ``slow``: also scenarios marked slow."""
    return _run(spec, variants, scenarios, properties, seconds, memory, params, jobs, slow=slow, cache=cache)


#: The name that the documentation uses.
matrix = check_matrix


def synthesize(
    spec: Spec | str | Path,
    *,
    variant: str = "base",
    unknowns: Iterable[str] = (),
    scenarios: Iterable[str] = (),
    properties: Iterable[str] = (),
    seconds: float | None = None,
    memory: int | None = None,
    params: Mapping[str, object] | None = None,
    jobs: int = 0,
    slow: bool = False,
    cache: bool = True,
) -> Synthesis:
    """Find every assignment of a design's unknowns under which it is safe, and what rejects each of the others.

    ``unknowns``: those to find values of; by default those that the spec's ``expect safe`` lines
    name, or all that have no value yet. The rest as for ``check``. Raises ``SpecError``.
    """
    from modelcheck.studies.synthesis.search import synthesize as search

    path, loaded = _loaded(spec)
    options = _options((), scenarios, properties, seconds, memory, params, jobs, slow=slow, cache=cache)
    return search(loaded, path, variant, options, unknowns=tuple(unknowns))


def _run(
    spec: Spec | str | Path,
    variants: Iterable[str],
    scenarios: Iterable[str],
    properties: Iterable[str],
    seconds: float | None,
    memory: int | None,
    params: Mapping[str, object] | None,
    jobs: int,
    *,
    slow: bool,
    cache: bool,
) -> MatrixResult:
    from modelcheck.report.formats.notebook import show_in_notebooks
    from modelcheck.studies.matrix.run import run

    show_in_notebooks()
    path, loaded = _loaded(spec)
    options = _options(variants, scenarios, properties, seconds, memory, params, jobs, slow=slow, cache=cache)
    # A spec that was handed in need not be what its text says any more.
    return run(loaded, path, options, as_read=loaded is not spec)


def _loaded(spec: Spec | str | Path) -> tuple[str, Spec]:
    from pathlib import Path

    if isinstance(spec, str | Path):
        return str(spec), load(spec)
    return spec.span.source.path, spec


def _options(
    variants: Iterable[str],
    scenarios: Iterable[str],
    properties: Iterable[str],
    seconds: float | None,
    memory: int | None,
    params: Mapping[str, object] | None,
    jobs: int,
    *,
    slow: bool,
    cache: bool,
) -> Options:
    from modelcheck.ground.files import results_unless_unwanted
    from modelcheck.studies.matrix.options import Options

    return Options(
        variants=tuple(variants),
        scenarios=tuple(scenarios),
        properties=tuple(properties),
        seconds=seconds,
        memory=memory,
        overrides=tuple((name, _written(value)) for name, value in (params or {}).items()),
        slow=slow,
        jobs=jobs,
        cache=results_unless_unwanted() if cache else None,
    )


def _written(value: object) -> str:
    """A value as a spec writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
