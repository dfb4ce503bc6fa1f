"""Traces as Mermaid sequence diagrams, which forges and wikis draw where Markdown is shown."""

from __future__ import annotations

from modelcheck.report.narrate.details import finding_text
from modelcheck.report.narrate.lines import Narrator
from modelcheck.report.races.endings import order_lines
from modelcheck.report.words import headline, holding, reached, standing
from modelcheck.result.trace import Trace

#: What Mermaid or the HTML it makes would take for markup; entities are written with #.
_ENTITIES = {"#": "#35;", ";": "#59;", "&": "#amp;", "<": "#lt;", ">": "#gt;", '"': "#quot;", "%": "#37;"}


def mermaid(trace: Trace) -> str:
    """Return a ``sequenceDiagram``: one participant for each thread that moves, one self-message for each step."""
    moving = {step.process for step in trace.steps}
    names = {process: f"T{number}" for number, process in enumerate(trace.processes) if process in moving}
    title = f"{headline(trace)} ({trace.variant}, {trace.scenario})"
    lines = ["sequenceDiagram", f"    title {_text(title)}"]
    lines += [f"    participant {name} as {_text(process)}" for process, name in names.items()]
    narrator = Narrator(trace)
    frames: dict[str, tuple[str, ...]] = {}
    for step in trace.steps:
        name = names[step.process]
        line = narrator.line(step)
        inside = tuple(call.inline for call in step.calls)
        if inside and frames.get(step.process) != inside:
            lines.append(f"    Note over {name}: {_text(inside[-1])}()")
        frames[step.process] = inside
        found = bool(line.findings) and not reached(trace)
        message = [f"{step.span.line}  {line.text}", *(fact.text for fact in line.facts)]
        body = [f"    {name}->>{name}: {'<br/>'.join(_text(part) for part in message)}"]
        body += [f"    Note over {name}: {_text(event)}" for event in line.events]
        body += [f"    Note over {name}: {_text(finding)}" for finding in line.findings]
        lines += ["    rect rgba(220, 50, 47, 0.25)", *(f"    {one}" for one in body), "    end"] if found else body
    lines += _ending(trace, list(names.values()))
    return "\n".join(lines) + "\n"


def _ending(trace: Trace, names: list[str]) -> list[str]:
    if not names:
        return ["    participant T0 as initial state", f"    Note over T0: {_text(finding_text(trace.finding))}"]
    told = [holding(held, trace) for held in trace.held]
    told += [standing(end) for end in trace.ends if end.status == "blocked"]
    orders = order_lines(trace)
    told += ["The order that matters:", *orders] if orders else []
    across = names[0] if len(names) == 1 else f"{names[0]},{names[-1]}"
    return [f"    Note over {across}: {'<br/>'.join(map(_text, told))}"] if told else []


def _text(text: str) -> str:
    return "".join(_ENTITIES.get(character, character) for character in " ".join(text.split()))
