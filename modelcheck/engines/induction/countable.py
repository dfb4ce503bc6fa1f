"""What makes a class countable: nobody tells its instances apart, and initial values grow evenly with their number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from modelcheck.ground.source import Span
from modelcheck.ir.passes.counters import NotCountable, Replicas
from modelcheck.ir.system import System
from modelcheck.ir.terms import INT
from modelcheck.model import typed


def counted_class(model: typed.Model) -> str:
    """The class that runs in any number. Raises ``NotCountable`` if its instances can be told apart, as far as the model shows it."""
    found = [p.name for p in model.processes if p.count is None]
    if len(found) != 1:
        raise NotCountable(f"more than one class runs in any number: {', '.join(found)}")
    process = found[0]
    for node, owner in _nodes(model, "the model"):
        match node:
            case typed.ProcType(name) | typed.ProcDomain(name) if name == process:
                raise NotCountable(f"{owner} holds or ranges over the identity of {process}")
            case typed.LockType(typed.LockKind.RWLOCK | typed.LockKind.RWSEM):
                raise NotCountable(f"{owner} has a reader-writer lock, whose bound depends on the number of instances")
            case typed.CountProcesses(name) if name == process and not owner.startswith("shared "):
                raise NotCountable(f"{owner} asks how many {process} there are")
    for variable in model.shared:
        if variable.initial is not None and not _is_affine(variable.initial):
            raise NotCountable(f"the initial value of {variable.name} is not a sum")
    return process


def _nodes(root: object, owner: str) -> Iterator[tuple[object, str]]:
    """Every node below ``root`` with words for the declaration it stands in."""
    stack = [(root, owner)]
    names: dict[type, tuple[str, ...]] = {}
    while stack:
        node, where = stack.pop()
        if isinstance(node, Span | str | int):
            continue
        yield node, where
        if isinstance(node, tuple | list | frozenset):
            stack.extend((x, where) for x in node)
        elif is_dataclass(node):
            match node:
                case typed.SharedVar(name=name):
                    where = f"shared {name}"
                case typed.ObjectClass(name=name) | typed.Event(name=name) | typed.Inline(name=name):
                    where = name
                case typed.Process(name=name) | typed.Property(name=name):
                    where = name
                case typed.Model():
                    pass
            parts = names.get(type(node))
            if parts is None:
                parts = names[type(node)] = tuple(f.name for f in fields(node))
            stack.extend([(getattr(node, part), where) for part in parts])


def _is_affine(e: typed.Expr) -> bool:
    """Whether the value grows by the same amount with each instance."""
    if not any(isinstance(node, typed.CountProcesses) for node, _ in _nodes(e, "")):
        return True
    match e:
        case typed.CountProcesses():
            return True
        case typed.Binary("+" | "-", left, right):
            return _is_affine(left) and _is_affine(right)
        case typed.Binary("*", typed.Constant(), other) | typed.Binary("*", other, typed.Constant()):
            return _is_affine(other)
        case typed.New(inits=inits):
            return all(_is_affine(value) for _, value in inits)
        case _:
            return False


def growth_of(two: System, others: Mapping[int, System], replicas: Replicas) -> dict[int, int]:
    """By how much initial values grow with each instance. Raises ``NotCountable`` if they do not grow evenly."""
    initial = {n: {v.name: v.initial for v in system.variables} for n, system in others.items()}
    own = {*replicas.own[0], *replicas.own[1]}
    result: dict[int, int] = {}
    for v in two.variables:
        if v.id in own:
            continue
        slope = int(v.initial) - int(initial[1].get(v.name, v.initial))
        for n, known in initial.items():
            if v.name in known and int(known[v.name]) != int(v.initial) + (n - 2) * slope:
                raise NotCountable(f"the initial value of {v.name} depends on the number of instances")
        if slope and v.sort != INT:
            raise NotCountable(f"the initial value of {v.name} depends on the number of instances")
        if slope:
            result[v.id] = slope
    return result
