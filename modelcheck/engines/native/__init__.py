"""Explicit exploration in native code, compiled through LLVM for each System."""

from modelcheck.engines.native.search import explore
from modelcheck.engines.native.unsupported import Unsupported

__all__ = ["Unsupported", "explore"]
