"""The ``dataclass`` decorator, made fast where it is applied: a command declares some four hundred
classes before it does anything.

``dataclasses.dataclass`` compiles six methods of each class when the class is made, which takes a
third of a second for them all. Here a slotted class gets methods that all classes share, and an
``__init__`` when the first instance is made, from code that is compiled once for all classes with
the same kinds of fields. What it means and what ``fields``, ``replace`` and ``match`` make of it is
the same. There are no ``ClassVar``, ``InitVar`` and ``KW_ONLY``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError
from enum import Enum, auto
from functools import cache, partial
from operator import attrgetter
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, frozen: bool = False, slots: bool = False, eq: bool = True) -> Callable[[type], type]:
        """Make a class a dataclass, with ``frozen``, ``slots`` and ``eq`` as ``dataclasses.dataclass`` takes them."""
        if not slots:
            return dataclasses.dataclass(frozen=frozen, eq=eq)
        return partial(_slotted, frozen=frozen, eq=eq)


def _slotted(cls: type, *, frozen: bool, eq: bool) -> type:
    """Return the class anew, with slots: a class that was made without them gets none."""
    own = dict(vars(cls))
    annotated = own.get("__annotations__", {})
    fields = _inherited(cls) | {name: _field(name, kind, own.get(name, MISSING)) for name, kind in annotated.items()}
    for name in (*annotated, "__dict__", "__weakref__"):
        own.pop(name, None)
    taken = {slot for base in cls.__mro__[1:] for slot in vars(base).get("__slots__", ())}
    own["__slots__"] = tuple(name for name in fields if name not in taken)
    own["__dataclass_fields__"] = fields
    own.setdefault("__match_args__", tuple(name for name, field in fields.items() if field.init))
    own.setdefault("__repr__", _represent)
    if eq:
        values = _values(tuple(name for name, field in fields.items() if field.compare))
        if own.get("__hash__") is None:  # (as it also is where `__eq__` alone is written)
            own["__hash__"] = _hash(values) if frozen else None
        own.setdefault("__eq__", _equality(values))
    if frozen:
        own |= {"__setattr__": _refuse_assignment, "__delattr__": _refuse_deletion}
        own |= {"__getstate__": _state, "__setstate__": _restore}
    made = type(cls)(cls.__name__, cls.__bases__, own)
    made.__qualname__ = cls.__qualname__
    if "__init__" not in own:
        _add_init(made, _initialised_at_first_use(made, frozen))
    return made


def _inherited(cls: type) -> dict[str, Field[Any]]:
    found: dict[str, Field[Any]] = {}
    for base in reversed(cls.__mro__[1:]):
        found |= vars(base).get("__dataclass_fields__", {})
    return found


def _field(name: str, annotation: Any, given: Any) -> Field[Any]:
    """Return a field as ``dataclasses.fields`` expects it. ``given``: what the class assigns to its name."""
    field: Any = given if isinstance(given, Field) else dataclasses.field(default=given)
    if field.default is not MISSING and type(field.default).__hash__ is None:
        raise ValueError(f"mutable default of field {name!r}: use default_factory")
    field.name, field.type, field.kw_only = name, annotation, False
    field._field_type = dataclasses._FIELD  # type: ignore[attr-defined]
    made: Field[Any] = field
    return made


# ------------------------------------------------------------------------------- shared methods


def _values(names: tuple[str, ...]) -> Callable[[object], tuple[object, ...]]:
    """A function that takes the values of these attributes from an object."""
    if len(names) > 1:
        return attrgetter(*names)
    if not names:
        return lambda _: ()
    one = attrgetter(names[0])
    return lambda instance: (one(instance),)


def _equality(values: Callable[[object], tuple[object, ...]]) -> Callable[[object, object], bool]:
    def equal(self: object, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return equal


def _hash(values: Callable[[object], tuple[object, ...]]) -> Callable[[object], int]:
    def hashed(self: object) -> int:
        return hash(values(self))

    return hashed


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


# ------------------------------------------------------------------------------------- __init__


class _Source(Enum):
    """Where a field has its first value from."""

    PARAMETER = auto()
    PARAMETER_OR_FACTORY = auto()
    FACTORY = auto()
    DEFAULT = auto()
    NONE = auto()


def _add_init(cls: type, method: Callable[..., None]) -> None:
    setattr(cls, "__init__", method)  # noqa: B010 (mypy lets nobody assign it)


def _initialised_at_first_use(cls: type, frozen: bool) -> Callable[..., None]:
    def __init__(self: object, *args: object, **named: object) -> None:
        initialise = _initialiser(cls, frozen)
        _add_init(cls, initialise)
        initialise(self, *args, **named)

    return __init__


def _initialiser(cls: Any, frozen: bool) -> Callable[..., None]:
    """Return the ``__init__`` that assigns every field of the class."""
    fields = dataclasses.fields(cls)
    sources = tuple(map(_source, fields))
    code = _initialising(sources, frozen, hasattr(cls, "__post_init__"))
    parameters = [field for field in fields if field.init]
    names = {f"attribute{number}": field.name for number, field in enumerate(fields)}
    code = code.replace(
        co_varnames=("self", *(field.name for field in parameters)),
        co_names=tuple(names.get(name, name) for name in code.co_names),
    )
    scope: dict[str, Any] = {"made": _MADE}
    for number, (field, source) in enumerate(zip(fields, sources, strict=True)):
        if frozen:
            scope[f"set{number}"] = getattr(cls, field.name).__set__
        if source is _Source.DEFAULT:
            scope[f"default{number}"] = field.default
        elif source in (_Source.FACTORY, _Source.PARAMETER_OR_FACTORY):
            scope[f"factory{number}"] = field.default_factory
    method = FunctionType(code, scope, "__init__", _defaults(cls, parameters))
    method.__qualname__ = f"{cls.__qualname__}.__init__"
    return method


def _source(field: Field[Any]) -> _Source:
    if field.default_factory is not MISSING:
        return _Source.PARAMETER_OR_FACTORY if field.init else _Source.FACTORY
    if field.init:
        return _Source.PARAMETER
    return _Source.NONE if field.default is MISSING else _Source.DEFAULT


def _defaults(cls: type, parameters: Sequence[Field[Any]]) -> tuple[object, ...]:
    found: list[object] = []
    for field in parameters:
        if field.default_factory is not MISSING:
            found.append(_MADE)
        elif field.default is not MISSING:
            found.append(field.default)
        elif found:
            raise TypeError(f"{cls.__qualname__}: field {field.name!r} has no default, but one before it has")
    return tuple(found)


@cache
def _initialising(sources: tuple[_Source, ...], frozen: bool, checks: bool) -> CodeType:
    """Compile the ``__init__`` of classes whose fields have their values from these ``sources``, with
    stand-ins for names. ``checks``: they have a ``__post_init__``.
    """
    parameters, body = ["self"], []
    for number, source in enumerate(sources):
        match source:
            case _Source.PARAMETER:
                value = f"parameter{number}"
            case _Source.PARAMETER_OR_FACTORY:
                value = f"factory{number}() if parameter{number} is made else parameter{number}"
            case _Source.FACTORY:
                value = f"factory{number}()"
            case _Source.DEFAULT:
                value = f"default{number}"
            case _Source.NONE:
                continue
        if source in (_Source.PARAMETER, _Source.PARAMETER_OR_FACTORY):
            parameters.append(f"parameter{number}")
        body.append(f"set{number}(self, {value})" if frozen else f"self.attribute{number} = {value}")
    if checks:
        body.append("self.__post_init__()")
    scope: dict[str, Any] = {}
    exec(f"def __init__({', '.join(parameters)}):\n " + "\n ".join(body or ["pass"]), scope)
    code: CodeType = scope["__init__"].__code__
    return code


#: Stands for an argument that was not given, where a factory makes the value.
_MADE: object = object()
