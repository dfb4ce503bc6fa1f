"""Whatever stands at the end of a path, the outcome is a message with a code: no hang, no
traceback, and nothing of files that are no specs.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelcheck.cli.starter import write_starter

SPEC = """model m;
shared x : 0..1 = 0;
process p { x = 1; } // \x1b[2J
invariant ok : x <= 1;
expect holds all;
scenario s "\x1b]0;title\x07" { run p; }
variant v "\x1b[31mred \u202eback" { expect holds all; }
"""


def call(*arguments: object, stdout: int | None = subprocess.PIPE) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "modelcheck", *(str(argument) for argument in arguments)]
    ran = subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    out = ran.stdout or ""
    assert "Traceback" not in out + ran.stderr
    assert "MC599" not in out + ran.stderr
    return ran.returncode, out, ran.stderr


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODELCHECK_CACHE_DIR", str(tmp_path / "cache"))
    return write_starter("starter")


def _pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def test_a_pipe_is_no_spec_no_trace_no_certificate_and_no_checkpoint(spec: Path, tmp_path: Path) -> None:
    pipe = _pipe(tmp_path / "pipe.mc")
    certificate = tmp_path / "certificate"
    certificate.mkdir()
    _pipe(certificate / "manifest.json")
    for arguments, code in (
        (("list", pipe), "MC001"),
        (("replay", pipe), "MC520"),
        (("certify", certificate), "MC524"),
        (("check", spec, "--scenario", "one_lookup", "--resume", pipe), "MC534"),
    ):
        ran = call(*arguments)
        assert ran[0] == 2
        assert f"error[{code}]" in ran[2]


def test_a_device_is_no_spec(spec: Path) -> None:
    for device in ("/dev/zero", "/dev/null"):
        code, _, told = call("list", device)
        assert (code, f"`{device}` cannot be read: it is a device and not a file" in told) == (2, True)


def test_what_another_command_writes_is_read(spec: Path) -> None:
    with open(spec, encoding="utf-8") as file:
        command = [sys.executable, "-m", "modelcheck", "list", "/dev/stdin"]
        ran = subprocess.run(["cat"], stdin=file, capture_output=True, text=True, check=True)
        told = subprocess.run(command, input=ran.stdout, capture_output=True, text=True, check=False)
    assert told.returncode == 0
    assert "designs:" in told.stdout


def test_a_pipe_in_the_place_of_a_kept_result_is_no_result(spec: Path, tmp_path: Path) -> None:
    assert call("check", spec)[0] == 0
    entries = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert entries
    for entry in entries:
        entry.unlink()
        _pipe(entry)
    assert call("check", spec)[0] == 0


@pytest.mark.parametrize("name", ["/etc/passwd", "secret.txt", "linked.mc"])
def test_an_import_shows_nothing_of_a_file_that_is_no_spec(name: str, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("the secret : word\n")
    (tmp_path / "linked.mc").symlink_to(tmp_path / "secret.txt")
    spec = tmp_path / "spec.mc"
    spec.write_text(f'import "{name}";\nmodel m;\n')
    code, _, told = call("list", spec)
    assert code == 2
    assert "error[MC043]" in told
    assert "secret :" not in told
    assert "root:" not in told


def test_an_import_of_a_pipe_does_not_wait(tmp_path: Path) -> None:
    _pipe(tmp_path / "pipe.mc")
    spec = tmp_path / "spec.mc"
    spec.write_text('import "pipe.mc";\nmodel m;\n')
    code, _, told = call("list", spec)
    assert (code, "error[MC040]" in told, "a pipe (FIFO) and not a file" in told) == (2, True, True)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device here")
@pytest.mark.parametrize("command", ["list", "check", "matrix"])
def test_a_full_disk_is_told(command: str, spec: Path) -> None:
    with open("/dev/full", "w") as full:
        code, _, told = call(command, spec, stdout=full.fileno())
    assert code == 2
    assert "error[MC507]: cannot write the output: No space left on device" in told


def test_what_a_terminal_would_act_on_is_shown_by_its_code(tmp_path: Path) -> None:
    folder = tmp_path / "a\x1b[2Jb"
    folder.mkdir()
    spec = folder / "spec.mc"
    spec.write_text(SPEC)
    report, page = folder / "report.json", folder / "page.html"
    for arguments in (("list", spec), ("check", spec), ("matrix", spec, "-v"), ("lint", spec)):
        _, out, told = call(*arguments)
        assert not {"\x1b", "\x07", "\u202e"} & set(out + told)
    assert call("matrix", spec, "--json", report, "--html", page, "--junit", folder / "junit.xml")[0] == 0
    listed = call("list", spec)[1]
    assert "\\x1b[31mred \\u202eback" in listed
    assert "\\x1b]0;title\\x07" in listed
    for file in (report, page, folder / "junit.xml"):
        assert not {"\x1b", "\x07", "\u202e"} & set(file.read_text(encoding="utf-8"))
    assert json.loads(report.read_text(encoding="utf-8"))["model"] == "m"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of a lock that any number of processes takes."""
    folder = tmp_path_factory.mktemp("certified")
    spec = folder / "any.mc"
    spec.write_text(
        "model any;\nmutex l;\nshared x : 0..1 = 0;\nprocess p { lock(l); x = 1; x = 0; unlock(l); }\n"
        "invariant ok : x <= 1;\nscenario s { run p[*]; }\n"
    )
    assert call("prove", spec, "--certificate", folder / "kept")[0] == 0
    return folder / "kept"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda said: said["needs"]["steps"].update(x=[0]), "MC524"),
        (lambda said: said["needs"]["escapes"].update({"9" * 5000: [0]}), "MC524"),
        (lambda said: said["counted"]["states"][1].__setitem__(0, 10**400), "MC525"),
        (lambda said: said["counted"]["states"][1].__setitem__(0, 99), "MC525"),
    ],
)
def test_a_certificate_that_says_nonsense_is_none(
    change: Callable[[Any], None], code: str, certificate: Path, tmp_path: Path
) -> None:
    shutil.copytree(certificate.parent, tmp_path / "all")
    manifest = next((tmp_path / "all" / "kept").rglob("manifest.json"))
    said = json.loads(manifest.read_text())
    change(said)
    manifest.write_text(json.dumps(said))
    ran = call("certify", tmp_path / "all" / "kept")
    assert ran[0] in (1, 2)
    assert f"error[{code}]" in ran[1] + ran[2]
