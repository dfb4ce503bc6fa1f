"""Command-line values: durations, sizes, ``NAME=value``. Kept free of anything slow to import."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from modelcheck.studies.matrix.options import StrictKind

    _ParamType = click.ParamType[Any]
else:
    # Older clicks have no type argument here.
    _ParamType = click.ParamType

_SECONDS = {"": 1.0, "s": 1.0, "ms": 0.001, "m": 60.0, "min": 60.0, "h": 3600.0}
_BYTES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class Duration(_ParamType):
    """``60s``, ``5m``, ``500ms``, ``90``: seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", str(value).strip())
        if match is None or match[2] not in _SECONDS or not 0 < float(match[1]) < math.inf:
            self.fail(f"{value!r} is no duration; write 60s, 5m or 1h", param, ctx)
        return float(match[1]) * _SECONDS[match[2]]


class Size(_ParamType):
    """``8G``, ``512M``: bytes."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", str(value).strip(), re.IGNORECASE)
        if match is None or not 0 < float(match[1]) < math.inf:
            self.fail(f"{value!r} is no amount of memory; write 512M or 8G", param, ctx)
        return int(float(match[1]) * _BYTES[match[2].upper()])


class Setting(_ParamType):
    """``NAME=value``"""

    name = "NAME=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, equals, text = str(value).partition("=")
        if not equals or not name.strip().isidentifier() or not text.strip():
            self.fail(f"{value!r} sets nothing; write NAME=value", param, ctx)
        return name.strip(), text.strip()


class StrictKinds(_ParamType):
    """``vacuity``, ``cut``, ``vacuity,cut``, ``all``: what ``--strict`` does not take for a success."""

    name = "kinds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[StrictKind]:
        from modelcheck.studies.matrix.options import StrictKind

        if isinstance(value, frozenset):
            return value
        known = {kind.value: frozenset((kind,)) for kind in StrictKind} | {ALL_KINDS: frozenset(StrictKind)}
        found: frozenset[StrictKind] = frozenset()
        for name in str(value).split(","):
            if name.strip() not in known:
                self.fail(
                    f"there is no kind {name.strip()!r} of strictness; write --strict={','.join(known)}", param, ctx
                )
            found |= known[name.strip()]
        return found


#: What ``--strict`` without kinds stands for.
ALL_KINDS = "all"


def joined(
    ctx: click.Context, param: click.Parameter, values: tuple[frozenset[StrictKind], ...]
) -> frozenset[StrictKind]:
    """Return what an option that may be repeated says in all."""
    return frozenset().union(*values)


class WithStrict(click.Command):
    """A command whose ``--strict`` may stand alone. (Its kinds only follow after ``=``: the next word is the spec.)"""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        bare = [f"--strict={ALL_KINDS}" if word == "--strict" else word for word in args[:end]]
        return super().parse_args(ctx, [*bare, *args[end:]])


DURATION, SIZE, SETTING, STRICT_KINDS = Duration(), Size(), Setting(), StrictKinds()
#: A file to read or write, no directory.
FILE = click.Path(dir_okay=False, path_type=Path)
