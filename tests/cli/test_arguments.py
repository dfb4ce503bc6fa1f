"""Command-line values."""

from __future__ import annotations

import click
import pytest

from modelcheck.cli.arguments import DURATION, SETTING, SIZE


@pytest.mark.parametrize(
    ("text", "seconds"), [("60s", 60), ("90", 90), ("5m", 300), ("1h", 3600), ("500ms", 0.5), ("1.5 min", 90)]
)
def test_durations(text: str, seconds: float) -> None:
    assert DURATION.convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "0", "0s", "-5s", "5 parsecs", "s", "1e3", "five", "9" * 400])
def test_malformed_durations_are_usage_errors(text: str) -> None:
    with pytest.raises(click.BadParameter):
        DURATION.convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "size"), [("8G", 8 << 30), ("512M", 512 << 20), ("1.5k", 1536), ("4096", 4096), ("2GiB", 2 << 30)]
)
def test_sizes(text: str, size: int) -> None:
    assert SIZE.convert(text, None, None) == size


@pytest.mark.parametrize("text", ["", "0", "G", "-1G", "8X", "lots", "9" * 400])
def test_malformed_sizes_are_usage_errors(text: str) -> None:
    with pytest.raises(click.BadParameter):
        SIZE.convert(text, None, None)


def test_settings() -> None:
    assert SETTING.convert("MX=false", None, None) == ("MX", "false")
    assert SETTING.convert(" N = a == b", None, None) == ("N", "a == b")


@pytest.mark.parametrize("text", ["", "MX", "=1", "MX=", "a b=1", "1=1"])
def test_malformed_settings_are_usage_errors(text: str) -> None:
    with pytest.raises(click.BadParameter):
        SETTING.convert(text, None, None)
