"""Files: read only where they are files, and written so that a crash, a full disk or Ctrl-C never
leaves half of one.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError

if TYPE_CHECKING:
    from io import BufferedReader

#: No file that is read as a whole has more bytes than this.
MOST_BYTES = 1 << 30
_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a pipe (FIFO)"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def open_file(path: str | Path) -> BufferedReader:
    """Open a regular file to be read.

    Raises ``OSError`` for anything else, with a reason in words: a pipe or a device could keep the
    program waiting for ever.
    """
    _check_regular(os.stat(path))
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        # It may have become something else by now.
        _check_regular(os.fstat(handle))
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_file(path: str | Path, most: int = MOST_BYTES) -> bytes:
    """Return what is in a regular file. Raises ``OSError``, also if there are more than ``most`` bytes."""
    with open_file(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes")
    return data


def _check_regular(status: os.stat_result) -> None:
    if stat.S_ISREG(status.st_mode):
        return
    what = next((words for is_kind, words in _KINDS if is_kind(status.st_mode)), "something else")
    raise OSError(errno.EINVAL, f"it is {what} and not a file")


def check_writable(*paths: Path | None) -> None:
    """Raise ``SpecError`` (MC521) if ``write_atomically`` could not write a report to one of the
    ``paths`` (None: none is wanted): better now than after hours of work.
    """
    for path in paths:
        if path is not None:
            _check_writable(path)


def _check_writable(path: Path) -> None:
    try:
        target = path.resolve()
        _keep_specs(path, target)
        if not target.exists() or target.is_file():
            handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            os.close(handle)
            os.unlink(temporary)
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from None


def write_atomically(path: Path, text: str, over_spec: bool = False) -> None:
    """Write ``text`` to ``path`` as UTF-8; the old content stays until the new one is complete. Raises
    ``SpecError`` (MC521).

    Links are followed and the file's permissions are kept. What is no regular file
    (``/dev/stdout``) is written to directly. A spec that is there stays unless ``over_spec`` is
    true: nobody wants a report in its place.
    """
    try:
        target = path.resolve()
        if not over_spec:
            _keep_specs(path, target)
        if target.exists() and not target.is_file():
            target.write_text(text, encoding="utf-8", newline="")
            return
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            os.chmod(temporary, target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask())
            os.replace(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from None


def _keep_specs(path: Path, target: Path) -> None:
    """Refuse to write a report where a spec stands: ``--html page.mc`` for ``--html page.html page.mc``."""
    if target.suffix == ".mc" and target.is_file():
        raise _unwritable(path, "a spec stands there, and would be lost")


def _unwritable(path: Path, why: str) -> SpecError:
    return SpecError([Diagnostic("MC521", Severity.ERROR, f"cannot write {path}: {why}", None)])


def cache_directory() -> Path:
    """Return where this user's caches lie (it need not exist): ``MODELCHECK_CACHE_DIR``, else below
    ``XDG_CACHE_HOME``, else below ``~/.cache``. Raises ``RuntimeError`` if there is no home."""
    chosen = os.environ.get("MODELCHECK_CACHE_DIR")
    base = os.environ.get("XDG_CACHE_HOME")
    if chosen:
        return Path(chosen)
    if base and os.path.isabs(base):  # a relative one is to be ignored, says its specification
        return Path(base) / "modelcheck"
    return Path("~/.cache/modelcheck").expanduser()


def result_directory() -> str | None:
    """Return where results of checks are kept for later runs; None if there is no place for them."""
    return _cached("results")


def results_unless_unwanted() -> str | None:
    """Return where results are kept, as ``result_directory`` does; None if the environment says
    that nothing shall be (``MODELCHECK_NO_CACHE``, as the commands read it).
    """
    unwanted = os.environ.get("MODELCHECK_NO_CACHE", "").strip().lower() not in (
        "",
        "0",
        "false",
        "f",
        "no",
        "n",
        "off",
    )
    return None if unwanted else result_directory()


def code_directory() -> str | None:
    """Return where compiled code is kept for later runs; None if there is no place for it."""
    return _cached("code")


def _cached(what: str) -> str | None:
    try:
        return str(cache_directory() / what)
    except RuntimeError:
        return None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
