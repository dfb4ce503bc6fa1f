"""Which bits of flag words have names: those that a ``bits`` declaration gives to the bits of its type,
else those by which the spec sets, clears and tests them.

A word of no such type is a place of a bit-vector type; words that are assigned to each other, or handed on, have
their names in common. A name is a param with a single bit that stands in an expression with such a
word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias, assert_never

from modelcheck.ground.records import dataclass
from modelcheck.model import typed
from modelcheck.model.atomics import BITWISE
from modelcheck.model.trees import below
from modelcheck.result.values import Number, Place, Value

#: A word: (owner of a local, or the object class, or ""; its name).
Word: TypeAlias = tuple[str, str]
#: The mask of each bit that has a name, in order.
Bits: TypeAlias = tuple[tuple[int, str], ...]

_NAME = re.compile(r"[A-Za-z_]\w*")
_BITWISE = ("&", "|", "^")


@dataclass(frozen=True, slots=True)
class Flags:
    """The names of the bits of each word. ``declared``: by variable (owner and name) or object, and fields."""

    words: dict[Word, Bits]
    declared: dict[tuple[str, ...], Bits]

    def of(self, place: Place | None) -> Bits:
        """The names for what a place holds."""
        if place is None or not (self.words or self.declared):
            return ()
        fields = tuple(part for part in place.path if isinstance(part, str))
        root = (place.owner, place.name) if place.slot is None else (place.name,)
        if (*root, *fields) in self.declared:
            return self.declared[*root, *fields]
        if place.slot is None:
            return self.words.get((place.owner, place.name), ())
        field = place.path[0] if place.path else ""
        return self.words.get((place.name, field), ()) if isinstance(field, str) else ()


def named(value: Value, bits: Bits) -> Value:
    """A number with the names of its bits, if any of them has one; the rest of it is one number."""
    if not bits or not isinstance(value, Number):
        return value
    return Number(value.value, bits_set(value.value, bits))


def bits_set(number: int, bits: Bits) -> tuple[str, ...]:
    """The names of the bits that are set, and the rest as one number; nothing if none of them has a name."""
    names = tuple(name for mask, name in bits if number & mask)
    rest = number & ~sum(mask for mask, _ in bits)
    return (*names, *((_digits(rest),) if rest else ())) if names else ()


def _digits(number: int) -> str:
    return str(number) if number < 10 else hex(number)


def flag_words(model: typed.Model) -> Flags:
    """Find the flag words of a model."""
    nodes = tuple(below(model))
    if not any(isinstance(node, typed.BvType) for node in nodes):
        return Flags({}, {})
    finder = _Finder(model, nodes)
    for node in nodes:
        finder.visit(node)
    return Flags(finder.words(), dict(_declared(model, nodes)))


def _declared(model: typed.Model, nodes: Iterable[object]) -> Iterator[tuple[tuple[str, ...], Bits]]:
    """The names that the types of variables and fields give to bits."""
    for variable in model.shared:
        yield from _of_type(("", variable.name), variable.type)
    for object_ in model.objects:
        for field in object_.fields:
            yield from _of_type((object_.name, field.name), field.type)
    for node in nodes:
        if isinstance(node, typed.Local):
            yield from _of_type((node.owner, node.name), node.type)


def _of_type(path: tuple[str, ...], type_: typed.Type) -> Iterator[tuple[tuple[str, ...], Bits]]:
    if isinstance(type_, typed.ArrayType):
        yield from _of_type(path, type_.element)
    elif isinstance(type_, typed.StructType):
        for field in type_.fields:
            yield from _of_type((*path, field.name), field.type)
    else:
        word = _word(type_)
        if word is not None and word.bits is not None:
            yield path, word.bits.masks


class _Finder:
    def __init__(self, model: typed.Model, nodes: Iterable[object]) -> None:
        self._bits = {
            name: int(value)
            for name, value in model.params
            if isinstance(value, int) and not isinstance(value, bool) and value > 0 and value & (value - 1) == 0
        }
        self._shared = {variable.id: ("", variable.name) for variable in model.shared}
        self._inlines = {inline.name: inline for inline in model.inlines}
        self._locals: dict[int, Word] = {}
        self._same: dict[Word, Word] = {}
        self._names: dict[Word, dict[str, int]] = {}
        self._bitwise: set[Word] = set()
        for node in nodes:
            self._note_local(node)

    def _note_local(self, node: object) -> None:
        if isinstance(node, typed.Local):
            self._locals[node.id] = node.owner, node.name
        elif isinstance(node, typed.CondLoad):
            # What it has seen (`VAL`) is declared nowhere; each has its own.
            self._locals[node.value] = "VAL", str(node.value)

    def visit(self, node: object) -> None:
        """Look at one node."""
        if isinstance(node, typed.Binary) and isinstance(node.type, typed.BvType) and node.operator in _BITWISE:
            self._bitwise.update(self._join(node))
        elif isinstance(node, typed.Assign) and _word(node.target.type) is not None:
            self._join(node.target, node.value)
        elif isinstance(node, typed.CompoundAssign) and node.operator in _BITWISE:
            self._bitwise.update(self._join(node.target, node.value))
        elif isinstance(node, typed.AtomicOp) and _word(node.place.type) is not None:
            words = self._join(node.place, *node.arguments)
            if node.operator in BITWISE:
                self._bitwise.update(words)
        elif isinstance(node, typed.CondLoad) and _word(node.place.type) is not None:
            self._join(node.place, typed.LocalRead(node.value, node.type, node.span))
        elif isinstance(node, typed.CallExpr):
            for parameter, argument in zip(self._inlines[node.inline].parameters, node.arguments, strict=True):
                if isinstance(parameter, typed.Local) and isinstance(parameter.type, typed.BvType):
                    self._join(parameter, argument)

    def words(self) -> dict[Word, Bits]:
        """The names of each word that has any."""
        # A number that is never taken bit by bit is no flag word, whatever is assigned to it.
        groups: dict[Word, dict[int, str]] = {self._first(word): {} for word in self._bitwise}
        for word, names in self._names.items():
            group = groups.get(self._first(word), {})
            for name, mask in names.items():
                group.setdefault(mask, name)
        known = {*self._same, *self._names}
        return {word: tuple(sorted(groups[self._first(word)].items())) for word in known if self._first(word) in groups}

    def _first(self, word: Word) -> Word:
        while word in self._same:
            word = self._same[word]
        return word

    def _join(self, *parts: object) -> list[Word]:
        """These belong to one word, and what is constant in them names its bits; returns the word by all its names."""
        words: list[Word] = []
        names: dict[str, int] = {}
        for part in parts:
            for found in self._in(part):
                if isinstance(found, str):
                    names[found] = self._bits[found]
                else:
                    words.append(found)
        for word in words[1:]:
            one, other = self._first(words[0]), self._first(word)
            if one != other:
                self._same[other] = one
        if words:
            self._names.setdefault(words[0], {}).update(names)
        return words

    def _in(self, part: object) -> Iterator[Word | str]:
        """The words in an expression that does nothing but combine bits, and the names of its constants."""
        if isinstance(part, typed.Place):
            yield from self._rooted(part.root)
        elif isinstance(part, typed.Local):
            yield part.owner, part.name
        elif isinstance(part, typed.Load):
            yield from self._in(part.place)
        elif isinstance(part, typed.LocalRead) and part.local in self._locals:
            yield self._locals[part.local]
        elif isinstance(part, typed.Constant):
            yield from (name for name in _NAME.findall(part.span.text) if name in self._bits)
        elif isinstance(part, typed.Unary) and part.operator == "~":
            yield from self._in(part.operand)
        elif isinstance(part, typed.Binary) and part.operator in _BITWISE:
            yield from self._in(part.left)
            yield from self._in(part.right)

    def _rooted(self, root: typed.Root) -> Iterator[Word]:
        match root:
            case typed.SharedRoot(var):
                yield self._shared[var]
            case typed.LocalRoot(local):
                if local in self._locals:
                    yield self._locals[local]
            case typed.FieldRoot(_, object_, field):
                yield object_, field
            case typed.RefParamRoot():
                return  # (whatever is handed in has its names in common with the parameter)
            case _:
                assert_never(root)


def _word(type_: typed.Type) -> typed.BvType | None:
    """The bit-vector that a place of the type holds, if it holds one."""
    if isinstance(type_, typed.AtomicType):
        return type_.word
    return type_ if isinstance(type_, typed.BvType) else None
