"""Our explorer beside SPIN and Rumur on the same models: ``python bench/peers.py [--runs 5] [--series
NAME]… [--smallest N] [--largest N] [--markdown FILE] [--plot FILE] [--read FILE]…``.

Every tool explores the whole state space of the same elaborated model (``modelcheck export``), and
all must count the same states. Times are wall time of everything that a user waits for: start-up,
code generation, compilation, search; medians of ``--runs`` runs (fewer of what takes longer than
``--enough``), the tools taking turns so that a slow moment of the machine hits all of them. Bytes a
state: the largest resident set of the searching process, divided by the states.

``--read`` measures nothing and takes the tables of earlier runs instead, for the plot.

SPIN searches with one thread, depth first (``dfs``) and breadth first (``bfs``: shortest traces, as
ours are). SPIN's multi-core mode is for reachability up to a bound and is not compared.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import series

HERE = Path(__file__).parent
ROOT = HERE.parent
MODELCHECK = (sys.executable, "-m", "modelcheck")
CC = ("cc", "-O2", "-w")
#: SPIN: safety only, no partial-order reduction, 14 GB, state vectors up to 8 KB.
SPIN_OPTIONS = ("-DSAFETY", "-DNOREDUCE", "-DVECTORSZ=8192", "-DMEMLIM=14000")


@dataclass(frozen=True, slots=True)
class Point:
    """One model of a series. ``spec``: a path, or the text of a spec."""

    series: str
    size: int
    spec: str | Path
    scenario: str
    variant: str | None = None

    def file(self, directory: Path) -> Path:
        """The spec as a file, written to ``directory`` if it is a text."""
        if isinstance(self.spec, Path):
            return self.spec
        path = directory / f"{self.series}.mc"
        path.write_text(self.spec, encoding="utf-8")
        return path


@dataclass(frozen=True, slots=True)
class Run:
    """``seconds`` of wall time; ``states`` counted (None: the tool did not finish); ``resident``:
    bytes at most, of the search.
    """

    seconds: float
    states: int | None
    resident: int


@dataclass(frozen=True, slots=True)
class Row:
    """What one tool did on one point: medians."""

    tool: str
    seconds: float
    states: int | None
    bytes_a_state: float
    runs: int


def points(wanted: list[str], smallest: int, largest: int) -> list[Point]:
    """The points of the series with sizes from ``smallest`` to ``largest``, in ascending order."""
    found = [Point("readers", n, HERE / "page_readers.mc", f"readers_{n}") for n in range(2, 8)]
    found += [Point("philosophers", n, series.philosophers(n), "all") for n in (4, 5, 6)]
    found += [Point("filter_lock", n, series.filter_lock(n), "all") for n in (4, 5, 6)]
    found += [Point("ring", n, series.ring(n), "all") for n in (4, 5, 6)]
    nfs = ROOT / "specs" / "nfs_readdir.mc"
    found += [
        Point("nfs_readdir", 1, nfs, "truncate_shared", "v8_merged"),
        Point("nfs_readdir", 2, nfs, "all_paths_2_shared", "v8_merged"),
    ]
    return [p for p in found if (not wanted or p.series in wanted) and smallest <= p.size <= largest]


def timed(directory: Path, limit: float, *commands: tuple[str, ...]) -> tuple[float, str, int]:
    """Run commands one after the other; return the seconds, what the last one printed, and its
    largest resident set in bytes.
    """
    started = time.perf_counter()
    text, resident = "", 0
    for command in commands:
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                ["timeout", str(int(limit)), *command], cwd=directory, stdout=output, stderr=output
            )
            _, _, usage = os.wait4(process.pid, 0)
            resident = usage.ru_maxrss * 1024
            output.seek(0)
            text = output.read().decode(errors="replace")
    return time.perf_counter() - started, text, resident


def counted(text: str, pattern: str) -> int | None:
    """The number that a tool printed, without its separators; None if it printed none."""
    found = re.search(pattern, text)
    return None if found is None else int(found[1].replace(",", ""))


def exported(point: Point, directory: Path, target: str, file: str) -> tuple[str, ...]:
    """The command that writes the point's model for another tool."""
    variant = () if point.variant is None else ("--variant", point.variant)
    spec = str(point.file(directory))
    return (*MODELCHECK, "export", spec, *variant, "--scenario", point.scenario, "--to", target, "-o", file)


