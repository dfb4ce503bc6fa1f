"""``modelcheck explore``: how many states there are, and what was never exercised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from modelcheck.checking.run import check_model
from modelcheck.engines.adaptive import Explorer
from modelcheck.ground.ended import Ended
from modelcheck.ground.records import dataclass
from modelcheck.ground.version import VERSION
from modelcheck.language import pipeline
from modelcheck.language.syntax import ast
from modelcheck.report.reasons.comparisons import cross_check_words
from modelcheck.report.reasons.sentences import problem_text, reason_text
from modelcheck.report.reasons.stops import advice, checkpoint_words, stop_words
from modelcheck.report.words import duration, listing, plural, wrapped
from modelcheck.result.budget import Budget
from modelcheck.result.checked import Checked
from modelcheck.result.exploration import Exploration
from modelcheck.result.progress import Progress
from modelcheck.result.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Counted:
    """One scenario of a variant (None: the spec as written).

    ``checked``: None if some process runs in any number, or if there is a ``failure``: why nothing
    is known.
    """

    variant: str | None
    scenario: str
    checked: Checked | None
    failure: Ended | None = None

    @property
    def complete(self) -> bool:
        """Whether every reachable state was visited, if there is anything to visit."""
        return not self.failure and (self.checked is None or self.found.complete)

    @property
    def found(self) -> Exploration:
        """The exploration, where there is one."""
        assert self.checked is not None
        assert self.checked.exploration is not None
        return self.checked.exploration


def count(
    spec: ast.Spec,
    variant: str | None,
    scenario: str,
    budget: Budget,
    overrides: Mapping[str, str],
    engine: Explorer = "auto",
    progress: Progress | None = None,
) -> Counted:
    """Explore one scenario. Raises ``SpecError``."""
    model = pipeline.Loaded(spec).edited(variant, overrides).resolved(scenario).model
    if any(process.count is None for process in model.processes):
        return Counted(variant, scenario, None)
    return Counted(variant, scenario, check_model(model, budget, engine, progress, proofs=False, chosen=False))


def explore_text(counted: Counted, width: int = 80) -> str:
    """Return the report about one scenario."""
    checked, scenario, variant = counted.checked, counted.scenario, counted.variant
    if counted.failure:
        return f"{scenario}: no answer: {reason_text(counted.failure)}\n"
    if checked is None:
        return f"{scenario}: some process runs in any number; nothing to count\n"
    if checked.exploration is None:
        return "\n".join([scenario, *wrapped(problem_text(checked.problem), width, "  ", "    ")]) + "\n"
    found = counted.found
    lines = [scenario if variant in (None, "base") else f"{variant}, {scenario}"]
    size = f"{plural(found.states, 'state')}, {plural(found.transitions, 'transition')}, depth {found.depth}"
    if found.searched < found.states:
        size += f"; {found.searched:,} visited, one of each set that differs in which process or slot is which"
    if found.stopped is not None:
        size += f"; not all of them: {stop_words(found.stopped)} ({advice(found.stopped)})"
    lines += wrapped(f"{size}; {duration(found.seconds)}", width, "  ", "    ")
    if found.bytes_each is not None:
        rate = found.searched / max(found.seconds, 0.001)
        speed = f"{rate:,.0f} states a second, {found.bytes_each:.1f} bytes for each"
        lines += wrapped(f"{speed}; {found.memory / (1 << 20):,.0f} MiB in all", width, "  ", "    ")
    if found.kept is not None:
        lines += wrapped(checkpoint_words(found.kept), width, "  ", "    ")
    if checked.cross_checked is not None:
        lines += wrapped(f"cross-checked: {cross_check_words(checked.cross_checked)}", width, "  ", "    ")
    if checked.problem is not None:
        lines += ["", problem_text(checked.problem), ""]
    if not found.drained_reachable and found.complete:
        lines += wrapped("no reachable state is drained: the processes never all come to rest", width, "  ", "    ")
    lines += _never(checked, width) if found.complete else []
    return "\n".join(lines) + "\n"


def explore_json(spec: str, scenarios: Iterable[Counted]) -> dict[str, Any]:
    """Return the document that ``explore --json`` writes (docs/json.md)."""
    return {
        "schema": "modelcheck.explore/1",
        "modelcheck": VERSION,
        "spec": spec,
        "scenarios": [
            _counted_json(counted) for counted in scenarios if counted.checked is not None or counted.failure
        ],
    }


def _counted_json(counted: Counted) -> dict[str, Any]:
    head = {"variant": counted.variant or "base", "scenario": counted.scenario}
    if counted.failure:
        return head | {"problem": reason_text(counted.failure)}
    assert counted.checked is not None
    if counted.checked.exploration is None:
        return head | {"problem": problem_text(counted.checked.problem)}
    found = counted.found
    return head | {
        "states": found.states,
        "searched": found.searched,
        "transitions": found.transitions,
        "depth": found.depth,
        "complete": found.complete,
        "stopped": None if found.stopped is None else stop_words(found.stopped),
        "engine": next((answer.engine for answer in found.answers if answer.engine), ""),
        "seconds": round(found.seconds, 3),
        "memory": found.memory,
        "bytes_each": None if found.bytes_each is None else round(found.bytes_each, 2),
        "cross_checked": cross_check_words(counted.checked.cross_checked),
        "problem": problem_text(counted.checked.problem),
    }


def _never(checked: Checked, width: int) -> list[str]:
    """What no run exercises; a fault that cuts runs short may be the reason."""
    lines: list[str] = []
    for process, span, operation in checked.coverage.steps:
        lines += wrapped(f"line {span.line}: {process}: {operation}", width, "    ", "        ")
    if lines:
        lines.insert(0, "  never executed:")
    elif not checked.coverage.events:
        lines.append("  every step is taken in some run")
    if checked.coverage.events:
        lines += wrapped(f"never emitted: {listing(checked.coverage.events)}", width, "  ", "    ")
    violated = sum(answer.verdict is Verdict.VIOLATED for answer in checked.answers)
    if violated:
        lines.append(f"  {plural(violated, 'property is', 'properties are')} violated (`modelcheck check` shows them)")
    return lines
