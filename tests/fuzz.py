"""Nothing that is read ends in an internal error, a traceback or a hang: inputs changed at random, every command.

    python -m tests.fuzz --first 0 --count 1000

Each seed takes a spec of ``specs/`` or ``tests/features/`` (or a trace, a certificate, a kept
result made from one), changes it and calls a command on it. A failure is printed with its seed and
kept in the directory given by ``--keep``.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import functools
import io
import json
import os
import random
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelcheck.cli.main import run
from modelcheck.ground.store import Store

ROOT = Path(__file__).parent.parent
#: Seconds that a scenario gets, and all that a command may take, on a machine that does other things as well.
LIMIT, MOST = 2.0, 40.0
TOKEN = re.compile(r"\s+|//[^\n]*|\w+|\"[^\"\n]*\"|[^\w\s]{1,2}")
#: What is put where something else stood.
PIECES = (
    *[
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ";",
        ":",
        ",",
        ".",
        "->",
        "&",
        "*",
        "+",
        "-",
        "/",
        "%",
        "<<",
        "==",
        "=",
        "!",
        "<",
        "~",
        "?",
        "|",
        "^",
        "=>",
        "..",
    ],
    *[
        "if",
        "while",
        "loop",
        "for",
        "goto",
        "return",
        "when",
        "atomic",
        "choose",
        "or",
        "pick",
        "emit",
        "assert",
        "new",
        "free",
        "lock",
        "unlock",
        "kfree",
        "spin_lock",
    ],
    *[
        "shared",
        "local",
        "process",
        "inline",
        "object",
        "enum",
        "struct",
        "param",
        "scenario",
        "variant",
        "run",
        "expect",
        "holds",
        "violates",
        "all",
        "stuck",
    ],
    *[
        "true",
        "false",
        "null",
        "none",
        "self",
        "int",
        "bool",
        "bv<8>",
        "bv<64>",
        "0",
        "1",
        "7",
        "-1",
        "65535",
        "0..3",
        "x",
        "p",
        "s",
        "[*]",
        "[2]",
        "[1000]",
        "pool",
        "quiescent",
        "endless",
    ],
    "9" * 400,
    "(" * 300,
    "{" * 300,
    "!" * 300,
    '"\x1b[31m"',
    "\u202e",
    "\x00",
    "/*",
)
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("check", "--timeout", f"{LIMIT}s", "-j", "1"),
    ("check", "--timeout", f"{LIMIT}s", "-j", "1", "--engine", "explicit"),
    ("matrix", "--timeout", f"{LIMIT}s", "-j", "1", "--variant", "base"),
    ("list",),
    ("lint",),
    ("fmt", "--check"),
    ("explore", "--timeout", f"{LIMIT}s"),
    ("export", "--to", "promela"),
    ("export", "--to", "murphi"),
    ("trace", "--timeout", f"{LIMIT}s", "--format", "json"),
)
VALUES: tuple[Any, ...] = (None, "x", -1, 3, 10**400, [], {}, 1.5, True, "\x1b[31m", ["x"], {"x": 1}, "", "a" * 5000)


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a command. ``problem``: why it may not be so; empty if all is well."""

    arguments: tuple[str, ...]
    problem: str


def specs() -> list[Path]:
    """Return the specs that are changed, in a fixed order."""
    return sorted(
        path for folder in ("specs", "tests/features", "tests/cases") for path in (ROOT / folder).rglob("*.mc")
    )


def changed_text(text: str, choice: random.Random) -> str:
    """Return a text with a few of its tokens, lines or blocks changed."""
    for _ in range(choice.choice((1, 1, 1, 2, 4))):
        text = choice.choice((_tokens, _tokens, _lines, _blocks))(text, choice)
    return text


