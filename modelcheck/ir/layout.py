"""Where each state variable sits in a packed state.

A state is one non-negative Python integer with a fixed-width field for each variable. A field holds
the variable's value minus its ``base``, so that adding a *delta* (the sum of the fields'
differences, shifted into place) takes one state to the next. Locations come first: the lowest bits
tell where every process stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from modelcheck.ground.records import dataclass
from modelcheck.ir.system import System, Variable, VariableKind
from modelcheck.ir.terms import BoolSort, BvSort, IntSort

#: Bits that a field gets at first if its variable has no bound, unless some initial value needs more.
UNBOUNDED_WIDTH = 8


class FieldOverflow(Exception):
    """A variable without a bound left its field; explore again with a wider one."""

    def __init__(self, variable: int) -> None:
        self.variable = variable
        super().__init__(f"variable {variable} left its field")


@dataclass(frozen=True, slots=True)
class Field:
    """Bits ``shift`` to ``shift + width - 1``; the value is the bits plus ``base`` (a bool if ``boolean``)."""

    variable: int
    shift: int
    width: int
    base: int
    boolean: bool
    bounded: bool

    @property
    def limit(self) -> int:
        """The greatest raw value."""
        return (1 << self.width) - 1

    @property
    def mask(self) -> int:
        return self.limit << self.shift


@dataclass(frozen=True, slots=True)
class Layout:
    """``fields`` by variable id; ``control``: the mask of all location fields, the lowest bits."""

    fields: Mapping[int, Field]
    control: int
    width: int

    def mask(self, variables: Iterable[int]) -> int:
        """Return the mask of these variables' fields."""
        mask = 0
        for variable in variables:
            mask |= self.fields[variable].mask
        return mask

    def pack(self, values: Sequence[bool | int], variables: Sequence[Variable]) -> int:
        """Pack one value for each variable (raises ``FieldOverflow`` if one does not fit)."""
        state = 0
        for variable, value in zip(variables, values, strict=True):
            field = self.fields[variable.id]
            raw = int(value) - field.base
            if not 0 <= raw <= field.limit:
                raise FieldOverflow(variable.id)
            state |= raw << field.shift
        return state

    def value(self, state: int, variable: int) -> bool | int:
        """Return the value of one variable."""
        field = self.fields[variable]
        raw = (state >> field.shift) & field.limit
        return bool(raw) if field.boolean else raw + field.base


def make_layout(system: System, widths: Mapping[int, int]) -> Layout:
    """Lay out the variables; ``widths`` are the bits of unbounded ones that turned out to need more than usual.

    Every initial value fits.
    """
    least = initial_width(system)
    ordered = sorted(system.variables, key=_rank)
    fields: dict[int, Field] = {}
    shift = control = 0
    for variable in ordered:
        field = _field(variable, shift, max(least, widths.get(variable.id, 0)))
        fields[variable.id] = field
        shift += field.width
        if variable.kind is VariableKind.LOCATION:
            control |= field.mask
    return Layout(fields, control, shift)


def initial_width(system: System) -> int:
    """Return the bits that fields of unbounded variables get at first: the same for all, so that
    those of interchangeable replicas are alike.
    """
    width = UNBOUNDED_WIDTH
    for variable in system.variables:
        while not _holds(_field(variable, 0, width), int(variable.initial)):
            width *= 2
    return width


def _holds(field: Field, value: int) -> bool:
    return field.bounded or 0 <= value - field.base <= field.limit


def _rank(variable: Variable) -> tuple[int, int, int]:
    # Shared variables before locals: the part of a state that a process reads then sits low, which
    # keeps masked keys short.
    if variable.kind is VariableKind.LOCATION:
        return (0, variable.owner or 0, variable.id)
    if variable.owner is None:
        return (1, 0, variable.id)
    return (2, variable.owner, variable.id)


def _field(variable: Variable, shift: int, unbounded: int) -> Field:
    match variable.sort:
        case BoolSort():
            return Field(variable.id, shift, 1, 0, True, True)
        case BvSort(width):
            return Field(variable.id, shift, width, 0, False, True)
        case IntSort():
            low, high = variable.low, variable.high
            if low is not None and high is not None:
                return Field(variable.id, shift, max(1, (high - low).bit_length()), low, False, True)
            base = low if low is not None else -(1 << (unbounded - 1))
            if low is None and high is not None:
                base = high - (1 << unbounded) + 1
            return Field(variable.id, shift, unbounded, base, False, False)
