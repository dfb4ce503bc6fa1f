"""Every test computes what it asserts: results of earlier runs are reused only where a test is about that."""

from __future__ import annotations

import os

os.environ["MODELCHECK_NO_CACHE"] = "1"
