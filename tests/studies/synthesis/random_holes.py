"""Random specs with holes, and what an ordinary check of every assignment says about them.

``python -m tests.studies.synthesis.random_holes [--first N] [--count N]`` compares many; it prints
every disagreement and exits with 1 if there was one.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from itertools import product

from modelcheck.checking.cuts import cuts
from modelcheck.checking.run import check_model
from modelcheck.ground.diagnostics import SpecError
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from modelcheck.result.budget import Budget
from modelcheck.result.verdict import Verdict
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.synthesis.model import Why
from modelcheck.studies.synthesis.search import synthesize
from tests.random_models import random_model

#: Larger models are left out.
STATES = 600
#: A statement that can be made optional: on a line of its own, without a label.
STATEMENT = re.compile(r"^(        )(?!local|return|break|continue|goto|\})([a-z][^{}:]*;)$")
NUMBER = re.compile(r"(?<![\w.\[<])[0-2](?![\w.\]])")
DOMAINS = {"N0": ("0", "1", "2"), "N1": ("0", "1", "2"), "ON": ("false", "true")}


def hollow(seed: int) -> str:
    """A random model in whose code one or two numbers are unknown, and one statement may be left out."""
    chooser = random.Random(seed)
    lines = random_model(seed).splitlines()
    inside = [n for n, line in enumerate(lines) if line.startswith("    ") and "local" not in line]
    for hole in ("N0", "N1"):
        places = [n for n in inside if NUMBER.search(lines[n])]
        if places:
            number = chooser.choice(places)
            spots = list(NUMBER.finditer(lines[number]))
            spot = chooser.choice(spots)
            lines[number] = lines[number][: spot.start()] + hole + lines[number][spot.end() :]
    optional = [n for n in inside if STATEMENT.match(lines[n])]
    if optional:
        number = chooser.choice(optional)
        lines[number] = STATEMENT.sub(r"\1if (ON) { \2 }", lines[number])
    text = "\n".join(lines)
    types = {"N0": "0..2", "N1": "0..2", "ON": "bool"}
    declared = [f"unknown {name} : {type};" for name, type in types.items() if re.search(rf"\b{name}\b", text)]
    return "\n".join([lines[0], *declared, *lines[1:]])


def expected(text: str, names: list[str], asked: str) -> dict[tuple[str, ...], str] | None:
    """``safe``, ``rejected`` or ``undecided`` for each assignment, from a check of each on its own;
    None if some model is too large.
    """
    found: dict[tuple[str, ...], str] = {}
    properties: dict[tuple[str, ...], typed.Property | None] = {}
    for values in product(*(DOMAINS[name] for name in names)):
        spec = parse_text(text, "random.mc")
        try:
            model = pipeline.Loaded(spec).edited(None, dict(zip(names, values, strict=True))).resolved("all").model
        except SpecError:
            found[values] = "rejected"
            continue
        prop = properties[values] = next((p for p in model.properties if p.name == asked), None)
        try:
            checked = check_model(model, Budget(states=STATES), "explicit")
        except SpecError:
            found[values] = "undecided"
            continue
        if checked.exploration is None or not checked.exploration.complete:
            return None
        if prop is None or prop.not_applicable is not None:
            found[values] = "absent"
            continue
        verdict = checked.answers[prop.id].verdict
        cut = prop.id in cuts(model, checked)
        if verdict is Verdict.VIOLATED and not prop.existential:
            found[values] = "rejected"
        elif verdict is Verdict.HOLDS and prop.existential:
            found[values] = "safe"
        elif cut or verdict not in (Verdict.HOLDS, Verdict.VIOLATED):
            found[values] = "undecided"
        else:
            found[values] = "safe" if verdict is Verdict.HOLDS else "rejected"
    asks = [prop for prop in properties.values() if prop is not None and prop.not_applicable is None]
    absent = "rejected" if any(prop.existential for prop in asks) else "safe"
    return {values: absent if word == "absent" else word for values, word in found.items()}


def compare(seed: int) -> Counter[str]:
    """Compare synthesis with the checks of each assignment; return how many assignments came out as what.

    Raises ``AssertionError``.
    """
    text = hollow(seed)
    names = re.findall(r"^unknown (\w+)", text, re.MULTILINE)
    spec = parse_text(text, "random.mc")
    declared = [item for item in pipeline.Loaded(spec).base.property_names if re.search(rf"\b{item}\b *:", text)]
    if not names or not declared:
        return Counter()
    asked = random.Random(seed).choice(declared)
    wanted = expected(text, names, asked)
    if wanted is None or (all(word == "rejected" for word in wanted.values()) and not _possible(text, names)):
        return Counter()
    result = synthesize(spec, "random.mc", "base", Options(jobs=0, engine="explicit", properties=(asked,)))
    space = result.space
    answers = dict.fromkeys(result.safe, "safe") | {one.assignment: "rejected" for one in result.rejected}
    answers |= {one.assignment: "undecided" for one in result.undecided}
    got = {tuple(value for _, value in space.settings(assignment)): word for assignment, word in answers.items()}
    assert got == wanted, f"seed {seed}, {asked}: {sorted(set(got.items()) ^ set(wanted.items()))}"
    for one in result.rejected:
        if one.reason.why is Why.VIOLATED:
            assert one.trace is not None
            model = pipeline.Loaded(spec).edited(None, dict(space.settings(one.assignment))).resolved("all").model
            number = next(p.id for p in model.properties if p.name == asked)
            MemoisedInterpreter(model).replay(one.trace.schedule, number)
    tally = Counter(got.values())
    tally["explorations"] = result.explorations
    return tally


def _possible(text: str, names: list[str]) -> bool:
    """Whether the spec makes sense with some assignment."""
    for values in product(*(DOMAINS[name] for name in names)):
        try:
            loaded = pipeline.Loaded(parse_text(text, "random.mc"))
            loaded.edited(None, dict(zip(names, values, strict=True))).resolved("all")
        except SpecError:
            continue
        return True
    return False


def main() -> int:
    """Run the campaign; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=1_000)
    parser.add_argument("--count", type=int, default=200)
    arguments = parser.parse_args()
    total: Counter[str] = Counter()
    compared = wrong = 0
    for seed in range(arguments.first, arguments.first + arguments.count):
        try:
            found = compare(seed)
        except SpecError:
            continue
        except AssertionError as error:
            wrong += 1
            print(f"{error}\n{hollow(seed)}\n", flush=True)
            continue
        compared += bool(found)
        total += found
    print(f"{compared} specs compared, {wrong} disagreements: {dict(total)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
