"""Stopping z3 from outside while it works: on request, and on Ctrl-C.

z3 has a handler of its own for Ctrl-C, but one that arrives at the end of a check is lost with it.
So z3 is told to leave the signal to Python (``ctrl_c`` is false), whose C handler only notes it
while z3 works; a second thread sees the note and interrupts z3, and Python's handler runs as soon
as the main thread is back.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import z3

#: How often a running search asks whether it shall stop, in seconds.
POLL = 0.05


def never() -> bool:
    """Nobody will ask to stop."""
    return False


@contextmanager
def watched(context: z3.Context, interrupted: Callable[[], bool]) -> Iterator[None]:
    """Interrupt z3 as soon as ``interrupted`` says so, or on a signal if this is the main thread."""
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main and interrupted is never:
        yield
        return
    reading, writing = socket.socketpair()
    writing.setblocking(False)
    previous = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False) if in_main else -1

    def watch() -> None:
        while True:
            ready, _, _ = select.select([reading], [], [], None if interrupted is never else POLL)
            signals = reading.recv(64) if ready else b""
            if ready and not signals:
                return  # the other end was closed: z3 is done
            if previous >= 0 and signals:
                os.write(previous, signals)
            if signal.SIGINT in signals or interrupted():
                context.interrupt()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        if in_main:
            signal.set_wakeup_fd(previous)
        writing.close()
        watcher.join()
        reading.close()


@contextmanager
def ctrl_c_noted() -> Iterator[Callable[[], bool]]:
    """Note Ctrl-C instead of raising it at once, and raise ``KeyboardInterrupt`` at the end; yields
    whether one was noted.

    Python raises wherever it happens to be: while z3's wrappers free something the exception is
    dropped, and while ctypes converts an argument it becomes another one. Outside of the main
    thread, and where Ctrl-C is ignored, nothing changes.
    """
    noted = threading.Event()
    in_main = threading.current_thread() is threading.main_thread()
    previous = signal.getsignal(signal.SIGINT) if in_main else None
    if not callable(previous):
        yield noted.is_set
        return
    signal.signal(signal.SIGINT, lambda *_: noted.set())
    try:
        yield noted.is_set
    finally:
        signal.signal(signal.SIGINT, previous)
    if noted.is_set():
        raise KeyboardInterrupt
