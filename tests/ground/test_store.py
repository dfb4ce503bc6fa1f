"""Entries on disk: intact or not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from modelcheck.ground.store import Store

KEY = "ab" * 32


def entry(store: Store) -> Path:
    (found,) = [path for path in store.directory.rglob("*") if path.is_file()]
    return found


def test_what_is_put_is_there(tmp_path: Path) -> None:
    store = Store(tmp_path / "not" / "there yet")
    assert store.get(KEY) is None
    store.put(KEY, b"content" * 1000)
    assert store.get(KEY) == b"content" * 1000
    assert entry(store).stat().st_size < 1000
    store.put(KEY, b"newer")
    assert store.get(KEY) == b"newer"


@pytest.mark.parametrize("place", [0, 10, 25, 60, -1])
def test_a_changed_byte_makes_it_no_entry(tmp_path: Path, place: int) -> None:
    store = Store(tmp_path)
    store.put(KEY, bytes(range(256)))
    data = bytearray(entry(store).read_bytes())
    data[place] ^= 1
    entry(store).write_bytes(data)
    assert store.get(KEY) is None


@pytest.mark.parametrize("size", [0, 5, 30, 60])
def test_a_cut_file_is_no_entry(tmp_path: Path, size: int) -> None:
    store = Store(tmp_path)
    store.put(KEY, bytes(range(256)))
    entry(store).write_bytes(entry(store).read_bytes()[:size])
    assert store.get(KEY) is None


def test_a_file_under_another_name_is_no_entry(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put(KEY, b"content")
    entry(store).rename(entry(store).with_name("ab" * 31 + "cd"))
    assert store.get("ab" * 31 + "cd") is None


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no directory")
    store = Store(blocked)
    store.put(KEY, b"content")
    assert store.get(KEY) is None
    store.trim(0)


def test_a_writer_that_is_interrupted_leaves_the_old_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    store.put(KEY, b"old")

    def full(source: str, target: Path) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    store.put(KEY, b"new")
    assert store.get(KEY) == b"old"
    assert entry(store).name == KEY


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    store = Store(tmp_path)
    keys = [f"{number:02x}" * 32 for number in range(8)]
    for number, key in enumerate(keys):
        store.put(key, os.urandom(1000))
        path = store.directory / key[:2] / key
        os.utime(path, (number, number))
    assert store.get(keys[0]) is not None  # used just now
    store.trim(100_000)
    assert all(store.get(key) for key in keys)
    for number, key in enumerate(keys[1:], 1):
        os.utime(store.directory / key[:2] / key, (number, number))
    store.trim(6000)
    assert [store.get(key) is not None for key in keys] == [True, *[False] * 4, *[True] * 3]
