"""Scenarios with their parents' clauses taken in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from modelcheck.ground.diagnostics import DiagnosticBag, Fix, Note
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import NOWHERE, Span
from modelcheck.ground.suggest import did_you_mean, missing, name_in
from modelcheck.language.resolve.names.declarations import Declarations
from modelcheck.language.syntax import ast

#: The scenario of a spec that declares none.
DEFAULT = "default"


@dataclass(slots=True)
class Scenario:
    """A scenario after inheritance. ``runs`` in the order of instance numbers, servers not included."""

    name: str
    span: Span
    parents: tuple[str, ...] = ()
    description: str | None = None
    slow: bool = False
    runs: dict[str, ast.RunEntry] = field(default_factory=dict)
    params: dict[str, ast.SetParam] = field(default_factory=dict)
    inits: list[tuple[str, Span]] = field(default_factory=list)

    @property
    def any_number(self) -> bool:
        """Whether some class runs in any number of instances."""
        return any(entry.any_number for entry in self.runs.values())


@dataclass(frozen=True, slots=True)
class ScenarioInfo:
    """What the matrix must know of a scenario. ``runs``: (process, number of instances or None for any number)."""

    name: str
    parents: tuple[str, ...]
    description: str | None
    slow: bool
    any_number: bool
    runs: tuple[tuple[str, int | None], ...]


def names(declarations: Declarations) -> tuple[str, ...]:
    """Return the names of all scenarios; ``default`` if the spec declares none."""
    return tuple(declarations.scenarios) or (DEFAULT,)


def flatten(declarations: Declarations, name: str, bag: DiagnosticBag, span: Span | None = None) -> Scenario | None:
    """Return the scenario of that name with what it inherits; None (and a report) if there is none."""
    if not declarations.scenarios and name == DEFAULT:
        return _implicit(declarations, bag)
    declared = declarations.scenarios.get(name)
    if declared is None:
        hint = did_you_mean(name, declarations.scenarios)
        bag.error("MC111", f"there is no scenario `{name}`{hint}", span)
        return None
    scenario = Scenario(name, declared.span, description=declared.description)
    order: list[str] = []
    if not _inherit(declarations, declared, [], order, scenario, bag):
        return None
    scenario.parents = tuple(order[:-1])
    return scenario


def warn_of_idle(scenario: Scenario, bag: DiagnosticBag) -> None:
    """Report that a scenario runs no process: what holds there holds of the initial state alone."""
    if scenario.span is NOWHERE:
        bag.warning("MC413", "the spec has no process: only the initial state is looked at", None)
        return
    note = Note(f"say which processes it runs: `scenario {scenario.name} {{ run reader[2], writer; }}`")
    where = name_in(scenario.span, scenario.name)
    bag.warning("MC413", f"nothing runs in `{scenario.name}`: only its initial state is looked at", where, [note])


def _implicit(declarations: Declarations, bag: DiagnosticBag) -> Scenario:
    scenario = Scenario(DEFAULT, NOWHERE)
    for process in declarations.processes.values():
        if not process.server:
            if process.on is not None:
                entry = ast.RunEntry(process.name, None, False, process.span)
                _of_cpu(declarations, process, entry, scenario, bag)
            scenario.runs[process.name] = ast.RunEntry(process.name, None, False, process.span)
    return scenario


def _inherit(
    declarations: Declarations,
    declared: ast.ScenarioDecl,
    path: list[str],
    order: list[str],
    scenario: Scenario,
    bag: DiagnosticBag,
) -> bool:
    """Add the clauses of ``declared`` after those of its parents. ``order`` collects whose clauses are in."""
    if declared.name in path:
        cycle = " -> ".join([*path[path.index(declared.name) :], declared.name])
        bag.error("MC111", f"scenarios inherit from each other: {cycle}", declared.span)
        return False
    path.append(declared.name)
    for parent in declared.parents:
        above = declarations.scenarios.get(parent)
        if above is None:
            message, behind = f"there is no scenario `{parent}`", name_in(declared.span, declared.name)
            bag.add(missing("MC111", message, parent, declarations.scenarios, declared.span, behind=behind))
            continue
        if parent in order:
            continue
        if not _inherit(declarations, above, path, order, scenario, bag):
            return False
    path.pop()
    order.append(declared.name)
    own: dict[str, Span] = {}
    for clause in declared.clauses:
        match clause:
            case ast.RunClause(entries):
                for entry in entries:
                    _run(declarations, entry, own, scenario, bag)
            case ast.InitClause(names):
                for name in names:
                    _init(declarations, name, clause.span, scenario, bag)
            case ast.SetParam(name):
                if name not in declarations.constants:
                    message = f"there is no param `{name}`"
                    bag.add(missing("MC116", message, name, declarations.constants, clause.span))
                else:
                    scenario.params[name] = clause
            case ast.SlowClause():
                scenario.slow = True
    return True


def _init(declarations: Declarations, name: str, span: Span, scenario: Scenario, bag: DiagnosticBag) -> None:
    if name not in declarations.inits:
        bag.add(missing("MC114", f"there is no init block `{name}`", name, declarations.inits, span))
    elif all(name != known for known, _ in scenario.inits):
        scenario.inits.append((name, span))


def _run(
    declarations: Declarations, entry: ast.RunEntry, own: dict[str, Span], scenario: Scenario, bag: DiagnosticBag
) -> None:
    process = declarations.processes.get(entry.process)
    if process is None:
        message = f"there is no process `{entry.process}`"
        bag.add(missing("MC112", message, entry.process, declarations.processes, entry.span))
        return
    if process.server:
        note = Note("a server belongs to every scenario", process.span)
        bag.error("MC128", f"`{entry.process}` is a server: it is not named in `run`", entry.span, [note])
        return
    if process.on is not None:
        _of_cpu(declarations, process, entry, scenario, bag)
    if entry.process in own:
        note = Note("the first one is here", own[entry.process])
        message = f"`{entry.process}` stands twice in `run`; write `{entry.process}[2]` for two"
        bag.error("MC128", message, entry.span, [note])
        return
    own[entry.process] = entry.span
    if process.index is not None and (entry.count is not None or entry.any_number):
        _indexed(declarations, process, entry, bag)
    scenario.runs[entry.process] = entry


def _of_cpu(
    declarations: Declarations, process: ast.ProcessDecl, entry: ast.RunEntry, scenario: Scenario, bag: DiagnosticBag
) -> None:
    """A CPU runs one task, once."""
    assert process.on is not None
    if entry.count is not None or entry.any_number:
        bag.error("MC252", f"several instances of `{entry.process}` on one CPU are not there yet", entry.span)
    for name in scenario.runs:
        other = declarations.processes[name]
        if name != entry.process and other.on is not None and other.on.cpu == process.on.cpu:
            note = Note(f"`{name}` runs there", other.span)
            message = f"`{entry.process}` is a second task on `{process.on.cpu}`: one alone is there yet"
            bag.error("MC252", message, entry.span, [note])


def _indexed(declarations: Declarations, process: ast.ProcessDecl, entry: ast.RunEntry, bag: DiagnosticBag) -> None:
    """One instance runs for each literal; the scenario may only repeat the enum's name."""
    index = process.index
    name = index.name if isinstance(index, ast.NamedType | ast.Name) else ""
    if isinstance(entry.count, ast.Name) and entry.count.name == name:
        return
    if not isinstance(declarations.types.get(name), ast.EnumDecl):
        return  # the declaration is wrong, and reported
    fix = (Fix("run one for each literal", entry.span, entry.process),)
    message = f"`{process.name}` is indexed by `{name}`: one instance runs for each literal"
    bag.error("MC128", message, entry.span, [Note("declared here", process.span)], fix)


def info(scenario: Scenario, counts: Mapping[str, int | None]) -> ScenarioInfo:
    """Return what others may know of a scenario, given the number of instances of each class that it runs."""
    return ScenarioInfo(
        scenario.name,
        scenario.parents,
        scenario.description,
        scenario.slow,
        scenario.any_number,
        tuple(counts.items()),
    )
