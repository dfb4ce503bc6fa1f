"""Deciding every assignment: counterexample-guided, with each race replayed under all assignments that are left.

An assignment is safe if under it every universal property holds in every scenario, and every ``cover`` and ``may`` that applies there with some assignment
has a witness. Scenarios are taken one after the other, those with a fixed number of processes first; in each, classes of assignments (``scenario``) in
order. A race found for one class is replayed by the interpreter for every other one, and rejects all with which it runs to the same
violation: no assignment is rejected on the word of another, and none is explored for which an old race does. The scheme is that of
counterexample-guided inductive synthesis (Solar-Lezama et al., "Combinatorial sketching for finite programs", ASPLOS 2006) over an explicit set of candidates, as in
explicit-state protocol synthesis (Udupa et al., "TRANSIT", PLDI 2013; Elver et al., "VerC3", DATE 2018); these prune by the holes that a failing run looked at, and a replay
prunes at least that much. A failed existential property rejects its class only, because that is what the exploration covered.

Which race rejects what does not depend on how many processes search: answers are used in the order of the text, not in that in which they arrive.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from modelcheck import pipeline, variants
from modelcheck.diagnostics import Diagnostic, DiagnosticBag, SpecError
from modelcheck.engines.progress import Relay, Standing
from modelcheck.evidence.trace import Trace
from modelcheck.matrix.answers import preload
from modelcheck.matrix.check import assumptions_of
from modelcheck.matrix.groups import expand_groups
from modelcheck.matrix.model import Assumptions, Pair
from modelcheck.matrix.options import Options
from modelcheck.matrix.run import GRACE, Listener, scenario_members
from modelcheck.resolve.holes import Hole, OpenScenario, find_holes, open_scenarios
from modelcheck.suggest import did_you_mean
from modelcheck.syntax import ast
from modelcheck.synthesis.model import Open, Reason, Rejection, Synthesis, Undecided, Why
from modelcheck.synthesis.oracle import Oracle, read_oracle, safe_lines
from modelcheck.synthesis.scenario import Findings, Kind, Split, Violation, ask, replays, split
from modelcheck.synthesis.space import Assignment, Space
from modelcheck.variants.lineage import declared, lineage
from modelcheck.workers import Failed, Finished, Said, Tick, run_tasks

#: More assignments than this are not tried: each of them is resolved for each scenario.
LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. ``edited``: the spec of the variant; ``scenarios``: those that count, in the order in which they are taken."""

    edited: ast.Spec
    variant: str
    space: Space
    scenarios: tuple[OpenScenario, ...]
    skipped: tuple[str, ...]
    oracle: Oracle
    options: Options
    diagnostics: tuple[Diagnostic, ...]

    def counts_cell(self, scenario: str) -> Callable[[str], bool]:
        """Whether a property counts in a scenario."""
        asked = self.options.properties
        return lambda name: (not asked or name in asked) and self.oracle.asks_for(scenario, name)


def read_question(spec: ast.Spec, variant: str, options: Options, unknowns: Sequence[str] = ()) -> Question:
    """Find the holes of a variant and what is asked about them.

    ``spec``: as loaded. ``unknowns``: the holes; the others keep their default. Without them, those that the ``expect safe`` lines of the variant name, or all if
    there is no such line; an unknown without a default is a hole in any case, unless the variant or ``--set`` gives it a value. Raises ``SpecError``: for names that do not exist, MC531 if there is no hole, MC532 if there are too many assignments.
    """
    bag = DiagnosticBag()
    overrides = dict(options.overrides)
    chosen_names = scenario_members(spec, options.scenarios)
    grouped = expand_groups(pipeline.override(spec, overrides), bag)
    bag.raise_errors()
    edited, found = pipeline.with_variant(grouped, variant)
    bag.extend(found)
    edited = pipeline.override(edited, overrides)
    lines = safe_lines(grouped, variant)
    closed = frozenset(overrides) | _set_by_variant(spec, variant)
    _check_names(edited, unknowns, lines, closed, bag)
    closed |= _left_at_default(edited, unknowns or [name for line in lines for name in line.unknowns])
    holes = find_holes(edited, closed)
    space = Space(holes)
    if not holes:
        bag.error("MC531", f"`{variant}` has no unknown without a value: there is nothing to find", None)
        bag.raise_errors()
    if space.size > LIMIT:
        bag.error("MC532", _too_many(space, holes), None)
        bag.raise_errors()
    known = open_scenarios(edited)
    for name in chosen_names:
        if name not in {scenario.name for scenario in known}:
            pipeline.check_scenario(replace(edited, items=_valued(edited.items)), name)
    for name in options.properties:
        pipeline.check_property(edited, name)
    wanted = [s for s in known if (s.name in chosen_names if chosen_names else options.slow or not s.slow)]
    if not wanted:
        bag.error("MC505", "there is no scenario to run: every one is marked slow (--slow), or there is none", None)
    names = [scenario.name for scenario in known]
    properties = pipeline.property_names(edited)
    oracle = read_oracle(lines, variant, edited, space, names, properties, closed, bag)
    bag.raise_errors()
    wanted.sort(key=lambda scenario: scenario.any_number)
    skipped = tuple(s.name for s in known if s.slow and s not in wanted) if not chosen_names else ()
    return Question(edited, variant, space, tuple(wanted), skipped, oracle, options, bag.found)


