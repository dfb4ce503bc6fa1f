"""Which variables a permutation of interchangeable replicas exchanges.

A system says which process instances may be permuted (``System.symmetric``): nothing in it tells
them apart. Exchanging the variables of two of them then maps reachable states to reachable states,
steps to steps, and violations to violations of the same property (Clarke, Enders, Filkorn and Jha;
Emerson and Sistla; Ip and Dill: all 1996), so one state of each orbit is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from modelcheck.ir.system import System

#: For each replica of a group its variables, all rows in the same order.
Rows: TypeAlias = tuple[tuple[int, ...], ...]


def replica_rows(system: System) -> tuple[Rows, ...]:
    """Return the groups of two or more interchangeable replicas with the variables that are theirs.

    A group whose members do not have alike variables, or do not start alike, is left out.
    """
    return tuple(rows for group in system.symmetric if len(group) > 1 and _alike(system, rows := _rows(system, group)))


def _rows(system: System, group: tuple[int, ...]) -> Rows:
    own: dict[int, list[int]] = {member: [system.processes[member].location] for member in group}
    for variable in system.variables:
        if variable.owner in own and variable.id not in own[variable.owner]:
            own[variable.owner].append(variable.id)
    return tuple(tuple(own[member]) for member in group)


def _alike(system: System, rows: Rows) -> bool:
    shapes = {
        tuple((v.sort, v.low, v.high, v.initial, v.kind) for v in (system.variables[id] for id in row)) for row in rows
    }
    return len(shapes) == 1


def counterparts(groups: Sequence[Rows], variable: int) -> tuple[int, ...]:
    """Return the variable and the same one of all replicas that may be exchanged with its owner."""
    for rows in groups:
        for row in rows:
            if variable in row:
                return tuple(other[row.index(variable)] for other in rows)
    return (variable,)
