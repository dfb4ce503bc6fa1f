"""Options are declared once: each has one ``Option``, and one field of ``Chosen`` for each kind of value."""

from __future__ import annotations

import ast
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import click
import pytest

from modelcheck.cli import options
from modelcheck.cli.main import HOMES, cli

CLI = Path(options.__file__).parent


def calls(path: Path, name: str) -> list[ast.Call]:
    """The calls of a function of that name in a module."""
    return [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in (name, f"click.{name}", f"options.{name}")
    ]


def commands() -> list[click.Command]:
    return [command for name in HOMES if (command := command_of(name)) is not None]


def command_of(name: str) -> click.Command | None:
    return cli.get_command(click.Context(cli), name)


def test_no_name_of_an_option_is_declared_twice() -> None:
    declared = [name for call in calls(CLI / "options.py", "Option") for name in ast.literal_eval(call.args[0])]
    assert len(declared) > 40
    assert sorted(set(declared)) == sorted(declared)


def test_commands_declare_no_options_of_their_own() -> None:
    paths = [path for path in CLI.rglob("*.py") if path.name != "options.py"]
    assert len(paths) > 10
    assert not [path for path in paths for name in ("Option", "option") if calls(path, name)]


def test_every_option_of_a_command_gets_a_field() -> None:
    named = {
        parameter.name
        for command in commands()
        for parameter in command.params
        if isinstance(parameter, click.Option) and parameter.name != "help"
    }
    assert named == {field.name for field in fields(options.Chosen)}


@pytest.mark.parametrize("name", sorted(HOMES))
def test_an_option_means_one_field_in_a_command(name: str) -> None:
    """Two options of a command never share a name or a field."""
    command = command_of(name)
    assert command is not None
    found = [each for each in command.params if isinstance(each, click.Option)]
    assert len({each.name for each in found}) == len(found)
    written = [word for each in found for word in each.opts]
    assert len(set(written)) == len(written)


def test_defaults_are_those_of_the_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command does not offer, and what nobody gives, come out the same."""
    defaults = {field.name: field.default for field in fields(options.Chosen)}
    monkeypatch.delenv("MODELCHECK_NO_CACHE", raising=False)
    arguments = {"certify": ["."], "diff": ["a.mc", "b", "c"], "export": ["--to", "smtlib", "a.mc"]}
    for command in commands():
        given = arguments.get(command.name or "", [] if command.name == "explain" else ["a.mc"])
        values = command.make_context(command.name, given).params
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.required:
                wanted = 600.0 if command.name == "certify" and parameter.name == "timeout" else None
                assert values[str(parameter.name)] == (wanted or defaults[str(parameter.name)])


def test_every_command_is_found_where_it_is() -> None:
    """Modules are imported when one of their commands is asked for: by a table, which is complete."""
    modules = [path.stem for path in (CLI / "commands").glob("*.py") if "COMMANDS" in path.read_text(encoding="utf-8")]
    held = {
        (command.name, module)
        for module in modules
        for command in import_module(f"modelcheck.cli.commands.{module}").COMMANDS
    }
    assert set(HOMES.items()) <= held
    assert {name for name, _ in held} == set(HOMES)
    assert [command.name for command in commands()] == list(HOMES)
