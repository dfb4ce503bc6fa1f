"""Which properties apply in a scenario (section 7, *not_applicable*)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from modelcheck.language.syntax import ast
from tests.third.code import Label
from tests.third.program import Program
from tests.third.world import World, parts_of


class Occurrences:
    """What can occur in the code of the processes that run, and in the spec as a whole."""

    def __init__(self, world: World, programs: Mapping[str, Program]) -> None:
        self.world = world
        self.positions = {name: program.reachable() for name, program in programs.items()}
        self.events = {
            event
            for name, program in programs.items()
            for pc in self.positions[name]
            for event in program.code[pc].events
        }
        self.written: set[tuple[str, str]] = set()
        for item in world.items:
            if isinstance(item, ast.ProcessDecl | ast.InlineDecl | ast.CallbackDecl):
                self.written |= {found for part in parts_of(item.body) for found in self._written(part)}

    def _written(self, part: object) -> set[tuple[str, str]]:
        match part:
            case ast.Emit(event, _):
                return {("event", event)}
            case ast.New(target):
                return {("new", target)}
            case ast.Call("free" | "kfree"):
                return {("free", "")}
            case ast.Call(name):
                return {("call", name)}
        return set()

    def occurs(self, node: ast.EventPattern, object_: str | None) -> bool:
        """``object_``: of ``new`` and ``free``."""
        return self._one(node, object_) in self.events

    def _one(self, node: ast.EventPattern, object_: str | None) -> tuple[str, str]:
        if node.event in ("new", "free"):
            return node.event, object_ or ""
        if node.event in self.world.events:
            return "event", node.event
        return ("call" if node.result is None else "return"), node.event

    def is_written(self, node: ast.EventPattern, object_: str | None) -> bool | None:
        """Does the event stand anywhere in the spec? None: this is not known here."""
        kind, name = self._one(node, object_)
        if kind == "free":
            return None if ("free", "") in self.written else False
        return ("call" if kind == "return" else kind, name) in self.written

    def labels_reached(self, e: ast.Expr, uses: Callable[[ast.LabelPath], list[Label]]) -> bool:
        """Is each label that an expression names somewhere in code that control can get to, and does
        somebody run of each class of which it asks whether it is done?
        """
        for part in parts_of(e):
            if isinstance(part, ast.Call) and part.name == "done" and part.arguments:
                asked = part.arguments[0]
                named = asked.base if isinstance(asked, ast.Index) else asked
                if isinstance(named, ast.Name) and not self.world.counts.get(named.name):
                    return False
        paths = [path for part in parts_of(e) if isinstance(part, ast.LabelPredicate) for path in part.labels]
        return all(any(use.target.pc in self.positions[use.process] for use in uses(path)) for path in paths)


def count_applies(found: Occurrences, node: ast.CountDecl, counted: str | None, per: str | None) -> bool | None:
    """``counted``, ``per``: the objects of ``new`` and ``free``."""
    if node.per is not None:
        return found.occurs(node.per, per)
    if found.occurs(node.counted, counted):
        return True
    written = found.is_written(node.counted, counted)
    if written is None:
        return None
    return written == (node.quantity is ast.Quantity.NEVER)