def _tokens(text: str, choice: random.Random) -> str:
    tokens = TOKEN.findall(text)
    words = [index for index, token in enumerate(tokens) if not token.isspace()]
    if not words:
        return choice.choice(PIECES)
    one, other = choice.choice(words), choice.choice(words)
    match choice.randrange(5):
        case 0:
            tokens[one] = ""
        case 1:
            tokens[one] = choice.choice(PIECES)
        case 2:
            tokens[one] = tokens[other]
        case 3:
            tokens[one], tokens[other] = tokens[other], tokens[one]
        case _:
            tokens.insert(one, choice.choice(PIECES) + " ")
    return "".join(tokens)


def _lines(text: str, choice: random.Random) -> str:
    lines = text.splitlines(keepends=True) or [""]
    one, other = choice.randrange(len(lines)), choice.randrange(len(lines))
    if choice.random() < 0.5:
        lines[one : one + choice.randrange(1, 4)] = []
    else:
        lines.insert(other, lines[one])
    return "".join(lines)


def _blocks(text: str, choice: random.Random) -> str:
    """Take out, double or nest something in braces that holds no other braces."""
    found = list(re.finditer(r"\{[^{}]*\}", text))
    if not found:
        return text
    block = choice.choice(found)
    inside = choice.choice(
        ("{}", block[0] * 2, "{" * 40 + block[0] + "}" * 40, block[0].replace(";", ";;"), "{ " + block[0] + " }")
    )
    return text[: block.start()] + inside + text[block.end() :]


def changed_bytes(data: bytes, choice: random.Random) -> bytes:
    """Return data with some bytes overwritten, cut off or doubled."""
    if not data:
        return b"\xff"
    at = choice.randrange(len(data))
    match choice.randrange(4):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + bytes([choice.randrange(256)]) + data[at + 1 :]
        case 2:
            return data + data[at:]
        case _:
            return data[:at] + data[at + choice.randrange(1, 50) :]


def changed_document(document: Any, choice: random.Random) -> Any:
    """Return a JSON document with one value replaced, renamed or taken out."""
    if isinstance(document, dict) and document and choice.random() < 0.9:
        key = choice.choice(sorted(document))
        rest = {k: v for k, v in document.items() if k != key}
        match choice.randrange(6):
            case 0:
                return rest
            case 1:
                return rest | {"x": document[key]}
            case _:
                return document | {key: changed_document(document[key], choice)}
    if isinstance(document, list) and document and choice.random() < 0.9:
        at = choice.randrange(len(document))
        return [*document[:at], changed_document(document[at], choice), *document[at + 1 :]]
    return choice.choice(VALUES)


def called(arguments: Sequence[str]) -> Tried:
    """Call the command line in this process and look at what comes out."""
    out, told = io.StringIO(), io.StringIO()
    started = time.monotonic()
    # Options may name files to write: nothing is left behind.
    with (
        tempfile.TemporaryDirectory() as scratch,
        contextlib.chdir(scratch),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(told),
    ):
        try:
            code = run(arguments)
        except BaseException as error:
            return Tried(tuple(arguments), f"{type(error).__name__} leaves the command: {error}")
    text = out.getvalue() + told.getvalue()
    problem = ""
    if "MC599" in text or "Traceback" in text or "internal error" in text:
        problem = next(line for line in text.splitlines() if re.search("MC599|Traceback|internal error", line))
    elif code not in (0, 1, 2, 3):
        problem = f"exit code {code}"
    elif any(ord(character) < 32 and character not in "\n\t" for character in text):
        problem = "a control character is printed"
    elif time.monotonic() - started > MOST:
        problem = f"it took {time.monotonic() - started:.0f} seconds"
    return Tried(tuple(arguments), problem)


def try_spec(folder: Path, choice: random.Random) -> Tried:
    """A changed spec, and a command about it."""
    path = folder / "spec.mc"
    source = choice.choice(specs())
    text = changed_text(source.read_text(encoding="utf-8"), choice)
    data = text.encode("utf-8", errors="surrogatepass")
    path.write_bytes(changed_bytes(data, choice) if choice.random() < 0.1 else data)
    command = choice.choice(COMMANDS)
    options = ("--no-cache",) if command[0] in ("check", "matrix", "explore", "trace") else ()
    if command[0] in ("export", "trace") and (scenario := re.search(r"scenario (\w+)", text)):
        options = (*options, "--scenario", scenario[1])
    return called((command[0], str(path), *command[1:], *options))


