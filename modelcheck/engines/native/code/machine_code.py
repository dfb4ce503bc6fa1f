"""From LLVM assembly to callable functions.

Compiled code can be kept for later runs. An entry is found by a hash of everything it depends on:
the assembly, the optimisation, the processor and what compiles for it. The store checks that an
entry is what was put there under that name; whatever is wrong with it, the code is compiled anew.

LLVM is used by one thread at a time. A search may end while better code is still being compiled, so
who forks waits until LLVM has nobody in it: else the new process would have a lock that nobody
ever lets go of.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
from collections.abc import Callable, Mapping
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from modelcheck.engines.native.code.generate import ENTRY_POINTS
from modelcheck.ground.records import dataclass
from modelcheck.ground.store import Store

#: Compiled code of all specs together takes at most this many bytes.
_STORE_LIMIT = 128 << 20


@dataclass(frozen=True, slots=True, eq=False)
class MachineCode:
    """Compiled entry points by name; ``engine`` owns the code and must outlive them.

    ``reused``: it was compiled in an earlier run.
    """

    functions: Mapping[str, Callable[[int], int]]
    engine: Any
    reused: bool = False


def compile_module(assembly: str, level: int, store: Store | None = None) -> MachineCode:
    """Compile a module at optimisation ``level`` (0 to 3) for this machine, or take what ``store`` has of it."""
    kept = None if store is None else recall_module(assembly, level, store)
    if kept is not None:
        return kept
    machine = _machine(level)
    made: list[bytes] = []
    module = llvm.parse_assembly(assembly)
    if level:
        options = llvm.create_pipeline_tuning_options(speed_level=level)
        builder = llvm.create_pass_builder(machine, options)
        builder.getModulePassManager().run(module, builder)
    engine = llvm.create_mcjit_compiler(module, machine)
    if store is not None:
        engine.set_object_cache(lambda _module, code: made.append(bytes(code)), None)
    engine.finalize_object()
    if store is not None and made:
        store.put(_key(assembly, level, machine.triple), made[0])
        store.trim(_STORE_LIMIT)
    return _callable(engine, reused=False)


def recall_module(assembly: str, level: int, store: Store) -> MachineCode | None:
    """Return a module that an earlier run compiled at this ``level`` for this machine, or None."""
    machine = _machine(level)
    kept = store.get(_key(assembly, level, machine.triple))
    if kept is None:
        return None
    try:
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        engine.add_object_file(llvm.ObjectFileRef.from_data(kept))
        engine.finalize_object()
        return _callable(engine, reused=True)
    except RuntimeError:  # llvmlite refuses it
        return None


def _machine(level: int) -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=level
    )


def _callable(engine: Any, reused: bool) -> MachineCode:
    prototype = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)
    addresses = {name: engine.get_function_address(name) for name in ENTRY_POINTS}
    if not all(addresses.values()):
        raise RuntimeError("the code has no " + ", ".join(name for name, address in addresses.items() if not address))
    functions = {name: prototype(address) for name, address in addresses.items()}
    return MachineCode(functions, engine, reused)


def _key(assembly: str, level: int, triple: str) -> str:
    version = ".".join(map(str, llvm.llvm_version_info))
    features = llvm.get_host_cpu_features().flatten()
    head = (llvmlite.__version__, version, triple, llvm.get_host_cpu_name(), features, str(level))
    return hashlib.sha256("\0".join((*head, assembly)).encode()).hexdigest()


def _hold_while_forking(lock: Any) -> None:
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=lock.__enter__, after_in_parent=lock.__exit__, after_in_child=lock.__exit__)


_hold_while_forking(llvm.ffi.lib._lock)
