"""``certify``: the command that checks a kept certificate again."""

from __future__ import annotations

from pathlib import Path

import click

from modelcheck.cli.options import TIMEOUT, WHERE, Chosen, takes


@click.command(short_help="Check a certificate again.")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@takes(
    WHERE.saying("Where the spec is now, if not where the certificate says.", metavar="FILE"),
    TIMEOUT.saying("Time for the second solver.", default="10m", show_default=True),
)
def certify(chosen: Chosen, directory: Path) -> int:
    """Check again what `prove --certificate DIR` left.

    The obligations are made anew from the spec and the invariant and have to be the same to the
    letter; then cvc5 answers every question, and the formulas are compared with steps of the
    interpreter. Exit codes: 0 confirmed, 1 refuted or not what it says, 2 no certificate, 3
    undecided.
    """
    from modelcheck.checking.certify import Standing, certificates_in
    from modelcheck.checking.certify import certify as check
    from modelcheck.cli.output import out, show_diagnostics, width
    from modelcheck.report.reasons.certificates import doubt_diagnostic
    from modelcheck.report.texts.certificate_text import certificate_text

    codes = {Standing.CONFIRMED: 0, Standing.REFUTED: 1, Standing.UNDECIDED: 3}
    found: set[int] = set()
    for one in certificates_in(directory):
        assert chosen.timeout is not None  # (it has a default)
        certified = check(one, chosen.spec, chosen.timeout)
        found.add(codes[certified.standing])
        if certified.doubt is not None:
            show_diagnostics((doubt_diagnostic(one, certified.doubt),))
        else:
            out(certificate_text(certified, one, width()))
    return next((code for code in (1, 3) if code in found), 0)


COMMANDS: tuple[click.Command, ...] = (certify,)
