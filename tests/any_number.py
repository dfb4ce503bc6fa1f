"""Random models with ``run p[*]``, and the question whether what is proved of them is true of small numbers.

``compare`` proves what it can for any number and explores 0 to 4 instances: a property that is
proved must never be violated there (an existential one never witnessed). ``compare_fixed`` asks the
same of proofs about unbounded integers with a fixed number of processes.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from modelcheck.checking.semantics import SEMANTICS
from modelcheck.engines.explicit import explore
from modelcheck.engines.induction.fixed import prove_fixed
from modelcheck.engines.induction.prove import prove_any_number
from modelcheck.ground.diagnostics import SpecError
from modelcheck.ir.system import Form, System
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.result.budget import Budget
from modelcheck.semantics.elaborate import elaborate
from tests.random_models import random_model

#: Numbers of instances that are explored, and states for each number.
NUMBERS = (0, 1, 2, 3, 4)
STATES = 20_000


class Unsound(AssertionError):
    """Something was proved and is violated."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of one model.

    ``refused``: why it was not looked at; ``complete``: numbers of instances explored as a whole.
    """

    refused: str = ""
    proved: frozenset[str] = frozenset()
    violated: frozenset[str] = frozenset()
    reasons: Mapping[str, str] = field(default_factory=dict)
    complete: tuple[int, ...] = ()


def wild_model(seed: int) -> str:
    """A model that makes no sense (see ``random_models``), the first process of which runs in any number."""
    lines = random_model(seed).splitlines()
    # Half of the models have no reader-writer lock.
    if seed % 2:
        lines = [
            re.sub(r"\b(?:read|write)_(?:un)?lock\(rw\)|\b(?:up|down)_(?:read|write)\(rw\)", "x = 1", s) for s in lines
        ]
        lines = [s for s in lines if s not in ("rwlock rw;", "rwsem rw;")]
    lines[-1] = re.sub(r"\bp0(\[\d+\])?", "p0[*]", lines[-1])
    return "\n".join(lines) + "\n"


#: Pieces of code that are right by themselves, and the same with a mistake that is made now and then.
PIECES = (
    ("{ lock(m); %s: inside++; inside--; unlock(m); }", "{ %s: inside++; inside--; }"),
    (
        "{ atomic { users = users + 1; } %s: ; atomic { users = users - 1; } }",
        "{ atomic { users = users + 1; } %s: users = users - 1; }",
    ),
    (
        "{ atomic when (!busy) { busy = true; } %s: ; busy = false; }",
        "{ when (!busy); %s: busy = true; busy = false; }",
    ),
    ("{ lock(s); %s: if (head != null) { head->f = 1; } unlock(s); }", "{ %s: if (head != null) { head->f = 1; } }"),
    ("{ if (a.inc_not_zero()) { %s: a.dec(); } }", "{ a.inc(); %s: a.dec(); }"),
    (
        "{ lock(s); if (head != null) { %s: free(head); head = null; } unlock(s); }",
        "{ if (head != null) { %s: free(head); head = null; } }",
    ),
    (
        "{ lock(s); if (head == null) { head = try_new T; } %s: unlock(s); }",
        "{ if (head == null) { %s: head = new T; } }",
    ),
    ("{ if (trylock(m)) { %s: turn = turn + 1; unlock(m); } }", "{ if (trylock(m)) { %s: turn = turn + 1; } }"),
    ("{ atomic { if (turn < 2) { turn = turn + 1; } } %s: ; }", "{ if (turn < 2) { %s: turn = turn + 1; } }"),
)


def likely_model(seed: int, count: str = "*") -> str:
    """A model put together from pieces of which most are right, so that much can be proved and some of it is wrong."""
    chance = random.Random(f"likely {seed}")
    labels: list[str] = []

    def piece(process: str, name: str) -> str:
        right, wrong = chance.choice(PIECES)
        labels.append(f"{process}::{name}")
        return (wrong if chance.random() < 0.2 else right) % name

    body = [piece("worker", f"w{i}") for i in range(chance.randint(1, 3))]
    other = [piece("keeper", f"k{i}") for i in range(chance.randint(0, 2))]
    if chance.random() < 0.4:
        body = ["loop quiescent {", *body, "}"]
    if chance.random() < 0.3:
        body.insert(0, "local l : bool = false; choose { l = true; } or { } if (l) { return; }")
    one, two = chance.choice(labels), chance.choice(labels)
    here = " + ".join(f"nr_at({label})" for label in dict.fromkeys((one, two)))
    properties = [
        f"invariant alone   : nr_at({one}) <= {chance.randint(1, 2)};",
        f"invariant together: {here} <= {chance.randint(1, 3)};",
        f"invariant counted : users >= {chance.randint(0, 1)} || inside == {chance.randint(0, 1)};",
        f"invariant inner   : inside <= {chance.randint(0, 2)} && inside >= 0;",
        (
            "invariant link    : busy =>"
            f" {chance.choice(('turn >= 0', 'users >= 1', f'nr_at({one}) >= 1', 'inside == 0'))};"
        ),
        f"invariant turns   : turn <= {chance.randint(1, 3)};",
        f"invariant positive: a {chance.choice(('>= 1', '<= 2', '>= 0'))};",
        f"final     at_rest : users == 0 && {chance.choice(('!busy', 'inside == 0', 'a == 1', 'turn <= 1'))};",
        f"cover     seen    : nr_at({two}) >= {chance.randint(1, 3)};",
    ]
    keeper = ", keeper" if other else ""
    return "\n".join(
        [
            f"model likely_{seed};",
            "object T pool 1 { f : 0..2 = 0; }",
            "shared inside : int = 0;",
            "shared users : int = 0;",
            "shared turn : int = 0;",
            "shared busy : bool = false;",
            "shared a : atomic = 1;",
            f"shared head : ref T = {chance.choice(('null', 'new T'))};",
            "mutex m;",
            "spinlock s;",
            f"process worker {{ {' '.join(body)} }}",
            f"process keeper {{ {' '.join(other)} }}",
            *properties,
            f"scenario all {{ run worker[{count}]{keeper}; }}",
        ]
    )


def compare(text: str, seconds: float = 10.0, numbers: tuple[int, ...] = NUMBERS, states: int = STATES) -> Compared:
    """Prove and explore a spec with one scenario, in which one class runs in any number. Raises ``Unsound``."""
    try:
        spec = parse_text(text, "random.mc")
        model = pipeline.Loaded(spec).edited().resolved().model
        (process,) = (p.name for p in model.processes if p.count is None)

        def make(counts: Mapping[str, int]) -> typed.Model:
            return pipeline.Loaded(spec).edited().resolved(None, counts).model

        systems = {n: elaborate(make({process: n})) for n in numbers}
    except SpecError as error:
        return Compared(refused=str(error))
    outcomes = prove_any_number(model, make, SEMANTICS, _wanted(systems[max(numbers)]), seconds)
    proved = frozenset(name for name, outcome in outcomes.items() if outcome.proved)
    violated: set[str] = set()
    complete = []
    for n, system in systems.items():
        found, whole = _violated(system, states)
        if whole:
            complete.append(n)
        violated |= found
        if proved & found:
            raise Unsound(f"proved for any number and violated by {n}: {', '.join(sorted(proved & found))}")
    reasons = {name: reason_text(outcome.reason) for name, outcome in outcomes.items() if not outcome.proved}
    return Compared("", proved, frozenset(violated), reasons, tuple(complete))


def compare_fixed(text: str, seconds: float = 10.0, states: int = STATES) -> Compared:
    """As ``compare``, for proofs about a spec with fixed numbers. Raises ``Unsound``."""
    try:
        model = pipeline.Loaded(parse_text(text, "random.mc")).edited().resolved().model
        system = elaborate(model)
    except SpecError as error:
        return Compared(refused=str(error))
    outcomes = prove_fixed(model, system, SEMANTICS, _wanted(system), seconds)
    proved = frozenset(name for name, outcome in outcomes.items() if outcome.proved)
    violated, whole = _violated(system, states)
    if proved & violated:
        raise Unsound(f"proved and violated: {', '.join(sorted(proved & violated))}")
    reasons = {name: reason_text(outcome.reason) for name, outcome in outcomes.items() if not outcome.proved}
    return Compared("", proved, violated, reasons, (0,) if whole else ())


def _wanted(system: System) -> list[str]:
    return [p.name for p in system.properties if p.not_applicable is None and Form.STUCK not in p.forms]


def _violated(system: System, states: int) -> tuple[frozenset[str], bool]:
    """The properties that exploration violates (existential: witnesses), and whether it saw everything."""
    found = explore(system, Budget(states=states, seconds=20))
    names = {p.id: p.name for p in system.properties}
    return frozenset(names[a.property] for a in found.answers if a.schedule is not None), found.complete
