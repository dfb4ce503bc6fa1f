"""What a random spec declares: types, shared variables, objects, events; and what bodies add to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.random.draw import Draw
from tests.random.types import (
    BOOL,
    INT,
    LOCK_KINDS,
    MARKED,
    MARKS,
    Array,
    Atomic,
    Bits,
    Enumeration,
    Instance,
    Lock,
    Number,
    Optional,
    Ref,
    Scalar,
    SetOf,
    Struct,
    Type,
    Variable,
    Word,
    scalar,
    written,
    written_index,
)


@dataclass(frozen=True, slots=True)
class Object:
    name: str
    pool: int
    typestable: bool
    fields: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    parameters: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class Routine:
    """An inline or callback.

    ``quick``: may be called inside ``atomic``; ``pure``: one ``return``, ``conditional``: with
    operations that may fail.
    """

    name: str
    parameters: tuple[tuple[bool, Variable], ...]
    result: Scalar | None
    quick: bool
    pure: bool
    conditional: bool
    callback: bool
    requires: bool
    chooses: bool


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a body.

    ``inside``: the atomic and ``for`` statements around it; ``simple``: on a statement without
    others; ``order``: in the text.
    """

    owner: str
    name: str
    inside: tuple[int, ...]
    order: int
    simple: bool
    atomic: bool
    target: bool


@dataclass(slots=True)
class Features:
    """What a model is about; drawn for each so that it stays small and every combination turns up."""

    data: bool
    atomics: bool
    locks: bool
    objects: bool
    monitors: bool
    calls: bool
    classes: bool
    params: bool
    careless: float


@dataclass(slots=True)
class World:
    """All names of one spec."""

    draw: Draw
    features: Features
    enums: list[Enumeration] = field(default_factory=list)
    structs: list[Struct] = field(default_factory=list)
    objects: list[Object] = field(default_factory=list)
    shared: list[Variable] = field(default_factory=list)
    params: list[Variable] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    routines: list[Routine] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    asserts: list[str] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    processes: list[str] = field(default_factory=list)
    dividing: list[str] = field(default_factory=list)
    unassigned: set[str] = field(default_factory=set)

    def object(self, name: str) -> Object:
        """Return the object of that name."""
        return next(o for o in self.objects if o.name == name)

    def careless(self) -> bool:
        """Whether to do now what may be a fault."""
        return self.draw.chance(self.features.careless)


def draw_features(draw: Draw) -> Features:
    """Decide what a model is about."""
    names = ("data", "atomics", "locks", "objects", "monitors", "calls", "classes")
    chances = (0.5, 0.5, 0.5, 0.55, 0.5, 0.5, 0.25)
    on = {name: draw.chance(probability) for name, probability in zip(names, chances, strict=True)}
    return Features(**on, params=draw.chance(0.25), careless=draw.one(0.02, 0.05, 0.1, 0.3))


def _number(draw: Draw) -> Number:
    return draw.one(Number(0, 1), Number(0, 2), Number(0, 2), Number(-1, 1), Number(1, 3))


def scalar_type(world: World, depth: int = 1) -> Scalar:
    """Draw a type of values."""
    draw, features = world.draw, world.features
    options: list[Scalar] = [BOOL, BOOL, _number(draw), _number(draw), _number(draw)]
    if features.data:
        options += [Bits(draw.one(1, 2, 2, 3)), Bits(2), INT, *world.enums, *world.enums]
        if depth:
            inner = scalar_type(world, 0)
            options.append(Optional(_number(draw) if isinstance(inner, Ref) else inner))
            elements: list[Scalar] = [BOOL, Number(0, 2), *world.enums]
            options.append(SetOf(draw.of(elements)))
            options += [SetOf(Ref(o.name)) for o in world.objects if o.typestable]
    options += [Ref(o.name) for o in world.objects for _ in range(2)]
    if features.classes and depth:
        options += [Instance(name) for name in world.classes] + [Optional(Instance(name)) for name in world.classes]
    return draw.of(options)


def atomic_type(draw: Draw) -> Atomic | Word:
    """Draw the type of an atomic."""
    if draw.chance(0.2):
        return draw.one(Word(1), Word(2), Word(2), MARKED, MARKED)
    if draw.chance(0.12):
        return Atomic(0, None, draw.chance(0.5))
    return draw.one(
        Atomic(0, 2, False), Atomic(0, 3, False), Atomic(0, 2, True), Atomic(0, 1, False), Atomic(1, 3, False)
    )


