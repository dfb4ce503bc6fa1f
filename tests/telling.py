"""What an exception says that carries its reason as data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest

Raised = TypeVar("Raised", bound=Exception)


@contextmanager
def tells(kind: type[Raised], words: Callable[[Any], str], text: str) -> Iterator[pytest.ExceptionInfo[Raised]]:
    """An exception of this kind is raised, and its reason in ``words`` matches ``text`` somewhere."""
    with pytest.raises(kind) as raised:
        yield raised
    told = words(raised.value.why)  # type: ignore[attr-defined]
    assert re.search(text, told), told
