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
    CERTIFICATE,
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
    WHY,
    Chosen,
    takes,
)
from modelcheck.cli.outputs import Outputs

if TYPE_CHECKING:
    from modelcheck.language.syntax import ast
    from modelcheck.report.style import Style
    from modelcheck.studies.matrix.model import MatrixResult


@click.command(cls=WithStrict, short_help="Prove what holds for any number of threads.")
@SPEC
@takes(VARIANTS, SCENARIO, PROPERTY, TIMEOUT, MEMORY, SET, STRICT, NO_CACHE, CERTIFICATE, WHY, JSON, HTML)
def prove(chosen: Chosen, spec: str) -> int:
    """Prove what holds for any number of threads, in the scenarios that run a process `[*]`.

    In a spec without such scenarios: what holds for integers of any size, where an `int` without bounds changes.
    """
    from modelcheck.cli.limits import READING, at_most
    from modelcheck.language import pipeline
    from modelcheck.report.texts.check_text import check_text
    from modelcheck.result.proof import Origin, Request
    from modelcheck.studies.matrix.patterns import designs

    started = time.perf_counter()
    with at_most(chosen.timeout, READING):
        loaded = pipeline.load(spec)
        edited = [pipeline.Loaded(loaded).edited(name) for name in designs(loaded, chosen.variant)]
        unbounded = [info.name for one in edited for info in one.scenarios if info.any_number]
        if not unbounded and not chosen.scenarios:
            unbounded = _with_unbounded_integers(loaded, designs(loaded, chosen.variant), dict(chosen.settings))
    scenarios = chosen.scenarios or tuple(dict.fromkeys(unbounded))
    if not scenarios:
        raise click.UsageError(
            "no scenario of this spec runs a process in any number, and no integer without bounds changes: write `run"
            " p[*]` in one"
        )
    options = options_for(replace(chosen, scenarios=scenarios, slow=True), (chosen.design,))
    options = options.after(time.perf_counter() - started)
    if chosen.certificate is not None or chosen.why:
        origin = Origin(spec, pipeline.sources(loaded), chosen.settings)
        options = replace(options, certificate=Request(chosen.certificate, origin, chosen.why))
    outputs = Outputs(json=chosen.json_file, html=chosen.html_file, overrides=chosen.settings)

    kept: list[bool] = []

    def render(result: MatrixResult, width: int, style: Style) -> str:
        kept.extend(any(cell.proof is not None for cell in pair.cells) for pair in result.pairs)
        return check_text(result, width, style, proofs=True, settings=chosen.settings)

    code = check_all((spec,), options, outputs, render)
    if chosen.certificate is not None:
        _say_what_is_kept(chosen.certificate, sum(kept))
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
