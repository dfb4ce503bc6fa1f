"""``new``, ``fmt``, ``lint``, ``explain``: commands for writing specs."""

from __future__ import annotations

from pathlib import Path

import click

from modelcheck.cli.options import CHECK, SPEC, Chosen, takes


@click.command(short_help="Explain a diagnostic code or a built-in obligation.")
@click.argument("code", metavar="[CODE]", required=False)
def explain(code: str | None) -> int:
    """Say what a diagnostic code means, with an example, or a built-in obligation (`use_after_free`);
    without either, list all codes."""
    from modelcheck.cli.output import out
    from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
    from modelcheck.ground.suggest import did_you_mean
    from modelcheck.report.explanations import EXPLANATIONS
    from modelcheck.report.explanations.obligations import OBLIGATIONS

    if code is None:
        out("".join(f"{name}  {EXPLANATIONS[name].title}\n" for name in sorted(EXPLANATIONS)))
        return 0
    kind = code.strip().lower().replace(" ", "_")
    if kind in OBLIGATIONS:
        out(f"{kind}, checked without being asked for\n\n{OBLIGATIONS[kind]}")
        return 0
    wanted = code.strip().upper()
    wanted = f"MC{wanted.zfill(3)}" if wanted.isdigit() else wanted
    explanation = EXPLANATIONS.get(wanted)
    if explanation is None:
        if wanted.startswith("MC"):
            message = f"there is no code `{code}`{did_you_mean(wanted, EXPLANATIONS)}"
        else:
            message = f"there is no code and no obligation `{code}`{did_you_mean(kind, OBLIGATIONS)}"
        raise SpecError([Diagnostic("MC506", Severity.ERROR, message, None)])
    out(f"{explanation.code}: {explanation.title}\n\n{explanation.text.rstrip()}\n")
    return 0


@click.command(short_help="Write a small commented spec to start from.")
@click.argument("name")
def new(name: str) -> int:
    """Write a small commented spec NAME.mc to start from."""
    from modelcheck.cli.output import out
    from modelcheck.cli.starter import write_starter

    path = write_starter(name)
    out(f"wrote {path}; `modelcheck {path}` checks it\n")
    return 0


@click.command(short_help="Lay specs out in the one standard way.")
@click.argument("files", type=click.Path(path_type=Path), metavar="FILE...", nargs=-1, required=True)
@takes(CHECK)
def fmt(chosen: Chosen, files: tuple[Path, ...]) -> int:
    """Lay specs out in the one standard way; comments stay."""
    from modelcheck.ground.diagnostics import Diagnostic, SpecError
    from modelcheck.ground.files import write_atomically
    from modelcheck.language.syntax.formatter.format import format_file

    changed = 0
    errors: list[Diagnostic] = []
    for path in files:
        try:
            before, after = format_file(path)
            if before != after:
                changed += 1
                if not chosen.check:
                    write_atomically(path, after, over_spec=True)
                click.echo(f"{'would change' if chosen.check else 'changed'} {path}")
        except SpecError as error:
            errors += error.diagnostics
    if errors:
        raise SpecError(errors)
    return 1 if chosen.check and changed else 0


@click.command(short_help="Report errors, warnings and hints; check nothing.")
@SPEC
def lint(spec: str) -> int:
    """Report every error, warning and hint of all designs and scenarios, without checking anything."""
    from modelcheck.cli.output import show_diagnostics
    from modelcheck.ground.diagnostics import Severity
    from modelcheck.report.texts.diagnostics_text import summary
    from modelcheck.studies.matrix.lint import lint_spec

    found = lint_spec(spec)
    show_diagnostics(found)
    counted = summary(found)
    click.echo(f"{spec}: {counted or ('only hints' if found else 'nothing to complain about')}")
    if any(diagnostic.severity is Severity.ERROR for diagnostic in found):
        return 2
    return 1 if any(diagnostic.severity is Severity.WARNING for diagnostic in found) else 0


COMMANDS: tuple[click.Command, ...] = (new, fmt, lint, explain)
