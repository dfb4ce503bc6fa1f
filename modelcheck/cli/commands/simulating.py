"""``simulate``: step through a model by hand, or by a script on standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelcheck.cli.options import INSTANCES, SCENARIO, SEED, SET, SPEC, VARIANT, Chosen, takes
from modelcheck.ground.records import dataclass

if TYPE_CHECKING:
    from modelcheck.report.style import Style
    from modelcheck.studies.simulate.walk import Taken, Walk


@click.command(short_help="Step through a scenario.")
@SPEC
@takes(
    VARIANT,
    SCENARIO.saying("The scenario to run (default: the first one).", field="scenario", multiple=False),
    SET,
    INSTANCES,
    SEED,
)
def simulate(chosen: Chosen, spec: str) -> int:
    """Step through a scenario: choose who moves, go back, go to a violation, save the walk for `replay`.

    Commands are read from standard input; `h` lists them. If that is no terminal, the first that
    cannot be done ends the run with exit code 1.
    """
    from modelcheck.cli.output import width
    from modelcheck.language import pipeline
    from modelcheck.report.style import style_for
    from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter
    from modelcheck.studies.simulate.walk import Walk

    settings, scenario = dict(chosen.settings), chosen.scenario
    edited = pipeline.Loaded(pipeline.load(spec)).edited(chosen.variant, settings)
    known = edited.scenarios
    if scenario is None and known:
        scenario = known[0].name
    runs = next((info.runs for info in known if info.name == scenario), ())
    counts = {name: chosen.instances for name, count in runs if count is None}
    made = edited.resolved(scenario, counts)
    walk = Walk(MemoisedInterpreter(made.model), spec, chosen.seed)
    return _Session(walk, settings, width(), style_for(sys.stdout)).run()


class _Misunderstood(Exception):
    """A command makes no sense; the message says why."""


@dataclass(frozen=True, slots=True)
class _Session:
    walk: Walk
    settings: dict[str, str]
    width: int
    style: Style

    def run(self) -> int:
        """Read and obey commands; return the exit code."""
        from modelcheck.report.reasons.studies import hindrance_text
        from modelcheck.report.texts.simulation import choices_text, start_text
        from modelcheck.studies.simulate.walk import NoWay

        by_hand = sys.stdin.isatty()
        _show(start_text(self.walk, self.width))
        _show(choices_text(self.walk, self.width, self.style))
        names = [prop.name for prop in self.walk.interpreter.model.properties if prop.not_applicable is None]
        for line in _lines(by_hand, (*self.walk.interpreter.names, *names)):
            words = line.split()
            if not words:
                continue
            if words[0] in ("q", "quit", "exit"):
                break
            try:
                moved = self._obey(words)
            except (NoWay, _Misunderstood) as error:
                why = hindrance_text(error.why) if isinstance(error, NoWay) else str(error)
                print(f"modelcheck: {why}", file=sys.stderr, flush=True)
                if not by_hand:
                    return 1
                continue
            if moved:
                _show(choices_text(self.walk, self.width, self.style))
        return 0

    def _obey(self, words: list[str]) -> bool:
        """Do what a command says; return whether the walk has moved. Raises ``NoWay``, ``_Misunderstood``."""
        from modelcheck.report.texts import simulation

        command, arguments = words[0], words[1:]
        match command:
            case "h" | "?" | "help":
                _show(simulation.help_text())
            case "s" | "state":
                _show(simulation.state_text(self.walk, self.width))
            case "t" | "trace":
                _show(simulation.steps_text(self.walk, self.width))
            case "p" | "properties":
                _show(simulation.properties_text(self.walk, self.width))
            case "w" | "write":
                self._write(arguments)
            case "r" | "random":
                for _ in range(_number(arguments)):
                    self._say(self.walk.take_any())
                    if not self.walk.choices():
                        break
                return True
            case "u" | "undo":
                if not self.walk.undo(_number(arguments)):
                    raise _Misunderstood("this is the initial state")
                _show(f"back after step {len(self.walk.steps)}\n" if self.walk.steps else "back at the initial state\n")
                return True
            case "j" | "jump":
                if len(arguments) != 1:
                    raise _Misunderstood("j takes the name of a property (p lists them)")
                for taken in self.walk.jump(arguments[0]):
                    self._say(taken)
                return True
            case _:
                self._step(" ".join(words))
                return True
        return False

    def _step(self, word: str) -> None:
        choices = self.walk.choices()
        if _is_number(word):
            number = int(word[:_DIGITS])
            if not 1 <= number <= len(choices):
                raise _Misunderstood(f"there is no step {word} now")
            self._say(self.walk.take(choices[number - 1].move))
            return
        if word not in self.walk.interpreter.names:
            raise _Misunderstood(f"`{word}` is no command and no process (h lists the commands)")
        own = [choice for choice in choices if choice.process == word]
        if len(own) != 1:
            raise _Misunderstood(
                f"{word} cannot move" if not own else f"{word} has {len(own)} choices: take one by its number"
            )
        self._say(self.walk.take(own[0].move))

    def _say(self, taken: Taken) -> None:
        from modelcheck.report.texts.simulation import taken_text

        _show(taken_text(taken, self.walk, self.width, self.style))

    def _write(self, arguments: list[str]) -> None:
        from dataclasses import replace

        from modelcheck.ground.diagnostics import SpecError
        from modelcheck.ground.files import write_atomically
        from modelcheck.report.formats.json import dump
        from modelcheck.report.formats.trace_json import trace_json

        if len(arguments) != 1:
            raise _Misunderstood("w takes the name of a file")
        trace = replace(self.walk.trace(), spec=self.walk.spec)
        try:
            write_atomically(Path(arguments[0]), dump(trace_json(trace, self.settings.items())))
        except SpecError as error:
            raise _Misunderstood(error.diagnostics[0].message) from None
        about = f", which violates {trace.property_name}" if trace.property_name else ""
        _show(f"wrote {arguments[0]}{about}\n")


def _number(arguments: list[str]) -> int:
    if not arguments:
        return 1
    if len(arguments) > 1 or not _is_number(arguments[0]) or not arguments[0].strip("0"):
        raise _Misunderstood(f"`{' '.join(arguments)}` is no number of steps")
    return min(int(arguments[0][:_DIGITS]), 100_000)


#: More digits of a number than this say nothing: it is too large anyway.
_DIGITS = 9


def _is_number(word: str) -> bool:
    # `isdigit` alone also takes what `int` does not read, such as superscripts.
    return word.isascii() and word.isdigit()


def _lines(by_hand: bool, words: Sequence[str]) -> Iterator[str]:
    """The commands. Somebody who types can edit the line, take earlier ones up again, and have
    ``words`` completed; where nobody does they are shown, so that the output reads like a session."""
    if by_hand:
        _edit_lines(words)
    while True:
        try:
            line = input("> ") if by_hand else _scripted()
        except EOFError:
            sys.stdout.write("\n")
            return
        yield line


def _scripted() -> str:
    sys.stdout.write("> ")
    sys.stdout.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    sys.stdout.write(line if line.endswith("\n") else line + "\n")
    return line


def _edit_lines(words: Sequence[str]) -> None:
    try:
        import readline
    except ImportError:  # Not everywhere, and it can be done without.
        return

    def complete(text: str, number: int) -> str | None:
        fitting = [word for word in words if word.startswith(text)]
        return fitting[number] if number < len(fitting) else None

    readline.set_completer(complete)
    readline.set_completer_delims(" ")
    readline.parse_and_bind("tab: complete")


def _show(text: str) -> None:
    from modelcheck.cli.output import out

    out(text)


COMMANDS: tuple[click.Command, ...] = (simulate,)
