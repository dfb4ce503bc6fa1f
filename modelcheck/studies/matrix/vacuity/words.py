"""How findings name scenarios and what users wrote."""

from __future__ import annotations

from collections.abc import Sequence

from modelcheck.ground.diagnostics import Diagnostic
from modelcheck.ground.source import Span
from modelcheck.studies.matrix.vacuity.judged import Judged

#: Characters of the user's text that are quoted.
QUOTED = 60
#: Scenarios that are named.
NAMED = 3


def scenarios_of(pairs: Sequence[Judged]) -> str:
    """The scenarios, in words."""
    names = list(dict.fromkeys(j.pair.scenario for j in pairs))
    shown = f"scenario {names_of(names)}" if len(names) == 1 else f"scenarios {names_of(names)}"
    sizes = {j.vacuity.sizes: j.vacuity.any_number for j in pairs if j.vacuity.any_number}
    if () in sizes:
        shown += f" (with any number of {names_of(sizes[()])})"
    elif sizes:
        most = max(max(s) for s in sizes)
        classes = list(dict.fromkeys(name for found in sizes.values() for name in found))
        shown += f" (with up to {most} of {names_of(classes)})"
    return shown


def names_of(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED} more"


def quoted(span: Span) -> str:
    text = " ".join(span.text.split())
    return text if len(text) <= QUOTED else f"{text[: QUOTED - 1]}…"


def position(found: Diagnostic) -> tuple[str, int]:
    return ("", 0) if found.span is None else (found.span.source.path, found.span.start)
