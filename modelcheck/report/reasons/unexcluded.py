"""The state that a proof could not exclude, and the step from it, in words."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.result.proof import Crowds, Unexcluded


def unexcluded_lines(found: Unexcluded) -> tuple[str, ...]:
    """Lines for people; those about states are indented."""
    lines = ["the proof could not exclude this state; nobody says that it can be reached:"]
    parts = (*_crowds(found.crowds), *(", ".join(each) for each in (found.places, found.locals, found.shared)))
    lines += [f"    {text}" for text in parts if text]
    step = found.step
    if step is None:
        return (*lines, f"in it, {found.property} is violated")
    mover = f"one {step.process}" if step.mover is None else step.mover
    place = f"{step.span.source.path}:{step.span.line}"
    lines.append(f"{mover} does `{' '.join(step.operation.split())}` ({place})")
    if step.after is None:
        return (*lines, f"which violates {found.property}")
    changed = ", ".join(f"{name}: {before} -> {after}" for name, before, after in step.changed)
    lines += [f"    {text}" for text in (changed, *_crowds(step.after)) if text]
    return (*lines, f"and then {found.property} is violated")


def _crowds(crowds: Crowds) -> Iterator[str]:
    """``2 readers at chk, 1 reader at use``"""
    if crowds.groups:
        yield ", ".join(f"{number} {where}" for number, where in crowds.groups)
    elif crowds.process is not None:
        yield f"no {crowds.process}"
