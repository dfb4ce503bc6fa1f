"""Items by name and kind: what ``override``, ``add``, ``set`` and ``param`` refer to."""

from __future__ import annotations

from typing import assert_never

from modelcheck.language.syntax import ast
from modelcheck.language.variants.bodies import BodyItem


def kind_of(item: ast.Item) -> str | None:
    """Return the word for the item's kind (all properties are one kind), or None if variants cannot
    edit such an item.
    """
    match item:
        case ast.ParamDecl():
            return "param"
        case ast.UnknownDecl():
            return "unknown"
        case ast.EnumDecl():
            return "enum"
        case ast.BitsDecl():
            return "bits"
        case ast.StructDecl():
            return "struct"
        case ast.ObjectDecl():
            return "object"
        case ast.SharedDecl():
            return "shared variable"
        case ast.EventDecl():
            return "event"
        case ast.InlineDecl():
            return "inline"
        case ast.CallbackDecl():
            return "callback"
        case ast.ProcessDecl():
            return "process"
        case ast.PropertyDecl() | ast.CountDecl() | ast.OrderDecl() | ast.OnlyIfDecl() | ast.ObligationDecl():
            return "property"
        case ast.InitDecl():
            return "init block"
        case ast.ScenarioDecl():
            return "scenario"
        case (
            ast.Import()
            | ast.ModelName()
            | ast.GroupDecl()
            | ast.VariantDecl()
            | ast.ExpectDecl()
            | ast.ExpectSafeDecl()
            | ast.AllowDecl()
        ):
            return None
        case _:
            assert_never(item)


def name_of(item: ast.Item) -> str:
    """Return the name of an item; an empty string for items without one."""
    match item:
        case ast.Import() | ast.ExpectDecl() | ast.ExpectSafeDecl() | ast.AllowDecl():
            return ""
        case (
            ast.ModelName()
            | ast.Setting()
            | ast.TypeDeclaration()
            | ast.SharedDecl()
            | ast.EventDecl()
            | ast.Code()
            | ast.Asked()
            | ast.ScenarioDecl()
            | ast.GroupDecl()
            | ast.VariantDecl()
        ):
            return item.name
        case _:
            assert_never(item)


def body_item(items: tuple[ast.Item, ...], name: str) -> int | None:
    """Return the index of the process, server, inline, callback or init block of that name."""
    for index, item in enumerate(items):
        if isinstance(item, BodyItem) and item.name == name:
            return index
    return None


def body_names(items: tuple[ast.Item, ...]) -> list[str]:
    """Names that can stand before ``::`` in an anchor."""
    return [item.name for item in items if isinstance(item, BodyItem)]
