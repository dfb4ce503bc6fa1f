"""Where the commands print to, and how wide."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable

from modelcheck.ground.diagnostics import Diagnostic
from modelcheck.ground.printable import printable, printable_in_colour


def width() -> int:
    """The terminal's width; 80 where there is none."""
    columns = shutil.get_terminal_size((80, 24)).columns
    return max(columns, 40)


def show_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Print diagnostics to stderr."""
    from modelcheck.report.style import style_for
    from modelcheck.report.texts.diagnostics_text import render_diagnostics

    text = render_diagnostics(diagnostics, colour=style_for(sys.stderr).colour, width=width())
    if text:
        sys.stdout.flush()
        print(text, file=sys.stderr, end="", flush=True)


def out(text: str) -> None:
    """Print a report that already ends in a line end.

    What a terminal would act on (in a path, say) is shown by its code.
    """
    from modelcheck.report.style import style_for

    sys.stdout.write(printable_in_colour(text) if style_for(sys.stdout).colour else printable(text))
    sys.stdout.flush()
