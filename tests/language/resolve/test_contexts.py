"""Handlers and tasks of CPUs, as resolution writes them in the terms of the rest of the language."""

from __future__ import annotations

from modelcheck.report.narrate.operations import awaited_text
from tests.language.resolve.helpers import model
from tests.semantics.interpreter.helpers import interpreter_of, shortest

TEXT = """
    cpu c0, c1;
    spinlock lock;
    shared pending : bool = true;
    process ioctl on c0 { spin_lock(&lock); spin_unlock(&lock); }
    process saves on c0 { spin_lock_irqsave(&lock, flags); spin_unlock_irqrestore(&lock, flags); }
    process far on c1 { spin_lock(&lock); spin_unlock(&lock); }
    process unbound { spin_lock_irq(&lock); spin_unlock_irq(&lock); }
    interrupt nic on c0 when (pending) { pending = false; spin_lock(&lock); spin_unlock(&lock); }
    softirq net on c0 when raised { }
    scenario s { run ioctl; }
    scenario t { run saves, far, unbound; }
"""


def test_who_is_interrupted_waits_for_the_handler_to_end() -> None:
    trace = shortest(interpreter_of(TEXT, "s"), "deadlock")
    ends = {end.process: end for end in trace.ends}
    assert ends["ioctl"].above == ("nic",)
    assert awaited_text(ends["ioctl"]) == "nic to end"
    assert ends["nic"].above == ()
    assert awaited_text(ends["nic"]) == "lock, held by ioctl"


def test_what_runs_on_top_of_what() -> None:
    above = {process.name: tuple(name for name, _ in process.above) for process in model(TEXT, "t").processes}
    assert above == {"saves": ("nic", "net"), "far": (), "unbound": (), "nic": (), "net": ("nic",)}


def test_only_what_is_asked_of_contexts_is_kept() -> None:
    kept = [variable.name for variable in model(TEXT, "t").shared]
    assert kept == ["lock", "pending", "saves.irqs_off", "saves.flags_flags", "nic.active", "net.active", "net.raised"]
    without = model("spinlock l; process p { spin_lock_irq(&l); spin_unlock_irq(&l); } scenario s { run p; }")
    assert [variable.name for variable in without.shared] == ["l"]
    assert [process.no_sleep for process in without.processes] == [None]
