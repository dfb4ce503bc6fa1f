"""Deciding every assignment: counterexample-guided, with each race replayed under all assignments that are left.

An assignment is safe if under it every universal property holds in every scenario, and every
``cover`` and ``may`` that applies there with some assignment has a witness. Scenarios are taken one
after the other, those with a fixed number of processes first; in each, classes of assignments
(``scenario``) in order. A race found for one class is replayed by the interpreter for every other
one, and rejects all with which it runs to the same violation: no assignment is rejected on the word
of another, and none is explored for which an old race does. The scheme is that of
counterexample-guided inductive synthesis (Solar-Lezama et al., "Combinatorial sketching for finite
programs", ASPLOS 2006) over an explicit set of candidates, as in explicit-state protocol synthesis
(Udupa et al., "TRANSIT", PLDI 2013; Elver et al., "VerC3", DATE 2018); these prune by the holes
that a failing run looked at, and a replay prunes at least that much. A failed existential property
rejects its class only, because that is what the exploration covered.

Which race rejects what does not depend on how many processes search: answers are used in the order
of the text, not in that in which they arrive.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace
from typing import TypeAlias

from modelcheck.ground.diagnostics import SpecError
from modelcheck.ground.ended import Ended
from modelcheck.ground.records import dataclass
from modelcheck.ground.workers import Failed, Finished, Said, Tick, run_tasks
from modelcheck.language import pipeline
from modelcheck.language.syntax import ast
from modelcheck.result.budget import ending
from modelcheck.result.progress import Relay, Standing
from modelcheck.result.trace import Trace
from modelcheck.studies.matrix.answers import preload
from modelcheck.studies.matrix.check import assumptions_of
from modelcheck.studies.matrix.model import Assumptions, Pair
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.run import Listener
from modelcheck.studies.reasons import Senseless
from modelcheck.studies.synthesis.model import Open, Reason, Rejection, Synthesis, Undecided, Why
from modelcheck.studies.synthesis.question import Question, read_question
from modelcheck.studies.synthesis.reasons import Detail, Unknown, Untold
from modelcheck.studies.synthesis.scenario import Findings, Kind, Split, Violation, ask, replays, split
from modelcheck.studies.synthesis.space import Assignment

#: Why nothing is known of a class of assignments in a scenario.
NoFindings: TypeAlias = Untold | Senseless | Ended


@dataclass(slots=True)
class _Search:
    """``seconds``: for telling the assignments apart in one scenario, and for replaying the races
    of one class under all others (None: no limit).
    """

    question: Question
    assignments: tuple[Assignment, ...]
    seconds: float | None
    clock: Callable[[], float]
    splits: list[Split] = field(default_factory=list)
    #: answers by (scenario number, class number)
    answers: dict[tuple[int, int], Findings | NoFindings] = field(default_factory=dict)
    applied: set[tuple[int, int]] = field(default_factory=set)
    rejected: dict[Assignment, Rejection] = field(default_factory=dict)
    open: dict[Assignment, list[Open]] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)
    explorations: int = 0

    def split(self, number: int) -> Split:
        while len(self.splits) <= number:
            scenario = self.question.scenarios[len(self.splits)]
            asked = self.question
            told = split(asked.edited, asked.space, scenario, self.assignments, self._limit())
            self.splits.append(told)
            for assignment in () if told.done else self.assignments:
                self.open.setdefault(assignment, []).append(Open(scenario.name, (), Untold.DIVIDING))
        return self.splits[number]

    def _limit(self) -> Callable[[], bool]:
        """Return what tells whether a part of the work that begins now has had its time."""
        if self.seconds is None:
            return lambda: False
        end = self.clock() + self.seconds
        return lambda: self.clock() > end

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
            self._reject(Why.INVALID, scenario, "", None, Senseless(kind.error), {kind: None})
            return
        answer = self.answers[key]
        if not isinstance(answer, Findings):
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
        """Replay the races of one class under all others, as long as there is time: what is not
        replayed is explored. Races after the first are kept only if they reject more."""
        divided = self.splits[key[0]]
        is_over = self._limit()
        for number, violation in enumerate(violations):
            if number and not any(self.is_alive(other) for other in divided.kinds):
                return
            traces: dict[Kind, Trace | None] = {kind: violation.trace}
            for other in divided.kinds:
                if other is not kind and (number == 0 or self.is_alive(other)) and not is_over():
                    trace = replays(divided, other, violation)
                    if trace is not None:
                        traces[other] = trace
            if number == 0 or len(traces) > 1:
                scenario, name = divided.scenario.name, violation.property_name
                self._reject(Why.VIOLATED, scenario, name, violation.trace, violation.trace.finding, traces)

    def _reject(
        self, why: Why, scenario: str, name: str, trace: Trace | None, detail: Detail, refuted: dict[Kind, Trace | None]
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

    def leave_rest_open(self, why: Unknown) -> None:
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
    question: Question | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Synthesis:
    """Decide every assignment of the unknowns of ``variant``.

    ``spec``: as loaded; ``path``: how reports call it; ``options``: as for a matrix (``variants``
    is not looked at); ``unknowns``: see ``read_question``; ``question``: if that was read already.
    An interrupt (Ctrl-C) leaves open what was not decided by then. Raises ``SpecError`` as
    ``read_question`` does, and if the spec makes no sense with any assignment.
    """
    started = time.perf_counter()
    question = question or read_question(spec, variant, options, unknowns)
    search = _Search(question, question.space.assignments(), options.left, clock)
    interrupted = False
    try:
        _run(search, options, listener)
    except KeyboardInterrupt:
        interrupted = True
        search.leave_rest_open(Untold.INTERRUPTED)
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


def _answers(tasks: Sequence[_Task], options: Options, listener: Listener | None) -> list[Findings | NoFindings]:
    """Ask about each of the tasks, side by side; or say why there is no answer."""
    found: list[Findings | NoFindings] = [Untold.NO_ANSWER] * len(tasks)
    if options.jobs == 0:
        for index, task in enumerate(tasks):
            found[index] = _work(task, lambda _: None)
            _tell(listener, task)
        return found
    limit = None if options.left is None else ending(options.left)
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


def _work(task: _Task, say: Callable[[object], None]) -> Findings | Senseless:
    counts_cell = task.question.counts_cell(task.split.scenario.name)
    try:
        return ask(task.split, task.kind, counts_cell, task.options, Relay(say))
    except SpecError as error:
        return Senseless(error.diagnostics[0])


# ---------------------------------------------------------------------------------------- the answer


def _result(search: _Search, path: str, model: str, seconds: float, interrupted: bool) -> Synthesis:
    question = search.question
    alive = [assignment for assignment in search.assignments if assignment not in search.rejected]
    safe = tuple(assignment for assignment in alive if assignment not in search.open)
    undecided = tuple(Undecided(a, tuple(search.open[a])) for a in alive if a in search.open)
    whole = not question.options.properties and not question.options.scenarios
    found = (*question.diagnostics, *(d for divided in search.splits for d in divided.diagnostics))
    return Synthesis(
        spec=path,
        model=model,
        variant=question.edited.variant,
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
        surprises=question.oracle.surprises(safe, alive, whole=whole),
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
