"""Scenarios in which a class runs in any number of instances: small numbers first, then a proof for all.

A violation (or a witness of an existential property) that a small number of instances shows is one
of the scenario: it is found by exploration, cross-checked and replayed like any other. What no
small number shows is left to induction; that can only prove, never refute. Where it does not
succeed, larger numbers are explored one after the other as long as that takes little: the first one
that shows a violation is the smallest that does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING

from modelcheck.checking.contradictions.withdrawal import withdrawn
from modelcheck.checking.cuts import may_fault
from modelcheck.checking.plan import ANY_NUMBER
from modelcheck.ground.records import dataclass
from modelcheck.model import typed
from modelcheck.result.budget import LEAST_SECONDS, Budget
from modelcheck.result.checked import Checked, Timing
from modelcheck.result.coverage import Coverage, merged
from modelcheck.result.proof import Request
from modelcheck.result.reasons.differences import Problem, ProvedAndRefuted
from modelcheck.result.reasons.reason import AnotherWasWrong, ForAnyNumber, together
from modelcheck.result.reasons.stops import Explored, Vacuous
from modelcheck.result.verdict import Answer, EvidenceKind, Verdict

if TYPE_CHECKING:
    from modelcheck.engines.protocol import Sized
    from modelcheck.ground.diagnostics import Diagnostic
    from modelcheck.result.checked import Checked
    from modelcheck.result.trace import Trace

#: Checks a model in which every class has a fixed number of instances.
Check = Callable[[typed.Model, Budget], "Checked"]


@dataclass(slots=True)
class Findings:
    """What small numbers of instances showed, by names of properties.

    ``faults``: those whose fault was reached; ``deadlocked``: those judged at the end that are
    false in some deadlock; ``vacuous``: those of which nothing was judged with at least one
    instance, since nothing came to rest, and ``blocked``: of which deadlocks were all that anything
    ended in; ``rested``: those that were judged. ``clean``: numbers of instances that were explored
    as a whole; ``coverage``: what each exploration exercised.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    traces: dict[str, Trace] = field(default_factory=dict)
    faults: set[str] = field(default_factory=set)
    deadlocked: set[str] = field(default_factory=set)
    vacuous: set[str] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)
    rested: set[str] = field(default_factory=set)
    clean: list[int] = field(default_factory=list)
    coverage: list[tuple[int, Coverage]] = field(default_factory=list)
    seconds: float = 0.0
    problem: Problem | None = None
    warnings: dict[Diagnostic, None] = field(default_factory=dict)

    def open(self, model: typed.Model) -> list[str]:
        """The properties that apply and have no answer yet."""
        return [
            p.name
            for p in model.properties
            if p.not_applicable is None and p.name not in self.answers and not _is_only_stuck(p)
        ]

    def note(self, name: str, answer: Answer, false: bool, n: int) -> None:
        """Note what ``n`` instances, which violate nothing, say about the end.

        ``false``: the property is false in a deadlock.
        """
        if false:
            self.deadlocked.add(name)
        if n == 0:
            return  # nobody runs who could fail to come to rest
        vacuous = isinstance(answer.reason, Vacuous)
        if vacuous and name not in self.rested:
            self.vacuous.add(name)
        elif answer.verdict is Verdict.HOLDS and answer.deadlocked and not false and name not in self.rested:
            self.blocked.add(name)
        elif answer.verdict is Verdict.HOLDS:
            self.rested.add(name)
            self.vacuous.discard(name)
            self.blocked.discard(name)


def classes_in_any_number(model: typed.Model) -> tuple[str, ...]:
    """The names of the classes that run in any number of instances."""
    return tuple(p.name for p in model.processes if p.count is None)


def search_small(model: typed.Model, sized: Sized, check: Check, budget: Budget) -> Findings:
    """Explore with few instances, the smallest number first, and keep the first violation or witness of each property.

    Raises ``SpecError`` if a model cannot be elaborated.
    """
    found = Findings()
    for n in ANY_NUMBER.small:
        _search(model, sized, check, budget, n, found)
    return found


def search_larger(
    model: typed.Model, sized: Sized, check: Check, budget: Budget, found: Findings, open: Collection[str]
) -> None:
    """Explore with more instances until each of the properties ``open`` has an answer, some number
    has too many states, or the time is up.
    """
    started = time.perf_counter()
    faulting = {prop.name for prop in model.properties if may_fault(prop)}
    for n in ANY_NUMBER.faulting.numbers:
        left = [name for name in open if name not in found.answers]
        faults = not faulting.isdisjoint(left)
        sizes = ANY_NUMBER.faulting if faults else ANY_NUMBER.larger
        if not left or n not in sizes.numbers:
            return
        most = budget.seconds if faults and budget.seconds is not None else sizes.seconds
        seconds = most - (time.perf_counter() - started)
        if not _search_next(model, sized, check, budget, n, found, seconds):
            return


