"""What a spec declares: settings, types, shared state, events and code."""

from __future__ import annotations

from enum import Enum

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.syntax.ast.expressions import Expr
from modelcheck.language.syntax.ast.spans import span_field
from modelcheck.language.syntax.ast.statements import Block
from modelcheck.language.syntax.ast.types import TypeNode


class Heading:
    """Says what the file is, or what belongs to it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Import(Heading):
    """``import "file.mc";`` (relative to the importing file)"""

    path: str
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class ModelName(Heading):
    """``model name;``"""

    name: str
    span: Span = span_field()


class Setting:
    """A number to be chosen."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ParamDecl(Setting):
    """``param X : T = e;``"""

    name: str
    type: TypeNode | None
    value: Expr
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class UnknownDecl(Setting):
    """``unknown X : T = e;`` (without a default, ``check`` refuses)"""

    name: str
    type: TypeNode
    value: Expr | None
    span: Span = span_field()


class TypeDeclaration:
    """Declares a type."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class EnumDecl(TypeDeclaration):
    """``enum E { A, B }``; ``cpu c0, c1;`` (``cpus``: an enum of that name)"""

    name: str
    literals: tuple[str, ...]
    span: Span = span_field()
    cpus: bool = False


@dataclass(frozen=True, slots=True)
class BitDecl:
    """``NAME [= number]`` among the names of bits. No number: that of the one before it, and 1."""

    name: str
    number: Expr | None
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class BitsDecl(TypeDeclaration):
    """``bits Flags { LOCKED = 0, CANCEL = 31 }``: a bit-vector whose bits have names."""

    name: str
    bits: tuple[BitDecl, ...]
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class FieldDecl:
    """``name : type [= value];`` in a struct or object. No value: unassigned (locks and atomics: free, 0).
    Made in resolution: ``pending``, the item of which this is the bit that it is pending.
    """

    name: str
    type: TypeNode
    value: Expr | None
    span: Span = span_field()
    pending: str = ""


@dataclass(frozen=True, slots=True)
class StructDecl(TypeDeclaration):
    name: str
    fields: tuple[FieldDecl, ...]
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class ObjectDecl(TypeDeclaration):
    """``object Page pool 2 [typestable] { … }``"""

    name: str
    pool: Expr
    typestable: bool
    fields: tuple[FieldDecl, ...]
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class SharedDecl:
    """``shared x : T = e;``; also ``mutex m;``, ``spinlock s[Cpu];`` (``type`` is the lock type)."""

    name: str
    type: TypeNode
    value: Expr | None
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class Parameter:
    """``name : T`` or ``&name : T`` (``by_reference``)."""

    name: str
    type: TypeNode
    by_reference: bool
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class EventDecl:
    name: str
    parameters: tuple[Parameter, ...]
    span: Span = span_field()


class Code:
    """Has a body."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class InlineDecl(Code):
    """``inline f(…) [-> T] { … }``"""

    name: str
    parameters: tuple[Parameter, ...]
    result: TypeNode | None
    body: Block
    span: Span = span_field()


@dataclass(frozen=True, slots=True)
class CallbackDecl(Code):
    """``callback f(…) [-> T] [requires e] [sleeps] { … }``"""

    name: str
    parameters: tuple[Parameter, ...]
    result: TypeNode | None
    requires: Expr | None
    sleeps: bool
    body: Block
    span: Span = span_field()


class Level(Enum):
    """What runs on top of what, on one CPU: the later of two on top of the earlier."""

    TASK = "process"
    SOFTIRQ = "softirq"
    INTERRUPT = "interrupt"
    NMI = "nmi"


@dataclass(frozen=True, slots=True)
class On:
    """``process p on c0``, ``interrupt h on c0 when (guard)``: where a process or handler runs.

    ``head``: what stands before the body. ``raised``: it is declared ``when raised``.
    """

    level: Level
    cpu: str
    guard: Expr | None
    head: Span = span_field()
    span: Span = span_field()
    raised: bool = False


@dataclass(frozen=True, slots=True)
class ProcessDecl(Code):
    """``process p { … }``, ``process p[Enum] { … }``, ``process p provided (g) { … }``, ``server s { … }``

    ``on``: its CPU, None for one of its own. A handler is a ``server`` with a level above ``TASK``.
    Made in resolution: ``no_sleep``, when it must not sleep; ``above``, the handlers that run on top of it;
    ``each``, the object of which every slot has an instance of this server; ``task_state``, the array that says
    whether its instances are running or about to sleep, if they have such states; ``off``, whether it has something
    switched off; ``begins``, that it is a handler or an item, which has ended where it stands at first.
    """

    name: str
    index: TypeNode | Expr | None
    server: bool
    provided: Expr | None
    body: Block
    span: Span = span_field()
    on: On | None = None
    no_sleep: Expr | None = None
    above: tuple[str, ...] = ()
    each: str | None = None
    task_state: str | None = None
    off: Expr | None = None
    begins: bool = False

    @property
    def handler(self) -> bool:
        """Whether it runs on top of others."""
        return self.on is not None and self.on.level is not Level.TASK


@dataclass(frozen=True, slots=True)
class InitDecl(Code):
    """``init name { … }``"""

    name: str
    body: Block
    span: Span = span_field()
