"""What a simulation shows: the steps that are possible, what a step did, the state."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath

from modelcheck.ground.source import Span
from modelcheck.report.narrate.details import finding_text
from modelcheck.report.narrate.lines import change_fact
from modelcheck.report.narrate.operations import awaited_text, operation_text
from modelcheck.report.narrate.value_texts import event_text, named_values
from modelcheck.report.style import PLAIN, Style, Tone
from modelcheck.report.words import listing, plural, standing, wrapped
from modelcheck.result.trace import Change, Finding, ProcessEnd
from modelcheck.result.values import Place, Value
from modelcheck.studies.simulate.walk import Choice, Taken, Walk

#: What can be typed, and what it does.
COMMANDS = (
    ("NUMBER", "make the step with that number in the list"),
    ("NAME", "make the only step of that process (`reader[0]`)"),
    ("r [N]", "make one step, or N, by chance"),
    ("u [N]", "take one step, or N, back"),
    ("j PROPERTY", "go on by a shortest way to where PROPERTY is violated (or reached)"),
    ("s", "show the state: every value, and where everybody stands"),
    ("t", "show the steps so far"),
    ("p", "list the properties"),
    ("w FILE", "write the walk to FILE, for `modelcheck replay`"),
    ("h", "show this list"),
    ("q", "end (as does the end of the input)"),
)
#: Longer names of processes are cut in the list of steps.
_NAME = 20
_COMMENT = re.compile(r"//.*|/\*.*?(?:\*/|$)")


def help_text() -> str:
    """The commands."""
    return "".join(f"  {command:<12}{meaning}\n" for command, meaning in COMMANDS)


def choices_text(walk: Walk, width: int, style: Style = PLAIN) -> str:
    """A numbered line for each step that is possible, and a line for each process that cannot move."""
    choices = walk.choices()
    ends = walk.standings()
    places = max([len(_where(end.span, walk.spec)) for end in ends if end.span is not None], default=0)
    names = min(max([len(end.process) for end in ends], default=0), _NAME)
    lines: list[str] = []
    number = 0
    for instance, end in enumerate(ends):
        own = [choice for choice in choices if choice.move.process == instance]
        where = "" if end.span is None else _where(end.span, walk.spec)
        head = f"{_cut(end.process, names):<{names}}  {where:>{places}}  "
        for choice in own:
            number += 1
            lines += _choice_lines(f"{number:>3}  {head}", choice, width, style)
        if not own:
            lines += [style(line, Tone.FAINT) for line in wrapped(_idle(end), width, f"     {head}")]
    if walk.state is None:
        lines.append("     a fault has ended this run (u takes the step back)")
    elif not choices:
        done = all(end.status in ("done", "resting") for end in walk.standings())
        lines.append("     nobody can move: " + ("everybody has finished" if done else "a deadlock"))
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _choice_lines(head: str, choice: Choice, width: int, style: Style) -> list[str]:
    label, span = choice.position.label, choice.position.span
    code = _code(span) or operation_text(choice.operation)
    if label and not code.startswith(f"{label}:"):  # (the line of the spec begins with it)
        code = f"{label}: {code}"
    lines = [style(head, Tone.STRONG) + _cut(code, width - len(head))]
    if not choice.only:
        # Several outcomes of one line: say what tells them apart.
        said = _changes(choice.changes) if choice.changes else operation_text(choice.operation)
        lines += wrapped(f"choice {', '.join(map(str, choice.move.choices))}: {said}", width, " " * len(head))
    if choice.faults:
        lines.append(" " * len(head) + "(a fault: it cannot be completed)")
    return lines


def _code(span: Span) -> str:
    """The line without its comments; of a line with several statements, the one that it is about."""
    line = _COMMENT.sub("", span.source.line(span.line)) if span.source.text else ""
    return " ".join((span.text if line.count(";") > 1 else line).split())


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(width - 3, 1)].rstrip() + "..."


def _where(span: Span, spec: str) -> str:
    """The line; with the file where it is not the spec's own."""
    if span.source.path == spec or not span.source.text:
        return str(span.line)
    return f"{PurePath(span.source.path).stem}:{span.line}"