def _index(world: World) -> Scalar:
    options: list[Scalar] = [BOOL, Number(0, 1), Number(1, 2), *world.enums]
    if world.features.classes:
        options += [Instance(name) for name in world.classes]
    return world.draw.of(options)


def _field_type(world: World, names: list[str]) -> Type:
    """Draw the type of an object's field; ``names``: all objects, also those still to be declared."""
    draw, features = world.draw, world.features
    options: list[Type] = [_number(draw), BOOL, Ref(draw.of(names))]
    if features.data:
        element: Scalar = BOOL if draw.chance(0.5) else Number(0, 1)
        options += [scalar_type(world), Array(_index(world), element), *world.structs]
    if features.atomics:
        options += [atomic_type(draw)] * 3
    if features.locks:
        options += [Lock(draw.of(LOCK_KINDS))] * 4
    return draw.of(options)


def literal(draw: Draw, type: Type, world: World) -> str | None:
    """Return a constant of the type, None if it has none (``proc p``)."""
    match type:
        case _ if type == BOOL:
            return draw.one("true", "false")
        case Number(low, high):
            return str(draw.between(-1 if low is None else low, 2 if high is None else high))
        case Word(_, True):
            return draw.one("BUSY", "SEEN", "0", "5")
        case Bits(width) | Word(width):
            return str(draw.below(1 << width))
        case Enumeration(_, literals):
            return draw.of(literals)
        case Ref():
            return "null"
        case Optional(element):
            inner = literal(draw, element, world)
            return "none" if inner is None or draw.chance(0.5) else f"some({inner})"
        case SetOf(element):
            values = [literal(draw, element, world) for _ in range(draw.below(3))]
            kept = [] if isinstance(element, Ref) else [value for value in values if value is not None]
            return "{" + ", ".join(dict.fromkeys(kept)) + "}"
        case Atomic(low, high, _):
            return str(draw.between(low, 2 if high is None else high))
        case _:
            return None


def _initial(world: World, type: Type, owner: str) -> str:
    """Return ``= value`` for a declaration, or nothing: unassigned (or the type's own)."""
    draw = world.draw
    if isinstance(type, Array):
        type = type.element
    value = literal(draw, type, world)
    if value is None or (isinstance(type, Atomic) and draw.chance(0.1) and type.low == 0):
        return ""
    if scalar(type) and draw.chance(0.12):
        world.unassigned.add(owner)
        return draw.one("", " = uninit")
    if isinstance(type, Ref) and not owner.count(".") and draw.chance(0.5):
        return f" = {new_text(world, type.target)}"
    return f" = {value}"


def new_text(world: World, name: str) -> str:
    """Return an allocation with constants for some fields."""
    draw = world.draw
    if name not in [o.name for o in world.objects]:
        return f"new {name}"
    inits = []
    for f in draw.some(world.object(name).fields, 2):
        value = literal(draw, f.type, world) if scalar(f.type) or isinstance(f.type, Atomic | Word) else None
        if value is not None:
            inits.append(f"{f.name} = {value};")
    return f"new {name}" + (" { " + " ".join(inits) + " }" if inits else "")


def declare(world: World) -> list[str]:
    """Draw the declarations; return their lines."""
    draw, features = world.draw, world.features
    lines: list[str] = []
    if features.params:
        world.params = [Variable("SIZE", Number(1, 2)), Variable("FAST", BOOL)]
        lines += [f"param SIZE : 1..2 = {draw.between(1, 2)};", f"param FAST = {draw.one('true', 'false')};"]
    if features.data or features.classes or draw.chance(0.2):
        world.enums = [Enumeration("Hue", ("red", "green") if draw.chance(0.7) else ("red", "green", "blue"))]
        lines.append(f"enum Hue {{ {', '.join(world.enums[0].literals)} }}")
    if features.data and draw.chance(0.5):
        second: list[Scalar] = [BOOL, Bits(2), world.enums[0]]
        fields = (Variable("v", _number(draw)), Variable("w", draw.of(second)))
        struct = Struct("Pair", fields)
        text = " ".join(f"{f.name} : {written(f.type)}{_initial(world, f.type, 'Pair.' + f.name)};" for f in fields)
        lines.append(f"struct Pair {{ {text} }}")
        world.structs.append(struct)
    if features.atomics:
        lines.append(f"{MARKS};" if draw.chance(0.5) else MARKS)
    if features.objects:
        lines += _objects(world)
    lines += _variables(world)
    if features.monitors:
        for name in ("tick", "tock")[: draw.between(1, 2)]:
            types = [_event_type(world) for _ in range(draw.between(0 if name == "tock" else 1, 2))]
            event = Event(name, tuple(Variable(f"e{i}", type) for i, type in enumerate(types)))
            world.events.append(event)
            texts = ", ".join(f"{p.name}: {written(p.type)}" for p in event.parameters)
            lines.append(f"event {name}({texts});" if types or draw.chance(0.5) else f"event {name};")
    return lines


