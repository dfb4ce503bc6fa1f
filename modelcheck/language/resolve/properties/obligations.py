"""Built-in obligations: which there are, their subjects, and which property each belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import assert_never

from modelcheck.ground.diagnostics import DiagnosticBag
from modelcheck.ground.records import dataclass
from modelcheck.ground.suggest import missing, name_in
from modelcheck.language.resolve.facts.facts import Facts, Reach
from modelcheck.language.resolve.instance import INIT_OWNER, Function
from modelcheck.language.resolve.names import labels
from modelcheck.language.resolve.names.declarations import Declarations
from modelcheck.language.resolve.types.compatibility import is_scalar, leaves
from modelcheck.language.resolve.types.conversion import with_article
from modelcheck.language.syntax import ast
from modelcheck.model import typed
from modelcheck.model.absences import Absence, NeverOccurs, NoAssert, OwnerNotRunning
from modelcheck.model.obligations import ALIASES, ASSERTED, OBLIGATIONS, About, kinds_about

_OBJECT, _OWNER = kinds_about(About.OBJECT), kinds_about(About.OWNER)
#: What the subjects of kinds are that asserts find which nobody has written.
_SUBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "suspicious_rcu": "variable or field that is read by `rcu_dereference`",
        "rcu_self_wait": "process or inline that waits for a grace period",
        "double_call_rcu": "object that is freed by RCU",
    }
)
_LOCK, _STATE = kinds_about(About.LOCK), kinds_about(About.SYSTEM)


@dataclass(frozen=True, slots=True)
class Variable:
    """Something that has a subject of its own: a field, shared variable or local."""

    subject: str
    types: tuple[typed.Type, ...]  # of all locals of that name
    may_be_unassigned: bool

    def fits(self, kind: str) -> bool:
        """Whether an obligation of a field-level kind can concern it."""
        return any(fits(kind, type) for type in self.types)


@dataclass(frozen=True, slots=True)
class Universe:
    """All subjects of one instance, and which of them can be at fault at all.

    ``no_sleep``: some process must not sleep for what it is, or switches off. ``with_states``: the processes that
    have a task state. ``with_switches``: those that can have something switched off.
    """

    variables: Mapping[str, Variable]
    objects: Mapping[str, typed.ObjectClass]
    owners: tuple[str, ...]
    functions: Mapping[str, Function]
    reach: Reach
    facts: tuple[tuple[str, Facts], ...]  # ``reach.all()``
    no_sleep: bool
    with_states: tuple[str, ...]
    with_switches: tuple[str, ...]

    def possible(self, kind: str) -> tuple[str, ...]:
        """Return the subjects that can be at fault in this instance, in a fixed order."""
        facts = self.facts
        if kind in _STATE:
            return ("",)
        if kind == "unbalanced":
            return self.with_switches
        if kind == "assertion" or kind in ASSERTED:
            return tuple(dict.fromkeys(name for _, f in facts for of, name in f.asserts if of == kind))
        if kind in _OBJECT:
            return tuple(name for name in self.objects if self._object(kind, name))
        if kind == "division_by_zero":
            return tuple(name for name, f in facts if f.divides)
        if kind == "option_none":
            return tuple(name for name, f in facts if f.unwraps)
        if kind == "blocking_not_running":
            return self.with_states
        if kind == "requires":
            names = {name for name, _ in facts}
            return tuple(n for n, f in self.functions.items() if f.requires is not None and n in names)
        if kind in _LOCK and not self._locks_can_fail(kind):
            return ()
        if kind == "frozen" and not any(f.freezes for _, f in facts):
            return ()
        found = [v.subject for v in self.variables.values() if self._fits(kind, v)]
        if kind == "sleep_in_atomic":
            found += [name for name, f in self.functions.items() if f.sleeps]
        return tuple(found)

    def _object(self, kind: str, name: str) -> bool:
        facts = [f for _, f in self.facts]
        freed = any(name in f.freed for f in facts)
        match kind:
            case "null_deref":
                return any(name in f.dereferenced for f in facts)
            case "use_after_free":
                return freed and not self.objects[name].typestable
            case "double_free":
                return freed
            case "free_active":
                return freed and any(field.pending for field in self.objects[name].fields)
            case "leak":
                return any(name in f.allocated for f in facts)
            case "pool_exhausted":
                return any(name in f.exhausted for f in facts)
            case _:
                raise AssertionError(kind)

    def _locks_can_fail(self, kind: str) -> bool:
        facts = [f for _, f in self.facts]
        if kind in ("double_unlock", "unlock_not_owner"):
            return any(f.unlocks for f in facts)
        if kind == "sleep_in_atomic":
            if self.no_sleep:
                return True
            found = [leaf for v in self.variables.values() for type in v.types for leaf in leaves(type)]
            return any(isinstance(leaf, typed.LockType) and leaf.kind.facts.spins for leaf in found)
        return any(f.locks for f in facts)

    def _fits(self, kind: str, variable: Variable) -> bool:
        """Whether the kind can befall a variable of that type."""
        if kind == "unassigned_read":
            return variable.may_be_unassigned
        if kind == "free_locked" and "." not in variable.subject:
            return False
        return variable.fits(kind)

    def matching(self, kind: str, prefix: str) -> tuple[str, ...]:
        """Return the subjects of a field-level kind below an object's or owner's name."""
        return tuple(v.subject for v in self.variables.values() if v.subject.startswith(prefix + ".") and v.fits(kind))


def fits(kind: str, type: typed.Type) -> bool:
    """Whether an obligation of a field-level kind can concern a variable of ``type``."""
    if kind == "index":
        return _has_array(type)
    if kind == "unassigned_read":
        return any(is_scalar(leaf) for leaf in leaves(type))
    for leaf in leaves(type):
        match leaf:
            case typed.AtomicType(_, _, refcount, word):
                if kind == "frozen" or (kind == "range" and word is None) or (kind == "refcount" and refcount):
                    return True
            case typed.RangeType():
                if kind == "range":
                    return True
            case typed.LockType(lock):
                if _lock_fits(kind, lock):
                    return True
            case (
                typed.BoolType()
                | typed.IntType()
                | typed.BvType()
                | typed.EnumType()
                | typed.ProcType()
                | typed.RefType()
                | typed.WrappingType()
                | typed.PlaceType()
                | typed.MissingType()
            ):
                continue
            case _:
                assert_never(leaf)
    return False


def _lock_fits(kind: str, lock: typed.LockKind) -> bool:
    if kind == "sleep_in_atomic":
        return bool(lock.facts.sleeping)
    if kind not in _LOCK or not lock.facts.held:
        return False
    return lock.facts.owned or kind not in ("unlock_not_owner", "free_locked")


def _has_array(type: typed.Type) -> bool:
    if isinstance(type, typed.ArrayType):
        return True
    return isinstance(type, typed.StructType) and any(_has_array(field.type) for field in type.fields)


def universe(
    shared: Iterable[typed.SharedVar],
    objects: Iterable[typed.ObjectClass],
    locals: Iterable[typed.Local],
    functions: Mapping[str, Function],
    processes: Iterable[typed.Process],
    reach: Reach,
) -> Universe:
    """Return all subjects of an instance."""
    variables: dict[str, Variable] = {}
    processes = tuple(processes)
    classes = {o.name: o for o in objects}
    for o in classes.values():
        for field in o.fields:
            subject = f"{o.name}.{field.name}"
            unassigned = _leaf_unassigned(field.type, field.initial is None)
            variables[subject] = Variable(subject, (field.type,), unassigned)
    for var in shared:
        variables[var.name] = Variable(var.name, (var.type,), _leaf_unassigned(var.type, var.unassigned))
    owners = [p.name for p in processes] + list(functions) + [INIT_OWNER]
    known = set(owners)
    parameters = {p.id for f in functions.values() for p in f.parameters if isinstance(p, typed.Local)}
    for local in locals:
        if local.owner in known:
            subject = f"{local.owner}.{local.name}"
            unassigned = local.id not in parameters
            before = variables.get(subject, Variable(subject, (), False))
            types = tuple(dict.fromkeys((*before.types, local.type)))
            variables[subject] = Variable(subject, types, before.may_be_unassigned or unassigned)
    no_sleep = any(process.no_sleep is not None for process in processes)
    with_states = tuple(process.name for process in processes if process.task_state is not None)
    with_switches = tuple(process.name for process in processes if process.off is not None)
    every = tuple(reach.all())
    return Universe(variables, classes, tuple(owners), functions, reach, every, no_sleep, with_states, with_switches)


def _leaf_unassigned(type: typed.Type, unassigned: bool) -> bool:
    if isinstance(type, typed.ArrayType):
        return _leaf_unassigned(type.element, unassigned)
    if isinstance(type, typed.StructType):
        return any(_leaf_unassigned(field.type, field.initial is None) for field in type.fields)
    return unassigned and is_scalar(type)


# --------------------------------------------------------------------------------- user's obligations


class Claims:
    """Resolves the user's ``obligation`` items against one instance."""

    def __init__(self, declarations: Declarations, found: Universe, bag: DiagnosticBag) -> None:
        self.declarations = declarations
        self.universe = found
        self.bag = bag

    def resolve(self, node: ast.ObligationDecl) -> tuple[tuple[typed.ObligationKey, ...], Absence | None] | None:
        """Return the keys, and why none of them can occur here (an absent assert, callback or
        process); None if wrong.
        """
        keys: dict[typed.ObligationKey, None] = {}
        absent: list[Absence] = []
        for target in node.targets:
            kind = ALIASES.get(target.kind, target.kind)
            if kind not in OBLIGATIONS:
                message = f"unknown kind of obligation `{target.kind}`"
                self.bag.add(missing("MC123", message, target.kind, [*OBLIGATIONS, *ALIASES], target.span))
                return None
            if not target.subjects:
                keys.update((typed.ObligationKey(kind, s), None) for s in self.universe.possible(kind))
                continue
            if kind in _STATE:
                self.bag.error("MC124", f"`{kind}` is about the whole system: it has no subject", target.span)
                return None
            for subject in target.subjects:
                found = self._subject(kind, subject, target, absent)
                if found is None:
                    return None
                keys.update((typed.ObligationKey(kind, s), None) for s in found)
        reason = absent[0] if absent and len(absent) == sum(max(1, len(t.subjects)) for t in node.targets) else None
        return tuple(keys), reason

    def _subject(
        self, kind: str, path: tuple[str, ...], target: ast.ObligationTarget, absent: list[Absence]
    ) -> tuple[str, ...] | None:
        """Return the subjects that ``path`` means; notes in ``absent`` if this scenario lacks it; None if unknown."""
        name = ".".join(path)
        universe, declarations = self.universe, self.declarations
        if kind == "assertion" or kind in ASSERTED:
            known = assert_names(declarations, kind)
            if name not in known:
                self._unknown(kind, name, _SUBJECTS.get(kind, "assert"), known, target)
                return None
            if name not in universe.possible(kind):
                absent.append(NoAssert(name))
            return (name,)
        if kind in _OBJECT:
            if name in universe.objects:
                return (name,)
            self._unknown(kind, name, "object", universe.objects, target)
            return None
        if kind == "requires" or (kind == "sleep_in_atomic" and name in declarations.functions):
            callbacks = [n for n, f in declarations.functions.items() if isinstance(f, ast.CallbackDecl)]
            if name not in callbacks:
                self._unknown(kind, name, "callback", callbacks, target)
                return None
            if name not in {owner for owner, _ in universe.facts}:
                absent.append(NeverOccurs(typed.EventKind.CALL, name))
            return (name,)
        if kind in _OWNER:
            owners = [*declarations.processes, *declarations.functions, INIT_OWNER]
            if name not in owners:
                self._unknown(kind, name, "process or inline", owners, target)
                return None
            return (name,)
        return self._variable(kind, path, target, absent)

    def _variable(
        self, kind: str, path: tuple[str, ...], target: ast.ObligationTarget, absent: list[Absence]
    ) -> tuple[str, ...] | None:
        name = ".".join(path)
        universe, declarations = self.universe, self.declarations
        variable = universe.variables.get(name)
        if variable is not None:
            if not variable.fits(kind):
                message = f"`{kind}` cannot happen to `{name}`: it is of the wrong type"
                self.bag.error("MC124", message, target.span)
                return None
            return (name,)
        owner = path[0]
        if len(path) == 1 and (owner in universe.objects or owner in universe.owners):
            return universe.matching(kind, owner)
        declared = owner in declarations.processes or owner in declarations.functions
        if declared and (len(path) == 1 or (len(path) == 2 and path[1] in _locals(declarations, owner))):
            absent.append(OwnerNotRunning(owner))
            return (name,)
        self._unknown(kind, name, "variable, field or local", universe.variables, target)
        return None

    def _unknown(
        self, kind: str, name: str, what: str, candidates: Iterable[str], target: ast.ObligationTarget
    ) -> None:
        message = f"the subject of `{kind}` is {with_article(what)}; there is no `{name}`"
        behind = name_in(target.span, target.kind)
        self.bag.add(missing("MC124", message, name, candidates, target.span, behind=behind))