def _idle(end: ProcessEnd) -> str:
    match end.status:
        case "done":
            return "has finished"
        case "resting":
            return "rests at the head of its loop"
        case _:
            return f"waits for {awaited_text(end)}"


def taken_text(taken: Taken, walk: Walk, width: int, style: Style = PLAIN) -> str:
    """What a step did: the operation, what changed, events, and what is wrong now."""
    choice = taken.choice
    head = f"{taken.number}. {choice.process}, line {_where(choice.position.span, walk.spec)}: "
    lines = wrapped(f"{head}{operation_text(choice.operation)}", width, "", "     ")
    lines += wrapped(_changes(choice.changes), width, "     ") if choice.changes else []
    lines += [line for event in taken.events for line in wrapped(f"* {event_text(event)}", width, "     ")]
    lines += _finding_lines(taken.findings, walk, width, style)
    if choice.faults:
        lines.append("     the step cannot be completed: this run ends here")
    return "".join(f"{line}\n" for line in lines)


def _finding_lines(findings: Iterable[Finding], walk: Walk, width: int, style: Style) -> list[str]:
    """What is wrong now; and what has been reached, which is nothing wrong."""
    lines: list[str] = []
    for finding in findings:
        name = walk.reachable.get(finding.property)
        text = f"!! {finding_text(finding)}" if name is None else f"* {name} is reached: {finding_text(finding)}"
        tone = Tone.BAD if name is None else Tone.GOOD
        lines += [style(line, tone) for line in wrapped(text, width, "     ", "        ")]
    return lines


def _changes(changes: Iterable[Change]) -> str:
    return ", ".join(change_fact(change).text for change in changes)


def state_text(walk: Walk, width: int) -> str:
    """Every shared value, and of each process where it stands and its variables."""
    lines = ["shared"]
    lines += _values(walk.values(), width)
    for instance, end in enumerate(walk.standings()):
        lines += wrapped(standing(end), width, "", "    ")
        lines += _values(walk.locals_of(instance), width)
    return "".join(f"{line}\n" for line in lines)


def _values(values: Iterable[tuple[Place, Value]], width: int) -> list[str]:
    said = [f"{name} = {value}" for name, value in named_values(values)]
    if not said:
        return []
    column = min(max(len(text) for text in said) + 2, width - 4)
    across = max((width - 4) // column, 1)
    rows = (len(said) + across - 1) // across
    # Down the columns, so that the slots of a pool stay together.
    return ["    " + "".join(text.ljust(column) for text in said[row::rows]).rstrip() for row in range(rows)]


def steps_text(walk: Walk, width: int) -> str:
    """The steps so far, one line each."""
    if not walk.steps:
        return "no step yet\n"
    names = max(len(step.choice.process) for step in walk.steps)
    places = max(len(_where(step.choice.position.span, walk.spec)) for step in walk.steps)
    lines = []
    for step in walk.steps:
        mark = " !!" if any(found.property not in walk.reachable for found in step.findings) else ""
        place = f"{_where(step.choice.position.span, walk.spec):>{places}}"
        text = f"{step.number:>3}  {step.choice.process:<{names}}  {place}  {operation_text(step.choice.operation)}"
        lines.append(_cut(text, width - len(mark)) + mark)
    return "".join(f"{line}\n" for line in lines)


def properties_text(walk: Walk, width: int) -> str:
    """Names of the properties: what can be violated, and what can be reached."""
    applicable = [prop for prop in walk.interpreter.model.properties if prop.not_applicable is None]
    lines = []
    for title, wanted in (("violated", False), ("reached", True)):
        names = [prop.name for prop in applicable if prop.existential is wanted]
        if names:
            lines += wrapped(f"can be {title}: {listing(names)}", width, "  ", "    ")
    return "".join(f"{line}\n" for line in lines)


def start_text(walk: Walk, width: int) -> str:
    """Which model this is, and what is wrong in its initial state."""
    model = walk.interpreter.model
    variant = "" if model.variant == "base" else f", design {model.variant}"
    threads = plural(len(walk.interpreter.names), "process", "processes")
    lines = wrapped(f"{walk.spec}: scenario {model.scenario}{variant}, {threads}; h lists the commands", width)
    lines += _finding_lines(walk.initial_findings, walk, width, PLAIN)
    return "".join(f"{line}\n" for line in lines)