def _valued(items: Sequence[ast.Item]) -> tuple[ast.Item, ...]:
    """The items without unknowns that have no value, which could not be resolved."""
    return tuple(item for item in items if not (isinstance(item, ast.UnknownDecl) and item.value is None))


def _check_names(
    edited: ast.Spec,
    chosen: Sequence[str],
    lines: Sequence[ast.ExpectSafeDecl],
    closed: frozenset[str],
    bag: DiagnosticBag,
) -> None:
    """Report names in ``chosen`` and in ``expect safe`` lines that are no unknowns (MC533)."""
    known = [item.name for item in edited.items if isinstance(item, ast.UnknownDecl)]
    named = [(name, None) for name in chosen] + [(name, line.span) for line in lines for name in line.unknowns]
    for name, span in named:
        if name not in known:
            bag.error("MC533", f"there is no unknown `{name}`" + did_you_mean(name, known), span)
    for name in chosen:
        if name in closed:
            bag.error("MC533", f"`{name}` has a value already: the variant or --set gives it one", None)
    bag.raise_errors()


def _left_at_default(edited: ast.Spec, chosen: Sequence[str]) -> frozenset[str]:
    """The unknowns that have a default and are not among the chosen (if any)."""
    if not chosen:
        return frozenset()
    unknowns = [item for item in edited.items if isinstance(item, ast.UnknownDecl)]
    return frozenset(item.name for item in unknowns if item.name not in chosen and item.value is not None)


def _set_by_variant(spec: ast.Spec, variant: str) -> frozenset[str]:
    """The unknowns that the variant, or what it inherits from, sets."""
    known = declared(spec)
    if variant == variants.BASE or variant not in known:
        return frozenset()
    line = lineage(known[variant], known, DiagnosticBag())
    edits = [edit for member in line.order for edit in member.edits]
    return frozenset(edit.target[0] for edit in edits if isinstance(edit, ast.SetEdit) and len(edit.target) == 1)


def _too_many(space: Space, holes: Sequence[Hole]) -> str:
    sizes = ", ".join(f"{hole.name} {hole.size:,}" for hole in holes)
    return (
        f"there are {space.size:,} assignments ({sizes} values), and at most {LIMIT:,} can be tried: "
        "give some of the unknowns a value with --set, or a smaller type"
    )


