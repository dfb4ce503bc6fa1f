"""Circuits that the benchmarks give to hardware model checkers: the same steps as the system, and
the same answers where ABC is installed.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from modelcheck.engines.explicit import explore
from modelcheck.engines.explicit.machine import Machine
from modelcheck.ir.evaluate import evaluate
from modelcheck.ir.system import Form, System
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.result.budget import Budget
from modelcheck.result.verdict import Verdict
from modelcheck.semantics.elaborate import elaborate

ROOT = Path(__file__).parents[2]
SPEC = """
model circuit;
enum Light { red, green, dark }
shared light : Light = red;
shared level : -2..3 = -1;
shared word  : bv<5> = 9;
shared count : int = 0;
mutex door;
process guest {
      lock(door);
 up:  choose { level = level < 3 ? level + 1 : -2; } or { word = (word ^ 5) + 3; }
 go:  atomic { count = count + 1; light = count == 2 ? green : dark; }
      unlock(door);
}
process guard { when (light == green); off: light = red; assert low : level > 1; }
invariant few   : count < 3;
invariant small : word < 24;
scenario all { run guest[2], guard; }
"""


def load() -> Any:
    found = importlib.util.spec_from_file_location("blif", ROOT / "bench" / "blif.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def small() -> System:
    return elaborate(pipeline.Loaded(parse_text(SPEC, "circuit.mc")).edited().resolved("all").model)


def simulated(text: str, signals: dict[str, bool]) -> tuple[dict[str, bool], bool]:
    """What the latches are next, and the output, given latches and inputs."""
    values = dict(signals)
    for block in re.findall(r"^\.names (.*)\n((?:[01-]* ?1\n)*)", text, re.MULTILINE):
        *inputs, output = block[0].split()
        rows = [row.split() for row in block[1].splitlines()]
        values[output] = any(
            all(want == "-" or (want == "1") == values[name] for want, name in zip(row[0], inputs, strict=True))
            if inputs
            else True
            for row in rows
        )
    latches = re.findall(r"^\.latch (\S+) (\S+) [01]$", text, re.MULTILINE)
    return {own: values[source] for source, own in latches}, values["bad"]


def bits(system: System, values: Mapping[int, bool | int], names: set[str]) -> dict[str, bool]:
    return {name: bool(int(values[int(name[1:].split("_")[0])]) >> int(name.split("_")[1]) & 1) for name in names}


def test_the_circuit_has_the_steps_of_the_system() -> None:
    system = small()
    wanted = [p.id for p in system.properties if Form.STUCK not in p.forms and p.not_applicable is None]
    text = load().circuit(system, wanted)
    latches = set(re.findall(r"^\.latch \S+ (\S+) ", text, re.MULTILINE))
    inputs = re.findall(r"^\.inputs (.*)$", text, re.MULTILINE)[0].split()
    machine = Machine(
        system, {v.id: 8 for v in system.variables if v.sort.__class__.__name__ == "IntSort" and v.high is None}
    )
    initial = {name: start == "1" for name, start in re.findall(r"^\.latch \S+ (\S+) ([01])$", text, re.MULTILINE)}
    assert initial == bits(system, {v.id: v.initial for v in system.variables}, latches)
    seen, waiting, compared, bad_seen = {machine.initial}, [machine.initial], 0, set[bool]()
    while waiting and compared < 120:
        state = waiting.pop(0)
        compared += 1
        values = {v.id: machine.layout.value(state, v.id) for v in system.variables}
        taken = {t.step.id: t for t in machine.transitions(state)}
        wrong = any(evaluate(s.condition, values) for p in system.properties if p.id in wanted for s in p.states)
        stopped = not taken and not evaluate(system.drained, values)
        for number in range(1 << len(inputs)):
            step = system.steps[number] if number < len(system.steps) else None
            chosen = None if step is None else taken.get(step.id)
            target = state if chosen is None or chosen.target is None else chosen.target
            after, bad = simulated(
                text, bits(system, values, latches) | {name: bool(number >> i & 1) for i, name in enumerate(inputs)}
            )
            assert after == bits(system, {v.id: machine.layout.value(target, v.id) for v in system.variables}, latches)
            raised = chosen is not None and any(chosen.step.raises[n].property in wanted for n in chosen.raised)
            assert bad == (wrong or stopped or raised)
            bad_seen.add(bad)
        for t in taken.values():
            if t.target is not None and t.target not in seen:
                seen.add(t.target)
                waiting.append(t.target)
    assert bad_seen == {False, True}
    assert compared > 60


@pytest.mark.skipif(shutil.which("berkeley-abc") is None, reason="ABC is not installed")
@pytest.mark.parametrize("readers", [1, 2])
def test_abc_gives_the_same_answers(readers: int, tmp_path: Path) -> None:
    spec = pipeline.load(ROOT / "specs" / "page_removal.mc")
    system = elaborate(pipeline.Loaded(spec).edited("no_lock").resolved("any_readers", {"reader": readers}).model)
    judged = {
        p.id for p in system.properties if Form.STUCK not in p.forms and p.not_applicable is None and not p.existential
    }
    answers = [a for a in explore(system, Budget()).answers if a.property in judged]
    violated = {a.property: a.length for a in answers if a.verdict is Verdict.VIOLATED}
    assert violated

    def asked(properties: set[int]) -> str:
        (tmp_path / "i.blif").write_text(load().circuit(system, properties))
        command = ["berkeley-abc", "-c", "read_blif i.blif; strash; pdr -T 100"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120).stdout

    for id, length in violated.items():
        assert length is not None
        in_states = any(p.states or Form.DEADLOCK in p.forms for p in system.properties if p.id == id)
        # What a step violates is seen before it.
        assert f"was asserted in frame {length if in_states else length - 1}" in asked({id})
    assert "Property proved" in asked(judged - violated.keys())
