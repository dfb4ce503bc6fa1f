"""Leaves: the scalar places of variables, fields and locals, in trees that mirror arrays and structs.

An atomic, a lock, an optional or a set counts as one leaf.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, assert_never

from modelcheck.ground.records import dataclass
from modelcheck.model import typed
from modelcheck.semantics.elaborate.execution.values import Shape


@dataclass(frozen=True, slots=True)
class Leaf:
    """One scalar place.

    ``shape``: its state variables (None: a local's; its value lives in a path). ``subject`` as in
    obligations.
    """

    id: int
    name: str
    subject: str
    type: typed.Type
    shape: Shape | None
    assigned: int | None
    frozen: int | None
    slot: tuple[str, int] | None
    initial: typed.Constant | None


@dataclass(frozen=True, slots=True)
class ArrayTree:
    """``low``: the code of the first index. ``subject``: as of a leaf; there may be no element (of
    ``T[p]``, if no ``p`` runs).
    """

    subject: str
    low: int
    elements: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class StructTree:
    fields: tuple[tuple[str, Tree], ...]

    def field(self, name: str) -> Tree:
        for field_name, tree in self.fields:
            if field_name == name:
                return tree
        raise KeyError(name)


Tree: TypeAlias = "Leaf | ArrayTree | StructTree"


def leaves_of(tree: Tree) -> Iterator[Leaf]:
    """All leaves, in order."""
    match tree:
        case Leaf():
            yield tree
        case ArrayTree(_, _, elements):
            for element in elements:
                yield from leaves_of(element)
        case StructTree(fields):
            for _, inner in fields:
                yield from leaves_of(inner)


def index_names(type: typed.Type) -> tuple[int, tuple[str, ...]]:
    """The first index of an array and the names of all."""
    match type:
        case typed.RangeType(low, high):
            return low, tuple(str(i) for i in range(low, high + 1))
        case typed.EnumType(_, literals):
            return 0, literals
        case typed.ProcType(_, size):
            return 0, tuple(str(i) for i in range(size))
        case typed.BoolType():
            return 0, ("false", "true")
        case _:
            raise AssertionError(type)


def leaf_types(type: typed.Type) -> tuple[typed.Type, ...]:
    """The types of the leaves of a type, in order."""
    match type:
        case typed.ArrayType(index, element):
            return leaf_types(element) * len(index_names(index)[1])
        case typed.StructType(_, fields):
            return tuple(t for f in fields for t in leaf_types(f.type))
        case typed.ScalarType() | typed.WrappingType() | typed.OperatedType() | typed.MissingType():
            return (type,)
        case _:
            assert_never(type)


def referenced(type: typed.Type) -> tuple[str, ...]:
    """The objects (none or one) that a scalar type refers to, also inside an optional or a set."""
    match type:
        case typed.RefType(target):
            return (target,)
        case typed.OptType(element) | typed.SetType(element):
            return referenced(element)
        case (
            typed.BoolType()
            | typed.IntType()
            | typed.RangeType()
            | typed.BvType()
            | typed.EnumType()
            | typed.ProcType()
            | typed.PlaceType()
            | typed.OperatedType()
            | typed.MissingType()
        ):
            return ()
        case _:
            assert_never(type)
