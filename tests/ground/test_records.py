"""The dataclass decorator of the package means what the one of the standard library means."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import pickle
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, field
from typing import Any

import pytest

import modelcheck
from modelcheck.ground.records import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 2
    note: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Bag:
    """Things."""

    name: str
    things: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Single:
    value: int


@dataclass(frozen=True, slots=True)
class Empty:
    pass


@dataclass(frozen=True, slots=True, eq=False)
class Identified:
    text: str
    length: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", len(self.text))


@dataclass(frozen=True, slots=True)
class Own:
    value: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own)

    def __hash__(self) -> int:
        return 7

    def __repr__(self) -> str:
        return "own"


@dataclass(slots=True)
class Changing:
    value: int = 0


@dataclass(slots=True)
class Growing:
    name: str
    things: list[int] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        self.seen[self.name] = len(self.things)


@dataclass(slots=True, eq=False)
class Node:
    name: str


def test_values_come_by_position_by_name_and_by_default() -> None:
    assert (Point(1).x, Point(1).y, Point(x=1, y=3).y, Point(1, 5, "n").note) == (1, 2, 3, "n")
    assert Bag("b").things == []
    assert Bag("b").things is not Bag("b").things
    assert Bag("b", [1]).things == [1]
    assert Identified("four").length == 4


def test_wrong_arguments_are_refused_with_the_name_of_the_class() -> None:
    made: Any = Point
    for arguments, named in (((), {}), ((1, 2, "", 4), {}), ((1,), {"z": 1})):
        with pytest.raises(TypeError, match=r"Point\.__init__\(\)"):
            made(*arguments, **named)


def test_equality_and_hash_are_those_of_the_compared_fields() -> None:
    assert Point(1, 2, "here") == Point(1, 2, "there")
    assert hash(Point(1, 2, "here")) == hash(Point(1, 2, "there"))
    assert Point(1) != Point(2)
    assert Single(1) == Single(1) != Single(2)
    assert len({Single(1), Single(1), Single(2)}) == 2
    assert Empty() == Empty()
    assert Single(1).__eq__(Point(1)) is NotImplemented
    with pytest.raises(TypeError, match="unhashable"):
        hash(Bag("b"))


def test_without_equality_instances_are_themselves() -> None:
    assert Identified("a") != Identified("a")
    assert len({Identified("a"), Identified("a")}) == 2


def test_methods_that_a_class_writes_itself_stay() -> None:
    assert Own(1) == Own(2)
    assert hash(Own(1)) == 7
    assert repr(Own(1)) == "own"


def test_nothing_can_be_assigned_or_deleted() -> None:
    point: Any = Point(1)
    for name in ("x", "z"):
        with pytest.raises(FrozenInstanceError, match=f"cannot assign to field '{name}'"):
            setattr(point, name, 3)
        with pytest.raises(FrozenInstanceError, match=f"cannot delete field '{name}'"):
            delattr(point, name)
    assert not hasattr(point, "__dict__")


def test_what_is_not_frozen_changes() -> None:
    changing = Changing()
    changing.value = 3
    assert changing == Changing(3)
    assert changing != Changing(4)
    assert not hasattr(changing, "__dict__")
    with pytest.raises(AttributeError):
        changing.other = 1  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="unhashable"):
        hash(changing)


def test_what_is_not_frozen_is_made_as_the_standard_library_makes_it() -> None:
    growing = Growing("g", things=[1, 2])
    assert growing.seen == {"g": 2}
    assert Growing("h").things == []
    assert Growing("h").things is not Growing("h").things
    growing.seen["x"] = 1
    assert growing == Growing("g", [1, 2])
    assert repr(growing) == "Growing(name='g', things=[1, 2])"
    with pytest.raises(TypeError, match=r"Growing\.__init__\(\)"):
        Growing()  # type: ignore[call-arg]
    assert dataclasses.replace(growing, name="n") == Growing("n", [1, 2])
    assert Node("a") != Node("a")
    assert len({Node("a"), Node("a")}) == 2


def test_shown_as_the_standard_library_shows_it() -> None:
    assert repr(Point(1, 2, "hidden")) == "Point(x=1, y=2)"
    assert repr(Bag("b", [1])) == "Bag(name='b', things=[1])"
    assert repr(Empty()) == "Empty()"


def test_the_functions_for_dataclasses_work() -> None:
    assert dataclasses.replace(Point(1, note="n"), y=9) == Point(1, 9)
    assert dataclasses.replace(Point(1, note="n"), y=9).note == "n"
    assert [each.name for each in dataclasses.fields(Point)] == ["x", "y", "note"]
    assert dataclasses.asdict(Bag("b", [1])) == {"name": "b", "things": [1]}
    match Point(1):
        case Point(x, y):
            assert (x, y) == (1, 2)
        case _:
            pytest.fail("not matched")


@pytest.mark.parametrize("value", [Point(1, 2, "n"), Bag("b", [1]), Single(3), Empty(), Changing(3), Growing("g", [1])])
def test_copied_and_pickled(value: object) -> None:
    for other in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert other == value
        assert repr(other) == repr(value)
    assert pickle.loads(pickle.dumps(Point(1, 2, "n"))).note == "n"


def test_fields_of_a_base_come_first() -> None:
    @dataclass(frozen=True, slots=True)
    class Deeper(Single):
        depth: int = 1

    assert Deeper.__qualname__ == "test_fields_of_a_base_come_first.<locals>.Deeper"
    assert repr(Deeper(3)).endswith("Deeper(value=3, depth=1)")
    assert Deeper(3, 2) == dataclasses.replace(Deeper(3), depth=2)
    assert Deeper(3) != Single(3)
    assert vars(Deeper)["__slots__"] == ("depth",)
    assert not hasattr(Deeper(3), "__dict__")


def test_classes_with_the_same_kinds_of_fields_have_their_own_names() -> None:
    @dataclass(frozen=True, slots=True)
    class Left:
        a: int
        b: list[int] = field(default_factory=list)
        c: int = field(default=4, init=False)

    @dataclass(frozen=True, slots=True)
    class Right:
        d: int
        e: list[int] = field(default_factory=lambda: [9])
        f: int = field(default=5, init=False)

    assert repr(Left(1)).endswith("Left(a=1, b=[], c=4)")
    assert repr(Right(1)).endswith("Right(d=1, e=[9], f=5)")
    assert Right(e=[2], d=1).e == [2]
    with pytest.raises(TypeError, match=r"Right\.__init__\(\).*'d'"):
        Right()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"Left\.__init__\(\).*'d'"):
        Left(d=1)  # type: ignore[call-arg]


def test_defaults_that_cannot_be_are_refused() -> None:
    class Shared:
        things: list[int] = []  # noqa: RUF012

    with pytest.raises(ValueError, match="mutable default of field 'things'"):
        dataclass(slots=True)(Shared)

    @dataclass(slots=True)
    class Disordered:
        first: int = 1
        second: int  # type: ignore[misc]

    with pytest.raises(TypeError, match="'second' has no default"):
        Disordered(1, 2)


def records() -> Iterator[type]:
    """Every class of the package that is a dataclass."""
    for module in pkgutil.walk_packages(modelcheck.__path__, "modelcheck."):
        if module.name == "modelcheck.__main__":
            continue
        for each in vars(importlib.import_module(module.name)).values():
            if isinstance(each, type) and each.__module__ == module.name and dataclasses.is_dataclass(each):
                yield each


def test_every_class_of_the_package_is_made_by_it() -> None:
    """One that is not costs every command what compiling six methods takes."""
    assert [each for each in records() if "__slots__" not in vars(each) or "__dataclass_params__" in vars(each)] == []
    assert len(list(records())) > 400


def test_the_fields_of_the_package_are_plain() -> None:
    """What the decorator does not know is not there: pseudo-fields, and fields without an annotation."""
    for each in records():
        annotations = [str(kind) for kind in vars(each).get("__annotations__", {}).values()]
        assert not [kind for kind in annotations if re.search(r"\b(ClassVar|InitVar|KW_ONLY)\b", kind)], each
        assert not [name for name, value in vars(each).items() if isinstance(value, dataclasses.Field)], each
