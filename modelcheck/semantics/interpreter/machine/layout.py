"""Where things live: the shared state as one row of cells.

First the shared variables, then for each object its slots (for each slot a cell *allocated*, then the
fields), then one cell for each monitor. An array or struct takes a run of cells.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from modelcheck.ground.records import dataclass
from modelcheck.model import typed
from modelcheck.semantics.interpreter.machine.values import FREE, UNASSIGNED, Cell, from_constant, zero


def size_of(type_: typed.Type) -> int:
    """Number of cells of a type."""
    match type_:
        case typed.ArrayType(index, element):
            return len(domain_of(index)) * size_of(element)
        case typed.StructType(_, fields):
            return sum(size_of(field.type) for field in fields)
        case typed.ScalarType() | typed.WrappingType() | typed.OperatedType() | typed.MissingType():
            return 1
        case _:
            assert_never(type_)


def domain_of(index: typed.Type) -> range:
    """The values of an index type (of a bool: 0 and 1)."""
    match index:
        case typed.BoolType():
            return range(2)
        case typed.RangeType(low, high):
            return range(low, high + 1)
        case typed.EnumType(_, literals):
            return range(len(literals))
        case typed.ProcType(_, size):
            return range(size)
        case _:
            raise TypeError(f"not an index type: {index}")


def field_offset(struct: typed.StructType, name: str) -> tuple[int, typed.Field]:
    """Offset of a field in its struct, and the field (raises KeyError)."""
    offset = 0
    for field in struct.fields:
        if field.name == name:
            return offset, field
        offset += size_of(field.type)
    raise KeyError(name)


def scalars(name: str, type_: typed.Type) -> Iterator[tuple[str, typed.Type]]:
    """The name in the user's words and the type of every cell of a variable."""
    match type_:
        case typed.ArrayType(index, element):
            for i in domain_of(index):
                yield from scalars(f"{name}[{index_name(index, i)}]", element)
        case typed.StructType(_, fields):
            for field in fields:
                yield from scalars(f"{name}.{field.name}", field.type)
        case typed.ScalarType() | typed.WrappingType() | typed.OperatedType() | typed.MissingType():
            yield name, type_
        case _:
            assert_never(type_)


def index_name(index: typed.Type, value: int) -> str:
    match index:
        case typed.EnumType(_, literals):
            return literals[value]
        case typed.BoolType():
            return "true" if value else "false"
        case (
            typed.IntType()
            | typed.RangeType()
            | typed.BvType()
            | typed.ProcType()
            | typed.RefType()
            | typed.WrappingType()
            | typed.PlaceType()
            | typed.OperatedType()
            | typed.MissingType()
        ):
            return str(value)
        case _:
            assert_never(index)


def initial_cells(type_: typed.Type, initial: Cell) -> list[Cell]:
    """The cells of a variable of a type at its start; ``initial`` (or ``UNASSIGNED``) fills every element of an array.

    Fields of structs have their own initial values; locks and atomics without one start with their zero value.
    """
    match type_:
        case typed.ArrayType(index, element):
            return initial_cells(element, initial) * len(domain_of(index))
        case typed.StructType(_, fields):
            return [cell for field in fields for cell in field_cells(field)]
        case typed.AtomicType() | typed.LockType():
            return [zero(type_) if initial is UNASSIGNED else initial]
        case typed.ScalarType() | typed.WrappingType() | typed.MissingType():
            return [initial]
        case _:
            assert_never(type_)


def field_cells(field: typed.Field) -> list[Cell]:
    """The cells of a field with its declared initial value."""
    if field.initial is None:
        return initial_cells(field.type, UNASSIGNED)
    return initial_cells(field.type, from_constant(field.initial.value, element_type(field.type)))


def element_type(type_: typed.Type) -> typed.Type:
    """The type of the elements of an array of arrays; any other type is its own."""
    while isinstance(type_, typed.ArrayType):
        type_ = type_.element
    return type_


