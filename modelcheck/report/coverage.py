"""``modelcheck explore``: how many states there are, and what was never exercised."""

from __future__ import annotations

from collections.abc import Mapping

from modelcheck import pipeline
from modelcheck.engines.budget import Budget
from modelcheck.engines.run import Checked, check_model
from modelcheck.engines.verdict import Verdict
from modelcheck.report.words import duration, listing, plural, wrapped
from modelcheck.syntax import ast


def explore_text(
    spec: ast.Spec,
    variant: str | None,
    scenario: str,
    budget: Budget,
    overrides: Mapping[str, str],
    width: int = 80,
) -> tuple[str, bool]:
    """Explore one scenario; return the report and whether every reachable state was visited. Raises ``SpecError``."""
    model = pipeline.instance(spec, variant, scenario, overrides).model
    if any(process.count is None for process in model.processes):
        return f"{scenario}: some process runs in any number; nothing to count\n", True
    checked = check_model(model, budget, "explicit")
    found = checked.exploration
    assert found is not None
    complete = found.stopped is None
    lines = [scenario if variant in (None, "base") else f"{variant}, {scenario}"]
    size = f"{plural(found.states, 'state')}, {plural(found.transitions, 'transition')}, depth {found.depth}"
    if found.stopped is not None:
        size += f"; not all of them: {found.stopped.value}"
    lines += wrapped(f"{size}; {duration(found.seconds)}", width, "  ", "    ")
    if checked.cross_checked:
        lines += wrapped(f"cross-checked: {checked.cross_checked}", width, "  ", "    ")
    if checked.problem:
        lines += ["", checked.problem, ""]
    if not found.drained_reachable and complete:
        lines += wrapped("no reachable state is drained: the processes never all come to rest", width, "  ", "    ")
    lines += _never(checked, width) if complete else []
    return "\n".join(lines) + "\n", complete


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
