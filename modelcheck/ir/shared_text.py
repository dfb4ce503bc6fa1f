"""The shared part of a packed state in the interpreter's words, as far as one state variable is one value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from modelcheck.ground.numerals import digits
from modelcheck.ir.system import System, Variable, VariableKind
from modelcheck.model import typed


def show_code(value: bool | int, type_: typed.Type) -> str | None:
    """Print the code of a scalar value (``modelcheck.model.typed`` says what codes mean); None if
    the type takes several variables.
    """
    match type_:
        case typed.BoolType():
            return "true" if value else "false"
        case typed.IntType() | typed.RangeType() | typed.BvType() | typed.AtomicType():
            return digits(int(value))
        case typed.EnumType(_, literals):
            return literals[value] if 0 <= value < len(literals) else str(value)
        case typed.ProcType(process, size):
            return f"{process}[{value}]" if size > 1 else process
        case typed.RefType(target, pool, typestable):
            if value == 0:
                return "null"
            stale = not typestable and value > pool
            return f"{target}[{(value - 1) % pool}]{' (stale)' if stale else ''}"
        case typed.WrappingType() | typed.PlaceType() | typed.LockType() | typed.MissingType():
            return None
        case _:
            assert_never(type_)


class Texts:
    """The texts of shared values, remembered."""

    def __init__(self, system: System) -> None:
        self._known: list[tuple[Variable, str, dict[bool | int, str | None]]] = [
            (variable, variable.subject, {})
            if variable.kind is VariableKind.ALLOCATED
            else (variable, variable.name, {})
            for variable in system.variables
            if variable.kind in (VariableKind.ALLOCATED, VariableKind.SHARED, VariableKind.FIELD)
        ]

    def differing(self, values: Mapping[int, bool | int], shown: Mapping[str, str]) -> list[tuple[str, str, str]]:
        """Return (name, engine's value, interpreter's value) for each shared value on which the two differ.

        ``values``: by variable id; ``shown``: what the interpreter says, by name. An unassigned
        place has no value on the interpreter's side, a free slot no fields.
        """
        found: list[tuple[str, str, str]] = []
        for variable, name, texts in self._known:
            theirs = shown.get(name)
            if theirs is None or theirs == "unassigned":
                continue
            value = values[variable.id]
            if value not in texts:
                texts[value] = _text(variable, value)
            mine = texts[value]
            if mine is not None and mine != theirs and mine != _plain(theirs):
                found.append((name, mine, theirs))
        return found


def _plain(shown: str) -> str:
    """Without what other state variables say: who holds a lock, whether an atomic is frozen."""
    if shown == "unlocked":
        return "false"
    if shown == "locked" or shown.startswith("locked by "):
        return "true"
    return shown.removesuffix(" (frozen)")


def _text(variable: Variable, value: bool | int) -> str | None:
    if variable.kind is VariableKind.ALLOCATED:
        return "allocated" if value else "free"
    if variable.kind not in (VariableKind.SHARED, VariableKind.FIELD):
        return None
    return show_code(value, variable.type)
