"""What is wrong with the picture of a race, by the rules that every picture keeps; and the races of
all specs there are.

``python -m tests.report.pictures [SPEC ...]`` looks at every distinct race of every spec (or of
these), and says what it finds.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from modelcheck.ground.diagnostics import SpecError
from modelcheck.language import pipeline
from modelcheck.report.narrate.lines import only_locks
from modelcheck.report.narrate.value_texts import place_text, value_text
from modelcheck.report.races.calls import every_step, waiting
from modelcheck.report.races.columns import HEIGHT, WIDTH, columns_of, pieces_told, race_in_columns
from modelcheck.report.races.pieces import Piece, steps_of
from modelcheck.report.reasons.differences import replay_words
from modelcheck.result.trace import Trace
from modelcheck.result.values import Allocation, LockState, Place, Value, made_stale
from modelcheck.result.verdict import Verdict
from modelcheck.semantics.interpreter.interpreter import Interpreter, ReplayError
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.races import races
from modelcheck.studies.matrix.run import run

ROOT = Path(__file__).parents[2]


def specs() -> list[Path]:
    """Every spec of the repository that can be read by itself."""
    found = [*sorted((ROOT / "specs").glob("*.mc")), *sorted((ROOT / "tests").rglob("*.mc"))]
    return [
        path
        for path in found
        if "model " in path.read_text(encoding="utf-8", errors="replace") or path.parent.name == "features"
    ]


def races_of(path: Path, seconds: float | None = None) -> Iterator[tuple[Interpreter, Trace]]:
    """Each distinct race of a spec (covers that are reached count as well), with the interpreter of its model."""
    try:
        spec = pipeline.load(str(path))
        result = run(spec, str(path), Options(jobs=0, seconds=seconds, slow=False))
    except SpecError:
        return
    found = [race.trace for race in races(result.cells)]
    found += [cell.trace for cell in result.cells if cell.trace is not None and cell.verdict is not Verdict.VIOLATED]
    known: dict[tuple[str, str], Interpreter] = {}
    for trace in found:
        key = (trace.variant, trace.scenario)
        if key not in known:
            try:
                variant = None if trace.variant == "base" else trace.variant
                known[key] = MemoisedInterpreter(pipeline.Loaded(spec).edited(variant).resolved(trace.scenario).model)
            except SpecError:
                continue
        yield known[key], trace


def faults(interpreter: Interpreter, trace: Trace) -> list[str]:
    """What is wrong with the picture of a trace."""
    if not trace.steps:
        return []
    text, pieces = race_in_columns(trace), pieces_told(trace, WIDTH)
    shown = steps_of(pieces)
    body = columns_of(trace, pieces, WIDTH)
    found = [*_not_shown(trace, shown), *_columns(trace, pieces, text), *_length(trace, pieces, shown, body, text)]
    if "left out here" in text:
        # How it begins and how it ends: what is between is announced as a whole.
        return [*found, *_changes(trace, pieces, text)]
    return [
        *found,
        *_changes(trace, pieces, text),
        *_flow(interpreter, trace, shown, text),
        *_order(interpreter, trace, shown),
    ]


def _not_shown(trace: Trace, shown: frozenset[int]) -> Iterator[str]:
    last = {step.process: step.number for step in trace.steps}
    for process, number in last.items():
        if number not in shown:
            yield f"the last step of {process} is not shown"


def _columns(trace: Trace, pieces: list[Piece], text: str) -> Iterator[str]:
    rule = next(
        number for number, line in enumerate(text.splitlines()) if line.split() and set(line.strip()) <= {"-", " "}
    )
    names = " ".join(text.splitlines()[3:rule]).split()
    for process in trace.processes:
        moves = any(step.process == process for piece in pieces for step in piece.steps)
        if (process in names) is not moves:
            yield f"{process} has {'a column, and no step' if process in names else 'no column'}"


def _length(trace: Trace, pieces: list[Piece], shown: frozenset[int], body: list[str], text: str) -> Iterator[str]:
    announced = " left out" in text
    if len(body) > HEIGHT and not announced:
        yield f"{len(body)} lines, and nothing is said to be left out"
    if announced is (len(shown) == len(trace.steps)):
        yield "what is left out is not announced" if not announced else "nothing is left out"
    if announced:
        whole = columns_of(trace, [*every_step(trace), *waiting(trace)], WIDTH)
        if len(whole) <= HEIGHT:
            yield f"all would fit into {len(whole)} lines"
    if any(len(line) > WIDTH for line in body if " " in line.strip()):
        pass  # words that are longer than a line


def _changes(trace: Trace, pieces: list[Piece], text: str) -> Iterator[str]:
    flat = "".join(text.split())
    for piece in pieces:
        told = " ".join((piece.text, *piece.facts))
        for part in (piece.text, *piece.facts):
            if "".join(part.encode("ascii", "replace").decode().split()) not in flat:
                yield f"`{part}` is not in the picture"
        before: dict[Place, Value | None] = {}
        after: dict[Place, Value] = {}
        for step in piece.steps:
            for change in step.changes:
                if change.place.process is None:
                    before.setdefault(change.place, change.old)
                    after[change.place] = change.new
        for place, new in after.items():
            if before[place] == new or made_stale(before[place], new) or (place.path and place.object in after):
                continue
            own = place.path[-1] if place.path and isinstance(place.path[-1], str) else place.name
            if isinstance(new, Allocation) and place_text(place) in told:
                continue
            if isinstance(new, LockState) and ("lock" in told or any(map(only_locks, piece.steps))):
                continue
            if own not in told or _digits(value_text(new)) not in told:
                yield f"line {piece.line} `{told}` does not tell {place_text(place)}: {before[place]} -> {new}"


def _digits(value: str) -> str:
    return value if len(value) < 39 else value[:12]


def _flow(interpreter: Interpreter, trace: Trace, shown: frozenset[int], text: str) -> Iterator[str]:
    """What a reader who believes the picture thinks that a shown step reads, and what it does read."""
    flat = " ".join(text.split())
    state = interpreter.initial().state
    assert state is not None
    known = dict(trace.initial)
    for step in trace.steps:
        actual = dict(interpreter.shared_data(state))
        if step.number in shown:
            for place in step.flow.reads:
                if place not in actual or known.get(place) == actual[place]:
                    continue
                there = f"{place_text(place)} = {value_text(actual[place])}"
                if there not in flat:
                    thought = "nothing" if place not in known else value_text(known[place])
                    yield f"step {step.number} (line {step.span.line}) reads {there}, and the picture says {thought}"
            for source in step.flow.sources:
                made = trace.steps[source - 1]
                if source not in shown and f"{made.process}:{made.span.line}" not in flat:
                    yield (
                        f"step {step.number} (line {step.span.line}) uses what step {source} (line {made.span.line})"
                        " brought"
                    )
            for change in step.changes:
                # That an object was freed turns only what is known to be a reference to it stale.
                if change.place.process is None and (
                    not made_stale(change.old, change.new) or known.get(change.place) == change.old
                ):
                    known[change.place] = change.new
        outcome = next(o for o in interpreter.outcomes(state, step.move.process) if o.move == step.move)
        if outcome.shared is None:
            return
        state = interpreter.target(state, step.move.process, outcome)


def _order(interpreter: Interpreter, trace: Trace, shown: frozenset[int]) -> Iterator[str]:
    """The run in which every step that is left out comes right before the next one of its process that is shown."""
    waiting_: dict[str, list[int]] = {}
    order: list[int] = []
    for step in trace.steps:
        waiting_.setdefault(step.process, []).append(step.number)
        if step.number in shown:
            order += waiting_.pop(step.process)
    if len(order) != len(trace.steps):
        yield "steps are left out after the last one that is shown"
        return
    if order == sorted(order):
        return
    try:
        interpreter.replay(tuple(trace.steps[number - 1].move for number in order), trace.finding.property)
    except ReplayError as error:
        yield f"the order of the picture does not lead to the violation: {replay_words(error.why)}"


def main() -> int:
    """Look at every race; return how many pictures are wrong."""
    wrong = total = omitted = 0
    for path in [Path(name) for name in sys.argv[1:]] or specs():
        started = time.perf_counter()
        number = 0
        for interpreter, trace in races_of(path, 300.0):
            number += 1
            found = faults(interpreter, trace)
            omitted += " left out" in race_in_columns(trace)
            if found:
                wrong += 1
                print(
                    f"{path.name} --variant {trace.variant} --scenario {trace.scenario} --property"
                    f" {trace.property_name}"
                )
                for fault in found:
                    print(f"    {fault}")
        total += number
        if time.perf_counter() - started > 5:
            print(f"# {path.name}: {number} pictures in {time.perf_counter() - started:.0f} s", flush=True)
    print(f"{total} pictures, {omitted} of which leave something out, {wrong} wrong")
    return min(wrong, 1)


if __name__ == "__main__":
    raise SystemExit(main())
