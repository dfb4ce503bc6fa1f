"""Operations on wait queues and task states are written out, and only where the spec means the kernel's."""

from __future__ import annotations

from modelcheck.ground.diagnostics import DiagnosticBag
from modelcheck.language.resolve.resolve import instantiate
from modelcheck.language.resolve.waiting import with_waiting
from modelcheck.language.syntax.parse import parse_text


def shared(text: str) -> list[str]:
    model, _ = instantiate(parse_text(text, "model.mc"))
    return [variable.name for variable in model.shared]


def test_a_spec_without_them_is_the_same() -> None:
    spec = parse_text("shared x : bool = false; process p { x = true; } scenario s { run p; }", "model.mc")
    assert with_waiting(spec, DiagnosticBag()) is spec


def test_what_a_spec_declares_under_a_name_is_meant() -> None:
    text = """
        shared x : 0..3 = 0;
        inline set_current_state(n : 0..3) { x = n; }
        inline schedule() { when (x == 0); }
        process p { set_current_state(2); schedule(); }
        scenario s { run p; }"""
    assert shared(text) == ["x"]


def test_only_those_who_wait_have_a_state() -> None:
    text = """
        wait_queue_head wq;
        shared x : bool = false;
        inline nap() { wait_event(wq, x); }
        process p { nap(); }
        process q { x = true; wake_up(&wq); }
        scenario s { run p, q; }"""
    assert shared(text) == ["p_state", "wq", "x"]


def test_a_queue_that_can_be_freed_is_counted_beside_it() -> None:
    text = """
        object Dev pool 1 { wq : wait_queue_head; }
        process p { local d : ref Dev = new Dev; prepare_to_wait(&d->wq, TASK_INTERRUPTIBLE); finish_wait(&d->wq); }
        scenario s { run p; }"""
    assert shared(text) == ["p_state", "p_queued"]
