"""A whole random spec."""

from __future__ import annotations

from tests.random import properties, routines, variants
from tests.random.draw import Draw
from tests.random.initialisers import initialisers
from tests.random.items import items
from tests.random.readers import readers
from tests.random.sleepers import sleepers
from tests.random.switchers import switchers
from tests.random.world import World, declare, draw_features


def language_model(seed: int) -> str:
    """Return the text of random spec number ``seed``."""
    draw = Draw(seed)
    world = World(draw, draw_features(draw))
    if world.features.classes:
        world.classes = ["p0"]
    lines = [f"model language_{seed};", *declare(world), *routines.routines(world)]
    names, heads = _processes(world)
    world.processes = names
    lines += [
        routines.process(world, name, head, size, server=head.startswith("server"))
        for name, head, size in zip(names, heads, _sizes(world, names), strict=True)
    ]
    inits = [draw.fresh("init") for _ in range(draw.one(0, 0, 1, 2))]
    lines += [routines.init(world, name) for name in inits]
    bodies = [*names, *(r.name for r in world.routines)]
    lines += properties.properties(world, names)
    edits = variants.variants(world, bodies, lines)
    lines += _scenarios(world, names, heads, inits)
    lines = initialisers(world, lines, Draw(f"initial values {seed}"))
    lines = items(lines, Draw(f"items {seed}"))
    lines = sleepers(lines, Draw(f"sleepers {seed}"))
    lines = switchers(lines, Draw(f"switchers {seed}"))
    lines = readers(lines, Draw(f"readers {seed}"))
    return "\n".join([*lines, *edits]) + "\n"


def _processes(world: World) -> tuple[list[str], list[str]]:
    """Return names and heads of the processes; the first is the class that others may speak of."""
    draw = world.draw
    names, heads = ["p0"], ["process p0"]
    if world.features.classes and world.enums and len(world.enums[0].literals) == 2 and draw.chance(0.4):
        heads = ["process p0[Hue]"]
    if draw.chance(0.45):
        names.append("p1")
        heads.append("process p1")
    if draw.chance(0.2):
        names.append("serve")
        heads.append("server serve")
    return names, heads


def _sizes(world: World, names: list[str]) -> list[int]:
    """Return how many statements each body has: fewer if there are more of them."""
    draw = world.draw
    return [draw.between(1, 3) if name == "serve" else draw.between(3, 7 - len(names)) for name in names]


def _scenarios(world: World, names: list[str], heads: list[str], inits: list[str]) -> list[str]:
    draw = world.draw
    runs = []
    for name, head in zip(names, heads, strict=True):
        if name == "serve":
            continue
        if head.endswith("[Hue]"):
            runs.append(draw.one("p0", "p0[Hue]"))
        elif len(names) == 1 and draw.chance(0.75):
            runs.append(f"{name}[2]")
        elif draw.chance(0.2):
            runs.append(f"{name}[{'SIZE' if world.params else '2'}]")
        else:
            runs.append(name)
    shuffled = draw.some(inits, 2)
    clauses = f"init {', '.join(shuffled)}; " if shuffled else ""
    lines = [f"scenario all {{ {clauses}run {', '.join(runs)}; }}"]
    if world.params and draw.chance(0.5):
        value = draw.one("SIZE = 1", "SIZE = 2", "FAST = true", "FAST = false")
        lines.append(f'scenario other : all "set otherwise" {{ param {value}; }}')
    return lines
