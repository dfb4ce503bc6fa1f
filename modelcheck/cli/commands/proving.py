"""``prove`` and ``certify``: the commands about proofs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelcheck.cli.arguments import WithStrict
from modelcheck.cli.commands.certifying import certify
from modelcheck.cli.commands.checking import check_all, options_for
from modelcheck.cli.options import (
    HTML,
    JSON,
    MEMORY,
    NO_CACHE,
    PROPERTY,
    SCENARIO,
    SET,
    SPEC,
    STRICT,
    TIMEOUT,
    VARIANTS,
)
from modelcheck.cli.outputs import Outputs

if TYPE_CHECKING:
    from modelcheck.language.syntax import ast
    from modelcheck.report.style import Style
    from modelcheck.studies.matrix.model import MatrixResult
    from modelcheck.studies.matrix.options import StrictKind


@click.command(cls=WithStrict, short_help="Prove what holds for any number of threads.")
@SPEC
@VARIANTS
@SCENARIO
@PROPERTY
@TIMEOUT
@MEMORY
@SET
@STRICT
@NO_CACHE
@click.option(
    "--certificate",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Leave the invariants and what they have to satisfy here, as SMT-LIB 2.",
)
@click.option("--why", is_flag=True, help="Show the state that a proof which failed could not exclude.")
@JSON
@HTML
def prove(
    spec: str,
    variant: str | None,
    scenario: tuple[str, ...],
    properties: tuple[str, ...],
    timeout: float | None,
    memory: int | None,
    settings: tuple[tuple[str, str], ...],
    strict: frozenset[StrictKind],
    no_cache: bool,
    certificate: Path | None,
    why: bool,
    json_file: Path | None,
    html_file: Path | None,
) -> int:
    """Prove what holds for any number of threads, in the scenarios that run a process `[*]`.

    In a spec without such scenarios: what holds for integers of any size, where an `int` without bounds changes.
    """
    from modelcheck.cli.limits import READING, at_most
    from modelcheck.language import pipeline
    from modelcheck.report.texts.check_text import check_text
    from modelcheck.result.proof import Origin, Request
    from modelcheck.studies.matrix.patterns import designs

    started = time.perf_counter()
    with at_most(timeout, READING):
        loaded = pipeline.load(spec)
        edited = [pipeline.Loaded(loaded).edited(name) for name in designs(loaded, variant)]
        unbounded = [info.name for one in edited for info in one.scenarios if info.any_number]
        if not unbounded and not scenario:
            unbounded = _with_unbounded_integers(loaded, designs(loaded, variant), dict(settings))
    chosen = scenario or tuple(dict.fromkeys(unbounded))
    if not chosen:
        raise click.UsageError(
            "no scenario of this spec runs a process in any number, and no integer without bounds changes: write `run"
            " p[*]` in one"
        )
    options = options_for(
        variants=(variant or "base",),
        scenarios=chosen,
        properties=properties,
        engine="auto",
        seconds=timeout,
        memory=memory,
        overrides=settings,
        slow=True,
        jobs=None,
        strict=strict,
        cache=not no_cache,
    ).after(time.perf_counter() - started)
    if certificate is not None or why:
        origin = Origin(spec, pipeline.sources(loaded), settings)
        options = replace(options, certificate=Request(certificate, origin, why))
    outputs = Outputs(json=json_file, html=html_file, overrides=settings)

    kept: list[bool] = []

    def render(result: MatrixResult, width: int, style: Style) -> str:
        kept.extend(any(cell.proof is not None for cell in pair.cells) for pair in result.pairs)
        return check_text(result, width, style, proofs=True, settings=settings)

    code = check_all((spec,), options, outputs, render)
    if certificate is not None:
        _say_what_is_kept(certificate, sum(kept))
    return code


def _say_what_is_kept(directory: Path, number: int) -> None:
    """Say on standard error how many certificates a run has left, and if it left none, that this is no oversight."""
    if number:
        count = "1 certificate" if number == 1 else f"{number} certificates"
        told = (
            f"{count} kept in {directory}; `modelcheck certify {directory}` checks {'it' if number == 1 else 'them'}"
            " again"
        )
    else:
        told = f"no certificate was left in {directory}: nothing was proved by induction"
    click.echo(f"modelcheck: {told}", err=True)


def _with_unbounded_integers(loaded: ast.Spec, variants: Sequence[str], overrides: Mapping[str, str]) -> list[str]:
    """The scenarios in which a step changes an `int` without bounds."""
    from modelcheck.ir.system import has_unbounded_integers
    from modelcheck.language import pipeline
    from modelcheck.semantics.elaborate import elaborate

    found: list[str] = []
    for variant in variants:
        edited = pipeline.Loaded(loaded).edited(variant, overrides)
        for info in edited.scenarios:
            model = edited.resolved(info.name).model
            if has_unbounded_integers(elaborate(model)):
                found.append(info.name)
    return found


COMMANDS: tuple[click.Command, ...] = (prove, certify)
