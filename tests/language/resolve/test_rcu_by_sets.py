"""Grace periods by phases against what they mean, written by hand: who waits keeps the set of those it waits for.

Two specs are made of each random program, with the same steps: one says `rcu_read_lock` and so on, the other keeps how
many sections each process is in (a spinlock that it holds is one), and for each that waits which processes it still
waits for. Whatever somebody can do in one of them he can do in the other, and so on from there.
"""

from __future__ import annotations

import random

import pytest

from modelcheck.language.resolve.resolve import instantiate
from modelcheck.language.syntax.parse import parse_text
from modelcheck.semantics.interpreter.machine.states import State
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter

PROGRAMS = 16
ENTERS, LEAVES, WAITS, STORES, QUEUES = "enters", "leaves", "waits", "stores", "queues"
LOCKS, UNLOCKS, CALLS = "locks", "unlocks", "calls"


def _program(seed: int) -> list[list[str]]:
    """What each of two or three processes does. Sections nest, and are left before anybody waits."""
    draw = random.Random(seed)
    found = []
    for _ in range(draw.choice((2, 3, 3))):
        body: list[str] = []
        depth, queued, locked = 0, False, False
        for _ in range(draw.randint(2, 4)):
            may = [STORES, ENTERS, CALLS] if depth < 3 else [STORES]
            may += [LEAVES, LEAVES] if depth else []
            may += [] if depth or locked else [WAITS, WAITS, WAITS]
            may.append(UNLOCKS if locked else LOCKS)
            if not queued:
                may.append(QUEUES)
            done = draw.choice(may)
            queued |= done == QUEUES
            locked = done == LOCKS or (locked and done != UNLOCKS)
            depth += {ENTERS: 1, LEAVES: -1}.get(done, 0)
            body.append(done)
        found.append(body + [LEAVES] * depth + [UNLOCKS] * locked)
    return found


def _spec(program: list[list[str]], said: dict[str, str], more: str) -> str:
    lines = [more]
    for number, body in enumerate(program):
        steps = [f"l{place}: {said[done].replace('ME', str(number))}" for place, done in enumerate(body)]
        lines.append(f"shared x{number} : 0..9 = 0; process p{number} {{ {' '.join(steps)} }}")
    lines.append(f"scenario s {{ run {', '.join(f'p{number}' for number in range(len(program)))}; }}")
    return "\n".join(lines)


def _by_name(program: list[list[str]]) -> str:
    said = {
        ENTERS: "rcu_read_lock();",
        LEAVES: "rcu_read_unlock();",
        CALLS: "if (seen()) { }",
        LOCKS: "spin_lock(&lockME);",
        UNLOCKS: "spin_unlock(&lockME);",
        WAITS: "synchronize_rcu();",
        STORES: "atomic { xME = xME + 1; }",
        QUEUES: "call_rcu(&hME->rcu, doneME);",
    }
    more = ["inline seen() -> bool { rcu_read_lock(); rcu_read_unlock(); return true; }"]
    for number, body in enumerate(program):
        more.append(f"spinlock lock{number};")
        if QUEUES in body:
            more.append(
                f"object H{number} pool 1 {{ rcu : rcu_head; }} shared h{number} : ref H{number} = new H{number}; "
                f"shared ran{number} : bool = false; callback done{number}(h: ref H{number}) {{ ran{number} = true; }}"
            )
    return _spec(program, said, "\n".join(more))


def _by_sets(program: list[list[str]]) -> str:
    """A callback is in a section as well: it has a number behind those of the processes."""
    heads = [number for number, body in enumerate(program) if QUEUES in body]
    waiting = [*(f"w{number}" for number in range(len(program))), *(f"q{number}" for number in heads)]
    runs = {number: len(program) + place for place, number in enumerate(heads)}

    def clears(who: str) -> str:
        return " ".join(f"{mask} -= {{ {who} }};" for mask in waiting)

    def begins(mask: str) -> str:
        marks = [f"if (d{n} > 0) {{ {mask} |= {{ {n} }}; }}" for n in range(len(program))]
        marks += [f"if (runs{n}) {{ {mask} |= {{ {place} }}; }}" for n, place in runs.items()]
        return " ".join(marks)

    enters = "atomic { dME = dME + 1; }"
    leaves = f"atomic {{ dME = dME - 1; if (dME == 0) {{ {clears('ME')} }} }}"
    said = {
        ENTERS: enters,
        LEAVES: leaves,
        LOCKS: enters,
        UNLOCKS: leaves,
        CALLS: f"{{ {enters} {leaves} }}",
        WAITS: f"{{ atomic {{ {begins('wME')} }} when (empty(wME)); }}",
        STORES: "atomic { xME = xME + 1; }",
        QUEUES: f"{{ local h : int = loadME; atomic {{ queuedME = true; {begins('qME')} }} }}",
    }
    more = [f"shared {mask} : set<0..{len(program) + len(heads) - 1}> = {{}};" for mask in waiting]
    more += [f"shared d{number} : 0..5 = 0;" for number in range(len(program))]
    for number, place in runs.items():
        more.append(
            f"shared load{number} : int = 0; shared queued{number} : bool = false; shared ran{number} : bool = false; "
            f"shared runs{number} : bool = false; server s{number} {{ loop {{ atomic when (queued{number} && "
            f"empty(q{number})) {{ queued{number} = false; runs{number} = true; }} ran{number} = true; "
            f"atomic {{ runs{number} = false; {clears(str(place))} }} }} }}"
        )
    return _spec(program, said, "\n".join(more))


def _interpreter(text: str) -> MemoisedInterpreter:
    return MemoisedInterpreter(instantiate(parse_text(text, "grace.mc"))[0])


def _moves(interpreter: MemoisedInterpreter, state: State) -> dict[int, State]:
    """Who can move, and what comes of it. (There is never a choice.)"""
    found: dict[int, State] = {}
    for transition in interpreter.transitions(state):
        assert transition.target is not None
        assert transition.move.process not in found
        found[transition.move.process] = transition.target
    return found


def _walk(left: MemoisedInterpreter, right: MemoisedInterpreter) -> int:
    """The number of pairs of states; fails where somebody can move in one state only."""
    start, begin = left.initial().state, right.initial().state
    assert start is not None
    assert begin is not None
    seen, pending = {(start, begin)}, [(start, begin)]
    while pending:
        one, other = pending.pop()
        moves, others = _moves(left, one), _moves(right, other)
        assert moves.keys() == others.keys()
        for who, target in moves.items():
            pair = target, others[who]
            if pair not in seen:
                seen.add(pair)
                pending.append(pair)
    return len(seen)


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_the_same_moves_are_possible_as_if_sets_were_kept(seed: int) -> None:
    program = _program(seed)
    assert _walk(_interpreter(_by_name(program)), _interpreter(_by_sets(program))) > 10
