"""How often inlines are copied: every call is a copy of its own, and calls of calls multiply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from modelcheck.ground.diagnostics import DiagnosticBag, Note
from modelcheck.ground.numerals import numeral
from modelcheck.ground.source import Span

#: A process is made of no more copies of inlines than this: what is made of them would not fit anywhere.
MOST_COPIES = 100_000
#: So many names of a chain of calls are printed on either side of the middle.
_SHOWN = 4

Calls = Sequence[tuple[str, Span]]


def check_copies(process: str, span: Span, calls: Calls, callees: Mapping[str, Calls], bag: DiagnosticBag) -> bool:
    """Report a process that is made of more copies than there may be (MC513); return whether it is not.

    ``calls``: of its body; ``callees``: the calls of each inline, of which none calls itself, however indirectly.
    """
    copies: dict[str, int] = {}
    for name, _ in calls:
        _count(name, callees, copies)
    total = sum(copies[name] for name, _ in calls)
    if total <= MOST_COPIES:
        return True
    chain, here = [process], calls
    while here:
        name = max((name for name, _ in here), key=lambda name: copies[name])
        chain.append(name)
        here = callees.get(name, ())
    often = {name: sum(callee == after for callee, _ in callees.get(name, ())) for name, after in pairwise(chain[1:])}
    twice = [name for name, number in often.items() if number > 1]
    notes = [Note("every call is a copy: " + " -> ".join(f"`{name}`" for name in _shortened(chain)))]
    if twice:
        notes.append(
            Note(f"`{twice[0]}` alone calls the next of them {often[twice[0]]} times; a loop does with one copy")
        )
    bag.error(
        "MC513",
        f"`{process}` would be made of {numeral(total)} copies of inlines (at most {MOST_COPIES:,})",
        span,
        notes,
    )
    return False


def _count(start: str, callees: Mapping[str, Calls], copies: dict[str, int]) -> None:
    """Note for ``start`` and all below it of how many copies, itself included, a call of it consists."""
    pending = [start]
    while pending:
        name = pending[-1]
        missing = [callee for callee, _ in callees.get(name, ()) if callee not in copies]
        if name in copies or not missing:
            pending.pop()
            copies.setdefault(name, 1 + sum(copies[callee] for callee, _ in callees.get(name, ())))
        else:
            pending.append(missing[0])


def _shortened(chain: Sequence[str]) -> list[str]:
    return list(chain) if len(chain) <= 2 * _SHOWN + 1 else [*chain[:_SHOWN], "…", *chain[-_SHOWN:]]