def try_trace(folder: Path, choice: random.Random) -> Tried:
    """A changed trace, replayed."""
    spec, path = folder / "spec.mc", folder / "trace.json"
    shutil.copy(ROOT / "specs" / "peterson.mc", spec)
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        run(("trace", str(spec), "--variant", "turn_first", "--format", "json", "--no-cache"))
    data = written.getvalue().encode()
    if choice.random() < 0.8:
        document = json.loads(data)
        for _ in range(choice.randrange(1, 4)):
            document = changed_document(document, choice)
        path.write_text(json.dumps(document))
    else:
        path.write_bytes(changed_bytes(data, choice))
    return called(("replay", str(path), "--spec", str(spec)))


#: A spec of which there is a proof for any number, in a few seconds.
PROVED = """model m;
shared n : int = 0;
mutex l;
process p { lock(l); n = n + 1; n = n - 1; unlock(l); }
invariant counted : 0 <= n && n <= 1;
scenario s { run p[*]; }
"""
#: A spec with more states than are visited in a moment.
LARGE = """model m;
shared x : 0..999 = 0;
shared y : 0..999 = 0;
shared z : 0..999 = 0;
process p { loop { atomic { x = (x + 1) % 1000; } } }
process q { loop { atomic { y = (y + 1) % 1000; } } }
process r { loop { atomic { z = (z + 1) % 1000; } } }
invariant apart : x < 2000;
scenario s { run p, q, r; }
"""