def ours(point: Point, directory: Path, limit: float, *options: str) -> Run:
    """Our explorer. The compiled code of an earlier run is not used."""
    variant = () if point.variant is None else ("--variant", point.variant)
    command = (*MODELCHECK, "explore", str(point.file(directory)), *variant, "--scenario", point.scenario, "--slow")
    bounds = ("--timeout", f"{int(limit)}s", "--memory", "14G", "--no-cache")
    seconds, text, resident = timed(directory, limit, (*command, *bounds, *options))
    return Run(seconds, None if "bounded" in text else counted(text, r"([\d,]+) states"), resident)


def spin(point: Point, directory: Path, limit: float, *options: str) -> Run:
    """SPIN: generate, compile, search. Our export is not counted: a SPIN user writes Promela."""
    timed(directory, limit, exported(point, directory, "promela", "model.pml"))
    compile_ = (*CC, *SPIN_OPTIONS, *options, "-o", "pan", "pan.c")
    search = ("./pan", "-E", "-c0", "-m20000000", "-w26" if point.size > 4 else "-w24")
    seconds, text, resident = timed(directory, limit, ("spin", "-o2", "-a", "model.pml"), compile_, search)
    finished = "out of memory" not in text and "max search depth too small" not in text
    return Run(seconds, counted(text, r"(\d+) states, stored") if finished else None, resident)


def rumur(point: Point, directory: Path, limit: float, threads: int) -> Run:
    """Rumur: generate, compile, search."""
    timed(directory, limit, exported(point, directory, "murphi", "model.m"))
    options = ("--deadlock-detection", "off", "--max-errors", "1000000", "--threads", str(threads))
    generate = ("rumur", *options, "--output", "model.c", "model.m")
    compile_ = (*CC, "-std=c11", "-march=native", "-o", "model", "model.c", "-lpthread")
    seconds, text, resident = timed(directory, limit, generate, compile_, ("./model",))
    return Run(seconds, counted(text, r"(\d+) states, \d+ rules"), resident)


Tool = Callable[[Point, Path, float], Run]


def tools() -> dict[str, Tool]:
    """The tools that are installed, by the name of their column."""
    found: dict[str, Tool] = {
        "ours, 1 thread": lambda p, d, s: ours(p, d, s, "--threads", "1", "--no-reductions"),
        "ours, 2 threads": lambda p, d, s: ours(p, d, s, "--threads", "2", "--no-reductions"),
        "ours, 2 threads, reduced": lambda p, d, s: ours(p, d, s, "--threads", "2"),
    }
    if shutil.which("spin") and shutil.which("cc"):
        found["SPIN dfs"] = lambda p, d, s: spin(p, d, s)
        found["SPIN bfs"] = lambda p, d, s: spin(p, d, s, "-DBFS")
    if shutil.which("rumur") and shutil.which("cc"):
        found["Rumur, 1 thread"] = lambda p, d, s: rumur(p, d, s, 1)
        found["Rumur, 2 threads"] = lambda p, d, s: rumur(p, d, s, 2)
    return found


def measure(point: Point, runs: int, limit: float, enough: float, chosen: dict[str, Tool]) -> list[Row]:
    """Let every tool explore the point ``runs`` times, in turns.

    A tool that does not finish once, or whose runs took more than ``enough`` seconds together, is
    not tried again. Each run is told as it ends, on the standard error.
    """
    results: dict[str, list[Run]] = {name: [] for name in chosen}
    with tempfile.TemporaryDirectory() as directory:
        for _ in range(runs):
            for name, tool in chosen.items():
                spent = sum(run.seconds for run in results[name])
                if spent <= enough and all(run.states is not None for run in results[name]):
                    run = tool(point, Path(directory), limit)
                    results[name].append(run)
                    print(f"{point.series} {point.size}, {name}: {run}", file=sys.stderr, flush=True)
    rows = []
    for name, done in results.items():
        states = done[-1].states
        each = max(run.resident for run in done) / states if states else 0.0
        rows.append(Row(name, statistics.median(run.seconds for run in done), states, each, len(done)))
    return rows


def table(point: Point, rows: list[Row]) -> list[str]:
    """The rows of one point as lines of a Markdown table."""
    ours_ = next((row.seconds for row in rows if row.tool == "ours, 2 threads"), None)
    lines = []
    for row in rows:
        head = f"| {point.series} {point.size} | {row.tool} |"
        if row.states is None:
            lines.append(f"{head} | no answer in {row.seconds:.0f} s | | | |")
            continue
        ratio = "" if ours_ is None else f"{row.seconds / ours_:.1f}"
        rate = row.states / row.seconds
        shown = f"{row.states:,} | {row.seconds:.2f} | {rate:,.0f} | {row.bytes_a_state:.0f} | {ratio} |"
        lines.append(f"{head} {row.runs} | {shown}")
    return lines


