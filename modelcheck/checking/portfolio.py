"""Several engines at once, each in a process of its own: the first answer that was re-checked wins.

Engines are good at different questions, and nobody knows beforehand which one a question is for
(Gomes and Selman, "Algorithm portfolios", 2001). A member returns answers whose evidence it has
re-checked already: traces replayed, explorations compared with the interpreter, certificates
confirmed by a second solver. Answers about one property are merged by ``verdict.join``. If two
contradict each other, neither is believed, and what both rest on is kept on disk: it is a bug of
this program, and that is what it takes to find it.

Members never outlive this process (``workers``). One that dies, for want of memory or for any other
reason, has no answers, and takes nothing else with it.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from modelcheck.checking.contradictions.contradictions import contradicted, contradicting, keep
from modelcheck.checking.contradictions.withdrawal import withdrawn
from modelcheck.ground.ended import Ended
from modelcheck.ground.records import dataclass
from modelcheck.ground.workers import Failed, Finished, Said, run_tasks
from modelcheck.result.budget import Budget
from modelcheck.result.progress import Progress, Relay, Standing
from modelcheck.result.reasons.reason import Limit, Limits
from modelcheck.result.verdict import Answer, Contradiction, Verdict, join

if TYPE_CHECKING:
    from modelcheck.result.checked import Checked

ENGINE = "portfolio"
#: A member that does not notice its own time limit is killed this much later (seconds), while there
#: is still time to say what the others found.
GRACE = 0.5


@dataclass(frozen=True, slots=True)
class Member:
    """``run`` works in a child process: it answers within a budget, and may leave what its answers
    rest on in a directory (which does not exist yet).

    ``share``: its part of the memory, compared with the other members.
    """

    name: str
    run: Callable[[Budget, Path, Progress], Checked]
    share: int = 1


def run_portfolio(
    members: Sequence[Member],
    first: Checked,
    budget: Budget,
    progress: Progress | None = None,
    interrupted: Callable[[], bool] | None = None,
    kept: Path | None = None,
) -> Checked:
    """Let all members work on what is open, until nothing is or all are done.

    ``first``: what is known already, one answer for each property. ``budget``: of all together;
    each has all the time and its share of the memory. ``kept``: where to leave what contradicting
    answers rest on; the current directory by default.
    """
    merged = _Merged(first, kept or Path.cwd())
    if merged.settled or not members:
        return merged.result(())
    with tempfile.TemporaryDirectory(prefix="modelcheck-") as scratch:
        directories = [Path(scratch) / member.name for member in members]
        tasks = [
            _Task(member, replace(budget, memory=_share(budget, member, members)), directory)
            for member, directory in zip(members, directories, strict=True)
        ]
        limit = None if budget.seconds is None else budget.seconds + GRACE
        events = run_tasks(_work, tasks, len(tasks), limit)
        try:
            for event in events:
                match event:
                    case Finished(index=index, result=result):
                        merged.add(members[index].name, result, directories)
                    case Failed(index=index, reason=reason):
                        merged.failures[members[index].name] = reason
                    case Said(message=Standing() as standing) if progress is not None:
                        progress.update(standing)
                    case _:
                        pass
                if merged.settled or (interrupted is not None and interrupted()):
                    break
        finally:
            events.close()
    return merged.result([member.name for member in members])


@dataclass(frozen=True, slots=True)
class _Task:
    member: Member
    budget: Budget
    directory: Path


def _work(task: _Task, say: Callable[[object], None]) -> Checked:
    if task.budget.memory is not None:
        limit_memory(task.budget.memory)
    try:
        found = task.member.run(task.budget, task.directory, Relay(say))
    except Exception as error:
        # z3 has an exception of its own for it.
        if "out of memory" in str(error).lower():
            raise MemoryError from error
        raise
    # The parent has the system, and has no use for a copy.
    return replace(found, system=None)


def limit_memory(amount: int) -> None:
    """Let this process allocate ``amount`` bytes more than it has; what goes beyond fails. (Only
    Linux can tell what it has.)
    """
    if sys.platform != "linux":
        return
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    limit = pages * resource.getpagesize() + amount
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    if most == resource.RLIM_INFINITY or limit <= most:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, most))


def _share(budget: Budget, member: Member, members: Sequence[Member]) -> int | None:
    if budget.memory is None:
        return None
    return budget.memory * member.share // sum(other.share for other in members)


@dataclass(slots=True)
class _Merged:
    """What is known so far. ``contradicted``: properties about which nothing is believed any more."""

    checked: Checked
    kept: Path
    contradicted: set[int] = field(default_factory=set)
    failures: dict[str, Ended] = field(default_factory=dict)
    open: dict[int, dict[str, Limit]] = field(default_factory=dict)

    @property
    def settled(self) -> bool:
        """Whether nothing is left to find out."""
        if self.checked.exploration is not None and self.checked.exploration.complete:
            return True
        return self.checked.problem is not None or all(
            not _is_open(answer) or answer.property in self.contradicted for answer in self.checked.answers
        )

    def add(self, name: str, found: Checked, directories: Sequence[Path]) -> None:
        """Merge what one member found."""
        mine, traces = list(self.checked.answers), dict(self.checked.traces)
        problem = self.checked.problem
        theirs = {answer.property: answer for answer in found.answers}
        for position, known in enumerate(mine):
            other = theirs.get(known.property)
            if other is None or known.property in self.contradicted:
                continue
            if _is_open(other):
                self.open.setdefault(known.property, {})[name] = Limit(
                    name, other.reason, other.depth if other.verdict is Verdict.BOUNDED else None
                )
            try:
                better = join(known, other)
            except Contradiction as contradiction:
                directory = keep(contradiction, {**found.traces, **traces}, directories, self.kept)
                self.contradicted.add(known.property)
                reason = contradicting(contradiction, directory)
                mine[position] = contradicted(contradiction, reason)
                problem = problem or reason
                traces.pop(known.property, None)
                continue
            if better is other and better is not known:
                mine[position] = better
                traces.pop(known.property, None)
                if known.property in found.traces:
                    traces[known.property] = found.traces[known.property]
        explored = found.exploration is not None
        self.checked = replace(
            found if explored else self.checked,
            answers=tuple(mine),
            traces=traces,
            faults=self.checked.faults | found.faults,
            problem=problem or found.problem,
            system=self.checked.system,
        )

    def result(self, names: Sequence[str]) -> Checked:
        """What was found, with the reasons of all members where there is no answer."""
        answers = tuple(self._explained(answer, names) for answer in self.checked.answers)
        if self.checked.problem is not None:
            answers = withdrawn(answers, self.checked.traces, self.checked.problem)
        ends = {id for id, trace in self.checked.traces.items() if trace.steps and trace.steps[-1].faulted}
        return replace(self.checked, answers=answers, faults=self.checked.faults | ends)

    def _explained(self, answer: Answer, names: Sequence[str]) -> Answer:
        if not names or not _is_open(answer):
            return answer
        told = self.open.get(answer.property, {})
        limits = tuple(
            Limit(name, self.failures[name]) if name in self.failures else told[name]
            for name in names
            if name in self.failures or name in told
        )
        before = answer.reason if answer.engine not in names else None
        return replace(answer, reason=Limits(limits, before)) if limits else answer


def _is_open(answer: Answer) -> bool:
    return answer.verdict in (Verdict.BOUNDED, Verdict.UNKNOWN, Verdict.ERROR)
