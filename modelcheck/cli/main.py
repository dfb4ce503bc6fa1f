"""The command ``modelcheck``: its subcommands, and the guard that turns every failure into words and an exit code.

Exit codes: 0 everything as expected, 1 a violation or a surprise, 2 usage or spec errors, or output
that cannot be written, 3 undecided where an answer was expected, 130 interrupted, 141 nobody reads
the output any more. Commands import what they need when they run, so that ``--help`` is there at
once.
"""

from __future__ import annotations

import _thread
import contextlib
import errno
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import NoReturn, TextIO

import click

from modelcheck.ground.version import VERSION

#: The modules of ``cli.commands`` by the commands that they hold: one is imported when its command is asked for.
HOMES: Mapping[str, str] = MappingProxyType(
    {
        "certify": "certifying",
        "check": "checking",
        "diff": "inspecting",
        "explain": "authoring",
        "explore": "inspecting",
        "export": "exporting",
        "fmt": "authoring",
        "lint": "authoring",
        "list": "inspecting",
        "matrix": "checking",
        "mutate": "mutating",
        "new": "authoring",
        "prove": "proving",
        "replay": "inspecting",
        "simulate": "simulating",
        "synth": "synthesizing",
        "trace": "tracing",
    }
)

#: What a shell says of a command whose reader has gone.
BROKEN_PIPE = 141
OUTPUT_LOST, OUT_OF_TIME = "MC507", "MC508"
#: Why output can be lost.
_FULL = (errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EDQUOT)


class SpecOrCommand(click.Group):
    """``modelcheck SPEC`` means ``modelcheck matrix SPEC``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        home = HOMES.get(cmd_name)
        if home is None:
            return None
        commands: tuple[click.Command, ...] = import_module(f"modelcheck.cli.commands.{home}").COMMANDS
        return next(command for command in commands if command.name == cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        first = args[0]
        if first not in HOMES:
            if first.endswith(".mc") or os.path.exists(first):
                return "matrix", self.get_command(ctx, "matrix"), args
            from modelcheck.ground.suggest import did_you_mean

            ctx.fail(f"there is no command and no file `{first}`{did_you_mean(first, HOMES)}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=SpecOrCommand,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`modelcheck SPEC` alone checks everything and prints the matrix.",
)
@click.version_option(VERSION, message="modelcheck %(version)s")
def cli() -> None:
    """Check the life-cycle protocols of systems code: every design, every race.

    A spec (.mc) says how a protocol reads in C, which designs of it there are, and what must hold.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    A request to end (``SIGTERM``) is taken as Ctrl-C is: the terminal is left as it was, and
    nothing half-done stays.
    """
    code = 130
    try:
        with contextlib.suppress(ValueError):  # only the main thread may say what a signal does
            signal.signal(signal.SIGTERM, signal.default_int_handler)
        sys.unraisablehook = _take_up_again
        code = run(arguments)
    except KeyboardInterrupt:  # before the guard of `run` was there, or while it told of another one
        _tell("modelcheck: interrupted", code)
    # What is left to do is to leave: no traceback of somebody who was interrupted at that.
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


def _take_up_again(lost: sys.UnraisableHookArgs) -> None:
    """Ctrl-C that came in a callback from which no exception goes on (of a weak reference, of a
    fork) would be printed and forgotten: let it come once more, a moment later.
    """
    if issubclass(lost.exc_type, KeyboardInterrupt):
        again = threading.Timer(0.05, _thread.interrupt_main)
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(lost)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code. No exception leaves this function."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    # Scenarios are checked side by side. The threads of numpy's products wait for each other at the
    # cost of the other scenarios: five times the processor time for the same product. Read when
    # numpy is loaded.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        return _run(arguments)
    except BrokenPipeError:
        # The reader of a pipe has gone (`modelcheck … | head`): nobody is left to tell.
        _no_more_output(sys.stdout)
        return BROKEN_PIPE
    except OSError as error:
        if error.errno not in _FULL or error.filename is not None:
            return _internal_error(error)
        _no_more_output(sys.stdout)
        return _tell(
            f"modelcheck: error[{OUTPUT_LOST}]: cannot write the output: {error.strerror}; what was found is lost",
            code=2,
        )
    except (KeyboardInterrupt, click.Abort):
        return _tell("modelcheck: interrupted", code=130)
    except Exception as error:
        return _internal_error(error)


def _no_more_output(stream: TextIO) -> None:
    """Drop what is still to be written to a stream, and what will be."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _tell(text: str, code: int) -> int:
    """Print to standard error, if that takes anything; return the exit code."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _no_more_output(sys.stderr)
    return code


def _run(arguments: Sequence[str] | None) -> int:
    from modelcheck.cli.limits import OutOfTimeError
    from modelcheck.ground.diagnostics import SpecError

    try:
        code = cli.main(
            args=None if arguments is None else list(arguments), prog_name="modelcheck", standalone_mode=False
        )
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return 2
    except SpecError as error:
        from modelcheck.cli.output import show_diagnostics

        show_diagnostics(error.diagnostics)
        return 2
    except OutOfTimeError as error:
        return _tell(
            f"modelcheck: error[{OUT_OF_TIME}]: {error} (--timeout gives more)",
            code=3,
        )
    except MemoryError:
        return _tell(
            "modelcheck: out of memory (--memory sets a limit, and what was found by then is reported)", code=3
        )
    return code if isinstance(code, int) else 0


def _internal_error(error: Exception) -> int:
    if os.environ.get("MODELCHECK_DEBUG"):
        import traceback

        traceback.print_exception(error)
    what = " ".join(str(error).split())
    return _tell(
        f"modelcheck: error[MC599]: internal error: {type(error).__name__}: {what[:300]}\n"
        "This is a bug in modelcheck, not in your spec. Please report it with the spec, this command, and what it\n"
        "prints with MODELCHECK_DEBUG=1 set (`modelcheck explain MC599`).",
        code=2,
    )