def search_suspected(model: typed.Model, sized: Sized, check: Check, budget: Budget, found: Findings) -> None:
    """Explore with a few more instances until one more property has an answer, where a proof makes no headway."""
    started = time.perf_counter()
    before = len(found.answers)
    for n in ANY_NUMBER.suspected.numbers:
        if len(found.answers) > before:
            return
        seconds = ANY_NUMBER.suspected.seconds - (time.perf_counter() - started)
        if not _search_next(model, sized, check, budget, n, found, seconds):
            return


def _search_next(
    model: typed.Model, sized: Sized, check: Check, budget: Budget, n: int, found: Findings, seconds: float
) -> bool:
    """Explore with ``n`` instances for so many seconds, unless that was done; return whether it
    makes sense to go on.
    """
    if n in found.clean:
        return True
    if budget.seconds is not None:
        seconds = min(seconds, budget.seconds - found.seconds)
    if seconds <= 0 or n - 1 not in found.clean:
        return False
    _search(model, sized, check, replace(budget, seconds=found.seconds + seconds), n, found)
    return True


def _search(model: typed.Model, sized: Sized, check: Check, budget: Budget, n: int, found: Findings) -> None:
    """Explore with ``n`` instances of each class and add what that shows."""
    started = time.perf_counter()
    small = sized(dict.fromkeys(classes_in_any_number(model), n))
    checked = check(small, _search_budget(budget, found.seconds))
    found.problem = found.problem or checked.problem
    by_id = {p.id: p for p in small.properties}
    deadlocked = frozenset[int]() if checked.exploration is None else checked.exploration.deadlocked
    for answer in checked.answers:
        prop = by_id[answer.property]
        found.note(prop.name, answer, answer.property in deadlocked, n)
        if answer.verdict is Verdict.ERROR:
            if not isinstance(answer.reason, Vacuous):
                found.answers.setdefault(prop.name, answer)
        elif answer.schedule is not None and prop.name not in found.answers:
            found.answers[prop.name] = replace(answer, states=None, searched=None)
            found.traces[prop.name] = checked.traces[answer.property]
    found.faults.update(by_id[id].name for id in checked.faults)
    found.warnings.update(dict.fromkeys(checked.warnings))
    found.coverage.append((n, checked.coverage))
    if checked.exploration is not None and checked.exploration.complete:
        found.clean.append(n)
    found.seconds += time.perf_counter() - started


def _search_budget(budget: Budget, spent: float) -> Budget:
    seconds = ANY_NUMBER.seconds if budget.seconds is None else max(budget.seconds - spent, LEAST_SECONDS)
    states = ANY_NUMBER.states if budget.states is None else min(budget.states, ANY_NUMBER.states)
    return replace(budget, seconds=seconds, states=states)


def check_unbounded(
    model: typed.Model,
    sized: Sized,
    check: Check,
    budget: Budget,
    request: Request | None = None,
    tell: Callable[[Checked], None] | None = None,
) -> Checked:
    """Answer every property of a model in which some class runs in any number of instances.

    ``request``: what is wanted of the proof. ``tell`` is told what small numbers show before
    anything is proved. ``check`` answers models with fixed numbers. Raises ``SpecError`` if the
    model cannot be elaborated.
    """
    found = search_small(model, sized, check, budget)
    if tell is not None and found.answers:
        tell(_shown(model, found))
    names = classes_in_any_number(model)
    answers: list[Answer] = []
    traces: dict[int, Trace] = {}
    # What `stuck` belongs to as well cannot be proved, only be violated.
    beyond = {prop.name for prop in model.properties if _names_stuck(prop)}
    candidates = [name for name in found.open(model) if name not in found.vacuous | beyond]

    def violated() -> Collection[str]:
        search_suspected(model, sized, check, budget, found)
        return found.answers.keys()

    proved = _prove(model, sized, candidates, budget, found.seconds, request, violated)
    left = [name for name in found.open(model) if name not in proved or not _is_proved(proved[name])]
    left = [name for name in left if name not in found.vacuous]
    search_larger(model, sized, check, _without(budget, proved), found, left)
    problem = found.problem
    explored = Explored(tuple(found.clean), names) if found.clean else None
    for prop in model.properties:
        known = found.answers.get(prop.name)
        if known is not None and prop.not_applicable is not None:
            answer = replace(known, property=prop.id)  # a contradiction
        elif prop.not_applicable is not None:
            answer = Answer(prop.id, Verdict.NOT_APPLICABLE, EvidenceKind.NONE, "", reason=prop.not_applicable)
        elif known is not None and prop.name in proved and _is_proved(proved[prop.name]):
            refuted = ProvedAndRefuted(prop.name)
            problem = problem or refuted
            answer = Answer(prop.id, Verdict.ERROR, EvidenceKind.NONE, "induction", reason=refuted)
        elif known is not None:
            answer = replace(known, property=prop.id)
            trace = found.traces.get(prop.name)
            if trace is not None:
                traces[prop.id] = trace
        elif _is_only_stuck(prop):
            stuck = ForAnyNumber.ONLY_STUCK
            answer = Answer(prop.id, Verdict.NOT_APPLICABLE, EvidenceKind.NONE, "", reason=stuck)
        elif prop.name in found.vacuous:
            answer = Answer(prop.id, Verdict.ERROR, EvidenceKind.NONE, "explicit", reason=Vacuous(explored))
        elif prop.name in beyond:
            reason = together(explored, ForAnyNumber.ALSO_STUCK)
            answer = Answer(prop.id, Verdict.UNKNOWN, EvidenceKind.NONE, "explicit", reason=reason)
        elif prop.name in proved:
            answer = _answer(proved[prop.name], explored)
            cut = prop.name in found.deadlocked or prop.name in found.blocked
            answer = replace(answer, deadlocked=cut)
        else:
            reason = together(explored, ForAnyNumber.NOTHING_RESTED)
            answer = Answer(prop.id, Verdict.UNKNOWN, EvidenceKind.NONE, "explicit", reason=reason)
        answers.append(answer)
    by_name = {p.name: p.id for p in model.properties}
    if problem is not None:
        answers = list(withdrawn(answers, traces, AnotherWasWrong(problem)))
    return Checked(
        tuple(answers),
        traces=traces,
        faults=frozenset(by_name[name] for name in found.faults if name in by_name),
        coverage=Coverage() if problem is not None else merged(found.coverage),
        problem=problem,
        timing=Timing(search=found.seconds),
        warnings=tuple(found.warnings),
    )


