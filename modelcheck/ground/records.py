"""The ``dataclass`` decorator, made fast where it is applied: a command declares some four hundred
classes before it does anything.

``dataclasses.dataclass`` compiles six methods of each class when the class is made, which takes a
third of a second for them all; here a slotted class gets methods that all classes share, and an
``__init__`` that is compiled when the first instance is made. What it accepts, what it means and
what ``fields``, ``replace`` and ``match`` make of it is the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, frozen: bool = False, slots: bool = False, eq: bool = True) -> Callable[[type], type]:
        """Make a class a dataclass, with ``frozen``, ``slots`` and ``eq`` as ``dataclasses.dataclass`` takes them."""
        if not slots:
            return dataclasses.dataclass(frozen=frozen, eq=eq)
        if frozen:
            return _frozen_with_equality if eq else _frozen
        return _changing_with_equality if eq else _changing


T = TypeVar("T")


def _frozen_with_equality(cls: type[T]) -> type[T]:
    own = vars(cls)
    made = _frozen(cls)
    values = _values(tuple(field.name for field in dataclasses.fields(made) if field.compare))  # type: ignore[arg-type]
    if "__eq__" not in own:
        _add(made, "__eq__", _equality(values))
    if "__hash__" not in own:

        def hashed(self: object) -> int:
            return hash(values(self))

        _add(made, "__hash__", hashed)
    return made


def _frozen(cls: type[T]) -> type[T]:
    made = _changing(cls)
    _add(made, "__setattr__", _refuse_assignment)
    _add(made, "__delattr__", _refuse_deletion)
    _add(made, "__getstate__", _state)
    _add(made, "__setstate__", _restore)
    return made


def _changing_with_equality(cls: type[T]) -> type[T]:
    own = vars(cls)
    made = _changing(cls)
    if "__eq__" not in own:
        names = tuple(field.name for field in dataclasses.fields(made) if field.compare)  # type: ignore[arg-type]
        _add(made, "__eq__", _equality(_values(names)))
    if "__hash__" not in own:
        made.__hash__ = None  # type: ignore[assignment]
    return made


def _changing(cls: type[T]) -> type[T]:
    if not cls.__doc__:
        cls.__doc__ = cls.__name__  # (or `dataclass` writes a signature, which takes longer than all the rest)
    own = vars(cls)
    made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    if "__init__" not in own:
        _add(made, "__init__", _initialised_at_first_use(made))
    if "__repr__" not in own:
        _add(made, "__repr__", _represent)
    return made


def _equality(values: Callable[[object], tuple[object, ...]]) -> Callable[[object, object], bool]:
    def equal(self: object, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return equal


def _add(cls: type, name: str, method: Callable[..., object]) -> None:
    setattr(cls, name, method)


def _values(names: tuple[str, ...]) -> Callable[[object], tuple[object, ...]]:
    """A function that takes the values of these attributes from an object."""
    if len(names) > 1:
        return attrgetter(*names)
    if not names:
        return lambda _: ()
    one = attrgetter(names[0])
    return lambda instance: (one(instance),)


def _refuse_assignment(self: object, name: str, value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(self: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _represent(self: Any) -> str:
    shown = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in dataclasses.fields(self) if each.repr)
    return f"{self.__class__.__qualname__}({shown})"


def _state(self: Any) -> list[object]:
    return [getattr(self, name) for name in self.__dataclass_fields__]


def _restore(self: Any, state: list[object]) -> None:
    for name, value in zip(self.__dataclass_fields__, state, strict=True):
        object.__setattr__(self, name, value)


def _initialised_at_first_use(cls: type) -> Callable[..., None]:
    def __init__(self: object, *args: object, **named: object) -> None:
        initialise = _initialiser(cls)
        _add(cls, "__init__", initialise)
        initialise(self, *args, **named)

    return __init__


def _initialiser(cls: Any) -> Callable[..., None]:
    """Compile the ``__init__`` that assigns every field of the class."""
    frozen = cls.__setattr__ is _refuse_assignment
    scope: dict[str, Any] = {"_made": _MADE}
    parameters, body = ["self"], []
    for number, field in enumerate(dataclasses.fields(cls)):
        name, value = field.name, field.name
        if field.default_factory is not dataclasses.MISSING:
            scope[f"_factory{number}"] = field.default_factory
            value = f"_factory{number}()"
            if field.init:
                parameters.append(f"{name}=_made")
                value = f"{value} if {name} is _made else {name}"
        elif field.init and field.default is not dataclasses.MISSING:
            scope[f"_default{number}"] = field.default
            parameters.append(f"{name}=_default{number}")
        elif field.init:
            parameters.append(name)
        elif field.default is dataclasses.MISSING:
            continue
        else:
            scope[f"_default{number}"] = field.default
            value = f"_default{number}"
        if frozen:
            scope[f"_set{number}"] = getattr(cls, name).__set__
            body.append(f"_set{number}(self, {value})")
        else:
            body.append(f"self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    exec(f"def __init__({', '.join(parameters)}):\n " + "\n ".join(body or ["pass"]), scope)
    method: Callable[..., None] = scope["__init__"]
    method.__qualname__ = f"{cls.__qualname__}.__init__"
    return method


_MADE: object = object()
