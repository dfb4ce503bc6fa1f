"""Variants: candidate designs written as ordered lists of edits on the surface tree.

``apply`` turns a spec and the name of a variant into an ordinary spec; every later phase works on that.
"""

from modelcheck.language.variants.apply import BASE, VariantRow, apply, expectations, labels_of_several, names
from modelcheck.language.variants.lineage import declared

__all__ = ["BASE", "VariantRow", "apply", "declared", "expectations", "labels_of_several", "names"]
