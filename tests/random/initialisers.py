"""Initial values that read other shared variables, also such as get their own later."""

from __future__ import annotations

from tests.random.draw import Draw
from tests.random.types import Array, Number, Struct, Variable, scalar
from tests.random.world import World

#: How many models have such initial values, and how many of their variables.
MODELS, VARIABLES = 0.15, 0.4


def initialisers(world: World, lines: list[str], draw: Draw) -> list[str]:
    """Return the lines of a spec, some initial values replaced by what reads shared variables.

    ``draw`` is not the one of the model, whose other choices stay what they are.
    """
    if not draw.chance(MODELS):
        return lines
    return [_replaced(world, line, draw) for line in lines]


def _replaced(world: World, line: str, draw: Draw) -> str:
    head, equals, _ = line.partition(" = ")
    variable = next((v for v in world.shared if head.startswith(f"shared {v.name} : ")), None)
    if not equals or variable is None or not scalar(variable.type) or not draw.chance(VARIABLES):
        return line
    values = [text for other in world.shared for text in _values(other, variable, draw)]
    return f"{head} = {draw.of(values)};" if values else line


def _values(other: Variable, variable: Variable, draw: Draw) -> list[str]:
    """Return expressions about ``other`` that have the type of ``variable`` (numbers may lie outside)."""
    match other.type:
        case Number() if isinstance(variable.type, Number):
            return [other.name, f"{other.name} + {draw.below(2)}", f"2 / {other.name}"]
        case Array(Number(int(low)), element) if element == variable.type:
            return [f"{other.name}[{low}]"]
        case Struct(_, fields):
            return [f"{other.name}.{f.name}" for f in fields if f.type == variable.type]
        case same if same == variable.type:
            return [other.name]
        case _:
            return []
