"""``prove`` and ``certify``: the commands about proofs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from modelcheck.cli.certifying import certify
from modelcheck.cli.checking import (
    MEMORY,
    NO_CACHE,
    PROPERTY,
    SCENARIO,
    SET,
    SPEC,
    STRICT,
    TIMEOUT,
    VARIANT,
    check_all,
    options_for,
)
from modelcheck.cli.outputs import Outputs


@click.command(short_help="Prove what holds for any number of threads.")
@SPEC
@VARIANT
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
def prove(
    spec: str,
    variant: str | None,
    scenario: tuple[str, ...],
    properties: tuple[str, ...],
    timeout: float | None,
    memory: int | None,
    settings: tuple[tuple[str, str], ...],
    strict: bool,
    no_cache: bool,
    certificate: Path | None,
) -> int:
    """Prove what holds for any number of threads, in the scenarios that run a process `[*]`."""
    from modelcheck import pipeline
    from modelcheck.engines.induction.outcome import Origin, Request
    from modelcheck.report.check_text import check_text

    loaded = pipeline.load(spec)
    edited, _ = pipeline.with_variant(loaded, variant)
    chosen = scenario or tuple(info.name for info in pipeline.scenarios(edited) if info.any_number)
    if not chosen:
        raise click.UsageError("no scenario of this spec runs a process in any number: write `run p[*]` in one")
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
    )
    if certificate is not None:
        origin = Origin(spec, pipeline.sources(loaded), settings)
        options = replace(options, certificate=Request(certificate, origin))
    return check_all((spec,), options, Outputs(), lambda result, width, style: check_text(result, width, style))


COMMANDS: tuple[click.Command, ...] = (prove, certify)
