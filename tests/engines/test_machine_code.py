"""Compiled code kept for later runs: reused if intact, made anew if not, never another system's."""

from __future__ import annotations

import multiprocessing
import threading
from pathlib import Path

import llvmlite.binding as llvm
import pytest

from modelcheck.engines import native
from modelcheck.engines.native.code import machine_code
from modelcheck.engines.native.code.generate import generate
from modelcheck.engines.native.code.machine_code import compile_module, recall_module
from modelcheck.engines.native.layout import make_layout
from modelcheck.ground.store import Store
from modelcheck.ir.system import System
from modelcheck.result.budget import Budget
from tests.engines.systems import counters, peterson


def assembly_of(system: System) -> str:
    return generate(system, make_layout(system, {}))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "code")


def files(store: Store) -> list[Path]:
    return [path for path in store.directory.rglob("*") if path.is_file()]


def test_the_second_run_compiles_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    budget = Budget(compiled=str(store.directory))
    first = native.explore(counters(3, 20), budget)
    assert len(files(store)) == 1

    def forbidden(*_: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(Store, "put", forbidden)
    second = native.explore(counters(3, 20), budget)
    assert (second.states, second.transitions, second.levels) == (first.states, first.transitions, first.levels)
    assert len(files(store)) == 1


def test_other_systems_and_levels_have_entries_of_their_own(store: Store) -> None:
    text = assembly_of(counters(2, 5))
    assert not compile_module(text, 0, store).reused
    assert compile_module(text, 0, store).reused
    assert recall_module(text, 1, store) is None
    assert recall_module(assembly_of(counters(2, 6)), 0, store) is None
    assert recall_module(assembly_of(peterson(False)), 0, store) is None


@pytest.mark.parametrize("damage", ["cut", "flipped", "another's", "empty"])
def test_damaged_entries_are_made_anew(store: Store, damage: str) -> None:
    text, other = assembly_of(counters(2, 5)), assembly_of(peterson(True))
    compile_module(text, 0, store)
    (path,) = files(store)
    content = path.read_bytes()
    match damage:
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "flipped":
            path.write_bytes(content[:-5] + bytes([content[-5] ^ 1]) + content[-4:])
        case "another's":
            compile_module(other, 0, store)
            (another,) = set(files(store)) - {path}
            path.write_bytes(another.read_bytes())
        case _:
            path.write_bytes(b"")
    assert recall_module(text, 0, store) is None
    assert not compile_module(text, 0, store).reused
    assert compile_module(text, 0, store).reused


def test_what_is_no_code_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    text = assembly_of(counters(2, 5))
    compile_module(text, 0, store)
    monkeypatch.setattr(machine_code, "ENTRY_POINTS", ("start", "no_such_function"))
    assert recall_module(text, 0, store) is None


def test_a_store_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    found = native.explore(counters(2, 5), Budget(compiled=str(tmp_path / "file" / "code")))
    assert found.states == 36


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="processes are not forked here")
def test_a_process_forked_while_a_thread_compiles_can_compile() -> None:
    begun = threading.Event()

    def compiles_for_a_while() -> None:
        with llvm.ffi.lib._lock:
            begun.set()
            threading.Event().wait(0.3)

    text = assembly_of(counters(2, 5))
    thread = threading.Thread(target=compiles_for_a_while)
    thread.start()
    begun.wait()
    child = multiprocessing.get_context("fork").Process(target=compile_module, args=(text, 0))
    child.start()
    child.join(60)
    hangs = child.is_alive()
    child.kill()
    thread.join()
    assert not hangs
    assert child.exitcode == 0
