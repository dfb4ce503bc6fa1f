"""The version of the program, as files and messages name it."""

from __future__ import annotations

VERSION = "0.1.0"
