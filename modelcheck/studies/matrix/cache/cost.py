"""What a result was asked with and what it cost, and whether it may stand for what is asked now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from modelcheck.ground.records import dataclass
from modelcheck.ground.store import Store
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.options import Options

#: Free memory, of which the default budget is a share, is never the same twice.
_MEMORY_SLACK = 2.0
#: Options that say how much to spend on an answer and what to do with it, not what it is.
_NO_MATTER = ("seconds", "before", "memory", "jobs", "threads", "strict", "cache", "certificate")
#: Options that say which cells to answer.
WHICH_CELLS = ("variants", "scenarios", "properties", "slow")


@dataclass(frozen=True, slots=True)
class Spent:
    """The budget that a result was made with: ``seconds`` and ``memory`` (bytes) for one scenario,
    None for no limit.
    """

    seconds: float | None
    memory: int | None


def asked(options: Options, but: Iterable[str] = ()) -> str:
    """Return the options as part of a key: all of them, also those that later versions add, except
    those that cannot change what is found, and those named in ``but``."""
    left_out = {*_NO_MATTER, *but}
    names = [field.name for field in fields(options) if field.name not in left_out]
    return repr([(name, getattr(options, name)) for name in names])


def spent(options: Options) -> Spent:
    """Return the budget of the options."""
    return Spent(options.seconds, options.memory)


def usable(verdicts: Iterable[Verdict], spent: Spent, options: Options) -> bool:
    """Whether answers that were made with a budget may stand for the options'.

    What is decided is decided. An answer that ran out of budget may stand where no more is offered; an error may not.
    """
    open_ = False
    for verdict in verdicts:
        if verdict is Verdict.ERROR:
            return False
        open_ = open_ or verdict in (Verdict.BOUNDED, Verdict.UNKNOWN)
    if not open_:
        return True
    return _within(options.seconds, spent.seconds, 1.0) and _within(options.memory, spent.memory, _MEMORY_SLACK)


def _within(offered: float | None, spent: float | None, slack: float) -> bool:
    return spent is None or (offered is not None and offered <= spent * slack)


def store_of(options: Options) -> Store:
    """Return the store that the options name (``options.cache`` is not None)."""
    assert options.cache is not None
    return Store(Path(options.cache))
