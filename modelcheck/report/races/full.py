"""A trace with everything that is known about it: for reading closely, not for changelogs."""

from __future__ import annotations

from modelcheck.report.narrate.details import finding_text
from modelcheck.report.narrate.lines import change_fact
from modelcheck.report.narrate.operations import operation_text
from modelcheck.report.narrate.value_texts import event_text, named_values, position_text
from modelcheck.report.races.endings import order_lines
from modelcheck.report.words import headline, holding, place, reached, standing
from modelcheck.result.trace import Trace


def full_trace(trace: Trace) -> str:
    """Every step with its place in the text, the calls it is in, changes, events and findings; values at both ends."""
    lines = [f"{headline(trace)}: variant {trace.variant}, scenario {trace.scenario}, {trace.spec}", "", "at the start"]
    lines += [f"    {name} = {value}" for name, value in named_values(trace.initial)]
    lines += [f"    !! {finding_text(finding)}" for finding in trace.initial_findings]
    for step in trace.steps:
        choices = f"  (choices {', '.join(map(str, step.move.choices))})" if step.move.choices else ""
        lines += [
            "",
            f"step {step.number}: {step.process} at {position_text(step.position)}, {place(step.span)}{choices}",
        ]
        if step.calls:
            calls = " > ".join(f"{call.inline}() called at {place(call.span)}" for call in step.calls)
            lines.append(f"    in {calls}")
        source = step.span.source
        if source.text:
            lines.append(f"    | {source.line(step.span.line).strip()}")
        lines.append(f"    {operation_text(step.operation)}")
        lines += [f"    {change_fact(change).text}" for change in step.changes]
        lines += [f"    * {event_text(event)}" for event in step.events]
        lines += [f"    !! {finding_text(finding)}" for finding in step.findings]
        if step.faulted:
            lines.append("    the step cannot be completed: this run ends here")
    lines += ["", "at the end"]
    lines += [f"    {name} = {value}" for name, value in named_values(trace.final)]
    lines += [f"    {standing(end)}" for end in trace.ends]
    lines += [f"    {holding(held, trace)}" for held in trace.held]
    if trace.property_name:
        word = "reached" if reached(trace) else "violated"
        lines += ["", f"{word}: {trace.property_name}: {finding_text(trace.finding)}"]
        orders = order_lines(trace)
        if orders:
            lines += ["the order that matters:", *(f"    {order}" for order in orders)]
    return "\n".join(lines) + "\n"
