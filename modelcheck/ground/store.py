"""A directory of entries, each a file named by its key: written whole or not at all, checked when
read, oldest dropped first.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from modelcheck.ground.files import open_file
from modelcheck.ground.records import dataclass

#: The first bytes of every entry; the number changes when the contents of entries mean something else.
_MAGIC = b"modelcheck result 1\n"
#: The entries of all specs together take at most this many bytes.
LIMIT = 256 << 20


@dataclass(frozen=True, slots=True)
class Store:
    """The entries in ``directory`` (which need not exist). Nothing here raises for what is wrong with
    the disk: a store that cannot be read is empty, and one that cannot be written stays as it is.
    Any number of processes may share it."""

    directory: Path

    def get(self, key: str) -> bytes | None:
        """Return what was put under ``key``; None if there is nothing, or nothing intact."""
        path = self._path(key)
        try:
            with open_file(path) as file:
                if hasattr(os, "getuid") and os.fstat(file.fileno()).st_uid != os.getuid():
                    return None
                data = file.read()
        except OSError:
            return None
        checksum, body = data[len(_MAGIC) : len(_MAGIC) + 32], data[len(_MAGIC) + 32 :]
        if not data.startswith(_MAGIC) or checksum != _checksum(key, body):
            return None
        try:
            content = zlib.decompress(body)
        except zlib.error:
            return None
        with suppress(OSError):
            os.utime(path)  # what is used stays longest
        return content

    def put(self, key: str, content: bytes) -> None:
        """Keep ``content`` under ``key``, in the place of what was there."""
        path = self._path(key)
        body = zlib.compress(content, 1)
        temporary: str | None = None
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            with os.fdopen(handle, "wb") as file:
                file.write(_MAGIC + _checksum(key, body) + body)
            os.replace(temporary, path)
        except OSError:
            if temporary is not None:
                with suppress(OSError):
                    os.unlink(temporary)

    def trim(self, limit: int = LIMIT) -> None:
        """If the entries take more than ``limit`` bytes, drop those not used for longest until they
        take three quarters of it.
        """
        files = sorted(self._files())
        total = sum(size for _, size, _ in files)
        if total <= limit:
            return
        for _, size, path in files:
            if total <= limit * 3 // 4:
                return
            with suppress(OSError):
                os.unlink(path)
                total -= size

    def _files(self) -> Iterator[tuple[float, int, str]]:
        """(time of last use, bytes, path) of every file, also those that an interrupted writer left behind."""
        for folder, _, names in os.walk(self.directory):
            for name in names:
                path = os.path.join(folder, name)
                with suppress(OSError):
                    status = os.stat(path)
                    yield status.st_mtime, status.st_size, path

    def _path(self, key: str) -> Path:
        return self.directory / key[:2] / key


def _checksum(key: str, body: bytes) -> bytes:
    # With the key in it, so that a file under another entry's name is no entry.
    return hashlib.sha256(key.encode() + b"\n" + body).digest()