@dataclass(slots=True)
class _Search:
    question: Question
    assignments: tuple[Assignment, ...]
    splits: list[Split] = field(default_factory=list)
    #: answers by (scenario number, class number)
    answers: dict[tuple[int, int], Findings | str] = field(default_factory=dict)
    applied: set[tuple[int, int]] = field(default_factory=set)
    rejected: dict[Assignment, Rejection] = field(default_factory=dict)
    open: dict[Assignment, list[Open]] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)
    explorations: int = 0

    def split(self, number: int) -> Split:
        while len(self.splits) <= number:
            scenario = self.question.scenarios[len(self.splits)]
            asked = self.question
            self.splits.append(split(asked.edited, asked.variant, asked.space, scenario, self.assignments))
        return self.splits[number]

    def is_alive(self, kind: Kind) -> bool:
        return any(member not in self.rejected for member in kind.members)

    def pending(self) -> Iterator[tuple[int, int]]:
        """What is still to be found out or used, in the order in which it counts."""
        for number in range(len(self.question.scenarios)):
            if all(assignment in self.rejected for assignment in self.assignments):
                return
            for index, kind in enumerate(self.split(number).kinds):
                if (number, index) not in self.applied and self.is_alive(kind):
                    yield number, index

    def wave(self, size: int) -> list[tuple[int, int]]:
        """The next questions for the engines, at most ``size``."""
        found = []
        for key in self.pending():
            found.append(key)
            if len(found) == size:
                break
        return found

    def use(self, keys: Sequence[tuple[int, int]]) -> None:
        """Draw the conclusions from answers, in order."""
        for key in keys:
            kind = self.split(key[0]).kinds[key[1]]
            self.applied.add(key)
            if self.is_alive(kind):
                self._use(key, kind)

    def _use(self, key: tuple[int, int], kind: Kind) -> None:
        scenario = self.splits[key[0]].scenario.name
        if kind.error is not None:
            self._reject(Why.INVALID, scenario, "", None, kind.error.message, {kind: None})
            return
        answer = self.answers[key]
        if isinstance(answer, str):
            self._leave_open(kind, Open(scenario, (), answer))
            return
        if answer.violated:
            self._refute(key, kind, answer.violated)
        elif answer.never:
            name, detail = answer.never[0]
            self._reject(Why.NEVER, scenario, name, None, detail, {kind: None})
        for reason in dict.fromkeys(why for _, why in answer.open):
            names = tuple(name for name, why in answer.open if why == reason)
            self._leave_open(kind, Open(scenario, names, reason))

    def _refute(self, key: tuple[int, int], kind: Kind, violations: Sequence[Violation]) -> None:
        """Replay the races of one class under all others. Races after the first are kept only if they reject more."""
        divided = self.splits[key[0]]
        for number, violation in enumerate(violations):
            if number and not any(self.is_alive(other) for other in divided.kinds):
                return
            traces: dict[Kind, Trace | None] = {kind: violation.trace}
            for other in divided.kinds:
                if other is not kind and (number == 0 or self.is_alive(other)):
                    trace = replays(divided, other, violation)
                    if trace is not None:
                        traces[other] = trace
            if number == 0 or len(traces) > 1:
                scenario, name = divided.scenario.name, violation.property_name
                self._reject(Why.VIOLATED, scenario, name, violation.trace, violation.trace.finding.detail, traces)

    def _reject(
        self, why: Why, scenario: str, name: str, trace: Trace | None, detail: str, refuted: dict[Kind, Trace | None]
    ) -> None:
        members = {member for kind in refuted for member in kind.members}
        refutes = tuple(assignment for assignment in self.assignments if assignment in members)
        reason = Reason(len(self.reasons) + 1, why, scenario, name, trace, detail, refutes)
        self.reasons.append(reason)
        for kind, own in refuted.items():
            for member in kind.members:
                self.rejected.setdefault(member, Rejection(member, reason, own))

    def _leave_open(self, kind: Kind, what: Open) -> None:
        for member in kind.members:
            self.open.setdefault(member, []).append(what)

    def leave_rest_open(self, why: str) -> None:
        """Whatever was not looked at stays undecided."""
        for number, scenario in enumerate(self.question.scenarios):
            if number < len(self.splits):
                kinds = enumerate(self.splits[number].kinds)
                rest = [member for i, kind in kinds if (number, i) not in self.applied for member in kind.members]
            else:
                rest = list(self.assignments)
            for assignment in rest:
                self.open.setdefault(assignment, []).append(Open(scenario.name, (), why))


def synthesize(
    spec: ast.Spec,
    path: str,
    variant: str,
    options: Options,
    listener: Listener | None = None,
    unknowns: Sequence[str] = (),
) -> Synthesis:
    """Decide every assignment of the unknowns of ``variant``.

    ``spec``: as loaded; ``path``: how reports call it; ``options``: as for a matrix (``variants`` is not looked at); ``unknowns``: see ``read_question``. An interrupt (Ctrl-C) leaves open
    what was not decided by then. Raises ``SpecError`` as ``read_question`` does, and if the spec makes no sense with any assignment.
    """
    started = time.perf_counter()
    question = read_question(spec, variant, options, unknowns)
    search = _Search(question, question.space.assignments())
    interrupted = False
    try:
        _run(search, options, listener)
    except KeyboardInterrupt:
        interrupted = True
        search.leave_rest_open("interrupted")
    return _result(search, path, pipeline.model_name(spec), time.perf_counter() - started, interrupted)


# ------------------------------------------------------------------------------- asking the engines


@dataclass(frozen=True, slots=True)
class _Task:
    question: Question
    split: Split
    kind: Kind
    options: Options

    @property
    def name(self) -> tuple[str, str]:
        """What the report on progress calls it: (assignment, scenario)."""
        return self.question.space.text(self.kind.members[0]), self.split.scenario.name