@dataclass(frozen=True, slots=True)
class CellInfo:
    """``subject``: ``Object.field`` or the variable, as obligations name it.

    ``slot``: of which object (None: no field).
    """

    name: str
    type: typed.Type
    subject: str
    slot: tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class ObjectLayout:
    """Slot s takes the cells ``base + s * stride`` (allocated) and, after it, the fields at ``offsets``."""

    declaration: typed.ObjectClass
    base: int
    stride: int
    offsets: dict[str, int]
    fresh: tuple[Cell, ...]

    @property
    def name(self) -> str:
        return self.declaration.name

    @property
    def typestable(self) -> bool:
        return self.declaration.typestable

    def cell(self, slot: int) -> int:
        """The cell that says whether the slot is allocated."""
        return self.base + slot * self.stride

    def fields(self, slot: int) -> range:
        """The cells of the fields of a slot."""
        return range(self.cell(slot) + 1, self.cell(slot) + self.stride)


@dataclass(frozen=True, slots=True)
class Layout:
    """``cells`` describes the cells of variables and objects; ``reference_cells`` may hold references;
    ``first_monitor`` is the number of cells before the monitors."""

    variables: dict[int, tuple[typed.SharedVar, int]]
    objects: dict[str, ObjectLayout]
    cells: tuple[CellInfo, ...]
    reference_cells: tuple[int, ...]

    @property
    def first_monitor(self) -> int:
        return len(self.cells)

    def lock_cells(self, object_: str, slot: int) -> tuple[int, ...]:
        """The cells of the locks (completions left out) in a slot."""
        return tuple(cell for cell in self.objects[object_].fields(slot) if is_lock(self.cells[cell].type))


def is_lock(type_: typed.Type) -> bool:
    return isinstance(type_, typed.LockType) and type_.kind.facts.held


def make_layout(model: typed.Model) -> Layout:
    """Assign cells to the shared variables and objects of a model."""
    cells: list[CellInfo] = []
    variables: dict[int, tuple[typed.SharedVar, int]] = {}
    for variable in model.shared:
        variables[variable.id] = (variable, len(cells))
        cells += [CellInfo(name, type_, variable.name, None) for name, type_ in scalars(variable.name, variable.type)]
    objects: dict[str, ObjectLayout] = {}
    for declaration in model.objects:
        base = len(cells)
        offsets: dict[str, int] = {}
        fresh: list[Cell] = []
        for field in declaration.fields:
            offsets[field.name] = 1 + len(fresh)
            fresh += field_cells(field)
        for slot in range(declaration.pool):
            name = f"{declaration.name}[{slot}]"
            cells.append(CellInfo(name, typed.BoolType(), declaration.name, (declaration.name, slot)))
            for field in declaration.fields:
                subject = f"{declaration.name}.{field.name}"
                cells += [
                    CellInfo(cell, type_, subject, (declaration.name, slot))
                    for cell, type_ in scalars(f"{name}.{field.name}", field.type)
                ]
        objects[declaration.name] = ObjectLayout(declaration, base, 1 + len(fresh), offsets, tuple(fresh))
    references = tuple(
        number for number, cell in enumerate(cells) if isinstance(cell.type, typed.RefType) and not cell.type.typestable
    )
    return Layout(variables, objects, tuple(cells), references)


def blank_state(layout: Layout, monitors: tuple[Cell, ...]) -> list[Cell]:
    """The shared cells before any initialiser ran: nothing is allocated, variables are unassigned, locks free."""
    cells: list[Cell] = []
    for variable, _ in layout.variables.values():
        start = UNASSIGNED if variable.initial is not None or variable.unassigned else zero_or_unassigned(variable.type)
        cells += initial_cells(variable.type, start)
    for object_ in layout.objects.values():
        for _ in range(object_.declaration.pool):
            cells.append(False)
            if object_.typestable:
                cells += _never_allocated(object_)
            else:
                cells += [FREE] * (object_.stride - 1)
    return cells + list(monitors)


def zero_or_unassigned(type_: typed.Type) -> Cell:
    """What a variable without initial value that is not marked unassigned starts with."""
    element = element_type(type_)
    return UNASSIGNED if isinstance(element, typed.StructType) else zero(element)


def _never_allocated(object_: ObjectLayout) -> list[Cell]:
    """Fields with an initial value have the zero value of their type, the others are unassigned (section 2)."""
    cells: list[Cell] = []
    for cell, (_, type_) in zip(
        object_.fresh, (s for f in object_.declaration.fields for s in scalars(f.name, f.type)), strict=True
    ):
        cells.append(UNASSIGNED if cell is UNASSIGNED else zero(type_))
    return cells
