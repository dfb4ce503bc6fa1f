"""Numbers as text, however large: Python itself refuses to print one of more than 4,300 digits."""

from __future__ import annotations

import math

#: A number of more bits is told by its size: one that is only said, and one that is compared as
#: text (explorations come no farther).
_MOST_BITS, _COMPARED_BITS = 128, 2048
_LOG10_OF_2 = 0.30102999566398120


def numeral(value: int) -> str:
    """Return a number with its thousands apart, or ``about 10^5000``."""
    return f"{value:,}" if value.bit_length() <= _MOST_BITS else about(value)


def digits(value: int) -> str:
    """Return the digits of a number, or ``about 10^5000``: for values of a model, which are printed
    as they are written in one.
    """
    return str(value) if value.bit_length() <= _COMPARED_BITS else about(value)


def about(value: int) -> str:
    """Return the size of a number."""
    sign = "-" if value < 0 else ""
    behind = max(value.bit_length() - 60, 0)
    return f"about {sign}10^{int(math.log10(abs(value) >> behind) + behind * _LOG10_OF_2 + 1e-9)}"