def _shown(model: typed.Model, found: Findings) -> Checked:
    """What was found so far, with no answer about the rest."""
    ids = {prop.name: prop.id for prop in model.properties}
    return Checked(
        tuple(_found_or_open(prop, found.answers.get(prop.name)) for prop in model.properties),
        traces={ids[name]: trace for name, trace in found.traces.items() if name in ids},
        faults=frozenset(ids[name] for name in found.faults if name in ids),
        problem=found.problem,
    )


def _found_or_open(prop: typed.Property, known: Answer | None) -> Answer:
    if prop.not_applicable is not None:
        return Answer(prop.id, Verdict.NOT_APPLICABLE, EvidenceKind.NONE, "", reason=prop.not_applicable)
    if known is None:
        return Answer(prop.id, Verdict.UNKNOWN, EvidenceKind.NONE, "induction")
    return replace(known, property=prop.id)


def _is_proved(answer: Answer) -> bool:
    return answer.evidence is EvidenceKind.PROVED


def _without(budget: Budget, proved: Mapping[str, Answer]) -> Budget:
    """What is left of a budget after the attempt at a proof."""
    if budget.seconds is None:
        return budget
    return replace(budget, seconds=max(budget.seconds - sum(o.seconds for o in proved.values()), 0.0))


def _names_stuck(prop: typed.Property) -> bool:
    """Whether the property is about ``stuck`` and about other kinds as well."""
    return (
        isinstance(prop.body, typed.Obligation)
        and any(key.kind == "stuck" for key in prop.body.keys)
        and not _is_only_stuck(prop)
    )


def _is_only_stuck(prop: typed.Property) -> bool:
    """Whether the property is only about ``stuck``, which no inductive invariant can show (it is
    not a safety property).
    """
    return isinstance(prop.body, typed.Obligation) and all(key.kind == "stuck" for key in prop.body.keys)


def _answer(answer: Answer, explored: Explored | None) -> Answer:
    """What a proof, or the attempt at one, says together with what was explored."""
    if answer.evidence is EvidenceKind.PROVED:
        return answer
    return replace(answer, reason=together(explored, answer.reason))


def _prove(
    model: typed.Model,
    sized: Sized,
    wanted: list[str],
    budget: Budget,
    spent: float,
    request: Request | None,
    doubt: Callable[[], Collection[str]],
) -> dict[str, Answer]:
    """Try to prove these properties; return what became of each, by name."""
    from modelcheck.checking.semantics import SEMANTICS
    from modelcheck.engines.protocol import Contact, Question
    from modelcheck.engines.registry import engine

    if not wanted:
        return {}
    seconds = ANY_NUMBER.proof if budget.seconds is None else max(budget.seconds - spent, LEAST_SECONDS)
    ids = {prop.name: prop.id for prop in model.properties}
    question = Question(model, SEMANTICS, sized=sized, request=request)
    contact = Contact(doubt=doubt)
    found = engine("induction").run(question, [ids[name] for name in wanted], replace(budget, seconds=seconds), contact)
    return dict(zip(wanted, found.answers, strict=True))