def _statements(declarations: Declarations) -> Iterator[tuple[str, ast.Stmt]]:
    bodies = [*declarations.processes.values(), *declarations.functions.values(), *declarations.inits.values()]
    for item in bodies:
        stack: list[ast.Stmt] = [item.body]
        while stack:
            node = stack.pop()
            yield item.name, node
            stack.extend(labels.children(node))


def assert_names(declarations: Declarations, kind: str = "assertion") -> frozenset[str]:
    """Return the names that asserts of the spec have; those of another ``kind``: what they are about."""
    asserts = (node for _, node in _statements(declarations) if isinstance(node, ast.Assert))
    found = (node.name for node in asserts if node.obligation == kind)
    return frozenset(name for name in found if name is not None)


def _locals(declarations: Declarations, owner: str) -> frozenset[str]:
    names = set()
    function = declarations.functions.get(owner)
    if function is not None:
        names |= {parameter.name for parameter in function.parameters}
    for name, node in _statements(declarations):
        if name == owner:
            if isinstance(node, ast.LocalDecl):
                names.add(node.name)
            elif isinstance(node, ast.For | ast.PickStmt):
                names.add(node.variable)
    return frozenset(names)


def unclaimed(found: Universe, claimed: frozenset[typed.ObligationKey]) -> Iterator[tuple[str, typed.Obligation]]:
    """Yield for each kind the obligations of it that no property of the user's claims."""
    for kind in OBLIGATIONS:
        keys = [typed.ObligationKey(kind, subject) for subject in found.possible(kind)]
        rest = tuple(key for key in keys if key not in claimed)
        if rest:
            yield kind, typed.Obligation(rest)