def _event_type(world: World) -> Scalar:
    draw = world.draw
    options: list[Scalar] = [INT, Number(0, 2), BOOL, *world.enums]
    options += [Ref(o.name) for o in world.objects for _ in range(3)]
    return draw.of(options)


def _objects(world: World) -> list[str]:
    draw = world.draw
    names = ["Node", "Page"][: draw.between(1, 2)]
    lines = []
    for name in names:
        count = draw.between(1, 3)
        fields = [Variable(f"{name[0].lower()}{i}", _field_type(world, names)) for i in range(count)]
        if draw.chance(0.6):
            fields.append(Variable("next", Ref(draw.of(names))))
        made = Object(name, draw.one(1, 1, 2), draw.chance(0.3), tuple(fields))
        world.objects.append(made)
        texts = " ".join(_field(world, f, name) for f in fields)
        lines.append(f"object {name} pool {made.pool}{' typestable' if made.typestable else ''} {{ {texts} }}")
    return lines


def _field(world: World, f: Variable, owner: str) -> str:
    value = "" if isinstance(f.type, Struct) else _initial(world, f.type, f"{owner}.{f.name}")
    if isinstance(f.type, Array) and world.draw.chance(0.5):
        return f"{f.name}[{written_index(f.type.index)}] : {written(f.type.element)}{value};"
    return f"{f.name} : {written(f.type)}{value};"


def _variables(world: World) -> list[str]:
    draw, features = world.draw, world.features
    types: list[Type] = [_number(draw), BOOL]
    types += [scalar_type(world) for _ in range(draw.between(0, 2 if features.data else 1))]
    types += [Ref(o.name) for o in world.objects]
    if features.data and draw.chance(0.6):
        elements: list[Type] = [BOOL, _number(draw), *world.structs]
        types.append(Array(_index(world), draw.of(elements)))
    if features.data and draw.chance(0.3):
        types += world.structs
    if features.atomics:
        types += [atomic_type(draw) for _ in range(draw.between(1, 2))]
        if draw.chance(0.15):
            types.append(Array(BOOL, atomic_type(draw)))
    if features.locks:
        types += [Lock(draw.of(LOCK_KINDS)) for _ in range(draw.between(1, 3))]
        if draw.chance(0.15):
            types.append(Array(BOOL, Lock(draw.of(LOCK_KINDS))))
    if features.classes:
        types.append(Instance("p0") if draw.chance(0.5) else Optional(Instance("p0")))
    lines = []
    for type in types:
        name = draw.fresh(
            {Lock: "l", Atomic: "a", Word: "w", Array: "v", Ref: "h", Struct: "s"}.get(type.__class__, "x")
        )
        world.shared.append(Variable(name, type))
        inner = type.element if isinstance(type, Array) else type
        if isinstance(inner, Lock):
            index = f"[{written_index(type.index)}]" if isinstance(type, Array) else ""
            lines.append(f"{inner.kind} {name}{index};")
        elif isinstance(type, Array) and draw.chance(0.6):
            value = "" if isinstance(inner, Struct) else _initial(world, inner, name)
            lines.append(f"shared {name}[{written_index(type.index)}] : {written(inner)}{value};")
        else:
            value = "" if isinstance(inner, Struct) else _initial(world, type, name)
            lines.append(f"shared {name} : {written(type)}{value};")
    return lines
