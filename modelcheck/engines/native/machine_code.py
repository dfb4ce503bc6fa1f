"""From LLVM assembly to callable functions."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import llvmlite.binding as llvm

from modelcheck.engines.native.generate import ENTRY_POINTS


@dataclass(frozen=True, slots=True, eq=False)
class MachineCode:
    """Compiled entry points by name; ``engine`` owns the code and must outlive them."""

    functions: Mapping[str, Callable[[int], int]]
    engine: Any


def compile_module(assembly: str, level: int) -> MachineCode:
    """Compile a module at optimisation ``level`` (0 to 3) for this machine."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    module = llvm.parse_assembly(assembly)
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=level
    )
    if level:
        options = llvm.create_pipeline_tuning_options(speed_level=level)
        builder = llvm.create_pass_builder(machine, options)
        builder.getModulePassManager().run(module, builder)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    prototype = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)
    functions = {name: prototype(engine.get_function_address(name)) for name in ENTRY_POINTS}
    return MachineCode(functions, engine)