def disagreement(rows: list[Row]) -> str | None:
    """Different counts of tools without reductions, in words; None if they agree."""
    counts = {row.tool: row.states for row in rows if row.states is not None and "reduced" not in row.tool}
    return None if len(set(counts.values())) <= 1 else f"counts differ: {counts}"


def read_table(text: str) -> list[list[Row]]:
    """The rows of each model in a table that was printed."""
    models: dict[str, list[Row]] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 8 and cells[3].replace(",", "").isdigit():
            row = Row(cells[1], float(cells[4]), int(cells[3].replace(",", "")), float(cells[6]), int(cells[2]))
            models.setdefault(cells[0], []).append(row)
    return list(models.values())


def plot(measured: list[list[Row]], path: Path) -> None:
    """Draw seconds over states, one mark for each tool and model, both axes logarithmic."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 5))
    names = list(dict.fromkeys(row.tool for rows in measured for row in rows))
    for name in names:
        found = sorted(
            (next(r.states for r in rows if r.states), row.seconds)
            for rows in measured
            for row in rows
            if row.tool == name and row.states is not None
        )
        axes.plot([x for x, _ in found], [y for _, y in found], marker="o", linestyle="", label=name)
    axes.set(xscale="log", yscale="log", xlabel="states", ylabel="seconds of wall time, all included")
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend()
    figure.savefig(path, metadata={"Date": None})


def machine() -> str:
    """The machine in one line."""
    cpu = counted_text(Path("/proc/cpuinfo"), r"model name\s*:\s*(.*)") or platform.machine()
    memory = counted_text(Path("/proc/meminfo"), r"MemTotal:\s*(\d+)")
    size = "" if memory is None else f", {int(memory) / 1048576:.0f} GiB"
    return f"{os.cpu_count()} cores ({cpu}){size}, {platform.system()}, Python {platform.python_version()}"


def counted_text(path: Path, pattern: str) -> str | None:
    """The first group of the pattern in a file, or None."""
    if not path.exists():
        return None
    found = re.search(pattern, path.read_text(encoding="utf-8", errors="replace"))
    return None if found is None else found[1]


HEAD = [
    "| model | tool | runs | states | seconds | states/s | bytes/state | x ours, 2 threads |",
    "|---|---|--:|--:|--:|--:|--:|--:|",
]


def main() -> int:
    """Run the comparison; return 1 if counts differ anywhere."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--series", action="append", default=[])
    parser.add_argument("--smallest", type=int, default=1, help="leave out smaller points of every series")
    parser.add_argument("--largest", type=int, default=7, help="leave out larger points of every series")
    parser.add_argument("--tool", action="append", default=[], help="only tools whose name contains this")
    parser.add_argument("--seconds", type=float, default=600.0, help="limit for each run")
    parser.add_argument("--enough", type=float, default=float("inf"), help="seconds for all runs of a tool on a model")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--read", type=Path, action="append", default=[])
    arguments = parser.parse_args()
    if arguments.read:
        if arguments.plot is None:
            parser.error("--read is for --plot")
        tables = [model for path in arguments.read for model in read_table(path.read_text(encoding="utf-8"))]
        plot(tables, arguments.plot)
        return 0
    chosen = {n: t for n, t in tools().items() if not arguments.tool or any(part in n for part in arguments.tool)}
    lines = [f"Measured on {machine()}; medians.", "", *HEAD]
    print("\n".join(lines), flush=True)
    measured: list[list[Row]] = []
    wrong = False
    for point in points(arguments.series, arguments.smallest, arguments.largest):
        rows = measure(point, arguments.runs, arguments.seconds, arguments.enough, chosen)
        measured.append(rows)
        new = table(point, rows)
        difference = disagreement(rows)
        if difference is not None:
            wrong = True
            new.append(f"{point.series} {point.size}: {difference}")
        print("\n".join(new), flush=True)
        lines += new
    if arguments.markdown:
        arguments.markdown.write_text("\n".join([*lines, ""]), encoding="utf-8")
    if arguments.plot:
        plot(measured, arguments.plot)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
