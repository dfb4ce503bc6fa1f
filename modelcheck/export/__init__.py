"""A System as readable source of another model checker, so that anybody can check an answer with theirs."""

from modelcheck.export.unexportable import Unexportable
from modelcheck.export.write import TARGETS, Target, export

__all__ = ["TARGETS", "Target", "Unexportable", "export"]
