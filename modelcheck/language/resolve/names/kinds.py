"""What names stand for."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias, assert_never

from modelcheck.ground.source import Span
from modelcheck.language.syntax import ast


class NameKind(Enum):
    """What a name stands for."""

    PARAM = "param"
    UNKNOWN = "unknown"
    SHARED = "shared variable"
    LOCAL = "local"
    ENUM = "enum"
    BITS = "bits"
    LITERAL = "enum literal"
    STRUCT = "struct"
    OBJECT = "object"
    FIELD = "field"
    PROCESS = "process"
    EVENT = "event"
    INLINE = "inline"
    CALLBACK = "callback"
    LABEL = "label"
    PROPERTY = "property"
    INIT = "init block"
    SCENARIO = "scenario"
    PARAMETER = "event parameter"
    ASSERT = "assert"
    GROUP = "group"
    VARIANT = "variant"


#: Kind, owner, name, and the place of the name, or one in which it stands.
Found: TypeAlias = tuple[NameKind, str, str, Span]


def constant_kind(item: ast.ParamDecl | ast.UnknownDecl) -> NameKind:
    """The kind of a number to be chosen."""
    return NameKind.PARAM if isinstance(item, ast.ParamDecl) else NameKind.UNKNOWN


def function_kind(item: ast.InlineDecl | ast.CallbackDecl) -> NameKind:
    """The kind of what can be called."""
    return NameKind.INLINE if isinstance(item, ast.InlineDecl) else NameKind.CALLBACK


def type_kind(item: ast.EnumDecl | ast.BitsDecl | ast.StructDecl | ast.ObjectDecl | ast.ProcessDecl) -> NameKind:
    """The kind of what has the name of a type."""
    match item:
        case ast.EnumDecl():
            return NameKind.ENUM
        case ast.BitsDecl():
            return NameKind.BITS
        case ast.StructDecl():
            return NameKind.STRUCT
        case ast.ObjectDecl():
            return NameKind.OBJECT
        case ast.ProcessDecl():
            return NameKind.PROCESS
        case _:
            assert_never(item)
