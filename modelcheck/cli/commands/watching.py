"""``matrix --watch``: check again whenever a file of the spec changes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from modelcheck.ground.records import dataclass

if TYPE_CHECKING:
    from modelcheck.result.progress import Standing
    from modelcheck.studies.matrix.model import Pair
    from modelcheck.studies.matrix.run import Listener

#: Seconds between two looks at the files, and for which nothing must change before a run starts:
#: editors write in pieces.
_POLL, _SETTLE = 0.3, 0.1
_INTERRUPTED = 130


class Changed(Exception):
    """A file has changed while it was being checked."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """Passes on what happens in a run, and raises ``Changed`` when ``changed`` says so."""

    listener: Listener
    changed: Callable[[], bool]

    def planned(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.listener.planned(pairs)

    def started(self, variant: str, scenario: str) -> None:
        self.listener.started(variant, scenario)

    def standing(self, variant: str, scenario: str, standing: Standing) -> None:
        self.listener.standing(variant, scenario, standing)

    def finished(self, pair: Pair) -> None:
        self.listener.finished(pair)

    def tick(self) -> None:
        if self.changed():
            raise Changed
        self.listener.tick()


Stamps = Mapping[str, tuple[int, int] | None]


def stamps(paths: Iterable[str]) -> Stamps:
    """Return what tells a file from a changed one: time and size; None for a file that is not there."""
    found: dict[str, tuple[int, int] | None] = {}
    for path in paths:
        try:
            status = os.stat(path)
            found[path] = (status.st_mtime_ns, status.st_size)
        except OSError:
            found[path] = None
    return found


def watch(
    specs: Sequence[str],
    check: Callable[[Callable[[], bool]], int],
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Call ``check`` at once and after every change of a spec or of a file it imports, until Ctrl-C.

    ``check`` gets a function that says whether something has changed since it was called (it may
    then raise ``Changed``), and returns an exit code; the last one is returned. Raises nothing for
    what is wrong with a spec: that is shown, and may be repaired.
    """
    code = 0
    files = list(specs)
    try:
        while True:
            files = _files(specs, files)
            before = stamps(files)
            code = _checked(check, before)
            if code == _INTERRUPTED:
                return code
            _say(f"watching {_counted(len(files))}; Ctrl-C ends")
            changed = _wait(before, pause)
            _clear()
            _say(f"{', '.join(changed)} changed")
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return code


def _checked(check: Callable[[Callable[[], bool]], int], before: Stamps) -> int:
    from modelcheck.cli.output import show_diagnostics
    from modelcheck.ground.diagnostics import SpecError

    try:
        return check(lambda: stamps(before) != before)
    except Changed:
        return 0
    except SpecError as error:
        show_diagnostics(error.diagnostics)
        return 2


def _files(specs: Sequence[str], known: Sequence[str]) -> list[str]:
    """Every file that the specs are made of; of a spec that cannot be read now, those that it was made of before."""
    from modelcheck.ground.diagnostics import SpecError
    from modelcheck.language import pipeline

    found = dict.fromkeys(specs)
    for path in specs:
        try:
            found.update(dict.fromkeys(source.path for source in pipeline.load(path).files))
        except SpecError:
            found.update(dict.fromkeys(known))
    return list(found)


def _wait(before: Stamps, pause: Callable[[float], None]) -> list[str]:
    """Wait until a file is not what it was and stays as it is; return the names of those that changed."""
    while True:
        now = stamps(before)
        while now != before:
            pause(_SETTLE)
            settled = stamps(before)
            if settled == now and None not in settled.values():
                return [path for path in before if now[path] != before[path]]
            now = settled
        pause(_POLL)


def _clear() -> None:
    """An empty screen on a terminal; an empty line elsewhere."""
    sys.stdout.write("\x1b[2J\x1b[3J\x1b[H" if sys.stdout.isatty() else "\n")
    sys.stdout.flush()


def _say(text: str) -> None:
    print(f"modelcheck: {text}", file=sys.stderr, flush=True)


def _counted(number: int) -> str:
    from modelcheck.report.words import plural

    return plural(number, "file")
