"""When two engines contradict each other: an error, and what both sides rest on stays on disk."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from modelcheck.result.reasons.differences import Contradicting
from modelcheck.result.verdict import Answer, Contradiction, EvidenceKind, Verdict

if TYPE_CHECKING:
    from modelcheck.result.trace import Trace


def contradicting(contradiction: Contradiction, directory: Path | None) -> Contradicting:
    """What engines say that disagree. ``directory``: where what both rest on is."""
    first, second = contradiction.first, contradiction.second
    kept = None if directory is None else str(directory)
    return Contradicting((first.engine, first.verdict.value), (second.engine, second.verdict.value), kept)


def contradicted(contradiction: Contradiction, reason: Contradicting) -> Answer:
    """What is said about a property on which engines disagree."""
    first, second = contradiction.first, contradiction.second
    return Answer(
        first.property,
        Verdict.ERROR,
        EvidenceKind.NONE,
        f"{first.engine} and {second.engine}",
        reason=reason,
    )


def keep(
    contradiction: Contradiction, traces: Mapping[int, Trace], directories: Sequence[Path], kept: Path
) -> Path | None:
    """Leave both answers, the replayed trace if there is one, and the members' directories below
    ``kept``; return where. None if it cannot be written.
    """
    trace = traces.get(contradiction.first.property)
    name = trace.property_name if trace is not None else str(contradiction.first.property)
    stem = f"modelcheck-contradiction-{time.strftime('%Y%m%d-%H%M%S')}-{name}"
    try:
        for number in range(1000):
            directory = kept / (stem if not number else f"{stem}-{number}")
            try:
                directory.mkdir(parents=True)
                break
            except FileExistsError:
                continue
        document = {
            "property": name,
            "variant": None if trace is None else trace.variant,
            "scenario": None if trace is None else trace.scenario,
            "answers": [_document(contradiction.first), _document(contradiction.second)],
            "trace": None
            if trace is None
            else [[step.process, step.span.line, list(step.move.choices)] for step in trace.steps],
        }
        (directory / "answers.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        for source in directories:
            if source.exists():
                shutil.copytree(source, directory / source.name)
    except OSError:
        return None
    return directory


def _document(answer: Answer) -> dict[str, object]:
    schedule = answer.schedule
    return {
        "engine": answer.engine,
        "verdict": answer.verdict.value,
        "evidence": answer.evidence.value,
        "length": answer.length,
        "depth": answer.depth,
        "states": answer.states,
        "reason": None if answer.reason is None else repr(answer.reason),
        "cross_checked": None if answer.cross_checked is None else repr(answer.cross_checked),
        "schedule": None if schedule is None else [[move.process, list(move.choices)] for move in schedule],
    }
