"""The options of all commands, each declared once: ``Option`` says how it is written, and a field of
``Chosen`` what its value is. Commands pick from them. Kept free of anything slow to import.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeAlias, TypeVar

import click

from modelcheck.cli.arguments import DURATION, FILE, SETTING, SIZE, STRICT_KINDS, joined
from modelcheck.cli.outputs import FORMATS, Format
from modelcheck.ground.records import dataclass

if TYPE_CHECKING:
    from modelcheck.checking.plan import Engine
    from modelcheck.studies.matrix.options import StrictKind

P = ParamSpec("P")
F = TypeVar("F", bound=Callable[..., Any])

#: What to do with values before a command gets them, as click wants it.
_Callback: TypeAlias = Callable[[click.Context, click.Parameter, Any], Any]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen on the command line; fields of options that a command does not have keep their defaults.

    ``variants``, ``scenarios``: of commands that take several; ``variant``, ``scenario``: of those
    that take one. ``json_file`` and so on: files to write. ``others``: how many races to leave out.
    """

    variant: str | None = None
    variants: tuple[str, ...] = ()
    scenario: str | None = None
    scenarios: tuple[str, ...] = ()
    property_name: str | None = None
    properties: tuple[str, ...] = ()
    unknowns: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    mutants: tuple[str, ...] = ()
    shown: str | None = None
    listed: bool = False
    least: float | None = None
    engine: Engine = "auto"
    timeout: float | None = None
    memory: int | None = None
    settings: tuple[tuple[str, str], ...] = ()
    slow: bool = False
    jobs: int | None = None
    threads: int | None = None
    strict: frozenset[StrictKind] = frozenset()
    no_cache: bool = False
    no_reductions: bool = False
    cross_check: str = "usual"
    checkpoint: Path | None = None
    resume: Path | None = None
    json_file: Path | None = None
    junit_file: Path | None = None
    sarif_file: Path | None = None
    html_file: Path | None = None
    github: bool = False
    watched: bool = False
    verbose: bool = False
    certificate: Path | None = None
    why: bool = False
    no_events: bool = False
    form: Format = "columns"
    width: int = 75
    steps: bool = False
    delays: bool = False
    no_lines: bool = False
    others: int = 0
    spec: str | None = None
    instances: int = 2
    seed: int = 0
    target: str = ""
    output: Path | None = None
    check: bool = False

    @property
    def design(self) -> str:
        """The name or pattern of the design to look at."""
        return self.variant or "base"


@dataclass(frozen=True, slots=True)
class Option:
    """How an option is written: its ``names``, the ``field`` of ``Chosen`` that gets its value, and
    how that is read. Its default is that of the field, unless ``default`` says another one.
    """

    names: tuple[str, ...]
    field: str
    help: str | None
    type: click.ParamType[Any] | None = None
    metavar: str | None = None
    multiple: bool = False
    flag: bool = False
    counted: bool = False
    required: bool = False
    environment: str | None = None
    callback: _Callback | None = None
    show_default: bool = False
    default: object = None

    def saying(self, help: str, **other: Any) -> Option:
        """Return the same option in the words of a command, where its value means something else."""
        return replace(self, help=help, **other)

    def __call__(self, command: F) -> F:
        """Give a command this option."""
        default: Any = _DEFAULTS[self.field] if self.default is None else self.default
        made = click.option(
            *self.names,
            self.field,
            help=self.help,
            type=self.type,
            metavar=self.metavar,
            multiple=self.multiple,
            is_flag=self.flag,
            count=self.counted,
            required=self.required,
            envvar=self.environment,
            callback=self.callback,
            show_default=self.show_default,
            **({} if default is None or self.required else {"default": default}),
        )
        return made(command)


def takes(*picked: Option) -> Callable[[Callable[Concatenate[Chosen, P], int]], Callable[P, int]]:
    """Give a command these options, in this order: it gets their values as one ``Chosen``, before its arguments."""

    def decorate(command: Callable[Concatenate[Chosen, P], int]) -> Callable[P, int]:
        @functools.wraps(command)
        def collecting(*arguments: P.args, **named: P.kwargs) -> int:
            values: dict[str, Any] = {option.field: named.pop(option.field) for option in picked}
            return command(Chosen(**values), *arguments, **named)

        for option in reversed(picked):
            collecting = option(collecting)
        return collecting

    return decorate


_DEFAULTS = {field.name: field.default for field in fields(Chosen)}

SPEC = click.argument("spec", type=click.Path(path_type=str), metavar="SPEC")

