"""What other tools count: a model is exported, compiled and run."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from modelcheck.export import export
from modelcheck.ir.system import System


def spin_states(system: System, directory: Path, optimise: str = "-O0") -> int:
    """Return the number of states that SPIN stores; files are left in ``directory``."""
    (directory / "model.pml").write_text(export(system, "promela"), encoding="utf-8")
    # Without -o2 SPIN forgets variables that are written and never read, and counts too few states.
    _shell(directory, "spin", "-o2", "-a", "model.pml")
    _shell(directory, "cc", optimise, "-w", "-DSAFETY", "-DNOREDUCE", "-DVECTORSZ=4096", "-o", "pan", "pan.c")
    return _counted(_shell(directory, "./pan", "-E", "-c0", "-m1000000"), r"(\d+) states, stored")


def rumur_states(system: System, directory: Path, optimise: str = "-O0") -> int:
    """Return the number of states that Rumur counts; files are left in ``directory``."""
    (directory / "model.m").write_text(export(system, "murphi"), encoding="utf-8")
    options = ("--deadlock-detection", "off", "--max-errors", "1000000", "--threads", "1")
    _shell(directory, "rumur", *options, "--output", "model.c", "model.m")
    _shell(directory, "cc", "-std=c11", optimise, "-w", "-o", "model", "model.c", "-lpthread")
    return _counted(_shell(directory, "./model"), r"(\d+) states, \d+ rules")


def _shell(directory: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=600, check=False)
    return done.stdout + done.stderr


def _counted(text: str, pattern: str) -> int:
    found = re.search(pattern, text)
    assert found is not None, text
    return int(found[1])