@functools.cache
def made(what: str) -> Path:
    """Return the directory of something that a command has left, made once: ``certificate``,
    ``checkpoint`` or ``cache``, beside its ``spec.mc``.
    """
    folder = Path(tempfile.mkdtemp(prefix="modelcheck-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    spec = folder / "spec.mc"
    spec.write_text(LARGE if what == "checkpoint" else PROVED)
    arguments: Sequence[str]
    match what:
        case "certificate":
            arguments = ("prove", str(spec), "--certificate", str(folder / what), "--no-cache", "--timeout", "60s")
        case "checkpoint":
            arguments = ("explore", str(spec), "--checkpoint", str(folder / what), "--no-cache", "--timeout", "1s")
        case _:
            arguments = ("check", str(spec), "--timeout", "60s")
    with (
        _kept_in(folder / "cache"),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        run(arguments)
    assert (folder / what).exists(), what
    return folder


@contextlib.contextmanager
def _kept_in(directory: Path) -> Iterator[None]:
    """Have results kept in a directory, whatever the environment says."""
    names = ("MODELCHECK_CACHE_DIR", "MODELCHECK_NO_CACHE")
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    os.environ["MODELCHECK_CACHE_DIR"] = str(directory)
    try:
        yield
    finally:
        del os.environ["MODELCHECK_CACHE_DIR"]
        os.environ.update(before)


def _change_a_file(folder: Path, choice: random.Random) -> None:
    """Change a file in a directory: its bytes, its text, or a value if it is a JSON document;
    sometimes it is gone, or something else than a file.
    """
    path = choice.choice(sorted(path for path in folder.rglob("*") if path.is_file()))
    data = path.read_bytes()
    match choice.randrange(8):
        case 0:
            path.unlink()
        case 1:
            path.unlink()
            path.mkdir()
        case 2 | 3:
            path.write_bytes(changed_bytes(data, choice))
        case _ if path.suffix == ".json":
            document = json.loads(data)
            for _ in range(choice.randrange(1, 4)):
                document = changed_document(document, choice)
            path.write_text(json.dumps(document))
        case _:
            text = changed_text(data.decode("utf-8", errors="surrogateescape"), choice)
            path.write_bytes(text.encode("utf-8", errors="surrogateescape"))


def try_certificate(folder: Path, choice: random.Random) -> Tried:
    """A changed certificate, checked."""
    shutil.copytree(made("certificate"), folder, dirs_exist_ok=True)
    _change_a_file(folder / "certificate", choice)
    spec = str(folder / "spec.mc")
    return called(("certify", str(folder / "certificate"), "--spec", spec, "--timeout", f"{2 * LIMIT}s"))


def try_checkpoint(folder: Path, choice: random.Random) -> Tried:
    """A changed checkpoint, from which exploration is to go on."""
    shutil.copytree(made("checkpoint"), folder, dirs_exist_ok=True)
    path = folder / "checkpoint"
    data = path.read_bytes()
    # Most of it is states: what is said about them stands at the beginning.
    head = choice.choice((64, 512, len(data)))
    path.write_bytes(changed_bytes(data[:head], choice) + data[head:])
    limit = ("--timeout", f"{LIMIT}s", "--no-cache")
    return called((choice.choice(("explore", "check")), str(folder / "spec.mc"), "--resume", str(path), *limit))


def try_kept(folder: Path, choice: random.Random) -> Tried:
    """Changed results of an earlier run: files that are damaged, and entries whose checksum is right."""
    shutil.copytree(made("cache"), folder, dirs_exist_ok=True)
    entries = sorted(path for path in (folder / "cache").rglob("*") if path.is_file())
    if choice.random() < 0.4:
        _change_a_file(folder / "cache", choice)
    else:
        for entry in entries:
            store = Store(entry.parent.parent)
            if (content := store.get(entry.name)) is not None:
                store.put(entry.name, changed_bytes(content, choice))
    # Beside another spec of the same name, answers about models that are the same are found again.
    spec = folder / "spec.mc"
    if choice.random() < 0.5:
        spec.write_text("\n" + spec.read_text())
    with _kept_in(folder / "cache"):
        return called(("check", str(spec), "--timeout", "20s"))


def try_options(folder: Path, choice: random.Random) -> Tried:
    """Options that say nonsense."""
    spec = folder / "spec.mc"
    shutil.copy(choice.choice(specs()), spec)
    words = (
        "",
        "x",
        "-1",
        "0",
        "9" * 400,
        "10**9",
        "nan",
        "inf",
        "1e9",
        "\x1b[31m",
        "*",
        "[",
        "N=",
        "N=1",
        "N=" + "9" * 400,
        "N=(",
        "./x",
        "/dev/null/x",
        "1ms",
        "1K",
        "\udc80",
    )
    names = (
        "--timeout",
        "--memory",
        "--set",
        "--variant",
        "--scenario",
        "--property",
        "-j",
        "--threads",
        "--json",
        "--resume",
        "--engine",
    )
    given = [part for _ in range(choice.randrange(1, 3)) for part in (choice.choice(names), choice.choice(words))]
    return called(
        (
            choice.choice(("check", "matrix", "explore", "list")),
            str(spec),
            *given,
            *(() if "--timeout" in given else ("--timeout", f"{LIMIT}s")),
        )
    )


def try_seed(seed: int, keep: Path | None = None) -> Tried:
    """Try what a seed stands for; keep the input in ``keep`` if something is wrong."""
    choice = random.Random(seed)
    kind: Callable[[Path, random.Random], Tried] = choice.choices(
        (try_spec, try_trace, try_options, try_certificate, try_checkpoint, try_kept), (24, 4, 4, 2, 2, 2)
    )[0]
    with tempfile.TemporaryDirectory() as scratch:
        tried = kind(Path(scratch), choice)
        if tried.problem and keep is not None:
            shutil.copytree(scratch, keep / str(seed), dirs_exist_ok=True)
    return tried


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    problems = 0
    for seed in range(options.first, options.first + options.count):
        tried = try_seed(seed, options.keep)
        if tried.problem:
            problems += 1
            print(f"seed {seed}: {' '.join(tried.arguments)[:200]!r}: {tried.problem[:300]}", flush=True)
    print(f"{options.count} inputs, {problems} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