def _run(search: _Search, options: Options, listener: Listener | None) -> None:
    if options.jobs:
        preload(options)
    while wave := search.wave(max(options.jobs, 1)):
        tasks = {}
        for number, index in wave:
            kind = search.splits[number].kinds[index]
            if kind.model is not None:
                tasks[number, index] = _Task(search.question, search.splits[number], kind, options)
        if all(kind.model is None for kind in search.splits[wave[0][0]].kinds):
            error = search.splits[wave[0][0]].kinds[0].error
            assert error is not None
            raise SpecError([error])
        search.explorations += len(tasks)
        if listener is not None:
            listener.planned([task.name for task in tasks.values()])
        answers = _answers(list(tasks.values()), options, listener)
        search.answers.update(zip(tasks, answers, strict=True))
        search.use(wave)


def _answers(tasks: Sequence[_Task], options: Options, listener: Listener | None) -> list[Findings | str]:
    """Ask about each of the tasks, side by side; a string says why there is no answer."""
    found: list[Findings | str] = ["no answer"] * len(tasks)
    if options.jobs == 0:
        for index, task in enumerate(tasks):
            found[index] = _work(task, lambda _: None)
            _tell(listener, task)
        return found
    limit = None if options.seconds is None else options.seconds * 1.5 + GRACE
    # What the others leave free is theirs.
    share = options.of_worker(min(options.jobs, max(len(tasks), 1)))
    events = run_tasks(_work, [replace(task, options=share) for task in tasks], options.jobs, limit)
    try:
        for event in events:
            match event:
                case Finished(index=index, result=result):
                    found[index] = result
                    _tell(listener, tasks[index])
                case Failed(index=index, reason=reason):
                    found[index] = reason
                    _tell(listener, tasks[index])
                case Said(index=index, message=Standing() as standing) if listener is not None:
                    listener.standing(*tasks[index].name, standing)
                case Tick() if listener is not None:
                    listener.tick()
                case _:
                    pass
    finally:
        events.close()
    return found


def _tell(listener: Listener | None, task: _Task) -> None:
    if listener is not None:
        listener.finished(Pair(*task.name, (), None, (), 0.0))


def _work(task: _Task, say: Callable[[object], None]) -> Findings | str:
    counts_cell = task.question.counts_cell(task.split.scenario.name)
    try:
        return ask(task.split, task.kind, counts_cell, task.options, Relay(say))
    except SpecError as error:
        return error.diagnostics[0].message


# ---------------------------------------------------------------------------------------- the answer


def _result(search: _Search, path: str, model: str, seconds: float, interrupted: bool) -> Synthesis:
    question = search.question
    alive = [assignment for assignment in search.assignments if assignment not in search.rejected]
    safe = tuple(assignment for assignment in alive if assignment not in search.open)
    undecided = tuple(Undecided(a, tuple(search.open[a])) for a in alive if a in search.open)
    found = (*question.diagnostics, *(d for divided in search.splits for d in divided.diagnostics))
    return Synthesis(
        spec=path,
        model=model,
        variant=question.variant,
        space=question.space,
        scenarios=tuple(scenario.name for scenario in question.scenarios),
        fixed={scenario.name: scenario.sets for scenario in question.scenarios},
        skipped=question.skipped,
        asked=question.options.properties,
        excepted=_excepted(question),
        safe=safe,
        rejected=tuple(search.rejected[a] for a in search.assignments if a in search.rejected),
        undecided=undecided,
        reasons=tuple(search.reasons),
        expected=bool(question.oracle.lines),
        surprises=question.oracle.surprises(safe, alive),
        assumptions=tuple(_assumptions(search, safe)),
        explorations=search.explorations,
        seconds=seconds,
        interrupted=interrupted,
        diagnostics=tuple({(d.code, d.message, str(d.span)): d for d in found}.values()),
    )


def _excepted(question: Question) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The cells that do not count: (property, scenarios)."""
    found = []
    for name in dict.fromkeys(name for entry in question.oracle.exceptions for name in entry.properties):
        without = tuple(s.name for s in question.scenarios if not question.oracle.asks_for(s.name, name))
        if without:
            found.append((name, without))
    return tuple(found)


def _assumptions(search: _Search, safe: Sequence[Assignment]) -> Iterator[Assumptions]:
    """What the safety of assignments rests on, without the assignments."""
    holes = {hole.name for hole in search.question.space.holes}
    chosen = set(safe)
    for divided in search.splits:
        for kind in divided.kinds:
            if kind.model is not None and not chosen.isdisjoint(kind.members):
                assumed = assumptions_of(kind.model)
                yield replace(assumed, params=tuple((name, v) for name, v in assumed.params if name not in holes))