VARIANT = Option(("--variant",), "variant", "The design to look at (default: base, the spec as written).", metavar="V")
#: The same where it may be a pattern.
VARIANTS = VARIANT.saying("The design to look at, or a pattern like `v6*` (default: base, the spec as written).")
SCENARIO = Option(
    ("--scenario",),
    "scenarios",
    "Only this scenario, or those that match a pattern like `evict*` (may be repeated).",
    metavar="S",
    multiple=True,
)
PROPERTY = Option(
    ("--property",),
    "properties",
    "Only this property, or those that match a pattern (may be repeated).",
    metavar="P",
    multiple=True,
)
UNKNOWN = Option(
    ("--unknown",),
    "unknowns",
    "Find values of this unknown; the others keep their default (may be repeated).",
    metavar="X",
    multiple=True,
)
OPERATOR = Option(
    ("--operator",),
    "operators",
    "Only mutants of this kind, or of those that match a pattern like `drop_*` (may be repeated).",
    metavar="O",
    multiple=True,
)
MUTANT = Option(
    ("--mutant",),
    "mutants",
    "Only this mutant, or those that match a pattern (may be repeated).",
    metavar="M",
    multiple=True,
)
SHOW = Option(("--show",), "shown", "Print this mutant as a variant to paste, and the race that kills it.", metavar="M")
LIST = Option(("--list",), "listed", "List the mutants, and check none of them.", flag=True)
FAIL_UNDER = Option(
    ("--fail-under",), "least", "Exit with 1 if fewer percent are killed.", click.FloatRange(0, 100), "95"
)
ENGINE = Option(
    ("--engine",),
    "engine",
    "How to check.",
    click.Choice(["auto", "explicit", "native", "bmc", "portfolio"]),
    show_default=True,
)
TIMEOUT = Option(("--timeout",), "timeout", "Time for each scenario.", DURATION, "60s")
MEMORY = Option(("--memory",), "memory", "Memory for the whole run (default: most of what is free).", SIZE, "8G")
SET = Option(
    ("--set",), "settings", "Set a param or an unknown (may be repeated).", SETTING, metavar="X=v", multiple=True
)
SLOW = Option(("--slow",), "slow", "Run scenarios marked slow, too.", flag=True)
JSON = Option(("--json",), "json_file", "Write the results as JSON.", FILE, "FILE")
JUNIT = Option(("--junit",), "junit_file", "Write the cells as JUnit XML.", FILE, "FILE")
SARIF = Option(("--sarif",), "sarif_file", "Write what is violated as SARIF 2.1.0.", FILE, "FILE")
HTML = Option(
    ("--html",), "html_file", "Write a report to open in a browser: one file, everything in it.", FILE, "FILE"
)
GITHUB = Option(("--github",), "github", "Print annotations for GitHub Actions.", flag=True)
STRICT = Option(
    ("--strict",),
    "strict",
    "Fail where nothing is wrong and little is said: `vacuity` (what is green says nothing, code is never reached),"
    " `cut` (what is wrong elsewhere cuts a green cell short). Without kinds: all.",
    STRICT_KINDS,
    "[=KIND,…]",
    multiple=True,
    callback=joined,
)
JOBS = Option(
    ("-j", "--jobs"),
    "jobs",
    "Scenarios checked at the same time (default: one per core).",
    click.IntRange(1, 256),
    "N",
)
THREADS = Option(
    ("--threads",),
    "threads",
    "Threads that explore one scenario together (default: the cores that -j leaves to it).",
    click.IntRange(1, 64),
    "N",
)
NO_REDUCTIONS = Option(
    ("--no-reductions",),
    "no_reductions",
    "Visit every state, also those that differ only in which process or slot is which.",
    flag=True,
)
CROSS_CHECK = Option(
    ("--cross-check",),
    "cross_check",
    "What of an exploration the interpreter compares: `full` is every state, however many there are (much slower).",
    click.Choice(["usual", "full"]),
    show_default=True,
)
CHECKPOINT = Option(
    ("--checkpoint",),
    "checkpoint",
    "If time or memory ends, keep what was explored in FILE (one scenario, compiled explorer).",
    FILE,
    "FILE",
)
RESUME = Option(("--resume",), "resume", "Go on where a --checkpoint was written.", FILE, "FILE")
NO_CACHE = Option(
    ("--no-cache",),
    "no_cache",
    "Check everything anew; neither reuse results and compiled code nor keep them.",
    flag=True,
    environment="MODELCHECK_NO_CACHE",
)
WATCH = Option(("--watch",), "watched", "Check again whenever a file of the spec changes, until Ctrl-C.", flag=True)
VERBOSE = Option(("-v", "--verbose"), "verbose", "A row for each scenario, and every race.", flag=True)
CERTIFICATE = Option(
    ("--certificate",),
    "certificate",
    "Leave the invariants and what they have to satisfy here, as SMT-LIB 2.",
    click.Path(file_okay=False, path_type=Path),
    "DIR",
)
WHY = Option(("--why",), "why", "Show the state that a proof which failed could not exclude.", flag=True)
NO_EVENTS = Option(("--no-events",), "no_events", "Compare verdicts only, and not what events can be seen.", flag=True)
FORMAT = Option(("--format",), "form", None, click.Choice(FORMATS), show_default=True)
WIDTH = Option(("--width",), "width", "Of the columns.", click.IntRange(40, 1000), show_default=True)
STEPS = Option(("--steps",), "steps", "Columns with every step, not call by call.", flag=True)
DELAYS = Option(("--delays",), "delays", "Below the columns, say where delays make the race likely.", flag=True)
NO_LINES = Option(
    ("--no-lines",),
    "no_lines",
    "Columns without the line numbers of the spec, as a changelog wants them.",
    flag=True,
)
NEXT = Option(
    ("--next",),
    "others",
    "Another race: one with other essential orders (repeat it for a third one).",
    counted=True,
)
WHERE = Option(("--spec",), "spec", "The spec to replay it in (default: the one it was made from).", metavar="SPEC")
INSTANCES = Option(
    ("--instances",),
    "instances",
    "How many there are of a process that the scenario runs in any number.",
    click.IntRange(0, 16),
    "N",
    show_default=True,
)
SEED = Option(("--seed",), "seed", "For steps made by chance.", click.INT, "N", show_default=True)
TO = Option(
    ("--to",),
    "target",
    "The language: Promela (SPIN), Murphi (Rumur), SMT-LIB.",
    click.Choice(["promela", "murphi", "smtlib"]),
    required=True,
)
OUTPUT = Option(("-o", "--output"), "output", "Where to write (default: standard output).", FILE, "FILE")
CHECK = Option(("--check",), "check", "Change nothing; exit with 1 if a file would change.", flag=True)
